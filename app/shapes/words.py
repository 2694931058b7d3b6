"""Shapes that hold other shapes: lists, mappings of free names, records of known words."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from app.shapes.node import Fault, Node, meant, nearest
from app.shapes.scalars import Text
from app.shapes.shape import Report, Shape, describe


@dataclass(frozen=True)
class Listing(Shape):
    """A list of one shape; with `single`, one value may stand without brackets; with `unique`, none stands twice."""

    item: Shape
    minimum: int = 0
    single: bool = False
    unique: bool = False

    @property
    def expected(self) -> str:
        """What the items are."""
        return f"a list, each {self.item.expected}" + (f" (at least {self.minimum})" if self.minimum else "")

    def check(self, node: Node, report: Report) -> Any:
        """The items, checked."""
        if not isinstance(node.value, list):
            return [self.item.check(node, report)] if self.single else self.refuse(node, report)
        if len(node.value) < self.minimum:
            return self.refuse(node, report)
        items = [self.item.check(child, report) for child in node.value]
        if self.unique:
            self._check_unique(node, report)
        return items

    def _check_unique(self, node: Node, report: Report) -> None:
        seen: set[str] = set()
        for child in node.value:
            if child.source and child.source in seen:
                report(Fault("repeated-item", child.place, f"{describe(child)} stands twice in this list"))
            seen.add(child.source)

    def json_schema(self) -> dict[str, Any]:
        """An array, or one item."""
        item = self.item.json_schema()
        array: dict[str, Any] = {"type": "array", "items": item}
        if self.minimum:
            array["minItems"] = self.minimum
        if self.unique:
            array["uniqueItems"] = True
        return {"anyOf": [item, array]} if self.single else array


@dataclass(frozen=True)
class Mapping_(Shape):  # noqa: N801  # Mapping is taken by typing
    """A mapping of free names to one shape."""

    item: Shape
    key: Text = field(default_factory=Text)
    what: str = "a mapping"
    minimum: int = 0

    @property
    def expected(self) -> str:
        """What the values are."""
        least = f" (at least {self.minimum})" if self.minimum > 1 else ""
        return f"{self.what}, each value {self.item.expected}{least}"

    def check(self, node: Node, report: Report) -> Any:
        """The values by name, checked."""
        if not isinstance(node.value, dict) or len(node.value) < self.minimum:
            return self.refuse(node, report)
        for name in node.value:
            if not self.key.takes(name):
                self.key.refuse(Node(name, node.keys.get(name, node.place), name), report)
        return {name: self.item.check(child, report) for name, child in node.value.items()}

    def json_schema(self) -> dict[str, Any]:
        """An object with free names."""
        schema: dict[str, Any] = {"type": "object", "additionalProperties": self.item.json_schema()}
        if self.key.pattern:
            schema["propertyNames"] = {"pattern": f"^(?:{self.key.pattern})$"}
        return {**schema, "minProperties": self.minimum} if self.minimum else schema


@dataclass(frozen=True)
class Choice:
    """One word of a Record: its shape, what it says, and whether it must stand.

    `reserved` names what a later release will serve: using the word is a fault that says so.
    """

    shape: Shape
    help: str
    required: bool = False
    reserved: str = ""


@dataclass(frozen=True)
class Record(Shape):
    """A mapping with known words. Exactly one word of `one_of` must stand; at most one of `at_most_one` may."""

    words: Mapping[str, Choice]
    what: str = "a mapping"
    one_of: tuple[str, ...] = ()
    at_most_one: tuple[str, ...] = ()

    @property
    def expected(self) -> str:
        """What it is."""
        return self.what

    def check(self, node: Node, report: Report) -> Any:
        """The values by word, checked; unknown, missing and reserved words are reported."""
        if not isinstance(node.value, dict):
            return self.refuse(node, report)
        misspelt = {meant(word, self._served) for word in node.value if word not in self.words}
        for word in self._required:
            if word not in node.value and word not in misspelt:
                expected = self.words[word].shape.expected
                report(Fault("missing-word", node.place, f"{self.what} needs {word!r}", expected))
        if self.one_of and not {*node.value, *misspelt}.intersection(self.one_of):
            needed = " or ".join(repr(word) for word in self.one_of if word in self._served)
            report(Fault("missing-word", node.place, f"{self.what} needs {needed}"))
        for group in filter(None, (self.one_of, self.at_most_one)):
            _check_group(group, node, report)
        return {name: self._word(name, child, node, report) for name, child in node.value.items()}

    @cached_property
    def _served(self) -> tuple[str, ...]:
        return tuple(word for word, choice in self.words.items() if not choice.reserved)

    @cached_property
    def _required(self) -> tuple[str, ...]:
        return tuple(word for word, choice in self.words.items() if choice.required)

    def _word(self, name: str, child: Node, node: Node, report: Report) -> Any:
        choice = self.words.get(name)
        if choice is not None and not choice.reserved:
            return choice.shape.check(child, report)
        place = node.keys.get(name, child.place)
        if choice is None:
            hint = nearest(name, self._served)
            return report(Fault("unknown-word", place, f"{self.what} has no word {name!r}", hint=hint))
        message = f"{name!r} is reserved: this release does not serve {choice.reserved}"
        return report(Fault("not-served-yet", place, message))

    def json_schema(self) -> dict[str, Any]:
        """An object; a reserved word is described and refused."""
        properties = {
            word: {"not": {}, "description": f"Reserved: this release does not serve {choice.reserved} yet."}
            if choice.reserved
            else {"description": choice.help, **choice.shape.json_schema()}
            for word, choice in self.words.items()
        }
        schema: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
        if self.one_of:
            schema["oneOf"] = [{"required": [word]} for word in self.one_of]
        if self.at_most_one:
            pairs = itertools.combinations(self.at_most_one, 2)
            schema["not"] = {"anyOf": [{"required": list(pair)} for pair in pairs]}
        return {**schema, "required": list(self._required)} if self._required else schema


def _check_group(group: Sequence[str], node: Node, report: Report) -> None:
    standing = [word for word in node.value if word in group]
    for word in standing[1:]:
        message = f"{word!r} cannot stand beside {standing[0]!r}"
        report(Fault("conflicting-words", node.at(word), message, "one of them"))


@dataclass(frozen=True)
class Either(Shape):
    """The first of some shapes that takes the kind of value at hand (scalar, list, mapping); `pick` chooses."""

    options: Sequence[Shape]
    pick: Callable[[Node], int]
    expected: str = "one of several forms"

    def check(self, node: Node, report: Report) -> Any:
        """Let the chosen shape check; a negative choice is a fault."""
        choice = self.pick(node)
        return self.options[choice].check(node, report) if choice >= 0 else self.refuse(node, report)

    def json_schema(self) -> dict[str, Any]:
        """Any of them."""
        return {"anyOf": [option.json_schema() for option in self.options]}
