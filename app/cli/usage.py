"""`bascule usage`: print how often who reads what."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click

from app.cli.opened import surveyed
from app.cli.reads import DAYS, Reads, read
from app.cli.terminal import FOLDER, counted, notes, table
from app.shapes import nearest
from app.state import UsageRecord
from app.usage.summary import BY, By, Sum, bare_calls, summed


@click.command("usage", short_help="Print how often who reads what.")
@FOLDER
@DAYS
@click.option("--by", "by", type=click.Choice(list(BY)), default="caller", show_default=True, help="What is summed up.")
@click.option(
    "--caller", "caller", metavar="ID", help="Only this caller's reads: key:4f9Zk2Qa, or the owner of its key."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def command(folder: Path, days: int, by: str, caller: str | None, *, as_json: bool) -> None:
    """Print what was read through the gateway of the contract in FOLDER, the most frequent first.

    Reads that were answered are counted by the days of UTC, each with the fields that were served, the parameters that
    filtered, the sort and the expansions: names of the contract, never values. A running gateway writes what it has counted
    every ten seconds. All holders of links are one caller, `links`; so are all callers of an open contract, `anonymous`.
    """
    found = read(surveyed(folder)[0], days)
    records = found.records if caller is None else _of_caller(found, caller)
    _note_bare(records)
    sums = summed(records, BY[by])
    if as_json:
        for each in sums:
            click.echo(json.dumps(_said(each, BY[by], found)))
    elif sums:
        table([_head(BY[by]), *(_row(each, BY[by], found) for each in sums)])
    elif found.known:
        notes([f"no such read was counted in the last {counted(days, 'day')}"])


def _of_caller(found: Reads, text: str) -> Sequence[UsageRecord]:
    """The records of a caller, by its identifier or by the owner of its keys. Raises UsageError."""
    known = {record.caller: found.names.get(record.caller, "") for record in found.records}
    named = {caller for caller, name in known.items() if text in {caller, name, name.partition(" (")[0]}}
    if not named and known:
        hint = nearest(text, filter(None, (*known, *known.values())))
        raise click.UsageError(f"no read of {text!r} was counted in the last {counted(found.days, 'day')} — {hint}")
    return [record for record in found.records if record.caller in named]


def _note_bare(records: Iterable[UsageRecord]) -> None:
    calls = bare_calls(records)
    if calls:
        notes(
            [f"of {counted(calls, 'call')} no more is known than the resource: there were too many callers and forms"]
        )


def _head(by: By) -> tuple[str, ...]:
    return (*map(str.upper, by.columns), *_whose(by, "WHOSE"), "CALLS", *_callers(by, "CALLERS"), "FIRST", "LAST")


def _row(each: Sum, by: By, found: Reads) -> tuple[str, ...]:
    whose = _whose(by, found.names.get(each.of[0], ""))
    return (*each.of, *whose, str(each.calls), *_callers(by, str(each.callers)), each.first, each.last)


def _said(each: Sum, by: By, found: Reads) -> dict[str, object]:
    """The same as JSON; its names stay."""
    of = dict(zip(by.columns, each.of, strict=True))
    whose = {"name": found.names.get(each.of[0])} if by is BY["caller"] else {"callers": each.callers}
    return {**of, "calls": each.calls, **whose, "first": each.first, "last": each.last, "days": found.days}


def _whose(by: By, cell: str) -> Iterator[str]:
    """A cell that only callers have."""
    if by is BY["caller"]:
        yield cell


def _callers(by: By, cell: str) -> Iterator[str]:
    """A cell that callers do not have."""
    if by is not BY["caller"]:
        yield cell
