"""What was published, read from where it is kept: a folder, a file, or a revision of a git repository.

In charge of reading documents and the log beside them. It must not know what they are compared with.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

LOG: Final = "CHANGES.md"
PUBLISHED: Final = re.compile(r"(v\d+)\.json")


class Unreadable(Exception):
    """What was published cannot be read; the text says why."""


@dataclass(frozen=True, slots=True)
class Published:
    """The text of each version's document, and the log; empty where there is none."""

    texts: Mapping[str, str] = field(default_factory=dict)  # v1 -> its document
    log: str = ""

    @property
    def documents(self) -> Mapping[str, Mapping[str, Any]]:
        """The documents as values. Raises Unreadable for one that is no JSON object."""
        return {name: _parsed(name, text) for name, text in sorted(self.texts.items())}


def read(folder: Path, against: str | None = None) -> Published:
    """What `folder` has; or what `against` has: another folder, one document, or the folder at a git revision.

    Raises:
        Unreadable: there is no such thing.
        OSError: a file cannot be read.
    """
    if against is None:
        return of_folder(folder)
    if not against.strip():
        raise Unreadable("nothing is named to compare with; expected a revision, a folder or a document")
    path = Path(against)
    if path.is_dir() and (found := of_folder(path)).texts:
        return found  # a folder without documents publishes nothing: its name may be a revision's
    return _of_file(path) if path.is_file() else of_revision(folder, against)


def of_folder(folder: Path) -> Published:
    """The documents and the log of a folder; nothing if it is not there."""
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    return _published({name: (folder / name).read_text(encoding="utf-8") for name in _kept(names)})


def of_revision(folder: Path, revision: str) -> Published:
    """The documents and the log of a folder as they were at a revision. Raises Unreadable where git knows none."""
    if not folder.is_dir():
        raise Unreadable(f"{folder}: there is no such folder whose state at {revision} could be read")
    commit = _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").strip()
    names = _git(folder, "ls-tree", "--name-only", commit, "./").splitlines()
    return _published({name: _git(folder, "show", f"{commit}:./{name}") for name in _kept(names)})


def _of_file(path: Path) -> Published:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise Unreadable(f"{path}: not UTF-8") from None
    info = _parsed(path.name, text).get("info")
    version = info.get("version") if isinstance(info, dict) else None
    if not isinstance(version, str):
        raise Unreadable(f"{path}: no OpenAPI document: it does not say its version")
    return Published({version: text})


def _kept(names: list[str]) -> Iterator[str]:
    return (name for name in names if name == LOG or PUBLISHED.fullmatch(name))


def _published(files: Mapping[str, str]) -> Published:
    return Published({name.removesuffix(".json"): files[name] for name in files if name != LOG}, files.get(LOG, ""))


def _git(folder: Path, *arguments: str) -> str:
    command = ("git", "-C", str(folder), *arguments)
    try:
        done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)  # noqa: S603 - no shell, fixed words
    except OSError as failure:
        raise Unreadable(f"git does not run here: {failure.strerror}") from None
    if done.returncode:
        said = (done.stderr.strip() or "git knows no such revision").splitlines()[0]
        raise Unreadable(f"{arguments[-1].partition('^')[0]}: no folder, no file and no revision: {said}")
    return done.stdout


def _parsed(name: str, text: str) -> Mapping[str, Any]:
    try:
        document = json.loads(text)
    except ValueError as fault:
        raise Unreadable(f"{name}: no JSON: {fault}") from None
    if not isinstance(document, dict):
        raise Unreadable(f"{name}: no OpenAPI document")
    return document
