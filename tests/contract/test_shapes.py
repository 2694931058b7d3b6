"""Shapes: what each takes, what it says, and that its JSON Schema agrees."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it ships no types

from app.contract.quantities import DATE, DURATION, SIZE, ZONE
from app.shapes import (
    Anything,
    Choice,
    Either,
    Fault,
    Flag,
    Listing,
    Mapping_,
    Number,
    Record,
    Scalar,
    Shape,
    Text,
    Whole,
    Word,
    nearest,
)
from tests.contract.test_files import parsed

NAME = Text("a name", "[a-z]+", quoted=True)
PAIR = Record(
    {
        "a": Choice(Whole(1, 9), "The first.", required=True),
        "b": Choice(Flag(), "The second."),
        "c": Choice(Flag(), "The third."),
        "later": Choice(Anything(), "", reserved="what comes later"),
    },
    "a pair",
    at_most_one=("b", "c"),
)
ONE = Record({"a": Choice(Flag(), ""), "b": Choice(Flag(), "")}, "a choice", one_of=("a", "b"))
EITHER = Either((Whole(), Listing(Whole())), lambda node: 1 if isinstance(node.value, list) else 0)

TAKEN: list[tuple[Shape, str, Any]] = [
    (Anything(), "{a: [1, null]}", {"a": [1, None]}),
    (Text(), "x", "x"),
    (Text(), "007", "007"),
    (Text(), "1.50", "1.50"),
    (Text(), "true", "true"),
    (NAME, "abc", "abc"),
    (Scalar(), "7", 7),
    (Scalar(), "Y", "Y"),
    (Word({"null": "", "fail": ""}), "null", "null"),
    (Word({"null": "", "fail": ""}), "fail", "fail"),
    (Whole(1, 5), "5", 5),
    (Number(0, 1), "0.5", 0.5),
    (Number(0, 1), "1", 1),
    (Flag(), "true", True),
    (Listing(Whole()), "[1, 2]", [1, 2]),
    (Listing(Whole(), single=True), "1", [1]),
    (Listing(NAME, unique=True), "[a, b]", ["a", "b"]),
    (Mapping_(Whole(), NAME), "{a: 1}", {"a": 1}),
    (PAIR, "{a: 1, b: true}", {"a": 1, "b": True}),
    (ONE, "{b: true}", {"b": True}),
    (EITHER, "7", 7),
    (EITHER, "[7]", [7]),
    (DURATION, "500ms", 0.5),
    (DURATION, "1.5h", 5400.0),
    (SIZE, "64MB", 67_108_864),
    (ZONE, "Europe/Berlin", "Europe/Berlin"),
]
REFUSED: list[tuple[Shape, str]] = [
    (Text(), "[x]"),
    (Text(), "{x: y}"),
    (Text(), "~"),
    (NAME, "7"),
    (NAME, "true"),
    (NAME, "aB"),
    (NAME, "'a\n\nb'"),
    (Scalar(), "~"),
    (Scalar(), "[]"),
    (Word({"null": "", "fail": ""}), "omit"),
    (Word({"null": "", "fail": ""}), "[fail]"),
    (Whole(1, 5), "6"),
    (Whole(1, 5), "0"),
    (Whole(), "true"),
    (Whole(), "1.5"),
    (Whole(), "'1'"),
    (Number(0, 1), "2"),
    (Number(), "x"),
    (Flag(), "yes"),
    (Flag(), "1"),
    (Listing(Whole()), "1"),
    (Listing(Whole(), minimum=1), "[]"),
    (Listing(Whole()), "[x]"),
    (Listing(NAME, unique=True), "[a, b, a]"),
    (Mapping_(Whole(), NAME), "{A: 1}"),
    (Mapping_(Whole(), NAME), "{a: x}"),
    (Mapping_(Whole(), NAME), "[]"),
    (Mapping_(Whole(), minimum=1), "{}"),
    (PAIR, "{b: true}"),
    (PAIR, "{a: 1, later: x}"),
    (PAIR, "{a: 1, d: x}"),
    (PAIR, "{a: 1, b: true, c: true}"),
    (PAIR, "a"),
    (ONE, "{}"),
    (ONE, "{a: true, b: true}"),
    (EITHER, "x"),
    (DURATION, "5"),
    (DURATION, "5 s"),
    (DATE, "2026-1-31"),
    (SIZE, "64"),
]


def _id(value: object) -> str:
    return value if isinstance(value, str) else type(value).__name__


@pytest.mark.parametrize(("shape", "text", "value"), TAKEN, ids=_id)
def test_a_shape_takes(shape: Shape, text: str, value: Any) -> None:
    """The plain value comes back, no fault is reported, and the JSON Schema takes it too."""
    faults: list[Fault] = []
    node = parsed(f"[{text}]").value[0]
    assert shape.check(node, faults.append) == value
    assert faults == []
    assert list(Draft202012Validator(shape.json_schema()).iter_errors(node.plain())) == []


@pytest.mark.parametrize(("shape", "text"), REFUSED, ids=_id)
def test_a_shape_refuses(shape: Shape, text: str) -> None:
    """One fault is reported, and the JSON Schema refuses it too."""
    faults: list[Fault] = []
    node = parsed(f"[{text}]").value[0]
    shape.check(node, faults.append)
    assert len(faults) == 1
    assert list(Draft202012Validator(shape.json_schema()).iter_errors(node.plain())) != []


def test_a_long_value_is_not_repeated_in_full() -> None:
    """A fault stays one readable line, whatever stands in the file."""
    faults: list[Fault] = []
    Whole().check(parsed("x" * 5000), faults.append)
    assert len(str(faults[0])) < 160


def test_nearest_says_what_is_meant() -> None:
    """A likely word, or all of a few, or nothing: never a guess that is no help."""
    assert nearest("STAUTS", ["status", "number"]) == "did you mean 'status'?"
    assert nearest("zzz", ["status", "number"]) == "known: number, status"
    assert nearest("zzz", []) == ""
    assert nearest("%m%", ["%M", "%m"]) == "did you mean '%m'?"
    assert nearest("%M%", ["%M", "%m"]) == "did you mean '%M'?"
    assert nearest("%", ["%y", "%Y"]) == "did you mean '%Y'?"
    assert nearest("zzz", [f"word{number}" for number in range(20)]) == ""
