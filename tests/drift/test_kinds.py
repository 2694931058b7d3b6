"""Drift that is made by hand, on each kind of source: found, graded and attributed by `bascule check --live`."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli import main
from app.drift import Use
from tests.drift.plants import Plant, as400, as400_standin, postgres_url, postgresql, sqlite
from tests.drift.scene import PATIENCE
from tests.drift.world import DRIFTS, KINDS, Drift

__all__ = ["as400", "as400_standin", "postgres_url", "postgresql", "sqlite"]

MADE = [(kind, drift) for drift in DRIFTS for kind in KINDS if kind in drift.made]


@pytest.fixture
def plant(request: pytest.FixtureRequest, kind: str) -> Plant:
    """The world on a source of the test's kind, its snapshot taken."""
    built: Plant = request.getfixturevalue(kind)
    run("catalog", built.folder)
    return built


def run(*words: object, code: int = 0) -> str:
    """The output of a command that ends with this code."""
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exit_code == code, result.output
    return result.stdout


def report(plant: Plant, code: int) -> dict[str, Any]:
    """The report of a check."""
    found: dict[str, Any] = json.loads(run("check", plant.folder, "--live", "--seconds", PATIENCE, "--json", code=code))
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_found_where_nothing_has_changed(plant: Plant) -> None:
    """A snapshot that was just taken and rows that are as promised: no finding, and all of it was read."""
    found = report(plant, 0)
    assert [each["id"] for each in found["findings"]] == []
    assert [(each["answered"], each["tables"], each["rows"]) for each in found["sources"]] == [(True, 3, 6)]


@pytest.mark.parametrize(("kind", "drift"), MADE, ids=[f"{kind}-{drift.name}" for kind, drift in MADE])
def test_drift_is_found_graded_and_attributed(plant: Plant, kind: str, drift: Drift) -> None:
    """What was changed is found, nothing else is; the grade is that of this contract, and who is hit is named."""
    plant.execute(*drift.made[kind])
    breaking = any(grade == "breaking" for _, grade, _ in drift.found)
    findings = report(plant, int(breaking))["findings"]
    found = {(each["code"], each["grade"], each["place"]) for each in findings}
    assert found == {
        (code, grade, f"plant.{place}") for code, grade, place in (*drift.found, *drift.also.get(kind, ()))
    }
    (first,) = (each for each in findings if each["code"] == drift.found[0][0])
    assert tuple(str(Use(**_tupled(use))) for use in first["resources"]) == drift.hit
    assert [use["owner"] for use in first["resources"] if use["resource"] == "parts"] in (
        [],
        ["stores@example.com"] * 2,
    )


def _tupled(use: dict[str, Any]) -> dict[str, Any]:
    return {word: tuple(said) if isinstance(said, list) else said for word, said in use.items()}


def test_each_kind_makes_twelve_kinds_of_drift_or_says_why_not() -> None:
    """Every drift is made on every kind of source, or the table has the reason."""
    for drift in DRIFTS:
        assert {*drift.made, *drift.cannot} == set(KINDS), drift.name
        assert set(drift.made).isdisjoint(drift.cannot), drift.name
    assert min(sum(kind in drift.made for drift in DRIFTS) for kind in KINDS) >= 12
