"""A drafted resource as the text of its file: what is proposed, and beside it what was counted and what is not sure.

In charge of the file's looks, which are those of a file that a person wrote. It must not judge what it writes.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from app.contract.words import ALL
from app.draft.flow import flow, name, text
from app.draft.model import FieldDraft, RelationDraft, ResourceDraft

WIDTH: Final = 120  # columns of a line, where a value does not need more
CHECK: Final = "check:"

_HEAD: Final = (
    "Drafted by `bascule draft` from the table {table}, for somebody to review. Comments say what was counted in a sample; one that "
    "begins with `check` is a question that the data alone does not answer."
)


def write(draft: ResourceDraft) -> str:
    """The file's text. It parses, whatever stands in the values and texts of the source."""
    return "".join(f"{line}\n" for part in _parts(draft) for line in part)


def _parts(draft: ResourceDraft) -> Iterator[Iterable[str]]:
    yield _opening(draft)
    yield ("", "fields:")
    yield from map(_field, draft.fields)
    yield _questions(draft)
    if draft.relations:
        yield ("", "expand:")
        yield from map(_relation, draft.relations)


def _opening(draft: ResourceDraft) -> Iterator[str]:
    yield from _comment((_HEAD.format(table=draft.table), *draft.notes))
    yield from _comment((), draft.doubts)
    yield f"resource: {text(draft.name)}"
    if draft.description:
        yield f"summary: {text(draft.description)}"
    yield f"source: {text(draft.source)}"
    yield f"table: {text(draft.table)}"
    yield from _comment((draft.key_evidence,), draft.key_doubts)
    yield f"key: {flow(draft.key[0] if len(draft.key) == 1 else draft.key)}"
    yield from _comment((draft.active_evidence,), draft.active_doubts)
    if draft.active_when:
        active = {
            column: values[0] if len(values) == 1 else list(values) for column, values in draft.active_when.items()
        }
        yield f"active_when: {flow(active)}"


def _questions(draft: ResourceDraft) -> Iterator[str]:
    """What may be asked of the list."""
    words = {"filter": draft.filters, "sort": draft.sorts, "unindexed": draft.unindexed}
    if any(words.values()):
        yield ""
    for word, names in words.items():
        if word == "unindexed" and names:
            yield from _comment((), (draft.unserved,))
        if names:
            yield from _listed(word, names)


def _listed(word: str, names: Sequence[str]) -> Iterator[str]:
    """`filter: [number, status]`, over several lines where one would be too long."""
    quoted = [f"'{each}'" if "[" in each else text(each) for each in names]
    line = f"{word}: {ALL}" if ALL in names else f"{word}: [{', '.join(quoted)}]"
    if len(line) <= WIDTH:
        yield line
        return
    yield f"{word}:"
    yield from (f"  - {each}" for each in quoted)


def _field(field: FieldDraft) -> Iterator[str]:
    proposal = field.proposal
    yield from _comment((proposal.evidence,), (*proposal.doubts, *field.doubts), "  ")
    if field.personal:
        yield from _comment((f"personal: {field.personal}",), (), "  ")
    words = dict(_words(field))
    line = f"  {name(field.name)}: {flow(words)}"
    if len(line) <= WIDTH and not field.counts:
        yield line
        return
    yield f"  {name(field.name)}:"
    for word, value in words.items():
        if word == "stored_as" and field.counts:
            yield from _codes(value, field.counts)
        else:
            yield f"    {word}: {flow(value)}"


def _words(field: FieldDraft) -> Iterator[tuple[str, Any]]:
    """The words of a field; no value of a person's goes into the documentation as an example."""
    proposal = field.proposal
    several = len(proposal.columns) > 1
    yield ("columns", proposal.columns) if several else ("column", proposal.columns[0])
    yield "type", proposal.type
    if proposal.open:
        yield "open", True
    if proposal.stored_as is not None:
        yield "stored_as", proposal.stored_as
    if field.personal:
        yield "classification", "personal"
    if field.description:
        yield "description", field.description
    if proposal.example is not None and not field.personal:
        yield "example", proposal.example


def _codes(codes: Mapping[str, Any], counts: Mapping[str, int]) -> Iterator[str]:
    """Each code on a line of its own, with the rows that have it."""
    yield "    stored_as:"
    for code, meaning in codes.items():
        rows = f"  # {counts[code]:,}" if code in counts else ""
        yield f"      {name(code)}: {flow(meaning)}{rows}"


def _relation(relation: RelationDraft) -> Iterator[str]:
    yield from _comment((relation.evidence,), relation.doubts, "  ")
    words: dict[str, Any] = {"resource": relation.resource, "on": dict(relation.on)}
    yield f"  {name(relation.name)}: {flow({**words, 'many': True} if relation.many else words)}"


def _comment(said: Iterable[str], doubts: Iterable[str] = (), indent: str = "") -> Iterator[str]:
    """Comment lines; what a source keeps in its texts can neither end one nor break the file."""
    for sentence in (*said, *(f"{CHECK} {doubt}" for doubt in doubts)):
        plain = "".join(each if each.isprintable() else " " for each in sentence)
        yield from textwrap.wrap(
            plain, WIDTH, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}#   ", break_on_hyphens=False
        )
