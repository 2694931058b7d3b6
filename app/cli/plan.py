"""`bascule plan`: print what a contract folder compiles to."""

from __future__ import annotations

import os
from pathlib import Path

import click

from app.assembly import compile_folder
from app.cli.terminal import FOLDER, notes, picked
from app.plan.text import render


@click.command("plan", short_help="Print what a contract compiles to.")
@FOLDER
@click.option("--version", "version", metavar="vN", help="Only this version of the API.")
def command(folder: Path, version: str | None) -> None:
    """Print the plan of the contract in FOLDER: every name resolved, every version complete in itself."""
    compiled = compile_folder(folder, os.environ)
    notes(compiled.notes)
    only = "" if version is None else picked(version, compiled.plan.versions)
    click.echo(render(compiled.plan, only), nl=False)
