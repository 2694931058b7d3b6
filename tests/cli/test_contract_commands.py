"""The commands that read a contract: check, plan, openapi, catalog, schema."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import shop
from tests.cli.conftest import Bascule


def test_check_counts_what_is_sound(bascule: Bascule, folder: Path) -> None:
    """A sound contract ends with 0 and says what it has; what a person should know goes to standard error."""
    result = bascule("check", folder)
    assert (result.exit_code, result.stdout) == (0, "no faults: 1 version, 1 resource, 3 fields\n")
    assert "note: security: open" in result.stderr
    assert "no catalog/shop.yaml" in result.stderr


def test_check_reports_all_faults_at_once(bascule: Bascule, folder: Path) -> None:
    """Three mistakes in one file are three lines, and a count."""
    shop.write_items(folder, shop.BROKEN_ITEMS)
    result = bascule("check", folder)
    faults = [line for line in result.stderr.splitlines() if line.startswith("v1/items.yaml:")]
    assert result.exit_code == 1
    assert len(faults) == 3
    assert f"Error: {len(faults)} faults" in result.stderr


def test_check_shows_warnings_and_ends_with_0(bascule: Bascule, folder: Path) -> None:
    """A filter and a sort without an index are lines with a place; they stop nothing and are counted nowhere else."""
    result = bascule("check", folder)
    warnings = [line for line in result.stderr.splitlines() if ": warning: " in line]
    assert [(line.partition(": ")[0], line.rpartition(" ")[2]) for line in warnings] == [
        ("v1/items.yaml:10:10", "[unindexed-search]"),
        ("v1/items.yaml:10:18", "[unindexed-filter]"),
        ("v1/items.yaml:10:18", "[unindexed-search]"),
        ("v1/items.yaml:10:24", "[unindexed-filter]"),
        ("v1/items.yaml:11:16", "[unindexed-sort]"),
    ]
    assert (result.exit_code, "run `bascule check`" in result.stderr) == (0, False)
    assert "note: 5 warnings in the contract; run `bascule check`" in bascule("plan", folder).stderr


def test_check_strict_refuses_warnings(bascule: Bascule, folder: Path) -> None:
    """With --strict, as with `strict: true` in the contract, they are faults like any other."""
    by_option = bascule("check", folder, "--strict")
    with (folder / "gateway.yaml").open("a", encoding="utf-8") as gateway:
        gateway.write("strict: true\n")
    by_word = bascule("check", folder)
    assert by_option.stderr == by_word.stderr
    assert (by_word.exit_code, by_word.stdout) == (1, "")
    assert by_word.stderr.endswith("Error: 5 faults\n")
    assert "warning" not in by_word.stderr


def test_plan_prints_what_was_resolved(bascule: Bascule, folder: Path) -> None:
    """The plan names resources, columns and conversions."""
    result = bascule("plan", folder)
    assert result.exit_code == 0
    assert [word for word in ("items", "ITDAT", "cyymmdd") if word not in result.stdout] == []


def test_plan_of_one_version(bascule: Bascule, folder: Path) -> None:
    """A version that is there is printed alone; for another, the known ones are named."""
    assert bascule("plan", folder, "--version", "v1").exit_code == 0
    result = bascule("plan", folder, "--version", "v11")
    assert result.exit_code == 2
    assert "'v1'" in result.stderr


def test_openapi_writes_what_check_accepts(bascule: Bascule, folder: Path) -> None:
    """Written documents are up to date; a changed contract, a missing and a left-over document are differences."""
    assert bascule("openapi", folder, "--check").exit_code == 1
    written = bascule("openapi", folder)
    assert (written.exit_code, written.stdout) == (
        0,
        f"{folder / 'openapi' / 'v1.json'}\n{folder / 'openapi' / 'CHANGES.md'}\n",
    )
    assert json.loads((folder / "openapi" / "v1.json").read_text(encoding="utf-8"))["openapi"].startswith("3.1")
    assert bascule("openapi", folder, "--check").exit_code == 0


def test_openapi_check_shows_the_difference(bascule: Bascule, folder: Path) -> None:
    """A renamed field appears as removed and added lines, and nothing is written."""
    bascule("openapi", folder)
    published = (folder / "openapi" / "v1.json").read_bytes()
    shop.write_items(folder, shop.RENAMED_ITEMS)
    result = bascule("openapi", folder, "--check")
    assert result.exit_code == 1
    assert any(line.startswith("+") and '"label"' in line for line in result.stdout.splitlines())
    assert any(line.startswith("-") and '"name"' in line for line in result.stdout.splitlines())
    assert (folder / "openapi" / "v1.json").read_bytes() == published


def test_openapi_finds_documents_of_versions_that_are_gone(bascule: Bascule, folder: Path) -> None:
    """A left-over v9.json is a difference, and is removed by writing; other files stay."""
    bascule("openapi", folder)
    for name in ("v9.json", "notes.json"):
        (folder / "openapi" / name).write_text("{}", encoding="utf-8")
    result = bascule("openapi", folder, "--check")
    assert result.exit_code == 1
    assert "v9.json" in result.stdout
    assert "notes.json" not in result.stdout
    bascule("openapi", folder)
    assert sorted(path.name for path in (folder / "openapi").iterdir()) == ["CHANGES.md", "notes.json", "v1.json"]


def test_a_catalog_is_written_and_read_again(bascule: Bascule, folder: Path) -> None:
    """With the snapshot in place, the contract compiles although the database is gone."""
    result = bascule("catalog", folder, "shop")
    assert (result.exit_code, result.stdout) == (0, f"{folder / 'catalog' / 'shop.yaml'}: 1 table\n")
    (folder / "shop.db").unlink()
    checked = bascule("check", folder)
    assert checked.exit_code == 0
    assert "no catalog" not in checked.stderr


def test_a_catalog_can_be_taken_before_there_is_a_resource(bascule: Bascule, folder: Path) -> None:
    """A gateway.yaml with a source is enough to see the source's tables."""
    (folder / "v1" / "items.yaml").unlink()
    (folder / "v1" / "version.yaml").unlink()
    (folder / "v1").rmdir()
    assert bascule("catalog", folder).exit_code == 0
    assert "ITEM" in (folder / "catalog" / "shop.yaml").read_text(encoding="utf-8")


def test_a_catalog_of_an_unknown_source(bascule: Bascule, folder: Path) -> None:
    """The nearest source is named; so is the need for one when a table is asked for."""
    assert "did you mean 'shop'?" in bascule("catalog", folder, "shopp").stderr
    assert bascule("catalog", folder, "--table", "ITEM").exit_code == 2


def test_a_source_that_does_not_answer_is_said(bascule: Bascule, folder: Path) -> None:
    """A missing database is a line with exit code 1, not a traceback."""
    (folder / "shop.db").unlink()
    result = bascule("catalog", folder, "shop")
    assert result.exit_code == 1
    assert "shop.db" in result.stderr


@pytest.mark.parametrize("word", ["stored_as", "cyymmdd", "sources", "resource"])
def test_the_schema_holds_the_words(bascule: Bascule, word: str) -> None:
    """`bascule schema` prints the JSON Schema that editors take."""
    result = bascule("schema")
    assert json.loads(result.stdout)["$schema"].startswith("https://json-schema.org/")
    assert word in result.stdout
