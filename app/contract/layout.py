"""Which files a contract folder has, and what each is for.

In charge of names: version folders, YAML endings. It must not open a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from app.contract.words import VERSION_NAME
from app.shapes import Fault, Place, Report

GATEWAY: Final = "gateway.yaml"
VERSION: Final = "version.yaml"
_ALMOST_VERSION: Final = re.compile(r"[vV][0-9].*")


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of a folder, as POSIX paths relative to it, in order."""

    versions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # v1 -> its YAML files
    queries: Mapping[str, str] = field(default_factory=dict)  # late_jobs.sql -> queries/late_jobs.sql
    catalogs: Mapping[str, str] = field(default_factory=dict)  # erp -> catalog/erp.yaml


def layout(folder: Path, report: Report) -> Layout:
    """The files of `folder`. A file or folder whose name would be passed over by mistake is reported."""
    if not folder.is_dir():
        report(Fault("missing-file", Place(GATEWAY), f"there is no folder {folder.name!r}"))
        return Layout()
    if not (folder / GATEWAY).exists():
        report(Fault("missing-file", Place(GATEWAY), f"the contract folder {folder.name!r} has no {GATEWAY}"))
    for name in _short_endings(folder, ""):
        report(_short_ending(name))
    versions = dict(_versions(folder, report))
    if not versions:
        report(Fault("missing-file", Place(GATEWAY), "the contract has no version", "a folder v1 beside gateway.yaml"))
    return Layout(
        versions,
        {path.name: f"queries/{path.name}" for path in _files(folder / "queries", ".sql")},
        {path.stem: f"catalog/{path.name}" for path in _yaml_files(folder, "catalog", report)},
    )


def _versions(folder: Path, report: Report) -> Iterator[tuple[str, tuple[str, ...]]]:
    names = sorted((path.name for path in folder.iterdir() if path.is_dir()), key=lambda name: (len(name), name))
    for name in names:
        if re.fullmatch(VERSION_NAME.pattern, name):
            yield name, tuple(f"{name}/{path.name}" for path in _yaml_files(folder, name, report))
        elif _ALMOST_VERSION.fullmatch(name):
            message = f"the folder {name!r} is no version"
            report(Fault("wrong-name", Place(name), message, VERSION_NAME.expected))


def _yaml_files(folder: Path, name: str, report: Report) -> list[Path]:
    for short in _short_endings(folder, name):
        report(_short_ending(short))
    return _files(folder / name, ".yaml")


def _files(folder: Path, ending: str) -> list[Path]:
    """What ends so, hidden files left out. A folder of such a name is taken too: reading it is the fault."""
    paths = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in paths if path.suffix == ending and not path.name.startswith("."))


def _short_endings(folder: Path, name: str) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in _files(folder / name, ".yml")]


def _short_ending(name: str) -> Fault:
    hint = f"rename it to {Path(name).stem}.yaml"
    return Fault("wrong-name", Place(name), "a file that ends in .yml is not read", "the ending .yaml", hint)
