"""Fetched examples: how rarely the portal reads, and what it shows where it may not or cannot."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

import pytest

from adapters.port import Rows, Shape, Unavailable
from app.gateway import Gateway
from app.plan.model import Access, Resource, Version
from app.web.portal.samples import A_MINUTE, AGAIN, AGE, Samples
from tests.http import plans

TODAY = date(2026, 11, 22)


@dataclass
class Counted(plans.Memory):
    """A source that counts what it is asked."""

    asked: list[str] = field(default_factory=list)

    def run(self, shape: Shape, *rest: object) -> Rows:
        """As the source in memory does."""
        self.asked.append(shape.table or "")
        return super().run(shape, *rest)  # type: ignore[arg-type]  # what follows is handed on as it came


@dataclass
class Scene:
    """A gateway over a counting source, its samples, and a clock that a test turns."""

    source: Counted = field(default_factory=Counted)
    now: float = 0.0

    def __post_init__(self) -> None:
        found = plans.gateway()
        self.gateway: Gateway = replace(found, sources={plans.SOURCE: self.source})
        self.samples = Samples(self.gateway, lambda: self.now)
        self.version: Version = found.plan.versions["v2"]
        self.orders: Resource = self.version.resources["orders"]

    def origin(self, **changes: object) -> str:
        """Where the example of orders, with changes, comes from now."""
        orders = replace(self.orders, **changes)  # type: ignore[arg-type]  # the test says which
        return self.samples.of(self.version, orders, TODAY).origin


@pytest.fixture
def one() -> Scene:
    """A fresh scene."""
    return Scene()


def test_a_resource_is_read_once_in_ten_minutes(one: Scene) -> None:
    """However many look at a page, its source is asked one thing in that time, and again only after it."""
    assert [one.origin() for _ in range(50)] == ["fetched"] * 50
    assert one.source.asked == ["ZZORDHDR"]
    one.now = AGE + 1
    assert one.origin() == "fetched"
    assert one.source.asked == ["ZZORDHDR"], "what the gateway keeps serves the portal, too"


def test_a_crawler_reads_so_many_resources_a_minute(one: Scene) -> None:
    """Who opens the pages of all resources has few of them fetched; a minute later some more."""
    number = one.orders.fields["number"]
    crowd = [{**one.orders.fields, f"field_{at}": number} for at in range(A_MINUTE * 2)]
    assert [one.origin(fields=fields) for fields in crowd] == ["fetched"] * A_MINUTE + ["described"] * A_MINUTE
    one.now = 60.0
    assert one.origin(fields=crowd[-1]) == "fetched"


def test_a_source_that_is_down_is_asked_once_a_minute(one: Scene) -> None:
    """While it does not answer the document's example stands there, and nobody waits for the source again and again."""
    one.source.failure = Unavailable("gone")
    assert [one.origin() for _ in range(20)] == ["described"] * 20
    assert len(one.source.asked) == 1
    one.source.failure, one.now = None, AGAIN + 1
    assert one.origin() == "fetched"


def test_what_may_not_be_read_for_a_page_is_described(one: Scene) -> None:
    """Audited reads, classified keys and versions that ended are never fetched for a page."""
    secret = {**one.orders.fields, "number": replace(one.orders.fields["number"], classification="personal")}
    assert one.origin(access=Access(audited=True)) == "described"
    assert one.origin(fields=secret) == "described"
    gone = replace(one.version, status="retired")
    assert one.samples.of(gone, one.orders, TODAY).origin == "described"
    assert one.source.asked == []


def test_the_portal_s_reads_count_for_nobody(one: Scene) -> None:
    """What a page fetched is no caller's use, and takes nothing of a caller's limits."""
    noted: list[object] = []

    class Usage:
        def note(self, *said: object) -> None:
            noted.append(said)

    watched = replace(one.gateway, usage=Usage())  # type: ignore[arg-type]  # all that the pipeline asks of it
    assert Samples(watched).of(one.version, one.orders, TODAY).origin == "fetched"
    assert noted == []


def test_a_cursor_is_not_shown_whole(one: Scene) -> None:
    """The cursor of the example is cut: it is nobody's to use."""
    body = one.samples.of(one.version, one.orders, TODAY).body
    assert '"next": "' in body
    assert body.count("…") == 1
