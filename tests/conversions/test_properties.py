"""What every conversion promises, whatever it stores: checked for each kind of binding in the vector table.

A request's text is drawn by API type; what a binding cannot hold (`BadValue`) is not its business.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from app.conversions.base import ApiType, BadValue, Conversion, Issue, Stored
from tests.conversions.table import Group, groups


def kind(group: Group) -> tuple[object, ...]:
    """What bindings have in common that are worth one run: the same conversion of the same columns and options."""
    return group.conversion, group.type, tuple(column.base for column in group.columns), *group.options


KINDS: Final = {kind(group): group for group in groups()}.values()
CASES: Final = [(group, group.bind()) for group in KINDS]
BOUND: Final = [pytest.param(*case, id=str(case[0])) for case in CASES]
ORDERED: Final = [
    pytest.param(*case, id=str(case[0]))
    for case in CASES
    if case[1].keeps_order and case[0].type not in {"enum", "binary"}
]
INLINE: Final = [
    pytest.param(*case, id=str(case[0])) for case in CASES if case[1].inline(*map(str, case[0].columns)) is not None
]
MODEST: Final = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)

DAY: Final = date(2026, 1, 31)
CLOCKS: Final = st.integers(0, 1439).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}:00")
DAYS: Final = st.dates(date(1950, 1, 1), date(2039, 12, 31))
DECIMALS: Final = st.builds(
    lambda digits, places: f"{Decimal(digits).scaleb(-places):f}", st.integers(-(10**6), 10**6), st.integers(0, 4)
)
TEXTS: Final = st.text("ABCxyz 0189-/#&", max_size=8) | st.text("äöüßÄÖÜ ab", max_size=5)
REQUESTS: Final[Mapping[ApiType, st.SearchStrategy[str]]] = {
    "string": TEXTS | st.integers(0, 10**5).map(str) | st.uuids().map(str),
    "integer": st.integers(-(10**5), 10**5).map(str),
    "number": DECIMALS,
    "decimal": DECIMALS,
    "boolean": st.sampled_from(["true", "false"]),
    "enum": st.sampled_from(
        [
            "entered",
            "released",
            "draft",
            "piece",
            "kilogram",
            "DE",
            "CL",
            "planned",
            "held",
            "net-30",
            "cash",
            "X1",
            "7",
        ]
    ),
    "date": DAYS.map(date.isoformat),
    "month": DAYS.map(lambda day: day.isoformat()[:7]),
    "week": DAYS.map(lambda day: "{:04}-W{:02}".format(*day.isocalendar()[:2])),
    "time": CLOCKS,
    "datetime": st.builds(lambda day, clock: f"{day}T{clock}", DAYS, CLOCKS),
    "binary": st.binary(max_size=8).map(lambda content: base64.b64encode(content).decode()),
}
ORDERS: Final[Mapping[ApiType, Callable[[Any], Any]]] = {
    "decimal": Decimal,
    "integer": int,
    "datetime": lambda value: value[:19],  # the order is the wall clock's; drawn are whole minutes
}
JUNK: Final = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.decimals(), st.text(max_size=12), st.binary(max_size=12),
    st.dates(), st.times(), st.datetimes(), st.timedeltas(), st.uuids(), st.lists(st.integers(), max_size=2),
    st.just(10**400), st.just(Decimal("1E+999999")), st.just(object()), st.just("\uff19\uff19"), st.just("\x00"),
)  # fmt: skip


def held(conversion: Conversion, text: str) -> tuple[Any, Stored]:
    """The API value of a request's text and its stored form, if the binding can hold it."""
    try:
        value = conversion.parse(text)
        return value, conversion.write(value)
    except BadValue:
        assume(False)
        raise


def refusal(call: Callable[[], Any]) -> str | None:
    """What a refused call expected; None where it is not refused."""
    try:
        call()
    except BadValue as refused:
        return refused.expected
    return None


@pytest.mark.parametrize(("group", "conversion"), BOUND)
@given(data=st.data())
@MODEST
def test_decode_undoes_encode(group: Group, conversion: Conversion, data: st.DataObject) -> None:
    """What can be written reads as it was; its canonical spelling is a fixed point of parse."""
    value, stored = held(conversion, data.draw(REQUESTS[group.type]))
    assert conversion.decode(*stored) == value
    assert conversion.encode(value) == stored
    assert len(stored) == conversion.arity
    text = str(value).lower() if isinstance(value, bool) else str(value)
    assert conversion.parse(text) == value


