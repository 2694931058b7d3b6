"""Combinators: each checks a Node, returns the plain value, and prints itself as JSON Schema (draft 2020-12)."""

from __future__ import annotations

import itertools
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.shapes.node import Fault, Node, nearest

Report = Callable[[Fault], None]
_LONGEST_QUOTE = 80


class Shape(ABC):
    """What a value may look like. `check` reports every fault and returns the plain value (None where it has none)."""

    @property
    @abstractmethod
    def expected(self) -> str:
        """What may stand here, for people: `a whole number from 1 to 500`."""

    @abstractmethod
    def check(self, node: Node, report: Report) -> Any:
        """Check `node`; report what is wrong with it."""

    @abstractmethod
    def json_schema(self) -> dict[str, Any]:
        """The same, as JSON Schema."""

    def refuse(self, node: Node, report: Report, hint: str = "") -> Any:
        """Report that `node` is not this; the value is None."""
        report(Fault("wrong-value", node.place, f"{describe(node)} stands here", self.expected, hint))


def describe(node: Node) -> str:
    """A value as an error text names it."""
    if isinstance(node.value, dict):
        return "a mapping"
    if isinstance(node.value, list):
        return "a list"
    text = repr(node.source or node.value)
    return "nothing" if node.value is None else text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"


@dataclass(frozen=True)
class Anything(Shape):
    """Any value: what it means is checked by somebody who knows more."""

    expected: str = "any value"

    def check(self, node: Node, report: Report) -> Any:
        """Accept it."""
        del report
        return node.plain()

    def json_schema(self) -> dict[str, Any]:
        """No constraint."""
        return {}


@dataclass(frozen=True)
class Text(Shape):
    """Text that matches `pattern` in full. Numbers and dates written without quotes count as text, as written."""

    expected: str = "text"
    pattern: str = ""
    quoted: bool = False  # a number, true or null without quotes is refused

    def check(self, node: Node, report: Report) -> Any:
        """The text as it was written."""
        scalar = not isinstance(node.value, dict | list) and node.value is not None
        text = node.value if isinstance(node.value, str) else node.source
        if not scalar or (self.quoted and not isinstance(node.value, str)):
            return self.refuse(node, report)
        if self.pattern and not re.fullmatch(self.pattern, text):
            return self.refuse(node, report)
        return text

    def json_schema(self) -> dict[str, Any]:
        """A string; where quotes are optional, numbers too."""
        schema: dict[str, Any] = {"type": "string" if self.quoted else ["string", "number", "boolean"]}
        return {**schema, "pattern": f"^(?:{self.pattern})$"} if self.pattern else schema


@dataclass(frozen=True)
class Parsed(Shape):
    """Text that `read` turns into a value. It raises ValueError, whose text is the hint, where it cannot."""

    expected: str
    read: Callable[[str], Any]
    pattern: str = ""

    def check(self, node: Node, report: Report) -> Any:
        """The value that the text stands for."""
        text = node.source or node.value
        if not isinstance(text, str) or not re.fullmatch(self.pattern or ".+", text):
            return self.refuse(node, report)
        try:
            return self.read(text)
        except ValueError as error:
            return self.refuse(node, report, str(error))

    def json_schema(self) -> dict[str, Any]:
        """A string; its meaning is checked by the gateway alone."""
        return {"type": "string", "pattern": f"^(?:{self.pattern})$"} if self.pattern else {"type": "string"}


@dataclass(frozen=True)
class Scalar(Shape):
    """Text, a number or a flag, as YAML reads it."""

    expected: str = "text, a number, true or false"

    def check(self, node: Node, report: Report) -> Any:
        """The value."""
        return self.refuse(node, report) if node.value is None or isinstance(node.value, dict | list) else node.value

    def json_schema(self) -> dict[str, Any]:
        """A scalar."""
        return {"type": ["string", "number", "boolean"]}


@dataclass(frozen=True)
class Word(Shape):
    """One of a few words; `words` maps each to its explanation."""

    words: Mapping[str, str]

    @property
    def expected(self) -> str:
        """The words."""
        return "one of " + ", ".join(self.words)

    def check(self, node: Node, report: Report) -> Any:
        """The word."""
        text = node.value if isinstance(node.value, str) else node.source
        if isinstance(node.value, dict | list) or text not in self.words:
            hint = nearest(text, self.words) if text else ""
            return self.refuse(node, report, hint if hint.startswith("did") else "")
        return text

    def json_schema(self) -> dict[str, Any]:
        """Constants with their explanations, so that an editor shows them."""
        return {"oneOf": [{"const": word, "description": help_} for word, help_ in self.words.items()]}


@dataclass(frozen=True)
class Whole(Shape):
    """A whole number."""

    minimum: int | None = None
    maximum: int | None = None

    @property
    def expected(self) -> str:
        """The range."""
        return "a whole number" + _range(self.minimum, self.maximum)

    def check(self, node: Node, report: Report) -> Any:
        """The number."""
        value = node.value
        if not isinstance(value, int) or isinstance(value, bool) or not _within(value, self.minimum, self.maximum):
            return self.refuse(node, report)
        return value

    def json_schema(self) -> dict[str, Any]:
        """An integer with its range."""
        return _bounds({"type": "integer"}, self.minimum, self.maximum)


