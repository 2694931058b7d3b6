"""Text: as a column has it, in code pages, right-justified, and numbers that are really codes.

In charge of padding, control characters and code pages. It must not know maps of codes (codes), identifiers
(identifiers), or text over several columns (lines).

Trailing blanks are padding, and control characters other than tab and line ends are what programs and translations left
behind: neither is part of a value. Text of blanks alone is "", or null where the option `blank` says so.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from codecs import charmap_decode
from typing import Any, Final

from app.conversions.base import BadOption, BadValue, Binding, Conversion, DataIssue, Entry, Stored
from app.conversions.codepages import CCSID_SHAPE, EBCDIC, codec, is_total
from app.conversions.columns import BYTES, OneColumn, octets
from app.conversions.digits import NUMERIC, TEXTUAL
from app.conversions.identifiers import Uuid
from app.conversions.numbers import DIGITS_SHAPE, exact
from app.shapes import Whole, Word

NOT_TEXT: Final = "not-text"
NOT_DIGITS: Final = "not-digits"
TOO_MANY_DIGITS: Final = "too-many-digits"
ISSUES: Final = {
    NOT_TEXT: "The bytes or characters are none of the code page.",
    NOT_DIGITS: "Something other than digits stands in a code of digits: a sign, a fraction, letters.",
    TOO_MANY_DIGITS: "The number has more digits than the field's `digits`.",
}
BLANK_SHAPE: Final = Word({"keep": 'Blanks are "".', "null": "Blanks are null."})
_BLANK_BYTE: Final = b"\x40"
LENGTH_SHAPE: Final = Whole(1, 32_000)
PADDING: Final = " \u3000"  # U+3000 pads GRAPHIC columns

_CONTROLS: Final = {
    **{code: None for code in range(32) if chr(code) not in "\t\n\r"},
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),  # half of a character: JSON cannot say it
}
CONTROLS: Final = r"\u0000-\u0008\u000B\u000C\u000E-\u001F"
"""The control characters that are part of no value, as a regular expression writes them between brackets."""
REQUESTED: Final = f"^[^{CONTROLS}]*$"
"""The pattern of text that a request may write."""
_NOT_BLANK: Final = f"^[^{CONTROLS}]*[^{CONTROLS}{PADDING}][^{CONTROLS}]*$"
_REFUSED: Final = re.compile(rf"[{CONTROLS}\ud800-\udfff]")
_EXPECTED: Final = "text without NUL and other control characters"


def cleaned(text: str) -> str:
    """Text without control characters (U+0000 to U+001F, but tab and line ends stay)."""
    return text if text.isprintable() else text.translate(_CONTROLS)


def checked(value: Any, length: int | None) -> str:
    """A value of a request that a column of `length` characters could hold. Raises BadValue."""
    if not isinstance(value, str) or _REFUSED.search(value):
        raise BadValue(_EXPECTED)
    if length is not None and len(value) > length:
        raise BadValue(f"text of at most {length} characters")
    return value


class TextColumn(OneColumn):
    """One column of text. Subclasses say how characters become stored ones."""

    def __init__(self, binding: Binding, blank: Any = "") -> None:
        """Bind; `blank` is the stored form of blanks."""
        self.blank_is_null = binding.options.get("blank") == "null"
        super().__init__(binding, fixed_nulls=(blank,) if self.blank_is_null else ())
        self.length = self.column.length

    @abstractmethod
    def _text(self, stored: Any) -> str:
        """The characters of a stored value, padding and all. Raises DataIssue."""

    def _value(self, stored: Any) -> str | None:
        text = self._trimmed(cleaned(self._text(stored)))
        return None if self.blank_is_null and not text else text

    def parse(self, text: str) -> str:
        """The text without padding."""
        return self._trimmed(checked(text, self.length))

    @property
    def schema(self) -> dict[str, Any]:
        """A string, as long as the column."""
        return text_schema(self.length)

    @property
    def request_schema(self) -> dict[str, Any]:
        """The same, without control characters, and not blank where blanks are null."""
        return {**self.schema, "pattern": _NOT_BLANK if self.blank_is_null else REQUESTED}

    def _trimmed(self, text: str) -> str:
        return text.rstrip(PADDING)


class Native(TextColumn):
    """Text as the column has it."""

    name = "native"
    fallible = False
    searchable = True

    def read(self, stored: Any) -> str | None:
        """The text. The short way is for columns without sentinels."""
        if type(stored) is str and not self._sentinels and stored.isprintable():
            return stored.rstrip(" ")
        found: str | None = super().read(stored)
        return found

    def inline(self, *names: str) -> str | None:
        """The short way, in place."""
        (name,) = names
        short = f"{name}.rstrip(' ') if {name}.__class__ is str and {name}.isprintable() else read({name})"
        return None if self._sentinels or self.blank_is_null else short

    def _text(self, stored: Any) -> str:
        text: str = stored
        return text

    def _stored(self, value: Any) -> str:
        return self.parse(value)


class RightJustified(TextColumn):
    """Text that ends where its column ends. Ranges are refused: in stored order `9` comes before `10`."""

    name = "right_justified"
    keeps_order = False
    fallible = False

    def __init__(self, binding: Binding) -> None:
        super().__init__(binding)
        self.length = binding.options.get("length", self.column.length)
        if self.length is None:
            raise BadOption("right_justified needs the length, which the column does not say", "{right_justified: 8}")
        if self.column.length is not None and self.length > self.column.length:
            raise BadOption(f"length: {self.length} characters do not fit a column of type {self.column}")

    def _text(self, stored: Any) -> str:
        text: str = stored
        return text

    def _stored(self, value: Any) -> str:
        text = self.parse(value)
        return text.rjust(self.length or 0) if text else text

    def _trimmed(self, text: str) -> str:
        return text.strip(PADDING)

    def _key(self, stored: Any) -> Any:
        return stored.strip(PADDING)


class Ebcdic(TextColumn):
    """The bytes of text in a code page: a column with CCSID 65535, or FOR BIT DATA."""

    name = "ebcdic"
    keeps_order = False  # the order of a code page is not that of Unicode

    def __init__(self, binding: Binding) -> None:
        self.codec = codec(binding.options.get("ccsid", binding.columns[0].ccsid), "ccsid", EBCDIC)
        self.fallible = not is_total(self.codec)
        self.width = binding.columns[0].length or 0
        super().__init__(binding, _BLANK_BYTE * self.width)
        self._table = "" if self.fallible or self._sentinels else bytes(range(256)).decode(self.codec)

    def read(self, stored: Any) -> str | None:
        """The text. The short way is for code pages of 256 characters: one look-up in C a byte, no codec object."""
        if self._table and type(stored) is bytes:
            trimmed = stored.rstrip(_BLANK_BYTE)
            if not trimmed:
                return ""
            text, _ = charmap_decode(trimmed, "strict", self._table)
            if text.isprintable():
                return text.rstrip(PADDING)
        found: str | None = super().read(stored)
        return found

    def _text(self, stored: Any) -> str:
        try:
            return octets(stored).decode(self.codec)
        except UnicodeDecodeError as fault:
            raise DataIssue(NOT_TEXT) from fault

    def _stored(self, value: Any) -> bytes:
        return encoded(self.parse(value), self.codec).ljust(self.width, _BLANK_BYTE)

    def spellings(self, value: Any) -> tuple[Stored, ...]:
        """Padded with X'40' to the column's length, and as it is: whether bytes are padded, a column does not say."""
        (stored,) = self.write(value)
        return tuple(dict.fromkeys(((stored,), (stored.rstrip(_BLANK_BYTE),))))

    def _key(self, stored: Any) -> bytes:
        return octets(stored).rstrip(_BLANK_BYTE)


