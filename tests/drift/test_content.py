"""Sampled rows against promises: what is counted, what is told of it, and what is kept to itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from adapters.port import Compare, Source
from app.assembly import open_source
from app.drift.asking import Asking
from app.drift.bounds import Bounds
from app.drift.content import SAMPLES, content
from app.drift.findings import Finding
from app.drift.sample import Sample, groups, left, sample
from app.drift.uses import Place
from app.plan.model import Field, Resource
from tests.drift.scene import PATIENCE, PLANT, Scene, scene, sqlite

__all__ = ["scene", "sqlite"]

PLACE = Place(PLANT, "PART")
ROWS = tuple(
    (number, f"Part {number}", "A01", "AADX"[number % 4], 1260101 + 30 * (number % 3), 1) for number in range(40)
)


@pytest.fixture
def parts(scene: Scene) -> Resource:
    """The resource of the first version."""
    return scene.compiled.plan.versions["v1"].resources["parts"]


def found(rows: tuple[tuple[object, ...], ...], *resources: Resource) -> list[Finding]:
    """What is found in rows of these columns."""
    columns = ("PTNO", "PTNAME", "PTBIN", "PTSTA", "PTDAT", "PTWGT")
    return list(content(PLACE, [Sample(resources, columns, rows)]))


def with_field(resource: Resource, name: str, **changes: object) -> Resource:
    """The resource with one field that is otherwise."""
    field: Field = replace(resource.fields[name], **changes)  # type: ignore[arg-type]  # words of a field
    return replace(resource, fields={**resource.fields, name: field})


def test_each_row_is_counted_once_for_all_versions(scene: Scene) -> None:
    """Two versions show the column: one finding, with both of them, and five keys at most."""
    both = [version.resources["parts"] for version in scene.compiled.plan.versions.values()]
    undecodable, unknown = sorted(found(ROWS, *both), key=lambda each: each.code)
    assert (unknown.code, unknown.rows, unknown.of) == ("unknown-code", 10, 40)
    assert [(use.version, use.fields) for use in unknown.uses] == [("v1", ("status",)), ("v2", ("status",))]
    assert unknown.keys == ("3", "7", "11", "15", "19")
    assert len(unknown.keys) == SAMPLES
    assert (undecodable.code, undecodable.detail, undecodable.rows) == ("undecodable", "not-a-date", 13)


def test_no_value_is_told(parts: Resource) -> None:
    """Neither a code nor a text stands in what is said of them."""
    rows = tuple((number, "Secret of more than twenty letters", "A01", "Q", 999, 1) for number in range(3))
    told = [each.plain() for each in found(rows, parts)]
    assert [each["code"] for each in told] == ["unknown-code", "undecodable", "outside-schema"]
    assert "Secret" not in str(told)
    assert "999" not in str(told)
    assert "'Q'" not in str(told)


def test_keys_that_are_personal_are_not_told(parts: Resource) -> None:
    """Who they belong to is for those who may see the data."""
    personal = with_field(parts, "number", classification="personal")
    assert [each.keys for each in found(ROWS, personal)] == [(), ()]


@pytest.mark.parametrize("on_issue", ["null", "omit-row", "fail"])
def test_what_becomes_of_a_row_makes_no_difference(parts: Resource, on_issue: str) -> None:
    """`on_issue` is for answers: a finding counts the row, whether it is served, left out, or fails everything."""
    spoilt = with_field(parts, "status", on_issue=on_issue)
    (unknown,) = (each for each in found(ROWS, spoilt) if each.code == "unknown-code")
    assert (unknown.rows, unknown.keys[:1]) == (10, ("3",))


def test_null_where_none_may_be(parts: Resource) -> None:
    """A missing name is one; a missing weight is not; a date that does not decode is told as that alone."""
    (found_,) = found(((1, None, "A01", "A", 1260101, None),), parts)
    assert (found_.code, found_.columns) == ("null-found", ("PTNAME",))
    (found_,) = found(((1, "Seal", "A01", "A", 1260230, None),), parts)
    assert (found_.code, found_.columns) == ("undecodable", ("PTDAT",))


def test_a_clean_sample_is_no_finding(parts: Resource) -> None:
    """Nothing is found in rows as they should be, nor in none."""
    assert found(((1, "Seal", "A01", "A", 1260131, 2),), parts) == []
    assert found((), parts) == []


def test_what_is_left_of_a_resource(parts: Resource) -> None:
    """Fields without their column are gone; without the key, or what chooses rows, nothing is left."""
    columns = {"PTNO", "PTNAME", "PTBIN", "PTSTA", "PTDAT", "PTWGT"}
    rest = left(parts, columns - {"PTWGT"})
    assert rest is not None
    assert set(parts.fields) - set(rest.fields) == {"weight"}
    assert left(parts, columns) is parts
    assert left(parts, columns - {"PTNO"}) is None


@pytest.fixture
def source(scene: Scene) -> Iterator[Source]:
    """The source of the scene, with nothing around it."""
    opened = open_source(scene.compiled.contract.sources[PLANT], workers=1)
    opened.learn(scene.compiled.catalogs[PLANT])
    yield opened
    opened.close()


def test_resources_that_show_other_rows_have_a_sample_of_their_own(
    scene: Scene, source: Source, parts: Resource
) -> None:
    """Those that `active_when` leaves out are nobody's business."""

    active = replace(parts, active=(Compare("PTSTA", "="),), active_values=("A",))
    table = scene.compiled.catalogs[PLANT].tables["PART"]
    asking = Asking(source, Bounds(seconds=PATIENCE), lambda: False)
    made = [sample(asking, group, table, 1000) for group in groups([parts, active], table)]
    assert [(len(each.rows), each.resources) for each in made] == [(3, (parts,)), (2, (active,))]
