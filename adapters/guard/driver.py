"""How a kind's connections are treated: the functions that the guard is given.

In charge of this one value. It must not know any driver.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from adapters.port import SourceError, Unavailable, Unknown


def _no_ping(_connection: Any) -> None:
    """Where a connection cannot die unseen."""


@dataclass(frozen=True, slots=True)
class Driver:
    """How to treat a kind's connections. `connect` takes the seconds that it may need; `translate` reads an exception.

    `ping` is the cheapest round trip. The next three are called from another thread than the one that waits for the
    statement, and may block for a while: `cancel` asks the server to end what runs on a connection, `kill` has another
    connection end it, `sever` cuts the socket in this process, so that the waiting thread wakes up. `direct`: it always does,
    at once, whatever the network does, so that statements can run in the caller's own thread. `local`: the database lives in
    this process, so that no network can hang, and `cancel` works at once. After a failure of `spoils` a connection is not used
    again.
    """

    connect: Callable[[float], Any]
    cancel: Callable[[Any], None]
    translate: Callable[[BaseException], SourceError]
    ping: Callable[[Any], None] = _no_ping
    kill: Callable[[Any], None] | None = None
    sever: Callable[[Any], None] | None = None
    direct: bool = False
    local: bool = False
    spoils: tuple[type[SourceError], ...] = (Unavailable, Unknown)
