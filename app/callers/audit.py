"""The audit: one structured event a request, each a JSON line that stands in a chain.

In charge of what is written down about a request, of leaving out what must not be, and of saying so when nothing can be
written. It must not know how a request is answered, nor how files rotate.

A line holds the number that it has in its process and a keyed hash (BLAKE2b, RFC 7693) over itself and the line before, so
that `bascule audit --verify` finds lines that were changed, taken out or put in. Each process has a chain of its own: one
for all would need a lock among them at each request. Without a secret anybody who can write the file can also renew its
chain; it then only finds accidents. Lines are given to the system, not to the disk: they survive the process, not the power.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import secrets
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from time import gmtime, sleep, strftime
from typing import Any, Final, Literal, NamedTuple

import orjson

from app.callers.audit_file import Outlet, RotatingFile, ShortWrite, Stream, places
from app.callers.credentials import holds_credential
from app.forks import begin_anew_in_children
from app.threads import begun

log = logging.getLogger("bascule")

Decision = Literal["served", "refused", "not-found", "failed", "limited"]
DECISIONS: Final[tuple[Decision, ...]] = ("served", "refused", "not-found", "failed", "limited")

HIDDEN: Final = "•"
SECRET_PARAMETERS: Final = frozenset({"cursor"})
MOST_KEYS: Final = 500

SOON: Final = 0.1  # seconds that an event may wait for others: to wake the thread costs as much as a dozen events
REST: Final = 5.0  # seconds without an event after which the thread that writes ends
BATCH: Final = 1024  # events that are written together
MOST_PENDING: Final = 10_000  # events; who brings more waits until they are written

START: Final = b'{"at":"'  # of every line; no text inside one can hold it, since JSON escapes quotes
CHAIN: Final = b',"chain":"'
END: Final = b'"}\n'

# What may break a line or rule a terminal, and which JSON lets stand: DEL and C1 controls, separators, bidirectional marks.
_UNSAFE: Final = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")

_DEL: Final = b"\x7f"  # the only one of them that is ASCII
_MILLISECONDS: Final = tuple(f".{number:03d}Z" for number in range(1000))

_STDOUT: Final = 1


class AuditFailed(Exception):
    """An event could not be written down; `args[0]` says why, for the operator alone."""


class Keys(NamedTuple):
    """The keys of the rows that were served, as a JSON array; `more`: there were more than are written down.

    Finished bytes, so that an answer from the cache brings its own along.
    """

    text: bytes = b"[]"
    more: bool = False


NO_KEYS: Final = Keys()


def keys_of(values: Sequence[Any]) -> Keys:
    """The keys of served rows: API values, or a tuple of them for each key of several parts."""
    return Keys(orjson.dumps(values[:MOST_KEYS]), len(values) > MOST_KEYS)


class Event(NamedTuple):
    """One request. A named tuple, since a frozen dataclass of this size takes six times as long to make (1.7 µs).

    `at`: seconds since 1970. `path`: as routed, raw, without the query; a secret in a path (a link) is not to stand here.
    `parameters`: from a `Redaction`. `reason`: the code of the problem, or why a credential was not accepted. `took`: seconds.
    `cache`: `hit`, `miss` … or empty.
    """

    at: float
    request_id: str
    caller: str
    name: str
    client: str
    method: str
    path: str
    resource: str
    parameters: Sequence[tuple[str, str]]
    status: int
    decision: Decision
    reason: str
    sources: Sequence[str]
    rows: int
    bytes: int
    took: float
    cache: str = ""
    keys: Keys = NO_KEYS


@dataclass(frozen=True, slots=True)
class Redaction:
    """What may be written down of the query of one operation. Make it with `redaction`, once."""

    known: frozenset[str]
    shown: frozenset[str]

    def parameters(self, pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """The decoded parameters, without classified values and credentials; of an unknown one not even the name."""
        known, shown = self.known, self.shown
        return tuple(
            (name if name in known else HIDDEN, value if name in shown and not holds_credential(value) else HIDDEN)
            for name, value in pairs
        )


def redaction(parameters: Iterable[str], classified: Iterable[str]) -> Redaction:
    """For an operation with these parameters (`limit`, `status`, `ordered_on[gte]`) over these classified fields."""
    known = frozenset(parameters)
    hidden = SECRET_PARAMETERS.union(classified)
    return Redaction(known, frozenset(each for each in known if each.partition("[")[0] not in hidden))


@lru_cache(maxsize=4)
def _second(whole: int) -> str:
    return strftime("%Y-%m-%dT%H:%M:%S", gmtime(whole))


def moment(at: float) -> str:
    """Seconds since 1970 as RFC 3339 in UTC with milliseconds: texts that sort like times."""
    whole = int(at)
    return _second(whole) + _MILLISECONDS[int((at - whole) * 1000)]


def encoded(event: Event, process: str, number: int) -> bytes:
    """The event as an open JSON object: one line whatever it holds, and without the brace that ends it."""
    (
        at,
        request_id,
        caller,
        name,
        client,
        method,
        path,
        resource,
        parameters,
        status,
        decision,
        reason,
        sources,
        rows,
        size,
        took,
        cache,
        keys,
    ) = event  # in one go: a name each costs more
    members = {
        "at": moment(at),
        "request_id": request_id,
        "caller": caller,
        "name": name,
        "client": client,
        "method": method,
        "path": path,
        "resource": resource,
        "parameters": parameters,
        "status": status,
        "decision": decision,
        "reason": reason,
        "sources": sources,
        "rows": rows,
        "bytes": size,
        "took_ms": int(took * 1e6) / 1e3,
        "cache": cache,
        "keys": orjson.Fragment(keys.text),
        "more": keys.more,
        "process": process,
        "number": number,
    }
    return _line(members, keys)


def _line(members: dict[str, Any], keys: Keys) -> bytes:
    try:
        line = orjson.dumps(members)[:-1]
    except orjson.JSONEncodeError:  # a lone surrogate, which no encoding has; a question mark takes its place
        members["keys"] = orjson.loads(keys.text)
        line = json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")[:-1]
    return line if line.isascii() and _DEL not in line else _UNSAFE.sub(_escaped, line.decode()).encode()


def _escaped(unsafe: re.Match[str]) -> str:
    return f"\\u{ord(unsafe[0]):04x}"


class Seals:
    """The hashes that need the secret: those that chain lines, and names for keys that may not be written down."""

    def __init__(self, secret: str = "") -> None:
        key = _key(secret) if secret else b""
        self._chain = hashlib.blake2b(key=key, digest_size=16, person=b"audit-chain")
        self._names = hashlib.blake2b(key=key, digest_size=8, person=b"audit-key") if key else None

    def chained(self, before: bytes, text: bytes) -> bytes:
        """The seal of a line's text after the seal `before`: 32 hexadecimal digits."""
        chain = self._chain.copy()
        chain.update(before + text)
        return chain.hexdigest().encode()

    def pseudonym(self, key: str) -> str:
        """What stands for a classified key, written as in paths; a search for the key finds it. Without a secret: nothing."""
        if self._names is None:
            return HIDDEN
        names = self._names.copy()
        names.update(key.encode("utf-8", "replace"))
        return HIDDEN + names.hexdigest()


