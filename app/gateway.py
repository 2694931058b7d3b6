"""The gateway: everything that a request is answered with, in one value.

In charge of what it consists of, of whether it is worth asking, and of its end. It must not know how a request is answered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from secrets import token_bytes
from time import monotonic
from typing import TYPE_CHECKING, Final

from adapters.port import CircuitOpen, Source, SourceError
from app.callers.audit import AuditLog
from app.callers.credentials import SANDBOX
from app.callers.limits import Limits
from app.callers.link import Link
from app.exchange import Caller
from app.kept.memory import Memory
from app.kept.store import Store
from app.metrics.metrics import Metrics
from app.observations import Observatory, Tally
from app.plan.access import Views
from app.plan.cursor import Cursors
from app.plan.model import Plan
from app.problems import ProblemError
from app.sandbox import StandingIn, World
from app.settings import Settings
from app.stages.authenticate import Credentials
from app.stages.cache import Cache

if TYPE_CHECKING:
    from app.callers.desk import Desk
    from app.kept.purges import Purges
    from app.metrics.history import History
    from app.metrics.history_sources import SourceNotes
    from app.state import State
    from app.usage.counting import Usage

SANDBOX_BYTES: Final = 8 * 1024 * 1024  # of a worker, for answers that cost little to make anew
READY = 1.0  # seconds that a source may take to say that it is there


@dataclass(frozen=True)
class Gateway:
    """Everything a request is answered with.

    `deadlines` are seconds that a request may spend at each source, `budgets` the rows that it may bring from one, `rests` the
    seconds of its longest quiet window. `links` opens the text of a link, `desk` gives out keys, links and tokens; without them
    there are none. `purges` knows which kept answers are no longer good; without it, all are. `usage` counts who reads what; without it,
    nobody does. `history` is what was served lately, `notes` what was noted of sources. `basis` is the digest under which the state
    keeps looks for drift, `session_secret` what sessions are sealed with. `sandbox` is the gateway of callers who are served invented
    data; `sandboxed`: everybody is, here.
    """

    plan: Plan
    settings: Settings
    observatory: Observatory
    sources: Mapping[str, Source]
    deadlines: Mapping[str, float]
    cursors: Cursors
    cache: Cache
    on_close: tuple[Callable[[], None], ...] = ()
    budgets: Mapping[str, int] = field(default_factory=dict)
    rests: Mapping[str, float] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    metrics: Metrics | None = None
    credentials: Credentials = field(default_factory=Credentials)
    views: Views = field(default_factory=Views)
    limits: Limits | None = None
    audit: AuditLog | None = None
    private_documents: bool = False  # what is said of versions takes a credential
    links: Callable[[str], Link] | None = None
    desk: Desk | None = None
    purges: Purges | None = None
    usage: Usage | None = None
    history: History | None = None
    notes: SourceNotes | None = None
    state: State | None = None
    basis: str = ""
    sandbox: Gateway | None = None
    sandboxed: bool = False
    session_secret: bytes = field(default_factory=partial(token_bytes, 32), repr=False)

    def serving(self, caller: Caller) -> Gateway:
        """The gateway that answers a caller. Raises ProblemError: whoever belongs into a sandbox is answered there or nowhere."""
        if SANDBOX not in caller.scopes or self.sandboxed:
            return self
        if self.sandbox is None:
            raise ProblemError("insufficient-scope", "this gateway has no sandbox")
        return self.sandbox

    def over(self, world: World, sources: Mapping[str, Source]) -> Gateway:
        """This gateway over invented data, with a memory of its own: nothing of it is counted, kept or found with what is real."""
        return replace(
            self,
            plan=replace(self.plan, digest=f"{self.plan.digest}-sandbox-{world.recipe.seed}-{world.recipe.rows}"),
            sources=sources,
            views=StandingIn(world),
            observatory=Observatory(),
            cache=Cache(Store(Memory(SANDBOX_BYTES))),
            rests={},
            usage=None,
            sandboxed=True,
        )

    def exhausted(self) -> bool:
        """Whether this process should be replaced: too many of its threads hang at a source and do not come back."""
        return any(source.health().exhausted for source in self.sources.values())

    def hangs(self) -> bool:
        """Whether, after `close`, some thread still hangs at a source."""
        states = [source.health() for source in self.sources.values()]
        return any(state.connections or state.abandoned for state in states)

    def ready(self) -> tuple[bool, Mapping[str, str]]:
        """Whether it is worth sending requests here, and how each source is: one that answers suffices."""
        states = {name: _state(source) for name, source in self.sources.items()}
        return not states or "ok" in states.values(), states

    def close(self) -> None:
        """Give back every connection."""
        for source in self.sources.values():
            source.close()
        for close in self.on_close:
            close()


def _state(source: Source) -> str:
    known = source.health().state
    if known in {"quiet", "refused"}:
        return known
    try:
        source.ping(monotonic() + READY)
    except CircuitOpen:
        return "open"
    except SourceError as error:
        return type(error).__name__.lower()
    return "ok"
