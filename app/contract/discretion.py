"""Discretion: texts without the secrets of a contract. A driver may repeat what it was given, and whoever reads a log is not told.

In charge of what is secret, of the forms in which it comes back, and of taking it out. It must not know who speaks, nor who listens.

Secret is what the contract may not say in clear (`app.contract.secrets`): words that a kind calls secret, and passwords in URLs and
connection strings. Addresses and users that come by `${…}` as well are not: what a source failed with would tell nobody anything
without them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final
from urllib.parse import quote, quote_plus, unquote

from adapters.port import Kind
from app.contract.model import Contract
from app.contract.secrets import PASSWORDS

HIDDEN: Final = "•••"
SHORTEST: Final = 4  # characters
_NOTHING: Final = "(?!)"  # a pattern that fits nowhere


def discretion(contract: Contract, kinds: Mapping[str, Kind]) -> Callable[[str], str]:
    """What takes the contract's secrets out of a text.

    A secret is found wherever it stands, in any case, as it is or as an address, a connection string, JSON or Python would
    write it. One that is shorter than SHORTEST would take ordinary words with it: it is found behind its name alone, as whatever
    stands there (`PWD=…`, `://user:…@`); behind the former also where a driver has cut it in half.
    """
    forms = {form for secret in _secrets(contract, kinds) for form in _forms(secret) if len(form) >= SHORTEST}
    longest_first = sorted(forms, key=lambda form: (-len(form), form))
    known = re.compile("|".join(map(re.escape, longest_first)) or _NOTHING, re.IGNORECASE)

    def discreet(text: str) -> str:
        text = known.sub(HIDDEN, text)
        for pattern in PASSWORDS:
            text = pattern.sub(_without_password, text)
        return text

    return discreet


def _secrets(contract: Contract, kinds: Mapping[str, Kind]) -> Iterator[str]:
    """The values that may not be said, as they stand where the contract has them."""
    for spec in contract.sources.values():
        for option in kinds[spec.kind].options:
            value = spec.options.get(option.name, "")
            yield from [value] if option.secret else _passwords(value)
    for url in (contract.state, contract.cache.shared):
        yield from _passwords(url)


def _passwords(text: str) -> Iterator[str]:
    """The passwords in a URL or a connection string, as they stand there, and in no quotes or braces."""
    for pattern in PASSWORDS:
        for found in pattern.finditer(text):
            yield found["password"]
            yield found["password"].strip("{}'\"").replace("}}", "}")


def _forms(secret: str) -> Iterator[str]:
    """What a secret may look like when it comes back: as it is, of a URL, in braces (ODBC), in quotes (libpq), in JSON, as a literal."""
    for plain in (secret, unquote(secret)):
        yield plain
        yield quote(plain, safe="")
        yield quote_plus(plain)
        yield plain.replace("}", "}}")
        yield plain.replace("\\", "\\\\").replace("'", "\\'")
        yield json.dumps(plain)[1:-1]
        yield repr(plain)[1:-1]


def _without_password(found: re.Match[str]) -> str:
    start, end = (place - found.start() for place in found.span("password"))
    return found[0][:start] + HIDDEN + found[0][end:]
