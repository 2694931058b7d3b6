"""`bascule` on a machine from which `erp400.example.com` leads to the tests' stand-in for an AS/400.

    STANDIN='{"DRIVER": …}' python -m tests.docs.erp400 doctor FOLDER

In charge of that detour: a page about an AS/400 is followed with its own gateway.yaml, word by word. The kind `as400`, its
options, its connection string, its SQL and its catalog are the product's; below the connection string, IBM's Db2 driver and
the stand-in take over. So nothing here proves what only the IBM i Access driver and an IBM i do.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, Final
from unittest.mock import patch

from adapters import as400
from adapters.over_odbc import Connection, connect, connection_string, connection_words
from tests.docs.noon import at_noon
from tests.standins.as400 import Standin
from tests.standins.as400.server import set_up as set_up_standin

HOST: Final = "erp400.example.com"
_ADDRESS: Final = "192.0.2.40"  # of the addresses that are for documentation
_VARIABLE: Final = "STANDIN"


def variables(standin: Standin) -> Mapping[str, str]:
    """What a process needs to find the stand-in."""
    return {_VARIABLE: json.dumps(dict(standin.words()))}


@contextmanager
def on_the_way(words: Mapping[str, str]) -> Iterator[None]:
    """Connections of the kind `as400` lead to the stand-in that has these words."""
    with patch.object(as400, "connect", partial(_connect, words)):
        yield


def _connect(
    words: Mapping[str, str], text: str, seconds: float, *, set_up: Callable[[Any], None] | None = None
) -> Connection:
    """Connect to the stand-in with the user, the password and the first library of a connection string for an IBM i."""
    asked = connection_words(text)
    assert asked["SYSTEM"] == HOST, asked
    own = {**words, "UID": asked["UID"], "PWD": asked["PWD"]}
    library = asked.get("DBQ", "").partition(",")[0]

    def prepare(raw: Any) -> None:
        set_up_standin(raw)
        if set_up is not None:
            set_up(raw)
        if library:
            raw.execute(f'SET SCHEMA "{library}"').close()

    return connect(connection_string(own), seconds, set_up=prepare)


@contextmanager
def _on_this_network(port: int) -> Iterator[None]:
    """The host's name resolves, and each of its ports is the stand-in's."""
    resolve, reach = socket.getaddrinfo, socket.create_connection

    def resolved(host: Any, *rest: Any, **more: Any) -> Any:
        return resolve(_ADDRESS if host == HOST else host, *rest, **more)

    def reached(address: tuple[str, int], *rest: Any, **more: Any) -> socket.socket:
        return reach(("127.0.0.1", port) if address[0] == HOST else address, *rest, **more)

    with patch.object(socket, "getaddrinfo", resolved), patch.object(socket, "create_connection", reached):
        yield


if __name__ == "__main__":
    from app.cli import main

    _words: dict[str, str] = json.loads(os.environ[_VARIABLE])
    with at_noon(), on_the_way(_words), _on_this_network(int(_words["PORT"])):
        main()
