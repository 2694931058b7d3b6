"""`bascule demo`: build the demo plant and serve it on this machine."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from app.assembly import compile_folder
from app.callers.credentials import ADMIN
from app.callers.key_manager import Grant, KeyManager
from app.callers.key_text import pepper_of
from app.callers.link_manager import BadLink, LinkManager
from app.callers.links import SECRET
from app.cli.opened import opened_state
from app.cli.serve import run
from app.cli.terminal import WORKERS, lines
from app.demo import plant, tracking
from app.demo.links import apps_folder, links
from app.web import server

_APPS = "BASCULE_APPS"
_ADMIN = "BASCULE_ADMIN_BIND"
_PEPPER = "BASCULE_PEPPER"


@click.command("demo", short_help="Serve an invented plant, to look around.")
@click.option(
    "--port", type=click.IntRange(1, 65_535), metavar="N", default=8080, show_default=True, help="Port of 127.0.0.1."
)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    default=Path("demo-plant"),
    show_default=True,
    help="Where the plant is built; it is built once.",
)
@click.option("--databases", is_flag=True, help="Only write the plant's databases to DIR, without a contract, and end.")
@WORKERS
def command(port: int, folder: Path, workers: int, *, databases: bool) -> None:
    """Serve an invented plant: a business system of 1989 and a shop floor's system of 2025, as one API.

    The folder is a contract like any other: read it, change it, and send SIGHUP to see the change. With --databases, DIR gets
    the two systems alone, as somebody finds them whom nobody has told anything.
    """
    if databases:
        lines(map(str, plant.build_databases(folder).values()))
        return
    if not (folder / "gateway.yaml").exists():
        click.echo(f"Building the plant in {folder}: some seconds, once.", err=True)
    plant.build(folder)
    address = server.Address("127.0.0.1", port)
    base_url, own = f"http://{address}", _APPS not in os.environ
    environ = dict(os.environ) | ({_APPS: str(apps_folder())} if own else {})
    followed = _followed(folder) if own else {}
    console = _console(folder, server.Address("127.0.0.1", port + 1), environ)
    welcome = _welcome(base_url, console, followed, apps=own)
    run(folder, server.Process(address, workers), "\n".join(welcome), environ)


def _console(folder: Path, address: server.Address, environ: dict[str, str]) -> Mapping[str, str]:
    """Have the console served at `address`, and give its address with a new key; nothing where there is no room for it."""
    if _ADMIN in environ or not _is_free(address):
        return {}
    environ[_ADMIN] = str(address)
    grant = Grant("The operator of the demo", (ADMIN,), note="bascule demo", lifetime=tracking.LIFETIME)
    with opened_state(folder) as (state, _):
        text, _ = KeyManager(state, pepper_of(environ.get(_PEPPER, ""), state)).create(grant)
    return {f"http://{address}/console/": text}


def _is_free(address: server.Address) -> bool:
    """Whether nobody listens there."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((address.host, address.port))
        except (OSError, OverflowError):
            return False
    return True


def _followed(folder: Path) -> Mapping[str, str]:
    """Paths of the tracking page with new links, by their titles; none where the reader has changed what they would show."""
    plan = compile_folder(folder, os.environ).plan
    with opened_state(folder) as (state, _):
        manager = LinkManager(state.secret(SECRET), state)
        try:
            return {
                each.title: tracking.address(each, lambda wish: manager.create(plan, wish)[0])
                for each in tracking.FOLLOWED
            }
        except BadLink:
            return {}


def _welcome(base_url: str, console: Mapping[str, str], followed: Mapping[str, str], *, apps: bool) -> Iterator[str]:
    """The links to open, the console with its key, then the requests to paste, then orders to follow, whose addresses are long."""
    found = links(base_url, apps=apps)
    pages = [link for link in found if not link.curl]
    width = max(len(link.url) for link in pages)
    yield "\nOpen\n"
    yield from (f"  {link.url:<{width}}  {link.title}" for link in pages)
    for address, key in console.items():
        yield f"\nOperate\n\n  {address}  The operator's console"
        yield f"  {key}  its key, good for a day"
    yield "\nPaste\n"
    yield from (f"  # {link.title}\n  {link.curl}\n" for link in found if link.curl)
    if followed:
        yield "Follow an order as a customer does, by links that are good for a day\n"
        yield from (f"  # {title}\n  {base_url}{path}\n" for title, path in followed.items())
    yield "Ctrl-C stops it.\n"
