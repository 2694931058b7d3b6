"""Samples of tables become drafted resources.

Read this first: a table at a time, its columns are read, named, and looked over for persons; then all together, for what leads
where; then the plan compiler says what may be asked. In charge of that order. It must not know a file or a terminal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.contract.model import FieldSpec, ResourceSpec
from app.draft import keys, names, personal, relations
from app.draft.dictionary import Dictionary
from app.draft.discretion import discreet
from app.draft.many import proposals_of
from app.draft.model import FieldDraft, Proposal, ResourceDraft, Sample, conversion_of
from app.draft.relations import Found
from app.draft.served import Surroundings, served
from app.draft.side import Side


@dataclass(frozen=True, slots=True)
class Given:
    """What a table's resource is called already, and its fields by their columns.

    A person took out those over `dropped`; the values of those over `withheld` are classified in the file.
    """

    resource: str = ""
    fields: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    dropped: frozenset[tuple[str, ...]] = frozenset()
    withheld: frozenset[tuple[str, ...]] = frozenset()


@dataclass(frozen=True, slots=True)
class Drafted:
    """The drafts, and the tables of which none could be made, each with the reason."""

    resources: tuple[ResourceDraft, ...]
    left: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Part:
    """One table on its way."""

    side: Side
    draft: ResourceDraft


def draft(
    samples: Sequence[Sample], around: Surroundings, dictionary: Dictionary, given: Mapping[str, Given] | None = None
) -> Drafted:
    """A resource for each table that has a key that can be served; `given` is by table."""
    given = given or {}
    parts: list[_Part] = []
    left: dict[str, str] = {}
    others = _others(around, [sample.table.name for sample in samples], dictionary)
    version = around.contract.versions.get(around.version)
    taken = {side.name for side in others} | {each.resource for each in given.values()}
    taken |= set() if version is None else set(version.resources)  # those of other sources, too
    for sample, proposed in zip(samples, proposals_of(samples), strict=True):
        part = _part(sample, proposed, around, dictionary, given.get(sample.table.name, Given()), taken)
        if isinstance(part, str):
            left[sample.table.name] = part
        else:
            parts.append(part)
            taken.add(part.side.name)
    related = _related(parts, others, around, dictionary)
    resources, refused = served(related, around)
    return Drafted(resources, {**left, **refused})


def _part(
    sample: Sample,
    proposed: Sequence[Proposal],
    around: Surroundings,
    dictionary: Dictionary,
    given: Given,
    taken: Collection[str],
) -> _Part | str:
    """One table by itself, or why it makes no resource."""
    key, key_evidence, key_doubts = keys.key(sample, proposed)
    active, active_evidence, active_doubts = keys.deleted(sample)
    kept = [each for each in proposed if not set(each.columns) <= set(active) - set(key)]
    named = names.fields(sample.table, kept, dictionary, given.fields)
    key_fields = _fields_over(key, named)
    if not key_fields:
        return "it has no key, and no few columns of it are one in the sample"
    entity = names.entity(sample.table, dictionary)
    name = given.resource or names.resource_name(entity, taken, dictionary)
    dropped = frozenset(each.name for each in named if each.proposal.columns in given.dropped)
    asked = tuple(each.name for each in named if each.name not in dropped)
    about = _about(named, sample, entity.words, dictionary, given)
    drafted = ResourceDraft(
        name,
        around.source,
        sample.table.name,
        tuple(_looked_over(named, sample, about, around.timezone)),
        key_fields,
        key_evidence,
        key_doubts,
        filters=asked,
        sorts=asked,
        active_when=active,
        active_evidence=active_evidence,
        active_doubts=active_doubts,
        description=" ".join(sample.table.text.split()),
        notes=tuple(_unread(sample)),
        doubts=() if entity.known or given.resource else (f"what does {sample.table.name} hold?",),
    )
    return _Part(Side(name, entity.words, sample, drafted.fields, key_fields, dropped=dropped), drafted)


def _fields_over(columns: Sequence[str], fields: Sequence[FieldDraft]) -> tuple[str, ...]:
    """The fields over these columns, each once, in their order; none where a column has no field."""
    owners = [next((each.name for each in fields if column in each.proposal.columns), None) for column in columns]
    return () if None in owners else tuple(dict.fromkeys(name for name in owners if name is not None))


def _about(
    named: Sequence[FieldDraft], sample: Sample, entity: Sequence[str], dictionary: Dictionary, given: Given
) -> Mapping[str, str]:
    """Why each field is about a person, if it is; a file that says so is believed."""
    found = personal.reasons({each.name: _stored(each, sample) for each in named}, entity, dictionary)
    said = {each.name for each in named if each.proposal.columns in given.withheld}
    return {name: reason or ("the file says so" if name in said else "") for name, reason in found.items()}


def _looked_over(
    named: Sequence[FieldDraft], sample: Sample, about: Mapping[str, str], timezone: str
) -> Iterator[FieldDraft]:
    """The fields with what their values say besides their form, how often each code stands; less of those about a person."""
    for each in named:
        counts = dict(_counts(each.proposal, _stored(each, sample)))
        found = discreet(replace(each, personal=about[each.name], counts=counts), sample.table)
        yield _timed(found, sample, timezone)


def _stored(drafted: FieldDraft, sample: Sample) -> list[Any]:
    """All values of a field's columns."""
    return [value for column in drafted.proposal.columns for value in sample.values(column)]


