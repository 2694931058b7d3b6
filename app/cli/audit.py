"""`bascule audit`: search what was written down about requests, or prove that all of it still stands."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final

import click

from app.callers.audit import DECISIONS, Seals
from app.callers.audit_file import places, rotated
from app.callers.audit_search import Line, Search, Verification, Wanted, logs
from app.callers.networks import Network, network
from app.cli.terminal import counted, notes

MOST_FAULTS: Final = 50  # printed; the rest is counted
NOTHING: Final = 1

_PEPPER: Final = "BASCULE_PEPPER"


def _audits(context: click.Context, parameter: click.Parameter, text: str) -> list[Path]:
    """The audits that a path means: a file with its renamed ones, or all in a folder."""
    name, _ = places(text)
    if not name:
        raise click.BadParameter("an audit that goes to standard output alone is not kept here", context, parameter)
    path = Path(name)
    try:
        found = logs(path) if path.is_dir() else [path] if path.exists() or rotated(path) else []
    except OSError as failure:
        raise click.BadParameter(f"{failure.filename}: {failure.strerror}", context, parameter) from None
    if not found:
        raise click.BadParameter(f"there is no audit at {path}", context, parameter)
    return found


def _moment(context: click.Context, parameter: click.Parameter, text: str | None) -> str:
    if not text:
        return ""
    try:
        given = datetime.fromisoformat(text)
        found = given.astimezone(UTC) if given.tzinfo else given.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        message = f"{text!r}: expected a date or a time, like 2026-11-01 or 2026-11-01T08:30:00Z"
        raise click.BadParameter(message, context, parameter) from None
    return found.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"  # a float would lose a millisecond


def _networks(context: click.Context, parameter: click.Parameter, texts: tuple[str, ...]) -> tuple[Network, ...]:
    try:
        return tuple(network(str(ip_network(text, strict=False))) for text in texts)
    except ValueError as bad:
        raise click.BadParameter(f"{bad}: expected 10.0.0.1 or 10.0.0.0/8", context, parameter) from None


@click.command("audit", short_help="Search who read what, or verify that nothing was changed.")
@click.argument("audits", metavar="[FOLDER_OR_FILE]", envvar="BASCULE_AUDIT", callback=_audits)
@click.option("--caller", "callers", multiple=True, metavar="ID", help="Of this caller, like key:4f9Zk2Qa.")
@click.option("--resource", "resources", multiple=True, metavar="NAME", help="Of this resource.")
@click.option("--key", default="", metavar="KEY", help="Which served, or asked for, the row of this key, as in paths.")
@click.option("--since", metavar="TIME", callback=_moment, help="From then on; UTC where no offset is given.")
@click.option("--until", metavar="TIME", callback=_moment, help="Before then.")
@click.option("--decision", "decisions", multiple=True, type=click.Choice(DECISIONS), help="Decided so.")
@click.option("--status", "statuses", multiple=True, type=int, metavar="N", help="Answered with this status.")
@click.option(
    "--client", "clients", multiple=True, metavar="IP", callback=_networks, help="From this address or network."
)
@click.option("--request", "requests", multiple=True, metavar="ID", help="Of this request id.")
@click.option("--json", "as_json", is_flag=True, help="The events as they were written, one JSON object a line.")
@click.option("--count", "only_count", is_flag=True, help="Only how many there are.")
@click.option("--verify", is_flag=True, help="Follow the chain of each process instead of searching.")
@click.pass_context
def command(
    context: click.Context,
    /,
    audits: list[Path],
    key: str,
    since: str,
    until: str,
    clients: tuple[Network, ...],
    *,
    as_json: bool,
    only_count: bool,
    verify: bool,
    **several: tuple[str | int, ...],
) -> None:
    """Search an audit and print the events found, in the order in which they were written.

    All options have to hold; one that is given more than once holds for any of its values.

    FOLDER_OR_FILE is the audit's file, renamed ones included, or a folder of audits; left out, it is what BASCULE_AUDIT says.
    Of a request that served more rows than an event lists keys (500), --key may miss some: a note then says so.

    --verify proves that no line was changed, taken out or put in, with the BASCULE_PEPPER that the gateway had. Exit code 0
    if something was found (--verify: if nothing is wrong), 1 if not, and 2 if the command or the path cannot be used.
    """
    members = {_MEMBERS[name]: frozenset(values) for name, values in several.items() if values}
    wanted = Wanted(members, clients, key, since, until)
    seals = Seals(os.environ.get(_PEPPER, ""))
    if verify and wanted != Wanted():
        raise click.UsageError("--verify is for all lines: leave the search out")
    try:
        good = _verify(audits, seals) if verify else _search(audits, Search(wanted, seals), as_json, only_count)
    except OSError as failure:
        if isinstance(failure, BrokenPipeError):
            raise
        raise click.UsageError(f"{failure.filename}: {failure.strerror}") from None
    if not good:
        context.exit(NOTHING)


_MEMBERS: Final = {
    "callers": "caller",
    "resources": "resource",
    "decisions": "decision",
    "statuses": "status",
    "requests": "request_id",
}  # what an option is called here, and the member of an event that it is about


def _search(audits: list[Path], search: Search, as_json: bool, only_count: bool) -> bool:  # noqa: FBT001  # two flags of the command, passed on
    found = 0
    for audit in audits:
        for line in search.run(audit):
            found += 1
            if not only_count:
                click.echo(line.text.decode("utf-8", "replace") if as_json else shown(line))
    if only_count:
        click.echo(found)
    if search.unsure:
        notes([f"{counted(search.unsure, 'event')} served more rows than stand in the list of keys"])
    return found > 0


def _verify(audits: list[Path], seals: Seals) -> bool:
    wrong = 0
    for audit in audits:
        verification = Verification(seals)
        for fault in verification.run(audit):
            wrong += 1
            if wrong <= MOST_FAULTS:
                click.echo(str(fault))
        pieces = f", and {counted(verification.torn, 'torn line')}" if verification.torn else ""
        seen = f"{counted(verification.events, 'event')}, {counted(verification.chains, 'chain')}"
        click.echo(f"{audit}: {seen}{pieces}")
    click.echo(counted(wrong, "fault") if wrong else "Nothing was changed.")
    return wrong == 0


def shown(line: Line) -> str:
    """An event for a terminal, in one line and without anything that could rule the terminal."""
    event = line.event or {}
    columns = (
        (event.get("at"), 24),
        (event.get("status"), 3),
        (event.get("decision"), 9),
        (event.get("caller"), 16),
        (event.get("client") or "-", 15),
    )
    head = "  ".join(f"{_printable(value):<{width}}" for value, width in columns)
    return f"{head}  {'  '.join(_told(event))}"


def _told(event: Mapping[str, Any]) -> Iterator[str]:
    """What was asked, and what came of it."""
    asked = "&".join(f"{name}={value}" for name, value in event.get("parameters", ()))
    yield _printable(f"{event.get('method')} {event.get('path')}{'?' * bool(asked)}{asked}")
    yield counted(int(event.get("rows", 0)), "row")
    yield _printable(f"{event.get('took_ms')} ms")
    for name in ("cache", "reason"):
        if event.get(name):
            yield _printable(event[name])
    if event.get("sources"):
        yield _printable(",".join(event["sources"]))


def _printable(value: object) -> str:
    text = str(value)
    return text if text.isprintable() else "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)
