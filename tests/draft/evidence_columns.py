"""Columns made by hand for tests of what they seem to hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from adapters.port import Column, ColumnType, Index, Table
from app.conversions import registry
from app.conversions.base import ApiType, Conversion, Issue
from app.draft.evidence import proposals
from app.draft.model import Proposal, Sample

NUMBER = ColumnType("decimal", precision=8, scale=0)
WHOLE = ColumnType("integer", precision=10, scale=0)
MONEY = ColumnType("decimal", precision=11, scale=2)
TEXT = ColumnType("varchar", 40)
BYTES = ColumnType("binary", 4)


def char(length: int) -> ColumnType:
    """A column of text that is padded."""
    return ColumnType("char", length)


def sample(
    columns: Sequence[Column], rows: Sequence[Sequence[Any]], key: tuple[str, ...] = (), *indexes: Index
) -> Sample:
    """Rows of a table of these columns."""
    table = Table("T", tuple(columns), key, tuple(indexes))
    return Sample(table, tuple(column.name for column in columns), rows, whole=True)


def proposed(
    values: Sequence[Any], kind: ColumnType, name: str = "VAL", text: str = "", *, key: bool = False
) -> Proposal:
    """What one column seems to hold."""
    column = Column(name, kind, text=text)
    (proposal,) = proposals(sample([column], [(value,) for value in values], (name,) if key else ()))
    return proposal


def bound(proposal: Proposal, made: Sample) -> Conversion:
    """The conversion that a proposal means. Raises BadOption."""
    kinds = [column.type for name in proposal.columns for column in made.table.columns if column.name == name]
    return registry.bind(proposal.type, proposal.stored_as, kinds, "UTC", proposal.open)


def undecoded(made: Sample) -> Iterator[tuple[Proposal, Any]]:
    """The stored values that proposals without a doubt do not decode: there should be none."""
    for proposal in proposals(made):
        conversion = bound(proposal, made)
        places = [made.columns.index(name) for name in proposal.columns]
        for row in made.rows:
            stored = [row[at] for at in places]
            if isinstance(conversion.decode(*stored), Issue) and not proposal.doubts:
                yield proposal, stored


def days(number: int = 400, step: int = 9, first: date = date(2014, 3, 5)) -> list[date]:
    """Days at even distances."""
    return [first + timedelta(days=step * turn) for turn in range(number)]


def moments(api_type: ApiType) -> list[str]:
    """API values of a type, over ten years and the hours of a day."""
    times = [f"{6 + turn % 16:02}:{turn * 7 % 60:02}:00" for turn in range(400)]
    found: dict[str, list[str]] = {
        "date": [day.isoformat() for day in days()],
        "month": sorted({day.isoformat()[:7] for day in days()}),
        "week": sorted({"{:04}-W{:02}".format(*day.isocalendar()[:2]) for day in days()}),
        "time": times,
        "datetime": [f"{day}T{time}+00:00" for day, time in zip(days(), times, strict=True)],
    }
    return found[api_type]
