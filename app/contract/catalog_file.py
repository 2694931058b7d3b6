"""catalog/SOURCE.yaml: the reviewed snapshot of a source's tables.

In charge of reading and writing it, such that what is written reads back equal and two snapshots differ line by line.
It must not know how a catalog is taken from a source.

Of a large file that is a list of blocks (`catalog_blocks`) only the tables that a contract uses are read at once, and their
faults reported. Another table is read when somebody asks for it; nobody is told of a fault in one that nobody asks for.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from adapters.port import Catalog, Column, ColumnType, ForeignKey, Index, Table
from app.contract.catalog_blocks import Blocks, cut
from app.contract.columns import COLUMN_TYPE
from app.contract.files import parse, scalar
from app.contract.words import LINE
from app.shapes import Choice, Fault, Faults, Flag, Listing, Mapping_, Node, Record, Report, Whole, Word, nearest

MOST_BYTES: Final = 64 * 1024 * 1024  # a machine writes these files, and a source may have thousands of tables

COLUMN: Final = Record(
    {
        "type": Choice(COLUMN_TYPE, "The column's type: char(8), decimal(11,2), timestamp.", required=True),
        "null": Choice(Flag(), "Whether it can hold NULL. Left out: true."),
        "ccsid": Choice(Whole(1, 65535), "The code page that the source tags it with."),
        "short": Choice(LINE, "Its other name, where it has two: the system's, of ten characters."),
        "heading": Choice(LINE, "The words that stand over it, where the source keeps those apart."),
        "text": Choice(LINE, "The description that the source keeps."),
    },
    "a column",
)
COLUMNS: Final = Mapping_(COLUMN, LINE, "a mapping of columns", 1)
_COLUMNS: Final = Choice(COLUMNS, "The columns, in order.", required=True)
_PART: Final = Listing(LINE, minimum=1)  # an index may name a column twice, with another operator class
INDEX: Final = Record(
    {
        "columns": Choice(_PART, "Its columns, in the order of the index.", required=True),
        "unique": Choice(Flag(), "Whether no two rows share its values. Left out: false."),
    },
    "an index",
)
FOREIGN_KEY: Final = Record(
    {
        "columns": Choice(_PART, "Its columns, in the order of those that they refer to.", required=True),
        "table": Choice(LINE, "The table that they refer to; it need not be in this file.", required=True),
        "references": Choice(Listing(LINE, minimum=1), "The columns of that table.", required=True),
        "name": Choice(LINE, "Its name, where the source keeps one."),
    },
    "a foreign key",
)
KINDS: Final = Word(
    {
        "table": "",
        "view": "",
        "logical": "A logical file of IBM i: an index that can be read as a table.",
        "alias": "It stands for a table elsewhere, as a synonym does.",
    }
)
TABLE: Final = Record(
    {
        "text": Choice(LINE, "The description that the source keeps."),
        "kind": Choice(KINDS, "What it is. Left out: a table."),
        "short": Choice(LINE, "Its other name, where it has two: the system's, of ten characters."),
        "rows": Choice(Whole(0), "About how many rows it has, as the source counts them."),
        "columns": _COLUMNS,
        "key": Choice(Listing(LINE, unique=True), "The columns of the primary key."),
        "indexes": Choice(Mapping_(INDEX, LINE, "a mapping of indexes"), "The indexes, by name."),
        "foreign_keys": Choice(Listing(FOREIGN_KEY), "The references to other tables that the source declares."),
    },
    "a table",
)
TABLES: Final = Mapping_(TABLE, LINE, "a mapping of tables")
QUERY: Final = Record({"columns": _COLUMNS}, "what a query returns")
CATALOG: Final = Record(
    {
        "tables": Choice(TABLES, "The tables and views, by name."),
        "queries": Choice(
            Mapping_(QUERY, LINE, "a mapping of queries"), "What each named query returns, by the name of its file."
        ),
    },
    "a catalog",
)
_LARGE: Final = 128 * 1024  # characters; less than that is read as a whole in no time, with every fault of it
_BARE_IN_JSON: Final = re.compile(
    "[\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]"
)  # JSON takes them, YAML or an editor does not
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*(?: [A-Za-z0-9_.-]+)*")


def read(text: str, file: str, report: Report, used: Collection[str]) -> Catalog | None:
    """The catalog of a file's text; None after a reported fault of the file, or of one of the tables that are `used`.

    Any other table is read when it is asked for, which raises Faults, those of the whole file, where it has one.
    """
    blocks = cut(text) if len(text) > _LARGE else None
    if blocks is None:
        return read_whole(text, file, report)
    faults: list[Fault] = []
    rest = read_whole(blocks.rest, file, faults.append) if blocks.rest else Catalog({})
    if rest is None:
        return read_whole(text, file, report)
    tables = _Tables(file, blocks)
    try:
        for name in used:
            tables.get(name)
    except Faults as found:
        for fault in found:
            report(fault)
        return None
    return Catalog(tables, rest.queries)


def read_whole(text: str, file: str, report: Report) -> Catalog | None:
    """The catalog of a file's text, every table of it; None after a reported fault."""
    faults: list[Fault] = []
    node = parse(text, file, faults.append)
    words = {} if node is None else CATALOG.check(node, faults.append) or {}
    tables = node.value.get("tables") if node is not None and isinstance(node.value, dict) else None
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


