"""The demo's contract: what it names exists, what it filters by has an index, and nothing legacy shows in the API."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from adapters.port import Catalog, Table, Terms
from adapters.registry import kind
from app.contract import files
from app.contract.load import load
from app.conversions import registry
from app.conversions.base import Issue
from app.demo import catalogs, plant
from app.demo.dirt import DIRT
from app.demo.links import ORDER, PAGES, SPOILT_ORDER, links
from app.demo.tables import Database
from app.plan.versions import resolve
from app.shapes import Fault

CONTRACT = plant.contract_folder()
CATALOGS = {database.name: catalogs.catalog(database) for database in catalogs.DATABASES}


@cache
def read(path: Path) -> Any:
    """A YAML file, without places."""
    node = files.read(path.parent, path.name, lambda fault: pytest.fail(str(fault)))
    assert node is not None
    return node.plain()


def resources() -> Mapping[str, Any]:
    """Every whole resource of the contract, by its file."""
    paths = (path for path in sorted(CONTRACT.glob("v*/*.yaml")) if path.stem != "version")
    return {f"{path.parent.name}/{path.stem}": read(path) for path in paths if "fields" in read(path)}


def table_of(resource: Mapping[str, Any]) -> Table:
    """The table or query behind a resource."""
    known: Catalog = CATALOGS[resource["source"]]
    return known.tables[resource["table"]] if "table" in resource else known.queries[resource["query"]]


def columns_of(field: Mapping[str, Any]) -> tuple[str, ...]:
    """The columns behind a field."""
    return tuple(field["columns"]) if "columns" in field else (field["column"],)


RESOURCES = resources()
each_resource = pytest.mark.parametrize("resource", RESOURCES.values(), ids=RESOURCES.keys())


@pytest.mark.parametrize("database", catalogs.DATABASES, ids=lambda database: database.name)
def test_catalogs_are_written_from_the_definitions(database: Database) -> None:
    """The committed snapshot is what `python -m app.demo.catalogs` writes."""
    assert (CONTRACT / "catalog" / f"{database.name}.yaml").read_text(encoding="utf-8") == catalogs.text(database)


@pytest.mark.parametrize("name", CATALOGS)
def test_the_source_says_what_the_catalog_says(built: plant.Plant, name: str) -> None:
    """The adapter reads the same columns, types and keys from the file, and finds every index."""
    source = kind("sqlite").open(name, {"path": str(built.databases[name])}, Terms(1))
    live = source.catalog().tables
    source.close()
    assert live.keys() == CATALOGS[name].tables.keys()
    for table in CATALOGS[name].tables.values():
        found = live[table.name]
        assert [(c.name, c.type, c.nullable) for c in found.columns] == [
            (c.name, c.type, c.nullable) for c in table.columns
        ]
        assert found.key == table.key
        assert set(table.indexes) <= set(found.indexes)


def test_the_contract_has_no_fault() -> None:
    """The loader takes every file, and version two resolves to whole resources."""
    contract = load(CONTRACT, {"sqlite": kind("sqlite")}, {})
    faults: list[Fault] = []
    versions = resolve(contract, faults.append)
    assert not faults
    assert "components" in versions["v2"].resources
    assert contract.catalogs.keys() == CATALOGS.keys()


@each_resource
def test_columns_exist(resource: Mapping[str, Any]) -> None:
    """Each column that a resource names is one of its table."""
    named = {column for field in resource["fields"].values() for column in columns_of(field)}
    assert named | set(resource.get("active_when", ())) <= {column.name for column in table_of(resource).columns}


@each_resource
def test_names_within_a_resource_exist(resource: Mapping[str, Any]) -> None:
    """Key, filters, sorts and expansions name fields; an expansion has a name of its own."""
    keys = resource["key"] if isinstance(resource["key"], list) else [resource["key"]]
    joined = [name for expansion in resource.get("expand", {}).values() for name in expansion["on"]]
    fields = resource["fields"].keys()
    assert {*keys, *resource.get("filter", ()), *resource.get("sort", ()), *joined} <= fields
    assert fields.isdisjoint(resource.get("expand", {}))


def paths(resource: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """The column lists by which rows can be found: the key and each index, the key's columns at the end."""
    table = table_of(resource)
    return [table.key, *((*index.columns, *table.key) for index in table.indexes)]


@pytest.mark.parametrize(
    "resource",
    [resource for resource in RESOURCES.values() if "table" in resource],
    ids=[name for name, resource in RESOURCES.items() if "table" in resource],
)
def test_every_filter_sort_and_join_has_an_index(resource: Mapping[str, Any]) -> None:
    """Each field that a table is filtered, sorted or joined by leads an index or the key."""
    joins = [
        remote
        for other in RESOURCES.values()
        for expansion in other.get("expand", {}).values()
        if expansion["resource"] == resource["resource"]
        for remote in expansion["on"].values()
    ]
    for name in {*resource.get("filter", ()), *resource.get("sort", ()), *joins}:
        wanted = columns_of(resource["fields"][name])
        assert any(path[: len(wanted)] == wanted for path in paths(resource)), name


@pytest.mark.parametrize("query", sorted((CONTRACT / "queries").glob("*.sql")), ids=lambda path: path.stem)
def test_named_queries_scan_no_large_table(databases: Mapping[str, sqlite3.Connection], query: Path) -> None:
    """A named query brings the columns of its catalog entry and reads jobs and operations by an index."""
    statement = query.read_text(encoding="utf-8")
    steps = [row[3] for row in databases["mes"].execute(f"EXPLAIN QUERY PLAN {statement}")]
    assert not [step for step in steps if re.match(r"SCAN (job|step|JobOrder|JobOperation)\b(?!.*INDEX)", step)]
    found = databases["mes"].execute(statement)
    names = [column[0] for column in found.description]
    assert names == [column.name for column in CATALOGS["mes"].queries[query.name].columns]
    assert found.fetchone() is not None