class Misread(TextColumn):
    """Text whose code page carries a wrong number: what was read as one is encoded back, and read as the other."""

    name = "misread"
    keeps_order = False  # the order of one code page is not that of the other

    def __init__(self, binding: Binding) -> None:
        self.tagged = codec(binding.options.get("as"), "as")
        self.really = codec(binding.options.get("really"), "really")
        self.fallible = not (is_total(self.tagged) and is_total(self.really))
        super().__init__(binding)

    def _text(self, stored: Any) -> str:
        try:
            text: str = stored.encode(self.tagged).decode(self.really)
        except UnicodeError as fault:
            raise DataIssue(NOT_TEXT) from fault
        return text

    def _stored(self, value: Any) -> str:
        try:
            return encoded(self.parse(value), self.really).decode(self.tagged)
        except UnicodeDecodeError as fault:
            raise BadValue(f"text that code page {self.tagged} can hold") from fault


class DigitString(OneColumn):
    """A code of digits that a numeric column keeps without its leading zeros, or a text column with them."""

    name = "integer"

    def __init__(self, binding: Binding) -> None:
        column = binding.columns[0]
        self.textual = column.base in TEXTUAL
        length = column.length if self.textual else column.precision
        usual = None if column.base == "integer" else length  # an integer's size says nothing of the code in it
        digits = binding.options.get("digits", usual)
        if digits is None:
            raise BadOption("integer needs the number of digits, which the column does not say", "{integer: 7}")
        if length is not None and digits > length:
            raise BadOption(f"digits: {digits} do not fit a column of type {column}", f"at most {length}")
        self.digits: int = digits
        super().__init__(binding, ("",) if self.textual else ())
        self._request = re.compile(rf"[0-9]{{1,{digits}}}\Z")
        self._limit = 10**digits

    def read(self, stored: Any) -> str | None:
        """The digits, leading zeros first. The short way is for what most drivers bring."""
        if type(stored) is int and 0 <= stored < self._limit and not self._sentinels:
            return str(stored).zfill(self.digits)
        found: str | None = super().read(stored)
        return found

    def inline(self, *names: str) -> str | None:
        """The short way, in place."""
        (name,) = names
        short = f"str({name}).zfill({self.digits}) if {name}.__class__ is int and 0 <= {name} < {self._limit} else read({name})"
        return None if self._sentinels else short

    def _value(self, stored: Any) -> str:
        text = stored.strip(" ") if isinstance(stored, str) else _whole(stored, self.digits)
        if not (text.isascii() and text.isdecimal()):
            raise DataIssue(NOT_DIGITS)
        if len(text) > self.digits:
            raise DataIssue(TOO_MANY_DIGITS)
        return text.zfill(self.digits)

    def _stored(self, value: Any) -> str | int:
        digits = self.parse(value)
        return digits if self.textual else int(digits)

    def parse(self, text: Any) -> str:
        """All digits; leading zeros may be left out."""
        if not isinstance(text, str) or not self._request.match(text):
            raise BadValue("digits" if self.digits > 60 else f"at most {self.digits} digits")
        return text.zfill(self.digits)

    @property
    def schema(self) -> dict[str, Any]:
        """A string of digits."""
        example = "4711".zfill(self.digits)[-self.digits :]
        return {"type": "string", "pattern": f"^[0-9]{{1,{self.digits}}}$", "example": example}


