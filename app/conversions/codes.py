"""Codes: a map from what is stored to true and false, or to names; and the database's own booleans.

In charge of maps of codes. It must not know what else a column may hold.

Codes compare without trailing blanks; in a numeric column they are numbers. A blank text column is null, unless the map has
a code for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from adapters.port import ColumnType
from app.conversions.base import BadOption, BadValue, Binding, Conversion, DataIssue, Entry, Stored
from app.conversions.columns import OneColumn, sentinel, unpadded
from app.conversions.digits import NUMERIC, TEXTUAL
from app.conversions.text import CONTROLS, checked, cleaned
from app.shapes import nearest

CODES: Final = "codes"
UNKNOWN_CODE: Final = "unknown-code"
ISSUES: Final = {UNKNOWN_CODE: "The column holds a code that the field's map does not have."}
_TRUTH: Final = {"true": True, "false": False}
_CODE: Final = f"^[^{CONTROLS}]*[^{CONTROLS} ][^{CONTROLS}]*$"  # text that is not blank

_SYNTAX: Final = re.compile(r"[\\^$.*+?()\[\]{}|/]")  # ECMA 262's SyntaxCharacter, and the slash


class Codes(OneColumn):
    """One column of codes. `names` maps each stored code to its API value; the first code of a value is written."""

    name = CODES
    memo = True

    def __init__(self, binding: Binding, names: Mapping[Any, Any]) -> None:
        blank_is_null = binding.columns[0].base in TEXTUAL and "" not in names
        super().__init__(binding, ("",) if blank_is_null else ())
        both = [code for code in names if code in self._sentinels]
        if both:
            raise BadOption(f"the code {both[0]!r} stands in the map and among its nulls", "one of them")
        self.names = names
        self.codes: dict[Any, tuple[Stored, ...]] = {
            value: tuple((code,) for code, meaning in names.items() if meaning == value)
            for value in dict.fromkeys(names.values())
        }

    def _value(self, stored: Any) -> Any:
        code = unpadded(stored)
        return self.names[code] if code in self.names else self._unknown(code)

    def _unknown(self, code: Any) -> Any:
        """The value of a code that the map does not have. Raises DataIssue."""
        del code
        raise DataIssue(UNKNOWN_CODE)

    def _stored(self, value: Any) -> Any:
        return self.spellings(value)[0][0]


class Flag(Codes):
    """True and false, each as one code or several."""

    def __init__(self, binding: Binding) -> None:
        super().__init__(binding, _flags(binding))
        self.keeps_order = _in_order(self.codes[False], self.codes[True])

    def spellings(self, value: Any) -> tuple[Stored, ...]:
        """Every code of true, or of false."""
        return self.codes[_truth(value)]

    def parse(self, text: str) -> bool:
        """`true` or `false`."""
        return truth(text)

    @property
    def schema(self) -> dict[str, Any]:
        """A boolean."""
        return {"type": "boolean", "example": True}


class Enum(Codes):
    """A name for each code. With `open`, a code without a name is its own name."""

    keeps_order = False  # codes sort, names need not sort alike

    def __init__(self, binding: Binding) -> None:
        column = binding.columns[0]
        self.open = binding.open
        self.textual = column.base in TEXTUAL
        codes = {code: name for code, name in binding.options.items() if code != "nulls"}
        if not codes:
            raise BadOption("an enum needs its codes", '{"10": entered, "20": released}')
        super().__init__(binding, {_code(code, column): _word(name) for code, name in codes.items()})

    def spellings(self, value: Any) -> tuple[Stored, ...]:
        """Every code of a name."""
        known = self.codes.get(value) if isinstance(value, str) else None
        return known or ((self._open_code(value),),)

    def parse(self, text: str) -> str:
        """The name; with `open`, a code that has none, in its one spelling."""
        found: str = text if text in self.codes else self._shown(self._open_code(text))
        return found

    @property
    def schema(self) -> dict[str, Any]:
        """The names; with `open` they are but examples of what may come."""
        names = list(self.codes)
        if self.open:
            return {"type": "string", "examples": names, "example": names[0]}
        return {"type": "string", "enum": names, "example": names[0]}

    @property
    def request_schema(self) -> dict[str, Any]:
        """A name; with `open`, whatever can be a code as well."""
        if not self.open:
            return self.schema
        code: dict[str, Any] = {"type": "string", "pattern": _CODE if self.textual else "^-?[0-9]+$"}
        if self.textual and self.column.length is not None:
            code["maxLength"] = self.column.length
        named = [self._pattern(each) for each in self.names if str(each) not in self.codes]
        if named:
            code["not"] = {"pattern": f"^(?:{'|'.join(named)}) *$"}
        return {**self.schema, "anyOf": [{"type": "string", "enum": list(self.codes)}, code]}

    def _pattern(self, code: Any) -> str:
        """Every way to write a code that has a name, blanks after it aside; a request says the name."""
        if self.textual:
            return _SYNTAX.sub(r"\\\g<0>", code)
        return "-?0+" if code == 0 else f"{'-' if code < 0 else ''}0*{abs(code)}"

    def _unknown(self, code: Any) -> str:
        shown = self._shown(code) if self.open else ""
        if not shown or shown in self.codes:  # a code that is spelled as a name of another one
            raise DataIssue(UNKNOWN_CODE)
        return shown

    def _shown(self, code: Any) -> str:
        if self.textual:
            return cleaned(code)
        whole = int(code)
        if whole != code:
            raise DataIssue(UNKNOWN_CODE)
        return str(whole)

    def _open_code(self, value: Any) -> str | int:
        """The code that a value without a name is. Raises BadValue."""
        if not self.open or not isinstance(value, str):
            raise BadValue("one of " + ", ".join(self.codes), nearest(str(value), self.codes))
        code = checked(value, self.column.length if self.textual else None).rstrip(" ")
        try:
            stored = code if self.textual else int(code)
        except ValueError as fault:
            raise BadValue("a name, or a code that is a whole number", nearest(value, self.codes)) from fault
        if stored in self.names or not code:
            raise BadValue("the name of a code, where it has one", str(self.names.get(stored, "")))
        return stored


class NativeBoolean(OneColumn):
    """The database's own boolean, or bit."""

    name = "native"
    fallible = False

    def _value(self, stored: Any) -> bool:
        if stored not in (0, 1):
            raise DataIssue(UNKNOWN_CODE)
        return bool(stored)

    def _stored(self, value: Any) -> bool:
        return _truth(value)

    def parse(self, text: str) -> bool:
        """`true` or `false`."""
        return truth(text)

    @property
    def schema(self) -> dict[str, Any]:
        """A boolean."""
        return {"type": "boolean", "example": True}


