"""Events for tests of the audit, and what was written of them."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import orjson

from app.callers.audit import AuditLog, Event, Seals, keys_of
from app.callers.audit_file import rotated
from app.callers.audit_search import Fault, Verification

SECRET = "pepper of the tests"
AT = 1_793_534_400.25  # 2026-11-01T12:00:00.250Z

PLAIN = Event(
    at=AT,
    request_id="r1",
    caller="key:4f9Zk2Qa",
    name="Portal",
    client="10.0.0.1",
    method="GET",
    path="/v1/orders",
    resource="orders",
    parameters=(("status", "open"),),
    status=200,
    decision="served",
    reason="",
    sources=("erp",),
    rows=2,
    bytes=123,
    took=0.0125,
    cache="miss",
    keys=keys_of([4711, 4712]),
)


def audit(path: Path, rotate_bytes: int = 0, files: int = 3, told: list[str] | None = None) -> AuditLog:
    """An audit in a file, sealed with SECRET. What it tells is appended to `told`."""
    tell = logging.getLogger("bascule").error if told is None else told.append
    return AuditLog(str(path), rotate_bytes, files, secret=SECRET, tell=tell)


def rows(path: Path) -> list[bytes]:
    """Everything that stands in an audit's files, row by row."""
    return b"".join(each.read_bytes() for each in [*(each for _, each in rotated(path)), path]).splitlines()


def written(path: Path) -> list[dict[str, Any]]:
    """The events of an audit none of whose lines is torn."""
    return [orjson.loads(row) for row in rows(path)]


def faults(path: Path, secret: str = SECRET) -> list[Fault]:
    """What its verification finds."""
    return list(Verification(Seals(secret)).run(path))
