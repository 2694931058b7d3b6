"""A gateway of the two tenants that keeps every answer: with a clock and sources in the test's hand, and with its three doors.

flask   the view of a resource
edge    the WSGI middleware that goes past Flask
lane    bytes to bytes, from a worker's memory where that has the answer

All requests come from one address, as through a proxy: what the lane and the stage of credentials know of a moment ago is not
told apart by it.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

from adapters.port import Health, Quiet, Rows, Source, Unavailable
from app.assembly import Compiled, compile_folder, open_gateway
from app.gateway import Gateway
from app.kept.arena import Arena
from app.observations import Observation, Observatory
from app.recall import Recall
from app.settings import Settings
from app.stages.cache import Cache
from app.state import State
from app.web.heads import Bounds
from app.web.lane import Lane, Read
from tests.security.tenants import build
from tests.security.tenants_contract import EMPTIED, KEPT
from tests.security.world import PEPPER, REQUEST, Reply, World, answered, environ, give_keys, spelled

DOORS: Final = ("flask", "edge", "lane")
PROXY: Final = "192.0.2.7"
BOUNDS: Final = Bounds(24_574, 64, 8_190)
QUIET_FOR: Final = 100_000.0  # seconds for which sources have been left alone, where they are

FOLDERS: Final[Mapping[str, tuple[Mapping[str, str], bool]]] = {  # the files of each, and whether its tables are filled
    "same": (KEPT, True),
    "another plan": (EMPTIED, True),
    "another database": (KEPT, False),
}


@dataclass
class Clock:
    """The cache's clock, which may go ahead: by so many seconds."""

    ahead: float = 0.0

    def __call__(self) -> float:
        """The time, in seconds."""
        return time.monotonic() + self.ahead


class Fickle:
    """A source that does what it is told: it answers, it is away, or it is in its quiet window."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.mood = ""

    def __getattr__(self, name: str) -> Any:
        """Whatever is not said here is the source's."""
        return getattr(self.source, name)

    def run(self, *asked: Any) -> Rows:
        """Run a statement, if it is in the mood."""
        if self.mood == "away":
            raise Unavailable("nothing answers")
        if self.mood == "quiet":
            raise Quiet("it is in its quiet window")
        return self.source.run(*asked)

    def health(self) -> Health:
        """How it is."""
        found = self.source.health()
        return replace(found, quiet_for=QUIET_FOR) if self.mood == "quiet" else found


@dataclass
class KeptWorld(World):
    """A world whose answers are kept. `recalled` is how many the lane has given."""

    clock: Clock = field(default_factory=Clock)
    sources: Mapping[str, Fickle] = field(default_factory=dict, repr=False)
    recalled: int = 0

    def __post_init__(self) -> None:
        """Make the application, and open its doors."""
        super().__post_init__()
        surface = self.application
        self._doors = {"flask": surface.application.application, "edge": surface}
        self._lane = Lane(Recall(self.gateway), surface, BOUNDS)

    def through(self, door: str, role: str, target: str, /, **headers: str) -> Reply:
        """GET as a role, through a door."""
        return self.sent(door, "GET", target, {"Authorization": f"Bearer {self.keys[role]}", **spelled(headers)})

    def sent(self, door: str, method: str, target: str, headers: Mapping[str, str], client: str = PROXY) -> Reply:
        """Any request, through a door."""
        if door == "lane":
            return self._by_lane(method, target, headers, client)
        return answered(self._doors[door], environ(method, target, headers, client))

    def _by_lane(self, method: str, target: str, headers: Mapping[str, str], client: str) -> Reply:
        """As the poller has it: from memory, by a thread that takes its time, or by all that gunicorn would do."""
        said = {"Host": "localhost", "X-Request-Id": REQUEST, **headers}
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in said.items()), "", ""]
        found = self._lane.answer("\r\n".join(lines).encode("latin-1"), (client, 40_000), ("127.0.0.1", 80))
        if found is None:
            return self.sent("edge", method, target, headers, client)
        if isinstance(found, Read):
            return _heard(*self._lane.serve(found))
        self.recalled += 1
        return _heard(*found)

    @contextmanager
    def later(self, seconds: float, mood: str = "") -> Iterator[None]:
        """So much later; the sources are in that mood."""
        self.clock.ahead = seconds
        for source in self.sources.values():
            source.mood = mood
        try:
            yield
        finally:
            self.clock.ahead = 0.0
            for source in self.sources.values():
                source.mood = ""


def _heard(head: bytes, body: bytes) -> Reply:
    """An answer, read from its bytes."""
    status, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(": ") for line in lines if line)
    return Reply(int(status.split()[1]), tuple((name, value) for name, _, value in pairs), body)


@cache
def kept_folder(kind: str = "same") -> Path:
    """A contract's folder, as FOLDERS says; removed when the tests end."""
    made = Path(tempfile.mkdtemp(prefix="bascule-kept-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    files, filled = FOLDERS[kind]
    return build(made, files, filled=filled)


@cache
def kept_compiled(kind: str = "same") -> Compiled:
    """The contract of that folder, over the state that they all have in common."""
    found = compile_folder(kept_folder(kind), {})
    return replace(found, contract=replace(found.contract, state=f"sqlite:///{kept_folder() / 'state.db'}"))


@cache
def kept_keys() -> Mapping[str, str]:
    """A key for each role, good at each of these gateways."""
    contract = kept_compiled().contract
    state = State(contract.state, Path(contract.folder))
    try:
        return give_keys(state, PEPPER)
    finally:
        state.close()


@contextmanager
def kept_world(
    audit: Path, kind: str = "same", *, shared: str = "", arena: Arena | None = None, cache_file: Path | None = None
) -> Iterator[KeptWorld]:
    """A gateway that is audited in that file.

    `shared` is the URL of a Redis, `arena` the host's, `cache_file` where answers outlive a restart; without one they do not.
    """
    found = kept_compiled(kind)
    stores = replace(found.contract.cache, shared=shared)
    found = replace(found, contract=replace(found.contract, cache=stores))
    told: list[Observation] = []
    file = cache_file or audit.with_suffix(".db")
    settings = Settings(pepper=PEPPER, audit=str(audit), cache_file=str(file))
    opened = open_gateway(found, settings, Observatory(told.append), arena=arena)
    clock, sources = Clock(), {name: Fickle(source) for name, source in opened.sources.items()}
    store = opened.cache.store if cache_file else replace(opened.cache.store, disk=None)
    fickle = cast("Mapping[str, Source]", sources)  # what a source has and they have not is the source's
    gateway: Gateway = replace(opened, sources=fickle, cache=Cache(store, clock=clock))
    try:
        yield KeptWorld(gateway, kept_keys(), told, clock=clock, sources=sources)
    finally:
        gateway.close()
