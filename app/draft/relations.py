"""Relations: which table's rows belong to which, as its source declares it, or as names and values tell.

In charge of expansions: between resources that there are, on fields of one type, in one direction, without a cycle. It must not
know how a draft is written.

Of two tables, one leads to the other: where the reference begins the key of the table that holds it, the other has its rows
(`orders` their `lines`), and else it has the other's (an order its `customer`). Both ways an index serves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal, get_args

from adapters.port import ForeignKey
from app.conversions.base import BadOption, Issue
from app.draft.dictionary import Dictionary
from app.draft.discretion import discreet
from app.draft.model import FieldDraft, RelationDraft, conversion_of
from app.draft.names import singular
from app.draft.nearness import IDENTITIES, TELLING, Near, Nearness
from app.draft.shown import told
from app.draft.side import Side

FEW: Final = 10  # distinct values that could be found elsewhere by chance
LEAST: Final = 0.9  # of the distinct values are keys of the other table, where all its keys are known

_TEXTUAL: Final = frozenset({"string", "enum"})


Likeness = Literal["named", "akin", "unlike"]  # after the other's key, after what a row of the other is, or neither


_LIKENESSES: Final[Sequence[Likeness]] = get_args(Likeness)


@dataclass(frozen=True, slots=True)
class Reference:
    """Fields of `holder` that equal the key fields of `target`, and how the names say so."""

    holder: Side
    target: Side
    on: Mapping[str, str]
    declared: str = ""
    likeness: Likeness = "named"

    @property
    def rank(self) -> int:
        """How sure it is by its names: 0, the source declares it."""
        return 0 if self.declared else 1 + _LIKENESSES.index(self.likeness)

    @property
    def place(self) -> tuple[str, frozenset[str]]:
        """The fields that it is made of: they lead to one table."""
        return self.holder.name, frozenset(self.on)


@dataclass
class Found:
    """The relations of each resource by its name, and what was left out, a sentence each."""

    relations: dict[str, list[RelationDraft]] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)


def adopted(sides: Sequence[Side]) -> list[Side]:
    """The sides, each field that refers to a key stored as that key is: what cannot be told from one column, the other tells."""
    nearness = Nearness(sides)
    return [_adopted(side, nearness) if side.drafted else side for side in sides]


def relations(sides: Sequence[Side], edges: Collection[tuple[str, str]], dictionary: Dictionary) -> Found:
    """The relations among the sides, what is surest first. `edges` are the expansions that the contract has, from and to."""
    found, taken, known = Found(), set[tuple[str, frozenset[str]]](), defaultdict[str, set[str]](set)
    for here, there in edges:
        known[here].add(there)
    nearness = Nearness(sides)
    references = [each for side in sides if side.drafted for each in _references(side, nearness)]
    for reference in sorted(references, key=lambda each: each.rank):
        evidence = None if reference.place in taken else _evidence(reference)
        if evidence is None:
            continue
        taken.add(reference.place)
        start, relation = _directed(reference, evidence, dictionary)
        if _leads(relation.resource, start.name, known):
            message = f"An expansion from {start.name} to {relation.resource} was left out: expansions form no cycle."
            found.notes.setdefault(start.name, []).append(message)
            continue
        known[start.name].add(relation.resource)
        found.relations.setdefault(start.name, []).append(_named_apart(relation, start, found))
    return found


def _references(holder: Side, nearness: Nearness) -> Iterator[Reference]:
    """What the source declares, and what looks like it."""
    yield from _declared(holder, nearness)
    yield from _guessed(holder, nearness.near(holder))


def _declared(holder: Side, nearness: Nearness) -> Iterator[Reference]:
    for key in holder.sample.table.foreign:
        said = f"the foreign key {key.name} says so" if key.name else "a foreign key says so"
        for target in nearness.over(key.table):
            on = _columns_met(holder, target, key)
            if len(on) == len(key.columns):
                yield Reference(holder, target, on, declared=said)


def _columns_met(holder: Side, target: Side, key: ForeignKey) -> Mapping[str, str]:
    """The fields over the columns of a foreign key, as far as both sides have them."""
    pairs = zip(map(holder.alone.get, key.columns), map(target.alone.get, key.references), strict=True)
    return {ours.name: theirs.name for ours, theirs in pairs if ours is not None and theirs is not None}


def _guessed(holder: Side, near: Near) -> Iterator[Reference]:
    """References by name: to a whole key by the names of its columns, to a key of one field by what a field is called."""
    for target, fields in near:
        if target is holder:
            continue
        by_column = dict(_by_columns(holder, target))
        own = len(holder.key) == 1 and set(by_column) == set(holder.key)
        if len(by_column) == len(target.key) and not own:
            yield Reference(holder, target, by_column)
        elif len(target.key) == 1:
            for ours in fields:
                if (ours.name,) != holder.key:
                    likeness = _likeness(ours, target, target.key[0])
                    yield Reference(holder, target, {ours.name: target.key[0]}, likeness=likeness)


def _by_columns(holder: Side, target: Side) -> Iterator[tuple[str, str]]:
    """The fields over columns that are called as those of the other's key are, and the latter."""
    for name in target.key:
        columns = target.named[name].proposal.columns
        ours = holder.alone.get(columns[0]) if len(columns) == 1 else None
        if ours is not None:
            yield ours.name, name


