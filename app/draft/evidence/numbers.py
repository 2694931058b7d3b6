"""Readings of numbers: as the column has them, as codes of digits, with decimals that programs imply, and in text or bytes.

In charge of what a number may be kept as. Implied decimals cannot be counted, since any number may have some: they are asked for,
and taken only where the column's own text says how many there are, with the question left open.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from app.conversions.base import ApiType
from app.conversions.digits import TEXTUAL
from app.conversions.overpunch import Zoned
from app.draft.evidence.facts import Facts
from app.draft.evidence.hints import Hints
from app.draft.evidence.reading import Reading
from app.draft.shown import Shown, told

_DECIMALS: Final = r"(\d+) (?:implied )?dec(?:imal)?s?\b"
_CODE_DIGITS: Final = 5  # a decimal column of fewer digits counts lines and places, it names no customer
_ZONED: Final = re.compile(r"\d*[0-9A-R{}äüæåàèéþ]", re.ASCII)
_ZEROS: Final = re.compile(r"[{}äüæåàèéþ]$")
_PAGES: Final = (37, 273, 277, 278, 280, 297, 871)  # whose signed zeros differ
_NUMERAL: Final = re.compile(r" *[+-]? *[\d.,]*\d[\d.,]* *(?:[+-]|CR|DB)? *", re.ASCII | re.IGNORECASE)


def readings(facts: Facts, hints: Hints) -> Iterator[Reading]:
    """What numbers a column may hold, the native form first."""
    base, scale = facts.column.type.base, facts.column.type.scale
    if base == "float":
        yield Reading("number", chance=1.0)
        yield from _said_implied(hints)
    elif base == "integer" or (base == "decimal" and scale == 0):
        yield from _whole(facts, hints)
    elif base == "decimal":
        yield Reading("decimal", chance=1.0)
    elif base in TEXTUAL:
        yield from _zoned(facts, hints)
        yield from _numerals(facts, hints)
    elif base == "binary":
        yield from _in_bytes(hints)


def asks_decimals(facts: Facts, hints: Hints) -> str:
    """The question whether a column of whole numbers has implied decimals; empty where it hardly has."""
    column, kinds = facts.column.type, hints.kinds
    exact = column.base == "decimal" and column.scale == 0
    if not (exact or column.base == "float") or facts.keyed or len(facts.numbers) < len(facts.counts):
        return ""
    if "amount" not in kinds and (kinds & {"number", "count"} or not exact or (column.precision or 0) < _CODE_DIGITS):
        return ""
    largest = max(facts.numbers, default=0)
    return told("are decimals implied?", Shown(f" {{implied: 2}} would show {largest} as {largest / 100:.2f}", ""))


def _whole(facts: Facts, hints: Hints) -> Iterator[Reading]:
    """A column without decimals: a number, a code of digits, or a number with decimals that are implied."""
    yield Reading("integer", chance=1.0)
    yield Reading("decimal", prior=-20.0, chance=1.0)
    if facts.column.type.precision is None and any(
        isinstance(value, int) and abs(value) >= 2**53 for value in facts.counts
    ):
        yield Reading("integer", options={"digits": 19}, prior=30.0, chance=1.0)
    if facts.column.type.base == "decimal":
        yield from _said_implied(hints)
        yield from _digits(facts, hints)


def _said_implied(hints: Hints) -> Iterator[Reading]:
    scale = hints.number(_DECIMALS)
    if scale is not None:
        question = (_scale_question("implied", scale),)
        yield Reading("decimal", "implied", {"scale": scale}, 60.0, (), 1.0, question)


def _digits(facts: Facts, hints: Hints) -> Iterator[Reading]:
    """A code of digits, with which nobody calculates: part of a key, or called a number."""
    digits = facts.column.type.precision or 0
    if digits < _CODE_DIGITS or hints.kinds & {"amount"}:
        return
    few = len(facts.counts) * 20 < facts.filled and max(facts.numbers, default=0) < 10 ** (digits // 2)
    prior = 25.0 * facts.keyed + 15.0 * ("number" in hints.kinds) - 30.0 * few
    if prior > 0:
        yield Reading("string", "integer", {"digits": digits}, prior, (), 1.0)


def _zoned(facts: Facts, hints: Hints) -> Iterator[Reading]:
    """Digits whose last one carries the sign. Letters alone could be a suffix; a signed zero is no sign that people type."""
    texts = [text for text in facts.texts if text]
    digits = [text for text in texts if _ZONED.fullmatch(text)]
    signed = [text for text in digits if not text[-1].isdigit()]
    if len(signed) * 5 < len(texts) or len(digits) * 2 < len(texts):
        return
    zeros = any(_ZEROS.search(text) for text in signed)
    scale = hints.number(_DECIMALS) or 0
    number: ApiType = "decimal" if scale else "integer"
    doubt = _scale_question(Zoned.name, scale)
    more = () if zeros else ("the last letter could be part of a number that people use: is it the sign?",)
    said = hints.number(r"CCSID (\d+)")
    for page in _PAGES:
        prior = (0.0 if zeros else -30.0) + 12.0 * ("amount" in hints.kinds) + 30.0 * (page == said)
        yield Reading(
            number,
            Zoned.name,
            {"ccsid": page, **_scale(scale)},
            prior,
            (),
            0.05,
            (doubt, *more),
        )


def _scale(scale: int) -> dict[str, int]:
    return {"scale": scale} if scale else {}


def _scale_question(name: str, scale: int) -> str:
    if scale:
        return f"the column's text says that the last {scale} digits are decimals: is that so in every row?"
    return f"how many decimals do the programs imply? none are taken; {{{name}: {{scale: 2}}}} would be two"


def _numerals(facts: Facts, hints: Hints) -> Iterator[Reading]:
    """Numbers as people write them, where marks or signs tell them from codes of digits."""
    texts = [text for text in facts.texts if text.strip()]
    numerals = [text for text in texts if _NUMERAL.fullmatch(text)]
    marked = [text for text in numerals if not text.strip().isdecimal()]
    if len(marked) * 2 < len(texts):
        return
    trailing = any(re.search(r"\d *(?:-|CR|DB)$", text, re.IGNORECASE) for text in marked)
    sign = {"sign": "trailing"} if trailing else {}
    certain = any(
        not re.fullmatch(r" *\d+[.,]\d+ *", text) for text in marked
    )  # 12.30 could be a time, 1.234,56 could not
    doubts = () if "amount" in hints.kinds else ("are these numbers that one calculates with?",)
    for mark in ",.":
        told = _told(marked, mark)
        again = doubts if told else (*doubts, f"is {mark!r} the decimal mark? no value shows both marks")
        options = {**sign, **({"decimal": mark} if mark == "," else {})}
        yield Reading("decimal", "text", options, 10.0 * told, (), 0.05 if told and certain else 0.3, again)


def _told(texts: Sequence[str], mark: str) -> bool:
    """Whether the values themselves say that `mark` sets the decimals apart: some of them are not in threes behind it."""
    other = "." if mark == "," else ","
    last = [re.split(rf"\{mark}", text.strip(" +-CRDBcrdb"))[-1] for text in texts if mark in text]
    return any(len(part) != 3 for part in last) and not any(other in part for part in last)


def _in_bytes(hints: Hints) -> Iterator[Reading]:
    """Packed and zoned decimals, in a column of bytes."""
    scale = hints.number(_DECIMALS) or 0
    number: ApiType = "decimal" if scale else "integer"
    for name, chance in (("packed", 0.02), ("zoned", 0.001)):
        doubt = _scale_question(name, scale)
        said = 30.0 * hints.names(name)
        yield Reading(number, name, _scale(scale), said, (), chance, (doubt,))
