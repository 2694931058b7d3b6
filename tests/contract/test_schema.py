"""The published JSON Schema is fresh, and judges a file as the gateway itself does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it ships no types

from adapters import registry
from app.contract import schema
from app.contract.sources import record
from app.shapes import Fault
from tests.contract.conftest import PAPER
from tests.contract.test_files import parsed
from tests.contract.test_load import FULL

PUBLISHED = Path(__file__).parents[2] / "openapi" / "contract.schema.json"
PLANT = Path(__file__).parents[2] / "openapi" / "plant"
KINDS = {name: registry.kind(name) for name in registry.kinds()}
DOCUMENT = schema.document(KINDS)
FILES = schema.files(KINDS)

RESOURCE = FULL["v1/orders.yaml"]
LENS = FULL["v2/purchases.yaml"]
GATEWAY = "{title: x, sources: {erp: {kind: sqlite, path: a.db}}}"
CATALOG = (
    "{tables: {A: {kind: view, short: A1, rows: 12, columns: {B: {type: date, short: B1, heading: The B}},"
    " foreign_keys: [{columns: [B], table: C, references: [D], name: E}]}}}"
)
BAD = [
    ("gateway", "{title: x}"),
    ("gateway", GATEWAY.replace("title: x", "title: x, limits: {}")),
    ("gateway", GATEWAY.replace("sqlite", "sqlight")),
    ("gateway", GATEWAY.replace("path: a.db", "path: a.db, quiet: []")),
    ("gateway", GATEWAY.replace("path: a.db", "path: a.db, quiet: [{from: 2, to: 03:30}]")),
    ("gateway", GATEWAY.replace("path: a.db", "path: a.db, quiet: [{from: 02:00, to: 03:30, days: monday}]")),
    ("gateway", GATEWAY.replace("path: a.db", "path: a.db, budget: {request: 1}")),
    ("gateway", GATEWAY.replace("title: x", "title: x, strict: yes")),
    ("resource", RESOURCE.replace('[same, "day[gte]"]', "[]")),
    ("gateway", GATEWAY.replace("path: a.db", "path: a.db, connections: 0")),
    ("gateway", GATEWAY.replace("title: x", "title: x, cache: {memory: 64}")),
    ("gateway", GATEWAY.replace("title: x", "title: x, security: keys")),
    ("resource", RESOURCE.replace("query: orders.sql", "")),
    ("resource", RESOURCE.replace("query: orders.sql", "query: orders.sql\ntable: ORDHDR")),
    ("resource", RESOURCE.replace("query: orders.sql", "procedure: X")),
    ("resource", RESOURCE.replace("resource: orders", "resource: Orders")),
    ("resource", RESOURCE.replace("type: string", "type: text")),
    ("resource", RESOURCE.replace("sort: [number]", "sort: [number, number]")),
    ("resource", RESOURCE.replace("fresh: 1m", "fresh: 60")),
    ("resource", RESOURCE.replace("{column: LINNO,", "{")),
    ("resource", RESOURCE.replace("many: true", "many: yes")),
    ("resource", RESOURCE + "write: {}\n"),
    ("resource", RESOURCE.replace("digits: 7", "digit: 7")),
    ("resource", RESOURCE.replace("[cyymmdd, hhmmss]", "[cyymmdd]")),
    ("resource", RESOURCE.replace("[cyymmdd, hhmmss]", "cyymmd")),
    ("resource", RESOURCE.replace("{column: LINNO,", "{column: LINNO, stored_as: {lines: [A, B]},")),
    ("resource", RESOURCE.replace("{column: LINNO,", "{columns: [A, B], stored_as: {lines: [A, B]},")),
    ("resource", RESOURCE.replace("{column: LINNO,", "{stored_as: {lines: [A]},")),
    ("lens", LENS.replace("{type: number}", "{type: string, column: A, stored_as: {lines: [A, B]}}")),
    ("lens", LENS.replace(", because: Short", "")),
    ("lens", LENS.replace("rename: {number: no}", "rename: {number: no}, remove: x")),
    ("lens", LENS.replace("{on: date, time: time}", "{on: date}")),
    ("lens", LENS + "page: {max: 5}\n"),
    ("version", "{status: old}"),
    ("version", "{extends: 1}"),
    ("version", "{released_on: soon}"),
    ("version", "{changes: []}"),
    ("catalog", "{tables: {A: {}}}"),
    ("catalog", "{tables: {A: {columns: {B: {null: false}}}}}"),
    ("catalog", "{tables: {A: {columns: {B: {type: date, null: N}}}}}"),
    ("catalog", CATALOG.replace("rows: 12", "rows: -1")),
    ("catalog", CATALOG.replace("kind: view", "kind: file")),
    ("catalog", CATALOG.replace("table: C, ", "")),
    ("catalog", CATALOG.replace("columns: [B]", "columns: []")),
]
GOOD = [
    ("gateway", GATEWAY),
    ("gateway", GATEWAY.replace("title: x", "title: x, strict: true")),
    ("gateway", GATEWAY.replace("path: a.db", "path: a.db, quiet: [{from: 02:00, to: 03:30, days: [mon, all]}]")),
    ("gateway", GATEWAY.replace("path: a.db", "path: a.db, quiet: [{from: 02:00, to: 03:30, days: sun, reason: x}]")),
    ("gateway", GATEWAY.replace("path: a.db", "path: a.db, budget: {day: 5000}")),
    ("resource", RESOURCE.replace('[same, "day[gte]"]', "all")),
    ("resource", RESOURCE),
    ("resource", RESOURCE.replace("{column: LINNO,", "{stored_as: {lines: [A, B]},")),
    ("lens", LENS),
    ("lens", LENS.replace("{type: number}", "{type: string, stored_as: {lines: [A, B]}}")),
    ("version", FULL["v1/version.yaml"]),
    ("version", FULL["v2/version.yaml"]),
    ("catalog", FULL["catalog/erp.yaml"]),
    ("catalog", CATALOG),
    *(("gateway", path.read_text(encoding="utf-8")) for path in sorted(PLANT.glob("gateway.yaml"))),
    *(("resource", path.read_text(encoding="utf-8")) for path in sorted(PLANT.glob("v1/[!v]*.yaml"))),
    *(("catalog", path.read_text(encoding="utf-8")) for path in sorted(PLANT.glob("catalog/*.yaml"))),
]


def judged(name: str, text: str) -> tuple[bool, bool, bool]:
    """Whether the gateway, the part of the schema for such a file, and the whole schema take a text."""
    node = parsed(text)
    faults: list[Fault] = []
    FILES[name][2].check(node, faults.append)
    part: dict[str, Any] = {"$ref": f"#/$defs/{name}", "$defs": DOCUMENT["$defs"]}
    validators = (Draft202012Validator(part), Draft202012Validator(DOCUMENT))
    by_part, by_whole = (validator.is_valid(node.plain()) for validator in validators)
    return not faults, by_part, by_whole


def test_the_published_schema_is_fresh() -> None:
    """`openapi/contract.schema.json` is what the shapes say now; `python docs/write_schema.py` writes it."""
    assert PUBLISHED.read_text(encoding="utf-8") == schema.text(KINDS)


def test_the_schema_is_a_schema() -> None:
    """It is valid under draft 2020-12 itself, and explains each word of a resource."""
    Draft202012Validator.check_schema(DOCUMENT)
    words = DOCUMENT["$defs"]["resource"]["properties"]
    assert [word for word, said in words.items() if not said.get("description")] == []


@pytest.mark.parametrize(("name", "text"), GOOD, ids=lambda value: value[:20])
def test_a_sound_file_is_taken_by_both(name: str, text: str) -> None:
    """The gateway and the schema take what is right, the demo plant's files among it."""
    assert judged(name, text) == (True, True, True)


