"""A session of a source: how it is opened, and what is held against what the driver says of itself.

In charge of the connection string, of the text's encoding, and of the checks at connect. It must not know SQL's shapes.
"""

from __future__ import annotations

import codecs
import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from adapters.odbc.dialect import QUOTES
from adapters.over_odbc import Connection, connect, connection_string, connection_words, load
from adapters.port import Missing, Unavailable
from adapters.sql import bare

_GRACE: Final = 2.0  # seconds by which the driver's own time limit comes after the gateway's
_OWN: Final = {
    "DSN": "dsn",
    "FILEDSN": "dsn",
    "DRIVER": "driver",
    "UID": "user",
    "USER": "user",
    "USERNAME": "user",
    "PWD": "password",
    "PASSWORD": "password",
}
"""Keywords that have an option of their own, and its name."""

# SQLGetInfo, SQL_NULL_COLLATION: at the high or low end of an ascending order, or at the start or end of any order.
_NULLS: Final[Mapping[int, str]] = {0: "last", 1: "first", 2: "first", 4: "last"}


@dataclass(frozen=True, slots=True)
class Session:
    """What a session needs. `seconds` may be spent on a statement; `nulls` and `quotes` are what statements are written for."""

    words: str
    encoding: str
    setup: tuple[str, ...]
    nulls: str
    quotes: str
    seconds: float

    def open(self, seconds: float) -> Connection:
        """Connect within so many seconds. Raises what pyodbc raises, and Missing where the source is not as declared."""
        return connect(self.words, seconds, set_up=self._set_up)

    def _set_up(self, raw: Any) -> None:
        self._agree(raw)
        self._encode(raw)
        _limit(raw, self.seconds)
        for statement in self.setup:
            raw.execute(statement).close()

    def _agree(self, raw: Any) -> None:
        """Statements are written before anybody connects: what they take for granted must be so.

        A driver that says "at the start of any order" (SQLite's does) is taken to mean the ascending one. One that says
        nothing, or what has no word here, is believed to be as declared.
        """
        pyodbc = load()
        sign = _told(raw, pyodbc.SQL_IDENTIFIER_QUOTE_CHAR)
        if isinstance(sign, str) and sign.strip() in QUOTES.values() and QUOTES[self.quotes] != sign.strip():
            word = next(word for word, each in QUOTES.items() if each == sign.strip())
            raise Missing(f"this source quotes names with {sign!r}: give it `quotes: {word}` in gateway.yaml")
        nulls = _NULLS.get(_told(raw, pyodbc.SQL_NULL_COLLATION), self.nulls)
        if nulls != self.nulls:
            raise Missing(f"this source sorts NULL {nulls}: give it `nulls: {nulls}` in gateway.yaml")

    def _encode(self, raw: Any) -> None:
        """Text as bytes of a code page, there and back, for drivers that know no Unicode."""
        if self.encoding:
            pyodbc = load()
            raw.setdecoding(pyodbc.SQL_CHAR, encoding=self.encoding)
            raw.setencoding(encoding=self.encoding, ctype=pyodbc.SQL_CHAR)


def session(options: Mapping[str, str], seconds: float) -> Session:
    """The session that a source's options ask for. Raises Unavailable where they contradict themselves."""
    encoding = options.get("encoding", "")
    try:
        words = _words(options)
        if encoding:
            codecs.lookup(encoding)
    except (ValueError, LookupError) as error:
        raise Unavailable(f"this ODBC source cannot be opened as it is described in gateway.yaml: {error}") from error
    return Session(
        words,
        encoding,
        tuple(filter(None, (bare(each) for each in options.get("setup", "").split("\n")))),
        options.get("nulls", "first"),
        options.get("quotes", "double"),
        seconds,
    )


def _words(options: Mapping[str, str]) -> str:
    """The connection string. Raises ValueError."""
    if bool(options.get("dsn")) == bool(options.get("driver")):
        raise ValueError("give it either `dsn` or `driver`")
    others = connection_words(options.get("connection", ""))
    for keyword in others:
        if keyword.upper() in _OWN:
            raise ValueError(f"`connection` holds {keyword}, which has its own option: `{_OWN[keyword.upper()]}`")
    return connection_string(
        {
            "DSN": options.get("dsn", ""),
            "DRIVER": options.get("driver", ""),
            **others,
            "UID": options.get("user", ""),
            "PWD": options.get("password", ""),
        }
    )


def _told(raw: Any, what: int) -> Any:
    """What SQLGetInfo says, or None where the driver does not know the question."""
    try:
        return raw.getinfo(what)
    except load().Error:
        return None


def _limit(raw: Any, seconds: float) -> None:
    """The driver's own time limit, which outlives this process's watch; not every driver has one."""
    with suppress(load().Error):
        raw.timeout = math.ceil(seconds + _GRACE)
