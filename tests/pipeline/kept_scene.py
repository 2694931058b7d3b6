"""What the tests of kept answers share: two sources behind one contract, callers without a state, and time that passes on command.

Orders are kept for 30 seconds; their lines, of the other source, for 100; their notes not at all. A caller sees the orders of its
`customer`, its lines, and no margin without `margins`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from adapters.port import Health, Lane, Rows, Shape, Source
from app.assembly import compile_folder, open_gateway
from app.callers.credentials import REFRESH, NotAccepted
from app.exchange import Answer, Caller, Inbound
from app.gateway import Gateway
from app.kept.memory import Memory
from app.kept.store import Store
from app.observations import Observation, Observatory
from app.pipeline import respond
from app.settings import Settings
from app.stages.authenticate import Credentials
from app.stages.cache import Cache
from tests.pipeline.standing import now, time_stands
from tests.plan.depot import body, header
from tests.stages.cache_scene import Line, status_of

GATEWAY = """\
title: Kept
sources:
  main: {kind: sqlite, path: main.db, deadline: 60s}
  side: {kind: sqlite, path: side.db, deadline: 60s}
"""
OPEN = "security: open\n"
CLOSED = "security: {tokens: 10m}\n"
LIMITED = CLOSED + "limits:\n  default: {requests: 600/min, burst: 600}\n"
ORDERS = """\
resource: orders
source: main
table: ORDHDR
key: number
fields:
  number: {column: ORDNO, type: integer}
  customer: {column: CUST, type: string}
  margin: {column: MARGIN, type: integer, scope: margins}
  text: {column: TEXT, type: string}
filter: [customer]
sort: [number]
expand:
  lines: {resource: lines, on: {number: order}, many: true}
  notes: {resource: notes, on: {number: order}, many: true}
cache: {fresh: 30s, stale_while_revalidate: 10s, stale_if_error: 60s, negative: 5s}
access: {read: orders, rows: {customer: claim:customer}, rows_exempt: everybody}
"""
LINES = """\
resource: lines
source: side
table: ORDLIN
key: [order, line]
fields:
  order: {column: ORDNO, type: integer}
  line: {column: LINNO, type: integer}
  customer: {column: CUST, type: string}
  margin: {column: MARGIN, type: integer, scope: margins}
cache: {fresh: 100s, stale_while_revalidate: 50s, stale_if_error: 50s}
access: {rows: {customer: claim:customer}, rows_exempt: everybody}
"""
NOTES = """\
resource: notes
source: side
table: NOTE
key: order
fields:
  order: {column: ORDNO, type: integer}
  note: {column: NOTE, type: string}
expand:
  lines: {resource: lines, on: {order: order}, many: true}
"""
FILES = {
    "v1/orders.yaml": ORDERS,
    "v1/lines.yaml": LINES,
    "v1/notes.yaml": NOTES,
    "v1/version.yaml": "status: deprecated\ndeprecated_on: 2026-01-01\nsunset_on: 2099-01-01\n",
    "v2/version.yaml": "extends: v1\nstatus: current\nchanges:\n  - {rename: {notes: remarks}, because: one word}\n",
}
SOURCES: Mapping[str, tuple[str, list[tuple[Any, ...]]]] = {
    "main.db": (
        "CREATE TABLE ORDHDR (ORDNO INTEGER PRIMARY KEY, CUST CHAR(2) NOT NULL, MARGIN INTEGER, TEXT VARCHAR(2000))",
        [(number, "AB"[number % 2] * 2, 9000 + number, "text " * 300) for number in range(1, 21)],
    ),
    "side.db": (
        "CREATE TABLE ORDLIN (ORDNO INTEGER, LINNO INTEGER, CUST CHAR(2) NOT NULL, MARGIN INTEGER, PRIMARY KEY (ORDNO, LINNO))",
        [(number, line, "AB"[line % 2] * 2, 7000 + number) for number in range(1, 21) for line in (1, 2)],
    ),
}

A = Caller("A", "key:a", frozenset({"orders"}), {"customer": ("AA",)})
B = Caller("B", "key:b", frozenset({"orders"}), {"customer": ("BB",)})
ALL = Caller("all", "key:all", frozenset({"orders", "everybody", "margins"}))
FRESH = replace(ALL, identity="key:fresh", scopes=ALL.scopes | {REFRESH})
MASKED = replace(ALL, identity="key:masked", scopes=ALL.scopes - {"margins"})
CALLERS = {"bascule_a": A, "bascule_b": B, "bascule_all": ALL, "bascule_fresh": FRESH, "bascule_masked": MASKED}


def build(folder: Path, security: str = OPEN, **changed: str) -> Path:
    """Write the contract and its databases; `changed` are other texts of v1's files, by resource."""
    texts = {"gateway.yaml": GATEWAY + security, **FILES, **{f"v1/{name}.yaml": text for name, text in changed.items()}}
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    for name, (table, rows) in SOURCES.items():
        with sqlite3.connect(folder / name) as connection:
            connection.execute(table)
            connection.executemany(f"INSERT INTO {table.split()[2]} VALUES (?, ?, ?, ?)", rows)
            connection.execute("CREATE TABLE NOTE (ORDNO INTEGER PRIMARY KEY, NOTE VARCHAR(10))")
            connection.execute("INSERT INTO NOTE VALUES (4, 'Note')")
        connection.close()
    return folder


