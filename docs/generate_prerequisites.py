"""docs/reference/prerequisites.md, from the steps that `bascule doctor` tells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from adapters.diagnosis import REMEDIES, Platform, Remedy

PAGE = "reference/prerequisites.md"

_HEAD = """\
# What a machine needs

Generated from the steps that `bascule doctor` tells. `bascule doctor` without a folder says what a machine has and lacks, and
picks the steps of its platform; see [Find out what is missing](../how-to/diagnose.md).

A gateway over SQLite needs nothing but Python. PostgreSQL needs `pip install "bascule[postgresql]"`. The kinds over ODBC need three
things: `pip install "bascule[odbc]"` (`as400` and `sqlserver` have extras of their own names), a driver manager, and the
database's driver. Addresses below that name a release (`debian/12`, `rhel/9`, `sles/15`) have a folder for each.
"""

_PLATFORMS: Final = {
    "Debian, Ubuntu": Platform("debian", "", "debian/12"),
    "RHEL, Rocky, Fedora": Platform("redhat", "", "rhel/9"),
    "SUSE": Platform("suse", "", "sles/15"),
    "container image": Platform("container", "", "debian/12"),
    "macOS": Platform("macos", ""),
    "Windows": Platform("windows", ""),
    "others": Platform("other", ""),
}


def render() -> str:
    """The page."""
    return "\n".join([_HEAD, *(line for remedy in REMEDIES.values() for line in _remedy(remedy))])


def _remedy(remedy: Remedy) -> Iterator[str]:
    yield f"## {remedy.name}"
    yield ""
    if remedy.note:
        yield f"{remedy.note}.\n"
    for name, platform in _PLATFORMS.items():
        yield f"{name}:\n"
        yield from (f"    {line}" for step in remedy.steps_on(platform) for line in step.splitlines())
        yield ""
