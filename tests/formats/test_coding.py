"""Codings: which one a client gets, and that it can be undone."""

from __future__ import annotations

import gzip

import brotli
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from app.formats import coding
from app.formats.weights import weighed
from app.stages.conditional import not_modified

BODY = b'{"number":"0004711","status":"released"}' * 100


def test_a_body_can_be_had_back() -> None:
    """By the readers that clients have; and it is worth it."""
    undone = {
        "br": brotli.decompress,
        "zstd": lambda data: zstandard.ZstdDecompressor().decompress(data),
        "gzip": gzip.decompress,
    }
    assert undone.keys() == coding.CODINGS.keys()
    for name, undo in undone.items():
        for body in (b"", b"x", BODY, bytes(range(256)) * 200):
            assert undo(coding.encode(body, name)) == body
        assert len(coding.encode(BODY, name)) < len(BODY) / 10


def test_a_coding_is_the_same_bytes_each_time() -> None:
    """On every worker and host: a strong ETag names them."""
    for name in coding.CODINGS:
        assert coding.encode(BODY, name) == coding.encode(BODY, name)


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        (None, "identity"),
        ("", "identity"),
        ("gzip", "gzip"),
        ("GZip", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate, zstd", "zstd"),
        (" gzip ;q=0.5 ,br; q=0.4", "gzip"),
        ("br;q=0, gzip;q=0.1", "gzip"),
        ("*", "br"),
        ("*;q=0", "identity"),
        ("br;q=0, *", "zstd"),
        ("identity", "identity"),
        ("identity;q=1, gzip;q=0.5", "identity"),
        ("identity;q=0.5, gzip;q=1.0", "gzip"),
        ("deflate, compress, x", "identity"),
        ("gzip;q=x, br;q=0", "identity"),
        ("gzip;q=0", "identity"),
        (",,;,=;q", "identity"),
        ("br;q=nan, gzip", "gzip"),
        ("br;q=inf, gzip;q=0.5", "gzip"),
        ("br;q=-1, gzip;q=0.5", "gzip"),
        ("br;q=2, gzip", "gzip"),
    ],
)
def test_what_a_client_likes_best_is_sent(accepted: str | None, chosen: str) -> None:
    """RFC 9110, 12.5.3: by weight, then ours; what is not acceptable or not understood is not sent."""
    assert coding.choose(accepted) == chosen


@settings(max_examples=200)
@given(st.text(st.characters(codec="latin-1"), max_size=40))
def test_no_header_is_too_strange(accepted: str) -> None:
    """Whatever it says, there is a way to send the answer."""
    assert coding.choose(accepted) in {"identity", *coding.CODINGS}


@settings(max_examples=200)
@given(st.text(st.characters(codec="latin-1", exclude_characters=";"), max_size=10), st.floats())
def test_weights_are_from_nothing_to_all(name: str, weight: float) -> None:
    """RFC 9110, 12.4.2: anything else is no weight."""
    found = weighed(f"{name};q={weight}")
    assert found[0] == name.strip().lower()
    assert found[1] == (weight if 0 <= weight <= 1 else 0)


def test_a_strong_etag_is_one_of_each_coding_and_a_weak_one_of_all() -> None:
    """And each of them leads back to that of the body."""
    for name in ("identity", *coding.CODINGS):
        strong, weak = coding.tagged('"abc"', name), coding.tagged('W/"abc"', name)
        assert strong == ('"abc"' if name == "identity" else f'"abc-{name}"')
        assert weak == 'W/"abc"'
        assert coding.untagged(strong) == '"abc"'


@pytest.mark.parametrize("etag", ['"abc-lzma"', '"abc-"', '"-"', '""', '"abc-gzip-br-x"', "", "*", "abc", '"'])
def test_another_etag_stays_what_it_is(etag: str) -> None:
    """Only what was made here is taken apart; nothing that a client sends is an error."""
    assert coding.untagged(etag) == etag
    assert not not_modified(etag, '"abc"', coding.untagged) or etag == "*"


@pytest.mark.parametrize(
    "said", ['"abc"', '"abc-br"', 'W/"abc-gzip"', '"x", "abc-zstd" ,"y"', ' "abc-br"', "*", " * ", ',, "abc"']
)
def test_a_coded_answer_is_known_again(said: str) -> None:
    """RFC 9110, 13.1.2: in a list, weakly compared, whichever coding it came in."""
    assert not_modified(said, '"abc"', coding.untagged)


@pytest.mark.parametrize("said", [None, "", '"abd"', '"abc', "abc-br", '"abc-br-br"', '"ab,c"', 'w/"abc"'])
def test_anything_else_is_sent_anew(said: str | None) -> None:
    """What is not this answer, or no ETag at all."""
    assert not not_modified(said, '"abc"', coding.untagged)
