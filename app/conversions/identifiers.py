"""UUIDs, whatever a column keeps them as.

In charge of the spellings of a UUID. It must not know any other text.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from app.conversions.base import BadOption, BadValue, Binding, DataIssue, Entry, Stored
from app.conversions.columns import BYTES, OneColumn, octets
from app.conversions.digits import TEXTUAL

NOT_A_UUID: Final = "not-a-uuid"
ISSUES: Final = {NOT_A_UUID: "The column holds something that is no UUID."}
_EXAMPLE: Final = "3f2b8c1e-5d47-4a90-9c36-7e1f0a2b4c5d"
_FORMS: Final = {32: "{0.hex}", 36: "{0}", 38: "{{{0}}}"}  # by the length of a char column


class Uuid(OneColumn):
    """A UUID, in lower case with hyphens. In text either case is found, if a column does not mix them in one value."""

    name = "uuid"

    def __init__(self, binding: Binding) -> None:
        column = binding.columns[0]
        self.base = column.base
        if column.base in BYTES and (column.length or 16) < 16:
            raise BadOption(f"a column of type {column} is too short for a UUID", "16 bytes")
        length = column.length if column.base in TEXTUAL and column.length is not None else 36
        if length < 32:
            raise BadOption(f"a column of type {column} is too short for a UUID", "32, 36 or 38 characters")
        form = max(known for known in _FORMS if known <= length) if column.base == "char" else 36 if length > 35 else 32
        self._form = _FORMS[form].format
        self.keeps_order = column.base in BYTES  # text mixes cases; SQL Server sorts uniqueidentifier by its end
        self.fallible = column.base != "uuid"
        super().__init__(binding, ("",) if column.base in TEXTUAL else ())

    def _value(self, stored: Any) -> str:
        if type(stored) is UUID:
            return str(stored)
        try:
            return str(UUID(stored.strip(" ")) if isinstance(stored, str) else UUID(bytes=octets(stored)))
        except (ValueError, TypeError) as fault:
            raise DataIssue(NOT_A_UUID) from fault

    def _stored(self, value: Any) -> str | bytes | UUID:
        found = _parsed(value)
        if self.base == "uuid":
            return found
        return found.bytes if self.base in BYTES else self._form(found)

    def spellings(self, value: Any) -> tuple[Stored, ...]:
        """In text: lower case, and upper case."""
        (stored,) = self.write(value)
        return ((stored,), (stored.upper(),)) if isinstance(stored, str) else ((stored,),)

    def parse(self, text: str) -> str:
        """Lower case, with hyphens."""
        return str(_parsed(text))

    @property
    def schema(self) -> dict[str, Any]:
        """A UUID (RFC 9562)."""
        return {"type": "string", "format": "uuid", "example": _EXAMPLE}


def _parsed(value: Any) -> UUID:
    """The UUID of a request: 32 hexadecimal digits with the hyphens of RFC 9562, in either case."""
    try:
        found = UUID(value)
    except (ValueError, TypeError, AttributeError):
        found = None
    if found is None or str(found) != value.lower():
        raise BadValue("a UUID", "" if found is None else str(found))
    return found


ENTRIES: Final[tuple[Entry, ...]] = (
    Entry(
        name=Uuid.name,
        summary="A UUID in a column of that type, in 16 bytes, or in text of either case, with or without hyphens and "
        "braces. Null by default: blanks in a text column.",
        types=("string",),
        bind=Uuid,
        bases=("uuid", *TEXTUAL, *BYTES),
    ),
)
