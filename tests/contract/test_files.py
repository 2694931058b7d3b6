"""YAML files as nodes: YAML 1.2, with places."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contract.files import parse, read_text, scalar
from app.shapes import Fault, Node, Place


def parsed(text: str) -> Node:
    """The node of a text that has no fault."""
    faults: list[Fault] = []
    node = parse(text, "a.yaml", faults.append)
    assert faults == []
    assert node is not None
    return node


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Y", "Y"),
        ("N", "N"),
        ("yes", "yes"),
        ("on", "on"),
        ("off", "off"),
        ("02:00", "02:00"),
        ("190:20:30", "190:20:30"),
        ("2026-01-31", "2026-01-31"),
        ("1_000", "1_000"),
        ("0b11", "0b11"),
        ("=", "="),
        ("true", True),
        ("FALSE", False),
        ("tRUE", "tRUE"),
        ("null", None),
        ("~", None),
        ("", None),
        ("7", 7),
        ("007", 7),
        ("+12", 12),
        ("-0", 0),
        ("0o17", 15),
        ("0x1F", 31),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("-.inf", float("-inf")),
        ("1.", 1.0),
        ("-", "-"),
        (".", "."),
        ("9" * 5000, float("inf")),
    ],
)
def test_a_plain_scalar_means_what_yaml_1_2_says(text: str, value: Any) -> None:
    """The core schema: no sexagesimal numbers, no `yes` and `on`, and no number so long that reading it takes time."""
    assert scalar(text) == value
    assert type(scalar(text)) is type(value)


def test_quotes_make_text() -> None:
    """A quoted number, flag or nothing is text; so is a block scalar."""
    node = parsed("""{a: "7", b: 'true', c: ""}""")
    assert node.plain() == {"a": "7", "b": "true", "c": ""}
    assert parsed("a: |\n  7\n").plain() == {"a": "7\n"}


def test_a_scalar_keeps_its_spelling() -> None:
    """`007` is 7 and was written 007; a name is text as it was written."""
    node = parsed("{a: 007, 0x10: b, true: c}")
    assert node.value["a"].source == "007"
    assert list(node.value) == ["a", "0x10", "true"]


def test_places_count_from_one() -> None:
    """Names and values have the line and column that an editor shows, characters beyond ASCII included."""
    node = parsed("ä: 1\nlist:\n  - x\n  - {n: y}\n")
    assert node.at("ä") == Place("a.yaml", 1, 1)
    assert node.value["ä"].place == Place("a.yaml", 1, 4)
    assert node.at("list", 1) == Place("a.yaml", 4, 5)
    assert node.at("list", 1, "n") == Place("a.yaml", 4, 6)
    assert node.at("list", 7) == Place("a.yaml", 2, 1)


def test_an_alias_is_the_anchored_value() -> None:
    """Both stand for the same node; the fault of one shows at the anchor."""
    node = parsed("a: &page {default: 5}\nb: *page\n")
    assert node.value["a"] is node.value["b"]


def test_all_doubled_names_are_found() -> None:
    """Each doubling is a fault of its own, and the first value stays."""
    faults: list[Fault] = []
    node = parse("a: 1\na: 2\nb: {c: 1, c: 2}\n", "a.yaml", faults.append)
    assert [(fault.code, fault.place.line) for fault in faults] == [("duplicate-word", 2), ("duplicate-word", 3)]
    assert node is not None
    assert node.plain() == {"a": 1, "b": {"c": 1}}


def test_the_text_of_a_query_is_read_as_it_is(tmp_path: Path) -> None:
    """A file of queries/ is text; an empty one is a fault."""
    (tmp_path / "a.sql").write_text("SELECT 'é'\n", encoding="utf-8")
    (tmp_path / "b.sql").write_text(" \n")
    faults: list[Fault] = []
    assert read_text(tmp_path, "a.sql", faults.append) == "SELECT 'é'\n"
    assert faults == []
    assert read_text(tmp_path, "b.sql", faults.append) is None
    assert [fault.code for fault in faults] == ["empty-file"]


@given(st.text(alphabet="ab:-[]{},#&*!|>'\"%@`? \n\t\\x0~<é", max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    """Whatever a file holds, it gives a node or a fault, each with a place in the file."""
    faults: list[Fault] = []
    node = parse(text, "a.yaml", faults.append)
    assert node is not None or faults
    assert all(fault.place.line <= len(text.splitlines()) + 1 for fault in faults)
