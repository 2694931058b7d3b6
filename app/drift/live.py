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
    Spent,
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
from app.drift.sample import Sample, groups, sample
from app.drift.uses import Place
from app.plan.model import Resource

MOST_SAID: Final = 200  # characters of a driver's text

_LATER: Final = (TimedOut, TooCostly, Busy, Locked, Spent)
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

    `stopped`: it was to end before it was through. `tables` counts named queries, too; `rows` are those that were sampled, and
    `read` those that this has cost the source's day; `took` is in seconds.
    """

    source: str
    findings: tuple[Finding, ...] = ()
    tables: int = 0
    rows: int = 0
    read: int = 0
    took: float = 0.0
    failure: SourceError | None = None
    stopped: bool = False


def look(compiled: Compiled, source: Source, bounds: Bounds, stop: Callable[[], bool] = lambda: False) -> Look:
    """Look at a source, which has learned the contract's catalog; `stop` is asked before each statement. Never raises SourceError."""
    began, stopped, failure = monotonic(), False, None
    asking = Asking(source, bounds, stop)
    looking = _Looking(compiled, asking, bounds)
    try:
        looking.go()
    except SourceError as error:
        failure = error
    except Stopped:
        stopped = True
    findings, tables = by_gravity(looking.findings), len(looking.live.tables) + len(looking.live.queries)
    return Look(source.name, findings, tables, looking.rows, asking.read, monotonic() - began, failure, stopped)


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
        self._sample_all()

    def _try(self, name: Name, code: str, read: Callable[[], None]) -> None:
        """Read something of one table or query, or tell under this code why not; the look goes on."""
        if self.slow >= self.bounds.patience:
            why = "" if self.later is None else f" ({_first_line(self.later)})"
            self._refuse(name, Change(code, name[0], f"it was left alone, after others{why}", query=name[1]))
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
        """Several at once; one at a time where that fails, so that it is known which does, and from then on where it took too long."""
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

    def _sample_all(self) -> None:
        """A sample of each table and each query that some resource uses."""
        there = {(name, False): table for name, table in self.tables.items() if name in self.used.tables}
        there |= {(file, True): table for file, table in self.queries.items()}
        groups_of = {name: groups(self._place(name).resources(self.compiled.plan), there[name]) for name in there}
        waiting = sum(map(len, groups_of.values()))
        for name, found in groups_of.items():
            self._try(name, "not-sampled", partial(self._sample, name, there[name], found, waiting))
            waiting -= len(found)

    def _sample(self, name: Name, table: Table, found: Sequence[Sequence[Resource]], waiting: int) -> None:
        """What in samples of its rows is not as promised; `waiting` samples are still to be taken, these among them.

        What was read before a failure is kept.
        """
        read: list[Sample] = []
        try:
            for number, group in enumerate(found):
                read.append(sample(self.source, group, table, self._share(waiting - number)))
        finally:
            self.rows += sum(len(each.rows) for each in read)
            self.findings += content(self._place(name), read)

    def _share(self, waiting: int) -> int:
        """The rows of the next sample, where so many wait: an even share of what is left, rounded up; one row where nothing is."""
        left = self.source.left
        return self.bounds.rows if left is None else max(1, min(self.bounds.rows, -(-left // waiting)))

    def _place(self, name: Name) -> Place:
        return self.judge.place(name[0], query=name[1])


def _refused(name: Name, failure: SourceError, otherwise: str) -> Change:
    """What is said of a table or a query that cannot be read; under the code `otherwise` where it may be at another time."""
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
