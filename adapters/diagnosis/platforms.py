"""Which platform this is, as far as the steps that install something depend on it.

In charge of reading that. It must not know what is installed how.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal, get_args

Family = Literal["debian", "redhat", "suse", "container", "macos", "windows", "other"]
FAMILIES: Final[tuple[Family, ...]] = get_args(Family)

_CONTAINER_MARKS: Final = ("/.dockerenv", "/run/.containerenv")  # Docker's, Podman's

_DISTRIBUTIONS: Final[Mapping[str, Family]] = {
    "debian": "debian",
    "ubuntu": "debian",
    "rhel": "redhat",
    "fedora": "redhat",
    "centos": "redhat",
    "suse": "suse",
    "sles": "suse",
    "opensuse": "suse",
}


@dataclass(frozen=True, slots=True)
class Platform:
    """One platform. `container`: an image of a Debian, whose steps are lines of a Dockerfile.

    `name` is for people. `repository` is the folder of Microsoft's package repository that is this platform's.
    """

    family: Family
    name: str
    repository: str = ""


@cache
def here() -> Platform:
    """This machine's platform."""
    system = platform.system()
    if system == "Darwin":
        return Platform("macos", f"macOS {platform.mac_ver()[0]}")
    if system == "Windows":
        return Platform("windows", f"Windows {platform.release()}")
    try:
        words = platform.freedesktop_os_release()
    except OSError:
        words = {}
    return of_distribution(words, container=any(Path(mark).exists() for mark in _CONTAINER_MARKS))


def of_distribution(words: Mapping[str, str], *, container: bool = False) -> Platform:
    """The platform of a Linux, from the words of its os-release file."""
    distribution, release = words.get("ID", ""), words.get("VERSION_ID", "")
    name = words.get("PRETTY_NAME") or "Linux"
    family: Family = next((_DISTRIBUTIONS[each] for each in _like(words) if each in _DISTRIBUTIONS), "other")
    repository = _repository(distribution, family, release)
    if container:
        name = f"{name}, in a container"
        family = "container" if family == "debian" else family
    return Platform(family, name, repository)


def _like(words: Mapping[str, str]) -> list[str]:
    """The distribution and what it is like, nearest first; `opensuse-leap` is an `opensuse`."""
    names = [words.get("ID", ""), *words.get("ID_LIKE", "").split()]
    return [part for name in names for part in (name, name.partition("-")[0])]


def _repository(distribution: str, family: Family, release: str) -> str:
    """`debian/12`, `ubuntu/24.04`, `rhel/9`, `sles/15`: https://packages.microsoft.com/config/ has a folder for each."""
    major = release.partition(".")[0]
    if distribution == "ubuntu":
        return f"ubuntu/{release}"
    if family == "debian":
        return f"debian/{major if distribution == 'debian' and major else '12'}"
    if family == "redhat":
        return f"rhel/{major if distribution != 'fedora' and major else '9'}"
    if family == "suse":
        return f"sles/{major if major.isdigit() and int(major) < 16 else '15'}"
    return ""
