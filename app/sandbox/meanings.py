"""Meanings: what a field's name says of its values.

In charge of one table, from words of names to what a value should look like, and of the texts of each. It must not know a column
nor a conversion; what does not fit is another's to shorten.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from app.sandbox import vocabulary as words
from app.sandbox.draws import Draws


class Named(NamedTuple):
    """Where a value stands: the field's name, and the resource's."""

    field: str
    resource: str


# Words of a field's name, and the meaning that the first of them found gives it; the order is that of precedence.
_MEANINGS: Final[tuple[tuple[str, str], ...]] = (
    ("e-mail", "email mail"),
    ("phone", "phone telephone tel fax mobile cell"),
    ("link", "url uri link website homepage"),
    ("postcode", "zip postcode postal plz"),
    ("country", "country"),
    ("currency", "currency"),
    ("language", "language locale"),
    ("unit", "unit uom"),
    ("city", "city town place"),
    ("street", "street address line1 address1"),
    ("remark", "remark remarks note notes comment comments text message reason instructions"),
    ("first name", "first given forename"),
    ("last name", "last surname family"),
    ("person", "contact person buyer clerk user operator employee owner author planner signature by signed"),
    ("number", "number no num id code key ref reference sku serial batch lot"),
    ("company", "company customer supplier vendor carrier manufacturer"),
    ("thing", "item product article part material component description title machine"),
)
_OF_WORD: Final[Mapping[str, str]] = {
    word: meaning for meaning, listed in reversed(_MEANINGS) for word in listed.split()
}
_NAMES: Final[tuple[tuple[str, str], ...]] = (
    ("company", "customer customers supplier suppliers vendor vendors company companies carrier carriers"),
    ("person", "employee employees person persons people contact contacts user users operator operators"),
)
_OF_NAME: Final[Mapping[str, str]] = {word: meaning for meaning, listed in _NAMES for word in listed.split()}
_RANK: Final = {meaning: rank for rank, (meaning, _) in enumerate(_MEANINGS)}


@lru_cache(maxsize=4096)
def parts(name: str) -> tuple[str, ...]:
    """The words of a name: `ordered_on`, `work-centers` and `lineNo` have two each."""
    return tuple(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().replace("-", "_").split("_"))


@lru_cache(maxsize=4096)
def meaning(named: Named) -> str:
    """What a text of that name says; `words` where the name does not tell."""
    found = parts(named.field)
    if "name" in found and not {"first", "last", "given", "family"} & set(found):
        return next((_OF_NAME[word] for word in (*found, *parts(named.resource)) if word in _OF_NAME), "thing")
    known = [_OF_WORD[word] for word in found if word in _OF_WORD]
    return min(known, key=_RANK.__getitem__, default="words")


def _person(draws: Draws) -> str:
    return f"{draws.pick(words.FIRST_NAMES)} {draws.pick(words.LAST_NAMES)}"


def _mail(draws: Draws) -> str:
    first, last = draws.pick(words.FIRST_NAMES[:-1]), draws.pick(words.LAST_NAMES[:12])
    return f"{first}.{last}@example.com".lower()  # RFC 2606, 3: nobody's


def _code(draws: Draws) -> str:
    return f"{draws.pick(words.LETTERS)}{draws.between(100, 99_999)}"


_TEXTS: Final[Mapping[str, Callable[[Draws], str]]] = {
    "e-mail": _mail,
    "phone": lambda draws: f"+1 555 01{draws.between(0, 99):02d}",  # reserved for fiction
    "link": lambda draws: f"https://example.com/{draws.pick(words.THINGS).lower()}",
    "postcode": lambda draws: str(draws.between(10_000, 99_999)),
    "country": lambda draws: draws.pick(words.COUNTRY_NAMES),
    "currency": lambda draws: draws.pick(words.CURRENCIES),
    "language": lambda draws: draws.pick(words.LANGUAGES),
    "unit": lambda draws: draws.pick(words.UNITS),
    "city": lambda draws: draws.pick(words.CITIES),
    "street": lambda draws: f"{draws.pick(words.STREETS)} {draws.between(1, 199)}",
    "remark": lambda draws: draws.pick(words.REMARKS),
    "first name": lambda draws: draws.pick(words.FIRST_NAMES),
    "last name": lambda draws: draws.pick(words.LAST_NAMES),
    "person": _person,
    "number": _code,
    "company": lambda draws: f"{draws.pick(words.COMPANIES)} {draws.pick(words.TRADES)} {draws.pick(words.FORMS)}",
    "thing": lambda draws: f"{draws.pick(words.THINGS)}, {draws.pick(words.MANNERS)}",
    "words": lambda draws: f"{draws.pick(words.MANNERS)} {draws.pick(words.THINGS)}".lower(),
}
_SHORT: Final[Mapping[str, Callable[[Draws], str]]] = {
    "country": lambda draws: draws.pick(words.COUNTRIES),
    "person": lambda draws: draws.pick(words.LAST_NAMES),
    "company": lambda draws: draws.pick(words.COMPANIES),
    "thing": lambda draws: draws.pick(words.THINGS),
}
SHORT: Final = 12  # characters: no room for more than a word


def text(named: Named, draws: Draws, length: int | None) -> str:
    """A text of that name, as long as it may be: whole words, or a code where hardly a word has room."""
    said = meaning(named)
    if length is not None and length < SHORT:
        made = _SHORT[said](draws) if said in _SHORT else _TEXTS[said](draws)
        return made if len(made) <= length else code(draws, length)
    made = _TEXTS[said](draws)
    if length is None or len(made) <= length:
        return made
    return made[: length + 1].rsplit(" ", 1)[0][:length].rstrip(" ,") or code(draws, length)


def code(draws: Draws, length: int) -> str:
    """A code of a letter and digits."""
    digits = min(length - 1, 4)
    return draws.pick(words.LETTERS) + "".join(str(draws.below(10)) for _ in range(digits))


def initial(named: Named) -> str:
    """The letter that numbers of that name begin with: C1001 is a customer's."""
    told = [word for word in parts(named.field) if _OF_WORD.get(word) != "number"]
    for word in (*told, *parts(named.resource)):
        if word[:1].isascii() and word[:1].isalpha():
            return word[0].upper()
    return "N"