@dataclass
class Watched:
    """A source that notes what it is asked, and by which lane; it fails with `failure`, and is quiet for `quiet` seconds."""

    source: Source
    failure: Exception | None = None
    quiet: float = 0.0
    asked: list[Lane] = field(default_factory=list)
    before: Callable[[], object] = lambda: None  # done once, before the next read

    def run(
        self, shape: Shape, values: Sequence[Any], deadline: float | None = None, lane: Lane = "interactive"
    ) -> Rows:
        """The rows, or the failure."""
        before, self.before = self.before, lambda: None
        before()
        self.asked.append(lane)
        if self.failure is not None:
            raise self.failure
        return self.source.run(shape, values, deadline, lane)

    def health(self) -> Health:
        """Whether it is quiet."""
        return replace(self.source.health(), quiet_for=self.quiet)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.source, name)


@dataclass
class Scene:
    """A gateway over the contract. What is read behind the requests waits until the test says so."""

    gateway: Gateway
    line: Line
    main: Watched
    side: Watched
    told: list[Observation]

    def get(self, path: str, caller: str = "", method: str = "GET", **headers: str) -> Answer:
        """The answer to `/v2/orders?limit=2`, for the holder of a key; header names are written with underscores."""
        return respond(self.gateway, asking(path, caller, method, **headers))

    def asked(self) -> tuple[int, int]:
        """How often each source was asked since the last time."""
        counts = len(self.main.asked), len(self.side.asked)
        self.main.asked.clear()
        self.side.asked.clear()
        return counts

    def later(self, seconds: float) -> None:
        """So much time passes for all that is kept."""
        memory = self.gateway.cache.store.memory
        for key, kept in list(memory._entries.items()):
            kept.entry = replace(kept.entry, read=kept.entry.read - seconds, at=kept.entry.at - seconds)
            kept.until -= seconds
            memory.put(key, kept)

    def purge(self, *tags: str) -> None:
        """Purge, and have every request know of it."""
        assert self.gateway.purges is not None
        self.gateway.purges.purge(tags, "key:1")


def asking(path: str, caller: str = "", method: str = "GET", **headers: str) -> Inbound:
    """A request."""
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    if caller:
        said["authorization"] = f"Bearer bascule_{caller}"
    address, _, query = path.partition("?")
    return Inbound(method, address, query, said, "https://gw", "r1", "192.0.2.1")


def known(text: str, client: str) -> Caller:
    """Whose key it is."""
    del client
    if text not in CALLERS:
        raise NotAccepted("nobody's")
    return CALLERS[text]


@contextmanager
def opened(
    folder: Path, security: str = OPEN, *, audit: Path | None = None, shared: bool = False, **changed: str
) -> Iterator[Scene]:
    """The contract in `folder`, which is built where it is not there. With `audit`, it is written there.

    `shared`: answers are kept wherever the contract says; else in this worker's memory alone, so that time can pass.
    """
    if not folder.exists():
        build(folder, security, **changed)
    told: list[Observation] = []
    gateway = open_gateway(compile_folder(folder, {}), Settings(audit=str(audit or "")), Observatory(told.append))
    sources = {name: Watched(source) for name, source in gateway.sources.items()}
    credentials = Credentials(security != OPEN, (("bascule_", known),), None, lambda: True)
    line, typed = Line(), dict[str, Any](sources)
    places = gateway.cache.store if shared else Store(Memory(2_000_000), purges=gateway.cache.store.purges)
    cache = Cache(places, line, now)
    watched = replace(
        gateway, sources=typed, credentials=credentials, cache=cache, observatory=Observatory(told.append)
    )
    try:
        with time_stands():
            yield Scene(watched, line, sources["main"], sources["side"], told)
    finally:
        gateway.close()


def cache_status(answer: Answer) -> Mapping[str, Any]:
    """What an answer's `Cache-Status` says."""
    return status_of(header(answer, "Cache-Status") or "")


def items(answer: Answer) -> list[dict[str, Any]]:
    """The items of a list."""
    found: list[dict[str, Any]] = body(answer)["data"]
    return found
