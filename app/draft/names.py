"""Names: what clients call a table and its columns, from what the legacy side calls them.

In charge of choosing among texts, headings, and names that the dictionary spells out, and of what makes a name legal and the
only one of its kind. It must not know what a column holds, beyond the type that was proposed for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from adapters.port import Column, Table
from app.contract.words import RESERVED_PARAMETERS, RESERVED_RESOURCES
from app.conversions.base import ApiType
from app.draft.dictionary import Dictionary
from app.draft.model import FieldDraft, Proposal
from app.draft.spelling import Spelt, is_format, is_terse, said, spell

UNEXPLAINED: Final = "no word of the dictionary explains"  # the question that an entry of the dictionary answers

Words = tuple[str, ...]
Names = Mapping[tuple[str, ...], str]  # of fields that have one already, by their columns

_WHEN: Final[Mapping[ApiType, str]] = {"date": "on", "datetime": "at"}
_CLOCKS: Final = frozenset({"date", "time", "datetime", "timestamp", "day"})
_PLACED: Final = frozenset(
    {"on", "at", "from", "to", "since", "until", "start", "end", "begin"}
)  # say when by themselves
_FLAGS: Final = frozenset({"flag", "indicator"})
_IDENTITIES: Final = frozenset({("id",), ("number",), ("code",), ("sequence",)})
_ENDINGS: Final[Mapping[ApiType, str]] = {
    "date": "d", "month": "d", "week": "d", "datetime": "dt", "time": "t", "boolean": "f",
}  # fmt: skip  # the letters that a type allows a name to end with
_PARTS: Final = frozenset({*_CLOCKS, "line", "part"})
_VAGUE: Final = frozenset({*_PLACED, "of", "by", "with", "per", "and", "or"})


def entity(table: Table, dictionary: Dictionary) -> Spelt:
    """What one row of a table is: an order for ORDHDR, whose text is `Order headers`; the words, the last one singular."""
    name = table.name.rpartition(".")[2]
    told = (said(table.text, dictionary) if is_terse(name) else None) or ()
    spelt = Spelt(told) if told else spell(name, dictionary)
    kept = tuple(word for word in spelt.words if word not in dictionary.kept) or spelt.words or ("table",)
    head = _head(kept)
    return Spelt((*kept[:head], _singular(kept[head], dictionary), *kept[head + 1 :]), spelt.known)


def resource_name(entity_: Spelt, taken: Collection[str], dictionary: Dictionary) -> str:
    """The plural with hyphens: `order-lines`, `bills-of-materials`; not one of `taken`."""
    head = _head(entity_.words)
    words = [*entity_.words[:head], _plural(entity_.words[head], dictionary), *entity_.words[head + 1 :]]
    name = "-".join(words)
    if not name[0].isalpha():
        name = f"table-{name}"
    return _free(name, {*taken, *RESERVED_RESOURCES}, "-")


def fields(
    table: Table, proposals: Sequence[Proposal], dictionary: Dictionary, given: Names | None = None
) -> tuple[FieldDraft, ...]:
    """The proposals with their names, in their order; `given` names come before all others."""
    given = given or {}
    namer = _Namer(table, dictionary, entity(table, dictionary).words, tuple(_prefixes(table)))
    taken = {*RESERVED_PARAMETERS, *given.values()}
    named = []
    for proposal in proposals:
        choices = namer.choices(proposal)
        name = given.get(proposal.columns) or choices.pick(taken)
        taken.add(name)
        doubts = () if proposal.columns in given else choices.doubts
        named.append(FieldDraft(name, proposal, namer.description(proposal), doubts))
    return tuple(named)


def singular(name: str, dictionary: Dictionary) -> str:
    """One item of a resource, as an expansion is called: `order_line` of `order-lines`."""
    words = name.split("-")
    return "_".join((*words[:-1], _singular(words[-1], dictionary)))


@dataclass(frozen=True, slots=True)
class _Choices:
    """Names for one field, the best first; the last one is the column's own."""

    names: tuple[str, ...]
    doubts: tuple[str, ...] = ()

    def pick(self, taken: Collection[str]) -> str:
        return next((name for name in self.names if name not in taken), "") or _free(self.names[-1], taken, "_")


