"""The standing of a version, compared: its status and its sunset. A document has them in words alone, as the scope of a field.

In charge of reading back the sentences that `app.describe` writes (a test holds the two together), and of what it means when
they are others. It must not know addresses or schemas.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from app.changes.document import Object
from app.changes.model import Difference
from app.changes.walk import Walk

_STANDING: Final = re.compile(
    r"\*\*v[0-9]+ is (?:a )?(draft|deprecated|retired)\*\*"
    r"(?: since [0-9-]{10}|: it may change without notice)?\."
    r"(?: It will be shut down on ([0-9]{4}-[0-9]{2}-[0-9]{2})\.)?"
)
_SCOPE: Final = re.compile(r"Only with the scope `([^`]*)`; without it, the field is not there\.")


@dataclass(frozen=True, slots=True)
class Said:
    """The status of a version, and the last day on which it answers."""

    status: str = "current"
    sunset: date | None = None

    def ended(self, today: date) -> bool:
        """Whether it answers no more: it is retired, or its last day is past."""
        return self.status == "retired" or (self.sunset is not None and today > self.sunset)

    @property
    def farewell(self) -> str:
        """What callers were told of its end."""
        return f"sunset {self.sunset}" if self.sunset else "no sunset"


def said_of(document: Object) -> Said:
    """What the document says of its version; one that says nothing is current."""
    found = _STANDING.search(str(document.get("info", {}).get("description", "")))
    if found is None:
        return Said()
    status, sunset = found.groups()
    return Said(status, date.fromisoformat(sunset) if sunset else None)


def scope_of(schema: Any) -> str:
    """The scope without which a field is not there, empty if none is needed."""
    found = _SCOPE.search(str(schema.get("description", ""))) if isinstance(schema, dict) else None
    return found.group(1) if found else ""


def standings(walk: Walk, old: Said, new: Said, today: date) -> Iterator[Difference]:
    """The differences of status and sunset. A sunset that is past when it is published is an end, not a notice."""
    if new.ended(today) and not old.ended(today):
        yield walk.found("version-shut-down", "", old.farewell)
    elif new.status == "retired" and old.status != "retired":
        yield walk.found("version-ended", "", old.farewell)
    elif new.status != old.status:
        yield walk.found(_status(old.status, new.status), "", old.status, new.status)
    if new.sunset != old.sunset and not new.ended(today):
        yield walk.found(_sunset(old.sunset, new.sunset), "", _day(old.sunset), _day(new.sunset))


def _status(was: str, now: str) -> str:
    if "draft" in {was, now}:
        return "version-published" if was == "draft" else "version-withdrawn"
    return "version-deprecated" if now == "deprecated" and was == "current" else "version-reinstated"


def _sunset(was: date | None, now: date | None) -> str:
    if was is None or now is None:
        return "sunset-announced" if was is None else "sunset-withdrawn"
    return "sunset-brought-forward" if now < was else "sunset-put-off"


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
