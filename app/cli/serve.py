"""`bascule serve`: serve a contract folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import click

from app.cli.terminal import FOLDER, THREADS, WORKERS
from app.state import StateError
from app.web import server


def address_of(context: click.Context, parameter: click.Parameter, text: str) -> server.Address:
    """HOST:PORT; an IPv6 host stands in brackets."""
    try:
        return server.Address.parse(text)
    except ValueError as error:
        raise click.BadParameter(str(error), context, parameter) from None


@click.command("serve", short_help="Serve a contract.")
@FOLDER
@click.option(
    "--bind",
    metavar="HOST:PORT",
    callback=address_of,
    default="127.0.0.1:8080",
    show_default=True,
    help="Where to listen.",
)
@WORKERS
@THREADS
@click.option(
    "--lane",
    type=click.Choice(["on", "off"]),
    default="on",
    show_default=True,
    help="Whether answers that are in memory need no thread.",
)
def command(folder: Path, bind: server.Address, workers: int, threads: int, lane: str) -> None:
    """Serve the contract in FOLDER.

    A contract with faults is refused: all faults are printed and nothing listens. SIGHUP compiles it anew and replaces the
    workers one by one; if the new contract has faults, the one before it goes on being served. SIGTERM answers what has
    begun, then stops. Without `security: open` in the contract, only loopback addresses can be listened at.
    """
    run(folder, server.Process(bind, workers, threads, lane == "on"))


def run(folder: Path, process: server.Process, ready: str = "", environ: Mapping[str, str] = os.environ) -> None:
    """Serve, and say in a line what stands in the way. `ready` is printed once the gateway listens."""
    try:
        server.serve(folder, process, environ, ready)
    except (server.CannotListen, StateError) as refusal:
        raise click.ClickException(str(refusal)) from None
