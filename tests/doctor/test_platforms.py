"""Which platform this is, and what is installed how on each."""

from __future__ import annotations

import platform
import re
import subprocess
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest

from adapters.diagnosis import REMEDIES, Platform, here
from adapters.diagnosis.platforms import FAMILIES, of_distribution
from adapters.diagnosis.remedies import install
from tests.doctor.transcripts import hold

OF_A_FAMILY = {
    "debian": Platform("debian", "Debian", "debian/12"),
    "redhat": Platform("redhat", "Rocky Linux", "rhel/9"),
    "suse": Platform("suse", "SUSE", "sles/15"),
    "container": Platform("container", "Debian, in a container", "debian/12"),
    "macos": Platform("macos", "macOS 15"),
    "windows": Platform("windows", "Windows 11"),
    "other": Platform("other", "Linux"),
}


@pytest.mark.parametrize(
    ("words", "family", "repository"),
    [
        ({"ID": "debian", "VERSION_ID": "12"}, "debian", "debian/12"),
        ({"ID": "debian"}, "debian", "debian/12"),  # testing and sid have no number
        ({"ID": "ubuntu", "ID_LIKE": "debian", "VERSION_ID": "24.04"}, "debian", "ubuntu/24.04"),
        ({"ID": "linuxmint", "ID_LIKE": "ubuntu debian", "VERSION_ID": "22"}, "debian", "debian/12"),
        ({"ID": "rocky", "ID_LIKE": "rhel centos fedora", "VERSION_ID": "9.4"}, "redhat", "rhel/9"),
        ({"ID": "rhel", "VERSION_ID": "8.10"}, "redhat", "rhel/8"),
        ({"ID": "fedora", "VERSION_ID": "42"}, "redhat", "rhel/9"),
        ({"ID": "opensuse-leap", "ID_LIKE": "suse opensuse", "VERSION_ID": "15.6"}, "suse", "sles/15"),
        ({"ID": "opensuse-tumbleweed", "VERSION_ID": "20260101"}, "suse", "sles/15"),
        ({"ID": "sles", "VERSION_ID": "12.5"}, "suse", "sles/12"),
        ({"ID": "arch"}, "other", ""),
        ({}, "other", ""),
    ],
)
def test_a_linux_is_known_by_its_os_release(words: dict[str, str], family: str, repository: str) -> None:
    """Derivatives count as what they are like; Microsoft's repository has a folder for few of them."""
    found = of_distribution(words)
    assert (found.family, found.repository) == (family, repository)


def test_a_container_s_steps_belong_in_an_image() -> None:
    """A Debian in a container has the family of our own image; another distribution keeps its own steps."""
    assert of_distribution({"ID": "debian", "PRETTY_NAME": "Debian 12"}, container=True) == Platform(
        "container", "Debian 12, in a container", "debian/12"
    )
    assert of_distribution({"ID": "rocky", "ID_LIKE": "rhel"}, container=True).family == "redhat"


@pytest.mark.parametrize(("system", "family"), [("Darwin", "macos"), ("Windows", "windows")])
def test_other_systems_are_known_by_name(monkeypatch: pytest.MonkeyPatch, system: str, family: str) -> None:
    """macOS and Windows have no os-release."""
    monkeypatch.setattr(platform, "system", lambda: system)
    assert here.__wrapped__().family == family


def test_a_linux_without_os_release_is_some_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is guessed of a system that does not say what it is."""

    def missing() -> dict[str, str]:
        raise OSError

    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(platform, "freedesktop_os_release", missing)
    monkeypatch.setattr(Path, "exists", lambda _path: False)
    assert here.__wrapped__() == Platform("other", "Linux")


@pytest.mark.parametrize("family", FAMILIES)
def test_the_steps_of_each_platform(family: str) -> None:
    """Every remedy has steps on every platform, as the golden file shows them, with nothing left to fill in."""
    where = OF_A_FAMILY[family]
    steps = {name: found.on(where) for name, found in REMEDIES.items()} | {"packages": install("odbc", platform=where)}
    said = "\n".join(f"{name}\n{indent(chr(10).join(lines), '    ')}\n" for name, lines in steps.items())
    assert "{" not in said
    hold(f"steps_{family}", said)


def test_shell_steps_are_shell() -> None:
    """Each step that looks like a command parses as one; nothing is run."""
    known = re.compile(r"(sudo|curl|printf|brew) ")
    commands = [
        step
        for remedy in REMEDIES.values()
        for family in ("debian", "redhat", "suse", "macos")
        for step in remedy.on(OF_A_FAMILY[family])
        if known.match(step)
    ]
    assert len(commands) > 20
    for command in commands:
        done: Any = subprocess.run(["sh", "-n", "-c", command], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}: {done.stderr}"
