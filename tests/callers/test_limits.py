"""Limits: what callers are granted, what their answers say of it, and that it is true."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.callers.buckets import WAYS, Buckets
from app.callers.limits import Headers, Limits
from app.contract.model import LimitSpec, Rate
from app.exchange import Caller
from app.problems import ProblemError

DEFAULT = LimitSpec("default", Rate(600, 60.0), 50)
COSTS = LimitSpec("default", Rate(600, 60.0), 50, rows=Rate(1000, 60.0), milliseconds=Rate(30_000, 60.0))
CALLER = Caller(identity="key:4f9Zk2Qa")

# Lists of RFC 9651 whose members are Strings with Integer parameters: all that these fields are made of.
_MEMBER = r'"(?:[ !#-\[\]-~]|\\["\\])*"(?:;[a-z][a-z0-9_.*-]*=\d{1,15})*'
FIELD = re.compile(rf"{_MEMBER}(?:, {_MEMBER})*")


def _limits(*specs: LimitSpec, buckets: int = WAYS) -> Limits:
    return Limits({spec.name: spec for spec in specs}, Buckets(buckets))


def _refused(limits: Limits, now: float, sources: tuple[str, ...] = (), caller: Caller = CALLER) -> ProblemError:
    with pytest.raises(ProblemError) as caught:
        limits.admit(caller, now, sources)
    assert caught.value.problem.code == "too-many-requests"
    return caught.value


def _told(headers: Headers) -> tuple[int, int]:
    """The parameters r and t of RateLimit."""
    found = re.fullmatch(r'"[^"]*";r=(\d+);t=(\d+)', dict(headers)["RateLimit"])
    assert found is not None
    return int(found[1]), int(found[2])


def _retry_after(error: ProblemError) -> int:
    return int(dict(error.headers)["Retry-After"])


def _asked(limits: Limits, now: float) -> tuple[int, int]:
    """What one request is told; of a refused one, also that `Retry-After` says the same."""
    try:
        return _told(limits.admit(CALLER, now))
    except ProblemError as error:
        refusal = error
    remaining, seconds = _told(refusal.headers)
    assert (remaining, _retry_after(refusal)) == (0, seconds)
    assert seconds >= 1
    return remaining, seconds


def _admitted(limits: Limits, now: float, most: int) -> int:
    """How many are admitted at one moment, of `most` that ask."""
    for count in range(most):
        try:
            limits.admit(CALLER, now)
        except ProblemError:
            return count
    return most


def test_the_fields_are_those_of_the_draft() -> None:
    """An answer has the policy as the contract has it, and what is left."""
    assert dict(_limits(DEFAULT).admit(CALLER, 1000.0)) == {
        "RateLimit": '"default";r=49;t=5',
        "RateLimit-Policy": '"default";q=600;w=60;bascule-burst=50',
    }


def test_where_nothing_is_left_the_time_is_that_of_the_next() -> None:
    """An answer that took the last request says when the next one is there, not how long one takes to come back."""
    limits = _limits(LimitSpec("default", Rate(6, 60.0), 2))
    assert [_told(limits.admit(CALLER, now)) for now in (1000.0, 1000.0, 1013.0)] == [(1, 10), (0, 10), (0, 7)]
    assert _refused(limits, 1019.0)
    assert _told(limits.admit(CALLER, 1020.0))[0] == 0


def test_a_refusal_has_the_fields_and_when_to_try_again() -> None:
    """The 429 names the limit, says that nothing is left, and for how long."""
    limits = _limits(LimitSpec("default", Rate(6, 60.0), 2))
    assert _admitted(limits, 1000.0, 5) == 2
    error = _refused(limits, 1003.0)
    assert error.problem.status == 429
    assert error.detail == "6 requests in 60 seconds are granted to you, 2 at once. Try again in 7 s."
    assert dict(error.headers) == {
        "Retry-After": "7",
        "RateLimit": '"default";r=0;t=7',
        "RateLimit-Policy": '"default";q=6;w=60;bascule-burst=2',
    }


@pytest.mark.parametrize(
    ("rate", "policy"),
    [
        (Rate(5000, 3600.0), "q=5000;w=3600"),
        (Rate(10, 1.0), "q=10;w=1"),
        (Rate(10, 0.5), "q=20;w=1"),
        (Rate(3, 1.5), "q=4;w=2"),
        (Rate(1, 86_400.0), "q=1;w=86400"),
    ],
)
def test_the_policy_has_whole_seconds(rate: Rate, policy: str) -> None:
    """The draft has no other windows: of one between two, the quota is what the rate gives in the longer one."""
    headers = dict(_limits(LimitSpec("default", rate, 1)).admit(CALLER, 1000.0))
    assert headers["RateLimit-Policy"] == f'"default";{policy};bascule-burst=1'


@pytest.mark.parametrize("name", ["partner", 'with "quotes" and \\', "Größe", "a\r\nSet-Cookie: x", ""])
def test_a_class_of_any_name_makes_structured_fields(name: str) -> None:
    """Whatever a class is called, the fields are lists of RFC 9651 and end no header."""
    limits = _limits(LimitSpec(name, Rate(60, 60.0), 5))
    headers = limits.admit(Caller(identity="key:a", rate=name), 1000.0)
    assert len(headers) == 2
    assert all(FIELD.fullmatch(value) for _, value in headers)


@settings(max_examples=80, deadline=None)
@given(
    gaps=st.lists(st.integers(0, 4000), min_size=1, max_size=30),
    amount=st.integers(1, 300),
    burst=st.integers(1, 20),
)
def test_what_is_left_is_true(gaps: list[int], amount: int, burst: int) -> None:
    """At each moment exactly `r` more are admitted, or after a refusal none, and one after `t` and `Retry-After` seconds."""
    limits, now = _limits(LimitSpec("default", Rate(amount, 60.0), burst)), 1_000_000
    for gap in gaps:
        now += gap
        remaining, seconds = _asked(limits, now / 1000)
        assert _admitted(limits, now / 1000, remaining + 1) == remaining
        if remaining == 0:
            assert _admitted(limits, now / 1000 + seconds, 1) == 1
            now += 1000 * seconds


@settings(max_examples=80, deadline=None)
@given(amount=st.integers(1, 600), burst=st.integers(1, 60), already=st.integers(0, 59), turns=st.integers(1, 12))
def test_who_follows_the_fields_is_never_refused(amount: int, burst: int, already: int, turns: int) -> None:
    """A client that makes `r` requests in each `t` seconds, all at their beginning, goes on for ever."""
    limits, now = _limits(LimitSpec("default", Rate(amount, 60.0), burst)), 1000.0
    _admitted(limits, now, min(already, burst - 1))
    for _ in range(turns):
        remaining, seconds = _told(limits.admit(CALLER, now))
        assert _admitted(limits, now, remaining) == remaining
        now += seconds if remaining else max(seconds, 1)
        if remaining:
            now += 60 / amount  # the request that asked is one beside those `r`


def test_a_class_that_is_not_there_is_the_default() -> None:
    """A caller of an unknown class has the default's limits; of a known one, its own."""
    limits = _limits(DEFAULT, LimitSpec("partner", Rate(60, 60.0), 7))
    assert _told(limits.admit(Caller(identity="key:a", rate="partner"), 1000.0))[0] == 6
    assert _told(limits.admit(Caller(identity="key:b", rate="platinum"), 1000.0))[0] == 49