def _timed(drafted: FieldDraft, sample: Sample, timezone: str) -> FieldDraft:
    """A moment's example with the offset of the source's zone, as clients will see it."""
    proposal = drafted.proposal
    if proposal.type != "datetime" or proposal.example is None:
        return drafted
    conversion = conversion_of(proposal, sample.table, timezone)
    stored = zip(*(sample.values(column) for column in proposal.columns), strict=True)
    found = (value for each in stored if isinstance(value := conversion.decode(*each), str))
    return replace(drafted, proposal=replace(proposal, example=next(found, None)))


def _counts(proposal: Proposal, values: Sequence[Any]) -> Iterator[tuple[str, int]]:
    """How many rows hold each code of an enum, as the code is written."""
    if proposal.type == "enum" and isinstance(proposal.stored_as, Mapping) and len(proposal.columns) == 1:
        counted = Counter(str(value).rstrip() for value in values if value is not None)
        yield from ((str(code), counted[str(code)]) for code in proposal.stored_as if str(code) in counted)


def _unread(sample: Sample) -> Iterator[str]:
    """What nobody can read of a table."""
    for column in sample.table.columns:
        if column.name not in sample.columns:
            yield f"The column {column.name} was left out: the gateway cannot read its type."


def _related(
    parts: Sequence[_Part], others: Sequence[Side], around: Surroundings, dictionary: Dictionary
) -> list[ResourceDraft]:
    """The drafts with what leads from one to the other, or to a resource that the contract has."""
    sides = relations.adopted([*(part.side for part in parts), *others])
    found = relations.relations(sides, _edges(around, {part.side.name for part in parts}), dictionary)
    return [_with(part, side, found) for part, side in zip(parts, sides[: len(parts)], strict=True)]


def _with(part: _Part, side: Side, found: Found) -> ResourceDraft:
    return replace(
        part.draft,
        fields=side.fields,
        relations=tuple(found.relations.get(side.name, ())),
        notes=(*part.draft.notes, *found.notes.get(side.name, ())),
    )


def _others(around: Surroundings, drafted: Collection[str], dictionary: Dictionary) -> list[Side]:
    """The resources of the version over other tables of the source."""
    version = around.contract.versions.get(around.version)
    specs = version.resources.values() if version is not None else ()
    return [
        _other(spec, around, dictionary)
        for spec in specs
        if spec.source == around.source and spec.table in around.catalog.tables and spec.table not in drafted
    ]


def _other(spec: ResourceSpec, around: Surroundings, dictionary: Dictionary) -> Side:
    table = around.catalog.tables[spec.table or ""]
    fields = tuple(map(_as_drafted, spec.fields.values()))
    entity = names.entity(table, dictionary).words
    return Side(spec.name, entity, Sample(table, (), ()), fields, spec.key, drafted=False)


def _as_drafted(spec: FieldSpec) -> FieldDraft:
    return FieldDraft(spec.name, Proposal(spec.columns, spec.type, spec.stored_as, open=spec.open))


def _edges(around: Surroundings, drafted: Collection[str]) -> set[tuple[str, str]]:
    """The expansions of the version's other resources."""
    version = around.contract.versions.get(around.version)
    specs = version.resources.values() if version is not None else ()
    return {
        (spec.name, expansion.resource)
        for spec in specs
        if spec.name not in drafted
        for expansion in spec.expand.values()
    }
