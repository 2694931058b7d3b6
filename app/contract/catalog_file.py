"""catalog/SOURCE.yaml: the reviewed snapshot of a source's tables.

In charge of reading and writing it, such that what is written reads back equal and two snapshots differ line by line.
It must not know how a catalog is taken from a source.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from adapters.port import Catalog, Column, ColumnType, Index, Table
from app.contract.columns import COLUMN_TYPE
from app.contract.files import scalar
from app.contract.words import LINE
from app.shapes import Choice, Fault, Flag, Listing, Mapping_, Node, Record, Report, Whole, nearest

MOST_BYTES: Final = 64 * 1024 * 1024  # a machine writes these files, and a source may have thousands of tables

COLUMN: Final = Record(
    {
        "type": Choice(COLUMN_TYPE, "The column's type: char(8), decimal(11,2), timestamp.", required=True),
        "null": Choice(Flag(), "Whether it can hold NULL. Left out: true."),
        "ccsid": Choice(Whole(1, 65535), "The code page that the source tags it with."),
        "text": Choice(LINE, "The description that the source keeps."),
    },
    "a column",
)
COLUMNS: Final = Mapping_(COLUMN, LINE, "a mapping of columns", 1)
_COLUMNS: Final = Choice(COLUMNS, "The columns, in order.", required=True)
INDEX: Final = Record(
    {
        "columns": Choice(
            Listing(LINE, minimum=1, unique=True), "Its columns, in the order of the index.", required=True
        ),
        "unique": Choice(Flag(), "Whether no two rows share its values. Left out: false."),
    },
    "an index",
)
TABLE: Final = Record(
    {
        "text": Choice(LINE, "The description that the source keeps."),
        "columns": _COLUMNS,
        "key": Choice(Listing(LINE, unique=True), "The columns of the primary key."),
        "indexes": Choice(Mapping_(INDEX, LINE, "a mapping of indexes"), "The indexes, by name."),
    },
    "a table",
)
QUERY: Final = Record({"columns": _COLUMNS}, "what a query returns")
CATALOG: Final = Record(
    {
        "tables": Choice(Mapping_(TABLE, LINE, "a mapping of tables"), "The tables and views, by name."),
        "queries": Choice(
            Mapping_(QUERY, LINE, "a mapping of queries"), "What each named query returns, by the name of its file."
        ),
    },
    "a catalog",
)
_BARE_IN_JSON: Final = re.compile(
    "[\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]"
)  # JSON takes them, YAML or an editor does not
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*(?: [A-Za-z0-9_.-]+)*")


def read(node: Node, report: Report) -> Catalog | None:
    """The catalog of a file; None after a reported fault."""
    faults: list[Fault] = []
    words = CATALOG.check(node, faults.append) or {}
    tables = node.value.get("tables") if isinstance(node.value, dict) else None
    for table in _children(tables):
        _check_columns(table, faults.append)
    for fault in faults:
        report(fault)
    if faults:
        return None
    return Catalog(
        {name: _table(name, table) for name, table in words.get("tables", {}).items()},
        {name: _table(name, query) for name, query in words.get("queries", {}).items()},
    )


def write(catalog: Catalog) -> str:
    """The file's text: tables, queries and indexes by name, columns in the order of the table, one a line."""
    lines = ["tables:" if catalog.tables else "tables: {}"]
    for name in sorted(catalog.tables):
        lines += _table_lines(catalog.tables[name])
    if catalog.queries:
        lines.append("queries:")
    for name in sorted(catalog.queries):
        lines += _table_lines(catalog.queries[name])
    return "".join(f"{line}\n" for line in lines)


def _check_columns(table: Node, report: Report) -> None:
    """Report columns of the key and of indexes that the table does not have."""
    words = table.value if isinstance(table.value, dict) else {}
    columns = words.get("columns")
    known = columns.value if columns is not None and isinstance(columns.value, dict) else {}
    lists = [words.get("key"), *(index.value.get("columns") for index in _children(words.get("indexes")))]
    for column in (column for each in lists for column in _items(each)):
        if column.source not in known:
            message = f"the table has no column {column.source!r}"
            report(Fault("unknown-column", column.place, message, hint=nearest(column.source, known)))


def _children(node: Node | None) -> list[Node]:
    """The mappings among the values of a mapping."""
    values = node.value.values() if node is not None and isinstance(node.value, dict) else ()
    return [child for child in values if isinstance(child.value, dict)]


def _items(node: Node | None) -> list[Node]:
    return node.value if node is not None and isinstance(node.value, list) else []


def _table(name: str, words: Mapping[str, Any]) -> Table:
    indexes = words.get("indexes", {}).items()
    return Table(
        name,
        tuple(_column(column, said) for column, said in words["columns"].items()),
        tuple(words.get("key", ())),
        tuple(Index(index, tuple(said["columns"]), said.get("unique", False)) for index, said in indexes),
        words.get("text", ""),
    )


def _column(name: str, words: Mapping[str, Any]) -> Column:
    type_: ColumnType = replace(words["type"], ccsid=words.get("ccsid"))
    return Column(name, type_, words.get("null", True), words.get("text", ""))


def _table_lines(table: Table) -> Iterator[str]:
    yield f"  {_text(table.name)}:"
    if table.text.strip():
        yield f"    text: {_text(table.text)}"
    yield "    columns:"
    for column in table.columns:
        yield f"      {_text(column.name)}: {{{_column_words(column)}}}"
    if table.key:
        yield f"    key: {_list(table.key)}"
    if table.indexes:
        yield "    indexes:"
    for index in sorted(table.indexes, key=lambda index: index.name):
        unique = str(index.unique).lower()
        yield f"      {_text(index.name)}: {{columns: {_list(index.columns)}, unique: {unique}}}"


def _column_words(column: Column) -> str:
    words = [f"type: {_text(str(column.type))}", f"null: {str(column.nullable).lower()}"]
    if column.type.ccsid is not None:
        words.append(f"ccsid: {column.type.ccsid}")
    if column.text.strip():
        words.append(f"text: {_text(column.text)}")
    return ", ".join(words)


def _list(names: Sequence[str]) -> str:
    return "[" + ", ".join(map(_text, names)) + "]"


def _text(text: str) -> str:
    """A scalar that reads back as this text: plain where YAML leaves no doubt, else quoted as JSON, which YAML includes."""
    if _PLAIN.fullmatch(text) and isinstance(scalar(text), str):
        return text
    return _BARE_IN_JSON.sub(lambda bare: f"\\u{ord(bare[0]):04x}", json.dumps(text, ensure_ascii=False))
