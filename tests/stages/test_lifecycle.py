"""Lifecycle: what a version's dates say to its clients."""

from __future__ import annotations

import datetime as dt

import pytest

from app.plan.model import Version
from app.problems import ProblemError
from app.stages.lifecycle import headers, refuse_gone

OLD = Version("v1", "deprecated", {}, None, dt.date(2026, 9, 1), dt.date(2027, 9, 1), "v2")


def test_a_deprecated_version_says_since_when_until_when_and_what_then() -> None:
    """RFC 9745's date in seconds, RFC 8594's HTTP-date, and links to the changes and to the successor."""
    assert headers(OLD, "https://gw", "/v2/orders/4711") == (
        ("Deprecation", "@1788220800"),
        ("Sunset", "Wed, 01 Sep 2027 23:59:59 GMT"),
        ("Link", '<https://gw/v2/docs>; rel="deprecation"; type="text/html"'),
        ("Link", '<https://gw/v2/orders/4711>; rel="successor-version"'),
    )
    assert dt.datetime.fromtimestamp(1788220800, dt.UTC) == dt.datetime(2026, 9, 1, tzinfo=dt.UTC)


def test_what_is_not_known_is_not_said() -> None:
    """No successor of the resource: no link to it; no dates: no headers."""
    assert [name for name, _ in headers(OLD, "", "")] == ["Deprecation", "Sunset", "Link"]
    assert headers(Version("v1", "retired", {}), "", "/v2/orders") == ()


@pytest.mark.parametrize(
    ("today", "gone"), [(dt.date(2026, 8, 31), False), (dt.date(2027, 9, 1), False), (dt.date(2027, 9, 2), True)]
)
def test_the_day_of_the_sunset_is_the_last(today: dt.date, *, gone: bool) -> None:
    """A version answers to the end of its last day, and 410 from the day after on."""
    if not gone:
        refuse_gone(OLD, today, ())
        return
    with pytest.raises(ProblemError) as caught:
        refuse_gone(OLD, today, (("Link", "x"),))
    assert (caught.value.problem.code, caught.value.problem.status) == ("version-gone", 410)
    assert caught.value.detail == "v1 has been shut down since 2027-09-01; use v2"
    assert caught.value.headers == (("Link", "x"),)


def test_a_retired_version_is_gone_whatever_its_dates() -> None:
    """`status: retired` ends a version at once."""
    with pytest.raises(ProblemError, match=r"^v1 has been shut down$"):
        refuse_gone(Version("v1", "retired", {}), dt.date(2000, 1, 1), ())
