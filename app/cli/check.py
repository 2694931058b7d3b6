"""`bascule check`: compile a contract folder and report every fault and every warning."""

from __future__ import annotations

import os
from pathlib import Path

import click

from app.assembly import compile_folder
from app.cli.terminal import FOLDER, counted, lines, notes
from app.plan.model import Plan


@click.command("check", short_help="Compile a contract and print all its faults.")
@FOLDER
@click.option("--strict", is_flag=True, help="Take warnings for faults, as `strict: true` in gateway.yaml does.")
def command(folder: Path, *, strict: bool) -> None:
    """Compile the contract in FOLDER and print all its faults, one a line, as FILE:LINE:COLUMN.

    Exit code 0 if there are none, else 1. What works and may be regretted, a filter without an index, is a warning: it is
    printed in the same form and leaves the exit code alone. Nothing is served, and a source is only asked for its catalog
    where the folder has no snapshot of it.
    """
    compiled = compile_folder(folder, os.environ, strict=strict)
    lines(compiled.warnings)
    notes(compiled.remarks)
    click.echo(f"no faults: {summary(compiled.plan)}")


def summary(plan: Plan) -> str:
    """`2 versions, 22 resources, 180 fields`."""
    resources = [resource for version in plan.versions.values() for resource in version.resources.values()]
    fields = sum(len(resource.fields) for resource in resources)
    counts = (len(plan.versions), "version"), (len(resources), "resource"), (fields, "field")
    return ", ".join(counted(number, what) for number, what in counts)
