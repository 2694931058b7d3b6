"""Cursors and keys: what travels in a URL and comes back as it went."""

from __future__ import annotations

import base64
import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.exchange import decoded
from app.plan import keys
from app.plan.cursor import MAX_LENGTH, Cursors, digest
from app.plan.model import Resource
from app.problems import ProblemError
from tests.plan import contracts
from tests.plan.contracts import LINES, ORDERS, changed

CURSORS = Cursors(b"one secret")
ZONED = dt.datetime(2026, 1, 31, 9, 30, 5, 123456, dt.UTC)
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 2**53 + 1, 2**63 - 1, -(2**63), 2**64, -(10**30), 0.1, -2.5e300, float("inf"), float("-inf"),
    "", "Ünï,/ \x00\n'\"", "🔥", Decimal("1.50"), Decimal("-1E+5"), dt.date(2026, 1, 31), dt.time(9, 30, 5, 1),
    dt.datetime.fromisoformat("2026-01-31T09:30"), ZONED, b"", b"\x00\xff@", UUID(int=7),
)  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_every_stored_value_comes_back(value: Any) -> None:
    """A position holds what a driver brings, of its own type and without loss."""
    (found,) = CURSORS.read("q", CURSORS.write("q", (value,)))
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("buffer", [bytearray(b"\x01\x02"), memoryview(b"\x01\x02")], ids=["bytearray", "memoryview"])
def test_buffers_come_back_as_bytes(buffer: Any) -> None:
    """Some drivers bring binary columns as buffers."""
    assert CURSORS.read("q", CURSORS.write("q", (buffer,))) == (b"\x01\x02",)


@given(st.lists(st.one_of(st.none(), st.integers(), st.text(), st.binary(), st.decimals(allow_nan=False)), max_size=5))
@settings(max_examples=50)
def test_positions_come_back(values: list[Any]) -> None:
    """Any position does, and its text needs no encoding in a URL."""
    text = CURSORS.write("q", values)
    assert CURSORS.read("q", text) == tuple(values)
    assert text.replace(".", "").replace("-", "").replace("_", "").isalnum()


def _forged() -> dict[str, str]:
    sound = CURSORS.write("q", (1, "x"))
    payload, _, signature = sound.rpartition(".")
    other = base64.urlsafe_b64encode(orjson.dumps(["q", [2, "x"]])).rstrip(b"=").decode()
    return {
        "no cursor": "abc",
        "nothing": "",
        "a dot": ".",
        "another payload": f"{other}.{signature}",
        "another signature": f"{payload}.{signature[:-2]}AA",
        "cut": sound[:-1],
        "cut in front": sound[1:],
        "no signature": payload,
        "of another secret": Cursors(b"another secret").write("q", (1, "x")),
        "not ASCII": sound + "ü",
        "half a character": sound + "\ud800",
        "NUL": "\0" + sound,
        "too long": sound + "A" * MAX_LENGTH,
    }


@pytest.mark.parametrize("text", _forged().values(), ids=_forged().keys())
def test_what_was_not_given_out_is_refused(text: str) -> None:
    """A forged or damaged cursor is 400, whatever it holds; nothing in it is looked at."""
    with pytest.raises(ProblemError) as caught:
        CURSORS.read("q", text)
    assert (caught.value.problem.code, caught.value.problem.status) == ("invalid-cursor", 400)


def test_a_cursor_of_another_query_is_refused() -> None:
    """A cursor continues the one query that it was given out for."""
    with pytest.raises(ProblemError) as caught:
        CURSORS.read("another", CURSORS.write("q", (1,)))
    assert caught.value.problem.code == "cursor-mismatch"


def test_a_position_in_a_long_index_key_fits() -> None:
    """The longest key that an index can have makes a cursor that is taken back."""
    position = ("ü" * 1000, "x" * 1000, 7)
    assert CURSORS.read("q", CURSORS.write("q", position)) == position


def test_digests_tell_parts_apart() -> None:
    """The digest binds to each part and to where it ends, whatever the text."""
    assert digest("a", "b") == digest("a", "b")
    assert len({digest("a", "b"), digest("ab"), digest("a"), digest("b", "a"), digest("\ud800")}) == 5


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Resource:
    """A resource with a composite key of text and a number."""
    files = {
        "v1/order-lines.yaml": changed(LINES, ("key: [order, line]", "key: [item, line]")),
        "v1/orders.yaml": ORDERS,
    }
    return contracts.resource(tmp_path_factory.mktemp("keys"), files, "order-lines")


@pytest.fixture(scope="module")
def customers(tmp_path_factory: pytest.TempPathFactory) -> Resource:
    """A resource with a key of text alone."""
    files = {"v1/orders.yaml": changed(ORDERS, ("key: number", "key: customer"))}
    return contracts.resource(tmp_path_factory.mktemp("keys"), files)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zs"]), max_size=8))
@settings(max_examples=100)
def test_any_text_is_a_key(customers: Resource, text: str) -> None:
    """Slashes, commas, percent signs and every alphabet go into one path segment and come back."""
    segment = keys.write([text])
    assert "/" not in segment
    assert segment.isascii()
    assert decoded(segment) == text
    assert keys.read(customers, segment) == (text.rstrip(" \u3000"),)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zs"]), max_size=8), st.integers(-999, 999))
@settings(max_examples=50)
def test_composite_keys_come_back(lines: Resource, text: str, number: int) -> None:
    """A comma of a part's own is encoded: the parts stay apart."""
    assert keys.read(lines, keys.write([text, number])) == (text.rstrip(" \u3000"), number)


@pytest.mark.parametrize(
    ("segment", "value"),
    [("A%2FB", "A/B"), ("A/B", "A/B"), ("A,B", "A,B"), ("A%2CB", "A,B"), ("50%25", "50%"), ("%C3%9C", "Ü"),
     ("\xc3\x9c", "Ü"), ("A+B", "A+B"), ("A%20B", "A B"), ("%2525", "%25")],
)  # fmt: skip
def test_a_segment_is_decoded_once(customers: Resource, segment: str, value: str) -> None:
    """Encoded or typed as it is, a single key is read as people mean it; a plus is a plus in a path."""
    assert keys.read(customers, segment) == (value,)


@pytest.mark.parametrize("segment", ["", "A", "A,1,2", "A%2C1", "A,1,"])
def test_the_wrong_number_of_parts_is_explained(lines: Resource, segment: str) -> None:
    """A composite key says which parts it has."""
    with pytest.raises(ProblemError) as caught:
        keys.read(lines, segment)
    assert (caught.value.problem.code, caught.value.detail) == ("invalid-key", "the key has 2 parts: {item},{line}")


def test_every_part_that_is_wrong_is_named(tmp_path: Path, lines: Resource) -> None:
    """The parts of a key are typed like the fields that they name."""
    with pytest.raises(ProblemError) as caught:
        keys.read(lines, "A,x")
    assert [(each.parameter, each.code, each.detail) for each in caught.value.errors] == [
        ("line", "invalid-key", "expected a whole number")
    ]
    with pytest.raises(ProblemError) as caught:
        keys.read(contracts.resource(tmp_path), "12345678")
    assert caught.value.errors[0].parameter == "number"


def test_what_keys_look_like() -> None:
    """Booleans as JSON has them; a part that could not be read is a sign that no key has."""
    assert keys.write([True, 7, "a,b", None]) == "true,7,a%2Cb,?"
