"""Readings of codes: flags with their two sides, and enums with their codes.

In charge of telling few codes in many rows from text and from numbers. What a code means nobody can count: names come from the
column's own text where it explains its codes, else they are the codes themselves, and each leaves a question.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from app.conversions.codes import CODES
from app.conversions.digits import NUMERIC, TEXTUAL
from app.draft.evidence.facts import Facts
from app.draft.evidence.hints import Hints
from app.draft.evidence.reading import Reading
from app.draft.shown import Shown, told

# The two sides of a flag that occur together, the blank among them; and what speaks for such a pair, in bits.
_PAIRS: Final[Sequence[tuple[frozenset[str], frozenset[str], float]]] = (
    (frozenset({"Y", "J", "y", "j", "YES", "JA", "Yes"}), frozenset({"N", "n", "NO", "NEIN", "No", ""}), 70.0),
    (frozenset({"TRUE", "true", "True"}), frozenset({"FALSE", "false", "False", ""}), 70.0),
    (frozenset({"T", "t"}), frozenset({"F", "f"}), 15.0),
    (frozenset({"O", "S", "o", "s"}), frozenset({"N", "n"}), 10.0),  # oui, sí, sim
    (frozenset({"X", "x", "*"}), frozenset({""}), 15.0),
    (frozenset({"1"}), frozenset({"0", ""}), 15.0),
)
_CURRENCIES: Final = frozenset({
    "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS", "INR", "JPY", "KRW", "MXN", "NOK", "NZD",
    "PLN", "RON", "RUB", "SEK", "SGD", "THB", "TRY", "TWD", "USD", "ZAR",
})  # fmt: skip
_KNOWN: Final = {"A": "active", "D": "deleted"}  # a record code, by the custom of many ERP systems
_CODE: Final = re.compile(r"[A-Z0-9*#?!/+.\-_]{1,12}|[a-z]{1,2}")
_MOST: Final = 25  # distinct codes
_ROWS_A_CODE: Final = 10  # at least, on average
_RARE: Final = 0.005  # of the rows: a mistake, or a code that is seldom used
_STOP: Final = frozenset({"or", "and", "oder", "und", "to", "bis", "is"})


def readings(facts: Facts, hints: Hints) -> Iterator[Reading]:
    """What codes a column may hold: a flag, an enum, both, or none."""
    base = facts.column.type.base
    if facts.alone or base not in (*TEXTUAL, *NUMERIC) or (base in NUMERIC and facts.column.type.scale):
        return
    codes = _codes(facts)
    yield from _flags(codes, facts, hints)
    if not _few(codes, facts):
        return
    meanings = explained(hints.text, list(codes))
    if base in TEXTUAL:
        yield from _enum_of_text(codes, meanings, facts, hints)
    elif not facts.keyed and all(map(_is_code_number, facts.counts)):
        prior = (10.0 if _uneven(facts) else -25.0) - 15.0 + 60.0 * bool(meanings)
        prior -= 20.0 * bool(hints.kinds & {"number", "count", "amount"})
        yield _enum(codes, meanings, facts, prior + 20.0 * ("code" in hints.kinds))


def explained(text: str, codes: Sequence[str]) -> Mapping[str, str]:
    """What a column's text says of its codes: `A active, H credit hold` explains A and H. Nothing where it explains but one."""
    known = sorted((code for code in codes if code), key=len, reverse=True)
    any_code = "|".join(rf"(?<![\w]){re.escape(code)}(?![\w])" for code in known)
    if not any_code:
        return {}
    found = re.finditer(
        rf"({any_code})\s*[:=-]?\s*([^\W\d][^\W\d]*(?: [^\W\d]+)*?)(?=\s*(?:[,;.)/]|$|\s(?:{any_code})))", text
    )
    meanings = {match[1]: match[2] for match in found if match[2].split(" ")[0].lower() not in _STOP}
    return meanings if len(meanings) > 1 else {}


def name_of(code: str, taken: Sequence[str] = ()) -> str:
    """A name that clients can use, made of a code or of its meaning: lower case, hyphens, a letter first."""
    name = re.sub(r"[^a-z0-9]+", "-", code.lower()).strip("-") or "code-" + code.encode().hex()
    name = name if name[0].isalpha() else f"code-{name}"
    number = next(turn for turn in range(1, len(taken) + 2) if (name if turn == 1 else f"{name}-{turn}") not in taken)
    return name if number == 1 else f"{name}-{number}"


