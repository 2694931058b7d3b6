"""Reading the audit back: what was written about whom, and whether all of it still stands.

In charge of finding lines in a file that rotates, also while it does, and of judging chains. It must not know a terminal.
Files are read line by line, so that their size does not matter; a piece of a line that a full disk or a killed process left
behind is passed over, and a line that follows it on the same row is still found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final
from urllib.parse import unquote

import orjson

from app.callers.audit import CHAIN, END, HIDDEN, START, Event, Seals, moment
from app.callers.audit_file import rotated
from app.callers.networks import Network, within
from app.plan import keys

LONGEST: Final = 1 << 20  # bytes of a row that are looked at together: a damaged file may have no line ends at all

_HEAD: Final = 256  # bytes that tell an audit's file from others
_LISTS: Final = ("parameters", "sources", "keys")  # members of an event; the others are single values
_PART: Final = str | int | float | None  # a key's part in JSON; null where it did not decode


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a file, and the event in it; `event` is None where there is none that can be read.

    `text` are the bytes of the event alone; `torn`: something else stands before it, or instead of it.
    """

    file: Path
    number: int
    text: bytes
    event: Mapping[str, Any] | None
    torn: bool


def logs(folder: Path) -> list[Path]:
    """The audits in a folder, whatever they are called, each by its path without a number."""
    found = {_base(each) for each in folder.iterdir() if each.is_file() and _begins(each)}
    return sorted(found)


def _base(path: Path) -> Path:
    return path.with_suffix("") if path.suffix[1:].isdigit() else path


