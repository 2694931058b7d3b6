"""`bascule map`: print sources, tables, resources, versions and callers as one picture."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Final

import click

from app.assembly import compile_folder
from app.cli.reads import DAYS, read
from app.cli.terminal import FOLDER, notes
from app.landscape import Landscape, Reads, landscape, mermaid, text


def _json(found: Landscape) -> str:
    """Its names are those of the values, and stay."""
    return json.dumps(asdict(found), indent=2) + "\n"


FORMATS: Final[Mapping[str, Callable[[Landscape], str]]] = {"text": text, "mermaid": mermaid, "json": _json}


@click.command("map", short_help="Print sources, tables, resources, versions and callers.")
@FOLDER
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="text", show_default=True, help="How.")
@DAYS
def command(folder: Path, form: str, days: int) -> None:
    """Print the picture of the contract in FOLDER.

    It goes from the sources to their tables and named queries, on to the resources that are read from them, to the versions
    that serve those, and to those who read them.

    A version of a resource names the five callers who read it most; --format json names all. Without a state there are no
    callers, and the rest is printed all the same.
    """
    compiled = compile_folder(folder, os.environ)
    notes(compiled.notes)
    found = read(compiled.contract, days)
    reads = Reads(days, found.records, found.names) if found.known else None
    click.echo(FORMATS[form](landscape(compiled.contract, compiled.plan, reads)), nl=False)
