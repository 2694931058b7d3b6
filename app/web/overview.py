"""The overview: what the start page, its JSON form and the catalog of APIs say of the versions.

In charge of one description of the versions for all three. It must not know HTML or Flask.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.describe.prose import sentence
from app.plan.model import Plan, Version

Object = dict[str, Any]
Versions = Mapping[str, Version]

OPENAPI_TYPE = "application/json"
KEY = "BASCULE_KEY"  # the variable of the environment that holds a caller's key, in commands to paste


def of(plan: Plan, seen: Versions, base: str, today: date) -> Object:
    """Everything that the start page shows of the versions that its reader sees, the newest first.

    `base` is the address that links start with.
    """
    versions = [_version(each, base, today) for each in newest_first(seen)]
    return {
        "title": plan.title,
        "description": plan.description.strip(),
        "versions": versions,
        "links": {
            "api-catalog": f"{base}/.well-known/api-catalog",
            "problems": f"{base}/problems",
            "status": f"{base}/readyz",
        },
        "commands": _commands(seen, base, today),
    }


def index(shown: Object) -> Object:
    """The overview for programs."""
    return {name: shown[name] for name in ("title", "description", "versions", "links")}


def newest_first(versions: Versions) -> list[Version]:
    """The versions, v10 before v9."""
    return sorted(versions.values(), key=lambda version: int(version.name[1:]), reverse=True)


def _version(version: Version, base: str, today: date) -> Object:
    return {
        "name": version.name,
        "status": "retired" if version.ended(today) else version.status,
        "released_on": _day(version.released_on),
        "deprecated_on": _day(version.deprecated_on),
        "sunset_on": _day(version.sunset_on),
        "successor": version.successor,
        "docs": f"{base}/{version.name}/docs",
        "openapi": f"{base}/{version.name}/openapi.json",
        "resources": [
            {"name": each.name, "summary": sentence(each.summary), "href": f"{base}{each.path}"}
            for each in version.resources.values()
        ],
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _commands(seen: Versions, base: str, today: date) -> list[str]:
    """Commands to paste, which find something whatever the data is: lists of the newest version in use.

    Shown is the resource that leads to most others, with the first of them expanded.
    """
    usable = [
        each
        for each in newest_first(seen)
        if each.status in {"current", "deprecated"} and each.resources and not each.ended(today)
    ]
    if not usable:
        return []
    shown = max(usable[0].resources.values(), key=lambda each: len(each.expansions))
    queries = ("limit=3", *(f"limit=1&expand={name}" for name in list(shown.expansions)[:1]))
    key = f'-H "Authorization: Bearer ${KEY}" ' if usable[0].closed else ""
    return [f"curl {key}'{base}{shown.path}?{query}'" for query in queries]


def linkset(seen: Versions, base: str) -> Object:
    """The catalog of APIs: what there is, and for each version its description, its docs and its successor."""
    versions = newest_first(seen)
    anchors = {
        "anchor": f"{base}/.well-known/api-catalog",
        "item": [{"href": f"{base}/{each.name}"} for each in versions],
    }
    return {"linkset": [anchors, *(_links(each, base) for each in versions)]}


def _links(version: Version, base: str) -> Object:
    links: Object = {
        "anchor": f"{base}/{version.name}",
        "service-desc": [{"href": f"{base}/{version.name}/openapi.json", "type": OPENAPI_TYPE}],
        "service-doc": [{"href": f"{base}/{version.name}/docs", "type": "text/html"}],
        "status": [{"href": f"{base}/readyz", "type": "application/json"}],
    }
    if version.successor is not None:
        links["successor-version"] = [{"href": f"{base}/{version.successor}"}]
    return links
