"""The text of an order link: sealed, so that it can be neither guessed, nor changed, nor read.

    bascule_l_ q83vEjRWeJq83vEj Vb0h…x7Lq1aB2c3

    bascule_l_       tells people, and programs that search for leaked secrets, what it is
    16 characters    its id: 96 bits by chance, and the nonce of what follows
    the rest         what it says, encrypted and authenticated (AES-256-GCM, NIST SP 800-38D); all of it base64url

A signature alone would do against changes. But a link says more than it shows: the key of its item, the claims that scope its
row, the scopes of its fields. Its holder was promised the fields and nothing else, so the rest is encrypted; one standard
construction does both. 96 random bits meet again after 2^48 links; the standard's own bound for random nonces is 2^32.

In charge of that form. It must not know what a link means.
"""

from __future__ import annotations

import base64
import re
import secrets
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PREFIX: Final = "bascule_l_"
LONGEST: Final = 4096  # characters: a text that is longer is no link

_NONCE: Final = 12  # bytes
_BOUND: Final = PREFIX.encode()  # what the seal also covers: nothing else that is sealed with this secret is a link
_FORM: Final = re.compile(
    rf"{PREFIX}([A-Za-z0-9_-]{{38,}})"
)  # nonce and tag are 38 characters; a decoder passes over what is none
_IDENTIFIER: Final = re.compile(r"[0-9a-f]{24}")


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a text turned out to hold."""

    id: str
    said: Any = field(repr=False)


class Seal:
    """Makes and opens texts with one secret of 32 bytes, which serves nothing else. Safe for threads and forks."""

    def __init__(self, secret: bytes) -> None:
        self._cipher = AESGCM(secret)

    def close(self, said: Any) -> tuple[str, str]:
        """The id and the text of a new link that says this, a value of JSON."""
        nonce = secrets.token_bytes(_NONCE)
        sealed = nonce + self._cipher.encrypt(nonce, orjson.dumps(said), _BOUND)
        return nonce.hex(), PREFIX + base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def open(self, text: str) -> Sealed | None:
        """What a text says; None for one that was not made here, or is not letter for letter as it was made."""
        raw = _decoded(text)
        if raw is None:
            return None
        nonce = raw[:_NONCE]
        try:
            return Sealed(nonce.hex(), orjson.loads(self._cipher.decrypt(nonce, raw[_NONCE:], _BOUND)))
        except InvalidTag:
            return None


def _decoded(text: str) -> bytes | None:
    """The bytes of a text; None where it is no link, or spells those bytes in another way than `close` does."""
    found = _FORM.fullmatch(text) if len(text) <= LONGEST else None
    if found is None or len(found[1]) % 4 == 1:
        return None
    raw = base64.urlsafe_b64decode(found[1] + "=" * (-len(found[1]) % 4))
    return raw if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == found[1] else None


def identifier(said: str) -> str:
    """The id that a person means who gives the id, `link:` and the id as the audit has it, the text, or the whole address.

    What is none of these comes back as it is.
    """
    text = said.rpartition("/")[2]
    raw = _decoded(text)
    if raw is not None:
        return raw[:_NONCE].hex()
    plain = text.removeprefix("link:")
    return plain if _IDENTIFIER.fullmatch(plain) else said
