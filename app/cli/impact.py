"""`bascule impact`: print who and what a change of a column, a table, a field or a version would hit."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from app.assembly import Compiled, compile_folder
from app.cli.reads import DAYS, Reads, read
from app.cli.terminal import FOLDER, counted, notes, picked, table
from app.impact.hit import Impact, Reader, Used, impact, readers
from app.impact.standing import KINDS
from app.impact.target import UnknownName
from app.plan.model import Version
from app.usage.summary import bare_calls


@click.command("impact", short_help="Print who and what a change would hit.")
@FOLDER
@click.argument("name", metavar="[SOURCE.TABLE.COLUMN]", default="")
@click.option("--version", "version", metavar="vN", help="Who still uses this version of the API.")
@DAYS
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(folder: Path, name: str, version: str | None, days: int, *, as_json: bool) -> None:
    """Print what of the contract in FOLDER stands on a column, who uses that, and whom to write to.

    The name is that of a column (erp.ORDHDR.ORDST), of a table (erp.ORDHDR), of a named query (mes.late_jobs.sql), of a field
    (orders.status), which stands for its columns, or of a resource. What is said of a named query's tables is read out of its
    text, and is marked `query`: it stands on them perhaps.

    With --version: who used that version, when last, and what of it; whoever was seen in all the time that is kept.

    Without a state there are no counts, and the rest is printed all the same.
    """
    if bool(name) == bool(version):
        raise click.UsageError("name a column, a table, a field, or a --version: one of them")
    compiled = compile_folder(folder, os.environ)
    notes(compiled.notes)
    reads = read(compiled.contract, days, ever=bool(version))
    if version:
        _of_version(compiled.plan.versions[picked(version, compiled.plan.versions)], reads, as_json=as_json)
    else:
        _of_name(compiled, name, reads, as_json=as_json)


# A column, a table, a field.


def _of_name(compiled: Compiled, name: str, reads: Reads, *, as_json: bool) -> None:
    try:
        found = impact(compiled, name, reads.records)
    except UnknownName as unknown:
        raise click.UsageError(str(unknown)) from None
    if as_json:
        click.echo(json.dumps(_impact_said(found, reads), indent=2))
        return
    click.echo(f"{', '.join(map(str, found.targets))}\n")
    if not found.used:
        click.echo("Nothing of the contract stands on it.")
        return
    table([_HEAD, *(_standing(each, reads) for each in found.used)])
    _print_callers(found, reads)
    _print_owners(found)


_HEAD = ("WHAT", "VERSION", "RESOURCE", "NAME", "CALLS", "CALLERS", "LAST")


def _standing(each: Used, reads: Reads) -> tuple[str, ...]:
    said, use = each.standing, each.use
    calls = ("0", "0", "") if use is None else (str(use.calls), str(use.callers), use.last)
    return (said.kind, said.version, said.resource, said.name, *(calls if reads.known else ("", "", "")))


def _print_callers(found: Impact, reads: Reads) -> None:
    if not reads.known:
        return
    if not found.callers:
        click.echo(f"\nNobody used it in the last {counted(reads.days, 'day')}.")
    else:
        click.echo(f"\nWho used it in the last {counted(reads.days, 'day')}:")
        rows = [(each.of[0], reads.names.get(each.of[0], ""), str(each.calls), each.last) for each in found.callers]
        table([("CALLER", "WHOSE", "CALLS", "LAST"), *rows])
    bare = bare_calls(reads.records)
    if bare:
        notes([f"of {counted(bare, 'call')} no more is known than the resource: they are not counted here"])


def _print_owners(found: Impact) -> None:
    click.echo("\nWhom to write to:")
    for owner, paths in found.owners.items():
        click.echo(f"  {owner}: {', '.join(paths)}")
    if found.unowned:
        click.echo(f"  nobody is named as `owner` of {', '.join(found.unowned)}")


def _impact_said(found: Impact, reads: Reads) -> dict[str, Any]:
    """The same as JSON; its names stay. Counts are null where nothing could be read."""
    return {
        "targets": [{**asdict(each), "name": str(each)} for each in found.targets],
        "days": reads.days if reads.known else None,
        "stands": [_stand_said(each, reads) for each in found.used],
        "callers": [
            {"caller": each.of[0], "name": reads.names.get(each.of[0]), "calls": each.calls, "last": each.last}
            for each in found.callers
        ],
        "owners": found.owners,
        "unowned": found.unowned,
    }


def _stand_said(each: Used, reads: Reads) -> dict[str, Any]:
    said, use = each.standing, each.use
    counts: Mapping[str, Any] = {"calls": None, "callers": None, "last": None}
    if reads.known:
        counts = {"calls": 0, "callers": 0, "last": None}
    if use is not None:
        counts = {"calls": use.calls, "callers": use.callers, "last": use.last}
    of = {"what": said.kind, "version": said.version, "resource": said.resource, "name": said.name, "sure": said.sure}
    return {**of, "meaning": KINDS[said.kind], **counts}


# A version.


def _of_version(version: Version, reads: Reads, *, as_json: bool) -> None:
    found = readers(version.name, reads.records, reads.ever)
    if as_json:
        click.echo(json.dumps(_version_said(version, found, reads), indent=2))
        return
    click.echo(f"{_standing_of(version)}\n")
    if found:
        head = ("CALLER", "WHOSE", f"CALLS IN {reads.days} DAYS", "LAST", "RESOURCES")
        table([head, *(_reader(each, reads) for each in found)])
    elif reads.known:
        click.echo("Nobody was seen to use it.")


def _standing_of(version: Version) -> str:
    """`v1 is deprecated since 2026-06-01, ends after 2027-03-31, and is followed by v2`."""
    since = f" since {version.deprecated_on}" if version.deprecated_on else ""
    ends = f", ends after {version.sunset_on}" if version.sunset_on else ""
    follows = f", and is followed by {version.successor}" if version.successor else ""
    return f"{version.name} is {version.status}{since}{ends}{follows}"


def _reader(each: Reader, reads: Reads) -> tuple[str, ...]:
    return (each.caller, reads.names.get(each.caller, ""), str(each.calls), each.last, ", ".join(each.resources))


def _version_said(version: Version, found: Sequence[Reader], reads: Reads) -> dict[str, Any]:
    dates = {"deprecated_on": version.deprecated_on, "sunset_on": version.sunset_on}
    return {
        "version": version.name,
        "status": version.status,
        **{name: None if day is None else day.isoformat() for name, day in dates.items()},
        "successor": version.successor,
        "days": reads.days if reads.known else None,
        "callers": [{**asdict(each), "name": reads.names.get(each.caller)} for each in found],
    }
