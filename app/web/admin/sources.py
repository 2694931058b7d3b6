"""How each source is, for an operator: one word for it, since when, with what it failed last and what to do.

In charge of putting together what the guard knows and what was noted; nothing asks a source. It must not know
HTTP, nor where notes come from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from adapters.port import Health, Kind
from app.callers.plain import moment
from app.contract.model import SourceSpec
from app.doctor import known_step
from app.state import ChangeNote, FailureNote, LookRecord
from app.web.admin.words import words

RECENT: Final = 120.0  # seconds for which a failure is a sign of illness, unless a trial went well since

_OF_HEALTH: Final[Mapping[str, str]] = {
    "ok": "up",
    "untried": "unknown",
    "open": "open",
    "probing": "open",
    "quiet": "quiet",
    "refused": "refused",
}
_BEGUN_BY: Final[Mapping[str, frozenset[str]]] = {
    "up": frozenset({"closed", "awake"}),
    "open": frozenset({"opened"}),
    "refused": frozenset({"refused"}),
}  # the event with which a state began; where it was another, nobody knows since when


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one source. `answered`: some worker had an answer from it within the hour."""

    spec: SourceSpec
    kind: Kind
    health: Health
    failure: FailureNote | None = None
    change: ChangeNote | None = None
    look: LookRecord | None = None
    answered: bool = False


def state(known: Known, now: float) -> str:
    """The word for how it is. The guard's, but for a source that fails some requests while it is asked: it is sick."""
    found = _OF_HEALTH[known.health.state]
    if found not in {"up", "unknown"}:
        return found
    if _sick(known, now):
        return "sick"
    return "up" if known.answered else found


def _sick(known: Known, now: float) -> bool:
    """Whether it failed lately in a way that tells of illness, and no trial went well since."""
    failure, change = known.failure, known.change
    if failure is None or now - failure.at > RECENT or not words(failure.error).ill:
        return False
    return change is None or change.event != "closed" or change.at < failure.at


def plain(known: Known, now: float) -> dict[str, Any]:
    """The source as the admin API has it, at the time `now`."""
    health, spec, word = known.health, known.spec, state(known, now)
    quiet = word == "quiet"
    return {
        "name": spec.name,
        "kind": spec.kind,
        "state": word,
        "since": moment(_since(known, word, now)) or None,
        "last_failure": None if known.failure is None else _failure(known, known.failure),
        "quiet_until": moment(now + health.until) if quiet and health.until is not None else None,
        "quiet_reason": health.text if quiet else "",
        "connections": {"limit": spec.connections, "open": health.leased, "lost": health.abandoned},
        "rows_today": None if spec.rows_per_day is None else {"read": health.rows_today, "limit": spec.rows_per_day},
        "drift": None if known.look is None else _drift(known.look),
    }


def _since(known: Known, word: str, now: float) -> float | None:
    if word == "quiet":
        return now - known.health.quiet_for
    change = known.change
    return change.at if change is not None and change.event in _BEGUN_BY.get(word, ()) else None


def _failure(known: Known, failure: FailureNote) -> dict[str, Any]:
    said = words(failure.error)
    return {
        "error": failure.error,
        "at": moment(failure.at),
        "words": said.meaning,
        "advice": known_step(known.spec, known.kind, failure.text) or said.advice,
        "text": failure.text,
        "request_id": failure.request_id,
    }


def _drift(look: LookRecord) -> dict[str, Any]:
    grades = {grade: getattr(look, grade) for grade in ("breaking", "risky", "safe")}
    return {"checked_at": moment(look.checked_at) or None, **grades}
