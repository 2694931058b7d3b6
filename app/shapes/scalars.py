"""Shapes of single values: text, words, numbers, flags."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from app.shapes.node import Node, nearest
from app.shapes.shape import Report, Shape


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
        value = node.value
        if isinstance(value, str):
            return value if self.takes(value) else self.refuse(node, report)
        if value is None or self.quoted or isinstance(value, dict | list) or not self.takes(node.source):
            return self.refuse(node, report)
        return node.source

    def takes(self, text: str) -> bool:
        """Whether a text that stands in quotes matches."""
        return self._matches is None or self._matches(text) is not None

    @cached_property
    def _matches(self) -> Callable[[str], re.Match[str] | None] | None:
        return re.compile(self.pattern).fullmatch if self.pattern else None

    def json_schema(self) -> dict[str, Any]:
        """A string; where quotes are optional, numbers too."""
        schema: dict[str, Any] = {"type": "string" if self.quoted else ["string", "number", "boolean"]}
        return {**schema, "pattern": f"^(?:{self.pattern})$"} if self.pattern else schema


@dataclass(frozen=True)
class Parsed(Shape):
    """Text that `read` turns into a value. It raises ValueError, whose text is the hint, where it cannot."""

    expected: str = "text"
    read: Callable[[str], Any] = str
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


_BARE: Final[Mapping[str, bool | None]] = {
    "null": None,
    "true": True,
    "false": False,
}  # words that YAML reads otherwise


@dataclass(frozen=True)
class Word(Shape):
    """One of a few words; `words` maps each to its explanation, which may be empty."""

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
        return {"oneOf": [_constant(word, explained) for word, explained in self.words.items()]}


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


def _constant(word: str, explained: str) -> dict[str, Any]:
    """The word, as text and as what YAML makes of it without quotes."""
    schema: dict[str, Any] = {"enum": [word, _BARE[word]]} if word in _BARE else {"const": word}
    return {**schema, "description": explained} if explained else schema


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
