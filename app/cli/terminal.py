"""What commands share: the folder argument, the options of a server, and how they speak.

In charge of words on a terminal. It must not know any one command.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import click

from app.shapes import nearest

FOLDER: Final = click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
WORKERS: Final = click.option(
    "--workers", type=click.IntRange(1, 64), metavar="N", default=2, show_default=True, help="Worker processes."
)
THREADS: Final = click.option(
    "--threads", type=click.IntRange(1, 256), metavar="N", default=8, show_default=True, help="Threads of each worker."
)


def counted(number: int, what: str) -> str:
    """`1 fault`, `12 faults`."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def notes(sentences: Iterable[str]) -> None:
    """Print what a person should be told, on standard error: the output itself stays clean."""
    lines(f"note: {sentence}" for sentence in sentences)


def lines(said: Iterable[object]) -> None:
    """Print one a line, on standard error."""
    for each in said:
        click.echo(str(each), err=True)


def picked(name: str, known: Iterable[str]) -> str:
    """`name`, if it is known; else a usage error that names the nearest."""
    names = list(known)
    if name not in names:
        raise click.UsageError(f"there is no {name!r} in this contract — {nearest(name, names)}")
    return name
