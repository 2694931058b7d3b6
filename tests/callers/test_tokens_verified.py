"""The memory of verified tokens: bounded, and kind to what is used."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.callers.credentials import NotAccepted
from app.callers.verified import LONGEST, Proof, Verified, digest_of
from app.exchange import Caller

PROOF = Proof(Caller(), 0.0, None)


def test_what_was_put_is_found() -> None:
    """A proof comes back as the same object, and an unknown digest has none."""
    memory: Verified[None] = Verified()
    memory.put(b"a", PROOF)
    assert memory.get(b"a") is PROOF
    assert memory.get(b"b") is None


@pytest.mark.parametrize("most", [1, 2, 7, 100])
def test_it_is_bounded(most: int) -> None:
    """However many tokens come, no more than the bound are kept, and the last one always is."""
    memory: Verified[None] = Verified(most)
    for number in range(1000):
        memory.put(b"%d" % number, PROOF)
        assert len(memory) <= max(2, most)
        assert memory.get(b"%d" % number) is PROOF


def test_what_is_used_stays() -> None:
    """A token that is asked for now and then outlives any number of others; one that is not goes."""
    memory: Verified[None] = Verified(100)
    memory.put(b"used", PROOF)
    memory.put(b"idle", PROOF)
    for number in range(1000):
        memory.put(b"%d" % number, PROOF)
        if number % 40 == 0:
            assert memory.get(b"used") is PROOF
    assert memory.get(b"idle") is None


def test_threads_do_not_hurt_it() -> None:
    """Many threads at once find what they put or nothing, and the bound holds when they are done."""
    memory: Verified[None] = Verified(50)

    def work(thread: int) -> None:
        for number in range(2000):
            memory.put(b"%d-%d" % (thread, number), PROOF)
            found = memory.get(b"%d-%d" % (thread, number))
            assert found is None or found is PROOF

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(4))) == [None] * 4
    memory.put(b"last", PROOF)
    assert len(memory) <= 50 + 8


@pytest.mark.parametrize("text", ["a" * (LONGEST + 1), "ä", "\ud800", "a\u2028b"])
def test_what_is_no_token_has_no_digest(text: str) -> None:
    """A text that is too long, or not ASCII, is refused before anything is done with it."""
    with pytest.raises(NotAccepted):
        digest_of(text)


def test_two_tokens_have_two_digests() -> None:
    """A digest is of the whole token, up to its last character."""
    assert digest_of("a" * LONGEST) != digest_of("a" * (LONGEST - 1) + "b")
    assert len(digest_of("")) == 32
