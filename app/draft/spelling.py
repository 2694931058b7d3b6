"""A name of the legacy side as words: CUSNO is customer number, WorkCenterId is work center id.

In charge of cutting names and texts into words, and of spelling abbreviations out. It must not know what the words are for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.draft.dictionary import Dictionary

MOST_WORDS: Final = 4  # of a name that people would still type

_GERMAN: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
_PART: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")  # ORDNO, Customer, 2
_CUT: Final = re.compile(r"[,;:(\[/=.!?]|\s[-\u2013\u2014]\s")
_FORMAT: Final = re.compile(
    r"c?yy(yy)?(mm(dd)?|ddd|ww)|(mm|dd){2}(yy){1,2}|[hc]?hhmm(ss)?|ccsid|packed|zoned|implied|decimals?|[0-9]{3,}"
)
_IDLE: Final = frozenset({"a", "an", "the", "in", "der", "die", "das", "des", "this"})
_SMALL: Final = frozenset({"and", "at", "by", "for", "from", "has", "is", "of", "on", "or", "per", "to", "up", "with"})
_ENDINGS: Final[Mapping[str, str]] = {"d": "date", "t": "time", "f": "flag"}


@dataclass(frozen=True, slots=True)
class Spelt:
    """A name as words; `known`: each of them is a word that people use."""

    words: tuple[str, ...]
    known: bool = True


def folded(text: str) -> str:
    """The text in ASCII letters: Müller is Mueller, é is e; what has no letter of its own is a blank."""
    plain = unicodedata.normalize("NFKD", text.translate(_GERMAN))
    kept = (each for each in plain if not unicodedata.combining(each))
    return "".join(each if each.isascii() else " " for each in kept)


def said(text: str, dictionary: Dictionary) -> tuple[str, ...] | None:
    """The words of a description up to its first comma, without its formats; None where it makes no name.

    `Requested date YYYYMMDD, 99999999 open` is requested date; `M made, P purchased` and `0 planned 1 released` are no names.
    """
    plain = folded(text).replace("'s ", " ").replace("E-mail", "email").replace("e-mail", "email")
    head = _CUT.split(plain.strip(), maxsplit=1)[0].lower()
    found = [word for word in re.findall(r"[a-z0-9]+", head) if word not in _IDLE and not _FORMAT.fullmatch(word)]
    if not found or found[0][0].isdigit() or len(found[0]) == 1:
        return None
    words = tuple(spelt for word in found for spelt in _spelt_out(word, dictionary))
    return words if len(words) <= MOST_WORDS else None


def spell(name: str, dictionary: Dictionary, endings: Iterable[str] = ()) -> Spelt:
    """The words of a name. `endings` are the single letters that may end it for a word: d, a date; t, a time; f, a flag.

    What neither the dictionary nor the shape of the name explains stays as it is, and the whole is not known.
    """
    allowed = {short: _ENDINGS[short] for short in endings}
    parts = [_part(part, dictionary, allowed) for part in _PART.findall(folded(name))]
    words = tuple(word for part in parts for word in part.words)
    return Spelt(words, bool(words) and all(part.known for part in parts))


def is_terse(name: str) -> bool:
    """Whether a name is of the kind that systems with ten letters for it have: CUSNO, not CustomerNo nor customer_no."""
    return len(_PART.findall(folded(name).rstrip("0123456789"))) <= 1 and len(name) <= 10 and name.upper() == name


def is_format(word: str) -> bool:
    """Whether a word of a text says how a value is stored: CYYMMDD."""
    return _FORMAT.fullmatch(word.lower()) is not None and "y" in word.lower()


def _spelt_out(word: str, dictionary: Dictionary) -> tuple[str, ...]:
    """A word of a text: people abbreviate there, too."""
    if word in _SMALL or word in dictionary.spoken:
        return (word,)
    return dictionary.words.get(word, (word,))


def _part(part: str, dictionary: Dictionary, endings: Mapping[str, str]) -> Spelt:
    word = part.lower()
    if word.isdigit() or (part != part.upper() and word in _SMALL):
        return Spelt((word,))
    whole = _entry(word, dictionary)
    if whole:
        return Spelt(whole)
    if part != part.upper() and _sounds(word):
        return Spelt((word,))  # WorkCenterId and customer_name are made of words; CUSNO is not
    cut = _segments(word, dictionary, endings)
    if cut is not None:
        return Spelt(tuple(each for segment in cut for each in segment))
    return Spelt((word,), known=part != part.upper() and len(word) > 2)


def _sounds(word: str) -> bool:
    """Whether letters make a word that can be spoken: vowels among them, no four consonants in a row."""
    return len(word) > 3 and bool(re.search(r"[aeiouy]", word)) and not re.search(r"[^aeiouy]{4}", word)


def _entry(word: str, dictionary: Dictionary) -> tuple[str, ...] | None:
    return dictionary.words.get(word) or ((word,) if word in dictionary.spoken else None)


def _segments(word: str, dictionary: Dictionary, endings: Mapping[str, str]) -> Sequence[tuple[str, ...]] | None:
    """The word cut into entries of the dictionary, as few and as long as may be; None where a letter is left over."""
    best: list[tuple[float, list[tuple[str, ...]]] | None] = [(0.0, []), *([None] * len(word))]
    for end in range(1, len(word) + 1):
        for start, words, cost in _ending_at(word, end, dictionary, endings):
            before = best[start]
            if before is None:
                continue
            total, known = before[0] + cost, best[end]
            if known is None or total < known[0]:
                best[end] = total, [*before[1], words]
    found = best[len(word)]
    return None if found is None else found[1]


def _ending_at(
    word: str, end: int, dictionary: Dictionary, endings: Mapping[str, str]
) -> Iterator[tuple[int, tuple[str, ...], float]]:
    """The entries that a word holds up to `end`: where each starts, its words, and what it costs: short ones lie more often."""
    for start in range(end - 1):
        words = _entry(word[start:end], dictionary)
        if words:
            yield start, words, 1.6 if end - start == 2 else 1.0
    if end == len(word) > 1 and word[-1] in endings:
        yield end - 1, (endings[word[-1]],), 1.6