def _likeness(ours: FieldDraft, target: Side, key: str) -> Likeness:
    """How a field is called, beside the key of another table."""
    entity = "_".join(target.entity)
    if ours.name in {f"{entity}_{key}", entity}:
        return "named"
    akin = ours.name.endswith((f"_{entity}", f"_{entity}_{key}")) or ours.name.startswith(f"{entity}_")
    return "akin" if akin or ours.name == key not in IDENTITIES else "unlike"


def _evidence(reference: Reference) -> tuple[str, tuple[str, ...]] | None:
    """What speaks for a reference, and what is not sure of it; None where nothing does, or it could not be followed."""
    if not all(_joins(reference, ours, theirs) for ours, theirs in reference.on.items()):
        return None
    if reference.declared:
        return reference.declared, ()
    table = reference.target.sample.table.name
    if not reference.target.drafted:
        named = reference.likeness == "named"
        return (f"called after the key of {table}", (f"is it that? {table} was not read",)) if named else None
    counts = [_overlap(reference, ours, theirs) for ours, theirs in reference.on.items()]
    shared, distinct = min(counts, key=lambda each: each[0] / each[1] if each[1] else 0.0)
    whole = reference.target.sample.whole
    if not _convinces(reference, shared, distinct):
        return None
    told = f"{shared:,} of {distinct:,} distinct values in the sample are keys of {table}"
    unsure = tuple(_unsure(reference, shared, distinct))
    return told if whole else f"{told} that were sampled", unsure


def _convinces(reference: Reference, shared: int, distinct: int) -> bool:
    """Whether names and values together speak for a reference: the less the names say, the more values have to."""
    whole = reference.target.sample.whole
    if reference.likeness == "named":
        return shared >= max(1, LEAST * distinct if whole else 1)
    if reference.likeness == "akin":
        return whole and distinct >= FEW and shared >= LEAST * distinct
    texts = (reference.holder.named[name] for name in reference.on)
    return whole and shared == distinct >= TELLING and all(map(reference.holder.is_spelt, texts))


def _unsure(reference: Reference, shared: int, distinct: int) -> Iterator[str]:
    if shared < distinct:
        whole = reference.target.sample.whole
        yield "what are the others?" if whole else "are the others keys, too? Not all keys were read"
    if distinct < FEW:
        yield "does it lead there? Few values could be compared"
    if reference.likeness == "unlike":
        yield "does it lead there? The values say so, and no name does"


def _joins(reference: Reference, ours: str, theirs: str) -> bool:
    """Whether a field can be joined to the other: both stand in their files, are of one type, and found by their values."""
    if ours in reference.holder.dropped or theirs in reference.target.dropped:
        return False
    here, there = reference.holder.named[ours], reference.target.named[theirs]
    types = {here.proposal.type, there.proposal.type}
    return (len(types) == 1 or types <= _TEXTUAL) and all(
        side.conversion(each).filterable for side, each in ((reference.holder, here), (reference.target, there))
    )


def _overlap(reference: Reference, ours: str, theirs: str) -> tuple[int, int]:
    """How many of the distinct values here are values there, and how many there are."""
    here = reference.holder.values(reference.holder.named[ours])
    there = reference.target.values(reference.target.named[theirs])
    return len(here & there), len(here)


