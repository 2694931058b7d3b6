"""One file of the folder, read and checked against its shape, with the faults found in it so far.

In charge of keeping each file's faults apart, so that the sound files of a faulty folder can still be used. It must not
know what the words mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.shapes import Fault, Node, Place, Shape


@dataclass(slots=True)
class Document:
    """A file or a part of one. `words` holds the checked values; where a fault was reported, some of them are None."""

    file: str
    node: Node
    words: Mapping[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong with it so far."""
        return not self.faults

    def report(self, fault: Fault) -> None:
        """Note a fault."""
        self.faults.append(fault)

    def check(self, shape: Shape) -> Document:
        """Check the whole against `shape`, and keep the values."""
        self.words = shape.check(self.node, self.report) or {}
        return self

    def text(self, word: str) -> str | None:
        """The text of a word, whatever else is wrong with the file."""
        node = mapping(self.node).get(word)
        return node.source if node is not None and isinstance(node.value, str) else None

    def place(self, *path: str | int) -> Place:
        """The place of a word."""
        return self.node.at(*path)


def mapping(node: Node | None, *path: str) -> Mapping[str, Node]:
    """The children by name of the mapping at `path`; nothing where something else stands."""
    for name in path:
        node = mapping(node).get(name)
    return node.value if node is not None and isinstance(node.value, dict) else {}


def texts(node: Node | None) -> Iterator[tuple[str, Place]]:
    """The texts of a list, or the one text that stands without brackets, each with its place."""
    for item in node.value if node is not None and isinstance(node.value, list) else (node,):
        if item is not None and isinstance(item.value, str):
            yield item.value, item.place
