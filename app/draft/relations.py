"""Relations: which table's rows belong to which, as its source declares it, or as names and values tell.

In charge of expansions: between resources that there are, on fields of one type, in one direction, without a cycle. It must not
know how a draft is written.

Of two tables, one leads to the other: where the reference begins the key of the table that holds it, the other has its rows
(`orders` their `lines`), and else it has the other's (an order its `customer`). Both ways an index serves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, get_args

from adapters.port import ForeignKey
from app.conversions.base import BadOption, Conversion, Issue
from app.draft.dictionary import Dictionary
from app.draft.discretion import discreet
from app.draft.model import FieldDraft, RelationDraft, Sample, conversion_of
from app.draft.names import singular
from app.draft.shown import told

FEW: Final = 10  # distinct values that could be found elsewhere by chance
TELLING: Final = 50  # distinct texts that are not found elsewhere by chance
LEAST: Final = 0.9  # of the distinct values are keys of the other table, where all its keys are known

_TEXTUAL: Final = frozenset({"string", "enum"})
_IDENTITIES: Final = frozenset({"id", "number", "code", "key", "no"})


Likeness = Literal["named", "akin", "unlike"]  # after the other's key, after what a row of the other is, or neither


_LIKENESSES: Final[Sequence[Likeness]] = get_args(Likeness)


@dataclass(frozen=True, eq=False)
class Side:
    """A resource that relations may lie between: one that is drafted, or one that the contract has, of which nothing was read.

    `entity` are the words for one row; `key` and `dropped` are names of fields. A person took the latter out: nothing leads over them.
    """

    name: str
    entity: tuple[str, ...]
    sample: Sample
    fields: tuple[FieldDraft, ...]
    key: tuple[str, ...]
    drafted: bool = True
    dropped: frozenset[str] = frozenset()
    _values: dict[str, frozenset[Any]] = field(default_factory=dict, init=False)  # what was decoded once
    _bound: dict[str, Conversion] = field(
        default_factory=dict, init=False
    )  # and bound: each table is held against each other

    def over(self, column: str) -> FieldDraft | None:
        """The field over that column alone."""
        return next((each for each in self.fields if each.proposal.columns == (column,)), None)

    def field(self, name: str) -> FieldDraft:
        """The field of that name."""
        return next(each for each in self.fields if each.name == name)

    def conversion(self, each: FieldDraft) -> Conversion:
        """The conversion of a field of its own. Raises BadOption."""
        if each.name not in self._bound:
            self._bound[each.name] = conversion_of(each.proposal, self.sample.table)
        return self._bound[each.name]

    def values(self, each: FieldDraft) -> frozenset[Any]:
        """The distinct API values of a field in the sample, without null and what does not decode."""
        if each.name not in self._values:
            self._values[each.name] = frozenset(self._decoded(each))
        return self._values[each.name]

    def _decoded(self, each: FieldDraft) -> Iterator[Any]:
        if set(each.proposal.columns) <= set(self.sample.columns):
            conversion = self.conversion(each)
            stored = zip(*(self.sample.values(column) for column in each.proposal.columns), strict=True)
            found = (conversion.decode(*values) for values in stored)
            yield from (value for value in found if value is not None and not isinstance(value, Issue))


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
    return [_adopted(side, sides) if side.drafted else side for side in sides]


def relations(sides: Sequence[Side], edges: Collection[tuple[str, str]], dictionary: Dictionary) -> Found:
    """The relations among the sides, what is surest first. `edges` are the expansions that the contract has, from and to."""
    found, known, taken = Found(), set(edges), set[tuple[str, frozenset[str]]]()
    references = [each for side in sides if side.drafted for each in _references(side, sides)]
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
        known.add((start.name, relation.resource))
        found.relations.setdefault(start.name, []).append(_named_apart(relation, start, found))
    return found


def _references(holder: Side, sides: Sequence[Side]) -> Iterator[Reference]:
    """What the source declares, and what looks like it."""
    for key in holder.sample.table.foreign:
        yield from _declared(holder, key, sides)
    for target in sides:
        if target is not holder:
            yield from _guessed(holder, target)


def _declared(holder: Side, key: ForeignKey, sides: Sequence[Side]) -> Iterator[Reference]:
    for target in sides:
        if target.sample.table.name != key.table:
            continue
        pairs = [
            (holder.over(ours), target.over(theirs)) for ours, theirs in zip(key.columns, key.references, strict=True)
        ]
        on = {ours.name: theirs.name for ours, theirs in pairs if ours is not None and theirs is not None}
        if len(on) == len(pairs):
            yield Reference(
                holder,
                target,
                on,
                declared=f"the foreign key {key.name} says so" if key.name else "a foreign key says so",
            )


def _guessed(holder: Side, target: Side) -> Iterator[Reference]:
    """References by name: to a whole key by the names of its columns, to a key of one field by what the field is called."""
    by_column = {
        ours.name: name
        for name in target.key
        for column in target.field(name).proposal.columns
        if (ours := holder.over(column)) is not None and len(target.field(name).proposal.columns) == 1
    }
    own = len(holder.key) == 1 and set(by_column) == set(holder.key)
    if len(by_column) == len(target.key) and not own:
        yield Reference(holder, target, by_column)
    elif len(target.key) == 1:
        for ours in holder.fields:
            if (ours.name,) != holder.key:
                likeness = _likeness(ours, target, target.key[0])
                yield Reference(holder, target, {ours.name: target.key[0]}, likeness=likeness)


def _likeness(ours: FieldDraft, target: Side, key: str) -> Likeness:
    """How a field is called, beside the key of another table."""
    entity = "_".join(target.entity)
    if ours.name in {f"{entity}_{key}", entity}:
        return "named"
    akin = ours.name.endswith((f"_{entity}", f"_{entity}_{key}")) or ours.name.startswith(f"{entity}_")
    return "akin" if akin or ours.name == key not in _IDENTITIES else "unlike"


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
    texts = (reference.holder.field(name) for name in reference.on)
    spelt = all(_is_spelt(reference.holder.values(each)) for each in texts)
    return whole and spelt and shared == distinct >= TELLING


def _is_spelt(values: Collection[Any]) -> bool:
    """Whether values are texts with letters: numbers are found among other numbers, whatever they count."""
    return all(isinstance(each, str) for each in values) and any(letter.isalpha() for each in values for letter in each)


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
    here, there = reference.holder.field(ours), reference.target.field(theirs)
    types = {here.proposal.type, there.proposal.type}
    return (len(types) == 1 or types <= _TEXTUAL) and all(
        side.conversion(each).filterable for side, each in ((reference.holder, here), (reference.target, there))
    )


def _overlap(reference: Reference, ours: str, theirs: str) -> tuple[int, int]:
    """How many of the distinct values here are values there, and how many there are."""
    here = reference.holder.values(reference.holder.field(ours))
    there = reference.target.values(reference.target.field(theirs))
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
    if len(ours) == 1 and len(words) > 1 and words[-1] in _IDENTITIES:
        return "_".join(words[:-1])
    return singular(target.name, dictionary)


def _named_apart(relation: RelationDraft, start: Side, found: Found) -> RelationDraft:
    """The expansion under a name that no field and no other expansion of the resource has."""
    taken = {each.name for each in start.fields} | {each.name for each in found.relations.get(start.name, ())}
    first = next(iter(relation.on))
    numbered = (f"{relation.name}_{number}" for number in range(2, len(taken) + 4))
    names = (relation.name, f"{first}_{relation.name}", relation.resource.replace("-", "_"), *numbered)
    return replace(relation, name=next(name for name in names if name not in taken))


def _leads(start: str, end: str, edges: Collection[tuple[str, str]]) -> bool:
    """Whether expansions lead from one resource to the other, or the two are one."""
    reached, ahead = set[str](), [start]
    while ahead:
        here = ahead.pop()
        if here not in reached:
            reached.add(here)
            ahead += [there for first, there in edges if first == here]
    return end in reached


def _adopted(side: Side, sides: Sequence[Side]) -> Side:
    fields = {each.name: each for each in side.fields}
    for reference in (each for each in _references(side, sides) if each.likeness == "named"):
        for ours, theirs in reference.on.items():
            as_theirs = _as_key(side, fields[ours], reference.target, reference.target.field(theirs))
            if as_theirs is not None:
                fields[ours] = as_theirs
    return replace(side, fields=tuple(fields.values()))


def _as_key(side: Side, ours: FieldDraft, target: Side, key: FieldDraft) -> FieldDraft | None:
    """The field as the key it refers to is; None where it is so already, or where a value of the sample does not decode so."""
    proposed = discreet(_like_key(ours, target, key), side.sample.table)
    if proposed == ours:
        return None
    try:
        conversion = conversion_of(proposed.proposal, side.sample.table)
    except BadOption:
        return None
    decoded = {conversion.decode(value) for value in side.sample.values(ours.proposal.columns[0])} - {None}
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