def _begins(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return START in file.read(_HEAD)
    except (PermissionError, FileNotFoundError):  # another's, or renamed just now: its audit has other files
        return False


def lines(path: Path, since: str = "") -> Iterator[Line]:
    """Every line of the audit at `path`, renamed files first. Files that ended before `since` (RFC 3339) are passed over."""
    for name, file in _files(path, since):
        yield from _lines(name, file)


def _files(path: Path, since: str) -> Iterator[tuple[Path, BinaryIO]]:
    """The files in order, each open. The newest is opened before the others are listed, so that a rotation hides none."""
    done = -1
    while True:
        newest = _newest(path)
        pending = [(number, each) for number, each in rotated(path) if number > done]
        if not pending:
            if newest is not None:
                with newest:
                    yield path, newest
            return
        if newest is not None:
            newest.close()
        for number, each in pending:
            done = number
            yield from _opened(each, since)


def _newest(path: Path) -> BinaryIO | None:
    try:
        return path.open("rb")
    except FileNotFoundError:
        return None  # none yet, or it was renamed just now, and the next is not there yet


def _opened(path: Path, since: str) -> Iterator[tuple[Path, BinaryIO]]:
    try:
        if since and moment(path.stat().st_mtime) < since:
            return
        file = path.open("rb")
    except FileNotFoundError:
        return  # it was the oldest, and has just been deleted
    with file:
        yield path, file


def _lines(path: Path, file: BinaryIO) -> Iterator[Line]:
    for number, raw in enumerate(iter(lambda: file.readline(LONGEST), b""), 1):
        row = raw.strip(b"\n\0")
        if row:
            yield _line(path, number, row)


def _line(path: Path, number: int, row: bytes) -> Line:
    """The last event that begins in a row: what stands before it was never finished."""
    start = row.rfind(START)
    text = row[max(start, 0) :]
    event = _event(text) if start >= 0 else None
    return Line(path, number, text, event, torn=start != 0 or event is None)


def _event(text: bytes) -> Mapping[str, Any] | None:
    try:
        found: dict[str, Any] = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return found


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is searched for. All that is given has to hold; of several values of a member, one.

    `members`: names of an event's members and the values they may have. `key`: of a row, as it stands in paths. `since` is
    included and `until` is not, both as `moment` writes them, empty for no bound.
    """

    members: Mapping[str, frozenset[str | int]] = field(default_factory=dict)
    networks: tuple[Network, ...] = ()
    key: str = ""
    since: str = ""
    until: str = ""


class Search:
    """Finds the events that are wanted. `unsure`: how many had more rows than keys were written, so that one may be missed."""

    def __init__(self, wanted: Wanted, seals: Seals) -> None:
        self._wanted = wanted
        self._keys = _sought(wanted.key, seals)
        self.unsure = 0

    def run(self, path: Path) -> Iterator[Line]:
        """The lines that are wanted of the audit at `path`, in their order."""
        for line in lines(path, self._wanted.since):
            if line.event is not None and _formed(line.event) and self._matches(line.event):
                yield line

    def _matches(self, event: Mapping[str, Any]) -> bool:
        wanted, at = self._wanted, str(event.get("at"))
        if at < wanted.since or (wanted.until and at >= wanted.until):
            return False
        if not all(event.get(name) in values for name, values in wanted.members.items()):
            return False
        if wanted.networks and not within(str(event.get("client")), wanted.networks):
            return False
        return not wanted.key or self._has_key(event)

    def _has_key(self, event: Mapping[str, Any]) -> bool:
        if any(_written(key) in self._keys for key in event.get("keys", ())):
            return True
        parts = str(event.get("path")).split("/", 3)
        if len(parts) > 3 and self._keys & _spellings(parts[3]):
            return True
        self.unsure += bool(event.get("more"))
        return False


def _formed(event: Mapping[str, Any]) -> bool:
    """Whether its members have the types that they are written with: somebody else's line may hold any JSON."""
    parameters, sources, found = (event.get(name, []) for name in _LISTS)
    single = (event.get(name) for name in Event._fields if name not in _LISTS)
    return (
        isinstance(event.get("rows", 0), int)
        and not any(isinstance(each, list | dict) for each in single)
        and _are(sources, str)
        and _are(parameters, list)
        and all(len(each) == 2 for each in parameters)  # a name and a value
        and _are(found, _PART | list)
        and all(_are(each, _PART) for each in found if isinstance(each, list))
    )


def _are(listed: Any, kind: Any) -> bool:
    return isinstance(listed, list) and all(isinstance(each, kind) for each in listed)


def _sought(key: str, seals: Seals) -> frozenset[str]:
    """How a key may stand in an event: as paths have it, and by its pseudonym."""
    plain = _spellings(key)
    sealed = {keys.write([seals.pseudonym(each)]) for each in plain} - {keys.write([HIDDEN])}
    return plain | sealed


def _spellings(segment: str) -> frozenset[str]:
    """A key of one part and a key of several, encoded in one way: a comma may part keys, or belong to one."""
    return frozenset({keys.write([unquote(segment)]), keys.write([unquote(part) for part in segment.split(",")])})


def _written(key: Any) -> str:
    return str(key) if type(key) is int else keys.write(key if isinstance(key, list) else [key])


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in the audit is not as it was written."""

    file: Path
    number: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.number}: {self.what}"


class Verification:
    """Follows the chain of each process. `events` and `chains` count what was seen, `torn` the rows with unfinished lines.

    What nobody can see: that the newest lines of a process were taken away, or a process from its first line to its last; and,
    where old files have gone, that a line was put in as the first one that is left of a process.
    """

    def __init__(self, seals: Seals) -> None:
        self._seals = seals
        self._last: dict[str, tuple[int, bytes]] = {}
        self.events = 0
        self.torn = 0

    @property
    def chains(self) -> int:
        """How many there are: one for each process that wrote."""
        return len(self._last)

    def run(self, path: Path) -> Iterator[Fault]:
        """What is wrong with the audit at `path`. Lines from before the oldest file that was kept are not missed."""
        pruned = path.suffix[1:].isdigit() or next((number > 1 for number, _ in rotated(path)), False)
        for line in lines(path):
            self.torn += line.torn
            if line.event is not None:
                self.events += 1
                yield from (Fault(line.file, line.number, what) for what in self._judge(line, pruned=pruned))

    def _judge(self, line: Line, *, pruned: bool) -> Iterator[str]:
        event = line.event or {}
        process, number = str(event.get("process")), event.get("number")
        text, _, written = line.text.rpartition(CHAIN)
        if not isinstance(number, int) or not text:
            yield "the line has no seal"
            return
        seal = written.removesuffix(END.rstrip())
        before, known = self._before(process, number, pruned=pruned)
        if number != before + 1:
            yield _gap(process, before, number)
        elif known and self._seals.chained(known, text) != seal:
            yield f"line {number} of process {process} was changed, or the line before it was"
        self._last[process] = max(number, before), seal

    def _before(self, process: str, number: int, *, pruned: bool) -> tuple[int, bytes]:
        """The number and the seal of the process's line before; no seal where that line has gone with an old file."""
        if process not in self._last:
            return (number - 1, b"") if pruned and number > 1 else (0, process.encode())
        return self._last[process]


def _gap(process: str, before: int, number: int) -> str:
    if number <= before:
        return f"line {number} of process {process} stands after line {before}"
    if number == before + 2:
        return f"line {before + 1} of process {process} is missing"
    return f"lines {before + 1} to {number - 1} of process {process} are missing"
