"""Keys, links, purges and looks for programs: what the command line prints as JSON, and what the admin API answers.

In charge of those objects: no secret is in them, times are RFC 3339. It must not know who asks.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Final

from app.callers import key_manager, link_manager
from app.state import KeyRecord, LinkRecord, LookRecord, PurgeRecord

_SECRET: Final = ("hash", "pepper")


def key(record: KeyRecord, now: float) -> dict[str, Any]:
    """A key, with its standing at the time `now`."""
    shown = {name: value for name, value in asdict(record).items() if name not in _SECRET}
    return {"state": key_manager.standing(record, now), **shown, **_times(shown)}


def link(record: LinkRecord, now: float) -> dict[str, Any]:
    """A link, with its standing at the time `now`."""
    shown = asdict(record)
    return {"state": link_manager.standing(record, now), **shown, **_times(shown)}


def purge(record: PurgeRecord) -> dict[str, Any]:
    """A purge."""
    return {**asdict(record), "at": moment(record.at)}


def look(record: LookRecord) -> dict[str, Any]:
    """A look at a source, with what it found."""
    shown = {**asdict(record), "findings": json.loads(record.findings), **_times(asdict(record))}
    return {word: said for word, said in shown.items() if word not in {"plan", "failures"}}


def _times(shown: dict[str, Any]) -> dict[str, str | None]:
    return {name: moment(value) or None for name, value in shown.items() if name.endswith("_at")}


def moment(at: float | None) -> str:
    """RFC 3339, in UTC, to the second; empty for never."""
    return "" if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
