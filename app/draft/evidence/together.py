"""Columns that belong together: a date with its time of day, the lines of one text, the parts of one date.

In charge of finding them among neighbours, by their names and by what each of them seems to hold alone. What is joined is tried
on whole rows, with the conversion that would read them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from adapters.port import Column
from app.conversions import registry
from app.conversions.base import BadOption, Issue
from app.draft.evidence.hints import hints
from app.draft.evidence.wording import MIDNIGHT, listed
from app.draft.model import Proposal, Sample
from app.draft.shown import told

_OF_DATES: Final = re.compile(r"(?:DATE|DAT|DTE|DT|D|_?date|Date)$")
_OF_TIMES: Final = re.compile(r"(?:TIME|TIM|TME|TM|T|_?time|Time)$")
_NUMBERED: Final = re.compile(r"(.*?[^\d])(\d{1,2})")
_OF_PARTS: Final = re.compile(
    r"(?P<stem>.*?)_?(?P<part>CC|CENTURY|CTRY|YYYY|YY|YEAR|YR|Y|MM|MONTH|MO|M|DD|DAY|DA|D)", re.IGNORECASE
)
_PARTS: Final = {"C": "century", "Y": "year", "M": "month", "D": "day"}
_ORDERS: Final = (("century", "year", "month", "day"), ("year", "month", "day"))
_WIDEST_PART: Final = 4
_LEAST_LINE: Final = 15  # characters: narrower columns with numbers are codes


def joined(sample: Sample, alone: Sequence[Proposal]) -> tuple[Proposal, ...]:
    """The proposals, with those of columns that belong together as one, where the first of them stands."""
    found: list[Proposal] = []
    at = 0
    while at < len(alone):
        group = _parts(sample, alone[at:]) or _pair(sample, alone[at:]) or _lines(sample, alone[at:])
        found.append(group or alone[at])
        at += len(found[-1].columns)
    return tuple(found)


def _column(sample: Sample, proposal: Proposal) -> Column:
    column = sample.table.column(proposal.columns[0])
    assert column is not None, "a proposal is about a column of its table"
    return column


def _pair(sample: Sample, rest: Sequence[Proposal]) -> Proposal | None:
    """A date and the time of day behind it, named alike: PRMDT and PRMTM."""
    if len(rest) < 2 or (rest[0].type, rest[1].type) != ("date", "time"):
        return None
    names = rest[0].columns[0], rest[1].columns[0]
    if _OF_DATES.sub("", names[0]) != _OF_TIMES.sub("", names[1]):
        return None
    stored_as = [part.stored_as or "native" for part in rest[:2]]
    # Where there is no date the time says nothing: whether its 0 is midnight is asked no more.
    times = tuple(doubt for doubt in rest[1].doubts if not doubt.endswith(MIDNIGHT))
    evidence = told(rest[0].evidence, "; ", rest[1].evidence)
    made = Proposal(names, "datetime", stored_as, evidence, (*rest[0].doubts, *times))
    return _tried(sample, made)


def _lines(sample: Sample, rest: Sequence[Proposal]) -> Proposal | None:
    """Numbered columns of plain text, named as addresses and notes are: CADR1, CADR2, CADR3."""
    group = list(_numbered(sample, rest))
    if len(group) < 2 or not _are_lines(sample, group):
        return None
    columns = tuple(proposal.columns[0] for proposal in group)
    evidence = f"lines: {len(columns)} columns of text with one name, numbered"
    doubts = tuple(dict.fromkeys(doubt for proposal in group for doubt in proposal.doubts if "blank" not in doubt))
    return _tried(sample, Proposal(columns, "string", "lines", evidence, doubts))


def _numbered(sample: Sample, rest: Sequence[Proposal]) -> Iterator[Proposal]:
    """The leading proposals whose columns are called X1, X2, and so on, all of the same type."""
    first = _NUMBERED.fullmatch(rest[0].columns[0])
    for turn, proposal in enumerate(rest):
        match = _NUMBERED.fullmatch(proposal.columns[0])
        if first is None or match is None or len(proposal.columns) > 1 or match[1] != first[1]:
            return
        if int(match[2]) != int(first[2]) + turn or _column(sample, proposal).type != _column(sample, rest[0]).type:
            return
        yield proposal


def _are_lines(sample: Sample, group: Sequence[Proposal]) -> bool:
    column = _column(sample, group[0])
    wide = column.type.base in {"char", "varchar"} and (column.type.length or _LEAST_LINE) >= _LEAST_LINE
    return wide and "lines" in hints(column).kinds and all(_is_plain(proposal) for proposal in group)


def _is_plain(proposal: Proposal) -> bool:
    """Whether a column holds text as it is, or nothing."""
    named = proposal.stored_as is None or (isinstance(proposal.stored_as, dict) and "native" in proposal.stored_as)
    return proposal.type == "string" and named


def _parts(sample: Sample, rest: Sequence[Proposal]) -> Proposal | None:
    """A date over several columns: century, year, month and day."""
    for order in _ORDERS:
        group = rest[: len(order)]
        columns = [_column(sample, proposal) for proposal in group if len(proposal.columns) == 1]
        matches = [_OF_PARTS.fullmatch(column.name) for column in columns]
        parts = tuple(_PARTS[match["part"][0].upper()] for match in matches if match)
        stems = {match["stem"] for match in matches if match}
        narrow = all((column.type.precision or column.type.length or 9) <= _WIDEST_PART for column in columns)
        if parts == order and len(stems) == 1 and narrow:
            names = tuple(column.name for column in columns)
            made = Proposal(names, "date", "parts", f"parts: {', '.join(order)}, a column each")
            return _tried(sample, made, needed=0.9)
    return None


def _tried(sample: Sample, made: Proposal, needed: float = 0.0) -> Proposal | None:
    """The joined proposal with an example and a doubt for rows that do not decode; None where it does not bind, or too few do."""
    try:
        conversion = registry.bind(made.type, made.stored_as, [_type(sample, name) for name in made.columns])
    except BadOption:
        return None
    decoded = [(stored, conversion.decode(*stored)) for stored in _rows(sample, made.columns)]
    failed = [stored for stored, value in decoded if isinstance(value, Issue)]
    if len(failed) > (1 - needed) * len(decoded):
        return None
    example = next((value for _, value in decoded if value and not isinstance(value, Issue)), None)
    known = any("not decode" in doubt for doubt in made.doubts)
    more = () if known or not failed else (told(f"{len(failed):,} rows do not decode: ", listed(failed)),)
    return replace(made, doubts=(*made.doubts, *more), example=example)


def _type(sample: Sample, name: str) -> Any:
    column = sample.table.column(name)
    assert column is not None, f"{name} is a column of the sample's table"
    return column.type


def _rows(sample: Sample, columns: Sequence[str]) -> list[tuple[Any, ...]]:
    places = [sample.columns.index(name) for name in columns]
    return [tuple(row[at] for at in places) for row in sample.rows]
