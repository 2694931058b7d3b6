"""What a shape is: it checks a Node, returns the plain value, and prints itself as JSON Schema (draft 2020-12)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from app.shapes.node import Fault, Node

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
        return "a mapping" if node.value else "an empty mapping"
    if isinstance(node.value, list):
        return "a list" if node.value else "an empty list"
    text = repr(node.source or node.value)
    return "nothing" if node.value is None else text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"
