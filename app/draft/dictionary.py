"""The dictionary: what abbreviations stand for, and which words say that data is about a person.

In charge of reading `dictionary.yaml` beside this module, and a contract folder's own, whose entries come first. It must not
know a table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

from app.contract.files import parse, read
from app.shapes import Choice, Fault, Faults, Listing, Mapping_, Node, Record, Text

FILE: Final = "dictionary.yaml"

_WORD: Final = Text("a word in lower case: letters a to z and digits", r"[a-z0-9]+")
_WORDS: Final = Text("words in lower case with blanks between them", r"[a-z0-9]+( [a-z0-9]+)*")
_SENTENCE: Final = Text("text", r".*\S.*")

DICTIONARY: Final = Record(
    {
        "words": Choice(Mapping_(_WORDS, _WORD, "a mapping of abbreviations"), "What abbreviations stand for."),
        "happened": Choice(
            Mapping_(_WORD, _WORD, "a mapping of nouns"), "What a day is called: the order date is ordered_on."
        ),
        "kept": Choice(Listing(_WORD), "Words of a table's name that say how it is kept, not what it holds."),
        "plurals": Choice(Mapping_(_WORD, _WORD, "a mapping of nouns"), "Plurals that no rule makes."),
        "personal": Choice(
            Mapping_(_SENTENCE, _WORDS, "a mapping of words"), "What is about a person wherever it stands."
        ),
        "of_people": Choice(
            Mapping_(_SENTENCE, _WORDS, "a mapping of words"), "What is about a person in a table of people."
        ),
        "people": Choice(Listing(_WORD), "What a table of people holds."),
    },
    "a dictionary",
)


@dataclass(frozen=True)
class Dictionary:
    """What words mean; all in lower case. `words` are by abbreviation, the others as the file explains them."""

    words: Mapping[str, tuple[str, ...]]
    happened: Mapping[str, str]
    kept: frozenset[str]
    plurals: Mapping[str, str]
    personal: Mapping[str, str]
    of_people: Mapping[str, str]
    people: frozenset[str]

    @cached_property
    def singulars(self) -> Mapping[str, str]:
        """The words whose plurals no rule makes, by these."""
        return {plural: one for one, plural in self.plurals.items()}

    @cached_property
    def spoken(self) -> frozenset[str]:
        """The words that abbreviations stand for: they stand for themselves."""
        return frozenset(word for words in self.words.values() for word in words)


def dictionary(folder: Path | None = None) -> Dictionary:
    """The dictionary that comes with the gateway, under the entries of FOLDER/dictionary.yaml. Raises Faults."""
    own = {} if folder is None or not (folder / FILE).exists() else _own(folder)
    return _made(own, _shipped())


def _own(folder: Path) -> Mapping[str, Any]:
    faults: list[Fault] = []
    words = _checked(read(folder, FILE, faults.append), faults)
    if faults:
        raise Faults(faults)
    return words


@cache
def _shipped() -> Mapping[str, Any]:
    """The words of the file beside this module, which a test has read before."""
    text = Path(__file__).with_name(FILE).read_text(encoding="utf-8")
    faults: list[Fault] = []
    return _checked(parse(text, FILE, faults.append), faults)


def _checked(node: Node | None, faults: list[Fault]) -> Mapping[str, Any]:
    return {} if node is None else DICTIONARY.check(node, faults.append) or {}


def _made(own: Mapping[str, Any], shipped: Mapping[str, Any]) -> Dictionary:
    def mapping(name: str) -> dict[str, str]:
        return {**shipped.get(name, {}), **own.get(name, {})}

    def listing(name: str) -> frozenset[str]:
        return frozenset([*shipped.get(name, ()), *own.get(name, ())])

    return Dictionary(
        words={short: tuple(long.split()) for short, long in mapping("words").items()},
        happened=mapping("happened"),
        kept=listing("kept"),
        plurals=mapping("plurals"),
        personal=mapping("personal"),
        of_people=mapping("of_people"),
        people=listing("people"),
    )
