"""Giving out order links: what may be shown, and what is said of a wish that cannot be."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from app.callers.link_manager import BadLink, UnknownLink, settled, standing
from app.plan.access import Views
from app.problems import ProblemError
from tests.callers.links_scene import ACME, DAY, Scene, scene, wish

__all__ = ["scene"]

NOW = 1_700_000_000.0


def test_a_link_takes_the_scopes_of_what_it_shows_and_no_other(scene: Scene) -> None:
    """The resource's, and those of its fields: a field that is not shown brings none."""
    assert settled(scene.plan, wish(), NOW).scopes == ("orders:read",)
    assert settled(scene.plan, wish(fields=("total",)), NOW).scopes == ("finance:read", "orders:read")
    exempt = settled(scene.plan, wish(claims={}, exempt=True), NOW)
    assert (exempt.scopes, exempt.claims) == (("orders:all", "orders:read"), {})


def test_what_a_link_says_suffices(scene: Scene) -> None:
    """The plan shows its holder every field of it, and of other rows none."""
    link = scene.open(scene.link(fields=("number", "status", "total")))
    orders = Views().view(scene.plan.versions["v1"], link.caller).resource("orders")
    assert set(link.fields) <= set(orders.fields)
    assert "C1001" in orders.active_values


def test_fields_stand_in_the_order_of_the_resource(scene: Scene) -> None:
    """Whatever the order they were asked for in, and each once."""
    assert settled(scene.plan, wish(fields=("status", "number", "status")), NOW).fields == ("number", "status")


def test_a_key_has_one_form(scene: Scene) -> None:
    """Two spellings of a key are one path, so that the links to an item are found by it."""
    assert settled(scene.plan, wish(path="/v1/orders/%30004711"), NOW).path == "/v1/orders/0004711"


@pytest.mark.parametrize(
    ("changes", "word", "said"),
    [
        ({"path": "/v1/orders"}, "path", "'/v1/orders' is not the path of an item: /v1/orders/4711"),
        ({"path": "v1/orders/1"}, "path", "is not the path of an item"),
        ({"path": "/v1/orders/1?fields=total"}, "path", "is not the path of an item"),
        ({"path": "/v1/orders/" + "1" * 2000}, "path", "at most 1000 characters"),
        ({"path": "/v1/orders/4711é"}, "path", "percent-encoded"),
        ({"path": "/v1/orders/%ff"}, "path", "not valid UTF-8"),
        ({"path": "/v2/orders/1"}, "path", "there is no version 'v2' — known: v1"),
        ({"path": "/v1/order/1"}, "path", "there is no resource 'order' — did you mean 'orders'?"),
        ({"path": "/v1/orders/twelve"}, "path", "the key is not one that this resource can have; number: expected"),
        ({"path": "/v1/order-lines/12", "claims": {}}, "path", "the key has 2 parts: {order},{line}"),
        ({"fields": ()}, "fields", "one field at least"),
        ({"fields": ("numbr",)}, "fields", "orders has no field 'numbr' — did you mean 'number'?"),
        ({"fields": ("lines",)}, "fields", "orders has no field 'lines'"),
        ({"claims": {}}, "claims", "the link needs the claim 'customer', or an exemption from it"),
        ({"claims": {"custmer": ("C1",)}}, "claims", "no claim 'custmer' — did you mean 'customer'?"),
        ({"claims": {"customer": ("too long for the column",)}}, "claims", "no row of orders can have these claims"),
        ({"claims": {"customer": (" ",)}}, "claims", "no row of orders can have these claims"),
        ({"exempt": True}, "exempt", "the claims of its row, or is exempt"),
        ({"path": "/v1/jobs/1", "fields": ("number",), "claims": {}, "exempt": True}, "exempt", "no rows_exempt"),
        ({"path": "/v1/jobs/1", "fields": ("number",), "claims": ACME}, "claims", "no claim 'customer'"),
        ({"lifetime": 0.0}, "lifetime", "more than nothing"),
        ({"lifetime": 367 * DAY}, "lifetime", "at most 366 days"),
        ({"note": "two\nlines"}, "note", "printable"),
        ({"note": "n" * 201}, "note", "at most 200 characters"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said(scene: Scene, changes: dict[str, Any], word: str, said: str) -> None:
    """Each with the part of the wish that is wrong, and the nearest name; nothing is kept."""
    with pytest.raises(BadLink) as caught:
        scene.manager.create(scene.plan, wish(**changes))
    assert caught.value.word == word
    assert said in str(caught.value)
    assert scene.manager.page() == []


def test_a_version_that_has_ended_takes_no_more_links(scene: Scene) -> None:
    """After its sunset as after its retirement; a version that is current has none, whatever its dates."""
    ending = replace(scene.plan.versions["v1"], status="deprecated", sunset_on=date(2023, 11, 13))
    with pytest.raises(BadLink, match="v1 has been shut down"):
        settled(replace(scene.plan, versions={"v1": ending}), wish(), NOW)
    current = replace(ending, status="current")
    assert settled(replace(scene.plan, versions={"v1": current}), wish(), NOW).path == "/v1/orders/0004711"


def test_links_are_listed_the_newest_first(scene: Scene) -> None:
    """All of them, page by page, or those to one item."""
    for number in range(5):
        scene.wall.at += number // 2  # some of them at the same time
        scene.link(path=f"/v1/orders/{number:07}")
    every = list(scene.manager.everything())
    assert [each.created_at for each in every] == sorted((each.created_at for each in every), reverse=True)
    assert len({each.id for each in every}) == 5
    paged = scene.manager.page(limit=2)
    while more := scene.manager.page(after=paged[-1].id, limit=2):
        paged += more
    assert paged == every
    assert [each.path for each in scene.manager.page("/v1/orders/0000003")] == ["/v1/orders/0000003"]


def test_a_link_that_nobody_knows_is_said_so(scene: Scene) -> None:
    """To be revoked, or to list behind it."""
    for ask in (scene.manager.find, scene.manager.revoke, lambda each: scene.manager.page(after=each)):
        with pytest.raises(UnknownLink):
            ask("0" * 24)


def test_a_link_is_revoked_once(scene: Scene) -> None:
    """The first time stays, and workers look again but once."""
    _, record = scene.manager.create(scene.plan, wish())
    first = scene.manager.revoke(record.id)
    revision = scene.state.revision()
    scene.wall.at += 60
    assert scene.manager.revoke(record.id) == first
    assert scene.state.revision() == revision
    assert standing(first, scene.wall.at) == "revoked"


def test_a_link_is_forgotten_long_after_its_end(scene: Scene) -> None:
    """The table does not grow for ever: what ended ninety days ago goes when another one comes."""
    scene.link(lifetime=DAY)
    scene.wall.at += 90 * DAY
    scene.link()
    assert [standing(each, scene.wall.at) for each in scene.manager.page()] == ["active", "expired"]
    scene.wall.at += 2 * DAY
    scene.link()
    assert len(scene.manager.page()) == 2


def test_the_holder_of_a_link_has_no_more_than_it_says(scene: Scene) -> None:
    """Nothing else of the contract is open to its caller."""
    link = scene.open(scene.link())
    view = Views().view(scene.plan.versions["v1"], link.caller)
    assert "total" not in view.resource("orders").fields
    other = scene.open(scene.link(path="/v1/jobs/1", fields=("number",), claims={}))
    with pytest.raises(ProblemError):
        Views().view(scene.plan.versions["v1"], other.caller).resource("orders")