def _directed(
    reference: Reference, evidence: tuple[str, tuple[str, ...]], dictionary: Dictionary
) -> tuple[Side, RelationDraft]:
    """The side that the expansion starts from, and the expansion."""
    holder, target = reference.holder, reference.target
    ours = tuple(reference.on)
    part = len(holder.key) > len(ours) and set(holder.key[: len(ours)]) == set(ours)
    if part and target.drafted:
        on = {theirs: here for here, theirs in reference.on.items()}
        return target, RelationDraft(_many(holder.name, target.entity), holder.name, on, True, *evidence)
    return holder, RelationDraft(_one(ours, target, dictionary), target.name, reference.on, False, *evidence)


def _many(name: str, entity: Sequence[str]) -> str:
    """`lines` of an order for `order-lines`."""
    words = name.split("-")
    same = next((at for at, word in enumerate(words) if at >= len(entity) or word != entity[at]), len(words))
    return "_".join(words[same:] or words)


def _one(ours: Sequence[str], target: Side, dictionary: Dictionary) -> str:
    """`customer` for `customer_number`; what the other is where the field's name says no more."""
    words = ours[0].split("_")
    if len(ours) == 1 and len(words) > 1 and words[-1] in IDENTITIES:
        return "_".join(words[:-1])
    return singular(target.name, dictionary)


def _named_apart(relation: RelationDraft, start: Side, found: Found) -> RelationDraft:
    """The expansion under a name that no field and no other expansion of the resource has."""
    taken = {each.name for each in start.fields} | {each.name for each in found.relations.get(start.name, ())}
    first = next(iter(relation.on))
    numbered = (f"{relation.name}_{number}" for number in range(2, len(taken) + 4))
    names = (relation.name, f"{first}_{relation.name}", relation.resource.replace("-", "_"), *numbered)
    return replace(relation, name=next(name for name in names if name not in taken))


def _leads(start: str, end: str, edges: Mapping[str, Collection[str]]) -> bool:
    """Whether expansions lead from one resource to the other, or the two are one."""
    reached, ahead = set[str](), [start]
    while ahead:
        here = ahead.pop()
        if here not in reached:
            reached.add(here)
            ahead += edges.get(here, ())
    return end in reached


def _adopted(side: Side, nearness: Nearness) -> Side:
    fields = dict(side.named)
    references = (*_declared(side, nearness), *_guessed(side, nearness.named(side)))
    for reference in (each for each in references if each.likeness == "named"):
        for ours, theirs in reference.on.items():
            as_theirs = _as_key(side, fields[ours], reference.target, reference.target.named[theirs])
            if as_theirs is not None:
                fields[ours] = as_theirs
    changed = fields != side.named
    return replace(side, fields=tuple(fields.values())) if changed else side


def _as_key(side: Side, ours: FieldDraft, target: Side, key: FieldDraft) -> FieldDraft | None:
    """The field as the key it refers to is; None where it is so already, or where a value of the sample does not decode so."""
    proposed = discreet(_like_key(ours, target, key), side.sample.table)
    if proposed == ours or len(ours.proposal.columns) > 1:
        return None
    try:
        conversion = conversion_of(proposed.proposal, side.sample.table)
    except BadOption:
        return None
    decoded = {conversion.decode(*stored) for stored in side.stored(ours)} - {None}
    sound = not any(isinstance(each, Issue) for each in decoded)
    return proposed if sound and len(decoded & target.values(key)) >= max(1, LEAST * len(decoded)) else None


def _like_key(ours: FieldDraft, target: Side, key: FieldDraft) -> FieldDraft:
    """The field as one that holds values of the key: stored as they are, and about a person where they are."""
    mine, theirs, name = ours.proposal, key.proposal, f"{target.name}.{key.name}"
    about = ours.personal or (f"{name} is" if key.personal else "")
    if (mine.type, mine.stored_as) == (theirs.type, theirs.stored_as):
        return replace(ours, personal=about)
    evidence = told(f"stored as {name} is, whose values it has.", *((" ", mine.evidence) if mine.evidence else ()))
    tried = replace(mine, type=theirs.type, stored_as=theirs.stored_as, example=theirs.example, open=theirs.open)
    return replace(ours, proposal=replace(tried, evidence=evidence, doubts=()), counts={}, personal=about)
