"""The commands that read data: issues and explain."""

from __future__ import annotations

import json
from pathlib import Path

from tests import shop
from tests.cli.conftest import Bascule


def test_issues_names_the_rows_and_the_query(bascule: Bascule, folder: Path) -> None:
    """The impossible date is found, with its key and a query that a person can run."""
    result = bascule("issues", folder)
    assert result.exit_code == 0
    assert "items.since: not-a-date in 1 of 3 rows" in result.stdout
    assert "0003" in result.stdout
    assert "1260231" in result.stdout
    assert result.stdout.endswith("1 finding\n")


def test_issues_as_json(bascule: Bascule, folder: Path) -> None:
    """One object a line, for programs."""
    (line,) = bascule("issues", folder, "--json").stdout.splitlines()
    found = json.loads(line)
    assert (found["resource"], found["field"], found["issue"], found["keys"]) == (
        "items",
        "since",
        "not-a-date",
        ["0003"],
    )


def test_issues_of_few_rows(bascule: Bascule, folder: Path) -> None:
    """--limit reads so many rows of each resource: the spoilt third is not reached."""
    assert bascule("issues", folder, "--limit", "2").stdout == "0 findings\n"


def test_explain_prints_statement_and_plan(bascule: Bascule, folder: Path) -> None:
    """The statement carries the stored value of the filter, and SQLite's plan says how it is found."""
    result = bascule("explain", folder, "/v1/items?since=2026-01-31")
    assert result.exit_code == 0
    assert "1260131" in result.stdout
    assert "ITEM" in result.stdout
    assert result.stdout.splitlines()[-1].startswith("200, ")


def test_explain_of_a_wrong_request(bascule: Bascule, folder: Path) -> None:
    """A request that is answered with a problem sends nothing, shows the problem, and ends with 1."""
    result = bascule("explain", folder, "/v1/items?sinc=2026-01-31")
    assert result.exit_code == 1
    assert "0 statements" in result.stdout
    assert "unknown-parameter" in result.stderr


def test_issues_of_an_unknown_version(bascule: Bascule, folder: Path) -> None:
    """The known versions are named."""
    result = bascule("issues", folder, "--version", "v2")
    assert result.exit_code == 2
    assert "v1" in result.stderr


def test_a_state_that_cannot_be_opened_is_said(bascule: Bascule, folder: Path) -> None:
    """A state in a folder that does not exist is a line with its place."""
    (folder / "gateway.yaml").write_text(shop.GATEWAY + "state: sqlite:///nowhere/state.db\n", encoding="utf-8")
    result = bascule("issues", folder)
    assert result.exit_code == 1
    assert "nowhere" in result.stderr