@dataclass(frozen=True)
class Number(Shape):
    """A number."""

    minimum: float | None = None
    maximum: float | None = None

    @property
    def expected(self) -> str:
        """The range."""
        return "a number" + _range(self.minimum, self.maximum)

    def check(self, node: Node, report: Report) -> Any:
        """The number."""
        value = node.value
        if (
            not isinstance(value, int | float)
            or isinstance(value, bool)
            or not _within(value, self.minimum, self.maximum)
        ):
            return self.refuse(node, report)
        return value

    def json_schema(self) -> dict[str, Any]:
        """A number with its range."""
        return _bounds({"type": "number"}, self.minimum, self.maximum)


@dataclass(frozen=True)
class Flag(Shape):
    """`true` or `false`. YAML 1.2: `yes`, `on` and `Y` are text."""

    expected: str = "true or false"

    def check(self, node: Node, report: Report) -> Any:
        """The flag."""
        return node.value if isinstance(node.value, bool) else self.refuse(node, report)

    def json_schema(self) -> dict[str, Any]:
        """A boolean."""
        return {"type": "boolean"}


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
        for index, (item, child) in enumerate(zip(items, node.value, strict=True)):
            if self.unique and item is not None and item in items[:index]:
                report(Fault("repeated-item", child.place, f"{describe(child)} stands twice in this list"))
        return items

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
        return f"{self.what}, each value {self.item.expected}"

    def check(self, node: Node, report: Report) -> Any:
        """The values by name, checked."""
        if not isinstance(node.value, dict) or len(node.value) < self.minimum:
            return self.refuse(node, report)
        for name in node.value:
            self.key.check(Node(name, node.keys.get(name, node.place), name), report)
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
        for word, choice in self.words.items():
            if choice.required and word not in node.value:
                report(Fault("missing-word", node.place, f"{self.what} needs {word!r}", choice.shape.expected))
        self._check_groups(node, report)
        return {name: self._word(name, child, node, report) for name, child in node.value.items()}

    def _check_groups(self, node: Node, report: Report) -> None:
        if self.one_of and not any(word in node.value for word in self.one_of):
            served = [word for word in self.one_of if not self.words[word].reserved]
            report(Fault("missing-word", node.place, f"{self.what} needs one of its words", " or ".join(served)))
        for group in (self.one_of, self.at_most_one):
            standing = [word for word in node.value if word in group]
            for word in standing[1:]:
                message = f"{word!r} cannot stand beside {standing[0]!r}"
                report(Fault("conflicting-words", node.at(word), message, "one of " + ", ".join(group)))

    def _word(self, name: str, child: Node, node: Node, report: Report) -> Any:
        place = node.keys.get(name, child.place)
        choice = self.words.get(name)
        if choice is None:
            known = [word for word, known_choice in self.words.items() if not known_choice.reserved]
            report(Fault("unknown-word", place, f"{self.what} has no word {name!r}", hint=nearest(name, known)))
            return None
        if choice.reserved:
            report(
                Fault("not-served-yet", place, f"{name!r} is reserved: this release does not serve {choice.reserved}")
            )
            return None
        return choice.shape.check(child, report)

    def json_schema(self) -> dict[str, Any]:
        """An object; a reserved word is described and refused."""
        properties = {
            word: {"not": {}, "description": f"Reserved: this release does not serve {choice.reserved} yet."}
            if choice.reserved
            else {"description": choice.help, **choice.shape.json_schema()}
            for word, choice in self.words.items()
        }
        required = [word for word, choice in self.words.items() if choice.required]
        schema: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
        if self.one_of:
            schema["oneOf"] = [{"required": [word]} for word in self.one_of]
        if self.at_most_one:
            pairs = itertools.combinations(self.at_most_one, 2)
            schema["not"] = {"anyOf": [{"required": list(pair)} for pair in pairs]}
        return {**schema, "required": required} if required else schema


@dataclass(frozen=True)
class Either(Shape):
    """The first of some shapes that takes the kind of value at hand (scalar, list, mapping); `pick` chooses."""

    options: Sequence[Shape]
    pick: Callable[[Node], int]
    expected: str

    def check(self, node: Node, report: Report) -> Any:
        """Let the chosen shape check; a negative choice is a fault."""
        choice = self.pick(node)
        return self.options[choice].check(node, report) if choice >= 0 else self.refuse(node, report)

    def json_schema(self) -> dict[str, Any]:
        """Any of them."""
        return {"anyOf": [option.json_schema() for option in self.options]}


def _within(value: float, minimum: float | None, maximum: float | None) -> bool:
    return (minimum is None or value >= minimum) and (maximum is None or value <= maximum)


def _range(minimum: float | None, maximum: float | None) -> str:
    if minimum is not None and maximum is not None:
        return f" from {minimum} to {maximum}"
    return f" of at least {minimum}" if minimum is not None else f" of at most {maximum}" if maximum is not None else ""


def _bounds(schema: dict[str, Any], minimum: float | None, maximum: float | None) -> dict[str, Any]:
    if minimum is not None:
        schema["minimum"] = minimum
    if maximum is not None:
        schema["maximum"] = maximum
    return schema
