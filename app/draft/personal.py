"""What seems to be about a person: by the words of a field's name, and by the form of its values.

In charge of saying so, and why. It must not know what is done about it. Names and forms are hints: that nothing is found here
does not mean that nothing is there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from app.draft.dictionary import Dictionary

LEAST: Final = 0.8  # of the values that are not empty, so many have the form

_ADDRESS: Final = "an address"
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_PHONE: Final = re.compile(r"(?:\+|00|\(?0)[0-9()/. -]{6,20}")
_IBAN: Final = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")


def reasons(fields: Mapping[str, Iterable[Any]], entity: Sequence[str], dictionary: Dictionary) -> dict[str, str]:
    """Why each field of a table seems to be about a person, as words after `personal:`; empty where it does not.

    `fields` are the stored values by name. `entity` are the words for what a row is: the name of a customer is a person's, the
    name of an item is not. A city beside an address is a part of it.
    """
    of_people = not dictionary.people.isdisjoint(entity)
    found = {name: _by_name(name, dictionary, of_people=of_people) or _by_values(each) for name, each in fields.items()}
    if any(reason.endswith(_ADDRESS) for reason in found.values()):
        beside = {name: _by_name(name, dictionary, of_people=True) for name in fields}
        found |= {name: reason for name, reason in beside.items() if reason.endswith(_ADDRESS)}
    return found


def _by_name(name: str, dictionary: Dictionary, *, of_people: bool) -> str:
    words = name.split("_")
    for phrases in (dictionary.personal, dictionary.of_people if of_people else {}):
        found = next((what for phrase, what in phrases.items() if _holds(words, phrase.split())), "")
        if found:
            return f"the name says {found}"
    named = words[-1] == "name" and not dictionary.people.isdisjoint(words)
    return "the name says the name of a person" if named else ""


def _holds(words: Sequence[str], phrase: Sequence[str]) -> bool:
    """Whether the phrase stands in the words as it is."""
    size = len(phrase)
    return any(list(words[start : start + size]) == list(phrase) for start in range(len(words) - size + 1))


def _by_values(values: Iterable[Any]) -> str:
    texts = [text for value in values if isinstance(value, str) and (text := value.strip())]
    for what, has_form in _FORMS.items():
        fitting = sum(map(has_form, texts))
        if texts and fitting >= LEAST * len(texts):
            return f"{fitting:,} of {len(texts):,} values have the form of {what}"
    return ""


def _is_phone(text: str) -> bool:
    """Digits of a telephone number with what people write between them: a plain number is an article's as well."""
    return bool(_PHONE.fullmatch(text)) and not text.isdigit()


def _is_iban(text: str) -> bool:
    """ISO 13616: moved to the end and read in base 36, the first four characters make a number that is 1 modulo 97."""
    plain = text.replace(" ", "")
    if not _IBAN.fullmatch(plain):
        return False
    return int("".join(str(int(each, 36)) for each in plain[4:] + plain[:4])) % 97 == 1


_FORMS: Final[Mapping[str, Callable[[str], bool]]] = {
    "an e-mail address": lambda text: bool(_EMAIL.fullmatch(text)),
    "a bank account (IBAN)": _is_iban,
    "a telephone number": _is_phone,
}
