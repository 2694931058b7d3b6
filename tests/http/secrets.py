"""What no answer may give away: names of tables, columns and files behind the API, SQL, and how the gateway is built."""

from __future__ import annotations

import re
from urllib.parse import quote

from app.assembly import compile_folder
from app.demo.plant import contract_folder
from tests.http.client import Reply


def _legacy() -> frozenset[str]:
    """The names of the demo's tables and columns, but for those that are ordinary words: `Code`, `Name`, `State`."""
    catalogs = compile_folder(contract_folder(), {}).catalogs.values()
    tables = [table for catalog in catalogs for table in catalog.tables.values()]
    names = {table.name for table in tables} | {column.name for table in tables for column in table.columns}
    return frozenset(name for name in names if sum(letter.isupper() for letter in name) > 1)


LEGACY = _legacy()
OPEN = {"Server-Timing"}  # names the sources as the contract's author does, for everybody to see
INNER = re.compile(
    r"\b(erp|mes)\b|sqlite|sqlalchemy|\bSELECT\b|\bWHERE\b|\bFROM\b|Traceback|\w+\.(py|db|yaml|sql)\b|File \"|"
    r"(?<![:\w/<])/(?!problems/|requests/|v\d\b)[a-z]+/\w+|\b\w+Error\b"
)


def told(reply: Reply, *echoes: str) -> list[str]:
    """The secrets in an answer. `echoes` are what the client itself said: that is no secret to it."""
    text = reply.body.decode(errors="replace") + "\n".join(value for name, value in reply.headers if name not in OPEN)
    for echo in sorted({*echoes, *map(quote, echoes)} - {""}, key=len, reverse=True):
        text = text.replace(echo, "")
    text = re.sub(r"https?://[^/\s\"]+", "", text)
    return [*(LEGACY & set(re.findall(r"\w+", text))), *(found.group() for found in INNER.finditer(text))]
