"""What the state of a folder has counted of reads, for the length of one command.

In charge of reading it, and of saying why nothing was read. It must not know what a command makes of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from app.cli.terminal import notes
from app.contract.model import Contract
from app.state import State, StateError, UsageRecord
from app.state.database import is_there
from app.usage import summary

DAYS: Final = click.option(
    "--days",
    type=click.IntRange(1, 36_500),
    metavar="N",
    default=30,
    show_default=True,
    help="How many days are counted.",
)


@dataclass(frozen=True, slots=True)
class Reads:
    """What was counted in so many days, and `ever` if that was asked for. `names` says whose a caller's key is. Not `known`: no count is said."""

    days: int
    records: tuple[UsageRecord, ...] = ()
    ever: tuple[UsageRecord, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    known: bool = True


def read(contract: Contract, days: int, *, ever: bool = False) -> Reads:
    """What was counted in so many days until now (UTC); with `ever`, all that is kept beside it. A state that is not there, or cannot be read, is a note."""
    folder = Path(contract.folder)
    try:
        if not is_there(contract.state, folder):
            notes(["there is no state yet: no counts"])
            return Reads(days, known=False)
        state = State(contract.state, folder)
        try:
            found = state.usage(summary.first_day(datetime.now(UTC).date(), days))
            kept = state.usage("") if ever else found
            return Reads(days, tuple(found), tuple(kept), summary.names(state.api_keys()))
        finally:
            state.close()
    except StateError as failure:
        notes([f"no counts: {failure}"])
        return Reads(days, known=False)
