"""What a draft is made of: a sample of a table, and what it seems to mean.

In charge of these values alone, and of the one way from a proposal to the conversion that it means.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from adapters.port import Table
from app.conversions.base import ApiType, Conversion
from app.conversions.registry import bind


@dataclass(frozen=True, slots=True)
class Sample:
    """Some rows of a table, as its driver brought them.

    `columns` are the names of the columns that were read, in the order of each row; others cannot be. `whole`: these are all rows.
    """

    table: Table
    columns: tuple[str, ...]
    rows: Sequence[Sequence[Any]]
    whole: bool = False

    def values(self, column: str) -> list[Any]:
        """The values of one column, in the order of the rows."""
        at = self.columns.index(column)
        return [row[at] for row in self.rows]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one or more columns seem to hold.

    `stored_as` is the plain YAML value, None where the type's native form is meant. `evidence` is what was counted, for the comment
    beside the field: `cyymmdd: 4,980 of 5,000 values are valid dates from 1998 to 2026; 20 are 0`. `doubts` are questions that
    only a person can answer; with one, the field is marked `# check:`.
    """

    columns: tuple[str, ...]
    type: ApiType
    stored_as: Any = None
    evidence: str = ""
    doubts: tuple[str, ...] = ()
    example: Any = None
    open: bool = False


def conversion_of(proposal: Proposal, table: Table, timezone: str = "UTC") -> Conversion:
    """The conversion that a proposal means, bound to its columns of a table. Raises BadOption."""
    columns = (table.column(name) for name in proposal.columns)
    types = tuple(column.type for column in columns if column is not None)
    return bind(proposal.type, proposal.stored_as, types, timezone, proposal.open)


@dataclass(frozen=True, slots=True)
class FieldDraft:
    """A proposal with the name that clients would see.

    `personal` says why the data seems to be about a person; empty: it does not. `counts` are the rows of the sample that hold each
    code, for an enum.
    """

    name: str
    proposal: Proposal
    description: str = ""
    doubts: tuple[str, ...] = ()
    personal: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RelationDraft:
    """An expansion: this resource's fields, and the fields of `resource` that they equal."""

    name: str
    resource: str
    on: Mapping[str, str]
    many: bool
    evidence: str
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ResourceDraft:
    """A drafted resource.

    `key`, `filters` and `sorts` are what the words of these names say; so is `unindexed`, which accepts what no index serves,
    and `unserved` says why. `notes` are what was left out, and why, a sentence each; `doubts` are about its name.
    """

    name: str
    source: str
    table: str
    fields: tuple[FieldDraft, ...]
    key: tuple[str, ...]
    key_evidence: str = ""
    key_doubts: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    sorts: tuple[str, ...] = ()
    relations: tuple[RelationDraft, ...] = ()
    active_when: Mapping[str, Sequence[str]] = field(default_factory=dict)
    active_evidence: str = ""
    active_doubts: tuple[str, ...] = ()
    description: str = ""
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    unindexed: tuple[str, ...] = ()
    unserved: str = ""
