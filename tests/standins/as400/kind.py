"""The kind `as400-standin`: all of the kind `as400` but its connection string.

In charge of what IBM's Db2 driver and Derby want otherwise. It must add nothing to what the kind promises.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Final

from adapters import as400
from adapters.over_odbc import Connection, connect
from adapters.port import Examination, Kind, Option, Source, Terms
from tests.standins.as400.server import set_up

_OPTIONS: Final = (
    Option("connection", "The stand-in's connection string", required=True, example="${STANDIN}"),
    Option("libraries", "The libraries of tables that are named without one", many=True, example="PRODLIB"),
    Option("naming", "Where a table without a library is looked for", choices=("sql", "system"), example="system"),
)


def _connect(text: str, seconds: float) -> Connection:
    return connect(text, seconds, set_up=set_up)


def _open(name: str, options: Mapping[str, str], terms: Terms) -> Source:
    libraries = tuple(filter(None, options.get("libraries", "").split(",")))
    session = as400.Session(libraries, options.get("naming") == "system")
    return as400.opened(name, partial(_connect, options["connection"]), terms, session)


KIND: Final[Kind] = replace(
    as400.KIND,
    name="as400-standin",
    summary="A stand-in for an AS/400",
    options=_OPTIONS,
    open=_open,
    examine=Examination(),
)
