"""What was published, read from where it is kept: a folder, a file, or a revision of a git repository.

In charge of reading documents and the log beside them. It must not know what they are compared with.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from glob import escape
from pathlib import Path
from typing import Any, Final

from app.shapes import meant, nearest

LOG: Final = "CHANGES.md"
PUBLISHED: Final = re.compile(r"(v\d+)\.json")


class Unreadable(Exception):
    """What was published cannot be read; the text says why."""


class NoSuch(Unreadable):
    """A name means nothing; the text names what is near, and ends with a code that stays: the caller mistyped it, or moved something."""

    def __init__(self, code: str, said: str, hint: str = "") -> None:
        super().__init__(f"{said}{f' — {hint}' if hint else ''} [{code}]")
        self.code = code


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
        NoSuch: there is no such thing.
        Unreadable: there is, and it is no document.
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
    """The documents and the log of a folder as they were at a revision; nothing, if it has never been there till then.

    The folder need not be there any more.

    Raises:
        NoSuch: git knows no such revision; or the folder had documents earlier, or lay elsewhere and was moved.
        Unreadable: git does not run.
    """
    root = next(each for each in (folder, *folder.parents) if each.is_dir())
    within = f"./{folder.relative_to(root)}/"
    commit = _commit(root, revision)
    paths = _git(root, "ls-tree", "--name-only", "-z", commit, within).split("\0")
    found = {Path(path).name: path for path in paths}
    published = _published({name: _git(root, "show", f"{commit}:./{found[name]}") for name in _kept(sorted(found))})
    if not published.texts:
        _check_new(root, folder, revision, commit)
    return published


def _commit(root: Path, revision: str) -> str:
    """What a revision means. Raises NoSuch, with the nearest branch, tag or folder."""
    asked = _asked(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if not asked.returncode:
        return asked.stdout.strip()
    path = Path(revision)
    refs = _asked(root, "for-each-ref", "--format=%(refname:short)").stdout.split()
    folders = [str(each) for each in path.parent.iterdir() if each.is_dir()] if path.parent.is_dir() else []
    what = "a folder without documents" if path.is_dir() else "no folder, no file"
    raise NoSuch(
        "unknown-revision",
        f"{revision}: {what} and no revision: {_complaint(asked) or 'git knows none of that name'}",
        nearest(revision, ["HEAD", *refs, *(each for each in folders if meant(revision, [each]) and each != revision)]),
    )


def _check_new(root: Path, folder: Path, revision: str, commit: str) -> None:
    """Raise NoSuch unless the folder is new since a commit: no documents left it before, nor another of its name since."""
    inside = f":(glob){escape(str(folder.relative_to(root)))}/v*.json"
    removed = _git(root, "log", "-1", "--format=%h", commit, "--", inside).strip()
    if removed:
        said = f"{folder}: at {revision} there are no documents in it any more: {removed} removed them"
        raise NoSuch("unknown-folder", said, f"{removed}~1 has them")
    gone = [each for each in _published_at(root, commit) if each.name == folder.name and not of_folder(each).texts]
    if gone:
        said = f"{folder}: it was not there at {revision}, and the documents of {', '.join(map(str, gone))} have gone since"
        raise NoSuch("unknown-folder", said, f"if it was moved: --to {meant(str(folder), map(str, gone)) or gone[0]}")


def _published_at(root: Path, commit: str) -> list[Path]:
    """The folders of the repository that had documents at a commit."""
    top = Path(_git(root, "rev-parse", "--show-toplevel").rstrip("\n"))
    paths = map(Path, _git(root, "ls-tree", "-r", "--name-only", "-z", "--full-tree", commit).split("\0"))
    return sorted({top / path.parent for path in paths if PUBLISHED.fullmatch(path.name)})


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
    """What git prints. Raises Unreadable where it refuses."""
    done = _asked(folder, *arguments)
    if done.returncode:
        raise Unreadable(f"git {arguments[0]}: {_complaint(done)}")
    return done.stdout


def _asked(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ("git", "-C", str(folder), *arguments)
    try:
        return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)  # noqa: S603 - no shell, fixed words
    except OSError as failure:
        raise Unreadable(f"git does not run here: {failure.strerror}") from None


def _complaint(done: subprocess.CompletedProcess[str]) -> str:
    return done.stderr.strip().partition("\n")[0]


def _parsed(name: str, text: str) -> Mapping[str, Any]:
    try:
        document = json.loads(text)
    except ValueError as fault:
        raise Unreadable(f"{name}: no JSON: {fault}") from None
    if not isinstance(document, dict):
        raise Unreadable(f"{name}: no OpenAPI document")
    return document
