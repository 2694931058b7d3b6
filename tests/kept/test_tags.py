"""Tags: an answer and a purge of it have one in common, and an answer and a purge of anything else have none."""

from __future__ import annotations

import pytest

from app.kept.tags import BadPurge, Wanted, tags_of, tags_to_purge, written
from app.plan import keys
from app.plan.model import Plan, Resource
from tests.http import plans

PLAN: Plan = plans.plan()
ORDERS, LINES, PARTS = (PLAN.versions["v1"].resources[name] for name in ("orders", "order-lines", "parts"))
NEWER = PLAN.versions["v2"].resources["orders"]

ITEM = tags_of(ORDERS, key=("4711",))
ITEM_WITH_LINES = tags_of(ORDERS, [LINES, PARTS], ("4711",))
OTHER_ITEM = tags_of(ORDERS, key=("4712",))
LIST = tags_of(ORDERS)
LINE = tags_of(LINES, key=("4711", 1))
LIST_OF_LINES = tags_of(LINES, [PARTS])
PART = tags_of(PARTS, key=("A/7",))
NEWER_ITEM = tags_of(NEWER, key=("4711",))
ANSWERS = (ITEM, ITEM_WITH_LINES, OTHER_ITEM, LIST, LINE, LIST_OF_LINES, PART, NEWER_ITEM)


@pytest.mark.parametrize(
    ("wanted", "purged"),
    [
        (Wanted(sources=("qqhost",)), ANSWERS),
        (Wanted(tables=("qqhost/ZZORDHDR",)), (ITEM, ITEM_WITH_LINES, OTHER_ITEM, LIST, NEWER_ITEM)),
        (Wanted(tables=("qqhost/ZZORDLIN",)), (ITEM_WITH_LINES, LINE, LIST_OF_LINES)),
        (Wanted(resources=("v1/orders",)), (ITEM, ITEM_WITH_LINES, OTHER_ITEM, LIST)),
        (Wanted(resources=("v2/orders",)), (NEWER_ITEM,)),
        (Wanted(resources=("v1/parts",)), (ITEM_WITH_LINES, LIST_OF_LINES, PART)),
        (Wanted(items=("v1/orders/4711",)), (ITEM, ITEM_WITH_LINES, LIST)),
        (Wanted(items=("v1/orders/4711", "/v1/orders/4712")), (ITEM, ITEM_WITH_LINES, OTHER_ITEM, LIST)),
        (Wanted(items=("v1/order-lines/4711,1",)), (ITEM_WITH_LINES, LINE, LIST_OF_LINES)),
        (Wanted(items=("v1/order-lines/4711,01",)), (ITEM_WITH_LINES, LINE, LIST_OF_LINES)),
        (Wanted(items=("v1/order-lines/4711,2",)), (ITEM_WITH_LINES, LIST_OF_LINES)),
        (Wanted(items=("v1/parts/A%2F7",)), (ITEM_WITH_LINES, LIST_OF_LINES, PART)),
        (Wanted(items=("v1/parts/A/7",)), (ITEM_WITH_LINES, LIST_OF_LINES, PART)),
        (Wanted(items=("v1/parts/a%2f7",)), (ITEM_WITH_LINES, LIST_OF_LINES)),
    ],
)
def test_what_shows_it_is_purged_and_nothing_else(wanted: Wanted, purged: tuple[tuple[str, ...], ...]) -> None:
    """Items, lists and expansions of a resource; other versions are resources of their own over the same table."""
    tags = set(tags_to_purge(PLAN, wanted))
    assert [each for each in ANSWERS if tags.intersection(each)] == list(purged)


def test_everything_is_a_tag_of_no_answer() -> None:
    """Who looks at tags knows it besides."""
    assert tags_to_purge(PLAN, Wanted(everything=True)) == ("everything",)
    assert not any("everything" in each for each in ANSWERS)


def test_tags_are_as_they_are_documented() -> None:
    """An item with expansions has all of them, each once."""
    assert set(ITEM_WITH_LINES) == {
        "item:v1/orders/4711", "resource:v1/orders", "table:qqhost/ZZORDHDR", "source:qqhost",
        "resource:v1/order-lines", "table:qqhost/ZZORDLIN", "lists:v1/order-lines",
        "resource:v1/parts", "table:qqhost/ZZPARTS", "lists:v1/parts",
    }  # fmt: skip
    assert len(set(ITEM_WITH_LINES)) == len(ITEM_WITH_LINES)
    assert set(LIST) == {"lists:v1/orders", "resource:v1/orders", "table:qqhost/ZZORDHDR", "source:qqhost"}


def test_a_resource_over_a_query_has_no_table() -> None:
    """Its source and itself lead to it."""
    query = Resource("slow", "v1", "qqhost", ("name",), PARTS.fields, PARTS.traits, query="SELECT 1")
    assert set(tags_of(query)) == {"lists:v1/slow", "resource:v1/slow", "source:qqhost"}


@pytest.mark.parametrize("key", [("A/7",), ("Ü,1",), ("50%",), ("a:b?c#d",), ("\0\n",)])
def test_a_key_is_purged_as_it_stands_in_an_address(key: tuple[str, ...]) -> None:
    """Whatever it holds: the address that is written of an item is one that purges it."""
    address = f"/v1/parts/{keys.write(key)}"
    assert tags_of(PARTS, key=key)[0] in tags_to_purge(PLAN, Wanted(items=(address,)))


@pytest.mark.parametrize(
    ("wanted", "wrong"),
    [
        (Wanted(), [("", 0, "nothing is named that is to be purged")]),
        (Wanted(sources=("qqhost", "qqhots")), [("sources", 1, "there is no source 'qqhots' — did you mean 'qqhost'?")]),
        (Wanted(tables=("qqhost/ZZORDHDRS",)), [("tables", 0, "there is no table 'qqhost/ZZORDHDRS' — did you mean 'qqhost/ZZORDHDR'?")]),
        (Wanted(resources=("v1/order",)), [("resources", 0, "there is no resource 'v1/order' — did you mean 'v1/orders'?")]),
        (Wanted(items=("v9/orders/1", "4711")), [
            ("items", 0, "there is no resource 'v9/orders' — did you mean 'v2/orders'?"),
            ("items", 1, "'4711' is not the path of an item: v1/orders/4711"),
        ]),
        (Wanted(items=("v1/order-lines/4711",)), [("items", 0, "the key has 2 parts: {order},{line}")]),
        (Wanted(items=("v1/order-lines/4711,x",)), [
            ("items", 0, "the key is not one that this resource can have; line: expected a number — 12")
        ]),
        (Wanted(everything=True, sources=("x",), items=("y",)), [
            ("sources", 0, "there is no source 'x' — known: qqhost"),
            ("items", 0, "'y' is not the path of an item: v1/orders/4711"),
        ]),
    ],
)  # fmt: skip
def test_every_mistake_is_told(wanted: Wanted, wrong: list[tuple[str, int, str]]) -> None:
    """All at once, each with its place and the nearest name."""
    with pytest.raises(BadPurge) as caught:
        tags_to_purge(PLAN, wanted)
    assert [(each.word, each.at, str(each)) for each in caught.value.wrong] == wrong


def test_what_is_not_classified_is_written_down_as_it_is() -> None:
    """Only the key of an item may be classified."""
    for tag in (*ITEM, *LINE):
        assert written(PLAN, tag, lambda _: "hidden") == tag