def _key(secret: str) -> bytes:
    """The key that a secret of any length makes; a setting may hold bytes that are no UTF-8, as `surrogateescape` has them."""
    return hashlib.blake2b(secret.encode("utf-8", "surrogateescape"), digest_size=32, person=b"bascule-audit").digest()


class AuditLog:
    """Writes events down, from all threads and all workers of a host. Make it before the fork.

    An event that must be written is written at once; any other within a tenth of a second, with those that come meanwhile,
    by a thread of its own: encoding and sealing one at a time, between two requests, takes three times as long. A process that
    is killed loses what it has not written yet.

    `path`: the file, empty for none, in which case `stdout` is the record; with both, standard output has a copy that fails
    nobody. `secret` keys the seals. `tell` hears when writing begins to fail and when it goes well again.
    """

    def __init__(
        self,
        path: str,
        rotate_bytes: int,
        files: int,
        *,
        stdout: bool = False,
        secret: str = "",
        tell: Callable[[str], None] = log.error,
    ) -> None:
        outlets = [Outlet(RotatingFile(path, rotate_bytes, files, tell), path, tell)] if path else []
        if stdout:
            outlets.append(Outlet(Stream(_STDOUT), "standard output", tell))
        if not outlets:
            raise ValueError("an audit goes to a file, to standard output, or to both")
        self._record, *self._copies = outlets
        self.seals = Seals(secret)
        self.forked()
        begin_anew_in_children(self)

    def forked(self) -> None:
        """Begin in a new process, with a chain of its own."""
        self._lock = threading.Lock()
        self._pending: deque[tuple[Callable[..., Event], tuple[Any, ...]]] = deque()
        self._wanted = threading.Event()
        self._writer: threading.Thread | None = None
        self._record.sink.close()
        self._process = f"{os.getpid()}-{secrets.token_hex(6)}"
        self._number, self._seal = 0, self._process.encode()

    @property
    def lost(self) -> int:
        """How many events of this process are not in the record."""
        return self._record.lost

    def note(self, make: Callable[..., Event], *arguments: Any) -> None:
        """Write an event down soon: what `make` makes of its arguments then. What cannot be written is counted as lost."""
        self._pending.append((make, arguments))
        if self._wanted.is_set() and len(self._pending) < MOST_PENDING:
            return
        self._wanted.set()
        if self._writer is None or len(self._pending) >= MOST_PENDING:
            self._hasten()

    def write(self, event: Event) -> None:
        """Write an event down now, behind those before it. Raises AuditFailed where it cannot."""
        with self._lock:
            self._pending.append((lambda: event, ()))
            failure = self._drain()
        if failure is not None:
            raise AuditFailed(str(failure)) from failure

    def flush(self) -> None:
        """Write what is pending."""
        with self._lock:
            self._drain()

    def close(self) -> None:
        """Write what is pending, and give the descriptors back; the next event opens them again."""
        with self._lock:
            self._drain()
            self._record.sink.close()

    def _hasten(self) -> None:
        """Start the thread that writes; write now where it has too much to do, or none can be had."""
        with self._lock:
            if self._writer is None:
                self._writer = begun("audit", self._write_on)
            if self._writer is None or len(self._pending) >= MOST_PENDING:
                self._drain()

    def _write_on(self) -> None:
        """Write what comes, a batch at a time, until nothing has come for a while."""
        while True:
            if self._wanted.wait(REST):
                sleep(SOON)
                self._wanted.clear()
                self.flush()
                continue
            with self._lock:
                self._writer = None  # from here on, whoever notes something starts another one …
                if not self._wanted.is_set():
                    return
                self._writer = threading.current_thread()  # … and who did so just before has this one

    def _drain(self) -> OSError | None:
        """Write what is pending by now; the last failure, if there was one. Call it locked."""
        failed = None
        for left in range(len(self._pending), 0, -BATCH):
            noted = [self._pending.popleft() for _ in range(min(left, BATCH))]
            events = list(_made(noted))
            try:
                self._put(events)
            except OSError as failure:
                failed = failure
        return failed

    def _put(self, events: Sequence[Event]) -> None:
        """Write some events. Raises OSError: then those that did not arrive whole are not in the chain."""
        number, seals, lines = self._number, [self._seal], list[bytes]()
        for event in events:
            number += 1
            text = encoded(event, self._process, number)
            seals.append(self.seals.chained(seals[-1], text))
            lines += (text, CHAIN, seals[-1], END)
        written = b"".join(lines)
        arrived = len(events)
        try:
            self._record.write(written, arrived)
        except ShortWrite as short:
            arrived = written[: short.sent].count(b"\n")
            raise
        except OSError:
            arrived = 0
            raise
        finally:
            self._number, self._seal = self._number + arrived, seals[arrived]
        for copy in self._copies:
            _copied(copy, written, len(events))


def _made(noted: Iterable[tuple[Callable[..., Event], tuple[Any, ...]]]) -> Iterator[Event]:
    for make, arguments in noted:
        try:
            yield make(*arguments)
        except Exception:  # one that cannot be made is a defect, and no reason to lose the others
            log.exception("an event of the audit could not be made")


def _copied(copy: Outlet, lines: bytes, count: int) -> None:
    try:
        copy.write(lines, count)
    except OSError:
        return  # it was counted and told; the record has the line


def audit_log(
    where: str, rotate_bytes: int, files: int, secret: str = "", tell: Callable[[str], None] = log.error
) -> AuditLog | None:
    """The audit that the setting `BASCULE_AUDIT` asks for; none where it is empty."""
    if not where:
        return None
    path, stdout = places(where)
    return AuditLog(path, rotate_bytes, files, stdout=stdout, secret=secret, tell=tell)
