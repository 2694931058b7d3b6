"""`bascule issues`: read the data behind a contract and report what does not decode."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import click

from app.cli.opened import opened
from app.cli.terminal import FOLDER, counted, picked
from app.plan.model import Plan
from app.scan import Finding, scan


@click.command("issues", short_help="Report data that does not decode.")
@FOLDER
@click.option("--version", "version", metavar="vN", help="Which version's fields to read; the newest if left out.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Rows of each resource; all if left out.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def command(folder: Path, version: str | None, limit: int | None, *, as_json: bool) -> None:
    """Read every resource of the contract in FOLDER and print the data that does not decode.

    Each finding names the field and the kind of issue, how many of the rows that were read have it, sample keys, and the
    query that finds such rows at the source. Whole tables are read, page by page: run it when the source is quiet, or
    with --limit.
    """
    found = 0
    with opened(folder) as gateway:
        chosen = _newest(gateway.plan) if version is None else picked(version, gateway.plan.versions)
        for finding in scan(gateway, chosen, limit):
            found += 1
            click.echo(json.dumps(dataclasses.asdict(finding), default=str) if as_json else _shown(finding))
    if not as_json:
        click.echo(counted(found, "finding"))


def _newest(plan: Plan) -> str:
    """The last version that is served as current; where there is none, the last."""
    current = [name for name, version in plan.versions.items() if version.status == "current"]
    return (current or list(plan.versions))[-1]


def _shown(finding: Finding) -> str:
    head = f"{finding.resource}.{finding.field}: {finding.issue} in {finding.rows} of {counted(finding.of, 'row')}"
    return f"{head}\n  keys   {'  '.join(finding.keys)}\n  query  {' '.join(finding.query.split())}\n"
