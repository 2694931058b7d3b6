"""`bascule cache`: purge kept answers, and see what was purged."""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import click

from app.assembly import compile_folder
from app.callers import plain
from app.cli.opened import opened_state
from app.cli.terminal import FOLDER, Command, counted, notes, table
from app.kept.tags import EVERYTHING, BadPurge, Wanted, tags_to_purge

_HEAD: Final = ("AT", "WHO", "PURGED")
_LISTED: Final = 20


@click.group("cache", short_help="Purge kept answers, and see what was purged.")
def command() -> None:
    """Purge the answers that a gateway keeps for the contract in FOLDER, and see what was purged.

    A purge is written into the contract's `state`. A running gateway knows of it within a second, in every worker and on every
    host that shares the state, and needs no reload.
    """


def _named(option: str, metavar: str, sentence: str) -> Callable[[Command], Command]:
    """An option that may be repeated, given to a command as its plural."""
    help_ = f"{sentence}; may be repeated."
    return click.option(f"--{option}", f"{option}s", multiple=True, metavar=metavar, help=help_)


@command.command("purge", short_help="End kept answers, on all workers.")
@FOLDER
@click.option("--everything", is_flag=True, help="Every answer.")
@_named("source", "NAME", "What was read from this source: erp")
@_named("table", "SOURCE/TABLE", "What was read from this table of it: erp/ORDHDR")
@_named("resource", "PATH", "What shows this resource: v1/orders")
@_named("item", "PATH", "This item, and all that shows items of its resource: v1/orders/4711")
def purge(
    folder: Path,
    sources: tuple[str, ...],
    tables: tuple[str, ...],
    resources: tuple[str, ...],
    items: tuple[str, ...],
    *,
    everything: bool,
) -> None:
    """End kept answers of the contract in FOLDER, on all workers: what is asked for next is read anew.

    Names are those of the contract; one that it does not have is an error, and nothing is purged then. Only --everything works
    beside faults in resource files.
    """
    tags = _tags(folder, Wanted(everything, sources, tables, resources, items))
    with opened_state(folder) as (state, _):
        state.purge(tags, _who())
    for tag in tags:
        click.echo(f"purged {tag}")


@command.command("show", short_help="List what was purged.")
@FOLDER
@click.option(
    "--limit", type=click.IntRange(1), metavar="N", default=_LISTED, show_default=True, help="How many at most."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def show(folder: Path, limit: int, *, as_json: bool) -> None:
    """List what was purged in the contract in FOLDER, the newest first, and who did it.

    Of each name the last purge alone is kept, for eight days; the audit has those that came over HTTP.
    """
    with opened_state(folder) as (state, _):
        found = state.newest_purges(limit + 1)
    records = found[:limit]
    if as_json:
        for record in records:
            click.echo(json.dumps(plain.purge(record), ensure_ascii=False))
    else:
        if records:
            table([_HEAD, *((plain.moment(each.at), each.who, each.tag) for each in records)])
        click.echo(counted(len(records), "purge"))
    if len(records) < len(found):
        notes(["there are more: --limit lists them"])


def _tags(folder: Path, wanted: Wanted) -> tuple[str, ...]:
    """What is purged. Everything is, whatever the contract says: in an emergency nobody waits for a mended file."""
    if wanted == Wanted(everything=True):
        return (EVERYTHING,)
    try:
        return tags_to_purge(compile_folder(folder, os.environ).plan, wanted)
    except BadPurge as bad:
        raise click.UsageError("\n".join(map(str, bad.wrong))) from None


def _who() -> str:
    """Who gives the command, as far as the system knows."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container may have a number alone, and Windows has no pwd
        name = ""
    return f"cli:{name}" if name.isprintable() and name else "cli"
