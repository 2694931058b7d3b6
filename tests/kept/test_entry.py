"""Entries as bytes: what comes back, and what is not taken for one."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kept.entry import Entry, packed, unpacked

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
KEY = bytes(range(16))
ENTRY = Entry(b'{"number":"0004711"}', '"abc"', "2026-11-21T10:00:00Z", monotonic(), time())

FIXED = replace(ENTRY, at=1_790_000_000.0)


@settings(max_examples=100)
@given(
    st.binary(max_size=300),
    TEXT,
    st.lists(st.one_of(TEXT, st.integers(0, 2**53), st.lists(TEXT, max_size=2)), max_size=5),
    st.lists(TEXT, max_size=3),
    st.integers(0, 2**62),
    st.sampled_from([200, 404]),
)
def test_what_is_packed_comes_back(
    body: bytes, cursor: str, keys: list[object], tags: list[str], generation: int, status: int
) -> None:
    """Every part of it, and the moment of its reading as the clock on the wall tells it."""
    entry = replace(
        ENTRY, body=body, next=cursor, rows=len(keys), keys=keys, tags=tuple(tags), generation=generation, status=status
    )
    found = unpacked(KEY, packed(KEY, entry))
    assert found is not None
    assert replace(found, read=entry.read) == entry
    assert abs(found.read - entry.read) < 60


@pytest.mark.parametrize("at", range(len(packed(KEY, FIXED))))
def test_a_byte_that_was_changed_is_seen(at: int) -> None:
    """Whichever it is: then there is no entry, rather than a wrong one."""
    data = bytearray(packed(KEY, FIXED))
    data[at] ^= 0x01
    assert unpacked(KEY, bytes(data)) is None


@pytest.mark.parametrize("data", [b"", b"BK1", packed(KEY, ENTRY)[:-1], b"BK0" + packed(KEY, ENTRY)[3:], b"x" * 400])
def test_what_is_no_entry_is_not_taken_for_one(data: bytes) -> None:
    """Nothing, a part, another form, something else."""
    assert unpacked(KEY, data) is None


def test_an_entry_is_good_for_its_own_key_alone() -> None:
    """Found under another one, it is not taken for an answer: it may be another caller's."""
    assert unpacked(KEY, packed(KEY, ENTRY)) is not None
    assert unpacked(KEY[::-1], packed(KEY, ENTRY)) is None


def test_an_entry_of_a_fast_clock_counts_as_read_now() -> None:
    """It is not younger than now, so that it is not kept for longer than the contract says."""
    found = unpacked(KEY, packed(KEY, replace(ENTRY, at=time() + 3600)))
    assert found is not None
    assert found.read <= monotonic()


def test_the_age_is_told_by_the_wall_clock() -> None:
    """An entry of ten seconds ago, on another host, is ten seconds old here."""
    found = unpacked(KEY, packed(KEY, replace(ENTRY, at=time() - 10)))
    assert found is not None
    assert 9 < monotonic() - found.read < 60