class _Tables(Mapping[str, Table]):
    """The tables of a text, each read from its block when it is first asked for, and then kept."""

    def __init__(self, file: str, blocks: Blocks) -> None:
        self._file, self._blocks = file, blocks
        self._read: dict[str, Table] = {}

    def __getitem__(self, name: str) -> Table:
        """The table. Raises KeyError, and Faults where it has one."""
        if name not in self._read:
            self._read[name] = self._table(name, self._blocks.block(name))
        return self._read[name]

    def __contains__(self, name: object) -> bool:
        """Whether there is one; it is not read for that."""
        return name in self._blocks.spans

    def __iter__(self) -> Iterator[str]:
        """The names, in the order of the file."""
        return iter(self._blocks.spans)

    def __len__(self) -> int:
        return len(self._blocks.spans)

    def _table(self, name: str, block: str) -> Table:
        faults: list[Fault] = []
        found = read_whole(f"tables:\n{block}", self._file, faults.append)
        if found is None:
            found = self._whole()
        return found.tables[name]

    def _whole(self) -> Catalog:
        """The whole file, for the sake of its faults: their places are those in the file, and they come all at once."""
        faults: list[Fault] = []
        catalog = read_whole(self._blocks.text, self._file, faults.append)
        if catalog is None:
            raise Faults(faults)
        return catalog


def writable(catalog: Catalog) -> Catalog:
    """What of a catalog a file can hold: tables and queries that have a name and columns, of those what has a name.

    With a column that nobody could name go the keys and indexes that it is of.
    """
    return Catalog(_with_names(catalog.tables), _with_names(catalog.queries))


def repeated(catalog: Catalog) -> Mapping[str, Sequence[str]]:
    """The named queries that return more than one column of a name, with such names: whoever asked for one would get either."""
    counts = {name: Counter(column.name for column in query.columns) for name, query in catalog.queries.items()}
    found = {name: [column for column, number in counted.items() if number > 1] for name, counted in counts.items()}
    return {name: columns for name, columns in found.items() if columns}


def write(catalog: Catalog) -> str:
    """The file's text: tables, queries and indexes by name, columns in the order of the table, one a line.

    Only what is `writable` is written. No query may return two columns of one name (`repeated`).
    """
    catalog = writable(catalog)
    lines = ["tables:" if catalog.tables else "tables: {}"]
    for name in sorted(catalog.tables):
        lines += _table_lines(catalog.tables[name])
    if catalog.queries:
        lines.append("queries:")
    for name in sorted(catalog.queries):
        lines += _table_lines(catalog.queries[name])
    return "".join(f"{line}\n" for line in lines)


def _with_names(tables: Mapping[str, Table]) -> dict[str, Table]:
    named = {name: _with_named_parts(table) for name, table in tables.items() if LINE.takes(name)}
    return {name: table for name, table in named.items() if table.columns}


def _with_named_parts(table: Table) -> Table:
    columns = tuple(column for column in table.columns if LINE.takes(column.name))
    known = {column.name for column in columns}
    indexes = (each for each in table.indexes if LINE.takes(each.name) and each.columns)
    foreign = (each for each in table.foreign if all(map(LINE.takes, (each.table, *each.references))))
    return replace(
        table,
        columns=columns,
        key=table.key if known.issuperset(table.key) else (),
        indexes=tuple(each for each in indexes if known.issuperset(each.columns)),
        foreign=tuple(each for each in foreign if known.issuperset(each.columns)),
    )