def truth(text: str) -> bool:
    """`true` or `false`, as JSON spells them. Raises BadValue."""
    if text not in _TRUTH:
        raise BadValue("true or false", nearest(text, _TRUTH))
    return _TRUTH[text]


def bind_codes(binding: Binding) -> Conversion:
    """The map of codes of a boolean or an enum. Raises BadOption."""
    return Flag(binding) if binding.type == "boolean" else Enum(binding)


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadValue("true or false")
    return value


def _flags(binding: Binding) -> dict[Any, bool]:
    """Stored code → true or false. Raises BadOption."""
    options = {name: value for name, value in binding.options.items() if name != "nulls"}
    if set(options) != set(_TRUTH):
        unknown = sorted(set(options) - set(_TRUTH))
        problem = (
            f"a boolean has no value {unknown[0]!r}" if unknown else "a boolean needs codes for true and for false"
        )
        raise BadOption(problem, '{true: Y, false: [N, ""]}')
    found: dict[Any, bool] = {}
    for word, meaning in _TRUTH.items():
        codes = options[word] if isinstance(options[word], list | tuple) else [options[word]]
        if not codes:
            raise BadOption(f"a boolean needs a code for {word}", '{true: Y, false: [N, ""]}')
        for code in (_code(each, binding.columns[0]) for each in codes):
            if found.setdefault(code, meaning) is not meaning:
                raise BadOption(f"the code {code!r} means both true and false", "one of them")
    return found


def _code(written: Any, column: ColumnType) -> Any:
    """The stored code that a word of a map writes. Raises BadOption."""
    if isinstance(written, list | dict) or written is None:
        raise BadOption(f"{written!r} is no code", 'a code, such as Y or "10"')
    try:
        code = sentinel(_word(written), column)
    except BadOption as misfit:
        raise BadOption(f"the code {written!r} is no value of a column of type {column}") from misfit
    if isinstance(code, str) and column.length is not None and len(code) > column.length:
        raise BadOption(f"the code {written!r} does not fit a column of type {column}")
    return code


def _word(written: Any) -> str:
    """A word of the map as it was written: `true` is no Python name. Raises BadOption."""
    if isinstance(written, list | dict) or written is None:
        raise BadOption(f"{written!r} is no name of a code", 'one name for each code: {"10": entered}')
    return str(written).lower() if isinstance(written, bool) else str(written)


def _in_order(low: tuple[Stored, ...], high: tuple[Stored, ...]) -> bool:
    """Whether all codes of false sort before all of true, in ASCII and in EBCDIC: letters among letters, or digits."""
    below, above = [code for (code,) in low], [code for (code,) in high]
    alike = all(isinstance(code, int | Decimal) for code in below + above) or any(
        all(isinstance(code, str) and (not code or kind(code)) for code in below + above)
        for kind in (_letters, _digits)
    )
    return alike and max(below) < min(above)


def _letters(code: str) -> bool:
    return code.isascii() and code.isalpha() and code.isupper()


def _digits(code: str) -> bool:
    return code.isascii() and code.isdecimal()


ENTRIES: Final[tuple[Entry, ...]] = (
    Entry(
        name=CODES,
        summary='Codes for true and for false, one or a list each: {true: Y, false: [N, ""]}. Null by default: blanks in a '
        "text column, unless they are a code.",
        types=("boolean",),
        bind=bind_codes,
        bases=(*TEXTUAL, *NUMERIC),
    ),
    Entry(
        name=CODES,
        summary='A name for each code: {"10": entered, "20": released}. Several codes may have one name: a filter finds them '
        "all, the first one is written. Null by default: blanks in a text column, unless they are a code.",
        types=("enum",),
        bind=bind_codes,
        bases=(*TEXTUAL, *NUMERIC),
    ),
    Entry(
        name="native",
        summary="The database's own boolean, or bit.",
        types=("boolean",),
        bind=NativeBoolean,
        bases=("boolean",),
    ),
)