@dataclass(frozen=True, slots=True)
class _Namer:
    """Names the fields of one table. `entity` is what a row is; `prefixes` are those that its columns share."""

    table: Table
    dictionary: Dictionary
    entity: Words
    prefixes: tuple[tuple[str, bool], ...]

    def choices(self, proposal: Proposal) -> _Choices:
        columns = [column for name in proposal.columns if (column := self.table.column(name)) is not None]
        spelt = self._spelt(columns[0], proposal.type)
        words = _joined(spelt.words) if len(columns) > 1 else spelt.words
        words = _said_of(words, proposal.type, self.entity, self.dictionary)
        own = "_".join(spell(columns[0].name, self.dictionary).words) if spelt.known else "_".join(spelt.words)
        tries = (self._without_entity(words), words, (*self.entity, *words))
        names = [_legal("_".join(each)) for each in tries if each]
        doubts = () if spelt.known else (f"{UNEXPLAINED} {columns[0].name}: what is it called?",)
        return _Choices((*dict.fromkeys(names), _legal(own)), doubts)

    def description(self, proposal: Proposal) -> str:
        """What the source says of the columns; of several, what it says of each; the stored form goes without saying."""
        columns = [column for name in proposal.columns if (column := self.table.column(name)) is not None]
        texts = [(column.text or column.heading).split() for column in columns]
        words = texts[0] if len(texts) == 1 else [each[0] for each in takewhile(_alike, zip(*texts, strict=False))]
        kept = [word for word in words if proposal.stored_as is None or not is_format(word)]
        while len(texts) > 1 and kept and kept[-1].lower() in _PARTS:
            kept = kept[:-1]
        return " ".join(kept).rstrip(",;:")

    def _spelt(self, column: Column, type_: ApiType) -> Spelt:
        """Words of the column's text or heading where its name is terse, else of its name."""
        told = (said(each, self.dictionary) for each in (column.text, column.heading) if is_terse(column.name))
        words = next(filter(None, told), None)
        if words is not None:
            return Spelt(words)
        tries = [spell(each, self.dictionary, _ENDINGS.get(type_, "")) for each in self._spellings(column.name)]
        best = next((each for each in tries if each.known), None)
        own = Spelt(tuple(part for part in _own(column.name) if part) or ("column",), known=False)
        return best or own

    def _spellings(self, name: str) -> Iterator[str]:
        """The name without a prefix that nearly all columns share, as it is, without one that half of them share."""
        cut = [(name[len(prefix) :], common) for prefix, common in self.prefixes if name.startswith(prefix)]
        long = [(rest, common) for rest, common in cut if rest.strip("_0123456789")]
        yield from (rest for rest, common in long if common)
        yield name
        yield from (rest for rest, common in long if not common)

    def _without_entity(self, words: Words) -> Words:
        """`number` of an order, not `order_number`, and `status` of an order line; what tells parts of a key apart stays."""
        size = len(self.entity)
        if words[:size] == self.entity:
            rest = words[size:]
        else:
            rest = words[1:] if words[0] == self.entity[-1] and words[1:] not in _IDENTITIES else ()
        return () if not rest or rest[0] in _VAGUE or rest[0].isdigit() else rest


def _alike(words: tuple[str, ...]) -> bool:
    return len(set(words)) == 1


def _head(words: Words) -> int:
    """Where the noun stands that has a plural: bills of materials, order lines."""
    return words.index("of") - 1 if "of" in words[1:] else len(words) - 1


def _prefixes(table: Table) -> Iterator[tuple[str, bool]]:
    """What the names of the columns begin with, the longest first: in four of five of them, True; in half, False.

    A single letter counts where the table's name begins with it: CNAME of CUSMAS.
    """
    names = [column.name for column in table.columns]
    found = {name[:size] for name in names for size in (1, 2, 3, 4) if len(name) > size}
    wide = {name[: name.index("_") + 1] for name in names if "_" in name[1:]}
    for prefix in sorted(found | wide, key=lambda each: (-len(each), each)):
        share = sum(name.startswith(prefix) for name in names) / len(names)
        single = len(prefix) == 1 and not table.name.rpartition(".")[2].startswith(prefix)
        terse = prefix in wide or all(is_terse(name) for name in names)
        if share >= 0.5 and len(names) > 2 and not single and terse:
            yield prefix, share >= 0.8 and len(prefix) > 1


def _said_of(words: Words, type_: ApiType, entity_: Words, dictionary: Dictionary) -> Words:
    """The words as the type has them: `ordered_on` for an order date, `promised_at` for a moment, `rush` for a rush flag."""
    if type_ in _WHEN:
        return _dated(words, _WHEN[type_], entity_, dictionary)
    if type_ == "boolean":
        plain = words[1:] if words[0] == "is" and len(words) > 1 else words
        return plain[:-1] if plain[-1] in _FLAGS and len(plain) > 1 else plain
    return words


def _dated(words: Words, when: str, entity_: Words, dictionary: Dictionary) -> Words:
    """What happened, and `on` a day or `at` a moment: `changed_at` for the last change, `valid_from` as it is."""
    plain = words
    while len(plain) > 1 and plain[-1] in _CLOCKS:
        plain = plain[:-1]
    if plain[-1] in _PLACED:
        return plain if len(plain) > 1 else (*entity_, *plain)
    if plain[-1] in _CLOCKS:
        plain = entity_ if entity_[-1] in dictionary.happened else plain
    if plain[-1] in _CLOCKS:
        return plain
    if len(plain) == 2 and plain[0] == "last":
        plain = plain[1:]
    return (*plain[:-1], dictionary.happened.get(plain[-1], plain[-1]), when)


def _joined(words: Words) -> Words:
    """What several columns have in common: the address of address line 1, 2 and 3."""
    plain = words
    while len(plain) > 1 and (plain[-1].isdigit() or plain[-1] == "line"):
        plain = plain[:-1]
    return plain


def _own(name: str) -> Iterator[str]:
    """The column's own name in lower case, cut where it is."""
    return (
        part for part in "".join(each if each.isascii() and each.isalnum() else " " for each in name.lower()).split()
    )


def _legal(name: str) -> str:
    """The name, a letter first."""
    return name if name[:1].isalpha() else f"field_{name}"


def _free(name: str, taken: Collection[str], joint: str) -> str:
    """The name, or the first with a number that nobody has."""
    number, free = 2, name
    while free in taken:
        free, number = f"{name}{joint}{number}", number + 1
    return free


def _plural(word: str, dictionary: Dictionary) -> str:
    """The plural of an English noun."""
    if word in dictionary.plurals:
        return dictionary.plurals[word]
    if word[-1:] == "y" and word[-2:-1] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("s", "x", "z", "ch", "sh")) else f"{word}s"


def _singular(word: str, dictionary: Dictionary) -> str:
    """The singular of what may be a plural: the word whose plural it is."""
    if word in dictionary.singulars:
        return dictionary.singulars[word]
    endings = (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"), ("uses", "us"), ("s", ""))
    for plural, one in endings:
        if word.endswith(plural) and len(word) > len(plural) + 1 and not word.endswith(("ss", "us", "is")):
            return word[: -len(plural)] + one
    return word