def _whole(stored: Any, digits: int) -> str:
    """The text of a number without decimals. Raises DataIssue."""
    number = exact(stored)
    if number != number.to_integral_value():
        raise DataIssue(NOT_DIGITS)
    if number.adjusted() >= digits:
        raise DataIssue(TOO_MANY_DIGITS)
    return str(int(number))


def encoded(text: str, name: str) -> bytes:
    """Text in a code page. Raises BadValue where it has no byte for a character."""
    try:
        return text.encode(name)
    except UnicodeEncodeError as fault:
        raise BadValue(f"text that code page {name.removeprefix('cp')} can hold") from fault


def text_schema(length: int | None) -> dict[str, Any]:
    """A string of at most so many characters."""
    schema: dict[str, Any] = {"type": "string", "example": "Bolt M8"[:length].rstrip()}
    return schema if length is None else {**schema, "maxLength": length}


def native_string(binding: Binding) -> Conversion:
    """`native` for a string: the column's type decides. Raises BadOption."""
    return Uuid(binding) if binding.columns[0].base == "uuid" else Native(binding)


_BLANK: Final = {"blank": BLANK_SHAPE}
ENTRIES: Final[tuple[Entry, ...]] = (
    Entry(
        name=Native.name,
        summary='Text as the column has it, without trailing blanks and control characters. Blanks are "" unless '
        "`blank` says null. A column of the database's own UUID type is read as `uuid`.",
        types=("string",),
        bind=native_string,
        options=_BLANK,
        bases=(*TEXTUAL, "uuid"),
    ),
    Entry(
        name=DigitString.name,
        summary="A code of digits: 4711 with `digits` 7 is 0004711. Left out, `digits` is what the column holds. "
        "Null by default: blanks in a text column.",
        types=("string",),
        bind=DigitString,
        options={"digits": DIGITS_SHAPE},
        short="digits",
        bases=(*NUMERIC, *TEXTUAL),
    ),
    Entry(
        name=RightJustified.name,
        summary="Text that ends where the column ends, as keys often do: blanks are taken off both sides, and put before "
        "the value of a filter. `length` is the column's if left out.",
        types=("string",),
        bind=RightJustified,
        options={"length": LENGTH_SHAPE, **_BLANK},
        short="length",
        bases=TEXTUAL,
    ),
    Entry(
        name=Ebcdic.name,
        summary="Bytes that are text in the EBCDIC code page `ccsid` (a column of CCSID 65535, or FOR BIT DATA).",
        types=("string",),
        bind=Ebcdic,
        options={"ccsid": CCSID_SHAPE, **_BLANK},
        short="ccsid",
        bases=BYTES,
    ),
    Entry(
        name=Misread.name,
        summary="Text that was translated from the wrong code page: the column is tagged `as` one, and is `really` another.",
        types=("string",),
        bind=Misread,
        options={"as": CCSID_SHAPE, "really": CCSID_SHAPE, **_BLANK},
        bases=TEXTUAL,
    ),
)