def _codes(facts: Facts) -> dict[str, int]:
    """The codes as text, with the rows of each, the most frequent first."""
    if facts.column.type.base in TEXTUAL:
        return dict(sorted(facts.texts.items(), key=lambda each: -each[1]))
    return {str(int(code)): count for code, count in facts.counts.items() if _is_code_number(code)}


def _few(codes: Mapping[str, int], facts: Facts) -> bool:
    """Whether there are few codes in many rows."""
    return 1 < len(codes) <= _MOST and facts.filled >= _ROWS_A_CODE * len(codes)


def _flags(codes: Mapping[str, int], facts: Facts, hints: Hints) -> Iterator[Reading]:
    usual = {code for code, count in codes.items() if count >= _RARE * facts.filled}
    for trues, falses, prior in _PAIRS:
        yes, no = (sorted(usual & side, key=lambda code: -codes[code]) for side in (trues, falses))
        if yes and no and usual <= trues | falses and len(codes) <= _MOST:
            numeric = facts.column.type.base in NUMERIC
            small = facts.column.type.precision == 1
            bits = prior - 20.0 * (numeric and not small) + 8.0 * ("flag" in hints.kinds)
            yield _flag(yes, no, codes, bits)


def _flag(yes: Sequence[str], no: Sequence[str], codes: Mapping[str, int], prior: float) -> Reading:
    coded = sorted(
        no, key=lambda code: not code
    )  # the blank is written last: the first code is the one that is written
    false = [*[code for code in coded if code], *[code for code in coded if not code]]
    doubts = (f"is blank ({codes['']:,} rows) false, or not known?",) if "" in false and len(false) > 1 else ()
    options = {"true": _one_or_list(yes), "false": _one_or_list(false)}
    return Reading("boolean", CODES, options, prior, ("flag",), 1.0, doubts)


def _one_or_list(codes: Sequence[str]) -> str | list[str]:
    return codes[0] if len(codes) == 1 else list(codes)


def _enum_of_text(
    codes: Mapping[str, int], meanings: Mapping[str, str], facts: Facts, hints: Hints
) -> Iterator[Reading]:
    """An enum, unless the codes are words of their own: currencies are called what they are."""
    written = [code for code in codes if code]
    if len(written) < 2 or not all(_CODE.fullmatch(code) for code in written) or _CURRENCIES.issuperset(written):
        return
    prior = 21.0 + 40.0 * bool(meanings) + 12.0 * ("code" in hints.kinds) - 10.0 * facts.keyed
    yield _enum({code: codes[code] for code in written}, meanings, facts, prior)


def _enum(codes: Mapping[str, int], meanings: Mapping[str, str], facts: Facts, prior: float) -> Reading:
    known = _KNOWN if set(_KNOWN).issuperset(codes) and len(codes) == len(_KNOWN) else {}
    names: dict[str, str] = {}
    for code in sorted(codes, key=_place):  # by the code, not by its rows: another sample changes no line
        names[code] = name_of(meanings.get(code, known.get(code, code)), list(names.values()))
    unknown = [code for code in codes if code not in meanings]
    rare = [code for code in unknown if codes[code] < _RARE * facts.filled]
    return Reading("enum", CODES, names, prior, (), 1.0, _questions(unknown, rare, codes), open=len(rare) > 2)


def _questions(unknown: Sequence[str], rare: Sequence[str], codes: Mapping[str, int]) -> tuple[str, ...]:
    """What a person has to say: the meaning of each code, and of those that are rare whether they are codes at all."""
    common = Shown(", ".join(repr(code) for code in unknown if code not in rare))
    seldom = Shown(", ".join(f"{code!r} ({codes[code]:,})" for code in rare))
    asked = (
        told("what does each code mean? ", common) if common else "",
        told("codes, or mistakes? ", seldom) if seldom else "",
    )
    return tuple(filter(None, asked))


def _place(code: str) -> tuple[bool, int, str]:
    """Numbers first, in their order."""
    number = code.removeprefix("-")
    digits = number.isascii() and number.isdecimal()
    return not digits, int(code) if digits else 0, code


def _uneven(facts: Facts) -> bool:
    """Whether numbers are no plain count: 0, 1, 2, 3, 9 and not 1 to 9, or 10, 20, 30."""
    numbers = sorted(int(code) for code, count in facts.counts.items() if count >= _RARE * facts.filled)
    return len({high - low for low, high in pairwise(numbers)}) > 1


def _is_code_number(stored: Any) -> bool:
    try:
        return bool(-1000 < stored < 100_000 and stored == int(stored))
    except (TypeError, ValueError, ArithmeticError):
        return False
