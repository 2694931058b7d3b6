"""Live: one source, looked at.

In charge of the order of a look: the catalog of the tables that the contract uses, in batches; what has changed; then a sample of
each table, and what in it is not as promised. It asks within its bounds, one statement at a time. It must not know who looks, nor
how often.

A source that does not answer ends a look, and so does one that is too slow for any of it. A table or a query that alone cannot be
read is a finding, and the look goes on; so each is either looked at, or told of.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from time import monotonic
from typing import Final

from adapters.port import (
    BadData,
    Busy,
    Catalog,
    Denied,
    Locked,
    Missing,
    Shape,
    Source,
    SourceError,
    Table,
    TimedOut,
    TooCostly,
    Unknown,
)
from app.assembly import Compiled
from app.drift.asking import Asking, Stopped
from app.drift.bounds import Bounds
from app.drift.changes import Change, changes
from app.drift.content import content
from app.drift.findings import Finding, by_gravity
from app.drift.judging import Judge
from app.drift.sample import Sample, samples

MOST_SAID: Final = 200  # characters of a driver's text

_LATER: Final = (TimedOut, TooCostly, Busy, Locked)
_OF_ITS_OWN: Final = (Missing, Denied, BadData, Unknown)
"""Failures that one table may have while the others have none; after any other, the source as a whole is left alone."""

_UNKNOWN: Final = {
    "not-compared": "what it consists of could not be read",
    "not-sampled": "its rows could not be read",
}

Name = tuple[str, bool]
"""A table, or the file of a named query, and whether it is the latter."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at a source has found, the worst first. `failure` is what ended it, where something did.

    `stopped`: it was to end before it was through. `tables` counts named queries, too; `rows` are those that were sampled; `took` is
    in seconds.
    """

    source: str
    findings: tuple[Finding, ...] = ()
    tables: int = 0
    rows: int = 0
    took: float = 0.0
    failure: SourceError | None = None
    stopped: bool = False


def look(compiled: Compiled, source: Source, bounds: Bounds, stop: Callable[[], bool] = lambda: False) -> Look:
    """Look at a source, which has learned the contract's catalog; `stop` is asked before each statement. Never raises SourceError."""
    began, stopped, failure = monotonic(), False, None
    looking = _Looking(compiled, Asking(source, bounds, stop), bounds)
    try:
        looking.go()
    except SourceError as error:
        failure = error
    except Stopped:
        stopped = True
    findings, tables = by_gravity(looking.findings), len(looking.live.tables) + len(looking.live.queries)
    return Look(source.name, findings, tables, looking.rows, monotonic() - began, failure, stopped)


