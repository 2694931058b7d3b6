"""What the operator's console reads: how it stands, charts, costs, callers, data issues, the map.

In charge of these operations of the admin API. It must not know how they are drawn.

No source is asked for any of them. While the gateway's own memory does not answer, those that this worker knows something of tell it:
the memory has PATIENCE seconds, and `complete` is false then. The others have an error.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from app.assembly import kinds
from app.callers.audit import HIDDEN
from app.callers.desk import Desk
from app.callers.plain import moment
from app.exchange import Answer
from app.gateway import Gateway
from app.landscape import Reads, landscape
from app.metrics import costs_report, history_chart
from app.metrics.history import HOUR, MINUTE
from app.metrics.history_minute import Minute, parsed
from app.state import ChangeNote, CostRecord, FailureNote, KeyRecord, LookRecord, SeenIssue, State, StateError
from app.usage import summary
from app.web.admin import callers, sources
from app.web.exchanges import Exchange, json_answer
from app.web.patience import Patience

PATIENCE: Final = 0.5  # seconds that the state has, where something can be said without it
DAYS: Final = 30  # of the map's counts

Said = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the state has of how it stands."""

    minutes: Mapping[int, Any] = field(default_factory=dict)
    failures: Sequence[FailureNote] = ()
    changes: Sequence[ChangeNote] = ()
    looks: Sequence[LookRecord] = ()


@dataclass(frozen=True, slots=True)
class _Spent:
    """What callers have cost since some hour, with the keys that say who they are; `said` is what every answer says of it."""

    said: Mapping[str, Any]
    records: Sequence[CostRecord]
    keys: Sequence[KeyRecord]