def test_without_a_default_there_is_no_limit() -> None:
    """Who is of no class of a contract without a default is never refused, and told nothing."""
    limits = _limits(LimitSpec("partner", Rate(1, 60.0), 1))
    assert {limits.admit(CALLER, 1000.0) for _ in range(100)} == {()}
    limits.charge(CALLER, "erp", 10**9, 1e9, 1000.0)
    assert limits.admit(CALLER, 1000.0, ("erp",)) == ()


def test_callers_do_not_share() -> None:
    """One caller's requests take nothing from another of the same class."""
    limits = _limits(DEFAULT)
    assert _admitted(limits, 1000.0, 60) == 50
    assert _told(limits.admit(Caller(identity="key:other"), 1000.0))[0] == 49


@pytest.mark.parametrize(("rows", "milliseconds"), [(1000, 0.0), (0, 30_000.0), (700, 40_000.5), (5000, 1.0)])
def test_who_has_overdrawn_at_a_source_is_refused_there(rows: int, milliseconds: float) -> None:
    """What was spent at a source refuses requests that need it, with others or alone, and no other request."""
    limits = _limits(COSTS)
    limits.admit(CALLER, 1000.0, ("erp",))
    limits.charge(CALLER, "erp", rows, milliseconds, 1000.0)
    for sources in (("erp",), ("mes", "erp")):
        headers = dict(_refused(limits, 1000.0, sources).headers)
        assert set(headers) == {"Retry-After"}  # the draft knows no unit for what is spent
        assert int(headers["Retry-After"]) <= 60
    limits.admit(CALLER, 1000.0, ("mes",))
    limits.admit(Caller(identity="key:other"), 1000.0, ("erp",))


