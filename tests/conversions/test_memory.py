"""What conversions take of memory: none for what does not decode, once for fields that say the same."""

from __future__ import annotations

import gc
import tracemalloc
import weakref
from typing import Any

import pytest

from app.conversions.base import ApiType, Issue
from tests.conversions.test_registry import bound


@pytest.mark.parametrize(
    ("api_type", "stored_as", "columns"),
    [
        ("decimal", "packed", ["binary(4)"]),
        ("decimal", "zoned", ["binary(4)"]),
        ("string", {"ebcdic": 273}, ["binary(4)"]),
        ("string", "uuid", ["binary(16)"]),
    ],
)
def test_a_number_is_no_bytes(api_type: ApiType, stored_as: Any, columns: list[str]) -> None:
    """`bytes(n)` would be n zeros: a number in a column of bytes does not decode, and takes no memory."""
    read = bound(api_type, stored_as, *columns).decode
    assert isinstance(read(3), Issue)
    tracemalloc.start()
    try:
        assert isinstance(read(10**8), Issue)
        assert tracemalloc.get_traced_memory()[1] < 10**6
    finally:
        tracemalloc.stop()


def test_fields_that_say_the_same_share_a_conversion() -> None:
    """For as long as one of them lasts; `1` and `"1"`, and another column, are not the same."""
    first = bound("date", {"cyymmdd": {"nulls": [7]}}, "decimal(7,0)")
    assert bound("date", {"cyymmdd": {"nulls": [7]}}, "decimal(7,0)") is first
    assert bound("date", {"cyymmdd": {"nulls": ["7"]}}, "char(7)") is not first
    assert bound("date", {"cyymmdd": {"nulls": [7]}}, "decimal(8,0)") is not first
    gone = weakref.ref(first)
    del first
    gc.collect()
    assert gone() is None