class Console:
    """What the operations do. Each raises ProblemError or StateError."""

    def __init__(self, gateway: Gateway, desk: Desk) -> None:
        self.gateway = gateway
        self.desk = desk
        self._patience = Patience(self._trial)

    def show_overview(self, exchange: Exchange, said: Said, identifier: str) -> Answer:
        """How it stands."""
        del exchange, said, identifier
        gateway, now = self.gateway, time.time()
        minute, basis = int(now // MINUTE), gateway.basis
        first = minute - history_chart.SPANS["hour"].points + 1

        def read(state: State) -> _Kept:
            return _Kept(state.history(first), *state.source_notes(), state.looks(basis))

        kept, complete = self._asked(read, _Kept())
        minutes = self._minutes(kept.minutes, first)
        return json_answer(
            {
                "title": gateway.plan.title,
                "now": moment(now),
                "complete": complete,
                "versions": self._versions(),
                "sources": self._sources(kept, minutes, now),
                "hour": history_chart.figures(minutes.values()),
            }
        )

    def show_history(self, exchange: Exchange, said: Said, identifier: str) -> Answer:
        """A chart."""
        del exchange, identifier
        now, span = time.time(), history_chart.SPANS[said["span"]]
        moments = span.moments(int(now // MINUTE))
        kept, complete = self._asked(lambda state: state.history(moments.start), {})
        minutes = self._minutes(kept, moments.start)
        at = [moment(each * MINUTE) for each in moments]
        head = {"span": said["span"], "step": span.step * MINUTE, "from": at[0], "to": moment(now), "at": at}
        found = history_chart.points(minutes, span, int(now // MINUTE))
        return json_answer({**head, "complete": complete, **history_chart.chart(found, self.gateway.sources)})

    def show_costs(self, exchange: Exchange, said: Said, identifier: str) -> Answer:
        """Who and what has cost how much."""
        del exchange, identifier
        spent = self._spent(said["span"])
        return json_answer({**spent.said, **costs_report.report(spent.records, summary.names(spent.keys))})

    def show_callers(self, exchange: Exchange, said: Said, identifier: str) -> Answer:
        """Who called."""
        del exchange, identifier
        spent = self._spent(said["span"])
        found = callers.seen(spent.records, spent.keys, self.desk.contract, time.time())
        return json_answer({**spent.said, "data": found})

    def show_issues(self, exchange: Exchange, said: Said, identifier: str) -> Answer:
        """What of the data does not decode."""
        del exchange, said, identifier
        state = self.gateway.state
        return json_answer({"data": [self._issue(each) for each in (state.issues() if state else ())]})

    def show_map(self, exchange: Exchange, said: Said, identifier: str) -> Answer:
        """Who stands on what."""
        del exchange, said, identifier
        gateway, complete = self.gateway, True
        reads: Reads | None = None
        if gateway.usage is not None:
            first = summary.first_day(datetime.now(UTC).date(), DAYS)

            def read(state: State) -> Reads:
                return Reads(DAYS, state.usage(first), summary.names(self.desk.keys.list()))

            reads, complete = self._asked(read, None)
        return json_answer({"complete": complete, **asdict(landscape(self.desk.contract, gateway.plan, reads))})

    def _trial(self) -> None:
        """Ask the state for next to nothing. Raises StateError."""
        if self.gateway.state is not None:
            self.gateway.state.revision()

    def _asked(self, read: Callable[[State], Any], otherwise: Any) -> tuple[Any, bool]:
        """What the state says, and whether it says anything."""
        state = self.gateway.state
        if state is None:
            return otherwise, False
        try:
            return self._patience.asked(partial(read, state), PATIENCE), True
        except StateError:
            return otherwise, False

    def _minutes(self, kept: Mapping[int, Any], first: int) -> dict[int, Minute]:
        """The minutes that the state has from the first one on, with what this worker has yet to write."""
        found = {number: parsed(said) for number, said in kept.items()}
        own = self.gateway.history.known()[0] if self.gateway.history is not None else {}
        for number, minute in own.items():
            if number >= first:
                found.setdefault(number, Minute()).add(minute)
        return found

    def _versions(self) -> list[dict[str, Any]]:
        return [
            {
                "name": each.name,
                "status": each.status,
                "sunset_on": None if each.sunset_on is None else each.sunset_on.isoformat(),
                "resources": len(each.resources),
            }
            for each in self.gateway.plan.versions.values()
        ]

    def _sources(self, kept: _Kept, minutes: Mapping[int, Minute], now: float) -> list[dict[str, Any]]:
        notes = self.gateway.notes
        own: tuple[list[FailureNote], list[ChangeNote]] = ([], []) if notes is None else notes.known()
        failures, changes = _newest([*kept.failures, *own[0]]), _newest([*own[1], *kept.changes])
        looks = {each.source: each for each in kept.looks}
        known = kinds()
        return [
            sources.plain(
                sources.Known(
                    spec,
                    known[spec.kind],
                    self.gateway.sources[name].health(),
                    failures.get(name),
                    changes.get(name),
                    looks.get(name),
                    any(minute.at(name).statements for minute in minutes.values()),
                ),
                now,
            )
            for name, spec in self.desk.contract.sources.items()
        ]

    def _spent(self, span: str) -> _Spent:
        """What was counted of callers in a span, in the state and in this worker, which has yet to write it."""
        first, history = int(time.time() // HOUR) - costs_report.SPANS[span], self.gateway.history

        def read(state: State) -> tuple[list[CostRecord], Sequence[KeyRecord]]:
            return state.costs(first), self.desk.keys.list()

        (records, keys), complete = self._asked(read, ([], ()))
        waiting = history.known()[1] if history is not None else {}
        own = [CostRecord(*key[1:], tally) for key, tally in waiting.items() if key[0] >= first]
        counted = history is not None and bool(history.days)
        said = {"since": moment(first * HOUR), "counted": counted, "complete": complete}
        return _Spent(said, [*records, *own], keys)

    def _issue(self, issue: SeenIssue) -> dict[str, Any]:
        """A data issue; its keys are hidden unless the plan says that they may be shown: it may have changed since."""
        version = self.gateway.plan.versions.get(issue.version)
        resource = None if version is None else version.resources.get(issue.resource)
        shown = resource is not None and not resource.key_classified
        keys = list(issue.samples) if shown else [HIDDEN]
        named = {word: getattr(issue, word) for word in ("version", "resource", "field", "issue", "seen", "last_seen")}
        return {**named, "keys": keys}


def _newest(notes: list[Any]) -> dict[str, Any]:
    """Of each source the newest note; of two that are as new, the later in the list."""
    return {each.source: each for each in sorted(notes, key=lambda each: each.at)}
