"""The gateway's address in what is rendered: a file is made once, and says to whoever asks where it was asked.

In charge of the places where an address stands: a file is made for a gateway at `PLACE`, cut there, and joined around another address
whenever it is sent. How an address is written, the file's format says. It must not know what else is in a file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from secrets import token_hex
from typing import Final

import zstandard

PLACE: Final = f"https://{token_hex(16)}.invalid"  # drawn anew by each process: no text of a contract is it
LEVEL: Final = 1  # of zstd: a large document takes a fortieth of its room, within a fifth of a second

Writer = Callable[[str], bytes]
"""What stands in a file for an address."""


@dataclass(frozen=True, slots=True)
class Addressed:
    """A file for any address: parts, compressed, and what is written between them.

    `digest` names all of it but the address, in every process; `size` is how many bytes it takes.
    """

    parts: tuple[bytes | Writer, ...]
    digest: str
    size: int

    def at(self, address: str) -> list[bytes]:
        """The file for a gateway at `address`, in parts."""
        return [zstandard.decompress(part) if isinstance(part, bytes) else part(address) for part in self.parts]

    def tag(self, address: str) -> str:
        """What tells the file from every other file, and from itself at another address."""
        return hashlib.sha256(f"{self.digest} {address}".encode()).hexdigest()[:32]


def cut(made: bytes, written: Mapping[str, Callable[[str], str]]) -> Addressed:
    """A file that was made for `PLACE`, at the texts that are `written` otherwise elsewhere."""
    parts: list[bytes | Writer] = [made]
    for text, write in written.items():
        parts = [each for part in parts for each in _cut(part, text, write)]
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part if isinstance(part, bytes) else b"\0")
    kept = tuple(zstandard.compress(part, LEVEL) if isinstance(part, bytes) else part for part in parts)
    return Addressed(kept, digest.hexdigest(), sum(len(part) for part in kept if isinstance(part, bytes)))


def _cut(part: bytes | Writer, text: str, write: Callable[[str], str]) -> list[bytes | Writer]:
    """The part, with an address in place of the text."""
    if not isinstance(part, bytes):
        return [part]
    first, *rest = part.split(text.encode())
    return [first, *(each for later in rest for each in (lambda address: write(address).encode(), later))]


def in_json(made: bytes) -> Addressed:
    """A JSON document that was made for `PLACE`."""
    return cut(made, {as_json(PLACE): as_json})


def as_json(address: str) -> str:
    """An address as JSON has it."""
    return json.dumps(address, ensure_ascii=False)
