"""What a read counts as: what was asked for and served to this caller, the same way by every door."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest

from app.callers.link import Link
from app.exchange import Inbound
from app.explain import explain
from app.pipeline import respond
from app.plan.forms import Form, parsed
from app.recall import Recall
from app.usage.asked import LINKS
from app.usage.counting import Usage
from tests.pipeline.kept_scene import ALL, CLOSED, NOTES, ORDERS, Scene, asking, opened
from tests.usage.counting_scene import Book

PLAIN = ("number", "customer", "text")
WHOLE = ("number", "customer", "margin", "text")


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A gateway with callers, which asks for purges once: what is recalled waits for nothing, however slow the machine is."""
    with opened(tmp_path / "kept", CLOSED) as found:
        opened_at = monotonic()
        assert found.gateway.purges is not None
        found.gateway.purges._inquiry._now = lambda: opened_at
        yield found


def counting(scene: Scene) -> tuple[Scene, Book, Usage]:
    """The same gateway, with a count of its own."""
    book = Book()
    usage = book.usage()
    return replace(scene, gateway=replace(scene.gateway, usage=usage)), book, usage


def counted(book: Book, usage: Usage) -> dict[tuple[str, Form], int]:
    """What was counted so far, and is then forgotten."""
    usage.flush()
    found = {(caller, parsed(text)): calls for (_, caller, text), calls in book.counts.items()}
    book.counts.clear()
    return found


@pytest.mark.parametrize(
    ("path", "caller", "form"),
    [
        ("/v1/orders/4", "all", Form("v1", "orders", item=True, fields=WHOLE)),
        ("/v1/orders/4", "a", Form("v1", "orders", item=True, fields=PLAIN)),
        ("/v2/orders", "masked", Form("v2", "orders", fields=PLAIN)),
        ("/v2/orders?fields=text,number&sort=-number&customer=AA&customer=BB", "all",
         Form("v2", "orders", fields=("number", "text"), filters=("customer",), sorts=("number",))),
        ("/v2/orders?customer[ne]=AA&customer=BB&fields=number", "all",
         Form("v2", "orders", fields=("number",), filters=("customer", "customer[ne]"))),
        ("/v2/orders?expand=lines&fields=number,lines", "all",
         Form("v2", "orders", fields=("number",), expansions=(("orders", "lines"),),
              along=(("lines", ("order", "line", "customer", "margin")),))),
        ("/v2/orders?expand=lines&fields=number,lines", "masked",
         Form("v2", "orders", fields=("number",), expansions=(("orders", "lines"),),
              along=(("lines", ("order", "line", "customer")),))),
        ("/v2/orders?expand=notes.lines,lines&fields=number,notes,lines", "masked",
         Form("v2", "orders", fields=("number",),
              expansions=(("orders", "notes"), ("remarks", "lines"), ("orders", "lines")),
              along=(("remarks", ("order", "note")), ("lines", ("order", "line", "customer"))))),
    ],
)  # fmt: skip
def test_a_read_counts_as_what_was_served(scene: Scene, path: str, caller: str, form: Form) -> None:
    """The caller's own view of it: fields that it may not see are not counted; values never."""
    watched, book, usage = counting(scene)
    assert watched.get(path, caller).status == 200
    assert counted(book, usage) == {(f"key:{caller}", form): 1}


@pytest.mark.parametrize("path", ["/v2/orders/4", "/v2/orders?limit=5", "/v2/orders?expand=lines&limit=3"])
def test_what_is_recalled_counts_like_what_is_read(scene: Scene, path: str) -> None:
    """The same caller and form, whether it was read, kept, not modified, asked for by HEAD, or recalled from memory."""
    watched, book, usage = counting(scene)
    first = watched.get(path, "all")
    etag = dict(first.headers)["ETag"]
    assert watched.get(path, "all", "HEAD").status == 200
    assert watched.get(path, "all", if_none_match=etag).status == 304
    ordinary = counted(book, usage)
    recall = Recall(watched.gateway)
    for inbound in (asking(path, "all"), asking(path, "all", if_none_match=etag), asking(path, "all", "HEAD")):
        known = recall.know(inbound)
        assert known is not None
        assert recall.answer(known, inbound) is not None
    assert list(ordinary.values()) == [3]
    assert counted(book, usage) == ordinary


