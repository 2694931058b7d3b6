"""Bytes that are no text: base64 to clients.

In charge of binary values. It must not know what the bytes are.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final

from app.conversions.base import BadValue, Entry
from app.conversions.columns import BYTES, OneColumn


class NativeBytes(OneColumn):
    """Bytes as base64 (RFC 4648, section 4), with padding."""

    name = "native"
    fallible = False

    def _value(self, stored: Any) -> str:
        return base64.b64encode(stored).decode("ascii")

    def _stored(self, value: Any) -> bytes:
        stored = _decoded(value)
        if self.column.length is not None and len(stored) > self.column.length:
            raise BadValue(f"at most {self.column.length} bytes as base64")
        return stored

    def parse(self, text: str) -> str:
        """The base64 text, in its one spelling."""
        return base64.b64encode(_decoded(text)).decode("ascii")

    @property
    def schema(self) -> dict[str, Any]:
        """Base64, as JSON Schema says it."""
        schema: dict[str, Any] = {"type": "string", "contentEncoding": "base64", "example": "AAAAAAAAB9E="}
        length = self.column.length
        return schema if length is None else {**schema, "maxLength": (length + 2) // 3 * 4}


def _decoded(text: Any) -> bytes:
    if not isinstance(text, str):
        raise BadValue("bytes as base64")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as fault:
        raise BadValue("bytes as base64") from fault


ENTRIES: Final[tuple[Entry, ...]] = (
    Entry(
        name=NativeBytes.name,
        summary="Bytes, as base64.",
        types=("binary",),
        bind=NativeBytes,
        bases=BYTES,
    ),
)
