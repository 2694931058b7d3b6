"""What answers hold: the gateway's items, and rows as products answer them, in one form that can be compared.

Each function takes the parsed JSON of an answer, of an item or of a page.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Final

from bench.peers.orders import COLUMNS

Item = Mapping[str, Any]
_BINARY: Final = frozenset({"ORDWT", "ORMRK"})


def own_items(body: Any) -> Sequence[Item]:
    """The gateway's items, without what it says of bad data."""
    items = body.get("data", [body])
    return [{name: value for name, value in item.items() if name != "_issues"} for item in items]


def stored_rows(rows: Sequence[Sequence[Any]]) -> Sequence[Item]:
    """Rows of COLUMNS from the database itself: numbers as text, bytes in hexadecimal."""
    return [{name: _plain(value) for name, value in zip(COLUMNS, row, strict=True)} for row in rows]


def _plain(value: Any) -> str:
    return value.hex().upper() if isinstance(value, bytes) else str(value)


def datasette_rows(body: Any) -> Sequence[Item]:
    """Datasette says bytes as text where they happen to be UTF-8, else in base64."""

    def plain(name: str, value: Any) -> str:
        if isinstance(value, dict):
            return _plain(base64.b64decode(value["encoded"]))
        return _plain(value.encode() if name in _BINARY else value)

    return [{name: plain(name, row[name]) for name in COLUMNS} for row in body["rows"]]


def sandman2_rows(body: Any) -> Sequence[Item]:
    """sandman2 says every number as a float."""
    rows = body.get("resources", [body])
    numbers = [{name: int(value) if isinstance(value, float) else value for name, value in row.items()} for row in rows]
    return [{name: _plain(row[name]) for name in COLUMNS} for row in numbers]


def graphql_rows(body: Any) -> Sequence[Item]:
    """PostGraphile says numbers as text and bytes in base64."""
    data = body["data"]
    rows = data["allOrdhdrs"]["nodes"] if "allOrdhdrs" in data else [data["ordhdrByOrdno"]]
    columns = [(name, name.lower()) for name in COLUMNS]
    return [
        {name: _plain(base64.b64decode(row[field])) if name in _BINARY else row[field] for name, field in columns}
        for row in rows
    ]