def test_costs_are_granted_as_a_whole_and_come_back_at_their_rate() -> None:
    """A caller may spend the whole amount at once; after that, something as soon as something has come back."""
    limits = _limits(COSTS)
    limits.charge(CALLER, "erp", 999, 29_999.0, 1000.0)
    limits.admit(CALLER, 1000.0, ("erp",))
    limits.charge(CALLER, "erp", 301, 0.0, 1000.0)  # 300 of 1000 in 60 s are overdrawn: 18 s
    error = _refused(limits, 1000.0, ("erp",))
    assert error.detail == "Your requests have cost the system behind this resource too many rows. Try again in 19 s."
    _refused(limits, 1018.0, ("erp",))
    limits.admit(CALLER, 1018.1, ("erp",))


def test_nobody_is_shut_out_longer_than_the_period() -> None:
    """Whatever one request has cost, the caller comes back within the period of the limit."""
    limits = _limits(COSTS)
    limits.charge(CALLER, "erp", 10**9, 1e12, 1000.0)
    assert _retry_after(_refused(limits, 1000.0, ("erp",))) == 60
    limits.admit(CALLER, 1060.0, ("erp",))


def test_a_refused_request_costs_nothing() -> None:
    """Who is refused for what was spent at a source has as many requests as before."""
    limits = _limits(COSTS)
    limits.charge(CALLER, "erp", 2000, 0.0, 1000.0)
    for _ in range(20):
        _refused(limits, 1000.0, ("erp",))
    assert _told(limits.admit(CALLER, 1000.0, ("mes",)))[0] == 49


def test_costs_without_a_limit_of_requests() -> None:
    """A class may limit rows alone: its answers have no fields, and it is refused for rows."""
    limits = _limits(LimitSpec("default", rows=Rate(100, 60.0)))
    assert limits.admit(CALLER, 1000.0, ("erp",)) == ()
    limits.charge(CALLER, "erp", 100, 5.0, 1000.0)
    _refused(limits, 1000.0, ("erp",))
    assert limits.admit(CALLER, 1000.0) == ()


def test_a_refusal_names_no_source() -> None:
    """What a caller is told has the name of no system."""
    limits = _limits(COSTS)
    limits.charge(CALLER, "canary", 5000, 0.0, 1000.0)
    error = _refused(limits, 1000.0, ("canary",))
    assert "canary" not in f"{error.detail} {error.headers} {error.errors}"


def _failures(limits: Limits, client: str, now: float, most: int = 100) -> int:
    """How many credentials an address may try, of `most`, none of which is accepted."""
    for count in range(most):
        try:
            limits.count_stranger(client, now)
        except ProblemError:
            return count
    return most


def test_a_stranger_may_fail_so_often() -> None:
    """An address has 30 failures, and then one every two seconds; another has its own, and callers are not touched."""
    limits = _limits(DEFAULT, buckets=64 * WAYS)
    assert _failures(limits, "203.0.113.9", 1000.0) == 30
    assert _failures(limits, "203.0.113.9", 1000.0) == 0
    assert _failures(limits, "203.0.113.9", 1002.1) == 1
    assert _failures(limits, "203.0.113.10", 1000.0) == 30
    assert _told(limits.admit(CALLER, 1000.0))[0] == 49


def test_a_stranger_is_told_when_to_try_again_and_no_more() -> None:
    """Such a 429 has Retry-After, and nothing of a quota that a stranger could measure others by."""
    limits = _limits()
    assert _failures(limits, "203.0.113.9", 1000.0) == 30
    with pytest.raises(ProblemError) as caught:
        limits.count_stranger("203.0.113.9", 1000.5)
    assert (caught.value.problem.code, caught.value.headers) == ("too-many-requests", (("Retry-After", "2"),))
    assert "203.0.113.9" not in caught.value.detail


@pytest.mark.parametrize(
    ("one", "another", "shared"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", True),
        ("2001:db8:1:2::1", "2001:DB8:1:2:0:0:0:1", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("fe80::1%eth0", "fe80::1", True),
        ("::ffff:203.0.113.9", "203.0.113.9", True),
        ("::ffff:203.0.113.9", "::ffff:203.0.113.8", False),
        ("not:an:address", "not:an:other", False),
    ],
)
def test_addresses_that_one_host_may_have_count_together(one: str, another: str, shared: bool) -> None:  # noqa: FBT001  # a column of the table
    """A network of 64 bits is one stranger; an IPv4 address is the same however it is written."""
    limits = _limits(buckets=64 * WAYS)
    assert _failures(limits, one, 1000.0) == 30
    assert _failures(limits, another, 1000.0) == (0 if shared else 30)


def test_nobody_suffers_for_an_address_that_nobody_knows() -> None:
    """Where the address is not known, no credential is refused for another's failures."""
    assert _failures(_limits(), "", 1000.0) == 100


def test_how_often_a_stranger_may_fail_can_be_said() -> None:
    """The number and its period are arguments."""
    assert _failures(Limits({}, Buckets(WAYS), Rate(5, 10.0)), "203.0.113.9", 1000.0) == 5