@pytest.mark.parametrize(("name", "text"), BAD, ids=lambda value: value[-30:])
def test_a_faulty_file_is_refused_by_both(name: str, text: str) -> None:
    """The gateway and the schema refuse what is wrong; no other sort of file takes it by mistake."""
    assert judged(name, text) == (False, False, False)


@pytest.mark.parametrize(
    ("words", "sound"),
    [
        ("libraries: [A, B]", True),
        ("libraries: A", True),
        ("libraries: []", False),
        ("libraries: ['A,B']", False),
        ("ssl: true", True),
        ("ssl: 'true'", True),
        ("ssl: '${SSL}'", True),
        ("ssl: yes", False),
        ("naming: system", True),
        ("naming: sys", False),
    ],
)
def test_options_are_judged_as_their_kind_has_them(words: str, sound: bool) -> None:  # noqa: FBT001  # a table's column
    """Lists and choices: the schema takes what the gateway takes, flags without quotes and references among it."""
    shape = record(PAPER)
    node = parsed(f"{{kind: paper, path: a, {words}}}")
    faults: list[Fault] = []
    shape.check(node, faults.append)
    assert (not faults, Draft202012Validator(shape.json_schema()).is_valid(node.plain())) == (sound, sound)


def test_without_kinds_a_source_may_say_anything() -> None:
    """A schema for kinds that are not known yet takes any word beside the common ones, and still checks those."""
    validator = Draft202012Validator({**schema.document({}), "anyOf": [{"$ref": "#/$defs/gateway"}]})
    assert validator.is_valid(parsed(GATEWAY.replace("sqlite", "stone")).plain())
    assert validator.is_valid(parsed(GATEWAY.replace("path: a.db", "libraries: [A, B]")).plain())
    assert not validator.is_valid(parsed(GATEWAY.replace("path: a.db", "connections: 0")).plain())
