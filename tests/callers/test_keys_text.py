"""The text of a key: what is made is read, and what is not quite that is refused without asking anybody."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.callers.key_text import ALPHABET, LENGTH, checksum, hashed, mint, parse, pepper_name, pepper_of
from app.state import State

BASE62 = st.text(ALPHABET)


def text_of(identifier: str, rest: str) -> str:
    """A key of these parts."""
    body = f"bascule_{identifier}_{rest}"
    return body + checksum(body)


KEYS = st.builds(text_of, st.text(ALPHABET, min_size=8, max_size=8), st.text(ALPHABET, min_size=30, max_size=30))


def test_the_form_is_the_documented_one() -> None:
    """A known body has the CRC-32 that any other program finds (cksum, zlib, zip), in base 62."""
    body = "bascule_4f9Zk2Qa_abcdefghijklmnopqrstuvwxyzABCD"
    number = 0
    for digit in checksum(body):
        number = number * 62 + ALPHABET.index(digit)
    assert number == 779817217
    assert parse(body + checksum(body)) == "4f9Zk2Qa"


def test_what_is_made_is_read() -> None:
    """A thousand keys: each has its form, its id, its hash, and none is like another."""
    made = [mint(b"pepper") for _ in range(1_000)]
    assert all(len(each.text) == LENGTH == 53 and each.text.isascii() for each in made)
    assert [parse(each.text) for each in made] == [each.id for each in made]
    assert [hashed(each.text, b"pepper") for each in made] == [each.hash for each in made]
    assert len({each.text for each in made}) == len({each.text[17:47] for each in made}) == 1_000
    assert {character for each in made for character in each.text[17:47]} == set(ALPHABET)


@given(text=KEYS, place=st.integers(0, LENGTH - 1), other=st.sampled_from(ALPHABET + "_-. é"))
def test_one_wrong_character_is_refused(text: str, place: int, other: str) -> None:
    """Wherever it stands, in the id, the secret, the checksum or the prefix."""
    wrong = text[:place] + other + text[place + 1 :]
    assert (parse(wrong) is not None) is (wrong == text)


@given(text=KEYS, place=st.integers(0, LENGTH - 2))
def test_two_characters_in_each_others_place_are_refused(text: str, place: int) -> None:
    """The slip that people make most often when they type."""
    wrong = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    assert (parse(wrong) is not None) is (wrong == text)


@given(text=st.one_of(st.text(), KEYS.map(lambda key: key + "\n"), KEYS.map(lambda key: " " + key), BASE62))
def test_anything_else_is_no_key(text: str) -> None:
    """No text provokes anything but a refusal."""
    assert parse(text) is None


def test_a_token_of_the_gateway_is_no_key() -> None:
    """Their prefix begins as a key's does: the form tells them apart."""
    assert parse("bascule_t_" + "a" * 43) is None


def test_the_hash_is_keyed_and_of_the_whole_text() -> None:
    """HMAC-SHA-256 as anybody computes it; another pepper, or another text, gives another one."""
    text = mint(b"one").text
    assert hashed(text, b"one") == hmac.new(b"one", text.encode(), hashlib.sha256).digest()
    assert len({hashed(text, b"one"), hashed(text, b"two"), hashed(text.swapcase(), b"one")}) == 3


def test_nothing_that_is_kept_tells_the_secret() -> None:
    """Neither the hash, nor a representation, nor the pepper's name holds a part of a key or of the pepper."""
    minted = mint(b"one")
    assert minted.text[17:47].encode() not in minted.hash
    assert minted.text[17:47] not in repr(minted)
    assert pepper_name(b"one") != pepper_name(b"two")
    assert len(pepper_name(b"one")) == 8


@pytest.mark.parametrize("setting", ["", "a secret of the operator", "\udcff"])
def test_the_pepper_is_the_operators_or_the_states(setting: str, tmp_path: Path) -> None:
    """What is set is taken, whatever its bytes; else 32 bytes that the state makes once."""
    state = State("sqlite://", tmp_path)
    found = pepper_of(setting, state)
    assert found == pepper_of(setting, state)
    assert (len(found) == 32) if not setting else (found == setting.encode("utf-8", "surrogateescape"))
    state.close()
