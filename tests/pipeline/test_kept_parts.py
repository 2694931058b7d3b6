"""Parts that answers share: counts and expansions, each kept as its own resource says, none of them by who must not see it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.settings import Settings
from tests.pipeline.kept_scene import CALLERS, CLOSED, ORDERS, Scene, cache_status, items, opened
from tests.plan.depot import body, header

PAGE = "/v2/orders?limit=5"
EXPANDED = "/v2/orders?limit=5&expand=lines"


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """An open gateway that keeps nothing yet."""
    with opened(tmp_path / "kept") as found:
        yield found


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Scene]:
    """A gateway with callers."""
    with opened(tmp_path / "kept", CLOSED) as found:
        yield found


def test_pages_of_one_list_share_their_count(scene: Scene) -> None:
    """It is read with the first page, and once for each filter."""
    cursor = ""
    for page in range(4):
        answer = scene.get(f"{PAGE}&count=exact{cursor}")
        assert body(answer)["page"]["total"] == 20
        assert scene.asked()[0] == (1 if page else 2)
        cursor = f"&cursor={body(answer)['page']['next']}"
    assert body(scene.get(f"{PAGE}&count=exact&customer=AA"))["page"]["total"] == 10
    assert scene.asked()[0] == 2


def test_a_count_is_kept_as_long_as_its_list(scene: Scene) -> None:
    """After that it is read anew, with the page that needs it."""
    scene.get(f"{PAGE}&count=exact")
    scene.later(30)
    scene.asked()
    scene.get("/v2/orders?limit=6&count=exact")
    assert scene.asked()[0] == 2


def test_an_expansion_is_kept_as_long_as_its_own_resource_says(scene: Scene) -> None:
    """A page that is read anew reads its lines anew when theirs is over, and not before."""
    first = items(scene.get(EXPANDED))
    assert scene.asked() == (1, 1)
    scene.later(31)
    assert items(scene.get("/v2/orders?limit=5&expand=lines&fields=number,lines"))[0]["lines"] == first[0]["lines"]
    assert scene.asked() == (1, 0)
    scene.later(70)
    scene.get("/v2/orders?limit=5&expand=lines&fields=customer,lines")
    assert scene.asked() == (1, 1)


def test_what_the_contract_does_not_keep_is_no_part(scene: Scene) -> None:
    """Each page that shows it reads it; and a page that is not kept has kept parts all the same."""
    for fields in ("number,notes", "customer,notes"):
        assert items(scene.get(f"{PAGE}&expand=notes&fields={fields}"))[3]["notes"] == [{"order": 4, "note": "Note"}]
        assert scene.asked() == (1, 1)
    for expected in ((0, 2), (0, 1)):
        answer = scene.get("/v1/notes?expand=lines")
        assert len(items(answer)[0]["lines"]) == 2
        assert (cache_status(answer), scene.asked()) == ({"fwd": "bypass"}, expected)


def test_data_is_as_old_as_its_oldest_part(scene: Scene) -> None:
    """A page that was read now with lines of a minute ago says so; a page without them is of now."""
    scene.get(EXPANDED)
    scene.later(61)
    now = scene.get("/v2/orders?limit=5&fields=number")
    parts = scene.get("/v2/orders?limit=5&expand=lines&fields=number,lines")
    assert cache_status(parts)["fwd"] == "uri-miss"
    ages = [datetime.fromisoformat(header(each, "Data-As-Of") or "") for each in (parts, now)]
    assert timedelta(seconds=59) < ages[1] - ages[0] < timedelta(seconds=75)


def test_a_purge_of_what_is_expanded_reaches_the_page(scene: Scene) -> None:
    """Page and part are read anew; a page that does not show it is not."""
    for path in (EXPANDED, PAGE):
        scene.get(path)
    scene.asked()
    scene.purge("resource:v2/lines")
    assert cache_status(scene.get(PAGE))["hit"]
    assert cache_status(scene.get(EXPANDED))["fwd"] == "uri-miss"
    assert scene.asked() == (1, 1)


@pytest.mark.parametrize(
    ("tag", "gone"),
    [
        ("everything", True),
        ("source:main", True),
        ("source:side", False),
        ("resource:v2/orders", True),
        ("resource:v1/orders", False),
        ("item:v2/orders/4", True),
        ("item:v2/orders/5", False),
        ("table:main/ORDHDR", True),
    ],
)
def test_a_purge_reaches_what_it_names(scene: Scene, tag: str, gone: bool) -> None:  # noqa: FBT001  # a row of the table
    """The next request reads anew what shows it, and nothing else."""
    scene.get("/v2/orders/4")
    scene.purge(tag)
    assert ("fwd" in cache_status(scene.get("/v2/orders/4"))) == gone


def test_bounds_hold_for_parts_too(scene: Scene) -> None:
    """Too many related rows are not served, whether they were counted now or a moment ago; fewer are."""
    small = replace(scene.gateway, settings=replace(Settings(), max_expanded_rows=6))
    scene = replace(scene, gateway=small)
    for fields in ("number,lines", "customer,lines"):
        answer = scene.get(f"{PAGE}&expand=lines&fields={fields}")
        assert items(answer)[0]["_issues"] == {"lines": "too-many-rows"}
        assert cache_status(answer) == {"fwd": "uri-miss"}
    assert len(items(scene.get("/v2/orders?limit=3&expand=lines"))[2]["lines"]) == 2


def test_budgets_hold_for_parts_too(scene: Scene) -> None:
    """What a request may bring from a source, it may bring from it with parts; what is kept costs nothing of it."""
    scene = replace(scene, gateway=replace(scene.gateway, budgets={"side": 6}))
    assert items(scene.get(EXPANDED))[0]["_issues"] == {"lines": "too-many-rows"}
    assert len(items(scene.get("/v2/orders?limit=3&expand=lines"))[2]["lines"]) == 2
    scene.asked()
    assert len(items(scene.get("/v2/orders?limit=3&expand=lines&fields=lines"))[2]["lines"]) == 2
    assert scene.asked() == (1, 0)


def test_callers_with_other_rights_never_share_a_part(closed: Scene) -> None:
    """Rows and fields of one caller are in no count and no batch of another, in whatever order they ask."""
    path = "/v2/orders?limit=20&expand=lines&count=exact"
    for _ in range(2):
        for name in ("all", "a", "masked", "b"):
            answer, caller = closed.get(path, name), CALLERS[f"bascule_{name}"]
            wanted = set(caller.claims.get("customer", ("AA", "BB")))
            lines = [line for order in items(answer) for line in order["lines"]]
            assert {each["customer"] for each in items(answer)} == wanted
            assert {line["customer"] for line in lines} == wanted
            assert body(answer)["page"]["total"] == 10 * len(wanted)
            assert {"margin" in each for each in (*items(answer), *lines)} == {name == "all"}
    assert closed.asked() == (8, 4), "each right has its page, its count and its lines: read once"


def test_a_part_that_will_soon_be_old_is_read_for_nobody(scene: Scene) -> None:
    """Behind the requests, in the background of the source, and not at the cost of the request that showed it."""
    scene.get(EXPANDED)
    scene.later(85)
    scene.asked()
    answer = scene.get("/v2/orders?limit=5&expand=lines&fields=number,lines")
    assert "side" not in (header(answer, "Server-Timing") or "")
    assert scene.line.work() == 1
    assert (scene.side.asked, scene.main.asked) == (["background"], ["interactive"])
    scene.later(31)
    scene.get("/v2/orders?limit=5&expand=lines&fields=customer,lines")
    assert len(scene.side.asked) == 1


@pytest.mark.parametrize("orders", [ORDERS, re.sub("cache: .*", "", ORDERS)], ids=["kept", "not kept"])
def test_a_part_that_somebody_else_reads_too_slowly_is_a_hole(tmp_path: Path, orders: str) -> None:
    """The item answers without it, as it does where the source itself is too slow; whether the item is kept or not."""
    with opened(tmp_path / "kept", orders=orders) as scene:
        late, answers = replace(scene, gateway=replace(scene.gateway, deadlines={"main": 60.0, "side": 0.0})), []
        scene.side.before = lambda: answers.append(late.get(f"{EXPANDED}&fields=number,lines"))
        assert items(scene.get(EXPANDED))[0]["lines"]
    (answer,) = answers
    assert items(answer)[0] == {"number": 1, "lines": None, "_issues": {"lines": "source-timeout"}}
    assert header(answer, "Cache-Control") == "no-store"
