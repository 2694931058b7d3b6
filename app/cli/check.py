"""`bascule check`: compile a contract folder, and with `--live` hold it against its sources; report all that is wrong."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import click

from app.assembly import Compiled, compile_folder, open_source
from app.cli.terminal import FOLDER, counted, lines, notes
from app.drift import GRADES, Bounds, Grade, Look, counts, grade_of, look, report
from app.plan.model import Plan
from app.shapes import Fault, Faults

_WRONG: Final = 1
_NO_ANSWER: Final = 3


@click.command("check", short_help="Compile a contract and print all its faults; hold it against its sources.")
@FOLDER
@click.option("--strict", is_flag=True, help="Take warnings for faults, as `strict: true` in gateway.yaml does.")
@click.option(
    "--live", is_flag=True, help="Also ask the sources: what has changed there, and what a sample of rows holds."
)
@click.option(
    "--rows", type=click.IntRange(1), metavar="N", default=1000, show_default=True, help="Rows of each sample."
)
@click.option(
    "--seconds",
    type=click.FloatRange(0.1, 3600),
    metavar="N",
    default=5.0,
    show_default=True,
    help="Time of each read of a sample.",
)
@click.option("--all", "everything", is_flag=True, help="With --live: also tables that no resource uses.")
@click.option(
    "--level",
    type=click.Choice(GRADES),
    default="breaking",
    show_default=True,
    help="The mildest grade that ends with exit code 1.",
)
@click.option("--json", "as_json", is_flag=True, help="A report in JSON, all of it on standard output.")
@click.pass_context
def command(
    context: click.Context,
    folder: Path,
    rows: int,
    seconds: float,
    level: Grade,
    *,
    strict: bool,
    live: bool,
    everything: bool,
    as_json: bool,
) -> None:
    """Compile the contract in FOLDER and print all its faults, one a line, as FILE:LINE:COLUMN.

    What works and may be regretted, a filter without an index, is a warning: it is printed in the same form. Nothing is
    served, and a source is only asked for its catalog where the folder has no snapshot of it.

    With --live each source is asked as well. Its catalog is compared with the snapshot, for the tables that the contract
    uses, and a bounded sample of their rows with what the contract promises: nullability, codes, lengths, forms. Each
    finding is graded breaking, risky or safe, and names the resources and fields that stand on the column.

    Exit code 0 if all is well, 1 for a fault or a finding of --level or worse (a warning is risky), 3 if a source did not
    answer.
    """
    compiled, faults = _compiled(folder, strict=strict, as_json=as_json)
    looks = [] if compiled is None or not live else list(_looks(compiled, Bounds(rows, seconds, everything=everything)))
    if as_json:
        digest = "" if compiled is None else compiled.plan.digest
        click.echo(json.dumps(report(digest, faults, looks), ensure_ascii=False, indent=2))
    elif compiled is not None:
        lines(faults)
        notes(compiled.remarks)
        _print(looks)
        click.echo(f"no faults: {summary(compiled.plan)}")
    if code := _exit_code(faults, looks, level):
        context.exit(code)


def _compiled(folder: Path, *, strict: bool, as_json: bool) -> tuple[Compiled | None, Sequence[Fault]]:
    """The contract and its warnings; or nothing and its faults, which a report holds. Raises Faults where there is none."""
    try:
        compiled = compile_folder(folder, os.environ, strict=strict)
    except Faults as found:
        if not as_json:
            raise
        return None, found.faults
    return compiled, compiled.warnings


def _looks(compiled: Compiled, bounds: Bounds) -> Iterator[Look]:
    """A look at each source, one after the other, over connections of its own."""
    for name, spec in compiled.contract.sources.items():
        source = open_source(spec, workers=1)
        try:
            source.learn(compiled.catalogs[name], compiled.contract.queries)
            yield look(compiled, source, bounds)
        finally:
            source.close()


def _print(looks: Iterable[Look]) -> None:
    """Each finding with who is hit by it, and a line for each source."""
    for each in looks:
        for finding in each.findings:
            click.echo(str(finding))
            for use in finding.uses if finding.grade != "safe" else ():
                click.echo(f"  {use}")
            if finding.keys:
                click.echo(f"  keys {'  '.join(finding.keys)}")
        click.echo(_said(each))


def _said(look: Look) -> str:
    """`erp: 1 breaking, 0 risky, 2 safe; 12 tables and 9,200 rows were read`."""
    found = ", ".join(f"{number} {grade}" for grade, number in counts(each.grade for each in look.findings).items())
    read = f"{counted(look.tables, 'table')} and {counted(look.rows, 'row')} were read"
    ended = "" if look.failure is None else f"; then it did not answer: {look.failure}"
    return f"{look.source}: {found}; {read}{ended}"


def _exit_code(faults: Iterable[Fault], looks: Sequence[Look], level: Grade) -> int:
    """What is wrong counts for more than what could not be asked."""
    grades = [*map(grade_of, faults), *(finding.grade for each in looks for finding in each.findings)]
    if any(GRADES.index(grade) <= GRADES.index(level) for grade in grades):
        return _WRONG
    return _NO_ANSWER if any(each.failure is not None for each in looks) else 0


def summary(plan: Plan) -> str:
    """`2 versions, 22 resources, 180 fields`."""
    resources = [resource for version in plan.versions.values() for resource in version.resources.values()]
    fields = sum(len(resource.fields) for resource in resources)
    sizes = (len(plan.versions), "version"), (len(resources), "resource"), (fields, "field")
    return ", ".join(counted(number, what) for number, what in sizes)
