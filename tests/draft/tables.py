"""Tables, samples and proposals made by hand.

In charge of saying them in a line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adapters.port import Column, ForeignKey, Table
from app.contract.columns import column_type
from app.conversions.base import ApiType
from app.draft.model import Proposal, Sample


def table(
    name: str, *columns: str, key: Sequence[str] = (), text: str = "", foreign: Sequence[ForeignKey] = ()
) -> Table:
    """A table whose columns are said as `ORDNO decimal(7,0) Order number`: a name, a type (varchar(30) if left out), a text."""
    return Table(name, tuple(map(_column, columns)), tuple(key), text=text, foreign=tuple(foreign))


def proposal(column: str, type_: ApiType = "string", stored_as: Any = None, **more: Any) -> Proposal:
    """A proposal for one column."""
    return Proposal((column,), type_, stored_as, **more)


def sample(of: Table, rows: Sequence[Sequence[Any]] = (), *, whole: bool = True) -> Sample:
    """A sample of all its columns."""
    return Sample(of, tuple(column.name for column in of.columns), rows, whole)


def _column(said: str) -> Column:
    name, _, rest = said.partition(" ")
    type_, _, text = rest.partition(" ")
    return Column(name, column_type(type_ or "varchar(30)"), text=text)
