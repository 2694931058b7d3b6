"""Trace context: which traceparent is one, and whose word it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.traces.context import Parent, parent, strange
from app.web.addresses import TRACE, Proxies

TRACE_ID, SPAN_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
GOOD = f"00-{TRACE_ID}-{SPAN_ID}-01"


def test_a_trusted_parent_is_continued() -> None:
    """Its trace, its span, and whether it is sampled: the lowest bit of the flags."""
    assert parent(GOOD) == Parent(int(TRACE_ID, 16), int(SPAN_ID, 16), sampled=True, trusted=True)
    unsampled = parent(f"00-{TRACE_ID}-{SPAN_ID}-02")
    assert unsampled is not None
    assert not unsampled.sampled


def test_a_strangers_parent_is_told_from_a_trusted_one() -> None:
    """The mark stays one, however often it is made; who writes it has marked it too."""
    found = parent(strange(strange(GOOD)))
    assert found is not None
    assert (found.trusted, found.trace) == (False, int(TRACE_ID, 16))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "00",
        GOOD.upper(),
        f"ff-{TRACE_ID}-{SPAN_ID}-01",
        f"00-{'0' * 32}-{SPAN_ID}-01",
        f"00-{TRACE_ID}-{'0' * 16}-01",
        f"00-{TRACE_ID}-{SPAN_ID}-01-more",
        f"00-{TRACE_ID}-{SPAN_ID}-1",
        f"{GOOD}\n",
        f" {GOOD}",
    ],
)
def test_anything_else_is_none(text: str) -> None:
    """As the recommendation has it: the request begins a trace of its own."""
    assert parent(text) is None
    assert parent(strange(text)) is None


def test_a_later_version_may_say_more() -> None:
    """What is known of it stands where it stood."""
    assert parent(f"01-{TRACE_ID}-{SPAN_ID}-01-more") is not None


@given(st.text())
def test_no_text_harms(text: str) -> None:
    """A header may hold anything."""
    found = parent(text)
    assert found is None or (found.trace and found.span)


@pytest.mark.parametrize(("peer", "trusted"), [("10.0.0.5", True), ("192.0.2.1", False), ("::1", False)])
def test_a_proxy_is_believed_by_its_address(peer: str, trusted: bool) -> None:  # noqa: FBT001  # a parameter of the test
    """What anybody else says is marked before it is read."""
    environ = {"REMOTE_ADDR": peer, "wsgi.url_scheme": "http", TRACE: GOOD}
    Proxies("10.0.0.0/8").apply(environ)
    found = parent(environ[TRACE])
    assert found is not None
    assert found.trusted is trusted


def test_without_proxies_nobody_is_believed() -> None:
    """Not even who comes from this machine."""
    environ = {"REMOTE_ADDR": "127.0.0.1", "wsgi.url_scheme": "http", TRACE: GOOD}
    Proxies().apply(environ)
    assert environ[TRACE] == strange(GOOD)
