"""A look at a source: what it asks, how much, and what becomes of it where the source does not answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NoReturn

import pytest

from adapters.port import (
    BadData,
    Busy,
    Denied,
    Locked,
    Missing,
    Quiet,
    Refused,
    SourceError,
    Spent,
    TimedOut,
    TooCostly,
    Unavailable,
    Unknown,
)
from app.drift import Bounds, look
from tests.drift.scene import PATIENCE, Scene, compiled, scene, sqlite
from tests.plan.contracts import write

__all__ = ["scene", "sqlite"]

HIDDEN = 'CREATE TABLE "OTHER" ("N" INTEGER)'


def test_nothing_is_found_in_the_world_as_it_was(scene: Scene) -> None:
    """Three tables and six rows were read, on the lane of those who can wait."""
    seen = scene.look()
    assert (seen.source, seen.findings, seen.tables, seen.rows, seen.failure) == ("plant", (), 3, 6, None)
    assert {lane for _, lane in scene.source.asked} == {"background"}


def test_one_read_serves_all_versions(scene: Scene) -> None:
    """Both versions show the parts: they are read once from each end of their key, and never without a limit."""
    scene.look()
    shapes = [shape for shape, _ in scene.source.asked]
    assert len(shapes) == 3  # no table has more rows than half of a sample, so that one end of each is all of it
    assert all(shape.limited for shape in shapes)
    scene.source.asked.clear()
    seen = scene.look(Bounds(rows=2))
    ends = [[each.descending for each in shape.order] for shape, _ in scene.source.asked if shape.table == "PART"]
    assert ends == [[False], [True]]
    assert seen.rows == 2 + 2 + 1


@pytest.mark.parametrize("rows", [1, 2, 3, 4, 1000])
def test_a_sample_is_bounded_and_has_each_row_once(scene: Scene, rows: int) -> None:
    """Of a table with three rows there are at most as many as asked for, from its two ends."""
    scene.plant.execute('DROP TABLE "SHELF"', 'DROP TABLE "STOCK"')
    assert scene.look(Bounds(rows=rows)).rows == min(3, rows)


def test_tables_without_a_key_are_sampled_as_they_come(scene: Scene) -> None:
    """Nothing is sorted for a sample."""
    scene.plant.execute('DROP TABLE "STOCK"', 'CREATE TABLE "STOCK" ("SKPART" INT, "SKBIN" CHAR(3), "SKQTY" INT)')
    scene.look()
    assert [shape.order for shape, _ in scene.source.asked if shape.table == "STOCK"] == [()]


def test_what_is_left_of_a_table_is_sampled(scene: Scene) -> None:
    """A column is gone: what the other fields hold is looked at nevertheless."""
    scene.plant.execute('ALTER TABLE "PART" DROP COLUMN "PTWGT"', 'UPDATE "PART" SET "PTSTA" = \'Z\'')
    assert scene.found() == [("column-removed", "breaking", "PART.PTWGT"), ("unknown-code", "risky", "PART.PTSTA")]


def test_a_table_without_its_key_columns_is_not_sampled(scene: Scene) -> None:
    """Its rows cannot be told apart; that is said already."""
    scene.plant.execute('ALTER TABLE "STOCK" RENAME COLUMN "SKQTY" TO "QTY"', 'DROP TABLE "SHELF"')
    scene.plant.execute('CREATE TABLE "SHELF" ("SHAREA" VARCHAR(20) NOT NULL PRIMARY KEY)')
    scene.source.asked.clear()
    assert ("column-removed", "breaking", "SHELF.SHBIN") in scene.found()
    assert "SHELF" not in {shape.table for shape, _ in scene.source.asked}


@pytest.mark.parametrize(
    ("failure", "code", "grade"),
    [
        (Denied("no authority"), "authority-lost", "breaking"),
        (Missing("no such table: main.GONE"), "unreadable", "breaking"),
        (TimedOut("the deadline passed"), "not-sampled", "risky"),
        (Locked("somebody has it"), "not-sampled", "risky"),
        (Spent("900 rows were read today"), "not-sampled", "risky"),
        (BadData("invalid number: 'secret'"), "not-sampled", "risky"),
        (Unknown("SQL0901"), "not-sampled", "risky"),
    ],
)
def test_a_table_that_cannot_be_read_is_a_finding(scene: Scene, failure: SourceError, code: str, grade: str) -> None:
    """The look goes on with the other tables; values that stand in a driver's text are not told."""
    scene.source.reads["SHELF"] = failure
    seen = scene.look()
    assert [(each.code, each.grade, each.place) for each in seen.findings] == [(code, grade, "plant.SHELF")]
    assert seen.findings[0].uses
    assert "secret" not in seen.findings[0].message
    assert (seen.rows, seen.failure) == (4, None)