class _Looking:
    """A look that goes on.

    `refused` are the tables and queries that could not be read. `slow` counts those that took too long, or had no turn in time;
    `later` is the last failure of that sort.
    """

    def __init__(self, compiled: Compiled, source: Asking, bounds: Bounds) -> None:
        self.compiled, self.source, self.bounds = compiled, source, bounds
        self.used = self.old = compiled.used(source.name)
        if bounds.everything:
            self.old = replace(self.old, tables=compiled.catalogs[source.name].tables)
        self.tables: dict[str, Table] = {}
        self.queries: dict[str, Table] = {}
        self.live = Catalog(self.tables, self.queries)
        self.judge = Judge(compiled, source.name, self.live)
        self.refused: set[Name] = set()
        self.findings: list[Finding] = []
        self.later: SourceError | None = None
        self.batch = bounds.batch
        self.rows = self.slow = 0

    def go(self) -> None:
        """Raises SourceError where the source as a whole does not answer, or Stopped; what was found until then is kept."""
        if not self.old.tables and not self.old.queries:
            self.source.ping()
        self._read_tables()
        self._read_queries()
        if self.later is not None and not self.tables and not self.queries:
            self.findings = [each for each in self.findings if each.code != "not-compared"]
            raise self.later
        for change in changes(self.old, self.live):
            if (change.table, change.query) not in self.refused:  # that is not gone, and told already
                self.findings.append(self.judge.finding(change))
        if self.bounds.everything:
            self._try(("", False), "not-compared", self._added)
        for table in filter(self.tables.__contains__, self.used.tables):
            self._try((table, False), "not-sampled", partial(self._sample, table, self.tables[table], query=False))
        for file in self.queries:
            self._try((file, True), "not-sampled", partial(self._sample, file, self.queries[file], query=True))

    def _try(self, name: Name, code: str, read: Callable[[], None]) -> None:
        """Read something of one table or query, or tell under this code why not; the look goes on."""
        if self.slow >= self.bounds.patience:
            self._refuse(
                name, Change(code, name[0], "it was left alone, after reads that took too long", query=name[1])
            )
            return
        try:
            read()
        except _LATER as failure:
            self.slow, self.later = self.slow + 1, failure
            self._refuse(name, _refused(name, failure, code))
        except _OF_ITS_OWN as failure:
            self._refuse(name, _refused(name, failure, code))

    def _refuse(self, name: Name, why: Change) -> None:
        self.refused.add(name)
        self.findings.append(self.judge.finding(why))

    # The catalog as it is now.

    def _read_tables(self) -> None:
        """Several at once; one at a time where one of them fails, so that it is known which, and from then on where it took too long."""
        waiting = list(self.old.tables)
        while waiting:
            names, waiting = waiting[: self.batch], waiting[self.batch :]
            if not self._read_at_once(names):
                for name in names:
                    self._try((name, False), "not-compared", partial(self._read, [name]))
        for name in self.old.tables:
            if name not in self.tables and (name, False) not in self.refused:
                self._try((name, False), "not-compared", partial(self._probe, name))

    def _read_at_once(self, names: Sequence[str]) -> bool:
        """Whether all of them could be read; False, if it is one, and not tried."""
        if len(names) == 1:
            return False
        try:
            self._read(names)
        except _LATER:
            self.batch = 1
            return False
        except _OF_ITS_OWN:
            return False
        return True

    def _read(self, names: Sequence[str]) -> None:
        self.tables.update(self.source.catalog(names).tables)

    def _probe(self, name: str) -> None:
        """Whether a table that the catalog leaves out is gone, or may only not be read: a catalog may show neither."""
        first = self.old.tables[name].columns[0].name
        try:
            self.source.rows(Shape((first,), name, limited=True), (1,))
        except Missing:
            return
        self.tables[name] = self.old.tables[name]  # it is read as before, and that is all that can be told of it

    def _read_queries(self) -> None:
        for file in self.old.queries:
            self._try((file, True), "not-compared", partial(self._read_query, file))

    def _read_query(self, file: str) -> None:
        self.queries.update(self.source.catalog((), {file: self.compiled.contract.queries[file]}).queries)

    def _added(self) -> None:
        """The tables that the snapshot lacks."""
        for each in self.source.tables():
            if each.name not in self.old.tables:
                self.findings.append(self.judge.finding(Change("table-added", each.name, "it is new")))

    # What stands in it.

    def _sample(self, name: str, now: Table, *, query: bool) -> None:
        """What in a sample of its rows is not as promised. What was read before a failure is kept."""
        place = self.judge.place(name, query=query)
        read: list[Sample] = []
        try:
            for sample in samples(self.source, place.resources(self.compiled.plan), now, self.bounds.rows):
                read.append(sample)  # noqa: PERF402  # see above: a list of them all would be none after a failure
        finally:
            self.rows += sum(len(sample.rows) for sample in read)
            self.findings += content(place, read)


def _refused(name: Name, failure: SourceError, otherwise: str) -> Change:
    """What is said of a table or a query that the source does not let be read: under the code `otherwise` where it may be at any other time."""
    if isinstance(failure, Denied):
        code, message = "authority-lost", "the gateway's user may not read it"
    elif isinstance(failure, Missing):
        code, message = "unreadable", "something that it is made of is gone"
    else:
        code, message = otherwise, _UNKNOWN[otherwise]
    return Change(code, name[0], f"{message} ({_first_line(failure)})", query=name[1])


def _first_line(failure: SourceError) -> str:
    """The source's own words, in short; a value may stand in them where it is data that cannot be read."""
    if isinstance(failure, BadData):
        return "it holds data that the source itself cannot read"
    return " ".join(str(failure).split())[:MOST_SAID]
