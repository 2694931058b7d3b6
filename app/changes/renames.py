"""Names that went and names that came, and which of them are the same thing.

In charge of telling a rename from a removal: what is new says, word for word, what the old one said, and nothing else does.
It must not know what the names are names of.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Matched(Generic[Key]):
    """The names of two mappings: `both` have the first ones, `renamed` is old to new, in the order of the mappings."""

    both: tuple[Key, ...]
    renamed: Mapping[Key, Key]
    removed: tuple[Key, ...]
    added: tuple[Key, ...]


def matched(old: Mapping[Key, Any], new: Mapping[Key, Any], print_: Callable[[Key, Any], str]) -> Matched[Key]:
    """Match names; `print_` is the finger-print by which something is known that has another name."""
    gone = {name: print_(name, old[name]) for name in old if name not in new}
    come = {name: print_(name, new[name]) for name in new if name not in old}
    by_print = {print_of: name for name, print_of in come.items()}
    gone_counts, come_counts = Counter(gone.values()), Counter(come.values())
    renamed = {
        name: by_print[print_of]
        for name, print_of in gone.items()
        if gone_counts[print_of] == come_counts[print_of] == 1
    }
    return Matched(
        tuple(name for name in old if name in new),
        renamed,
        tuple(name for name in gone if name not in renamed),
        tuple(name for name in come if name not in renamed.values()),
    )


def as_it_stands(name: str, value: Any) -> str:
    """The finger-print of what is said without its own name: of a filter that is the field's, without the operator."""
    field, _, operator = name.partition("[")
    said = {word: each for word, each in value.items() if each != name} if isinstance(value, Mapping) else value
    return f"[{operator}{json.dumps(said, sort_keys=True, ensure_ascii=False)}".replace(f"`{field}`", "``")
