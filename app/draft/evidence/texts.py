"""Readings of text: as the column has it, right-justified, from the wrong code page, as a UUID, and in bytes.

In charge of what characters, or bytes that are characters, may be kept as. It must not know dates, numbers or codes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

from app.conversions.base import Conversion, Issue
from app.conversions.codepages import CODE_PAGES
from app.conversions.digits import TEXTUAL
from app.draft.evidence.facts import Facts
from app.draft.evidence.hints import Hints
from app.draft.evidence.reading import Reading
from app.draft.evidence.sentinels import PLACEHOLDERS
from app.draft.shown import Shown, told

_UUID: Final = re.compile(r"\{?[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}\}?")

# Code pages, the likeliest first, each with the letters that its languages have beside A to Z.
_LETTERS: Final[Mapping[int, str]] = {
    37: "", 273: "äöüÄÖÜß", 1141: "äöüÄÖÜß€", 500: "éèàçùêôëï", 1140: "€", 277: "æøåÆØÅ", 278: "äöåÄÖÅ", 280: "àèéìòùç",
    284: "ñÑáéíóúü", 285: "£", 297: "éèàçùêôëïîœ", 871: "þðæöáéíóúýÞÐÆÖ", 1047: "",
}  # fmt: skip
_SIGNS: Final = frozenset("{}[]~|\\^`¬¦¢¤§!Ð÷ŽÃÂ")
_WITHIN_WORDS: Final = re.compile(
    r"(?<=[^\W\d_])[{}\[\]~|\\^`¬¦¢¤§](?=[^\W\d_])|(?<=[a-z])[{}~|\\¬¦¢](?= |$)|[ÃÂ][\x80-\xbf€-™]"
)
_TAGS: Final = (37, 500)
_MOST_PLAIN: Final = re.compile(r"[\w\s.,;:!?/&()'\"+\-#*%°@=€$<>]*")
_LEAST_MISREAD: Final = 2  # distinct values


def readings(facts: Facts, hints: Hints) -> Iterator[Reading]:
    """What text a column may hold, the native form first."""
    base = facts.column.type.base
    if base == "uuid":
        yield Reading("string")
    elif base in TEXTUAL:
        yield from _native(facts)
        yield from _right_justified(facts)
        yield from _misread(facts, hints)
        if any(_UUID.fullmatch(text.strip()) for text in facts.texts):
            yield Reading("string", "uuid", prior=12.0, chance=0.001)
    elif base == "binary":
        yield Reading("binary", chance=1.0)
        yield from _uuid_bytes(facts, hints)
        yield from _ebcdic(facts, hints)


def _native(facts: Facts) -> Iterator[Reading]:
    """Text as it is; blanks are null, which is a question, and so are words that people type for nothing."""
    blank = sum(count for text, count in facts.texts.items() if not text.strip())
    words = [
        text for text, count in facts.texts.items() if text.upper() in PLACEHOLDERS and count * 200 >= facts.filled
    ]
    options: dict[str, Any] = {}
    doubts: list[str] = []
    if blank and blank < facts.filled and not facts.keyed:
        options["blank"] = "null"
        doubts.append(f'is blank ({blank:,} of {facts.filled:,} rows) null, or ""?')
    if words and len(words) < len(facts.texts):
        options["nulls"] = words
        doubts.append(f"do {', '.join(map(repr, words))} stand for no value?")
    yield Reading("string", options=options, chance=1.0, doubts=tuple(doubts))


def _right_justified(facts: Facts) -> Iterator[Reading]:
    """Text that ends where the column ends, in some rows after blanks."""
    length = facts.column.type.length
    filled = [text for text in facts.counts if isinstance(text, str) and text.strip()]
    leading = [text for text in filled if text.startswith(" ")]
    if length is None or not leading:
        return
    ends = sum(len(text) == length and not text.endswith(" ") for text in filled)
    if ends >= 0.99 * len(filled):
        yield Reading("string", "right_justified", {"length": length}, 10.0, (), 0.2)


def _misread(facts: Facts, hints: Hints) -> Iterator[Reading]:
    """Text with signs in the middle of its words, which another code page turns into letters of one language."""
    odd = [text for text in facts.texts if _WITHIN_WORDS.search(text)]
    if len(odd) < _LEAST_MISREAD:
        return
    for tag, really, letters in _pages():
        healed = sum(_healed(text, tag, really, letters) for text in odd)
        if healed * 2 > len(odd):
            said = 30.0 * (hints.number(r"really (\d+)") == really)
            shown = Shown(f" {odd[0]!r} would be {_again(odd[0], tag, really)!r}", "")
            doubt = told("was this text translated from the wrong code page?", shown)
            options = {"as": tag, "really": really}
            yield Reading("string", "misread", options, 10.0 * healed / len(odd) + 20.0 + said, (), 1.0, (doubt,))


def _pages() -> Iterator[tuple[int, int, str]]:
    yield 1252, 1208, ""
    yield from (
        (tag, really, letters) for tag in _TAGS for really, letters in _LETTERS.items() if really != tag and letters
    )


def _healed(text: str, tag: int, really: int, letters: str) -> bool:
    """Whether another code page leaves letters of its languages where signs were."""
    again = _again(text, tag, really)
    if again is None or _WITHIN_WORDS.search(again):
        return False
    changed = [after for before, after in zip(text, again, strict=False) if before != after]
    return not letters or all(after in letters or not after.isalpha() for after in changed)


def _again(text: str, tag: int, really: int) -> str | None:
    try:
        return text.encode(CODE_PAGES[tag]).decode(CODE_PAGES[really])
    except UnicodeError:
        return None


def _uuid_bytes(facts: Facts, hints: Hints) -> Iterator[Reading]:
    """Sixteen bytes whose version and variant are those of RFC 9562."""
    some = [stored for stored in facts.some if isinstance(stored, bytes)]
    if some and all(len(stored) == 16 and stored[6] >> 4 in range(1, 9) and stored[8] >> 6 == 2 for stored in some):
        yield Reading("string", "uuid", prior=12.0 * ("number" in hints.kinds), chance=0.2)


def _ebcdic(facts: Facts, hints: Hints) -> Iterator[Reading]:
    """EBCDIC text, in each code page that makes words of the bytes; pages that read alike are one."""
    said = (
        hints.number(r"really (\d+)") or hints.number(r"(?:CCSID|code page) (?!65535)(\d+)") or facts.column.type.ccsid
    )
    texts: dict[tuple[str | None, ...], list[int]] = defaultdict(list)
    for page in _LETTERS:
        decoded = _decoded(Reading("string", "ebcdic", {"ccsid": page}).bound(facts.column.type), facts)
        if decoded is not None:
            texts[decoded].append(page)
    blank = any(isinstance(stored, bytes) and not stored.strip(b"\x40") for stored in facts.counts)
    for decoded, pages in texts.items():
        plain = sum(_natural(text or "", _LETTERS[pages[0]]) for text in decoded) / max(1, len(decoded))
        if plain > 0.5:
            page = next((page for page in pages if page == said), pages[0])
            yield _in_page(page, [each for each in pages if each != page], 40.0 * (page == said), plain, blank=blank)


def _in_page(page: int, alike: list[int], prior: float, plain: float, *, blank: bool) -> Reading:
    doubts: tuple[str, ...] = (
        f"is the code page {page}?" + (f" the sample reads alike in {', '.join(map(str, alike))}" if alike else ""),
    )
    if blank:
        doubts = (*doubts, 'is blank null, or ""?')
    options = {"ccsid": page, **({"blank": "null"} if blank else {})}
    return Reading("string", "ebcdic", options, prior, (), max(0.02, 1.05 - plain), doubts)


def _decoded(conversion: Conversion | None, facts: Facts) -> tuple[str | None, ...] | None:
    """Some values as a code page has them; None where one is no text in it."""
    if conversion is None:
        return None
    texts = [conversion.decode(stored) for stored in facts.spread(200)]
    return None if any(isinstance(text, Issue) for text in texts) else tuple(texts)


def _natural(text: str, letters: str) -> bool:
    """Whether text looks like words of a code page's languages: letters, digits and the usual marks, no signs within words."""
    if _WITHIN_WORDS.search(text) or not _MOST_PLAIN.fullmatch(text):
        return False
    return all(sign.isascii() or not sign.isalpha() or sign in letters for sign in text)
