"""The registry: every conversion by name, what the word `stored_as` may say, and how the two become a bound conversion.

In charge of `stored_as` as a whole. It must not know what any conversion does.

`stored_as` is a name (`cyymmdd`), a name with options (`{cyymmdd: {nulls: [0]}}`), a name with the value of its main option
(`{implied: 2}`), a map of codes (`{"10": entered}`, `{true: Y, false: N}`), or, for a datetime, a list of two of these.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, cast
from weakref import WeakValueDictionary

from adapters.port import ColumnType
from app.conversions import (
    codes,
    dates,
    faces,
    identifiers,
    lines,
    moments,
    natives,
    numbers,
    numerals,
    octets,
    overpunch,
    packed,
    periods,
    text,
    textual,
    times,
)
from app.conversions.base import ApiType, BadOption, Binding, Conversion, Entry
from app.conversions.datetimes import DateTimePair
from app.conversions.digits import NUMERIC
from app.conversions.stored_as import COMMON, StoredAs, plain_node
from app.shapes import Choice, Fault, Record, nearest

ENTRIES: Final[tuple[Entry, ...]] = (
    *dates.ENTRIES,
    *periods.ENTRIES,
    *times.ENTRIES,
    *natives.ENTRIES,
    *textual.ENTRIES,
    *numbers.ENTRIES,
    *overpunch.ENTRIES,
    *packed.ENTRIES,
    *numerals.ENTRIES,
    *text.ENTRIES,
    *lines.ENTRIES,
    *identifiers.ENTRIES,
    *codes.ENTRIES,
    *octets.ENTRIES,
)
ISSUES: Final[Mapping[str, str]] = {
    **moments.ISSUES,
    **faces.ISSUES,
    **packed.ISSUES,
    **overpunch.ISSUES,
    **text.ISSUES,
    **identifiers.ISSUES,
    **codes.ISSUES,
    "undecodable": "A value of a kind that the column cannot hold.",
}
"""Every code that `_issues` may show, with its explanation."""

STORED_AS: Final = StoredAs(ENTRIES, codes.CODES)
"""The shape of the word `stored_as`."""

OnIssue = Literal["null", "omit-row", "fail"]
_READS: Final = {"binary": "bytes", "char": "text", "varchar": "text", **dict.fromkeys(NUMERIC, "numbers")}
_PAIR: Final[tuple[ApiType, ApiType]] = ("date", "time")


@dataclass(frozen=True, slots=True)
class ConversionSpec:
    """What `stored_as` says of one conversion. `options` are as written; the value of a main option stands under its name."""

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    on_issue: OnIssue | None = None


def names(api_type: ApiType) -> tuple[str, ...]:
    """The conversions of a type, in alphabetical order."""
    return tuple(sorted(entry.name for entry in ENTRIES if api_type in entry.types))


def specs(api_type: ApiType, plain: Any) -> tuple[ConversionSpec, ...]:
    """What the plain value of `stored_as` says: one conversion, or the two of a list. Raises BadOption."""
    if not isinstance(plain, list | tuple):
        return (_spec(api_type, plain),)
    if api_type != "datetime" or len(plain) != 2:
        raise BadOption("a list of conversions is for a datetime", "two of them: [cyymmdd, hhmmss]")
    return tuple(_spec(part, each) for part, each in zip(_PAIR, plain, strict=True))


_BOUND: Final[MutableMapping[Hashable, Conversion]] = WeakValueDictionary()


def bind(
    api_type: ApiType,
    stored_as: Any,
    columns: Sequence[ColumnType],
    timezone: str = "UTC",
    open: bool = False,  # noqa: A002, FBT001, FBT002  # the contract's own word, passed as it stands
) -> Conversion:
    """The conversion of a field. `stored_as` is the plain YAML value. Raises BadOption.

    Fields that say the same share one while any of them lasts: a conversion of dates has a table of all its days.
    """
    said = (api_type, repr(stored_as), tuple(columns), timezone, open)
    found = _BOUND.get(said)
    if found is None:
        found = _BOUND[said] = _anew(api_type, stored_as, columns, timezone, open)
    return found


def _anew(api_type: ApiType, stored_as: Any, columns: Sequence[ColumnType], timezone: str, open: bool) -> Conversion:  # noqa: A002, FBT001  # as above
    found = specs(api_type, stored_as)
    if len(found) == 1:
        return _bound(found[0], Binding(api_type, tuple(columns), found[0].options, timezone, open))
    if len(columns) < 2:
        raise BadOption("two conversions need two columns at least", "columns: [a date column, a time column]")
    day, clock = (
        _bound(spec, Binding(part, tuple(part_columns), spec.options, timezone))
        for spec, part, part_columns in zip(found, _PAIR, (columns[:-1], columns[-1:]), strict=True)
    )
    return DateTimePair(day, clock, timezone)


def _spec(api_type: ApiType, plain: Any) -> ConversionSpec:
    if plain is None:
        return _native(api_type)
    if isinstance(plain, str):
        return ConversionSpec(plain)
    if not isinstance(plain, Mapping):
        raise BadOption(f"{plain!r} is no conversion", STORED_AS.expected)
    named = _named(api_type, plain)
    if named is None:
        return _parted(codes.CODES, plain)
    name, value = named
    return _parted(name, value if isinstance(value, Mapping) else _main_option(api_type, name, value))


def _native(api_type: ApiType) -> ConversionSpec:
    """What is meant where `stored_as` is left out."""
    if "native" not in names(api_type):
        hint = '{"10": entered, "20": released}' if api_type == "enum" else _choices(names(api_type))
        raise BadOption(f"{_a(api_type)} needs stored_as", f"stored_as: {hint}")
    return ConversionSpec("native")


def _named(api_type: ApiType, plain: Mapping[str, Any]) -> tuple[str, Any] | None:
    """The name and options of a map of one pair; None for a map of codes."""
    known = {entry.name for entry in ENTRIES}
    if len(plain) == 1:
        ((name, value),) = plain.items()
        served = name in names(api_type)
        if served or codes.CODES not in names(api_type):
            return name, value
        return (name, value) if isinstance(value, Mapping) else None
    found = next((name for name in plain if name in known), None)
    if found is not None and codes.CODES not in names(api_type):
        raise BadOption(f"more than one word stands beside {found}", f"the options go below it: {{{found}: {{…}}}}")
    return None


def _main_option(api_type: ApiType, name: str, value: Any) -> Mapping[str, Any]:
    """`{implied: 2}` is `{implied: {scale: 2}}`."""
    if value is None:
        return {}
    entry = next((entry for entry in ENTRIES if entry.name == name and api_type in entry.types), None)
    if entry is None:
        return {}  # an unknown name: `_entry` says so
    if not entry.short:
        raise BadOption(f"{name} has no option that a bare {value!r} could be", _choices((*entry.options, *COMMON)))
    return {entry.short: value}


def _parted(name: str, options: Mapping[str, Any]) -> ConversionSpec:
    """The spec of a conversion, `on_issue` apart from its options. Raises BadOption."""
    rest = {word: value for word, value in options.items() if word != "on_issue"}
    if "on_issue" not in options:
        return ConversionSpec(name, rest)
    return ConversionSpec(name, rest, cast("OnIssue", _common("on_issue", options["on_issue"])))


def _bound(spec: ConversionSpec, binding: Binding) -> Conversion:
    entry = _entry(spec.name, binding.type)
    if entry.arity != 1 and len(binding.columns) < 2:
        raise BadOption(f"{entry.name} reads two columns or more, not one", "columns: [C1, C2]")
    if entry.arity is not None and len(binding.columns) != entry.arity:
        hint = "stored_as: [cyymmdd, hhmmss], one for each column" if binding.type == "datetime" else "column: C1"
        raise BadOption(f"{entry.name} reads one column, not {len(binding.columns)}", hint)
    _check_columns(entry, binding)
    return entry.bind(Binding(binding.type, binding.columns, _options(entry, spec), binding.timezone, binding.open))


def _entry(name: str, api_type: ApiType) -> Entry:
    """The registered conversion. Raises BadOption."""
    found = [entry for entry in ENTRIES if entry.name == name]
    serving = next((entry for entry in found if api_type in entry.types), None)
    if serving is not None:
        return serving
    pair = ", or two over two columns: [cyymmdd, hhmmss]" if api_type == "datetime" else ""
    choices = f"for {api_type}: {_choices(names(api_type))}{pair}"
    if not found:
        raise BadOption(f"there is no conversion {name!r}", nearest(name, names(api_type)) or choices)
    stored = " or ".join(_a(each) for entry in found for each in entry.types)
    raise BadOption(f"{name} stores {stored}, not {_a(api_type)}", choices)


def _check_columns(entry: Entry, binding: Binding) -> None:
    """Raise BadOption where a column is of a type that the conversion does not read."""
    for column in binding.columns:
        if entry.bases and column.base not in entry.bases:
            reads = " or ".join(dict.fromkeys(_READS.get(base, base) for base in entry.bases))
            others = sorted(
                other.name for other in ENTRIES if binding.type in other.types and column.base in other.bases
            )
            hint = f"for {binding.type} in {column}: {_choices(others)}" if others else ""
            raise BadOption(f"{entry.name} reads {reads}; the column is {column}", hint)


def _options(entry: Entry, spec: ConversionSpec) -> Mapping[str, Any]:
    """The options of a conversion, checked against its shape. Raises BadOption."""
    if entry.name == codes.CODES:
        return {name: _common(name, value) if name == "nulls" else value for name, value in spec.options.items()}
    words = {word: Choice(shape, "") for word, shape in {**entry.options, "nulls": COMMON["nulls"]}.items()}
    checked: Mapping[str, Any] = _checked(Record(words, entry.name), spec.options)
    return checked


def _common(word: str, value: Any) -> Any:
    """The value of an option that every conversion takes. Raises BadOption."""
    return _checked(Record({word: Choice(COMMON[word], "")}), {word: value})[word]


def _checked(shape: Record, plain: Any) -> Any:
    """A plain value as a shape reads it. Raises BadOption for its first fault."""
    faults: list[Fault] = []
    node = plain_node(plain)
    value = shape.check(node, faults.append)
    if not faults:
        return value
    first = faults[0]
    word = next((word for word in plain if node.at(word) == first.place), "")
    message = f"{word}: {first.message}; expected {first.expected}" if first.expected else first.message
    raise BadOption(message, first.hint)


def _choices(words: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(words))


def _a(api_type: str) -> str:
    return f"{'an' if api_type[0] in 'aeiou' else 'a'} {api_type}"
