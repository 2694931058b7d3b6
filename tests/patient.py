"""Patience: what waits for the state, a source, Redis or an issuer, and does without after a moment, waits long in tests.

In charge of the list, for the tests' own process and for gateways in processes of their own: `python -m tests.patient serve …` is
`bascule serve …` on a machine however busy. A test in which something hangs sets its own patience, or starts the gateway as it is.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Final

from adapters.guard import pool
from app import gateway
from app.callers import fetching, issuers
from app.cli import main
from app.stages import cache
from app.state import inquiry, redis_client
from app.traces import traces
from app.web import operations, patience
from app.web.admin import api, console

LONG: Final = 30.0  # seconds
FILE: Final = "sqlite:///state.db?timeout=60"  # seconds that who writes waits for who has not had the processor
WAITS: Final = (
    (inquiry, "PATIENCE"),
    (inquiry, "FIRST"),
    (operations, "PATIENCE"),
    (console, "PATIENCE"),
    (patience, "TRIAL"),
    (gateway, "READY"),
    (issuers, "WAIT"),
    (fetching, "TIMEOUT"),
)
SERVED: Final = (  # for processes alone: tests of these have their own patience
    (cache, "PATIENCE"),
    (traces, "LAST"),
    (pool, "QUEUE"),
    (redis_client, "ANSWER_SECONDS"),
    (redis_client, "LONGEST_SECONDS"),
)


def be_patient(put: Callable[[ModuleType, str, object], None] = setattr) -> None:
    """Have everything wait."""
    for module, name in WAITS:
        put(module, name, LONG)
    put(api, "SECONDS", dict.fromkeys(api.SECONDS, LONG))


def command(folder: Path, *options: str) -> list[str]:
    """The command line that serves `folder`, patiently."""
    return [sys.executable, "-m", "tests.patient", "serve", str(folder), *options]


if __name__ == "__main__":
    be_patient()
    for module, name in SERVED:
        setattr(module, name, LONG)
    main(prog_name="bascule")
