"""A gateway for the length of one command.

In charge of opening and closing it. It must not know what the command asks of it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from app.assembly import Gateway, compile_folder, open_gateway
from app.cli.terminal import notes
from app.observations import Observatory
from app.settings import from_environment
from app.state import StateError


@contextmanager
def opened(folder: Path) -> Iterator[Gateway]:
    """The gateway of a contract folder; nobody observes it. Raises what `compile_folder` raises."""
    settings = from_environment(os.environ)
    compiled = compile_folder(folder, os.environ)
    notes(compiled.notes)
    try:
        gateway = open_gateway(compiled, settings, Observatory())
    except StateError as failure:
        raise click.ClickException(str(failure)) from None
    try:
        yield gateway
    finally:
        gateway.close()
