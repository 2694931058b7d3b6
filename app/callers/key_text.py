"""The text of an API key: how it is made, read, and hashed.

    bascule_4f9Zk2Qa_Vb0h…30 characters…x7Lq 1aB2c3

    bascule_     tells people, and programs that search for leaked secrets, what it is
    4f9Zk2Qa     its id: no secret, stands in logs and lists
    30 characters of base62, 178 bits by chance
    1aB2c3       CRC-32 of all before it: a slip of the pen is refused without asking anybody

In charge of that form, and of the keyed hash that is kept instead of the text. A key is no password: it cannot be guessed or
looked up in a list, so the hash may be a fast one. It must not know who a key belongs to.
"""

from __future__ import annotations

import hmac
import re
import secrets
import string
import zlib
from dataclasses import dataclass, field
from typing import Final

from app.state import State

PREFIX: Final = "bascule_"
ALPHABET: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase  # base62
LENGTH: Final = len(PREFIX) + 8 + 1 + 30 + 6

_FORM: Final = re.compile(rf"{PREFIX}([0-9A-Za-z]{{8}})_[0-9A-Za-z]{{36}}")
_PEPPER: Final = "pepper"  # what the state calls a pepper of its own making


@dataclass(frozen=True, slots=True)
class Minted:
    """A new key. `text` is for its owner and is kept nowhere."""

    text: str = field(repr=False)
    id: str
    hash: bytes = field(repr=False)


def mint(pepper: bytes) -> Minted:
    """A new key, by chance."""
    identifier = _chance(8)
    body = f"{PREFIX}{identifier}_{_chance(30)}"
    text = body + checksum(body)
    return Minted(text, identifier, hashed(text, pepper))


def _chance(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def checksum(body: str) -> str:
    """CRC-32 (as in zlib) of a text in base62, six digits, the greatest first."""
    rest, digits = zlib.crc32(body.encode("ascii")), ""
    for _ in range(6):
        rest, digit = divmod(rest, 62)
        digits = ALPHABET[digit] + digits
    return digits


def parse(text: str) -> str | None:
    """The id of a text that has the form of a key and the right checksum; None for any other."""
    found = _FORM.fullmatch(text)
    return found[1] if found and text[-6:] == checksum(text[:-6]) else None


def hashed(text: str, pepper: bytes) -> bytes:
    """What is kept of a key: HMAC-SHA-256 of its whole text. Without the pepper it does not even tell whether a text is it."""
    return hmac.digest(pepper, text.encode(), "sha256")


def pepper_of(setting: str, state: State) -> bytes:
    """The pepper that is set; else one of the state's own, which is then stolen together with the hashes. Raises StateError."""
    return setting.encode("utf-8", "surrogateescape") if setting else state.secret(_PEPPER)


def pepper_name(pepper: bytes) -> str:
    """Tells peppers apart, 32 bits of each: a key that was made with another one can be told from a forged one."""
    return hmac.digest(pepper, b"which pepper is this?", "sha256")[:4].hex()