@pytest.mark.parametrize(
    ("failure", "code"), [(Denied("no"), "authority-lost"), (Missing("no such view"), "unreadable")]
)
def test_a_table_that_spoils_its_batch_is_found_out(scene: Scene, failure: SourceError, code: str) -> None:
    """A view over something that is gone: the other tables are compared as ever."""
    scene.source.catalogs["SHELF"] = failure
    scene.plant.execute('DROP INDEX "PARTBIN"')
    assert scene.found() == [(code, "breaking", "SHELF"), ("index-lost", "risky", "PART.PTBIN+PTNO")]


def test_a_catalog_may_leave_out_what_may_not_be_read(scene: Scene) -> None:
    """Whether a table is gone or denied is told by reading it; one that can be read is there."""
    scene.source.hidden = frozenset({"SHELF"})
    assert scene.found() == []
    scene.source.reads["SHELF"] = Denied("no authority")
    assert scene.found() == [("authority-lost", "breaking", "SHELF")]
    scene.plant.execute('DROP TABLE "SHELF"')
    scene.source.reads.clear()
    assert scene.found() == [("table-gone", "breaking", "SHELF")]


@pytest.mark.parametrize(
    "failure", [Unavailable("gone"), Refused("no"), Quiet("backup")], ids=lambda each: type(each).__name__
)
def test_a_source_that_does_not_answer_ends_the_look(scene: Scene, failure: SourceError) -> None:
    """At the catalog or in a sample; what was found until then is kept, and nothing is asked afterwards."""
    scene.plant.execute('DROP TABLE "SHELF"')
    scene.source.reads["PART"] = failure
    seen = scene.look()
    assert seen.failure is failure
    assert [each.code for each in seen.findings] == ["table-gone"]
    assert "STOCK" not in {shape.table for shape, _ in scene.source.asked}
    scene.source.catalogs[""] = failure
    assert (scene.look().failure, scene.look().findings) == (failure, ())


SLOW = TimedOut("the deadline passed")


def test_a_slow_source_is_not_made_slower(scene: Scene) -> None:
    """After two samples that took too long, no third is asked for, where the bounds say so; it is told of all the same."""
    scene.source.reads[""] = SLOW
    seen = scene.look(Bounds(patience=2))
    assert [(each.code, each.place) for each in seen.findings] == [
        ("not-sampled", "plant.PART"),
        ("not-sampled", "plant.SHELF"),
        ("not-sampled", "plant.STOCK"),
    ]
    assert "left alone" in seen.findings[2].message
    assert len(scene.source.asked) == 2


def test_a_batch_that_takes_too_long_is_read_one_by_one(scene: Scene) -> None:
    """And so are those that come after it: what is too much for the source once is not asked again and again."""
    scene.source.together = SLOW
    scene.plant.execute('DROP INDEX "PARTBIN"')
    seen = scene.look(Bounds(batch=2, patience=1))
    assert [each.code for each in seen.findings] == ["index-lost"]
    assert (seen.failure, seen.tables, seen.rows) == (None, 3, 6)
    assert [len(tables) for tables in scene.source.listed] == [2, 1, 1, 1]


@pytest.mark.parametrize("batch", [1, 2, 20])
@pytest.mark.parametrize("slow", ["PART", "SHELF", "STOCK"])
@pytest.mark.parametrize(
    "failure", [SLOW, Busy("no connection"), Locked("somebody has it"), TooCostly("estimated"), Spent("900 rows")]
)
def test_a_table_that_takes_too_long_spoils_no_other(scene: Scene, batch: int, slow: str, failure: SourceError) -> None:
    """All others are compared and sampled; of this one it is told that nothing is known of it."""
    scene.source.catalogs[slow] = failure
    seen = scene.look(Bounds(batch=batch, patience=2))
    assert [(each.id, each.grade) for each in seen.findings] == [(f"not-compared:plant.{slow}", "risky")]
    assert seen.findings[0].uses
    assert (seen.failure, seen.tables) == (None, 2)
    assert {shape.table for shape, _ in scene.source.asked} == {"PART", "SHELF", "STOCK"} - {slow}


