"""Evidence of many tables: what takes the time of a draft, in as many processes as there are processors.

In charge of who counts what. It must not know what is counted: the proposals are those of `evidence`, in the order of the samples.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from threading import Thread
from typing import Final

from app.draft.evidence import proposals
from app.draft.model import Proposal, Sample

LEAST: Final = 8  # tables for each process: it takes as long as a few of them until one has begun
MOST: Final = 4  # processes, of a hundred megabytes each


def proposals_of(samples: Sequence[Sample]) -> list[tuple[Proposal, ...]]:
    """What each column of each sample seems to hold."""
    workers = min(MOST, os.cpu_count() or 1, len(samples) // LEAST)
    return _shared_out(samples, workers) if workers > 1 else list(map(proposals, samples))


def _shared_out(samples: Sequence[Sample], workers: int) -> list[tuple[Proposal, ...]]:
    """A table at a time. The processes are begun anew, not forked: a driver may have left threads in this one."""
    with ProcessPoolExecutor(workers, get_context("spawn"), initializer=_end_with_parent) as pool:
        return list(pool.map(proposals, samples))


def _end_with_parent() -> None:
    """A process whose parent is killed would wait for its next table for ever."""
    parent = parent_process()
    assert parent is not None, "somebody began this process"
    Thread(target=_watch, args=(parent.sentinel,), daemon=True).start()


def _watch(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
