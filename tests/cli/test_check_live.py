"""`bascule check --live`: what it prints, its report, and its exit codes."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests import shop
from tests.cli.conftest import Bascule

KEYS = {
    "id",
    "code",
    "grade",
    "place",
    "source",
    "table",
    "columns",
    "resources",
    "message",
    "hint",
    "rows",
    "of",
    "keys",
}
LIVE = ("--live", "--seconds", 60)  # of each read: a busy machine may take long
USE = {"version", "resource", "owner", "fields", "filters", "sorts", "expansions", "key", "always"}


@pytest.fixture
def shop_folder(bascule: Bascule, folder: Path) -> Path:
    """The shop with its snapshot, and without the date that is none."""
    change(folder, "DELETE FROM ITEM WHERE ITNO = '0003'")
    bascule("catalog", folder)
    return folder


def change(folder: Path, *statements: str) -> None:
    """Run statements in the shop's database."""
    with closing(sqlite3.connect(folder / "shop.db", isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def report(bascule: Bascule, *words: object, code: int = 0) -> dict[str, Any]:
    """The report of a check that ends with this code; all of standard output is one JSON object."""
    result = bascule("check", *words, "--json")
    assert result.exit_code == code, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_without_drift_there_is_one_line_more(bascule: Bascule, shop_folder: Path) -> None:
    """What was read at each source, and what was found there: nothing."""
    result = bascule("check", shop_folder, *LIVE)
    assert (result.exit_code, result.stdout.splitlines()) == (
        0,
        [
            "shop: 0 breaking, 0 risky, 0 safe; 1 table and 2 rows were read",
            "no faults: 1 version, 1 resource, 3 fields",
        ],
    )


def test_a_finding_is_a_line_and_names_who_is_hit(bascule: Bascule, shop_folder: Path) -> None:
    """Its place, its grade, its code; below it each resource, and keys of rows."""
    change(
        shop_folder,
        "ALTER TABLE ITEM RENAME COLUMN ITNAM TO ITNAME",
        "UPDATE ITEM SET ITDAT = 1260231 WHERE ITNO = '0002'",
    )
    result = bascule("check", shop_folder, *LIVE)
    first, hit, second, other, keys, summary, _ = result.stdout.splitlines()
    assert result.exit_code == 1
    assert first.startswith("shop.ITEM.ITNAM: breaking: the column is gone; perhaps it is called ITNAME now — ")
    assert first.endswith(" [column-renamed]")
    assert (hit, other, keys) == ("  v1/items: field name; filter name", "  v1/items: field since", "  keys 0002")
    assert second.startswith("shop.ITEM.ITDAT: risky: since does not decode (not-a-date) in 1 of 2 sampled rows — ")
    assert summary == "shop: 1 breaking, 1 risky, 0 safe; 1 table and 2 rows were read"


def test_nothing_is_asked_without_live(bascule: Bascule, shop_folder: Path) -> None:
    """A check of the files alone needs no source, whatever has become of it."""
    (shop_folder / "shop.db").unlink()
    assert bascule("check", shop_folder).exit_code == 0
    assert report(bascule, shop_folder)["sources"] == []


@pytest.mark.parametrize(
    ("level", "statement", "code"),
    [
        ("breaking", "ALTER TABLE ITEM DROP COLUMN ITNAM", 1),
        ("breaking", "UPDATE ITEM SET ITDAT = 1260231", 0),
        ("risky", "UPDATE ITEM SET ITDAT = 1260231", 1),
        ("risky", "ALTER TABLE ITEM ADD COLUMN N INT", 0),
        ("safe", "ALTER TABLE ITEM ADD COLUMN N INT", 1),
        ("safe", "SELECT 1", 0),
    ],
)
def test_the_level_decides_about_the_exit_code(
    bascule: Bascule, shop_folder: Path, level: str, statement: str, code: int
) -> None:
    """Of a contract without warnings, whose findings are of one grade each."""
    shop.write_items(shop_folder, shop.ITEMS + "unindexed: all\n")
    change(shop_folder, statement)
    assert bascule("check", shop_folder, *LIVE, "--level", level).exit_code == code


def test_a_warning_of_the_contract_is_risky(bascule: Bascule, shop_folder: Path) -> None:
    """So `--level risky` refuses it, sources or not; by itself it goes on leaving the exit code alone."""
    assert bascule("check", shop_folder, "--level", "risky").exit_code == 1
    assert bascule("check", shop_folder).exit_code == 0


def test_a_source_that_does_not_answer_is_said(bascule: Bascule, shop_folder: Path) -> None:
    """Exit code 3; what is wrong beyond that counts for more."""
    (shop_folder / "shop.db").unlink()
    result = bascule("check", shop_folder, *LIVE)
    assert result.exit_code == 3
    assert "0 rows were read; then it did not answer: there is no database file" in result.stdout
    (source,) = report(bascule, shop_folder, *LIVE, code=3)["sources"]
    assert (source["answered"], source["failure"].partition(":")[0]) == (False, "Unavailable")
    assert bascule("check", shop_folder, *LIVE, "--level", "risky").exit_code == 1


def test_the_report_is_for_programs(bascule: Bascule, shop_folder: Path) -> None:
    """Stable words: the tool, the contract, the sources, counts, and each finding with all of its words."""
    change(shop_folder, "ALTER TABLE ITEM DROP COLUMN ITNAM")
    found = report(bascule, shop_folder, *LIVE, code=1)
    assert list(found) == ["form", "tool", "checked_at", "contract", "counts", "sources", "findings"]
    assert (found["form"], found["tool"].partition(" ")[0], len(found["contract"])) == (1, "bascule", 16)
    assert found["counts"] == {"breaking": 1, "risky": 5, "safe": 0}
    assert {frozenset(each) for each in found["findings"]} == {frozenset(KEYS)}
    (gone,) = (each for each in found["findings"] if each["source"])
    assert (gone["id"], gone["place"], gone["columns"]) == (
        "column-removed:shop.ITEM.ITNAM",
        "shop.ITEM.ITNAM",
        ["ITNAM"],
    )
    assert [set(use) for use in gone["resources"]] == [USE]
    warned = found["findings"][0]
    assert (warned["code"], warned["grade"], warned["place"]) == ("unindexed-search", "risky", "v1/items.yaml:10:10")


def test_faults_stand_in_the_report(bascule: Bascule, shop_folder: Path) -> None:
    """A contract that does not compile has no digest, and is not held against anything."""
    shop.write_items(shop_folder, shop.BROKEN_ITEMS)
    found = report(bascule, shop_folder, *LIVE, code=1)
    assert (found["contract"], found["sources"], found["counts"]["breaking"]) == ("", [], 3)
    assert {each["grade"] for each in found["findings"]} == {"breaking"}
    assert [each["place"].partition(":")[0] for each in found["findings"]] == ["v1/items.yaml"] * 3


def test_rows_bound_the_sample(bascule: Bascule, shop_folder: Path) -> None:
    """So many of each table."""
    assert report(bascule, shop_folder, *LIVE, "--rows", 1)["sources"][0]["rows"] == 1


def test_all_looks_at_what_nobody_uses(bascule: Bascule, shop_folder: Path) -> None:
    """A table that the snapshot lacks is told, and is safe."""
    change(shop_folder, "CREATE TABLE OTHER (N INT)")
    assert "table-added" not in bascule("check", shop_folder, *LIVE).stdout
    result = bascule("check", shop_folder, *LIVE, "--all")
    assert "shop.OTHER: safe: it is new [table-added]" in result.stdout
    assert result.exit_code == 0
