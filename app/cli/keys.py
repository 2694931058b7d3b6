"""`bascule keys`: give out API keys, list them, rotate them, revoke them."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from app.callers import plain
from app.callers.credentials import SANDBOX
from app.callers.key_manager import (
    DEFAULT_RATE,
    BadGrant,
    EndedKey,
    Grant,
    KeyManager,
    UnknownKey,
    standing,
    unnamed,
)
from app.callers.key_text import PREFIX, pepper_of
from app.cli.opened import opened_state
from app.cli.terminal import FOLDER, NOTE, claim, counted, duration, notes, table
from app.contract.model import Contract
from app.settings import from_environment
from app.state import KeyRecord

_HEAD: Final = ("ID", "STATE", "OWNER", "SCOPES", "CLAIMS", "LIMITS", "NETWORKS", "EXPIRES", "LAST USE", "NOTE")


@dataclass(frozen=True, slots=True)
class _Opened:
    """The keys of a folder. `contract` is None where it has faults: what it names is not known then."""

    manager: KeyManager
    contract: Contract | None


@click.group("keys", short_help="Give out API keys, and take them back.")
def command() -> None:
    """Give out API keys for the contract in FOLDER, list them, rotate them, revoke them.

    Keys are kept in the contract's `state`, as hashes. A running gateway knows of a change within two seconds, in every worker,
    and needs no reload. Faults in resource files are no hindrance.
    """


def _identifier(context: click.Context, parameter: click.Parameter, text: str) -> str:
    """An id, alone or as the audit has it: key:4f9Zk2Qa. Of a whole key, or of one with a slip of the pen, only the id."""
    del context, parameter
    return text[len(PREFIX) :][:8] if text.startswith(PREFIX) else text.removeprefix("key:")


_ID: Final = click.argument("identifier", metavar="ID", callback=_identifier)


@command.command("create", short_help="Make a key and print it, once.")
@FOLDER
@click.option("--owner", required=True, metavar="NAME", help="Who holds the key: a person, a company, a system.")
@click.option("--scope", "scopes", multiple=True, metavar="SCOPE", help="What the key may do; may be repeated.")
@click.option("--sandbox", is_flag=True, help=f"Its holder is served invented data alone: the scope {SANDBOX}.")
@claim("Whose rows the key may see: customer=C1001; may be repeated, also for several values of one name.")
@click.option(
    "--expires", "lifetime", metavar="TIME", callback=duration, help="How long it lives: 90d. Left out: forever."
)
@click.option(
    "--network",
    "networks",
    multiple=True,
    metavar="CIDR",
    help="Where it may be used from: 10.0.0.0/8; may be repeated.",
)
@click.option("--rate", metavar="CLASS", default=DEFAULT_RATE, show_default=True, help="Its class of `limits`.")
@NOTE
def create(
    folder: Path,
    owner: str,
    scopes: tuple[str, ...],
    claims: dict[str, tuple[str, ...]],
    lifetime: float | None,
    networks: tuple[str, ...],
    rate: str,
    note: str,
    *,
    sandbox: bool,
) -> None:
    """Make an API key for the contract in FOLDER.

    The key alone is printed on standard output, this once: it is not kept. What the contract never names among its scopes,
    claims and class of limits is a note: the key works, and is good for less than was meant.
    """
    scopes = (*scopes, SANDBOX) if sandbox else scopes
    grant = Grant(owner, tuple(dict.fromkeys(scopes)), claims, networks, rate, note, lifetime)
    with _opened(folder, secrets=not sandbox) as found:
        text, record = found.manager.create(grant)
        notes(_remarks(found, grant))
    _give(text, record)


@command.command("list", short_help="List the keys.")
@FOLDER
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_(folder: Path, *, as_json: bool) -> None:
    """List the keys of the contract in FOLDER, the oldest first, dead ones too. No secret is shown: none is kept.

    `replaced > ID` is a key that was rotated, and the one that came in its place. The last use is written down once a minute.
    """
    with _opened(folder) as found:
        records = found.manager.list()
        notes(_strangers(found.manager))
    now = time.time()
    if as_json:
        for record in records:
            click.echo(json.dumps(plain.key(record, now), ensure_ascii=False))
        return
    if records:
        table([_HEAD, *(_row(record, now) for record in records)])
    click.echo(counted(len(records), "key"))


@command.command("rotate", short_help="Make a key in the place of another.")
@FOLDER
@_ID
@click.option(
    "--overlap",
    metavar="TIME",
    callback=duration,
    default="7d",
    show_default=True,
    help="How long the old key goes on working; 0: not at all.",
)
def rotate(folder: Path, identifier: str, overlap: float) -> None:
    """Make a key that is good for the same as the key ID, and for as long; ID ends after the overlap.

    The new key alone is printed on standard output, this once: it is not kept.
    """
    with _opened(folder) as found:
        text, record = found.manager.rotate(identifier, overlap)
        old = found.manager.find(identifier)
    _give(text, record)
    notes([f"key {old.id} ends at {plain.moment(old.expires_at)}"])


@command.command("revoke", short_help="End a key, at once and for good.")
@FOLDER
@_ID
def revoke(folder: Path, identifier: str) -> None:
    """End the key ID, at once and for good, with all that hangs on it. A key that it was rotated to goes on."""
    with _opened(folder) as found:
        record = found.manager.revoke(identifier)
    click.echo(f"key {record.id} of {record.owner} was revoked at {plain.moment(record.revoked_at)}")
    if record.replaced_by:
        notes([f"key {record.replaced_by}, which it was rotated to, goes on"])


@contextmanager
def _opened(folder: Path, *, secrets: bool = True) -> Iterator[_Opened]:
    """The keys of a folder; what may go wrong with them becomes a line. Raises Faults where gateway.yaml has some.

    `bascule mock` does without `secrets`, and so do its keys.
    """
    settings = from_environment(os.environ)
    try:
        with opened_state(folder, secrets=secrets) as (state, contract):
            yield _Opened(KeyManager(state, pepper_of(settings.pepper, state)), contract)
    except BadGrant as bad:
        raise click.UsageError(str(bad)) from None
    except (UnknownKey, EndedKey) as refusal:
        raise click.ClickException(str(refusal)) from None


def _remarks(found: _Opened, grant: Grant) -> Iterator[str]:
    """What a person should be told who has given out a key."""
    if found.contract is not None:
        yield from unnamed(grant, found.contract)
        if found.contract.open:
            yield "the contract says `security: open`: nobody is asked for a key"
    yield from _strangers(found.manager)


def _strangers(manager: KeyManager) -> Iterator[str]:
    number = len(manager.strangers())
    if number:
        yield f"{counted(number, 'key')} made with another BASCULE_PEPPER than the one that is set here: not accepted with it"


def _give(text: str, record: KeyRecord) -> None:
    """The key on standard output, alone; about it on standard error."""
    click.echo(text)
    expires = "never expires" if record.expires_at is None else f"expires at {plain.moment(record.expires_at)}"
    notes([f"key {record.id} of {record.owner} {expires}; it is shown this once"])


def _row(record: KeyRecord, now: float) -> tuple[str, ...]:
    claims = " ".join(f"{name}={value}" for name, values in record.claims.items() for value in values)
    said = standing(record, now) + (f" > {record.replaced_by}" if record.replaced_by else "")
    of_access = " ".join(record.scopes), claims, record.rate, " ".join(record.networks)
    times = plain.moment(record.expires_at) or "never", plain.moment(record.last_used_at) or "never"
    return record.id, said, record.owner, *of_access, *times, record.note
