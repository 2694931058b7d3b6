"""What commands share: the folder argument, options of more than one, and how they speak.

In charge of words on a terminal. It must not know any one command.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from app.contract.quantities import DURATION, seconds
from app.shapes import nearest

Command = TypeVar("Command", bound=Callable[..., Any])

FOLDER: Final = click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
WORKERS: Final = click.option(
    "--workers", type=click.IntRange(1, 64), metavar="N", default=2, show_default=True, help="Worker processes."
)
THREADS: Final = click.option(
    "--threads", type=click.IntRange(1, 256), metavar="N", default=8, show_default=True, help="Threads of each worker."
)
NOTE: Final = click.option("--note", metavar="TEXT", default="", help="What the next person should know about it.")


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


# Options whose texts have a form, and records in columns.


def duration(context: click.Context, parameter: click.Parameter, text: str | None) -> float | None:
    """`90d` in seconds; `0` is no time."""
    if text is None or text == "0":
        return None if text is None else 0.0
    try:
        if re.fullmatch(DURATION.pattern, text):
            return seconds(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r}: {error}", context, parameter) from None
    raise click.BadParameter(f"{text!r}: expected {DURATION.expected}", context, parameter)


def claim(sentence: str) -> Callable[[Command], Command]:
    """The option `--claim`, given to a command as `claims`, the values of each name; `sentence` says what they are for."""
    return click.option("--claim", "claims", multiple=True, metavar="NAME=VALUE", callback=_claims, help=sentence)


def _claims(context: click.Context, parameter: click.Parameter, texts: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """NAME=VALUE, as often as there are values."""
    found: dict[str, tuple[str, ...]] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not (name and equals and value):
            raise click.BadParameter(f"{text!r}: expected NAME=VALUE, like customer=C1001", context, parameter)
        found[name] = (*found.get(name, ()), value)
    return found


def table(rows: Sequence[tuple[str, ...]]) -> None:
    """Print rows in columns; an empty cell is a dash, so that every row has as many words as it has columns or more."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        click.echo("  ".join(_cells(row, widths)).rstrip())


def _cells(row: Iterable[str], widths: Iterable[int]) -> Iterator[str]:
    return (f"{cell or '-':<{width}}" for cell, width in zip(row, widths, strict=True))
