"""A field about a person is drafted without a value of any row: what is drafted goes into version control, and to whoever reviews it.

In charge of what is left out: values in evidence and in questions, the example, codes, and those values that mean null by their number
alone. How many there are of each stays. It must not judge what is about a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from adapters.port import ColumnType, Table
from app.conversions.base import ApiType
from app.draft.evidence.reading import Reading
from app.draft.evidence.sentinels import is_mark
from app.draft.model import FieldDraft, Proposal
from app.draft.shown import bare

_UNCODED: Final[Mapping[str, ApiType]] = {"char": "string", "varchar": "string", "float": "number"}  # else integer


def discreet(field: FieldDraft, table: Table) -> FieldDraft:
    """The field as it is; where it is about a person, without what is stored."""
    if not field.personal:
        return field
    columns = [column.type for name in field.proposal.columns if (column := table.column(name)) is not None]
    proposal = field.proposal
    proposal = _uncoded(proposal, columns[0]) if proposal.type == "enum" else _unnamed(proposal, columns)
    evidence, doubts = bare(proposal.evidence), tuple(map(bare, proposal.doubts))
    return replace(field, proposal=replace(proposal, evidence=evidence, doubts=doubts, example=None), counts={})


def _uncoded(proposal: Proposal, column: ColumnType) -> Proposal:
    """What holds codes, as the plain value that it is: a contract cannot name codes without showing them."""
    question = f"is it an enum? Its {len(proposal.stored_as)} codes are not shown"
    return replace(proposal, type=_UNCODED.get(column.base, "integer"), stored_as=None, open=False, doubts=(question,))


def _unnamed(proposal: Proposal, columns: Sequence[ColumnType]) -> Proposal:
    """The proposal without the values that only seem to mean null; marks that programs use are nobody's."""
    stored_as = proposal.stored_as
    if not isinstance(stored_as, list):
        return replace(proposal, stored_as=_with_marks(stored_as, columns[0]))
    parts = [_with_marks(each, column) or "native" for each, column in zip(stored_as, columns, strict=True)]
    return replace(proposal, stored_as=parts)


def _with_marks(stored_as: Any, column: ColumnType) -> Any:
    """One conversion as the contract writes it, of its `nulls` those that are marks."""
    name, options = next(iter(stored_as.items())) if isinstance(stored_as, Mapping) else ("", None)
    if not isinstance(options, Mapping) or "nulls" not in options:
        return stored_as
    binary = column.base == "binary"
    marks = [word for word in options["nulls"] if is_mark(bytes.fromhex(word) if binary else word)]
    others = {word: value for word, value in options.items() if word != "nulls"}
    return Reading("string", name, {**others, "nulls": marks} if marks else others).stored_as
