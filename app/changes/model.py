"""A difference between two documents, and the differences of one version.

In charge of what is said of a difference, and of telling once what many operations share. It must not know how one is found.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from app.changes.kinds import GRADES, PARTS, Grade, Kind, reaches

Standing = Literal["published", "draft", "new", "gone"]

_LONGEST: Final = 60  # characters of a value in a sentence
_OF_ALL: Final = frozenset(
    {"version", "answer", "credential", "text"}
)  # parts that are told once for the whole version


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it was. `was` and `now` are JSON values, None where there is nothing.

    `resource` is empty where it is about the version; `places` are those in the document: `GET /v1/orders`, `schema Order`.
    """

    kind: Kind
    version: str
    subject: str = ""
    was: Any = None
    now: Any = None
    resource: str = ""
    places: tuple[str, ...] = field(default=(), compare=False)
    operators: tuple[str, ...] = field(default=(), compare=False)  # of a filter: those to which the same happened

    @property
    def grade(self) -> Grade:
        """That of its kind."""
        return self.kind.grade

    @property
    def sentence(self) -> str:
        """What is different, in words."""
        subject = f"`{self.subject}`" if self.subject else "it"
        operators = f"; so with {' '.join(f'`{each}`' for each in self.operators)}" if self.operators else ""
        return self.kind.sentence.format(subject=subject, was=told(self.was), now=told(self.now)) + operators

    @property
    def place(self) -> str:
        """Where it stands, the first place by name and the number of the others."""
        first, *others = self.places or ("the document",)
        return f"{first} and {len(others)} more" if others else first


@dataclass(frozen=True, slots=True)
class Comparison:
    """The differences of one version against `base`, the version that was published, or the one that a new version extends.

    Only what was published as more than a draft is a promise: `binding` says whether callers hold it.
    """

    version: str
    base: str
    standing: Standing
    differences: tuple[Difference, ...]

    @property
    def binding(self) -> bool:
        """Whether what breaks here breaks a promise."""
        return self.standing in {"published", "gone"}

    def at(self, level: Grade) -> tuple[Difference, ...]:
        """The differences of `level` and worse."""
        return tuple(each for each in self.differences if reaches(each.grade, level))


def told(value: Any) -> str:
    """A value as a sentence has it: `` `orders` ``, `` `type string` ``, `nothing`; long ones are cut."""
    if value is None:
        return "nothing"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(told, value))
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    return f"`{text if len(text) <= _LONGEST else text[:_LONGEST] + '…'}`"


def gathered(found: Iterable[Difference]) -> tuple[Difference, ...]:
    """The differences in order, the worst first; one that several places have is told once, with all of them.

    What is about a version, its answers, credentials or texts is told once for all resources, and the filters of a field go together.
    """
    all_ = tuple(found)
    told_already = {_identity(each) for each in all_}
    merged: dict[str, list[Difference]] = {}
    for each in all_:
        folded = _folded(each)
        one = folded if _identity(folded) in told_already else each
        merged.setdefault(_identity(one), []).append(one)
    return tuple(sorted(map(_joined, merged.values()), key=_rank))


def _folded(each: Difference) -> Difference:
    """The difference of one operator as that of the field: `customer[gte]` goes where `customer` goes."""
    field, bracket, operator = each.subject.partition("[")
    if each.kind.part != "parameter" or not operator:
        return each
    suffix = bracket + operator
    was, now = (value.removesuffix(suffix) if isinstance(value, str) else value for value in (each.was, each.now))
    return replace(each, subject=field, was=was, now=now, operators=(suffix,))


def _identity(each: Difference) -> str:
    """The same for differences that are told once; values may be lists, so that it is a text."""
    resource = "" if each.kind.part in _OF_ALL else each.resource
    return json.dumps([each.kind.code, resource, each.subject, each.was, each.now], sort_keys=True)


def _joined(same: Sequence[Difference]) -> Difference:
    places = tuple(dict.fromkeys(place for each in same for place in each.places))
    operators = tuple(dict.fromkeys(operator for each in same for operator in each.operators))
    resources = {each.resource for each in same}
    resource = resources.pop() if len(resources) == 1 else ""
    return replace(same[0], places=places, operators=operators, resource=resource)


def _rank(each: Difference) -> tuple[int, str, int, str, str, str]:
    part = PARTS.index(each.kind.part)
    return -GRADES.index(each.grade), each.resource, part, each.place, each.kind.code, each.subject
