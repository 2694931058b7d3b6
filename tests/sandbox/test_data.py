"""Invented data: it decodes, it is unique where it has to be, whoever refers to somebody finds them, and it is always the same."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.gateway import Gateway
from app.plan.model import Plan, Resource
from app.sandbox import Recipe, World
from app.sandbox.recipe import MOST_ROWS
from app.sandbox.survey import Place, place_of
from app.sandbox.texts import TODAY
from tests.house.source import ROOT
from tests.sandbox import conversions
from tests.sandbox.asking import body, get, header, items, mock, mocked, resources, segment


def test_every_item_of_every_resource_is_served(mocked_plant: Gateway) -> None:
    """Each list is full; each item is found by its key, is the one of the list, and has no issue; null only where it may be."""
    for resource in resources(mocked_plant):
        found = items(mocked_plant, resource.path)
        assert len(found) >= 10, resource.path
        for item in found:
            assert "_issues" not in item
            assert all(item[name] is not None or each.nullable for name, each in resource.fields.items())
            assert body(get(mocked_plant, f"{resource.path}/{segment(resource, item)}")) == item


def test_every_answer_says_that_it_is_invented(mocked_plant: Gateway) -> None:
    """Items, lists and problems carry the header, those from memory too."""
    for path in ("/v2/orders", "/v2/orders", "/v2/orders/0001001", "/v2/nothing", "/v2/orders/0"):
        assert header(get(mocked_plant, path), "Bascule-Sandbox") == "true", path


def test_every_conversion_is_invented(tmp_path: Path) -> None:
    """Whatever `stored_as` can say, of an AS/400 and of a SQL Server: values decode without an issue, and are not all null."""
    gateway = mock(conversions.build(tmp_path / "everything"), Recipe(rows=30))
    try:
        for resource in resources(gateway):
            found = items(gateway, resource.path)
            assert len(found) == 30
            assert not [item for item in found if "_issues" in item], resource.path
            values = [item["value"] for item in found]
            assert sum(value is not None for value in values) > 20, resource.path
            assert None not in values or resource.fields["value"].nullable
            assert body(get(gateway, f"{resource.path}/{found[7]['id']}")) == found[7]
    finally:
        gateway.close()


def test_nulls_and_sentinels_stand_where_they_may(tmp_path: Path) -> None:
    """Of the conversions that know null, most have some; a column that takes NULL has it now and then."""
    gateway = mock(conversions.build(tmp_path / "everything"), Recipe(rows=60))
    try:
        nullable = [each for each in resources(gateway) if each.fields["value"].columns[0].nullable]
        without = [
            each.path for each in nullable if all(item["value"] is not None for item in items(gateway, each.path))
        ]
        assert len(without) <= len(nullable) // 20, without
    finally:
        gateway.close()


def test_filters_and_sorts_find_what_lists_show(mocked_plant: Gateway) -> None:
    """Each filter for equality finds just the items that have the value; each sort has the same items in another order."""
    for resource in resources(mocked_plant):
        found = items(mocked_plant, resource.path)
        for name in resource.sorts:
            ordered = items(mocked_plant, resource.path, f"sort=-{name}")
            assert sorted(map(json.dumps, ordered)) == sorted(map(json.dumps, found))
        for each in resource.filters.values():
            value = next((item[each.field.name] for item in found if item[each.field.name] is not None), None)
            if each.operator != "eq" or not isinstance(value, str):
                continue
            asked = items(
                mocked_plant, resource.path, f"{each.parameter}={value.replace('+', '%2B').replace('&', '%26')}"
            )
            wanted = [item for item in found if item[each.field.name] == value]
            assert [segment(resource, item) for item in asked] == [segment(resource, item) for item in wanted]


# Relations.


def related(gateway: Gateway, resource: Resource, name: str) -> Mapping[str, Any]:
    """What each item of a resource is expanded by, by its key."""
    return {segment(resource, item): item[name] for item in items(gateway, resource.path, f"limit=50&expand={name}")}


def test_who_refers_to_somebody_finds_them(mocked_plant: Gateway) -> None:
    """Each expansion to one is there wherever its fields have values, across both sources and in both versions."""
    seen = 0
    for resource in resources(mocked_plant):
        for expansion in resource.expansions.values():
            if expansion.many:
                continue
            own = {segment(resource, item): item for item in items(mocked_plant, resource.path)}
            for key, found in related(mocked_plant, resource, expansion.name).items():
                refers = all(own[key][name] is not None for name in expansion.local)
                assert (found is not None) is refers, (resource.path, expansion.name, key)
                seen += refers
    assert seen > 500


def test_nobody_is_an_orphan(mocked_plant: Gateway) -> None:
    """Of each expansion to many, every child has a parent that is shown; some parents have none, and a few have many."""
    counted = 0
    for version in mocked_plant.plan.versions.values():
        for resource in version.resources.values():
            for expansion in (each for each in resource.expansions.values() if each.many):
                children = related(mocked_plant, resource, expansion.name)
                there = items(mocked_plant, version.resources[expansion.resource].path)
                known = [item for item in there if all(item[name] is not None for name in expansion.remote)]
                sizes = sorted(map(len, children.values()))
                assert sum(sizes) == len(known), (resource.path, expansion.name)
                assert sizes[0] == 0
                assert sizes[-1] >= 2 * sum(sizes) / len(sizes)
                counted += 1
    assert counted >= 6


def test_parents_are_fewer_than_children(mocked_plant: Gateway) -> None:
    """Customers are fewer than orders, and orders fewer than their lines."""
    customers, orders, lines = (
        len(items(mocked_plant, f"/v2/{name}")) for name in ("customers", "orders", "order-lines")
    )
    assert customers < orders < lines


def test_most_rows_are_active_and_some_are_not(mocked_plant: Gateway, contract: Path) -> None:
    """A condition of a resource leaves out some of the rows that were made, and not many."""
    world = world_of(contract)
    orders = mocked_plant.plan.versions["v2"].resources["orders"]
    made = world.table(place_of(orders))
    assert made is not None
    shown = len(items(mocked_plant, orders.path))
    assert 0.75 * len(made.rows) < shown < len(made.rows)


def test_days_lie_around_the_day_that_is_today(mocked_plant: Gateway) -> None:
    """What has happened lies in the last two years, what is promised in the months around the fixed day."""
    found = items(mocked_plant, "/v2/orders")
    ordered = [date.fromisoformat(item["ordered_on"]) for item in found if item["ordered_on"]]
    assert TODAY - timedelta(days=730) <= min(ordered) <= max(ordered) <= TODAY
    assert any(date.fromisoformat(item["requested_on"]) > TODAY for item in found if item["requested_on"])


# The same, always.


def world_of(folder: Path, recipe: Recipe | None = None, plan: Plan | None = None) -> World:
    """The world of a contract."""
    compiled = mocked(folder, recipe)
    return World(plan or compiled.plan, compiled.catalogs, compiled.contract.queries, recipe)


def told(world: World) -> dict[str, str]:
    """All rows of all tables, as text."""
    found = {}
    for version in world.plan.versions.values():
        for resource in version.resources.values():
            made = world.table(place_of(resource))
            assert made is not None
            found[resource.path] = repr(made.rows)
    return found


SCRIPT = """
import hashlib, sys
from pathlib import Path
from tests.sandbox.test_data import told, world_of
print(hashlib.sha256(repr(sorted(told(world_of(Path(sys.argv[1]))).items())).encode()).hexdigest())
"""


def test_the_data_is_the_same_in_every_process(contract: Path) -> None:
    """Two processes whose hashes of texts differ make the same bytes; tables may be asked for in any order."""
    found = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT, str(contract)],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1
    backwards, forwards = world_of(contract), told(world_of(contract))
    last = list(resources_of(backwards.plan))[::-1]
    for resource in last:
        backwards.table(place_of(resource))
    assert told(backwards) == forwards


def resources_of(plan: Plan) -> list[Resource]:
    """Every resource of every version."""
    return [each for version in plan.versions.values() for each in version.resources.values()]


def test_another_seed_gives_other_data(contract: Path) -> None:
    """No table is the same."""
    first, second = told(world_of(contract)), told(world_of(contract, Recipe(seed=2)))
    assert all(first[path] != second[path] for path in first)


def test_one_table_s_change_moves_no_other(contract: Path) -> None:
    """Without one field, and without one whole resource, all other tables have the values that they had."""
    world = world_of(contract)
    before = told(world)
    changed = {}
    for name, version in world.plan.versions.items():
        kept = {path: each for path, each in version.resources.items() if path != "work-centers" and each.query is None}
        kept = {
            path: replace(each, fields={key: field for key, field in each.fields.items() if key != "weight_kg"})
            for path, each in kept.items()
        }
        changed[name] = replace(version, resources={path: unled(each) for path, each in kept.items()})
    after = told(world_of(contract, plan=replace(world.plan, versions=changed)))
    same = [path for path in after if "operations" not in path and "items" not in path and "orders" not in path]
    assert len(same) >= 6
    assert {path: after[path] for path in same} == {path: before[path] for path in same}


def unled(resource: Resource) -> Resource:
    """A resource without the expansion that leads to what is gone."""
    return replace(
        resource,
        expansions={name: each for name, each in resource.expansions.items() if each.resource != "work-centers"},
    )


@pytest.mark.parametrize("rows", [1, 2, 7, 40])
def test_a_table_has_as_many_rows_as_are_asked_for(contract: Path, rows: int) -> None:
    """However few they are, every resource has some, and none has more."""
    gateway = mock(contract, Recipe(rows=rows))
    try:
        counts = Counter({each.path: len(items(gateway, each.path)) for each in resources(gateway)})
    finally:
        gateway.close()
    assert 0 < min(counts.values()) <= max(counts.values()) <= rows


@pytest.mark.parametrize("rows", [0, MOST_ROWS + 1])
def test_rows_are_bounded(rows: int) -> None:
    """A table without rows shows nothing, and one of millions would fill the memory of each worker."""
    with pytest.raises(ValueError, match="rows"):
        Recipe(rows=rows)


def test_a_table_is_made_once_whoever_asks_for_it(contract: Path) -> None:
    """Many threads that ask for all tables at a time, in different orders, have the same ones."""
    world = world_of(contract)
    places = [place_of(resource) for resource in resources_of(world.plan)]

    def ask(start: int) -> dict[Place, int]:
        return {place: id(world.table(place)) for place in (*places[start:], *places[:start])}

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(8)))
    assert all(each == found[0] for each in found)