def test_callers_of_an_open_contract_are_one(tmp_path: Path) -> None:
    """`anonymous`, whatever credential they bring."""
    with opened(tmp_path / "kept") as scene:
        watched, book, usage = counting(scene)
        assert [watched.get("/v2/lines/4,1", caller).status for caller in ("", "a", "x")] == [200] * 3
        form = Form("v2", "lines", item=True, fields=("order", "line", "customer", "margin"))
        assert counted(book, usage) == {("anonymous", form): 3}


@pytest.mark.parametrize(
    ("path", "caller", "status"),
    [
        ("/v2/orders/4711", "all", 404),
        ("/v2/orders/x", "all", 422),
        ("/v2/orders?x=1", "all", 422),
        ("/v2/orders/", "all", 308),
        ("/v2/nothing", "all", 404),
        ("/v2/orders/4", "", 401),
        ("/v2/orders/4", "x", 401),
    ],
)
def test_what_serves_nothing_is_not_counted(scene: Scene, path: str, caller: str, status: int) -> None:
    """Problems and redirects read no field."""
    watched, book, usage = counting(scene)
    assert watched.get(path, caller).status == status
    assert counted(book, usage) == {}


def test_other_methods_are_not_counted(scene: Scene) -> None:
    """OPTIONS is no read, and POST is none that is served."""
    watched, book, usage = counting(scene)
    assert [watched.get("/v2/orders", "all", method).status for method in ("OPTIONS", "POST")] == [204, 405]
    assert counted(book, usage) == {}


def test_a_source_that_fails_is_not_counted(tmp_path: Path) -> None:
    """Nothing was served."""
    with opened(tmp_path / "kept", CLOSED) as scene:
        watched, book, usage = counting(scene)
        watched.main.failure = sqlite3.OperationalError("no")
        assert watched.get("/v2/orders/4", "all").status >= 500
        assert counted(book, usage) == {}


def test_a_read_that_cannot_be_written_down_is_not_counted(tmp_path: Path) -> None:
    """An audited resource without an audit serves nothing."""
    orders = ORDERS.replace("access: {read", "access: {audited: true, read")
    with opened(tmp_path / "kept", CLOSED, orders=orders) as scene:
        watched, book, usage = counting(scene)
        assert watched.get("/v2/orders/4", "all").status == 503
        assert counted(book, usage) == {}


def test_holders_of_links_are_one(scene: Scene) -> None:
    """A link shows the fields that it says, and is no caller that anybody could write to."""
    watched, book, usage = counting(scene)

    def link(_: str) -> Link:
        return Link("/v1/orders/4", ("number", "text"), replace(ALL, identity="link:l1"))

    gateway = replace(watched.gateway, links=link)
    assert respond(gateway, Inbound("GET", "/links/text", "", {}, "https://gw")).status == 200
    assert counted(book, usage) == {(LINKS, Form("v1", "orders", item=True, fields=("number", "text"))): 1}


def test_what_a_command_explains_is_not_counted(scene: Scene) -> None:
    """A person who looks at a statement is no caller."""
    watched, book, usage = counting(scene)
    watched = replace(
        watched, gateway=replace(watched.gateway, credentials=replace(scene.gateway.credentials, needed=False))
    )
    answer, _ = explain(watched.gateway, "/v2/orders?limit=1")
    assert answer.status == 200
    assert counted(book, usage) == {}


def test_a_resource_that_nobody_keeps_is_counted(scene: Scene) -> None:
    """Uncached reads count, too; and a caller is told apart by its identity."""
    watched, book, usage = counting(scene)
    assert "cache:" not in NOTES
    for caller in ("a", "b", "a"):
        assert watched.get("/v1/notes/4", caller).status == 200
    form = Form("v1", "notes", item=True, fields=("order", "note"))
    assert counted(book, usage) == {("key:a", form): 2, ("key:b", form): 1}


def test_counting_can_be_off(scene: Scene) -> None:
    """Without a count, everything is answered all the same, by both ways."""
    watched = replace(scene, gateway=replace(scene.gateway, usage=None))
    assert watched.get("/v2/orders/4", "all").status == 200
    recall, inbound = Recall(watched.gateway), asking("/v2/orders/4", "all")
    known = recall.know(inbound)
    assert known is not None
    assert recall.answer(known, inbound) is not None