def test_the_acceptance_request_uses_an_index_for_filter_and_order(databases: Mapping[str, sqlite3.Connection]) -> None:
    """Released orders since a day, newest first: one index finds them and brings them in order, nothing is sorted."""
    steps = databases["erp"].execute(
        "EXPLAIN QUERY PLAN SELECT * FROM ORDHDR WHERE ACREC = 'A' AND ORDST = '20' AND ORDDT >= 1260101"
        " ORDER BY ORDDT DESC, ORDNO DESC LIMIT 21"
    )
    assert [row[3] for row in steps] == ["SEARCH ORDHDR USING INDEX ORDHDRL1 (ORDST=? AND ORDDT>?)"]


def test_expansions_form_no_cycle() -> None:
    """Following expansions always ends, and each leads to a resource and fields that exist."""
    known = {resource["resource"]: resource for resource in RESOURCES.values()}

    def follow(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, path
        for expansion in known[name].get("expand", {}).values():
            assert set(expansion["on"].values()) <= known[expansion["resource"]]["fields"].keys()
            follow(expansion["resource"], (*path, name))

    for name in known:
        follow(name, ())


def texts(value: Any) -> Iterator[str]:
    """Every text in what the API publishes of a contract file: names, descriptions, API values of enums, reasons."""
    if isinstance(value, dict):
        for name, child in value.items():
            if name not in {"column", "columns", "table", "query", "active_when", "source", "stored_as"}:
                yield str(name)
                yield from texts(child)
    elif isinstance(value, list):
        for child in value:
            yield from texts(child)
    else:
        yield str(value)


def legacy_names() -> set[str]:
    """Names of tables, columns and indexes that are no plain words of English."""
    tables = [table for known in CATALOGS.values() for table in known.tables.values()]
    names = {table.name for table in tables} | {column.name for table in tables for column in table.columns}
    return {name for name in names if not re.fullmatch(r"[A-Z][a-z]+", name)}


@pytest.mark.parametrize("path", sorted(CONTRACT.glob("v*/*.yaml")), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_legacy_name_shows(path: Path) -> None:
    """No table's or column's name stands in anything that clients read."""
    shown = {word for text in texts(read(path)) for word in re.findall(r"\w+", text)}
    assert shown.isdisjoint(legacy_names())


@each_resource
def test_every_field_is_explained(resource: Mapping[str, Any]) -> None:
    """Each field says in a sentence what it is, and shows a value."""
    for name, field in resource["fields"].items():
        assert field.get("description", "").endswith("."), name
        assert field.get("example") is not None, name


def test_every_change_of_version_two_has_a_reason() -> None:
    """The lens uses each of its actions, and says why each time."""
    changes = [change for path in sorted(CONTRACT.glob("v2/*.yaml")) for change in read(path).get("changes", ())]
    assert all(change["because"].endswith(".") for change in changes)
    assert {word for change in changes for word in change} == {"because", "rename", "retype", "split", "add", "remove"}


def test_links_lead_to_rows_that_show_something(plant_: sqlite3.Connection) -> None:
    """Three pages and three requests; the order has lines and running jobs, the spoilt one an impossible date."""
    offered = links("http://127.0.0.1:8080")
    assert [link.url for link in offered[: len(PAGES)]] == [f"http://127.0.0.1:8080{path}" for _, path in PAGES]
    requests = [link for link in offered if link.curl]
    assert len(requests) == 3
    assert all(f"'{unquote(link.url)}'" in link.curl and "[" not in link.url for link in requests)
    lines = plant_.execute("SELECT COUNT(*) FROM ORDLIN WHERE ORDNO = ? AND ACREC = 'A'", (int(ORDER),)).fetchone()
    jobs = plant_.execute("SELECT COUNT(*) FROM JobOrder WHERE OrderNo = ? AND State = 2", (ORDER,)).fetchone()
    assert lines >= (4,)
    assert jobs >= (2,)
    spoilt = plant_.execute("SELECT ORDDT FROM ORDHDR WHERE ORDNO = ? AND ACREC = 'A'", (int(SPOILT_ORDER),))
    assert spoilt.fetchall() == [(1230229,)]


def test_only_spoilt_rows_have_issues(built: plant.Plant) -> None:
    """Every stored value decodes, but for the dirt: each kind of it is an issue, and nothing else is."""
    planted = {(dirt.table, dirt.column, value) for dirt in DIRT for value in dirt.values}
    contract = load(CONTRACT, {"sqlite": kind("sqlite")}, {})
    for resource in contract.versions["v1"].resources.values():
        if resource.table is None:
            continue
        table = CATALOGS[resource.source].tables[resource.table]
        with sqlite3.connect(f"{built.databases[resource.source].as_uri()}?mode=ro", uri=True) as connection:
            for field in resource.fields.values():
                types = tuple(column.type for name in field.columns for column in table.columns if column.name == name)
                conversion = registry.bind(field.type, field.stored_as, types, "America/Detroit", field.open)
                names = ", ".join(f'"{name}"' for name in field.columns)
                for stored in connection.execute(f'SELECT DISTINCT {names} FROM "{table.name}"'):
                    spoilt = any((table.name, *pair) in planted for pair in zip(field.columns, stored, strict=True))
                    assert isinstance(conversion.decode(*stored), Issue) == spoilt, (resource.name, field.name, stored)
        connection.close()
