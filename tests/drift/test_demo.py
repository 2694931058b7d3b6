"""The demo plant, held against its own databases: what was planted there is found, and nothing else."""

from __future__ import annotations

from pathlib import Path

from app.assembly import compile_folder, open_source
from app.demo.dirt import DIRT
from app.drift import Bounds, Finding, look
from tests.drift.scene import PATIENCE

PLANTED = {(dirt.table, dirt.column) for dirt in DIRT}


def found(plant: Path) -> list[Finding]:
    """The findings at both sources."""
    compiled, findings = compile_folder(plant, {}), list[Finding]()
    for name, spec in compiled.contract.sources.items():
        source = open_source(spec, workers=1)
        source.learn(compiled.catalogs[name], compiled.contract.queries)
        findings += look(compiled, source, Bounds(rows=2000, seconds=PATIENCE)).findings
        source.close()
    return findings


def test_the_plant_has_no_drift_but_its_dirt(plant: Path) -> None:
    """The snapshots that come with the contract are those of the databases; in a sample, only planted values are amiss."""
    findings = found(plant)
    assert {each.code for each in findings} == {"undecodable", "unknown-code"}
    assert {each.grade for each in findings} == {"risky"}
    columns = {(each.table, column) for each in findings if not each.table.endswith(".sql") for column in each.columns}
    assert len(columns & PLANTED) > 12
    assert columns - PLANTED == {("ORDHDR", "PRMDT")} & columns  # the other column of a planted time
