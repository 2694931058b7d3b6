"""Keeping: how the answer to a query is kept: its key, what it shows, what a miss does, and the parts that others share.

In charge of what a key holds: the plan, the caller's sight, the query and the item. It must not know HTTP, nor how old an answer may
be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from adapters.port import Lane, TimedOut
from app.gateway import Gateway
from app.kept.entry import Entry, finished
from app.kept.store import Overdue
from app.kept.tags import tags_of
from app.plan import keys
from app.plan import query as queries
from app.plan.access import sights
from app.plan.model import Resource, Version
from app.plan.query import Query, Tree
from app.problems import ProblemError
from app.reading import Reading
from app.stages.cache import Wanted, key_of
from app.stages.execute import Reach, problem_of

Timings = list[tuple[str, float]]


def key(gateway: Gateway, version: Version, query: Query, segment: str | None) -> bytes:
    """What the answer is found by: 16 bytes. The row scope and the field mask are in it, made where the WHERE is (plan.access)."""
    sight = sights(version, query.resource, query.expand)
    noted = "" if gateway.audit is None else "noted"  # what was read while nobody noted keys has none
    return key_of(gateway.plan.digest, sight, query.text, segment or "", noted)


def too_late(gateway: Gateway) -> ProblemError:
    """The problem of who has waited for another's read as long as a request may."""
    failure = TimedOut("the read that this request waited for has not come in time")
    return problem_of(failure, gateway.settings.retry_after)


@dataclass(frozen=True, slots=True)
class Keeping:
    """The answer to one query of one caller. `version` is the caller's view, `segment` the raw key of an item."""

    gateway: Gateway
    version: Version
    query: Query
    segment: str | None
    request_id: str

    def reach(self, timings: Timings, lane: Lane = "interactive") -> Reach:
        """The sources, as one request may reach them; `timings` are told how long they took."""
        gateway = self.gateway
        return Reach(
            gateway.sources,
            gateway.deadlines,
            gateway.observatory,
            self.request_id,
            gateway.settings.retry_after,
            timings,
            gateway.budgets,
            lane,
        )

    def read(self, reach: Reach) -> Entry:
        """Read it now. Raises ProblemError."""
        gateway, query = self.gateway, self.query
        keeps = query.resource.cache is not None or query.expand
        reading = Reading(
            self.version,
            query,
            reach,
            gateway.cursors,
            gateway.settings.max_expanded_rows,
            partial(self._part, reach) if keeps else None,
            noted=gateway.audit is not None,
            tags=self._tags() if keeps else (),
            generation=gateway.cache.store.purges.generation() if keeps else 0,
        )
        return reading.page() if self.segment is None else reading.item(self.segment)

    def wanted(self, reach: Reach) -> Wanted:
        """The answer of a resource whose answers are kept, as the cache is asked for it."""
        spec, asked = self.query.resource.cache, self._sources()
        assert spec is not None
        return Wanted(
            key(self.gateway, self.version, self.query, self.segment),
            spec,
            sum(self.gateway.deadlines[name] for name in asked),
            lambda: self.read(reach),
            lambda: self.read(self.reach([], "background")),
            lambda: max(self.gateway.sources[name].health().quiet_for for name in asked),
            max(self.gateway.rests.get(name, 0.0) for name in asked),
        )

    def _sources(self) -> set[str]:
        return queries.sources(self.version, self.query.resource, self.query.expand)

    def _tags(self) -> tuple[str, ...]:
        """What the answer shows, for those who purge."""
        resource = self.query.resource
        key = None if self.segment is None else keys.read(resource, self.segment)
        return tags_of(resource, _expanded(self.version, resource, self.query.expand), key)

    def _part(self, reach: Reach, resource: Resource, texts: tuple[str, ...], read: Callable[[Reach], bytes]) -> Entry:
        """A part of the answer, kept for as long as its own resource says. Raises ProblemError.

        Where it is read behind the requests, that is no cost of the one whose reach this is.
        """
        spec, gateway = resource.cache, self.gateway
        assert spec is not None
        sight = sights(self.version, resource, {})
        purges = gateway.cache.store.purges

        def made(reach: Reach) -> Entry:
            generation, begun = purges.generation(), gateway.cache.now()
            return finished(read(reach), begun, weak=True, rows=0, tags=tags_of(resource), generation=generation)

        # Its own part of a page is read in no other way than now: nobody waits for a newer one of it alone.
        plain = replace(spec, stale_while_revalidate=0.0, stale_if_error=0.0, persist=False)
        wait = gateway.deadlines[resource.source]
        key = key_of(gateway.plan.digest, resource.path, sight, *texts)
        wanted = Wanted(key, plain, wait, lambda: made(reach), lambda: made(self.reach([], "background")))
        try:
            return gateway.cache.fetch(wanted).kept.entry
        except Overdue:
            raise too_late(gateway) from None


def _expanded(version: Version, resource: Resource, tree: Tree) -> Iterator[Resource]:
    """The resources that a tree of expansions leads to, at any depth."""
    for name, below in tree.items():
        target = version.resources[resource.expansions[name].resource]
        yield target
        yield from _expanded(version, target, below)
