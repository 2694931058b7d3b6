"""Bounds: how much a look may ask of a source.

In charge of these numbers. It must not know what is asked, nor how an operator bounds a source.
"""

from __future__ import annotations

from dataclasses import dataclass

from adapters.port import Lane


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a look may ask: rows of each table, seconds of each read, tables of which the catalog is read at once.

    `granted` are the rows of all tables together, None: any number; the tables share them, so that none is left out for the others.
    `rest` are the seconds before each read, in which the source is left to others. After `patience` tables that took too long, no
    further one is read: a source that is slow is not made slower, and not taken for one that is ill. With `everything`,
    tables that no resource uses are compared, too; they are never sampled.
    """

    rows: int = 1000
    seconds: float = 5.0
    batch: int = 20
    rest: float = 0.0
    patience: int = 1_000_000
    everything: bool = False
    granted: int | None = None
    lane: Lane = "background"
