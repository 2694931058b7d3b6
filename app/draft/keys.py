"""What tells the rows of a table apart, and which of them its programs have deleted.

In charge of the key and of logical deletes. It must not know what a column means beyond that: proposals say it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from adapters.port import Column, Index
from app.draft.evidence.facts import plain
from app.draft.evidence.hints import words_of
from app.draft.model import Proposal, Sample

MOST: Final = 4  # columns of a key that is found by counting
_KEY_TYPES: Final = frozenset({"string", "integer", "date", "month", "week", "time", "enum", "decimal", "datetime"})
_ENOUGH: Final = 50  # rows: fewer may differ by chance

Key = tuple[tuple[str, ...], str, tuple[str, ...]]
Deleted = tuple[Mapping[str, tuple[str, ...]], str, tuple[str, ...]]


def key(sample: Sample, proposals: Sequence[Proposal]) -> Key:
    """The columns that tell rows apart, the evidence, and what a person has to say: declared ones first, else by counting.

    Columns whose conversion takes part in no key (bytes, text over several columns, floating point) are left out of what is counted.
    No columns where nothing tells rows apart.
    """
    if sample.table.key:
        return sample.table.key, "the table's own key", ()
    index = _unique_index(sample)
    if index is not None:
        return _of_index(sample, index)
    columns = next(_unique(sample, _usable(sample, proposals)), ())
    if not columns:
        return (), "", ("nothing tells the rows of the sample apart, and the table declares no key: which columns do?",)
    rows = len(sample.rows)
    evidence = f"unique in {rows:,} of {rows:,} rows {'read' if sample.whole else 'sampled'}; the table declares no key"
    few = () if rows >= _ENOUGH else (f"there are {rows} rows only",)
    return columns, evidence, (f"do {', '.join(columns)} tell all rows apart?", *few)


def _unique_index(sample: Sample) -> Index | None:
    """The shortest unique index whose columns can be read; one that cannot hold NULL before others."""
    shown = set(sample.columns)
    unique = [
        index for index in sample.table.indexes if index.unique and index.columns and shown.issuperset(index.columns)
    ]
    return min(unique, key=lambda index: (bool(_nullable(sample, index.columns)), len(index.columns)), default=None)


def _of_index(sample: Sample, index: Index) -> Key:
    nullable = _nullable(sample, index.columns)
    doubts = (f"{', '.join(nullable)} can be NULL: rows without a value have no address",) if nullable else ()
    return index.columns, f"unique index {index.name}; the table declares no key", doubts


def _nullable(sample: Sample, columns: Sequence[str]) -> list[str]:
    return [column.name for column in sample.table.columns if column.name in columns and column.nullable]


def _usable(sample: Sample, proposals: Sequence[Proposal]) -> tuple[str, ...]:
    """The columns that may take part in a key: read alone, of a type that an address can hold, and filled in every row."""
    alone = {proposal.columns[0]: proposal for proposal in proposals if len(proposal.columns) == 1}
    return tuple(
        name
        for name in sample.columns
        if name in alone
        and alone[name].type in _KEY_TYPES
        and None not in sample.values(name)
        and _is_address(alone[name])
    )


def _is_address(proposal: Proposal) -> bool:
    """Whether equal values are found by an equal comparison: numbers in text have many spellings."""
    return not (isinstance(proposal.stored_as, dict) and "text" in proposal.stored_as) and proposal.stored_as != "text"


def _unique(sample: Sample, columns: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Sets of columns that tell the rows of the sample apart: the fewest leading ones, then any one alone."""
    if len(sample.rows) < 2:
        return
    candidates = [
        *(tuple(columns[:width]) for width in range(1, min(MOST, len(columns)) + 1)),
        *((name,) for name in columns),
    ]
    yield from (each for each in candidates if _tells_apart(sample, each))


def _tells_apart(sample: Sample, columns: Sequence[str]) -> bool:
    places = [sample.columns.index(name) for name in columns]
    seen = {tuple(plain(row[at]) for at in places) for row in sample.rows}
    return len(seen) == len(sample.rows)


# Logical deletes: how such columns are called, and which of the codes that they hold mean that a row is there.
_CALLED: Final = frozenset({"deleted", "delete", "dlt", "dltflg", "delflg", "dltcod", "delcd", "isdeleted", "dflag"})
_RECORDS: Final = ("ACREC", "RECCD", "RECST", "RCDCD", "RCDST", "ACTRC")
_ACTIVE: Final = frozenset({"A", "N", "", "0", "False"})
_DELETED: Final = frozenset({"D", "Y", "J", "X", "1", "*", "True"})
_OF_RECORDS: Final = frozenset(
    {"A", "D", ""}
)  # of a column that says what the record is, Y may well mean that it is there


def deleted(sample: Sample) -> Deleted:
    """The column by which programs mark rows as deleted, with the stored values that mean active; the evidence, and what is not sure.

    No column where none is called so; nor where one holds other codes than those that such columns hold, which is a question.
    """
    called = [column for column in sample.table.columns if column.name in sample.columns and _is_called(column)]
    held = {column.name: _counts(sample, column.name) for column in called}
    for column in called:
        counts = held[column.name]
        active = sorted(_ACTIVE.intersection(counts))
        known = _OF_RECORDS if column.name.endswith(_RECORDS) else _ACTIVE | _DELETED
        if active and known.issuperset(counts):
            values = tuple(_spelled(code, column) for code in active)
            return {column.name: values}, _evidence(column.name, counts), tuple(_unsure(active, counts))
    asked = "are rows deleted by {}? It does not hold what such columns hold, so none is hidden"
    return {}, "", tuple(asked.format(name) for name, counts in held.items() if counts)


def _unsure(active: Sequence[str], counts: Mapping[str, int]) -> Iterator[str]:
    """What the codes leave open: whoever takes a code for another hides rows that are there, or shows those that are not."""
    there, rows = sum(counts[code] for code in active), sum(counts.values())
    if there == rows:
        yield "no row read is deleted: which codes mean so, and does no other mean that a row is there?"
    elif there < rows - there:
        yield "most rows read are deleted: is it not the other way round?"
    if len(active) > 1:
        yield f"do {', '.join(map(_word, active))} all mean that a row is there?"
    if rows < _ENOUGH:
        yield f"there are {rows} rows only"


def _is_called(column: Column) -> bool:
    bare = column.name.replace("_", "").lower()
    record = column.name.endswith(_RECORDS) or ("record" in words_of(column) and "deleted" in words_of(column))
    return record or bare in _CALLED or bare.endswith(("deleted", "dltflg", "delflag", "dltflag"))


def _counts(sample: Sample, name: str) -> Mapping[str, int]:
    """The codes of a column as text, each with its rows."""
    found: dict[str, int] = {}
    for value in sample.values(name):
        code = "NULL" if value is None else str(value).rstrip(" ")
        found[code] = found.get(code, 0) + 1
    return found


def _spelled(code: str, column: Column) -> str:
    """A code as `active_when` writes it: false, as YAML has it, in a column of the database's own booleans."""
    return "false" if column.type.base == "boolean" else code


def _evidence(name: str, counts: Mapping[str, int]) -> str:
    parts = [f"{count:,} rows are {_word(code)}" for code, count in sorted(counts.items(), key=lambda each: -each[1])]
    return f"{name}: {', '.join(parts)}"


def _word(code: str) -> str:
    return code or "blank"