def test_what_is_left_alone_is_told(scene: Scene) -> None:
    """Each table is looked at or told of: the second takes too long, so that neither the third nor any row is asked for."""
    scene.source.catalogs["SHELF"] = SLOW
    seen = scene.look(Bounds(batch=1, patience=1))
    assert [each.id for each in seen.findings] == [
        "not-sampled:plant.PART",
        "not-compared:plant.SHELF",
        "not-compared:plant.STOCK",
    ]
    assert ["left alone" in each.message for each in seen.findings] == [True, False, True]
    assert all("the deadline passed" in each.message for each in seen.findings)
    assert (scene.source.listed, scene.source.asked) == ([("PART",), ("SHELF",)], [])


def test_a_source_that_is_too_slow_for_anything_ends_the_look(scene: Scene) -> None:
    """Nothing was looked at: that is no finding of each table."""
    scene.source.catalogs[""] = SLOW
    seen = scene.look()
    assert (seen.failure, seen.findings, seen.tables) == (SLOW, (), 0)


def test_a_list_of_tables_that_takes_too_long_spoils_nothing(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is new is not known then; what has changed is."""

    def slow() -> NoReturn:
        raise SLOW

    monkeypatch.setattr(scene.source, "tables", slow, raising=False)
    scene.plant.execute('DROP TABLE "SHELF"')
    assert scene.found(Bounds(everything=True)) == [
        ("table-gone", "breaking", "SHELF"),
        ("not-compared", "safe", "plant"),
    ]


MANY = (
    'WITH RECURSIVE "N" ("I") AS (SELECT 10 UNION ALL SELECT "I" + 1 FROM "N" WHERE "I" < 99)'
    " INSERT INTO \"PART\" SELECT \"I\", 'Nut', 'A01', 'A', 1260131, 1, 7 FROM \"N\""
)


@pytest.mark.parametrize(
    ("granted", "rows"),
    [
        (None, {"PART": 93, "SHELF": 2, "STOCK": 1}),
        (1000, {"PART": 93, "SHELF": 2, "STOCK": 1}),
        (30, {"PART": 10, "SHELF": 2, "STOCK": 1}),
        (3, {"PART": 1, "SHELF": 1, "STOCK": 1}),
        (2, {"PART": 1, "SHELF": 1}),
        (0, {}),
    ],
)
def test_the_rows_that_a_look_is_granted_are_shared(scene: Scene, granted: int | None, rows: dict[str, int]) -> None:
    """Evenly, among all tables; one for which none is left is told of, and the source is not asked for it."""
    scene.plant.execute(MANY)
    seen = scene.look(Bounds(granted=granted))
    assert (seen.rows, seen.read, seen.failure) == (sum(rows.values()), sum(rows.values()), None)
    assert {shape.table for shape, _ in scene.source.asked} == set(rows)
    left_out = [f"not-sampled:plant.{table}" for table in ("PART", "SHELF", "STOCK") if table not in rows]
    assert [each.id for each in seen.findings] == left_out


def test_a_row_that_is_read_from_both_ends_has_cost_two(scene: Scene) -> None:
    """It stands in the sample once; the source's day has lost it twice."""
    seen = scene.look(Bounds(rows=4))
    assert (seen.findings, seen.failure) == ((), None)
    assert (seen.rows, seen.read) == (3 + 2 + 1, 4 + 4 + 1)


@pytest.mark.parametrize("after", range(4))
def test_a_look_that_is_to_stop_asks_nothing_more(scene: Scene, after: int) -> None:
    """Neither at the catalog nor in a sample; that is no failure of the source."""
    source: Any = scene.source
    seen = look(scene.compiled, source, Bounds(batch=2, seconds=PATIENCE), lambda: scene.source.statements >= after)
    assert (seen.stopped, seen.failure, seen.findings) == (True, None, ())
    assert scene.source.statements == after


def test_tables_that_nobody_uses_are_looked_at_where_that_is_asked_for(scene: Scene) -> None:
    """New ones, and those of the snapshot that are gone; all of it is safe."""
    scene.plant.execute(HIDDEN)
    assert scene.found() == []
    assert scene.found(Bounds(everything=True)) == [("table-added", "safe", "OTHER")]
    scene.compiled = compiled(scene.plant)
    scene.plant.execute('DROP TABLE "OTHER"')
    assert scene.found() == []
    assert scene.found(Bounds(everything=True)) == [("table-gone", "safe", "OTHER")]


@pytest.mark.parametrize(("batch", "asked"), [(1, [1, 1, 1]), (2, [2, 1]), (20, [3])])
def test_the_catalog_is_read_in_batches(scene: Scene, batch: int, asked: list[int]) -> None:
    """So many tables at once, so that no statement is long."""
    scene.look(Bounds(batch=batch))
    assert [len(tables) for tables in scene.source.listed] == asked


QUERY = "SELECT PTNO, PTNAME FROM PART WHERE PTSTA = 'D'"
DROPPED = """\
resource: dropped
source: plant
query: dropped.sql
key: number
fields:
  number: {column: PTNO, type: integer}
  name: {column: PTNAME, type: string}
"""


def test_named_queries_are_looked_at(scene: Scene) -> None:
    """What a query returns is compared and sampled like a table; one that cannot be run any more is told with its file."""
    write(scene.plant.folder, {"queries/dropped.sql": QUERY, "v1/dropped.yaml": DROPPED})
    scene.compiled = compiled(scene.plant)
    scene.source.source.learn(scene.compiled.catalogs["plant"], scene.compiled.contract.queries)
    assert (scene.found(), scene.look().tables, scene.look().rows) == ([], 4, 7)
    scene.plant.execute('UPDATE "PART" SET "PTNAME" = \'A valve of twenty-six letters\' WHERE "PTSTA" = \'D\'')
    assert scene.found() == [
        ("outside-schema", "risky", "PART.PTNAME"),
        ("outside-schema", "risky", "dropped.sql.PTNAME"),
    ]
    scene.plant.execute('ALTER TABLE "PART" DROP COLUMN "PTNAME"')
    seen = scene.look()
    assert [(each.code, each.place) for each in seen.findings] == [
        ("column-removed", "plant.PART.PTNAME"),
        ("unreadable", "plant.dropped.sql"),
    ]
    assert [str(use) for use in seen.findings[1].uses] == [
        "v1/dropped: key; field number, name",
        "v2/dropped: key; field number, name",
    ]


def test_queries_that_the_contract_no_longer_has_are_nobody_s(scene: Scene) -> None:
    """The snapshot may still describe one: without its text there is nothing to ask."""
    catalog = scene.compiled.catalogs["plant"]
    left_over = replace(catalog, queries={"gone.sql": catalog.tables["PART"]})
    scene.compiled = replace(scene.compiled, catalogs={"plant": left_over})
    assert scene.found(Bounds(everything=True)) == []


ACTIVE = """\
resource: active
source: plant
table: PART
key: number
active_when: {PTSTA: A}
fields:
  number: {column: PTNO, type: integer}
  name: {column: PTNAME, type: string}
"""


def test_resources_that_show_other_rows_share_a_finding(scene: Scene) -> None:
    """Each has a sample of its own; what is wrong with a column is one finding under one name, and hits both."""
    write(scene.plant.folder, {"v1/active.yaml": ACTIVE})
    scene.compiled = compiled(scene.plant)
    scene.plant.execute('UPDATE "PART" SET "PTNAME" = \'A name of more than twenty letters\' WHERE "PTNO" > 1')
    (finding,) = scene.look().findings
    assert finding.id == "outside-schema:plant.PART.PTNAME"
    assert {str(use) for use in finding.uses} >= {"v1/parts: field name", "v1/active: field name"}
    assert (finding.rows, finding.of, finding.keys) == (2 + 1, 3 + 2, ("2", "3"))
    scene.plant.execute('UPDATE "PART" SET "PTNAME" = \'Seal\'', 'UPDATE "PART" SET "PTDAT" = 1')
    (finding,) = scene.look().findings
    assert (finding.columns, finding.rows, finding.of) == (("PTDAT",), 3, 3)  # the other resource does not show it
