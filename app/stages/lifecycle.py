"""Lifecycle: what a version's status means for a request: headers of a deprecated one, 410 for one past its sunset.

RFC 9745 (Deprecation: a structured-field date), RFC 8594 (Sunset: an HTTP-date), RFC 8288 and 5829 (Link relations).
"""

from __future__ import annotations

import datetime as dt
from email.utils import format_datetime
from functools import lru_cache

from app.exchange import LONGEST_ECHO, quoted
from app.plan.model import Plan, Version
from app.problems import ProblemError

Headers = tuple[tuple[str, str], ...]


def told(plan: Plan, version: Version, resource: str, segment: str | None, base_url: str) -> Headers:
    """The headers of every answer of a version, at this resource or item; none while it is current."""
    if version.status == "current":
        return ()
    return headers(version, base_url, successor(plan, version, resource, segment))


def headers(version: Version, base_url: str, successor_path: str) -> Headers:
    """The headers of every answer of a version. `successor_path` is the same resource in the successor, or empty."""
    dates = _dates(version.deprecated_on, version.sunset_on)
    return (*dates, *(("Link", link) for link in _links(version, base_url, successor_path)))


def successor(plan: Plan, version: Version, resource: str, segment: str | None) -> str:
    """The path of the same in the version's successor (its list, where the key is too long); empty without one of that name."""
    following = plan.versions.get(version.successor or "")
    if following is None or resource not in following.resources:
        return ""
    tail = f"/{quoted(segment)}" if segment and len(segment) <= LONGEST_ECHO else ""
    return f"{following.resources[resource].path}{tail}"


@lru_cache(maxsize=64)
def _dates(deprecated_on: dt.date | None, sunset_on: dt.date | None) -> Headers:
    found: list[tuple[str, str]] = []
    if deprecated_on is not None:
        found.append(("Deprecation", f"@{int(_start(deprecated_on).timestamp())}"))
    if sunset_on is not None:
        found.append(("Sunset", format_datetime(_end(sunset_on), usegmt=True)))
    return tuple(found)


def _links(version: Version, base_url: str, successor_path: str) -> list[str]:
    if version.successor is None:
        return []
    changes = f'<{base_url}/{version.successor}/docs>; rel="deprecation"; type="text/html"'
    successor = f'<{base_url}{successor_path}>; rel="successor-version"' if successor_path else ""
    return [changes, successor] if successor else [changes]


def refuse_gone(version: Version, today: dt.date, links: Headers) -> None:
    """Raise ProblemError `version-gone` from the day after the sunset on, or where the version is retired."""
    if not version.ended(today):
        return
    since = f" since {version.sunset_on.isoformat()}" if version.sunset_on is not None else ""
    successor = f"; use {version.successor}" if version.successor else ""
    raise ProblemError("version-gone", f"{version.name} has been shut down{since}{successor}", headers=links)


def _start(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def _end(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(23, 59, 59), dt.UTC)
