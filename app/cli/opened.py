"""A gateway, or its state alone, for the length of one command.

In charge of opening and closing them. It must not know what the command asks of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from app.assembly import Gateway, compile_folder, kinds, open_gateway
from app.cli.terminal import notes
from app.contract.load import survey
from app.contract.model import Contract
from app.observations import Observatory
from app.settings import from_environment
from app.shapes import Faults
from app.state import State, StateError

_GATEWAY: Final = "gateway.yaml"


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


@contextmanager
def opened_state(folder: Path, *, secrets: bool = True) -> Iterator[tuple[State, Contract | None]]:
    """The state of a contract folder, and the contract: None where some file has faults, and what it names is not known.

    Raises Faults where gateway.yaml has some: whose state it is, is not sure then. `secrets` that are missing are one.
    """
    contract, sound = surveyed(folder, secrets=secrets)
    try:
        state = State(contract.state, Path(contract.folder))
        try:
            yield state, contract if sound else None
        finally:
            state.close()
    except StateError as failure:
        raise click.ClickException(str(failure)) from None


def surveyed(folder: Path, *, secrets: bool = True) -> tuple[Contract, bool]:
    """The sound part of a contract, and whether that is all of it. Raises Faults where gateway.yaml has some."""
    found = survey(folder, kinds(), os.environ, secrets=secrets)
    if found.contract is None or any(fault.place.file == _GATEWAY for fault in found.faults):
        raise Faults(found.faults)
    return found.contract, not found.faults
