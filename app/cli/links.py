"""`bascule links`: make links to one item, list them, revoke them."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Final

import click

from app.assembly import compile_folder
from app.callers import link_text, plain
from app.callers.link import PATH
from app.callers.link_manager import BadLink, LinkManager, UnknownLink, Wish, standing
from app.callers.links import SECRET
from app.cli.opened import opened_state
from app.cli.terminal import FOLDER, NOTE, claim, counted, duration, notes, table
from app.settings import from_environment
from app.state import LinkRecord

_HEAD: Final = ("ID", "STATE", "ITEM", "FIELDS", "EXPIRES", "LAST USE", "NOTE")
_LISTED: Final = 100


@click.group("links", short_help="Make links to one item, and take them back.")
def command() -> None:
    """Make links to single items of the contract in FOLDER, list them, revoke them.

    A link shows some fields of one item to whoever holds it, without a key, until it expires or is revoked: so that a customer
    can follow an order. A running gateway serves a new link at once, and none that was revoked two seconds ago.
    """


@command.command("create", short_help="Make a link and print it, once.")
@FOLDER
@click.argument("path", metavar="PATH")
@click.option(
    "--field", "fields", multiple=True, required=True, metavar="FIELD", help="A field that it shows; may be repeated."
)
@claim("Whose item it has to be: customer=C1001. Needed where each caller sees its own rows alone.")
@click.option("--exempt", is_flag=True, help="Instead of a claim, by the scope `rows_exempt`: whosever the item is.")
@click.option(
    "--expires",
    "lifetime",
    metavar="TIME",
    callback=duration,
    default="30d",
    show_default=True,
    help="How long it lives; 366d at most.",
)
@NOTE
def create(
    folder: Path,
    path: str,
    fields: tuple[str, ...],
    claims: dict[str, tuple[str, ...]],
    *,
    exempt: bool,
    lifetime: float,
    note: str,
) -> None:
    """Make a link to the item at PATH, like /v1/orders/4711.

    The link alone is printed on standard output, this once: it is not kept. It is an address where BASCULE_BASE_URL is set, and
    else the path of one. Whether the item is there is seen when somebody follows the link.
    """
    base_url = from_environment(os.environ).base_url
    plan = compile_folder(folder, os.environ).plan
    with _opened(folder) as manager:
        text, record = manager.create(plan, Wish(path, fields, lifetime, claims, exempt, note))
    click.echo(f"{base_url}{PATH}{text}")
    shown = ", ".join(record.fields)
    notes(
        [
            f"link {record.id} shows {shown} of {record.path} until {plain.moment(record.expires_at)}; it is shown this once"
        ]
    )


@command.command("list", short_help="List the links.")
@FOLDER
@click.option("--path", metavar="PATH", default="", help="Those to this item alone.")
@click.option("--all", "whole", is_flag=True, help=f"All of them, and not the newest {_LISTED}.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_(folder: Path, path: str, *, whole: bool, as_json: bool) -> None:
    """List the links of the contract in FOLDER, the newest first, dead ones too. No link is shown: none is kept.

    A link is forgotten 90 days after its end. The last use is written down once a minute.
    """
    with _opened(folder) as manager:
        found = list(islice(manager.everything(path), None if whole else _LISTED + 1))
    records = found if whole else found[:_LISTED]
    now = time.time()
    if as_json:
        for record in records:
            click.echo(json.dumps(plain.link(record, now), ensure_ascii=False))
    else:
        if records:
            table([_HEAD, *(_row(record, now) for record in records)])
        click.echo(counted(len(records), "link"))
    if len(records) < len(found):
        notes(["there are more: --all lists them"])


@command.command("revoke", short_help="End a link, at once and for good.")
@FOLDER
@click.argument("identifier", metavar="ID", callback=lambda _context, _parameter, text: link_text.identifier(text))
def revoke(folder: Path, identifier: str) -> None:
    """End the link ID, at once and for good. The link itself will do for its id, with or without the address before it."""
    with _opened(folder) as manager:
        record = manager.revoke(identifier)
    click.echo(f"link {record.id} to {record.path} was revoked at {plain.moment(record.revoked_at)}")


@contextmanager
def _opened(folder: Path) -> Iterator[LinkManager]:
    """The links of a folder; what may go wrong with them becomes a line."""
    try:
        with opened_state(folder) as (state, _):
            yield LinkManager(state.secret(SECRET), state)
    except BadLink as bad:
        raise click.UsageError(str(bad)) from None
    except UnknownLink as unknown:
        raise click.ClickException(str(unknown)) from None


def _row(record: LinkRecord, now: float) -> tuple[str, ...]:
    times = plain.moment(record.expires_at), plain.moment(record.last_used_at) or "never"
    return record.id, standing(record, now), record.path, " ".join(record.fields), *times, record.note