def _check_columns(table: Node, report: Report) -> None:
    """Report columns of the key and of indexes that the table does not have."""
    words = table.value if isinstance(table.value, dict) else {}
    columns = words.get("columns")
    known = columns.value if columns is not None and isinstance(columns.value, dict) else {}
    foreign = [child for child in _items(words.get("foreign_keys")) if isinstance(child.value, dict)]
    holders = [*_children(words.get("indexes")), *foreign]
    lists = [words.get("key"), *(holder.value.get("columns") for holder in holders)]
    for column in (column for each in lists for column in _items(each)):
        if column.source not in known:
            message = f"the table has no column {column.source!r}"
            report(Fault("unknown-column", column.place, message, hint=nearest(column.source, known)))
    for key in foreign:
        _check_pairs(key, report)


def _check_pairs(key: Node, report: Report) -> None:
    """Report a foreign key whose columns cannot be paired with those that they refer to."""
    own, other = (len(_items(key.value.get(word))) for word in ("columns", "references"))
    if own and other and own != other:
        report(Fault("wrong-value", key.at("references"), f"{other} stand here", f"{own}, as many as in 'columns'"))


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
        words.get("kind", "table"),
        words.get("rows"),
        tuple(map(_foreign_key, words.get("foreign_keys", ()))),
        words.get("short", ""),
    )


def _foreign_key(words: Mapping[str, Any]) -> ForeignKey:
    return ForeignKey(words.get("name", ""), tuple(words["columns"]), words["table"], tuple(words["references"]))


def _column(name: str, words: Mapping[str, Any]) -> Column:
    type_: ColumnType = replace(words["type"], ccsid=words.get("ccsid"))
    said = (words.get(word, "") for word in ("text", "heading", "short"))
    return Column(name, type_, words.get("null", True), *said)


def _table_lines(table: Table) -> Iterator[str]:
    yield f"  {_text(table.name)}:"
    yield from (f"    {word}" for word in _table_words(table))
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
    if table.foreign:
        yield "    foreign_keys:"
    for key in sorted(table.foreign, key=lambda key: (key.columns, key.table, key.references, key.name)):
        yield f"      - {{{_foreign_words(key)}}}"


def _table_words(table: Table) -> Iterator[str]:
    yield from _said("text", table.text)
    if table.kind != "table":
        yield f"kind: {table.kind}"
    yield from _said("short", table.short)
    if table.rows is not None:
        yield f"rows: {rounded(table.rows)}"


def rounded(rows: int) -> int:
    """A number of rows to two significant digits: a day's work leaves most tables of a snapshot as they were."""
    unit: int = 10 ** max(len(str(rows)) - 2, 0)
    return (rows + unit // 2) // unit * unit


def _foreign_words(key: ForeignKey) -> str:
    words = [f"columns: {_list(key.columns)}", f"table: {_text(key.table)}", f"references: {_list(key.references)}"]
    return ", ".join((*words, *_said("name", key.name)))


def _column_words(column: Column) -> str:
    words = [f"type: {_text(str(column.type))}", f"null: {str(column.nullable).lower()}"]
    if column.type.ccsid is not None:
        words.append(f"ccsid: {column.type.ccsid}")
    said = {"short": column.short, "heading": column.heading, "text": column.text}
    return ", ".join((*words, *(each for word, text in said.items() for each in _said(word, text))))


def _said(word: str, text: str) -> Iterator[str]:
    """A word and its text, where there is one."""
    if text.strip():
        yield f"{word}: {_text(text)}"


def _list(names: Sequence[str]) -> str:
    return "[" + ", ".join(map(_text, names)) + "]"


def _text(text: str) -> str:
    """A scalar that reads back as this text: plain where YAML leaves no doubt, else quoted as JSON, which YAML includes."""
    if _PLAIN.fullmatch(text) and isinstance(scalar(text), str):
        return text
    return _BARE_IN_JSON.sub(lambda bare: f"\\u{ord(bare[0]):04x}", json.dumps(text, ensure_ascii=False))
