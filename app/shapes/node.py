"""A value of a YAML file together with the place where it stands, and the faults that point there."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple

Severity = Literal["fault", "warning"]


class Place(NamedTuple):
    """Where a word stands: `file` relative to the contract folder, line and column counted from 1.

    A tuple, as a node is: a large folder has a million of them, and nothing else that is frozen is made as fast.
    """

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        """`v1/orders.yaml:12:7`, which editors and terminals make clickable."""
        return f"{self.file}:{self.line}:{self.column}"


_NO_KEYS: Final[Mapping[str, Place]] = MappingProxyType({})


class Node(NamedTuple):
    """One value of a file. `value` is a scalar, a dict of name to Node, or a list of Nodes.

    `source` is a scalar as it was written (`"007"` and `0x10` keep their spelling); `keys` holds the place of each
    name of a mapping.
    """

    value: Any
    place: Place
    source: str = ""
    keys: Mapping[str, Place] = _NO_KEYS

    def at(self, *path: str | int) -> Place:
        """The place of the value under `path`, or of the nearest thing above it that exists. Names win over values."""
        node, place = self, self.place
        for step in path:
            if isinstance(node.value, dict) and step in node.value:
                place, node = node.keys.get(str(step), place), node.value[str(step)]
            elif isinstance(node.value, list) and isinstance(step, int) and 0 <= step < len(node.value):
                node = node.value[step]
                place = node.place
            else:
                break
        return place

    def plain(self) -> Any:
        """The value without places: dicts, lists and scalars."""
        if isinstance(self.value, dict):
            return {name: child.plain() for name, child in self.value.items()}
        if isinstance(self.value, list):
            return [child.plain() for child in self.value]
        return self.value


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake in a contract. `code` is stable; `message` says what is there, `expected` what may be there.

    A warning is something that works and that somebody may regret: the contract is served with it, unless it is strict.
    """

    code: str
    place: Place
    message: str
    expected: str = ""
    hint: str = ""
    severity: Severity = "fault"

    def __str__(self) -> str:
        """One line: place, message, what was expected, and the nearest valid thing."""
        warning = "warning: " if self.severity == "warning" else ""
        expected = f"; expected {self.expected}" if self.expected else ""
        hint = f" — {self.hint}" if self.hint else ""
        return f"{self.place}: {warning}{self.message}{expected}{hint} [{self.code}]"


class Faults(Exception):  # it is the plural of Fault, not one error
    """All faults of a contract at once, in the order of their places."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(sorted(set(faults), key=lambda fault: (fault.place, fault.message)))
        super().__init__("\n".join(map(str, self.faults)))

    def __iter__(self) -> Iterator[Fault]:
        """The faults, in order."""
        return iter(self.faults)


def meant(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` is most like, if it is like one at all. Case decides only between words equal but for it."""
    words = sorted(known)
    close = difflib.get_close_matches(word.lower(), [each.lower() for each in words], n=1, cutoff=0.65)
    alike = (each for each in words if close and each.lower() == close[0])
    return max(alike, key=lambda each: difflib.SequenceMatcher(None, word, each).ratio(), default=None)


def nearest(word: str, known: Iterable[str]) -> str:
    """`did you mean 'status'?`, or all the known words where they are few, or nothing."""
    words: Sequence[str] = sorted(known)
    close = meant(word, words)
    if close is not None:
        return f"did you mean {close!r}?"
    return f"known: {', '.join(words)}" if 0 < len(words) <= 12 else ""