@pytest.mark.parametrize(("group", "conversion"), BOUND)
@given(data=st.data())
@MODEST
def test_every_spelling_reads_alike(group: Group, conversion: Conversion, data: st.DataObject) -> None:
    """The spellings of a value begin with what is written, differ, and all read as the value."""
    value, stored = held(conversion, data.draw(REQUESTS[group.type]))
    spellings = conversion.spellings(value)
    assert spellings[0] == stored
    assert len(set(spellings)) == len(spellings)
    assert {conversion.decode(*spelling) for spelling in spellings} == {value}


@pytest.mark.parametrize(("group", "conversion"), ORDERED)
@given(data=st.data())
@MODEST
def test_encode_keeps_order(group: Group, conversion: Conversion, data: st.DataObject) -> None:
    """Where a conversion says so, stored values sort as the API values do: ranges and sorts are right."""
    low, low_stored = held(conversion, data.draw(REQUESTS[group.type]))
    high, high_stored = held(conversion, data.draw(REQUESTS[group.type]))
    order = ORDERS.get(group.type, lambda value: value)
    assert (order(low) < order(high)) == (low_stored < high_stored)


@pytest.mark.parametrize(("group", "conversion"), BOUND)
@given(data=st.data())
@MODEST
def test_decode_never_raises(group: Group, conversion: Conversion, data: st.DataObject) -> None:
    """Whatever a driver brings becomes JSON or an issue."""
    stored = data.draw(st.tuples(*[JUNK] * len(group.columns)))
    found = conversion.decode(*stored)
    if not isinstance(found, Issue):
        assert isinstance(found, str | int | float | None)
        json.dumps(found, allow_nan=False).encode()


def outcome(read: Callable[..., Any], stored: Stored) -> tuple[Any, type]:
    """The value and its type; of a failure its kind."""
    try:
        found = read(*stored)
    except Exception as failure:  # noqa: BLE001  # any failure sends a row to the slow way
        return type(failure), type
    return found, type(found)


@pytest.mark.parametrize(("group", "conversion"), INLINE)
@given(data=st.data())
@MODEST
def test_the_short_way_in_place_is_read(group: Group, conversion: Conversion, data: st.DataObject) -> None:
    """The expression that row functions hold gives what `read` gives, for the table's stored values and for any other."""
    names = [f"c{index}" for index in range(len(group.columns))]
    expression = conversion.inline(*names)
    in_place = eval(f"lambda {', '.join(names)}: {expression}", {"read": conversion.read})
    kept = st.sampled_from([vector.stored for vector in group.vectors])
    stored = data.draw(st.tuples(*[JUNK] * len(names)) | kept)
    assert outcome(in_place, stored) == outcome(conversion.read, stored)


@pytest.mark.parametrize(("group", "conversion"), BOUND)
@given(text=st.text(max_size=20) | st.sampled_from(["\x00", "\ud800", "1e999", "-0", "٣", " 1", "1_000", "NaN"]))
@MODEST
def test_parse_takes_or_refuses(group: Group, conversion: Conversion, text: str) -> None:
    """A request's text becomes an API value that can be written, or is refused by name; nothing else is raised."""
    del group
    assert refusal(lambda: conversion.write(conversion.parse(text))) != ""


@pytest.mark.parametrize(("group", "conversion"), BOUND)
def test_write_takes_or_refuses(group: Group, conversion: Conversion) -> None:
    """A value of a wrong type (a JSON body's, say) is refused by name; nothing else is raised."""
    for value in (5, 5.5, math.nan, True, "", "x", "\x00", [], {}, DAY, b"", Decimal(1), object()):
        found = refusal(partial(conversion.write, value))
        assert found != ""
        assert found is not None or isinstance(value, str | int | float), f"{group} wrote {value!r}"


WHOLE: Final = [
    pytest.param(*case, id=str(case[0]))
    for case in CASES
    if any(column.base == "decimal" and not column.scale for column in case[0].columns)
]


@pytest.mark.parametrize(("group", "conversion"), WHOLE)
@MODEST
@given(st.data())
def test_a_decimal_without_decimals_is_read_as_the_int_that_it_is(
    group: Group, conversion: Conversion, data: st.DataObject
) -> None:
    """Drivers bring either for DECIMAL(7,0); row functions make ints of them, so that both have to mean the same."""
    digits = [min(column.precision or 9, 15) for column in group.columns]
    stored = tuple(data.draw(st.integers(0, 10**size - 1)) for size in digits)
    assert conversion.decode(*map(Decimal, stored)) == conversion.decode(*stored)
