"""`bascule` in a process that is in no hurry: `python -m tests.faults.unhurried serve …`.

In charge of what a gateway does without after a moment, and what tests of right answers have to wait for on a machine that is busy:
a connection of the pool, and the answers of Redis.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Final

from adapters.guard import pool
from app.cli import main
from app.state import redis_client

LONG: Final = 20.0  # seconds
WAITS: Final[tuple[tuple[ModuleType, str], ...]] = (
    (pool, "QUEUE"),
    (redis_client, "ANSWER_SECONDS"),
    (redis_client, "LONGEST_SECONDS"),
)


def command(folder: Path, *options: str) -> list[str]:
    """The command line that serves `folder`, without hurry."""
    return [sys.executable, "-m", "tests.faults.unhurried", "serve", str(folder), *options]


if __name__ == "__main__":
    for module, name in WAITS:
        setattr(module, name, LONG)
    main(prog_name="bascule")
