"""`bascule mock`: serve a contract over invented data, without a source."""

from __future__ import annotations

import os
from pathlib import Path

import click

from app.cli.serve import address_of, run
from app.cli.terminal import FOLDER, WORKERS
from app.sandbox import Recipe
from app.sandbox.recipe import MOST_ROWS, USUAL_ROWS
from app.web import server


@click.command("mock", short_help="Serve a contract with invented data.")
@FOLDER
@click.option(
    "--bind",
    metavar="HOST:PORT",
    callback=address_of,
    default="127.0.0.1:8080",
    show_default=True,
    help="Where to listen.",
)
@click.option("--port", type=click.IntRange(1, 65_535), metavar="N", help="Another port of that host.")
@click.option(
    "--seed", type=click.IntRange(0), metavar="N", default=1, show_default=True, help="Another one: other data."
)
@click.option(
    "--rows",
    type=click.IntRange(1, MOST_ROWS),
    metavar="N",
    default=USUAL_ROWS,
    show_default=True,
    help="Rows of a table; those that others refer to have fewer.",
)
@WORKERS
def command(folder: Path, bind: server.Address, port: int | None, seed: int, rows: int, workers: int) -> None:
    """Serve the contract in FOLDER over invented data, to build on before there is access to the host.

    No source is asked for anything, and no secret that gateway.yaml names has to be there; the catalogs have to be. The same contract and
    seed give the same data everywhere. Keys, scopes, rows and limits hold as in earnest, with the keys of the folder's `state`.
    """
    address = server.Address(bind.host, port or bind.port)
    said = f"\nhttp://{address} serves invented data: nothing in it is real, and no source is asked. Ctrl-C stops it.\n"
    environ = {**os.environ, "BASCULE_DRIFT_EVERY": "0"}  # there is nothing that could drift
    run(folder, server.Process(address, workers, recipe=Recipe(seed, rows)), said, environ)
