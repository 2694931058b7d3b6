"""Reading: one item or one page from its sources to finished bytes: statement, rows, items, expansions, body.

In charge of what a cache miss does. It must not know HTTP, nor whether its answer will be kept. Parts that several answers have in
common, the count of a list and the batch of an expansion, are kept for themselves: each for as long as its own resource says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from time import monotonic, perf_counter
from typing import Any

import orjson

from app.formats import json_text
from app.kept.entry import Entry, finished
from app.plan import keys, read
from app.plan.cursor import Cursors, digest
from app.plan.model import Expansion, Resource, Version
from app.plan.query import Query
from app.plan.rows import Item
from app.stages import execute, expand, record, shape

Part = Callable[[Resource, tuple[str, ...], Callable[[execute.Reach], bytes]], Entry]
"""Keeps a part of an answer: of a resource, found by its texts, read if it is not there: by this request, or by nobody's."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One read, with all that it needs. `version` is the caller's view: what is not in it is not read.

    `part` keeps parts; None: nothing is kept. `noted`: the audit wants the keys of what is served. `tags` and `generation` go into
    the entry.
    """

    version: Version
    query: Query
    reach: execute.Reach
    cursors: Cursors
    max_expanded_rows: int
    part: Part | None = None
    noted: bool = False
    tags: tuple[str, ...] = ()
    generation: int = 0
    _ages: list[float] = field(default_factory=list)  # when parts that were kept had been read

    def item(self, segment: str) -> Entry:
        """The item whose key is the raw path segment; an entry of status 404 where there is none. Raises ProblemError."""
        begun = monotonic()
        query, resource = self.query, self.query.resource
        fields, unasked = self._fields()
        statement = read.item(query, keys.read(resource, segment), fields)
        items = _items(self.reach, resource, statement)
        if not items:
            return self._finished(b"", begun, weak=False, rows=0, status=404)
        served = self._served(items, unasked)
        whole = self._expand(items)
        return self._finished(json_text.encode(items[0]), begun, weak=False, whole=whole, keys=served)

    def page(self) -> Entry:
        """The page that the query asks for. Raises ProblemError."""
        begun = monotonic()
        query, resource = self.query, self.query.resource
        bound_to = digest(query.scope, resource.sight, read.order_text(resource, query.sort))
        position = self.cursors.read(bound_to, query.cursor) if query.cursor else None
        fields, unasked = self._fields()
        statement = read.page(query, fields, position)
        rows = self.reach.run(resource.source, statement.shape, statement.values).rows
        further = len(rows) > query.limit
        shown = rows[: query.limit] if further else rows
        items = _shaped(self.reach, statement, shown)
        served = self._served(items, unasked)
        whole = self._expand(items)
        total = self._total() if query.count else None
        cursor = self.cursors.write(bound_to, statement.position(shown[-1])) if further else ""
        body = json_text.page(items, query.limit, cursor or None, total)
        return self._finished(body, begun, weak=True, next_cursor=cursor, whole=whole, rows=len(items), keys=served)

    def _finished(self, body: bytes, begun: float, **rest: Any) -> Entry:
        oldest = min(self._ages, default=None)
        return finished(body, begun, oldest=oldest, tags=self.tags, generation=self.generation, **rest)

    def _fields(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What is read, the key with it where it is written down; and the fields that are read for that alone."""
        query, key = self.query, self.query.resource.key
        fields = expand.needed(query.resource, query.fields, query.expand) if query.expand else query.fields
        if not self.noted or (key[0] in fields and len(key) == 1):
            return fields, ()
        unasked = tuple(name for name in key if name not in fields)
        return (*fields, *unasked), unasked

    def _served(self, items: list[Item], unasked: tuple[str, ...]) -> Sequence[Any]:
        """The keys of the items, for the audit; taken out again where nobody asked for them."""
        if not self.noted:
            return ()
        found = record.keys_served(self.query.resource, items)
        for name in unasked:
            for item in items:
                del item[name]
        return found

    def _total(self) -> int:
        """The number of items that the filters let through; pages of one list share it."""
        query = self.query
        if self.part is None or query.resource.cache is None:
            return _count(self.reach, query)
        kept = self.part(query.resource, ("count", query.scope), lambda reach: b"%d" % _count(reach, query))
        self._ages.append(kept.read)
        return int(kept.body)

    def _expand(self, items: list[Item]) -> bool:
        query = self.query
        if not query.expand:
            return True
        return expand.expand(self.version, query.resource, items, query.fields, query.expand, self._batch)

    def _batch(
        self, target: Resource, expansion: Expansion, wanted: Sequence[expand.Key], fields: tuple[str, ...]
    ) -> list[Item] | None:
        """One batch; None where it has more rows than one expansion may bring."""
        most = self.reach.left(target.source, self.max_expanded_rows)

        def related(reach: execute.Reach) -> list[Item] | None:
            return _related(reach, target, read.batches(target, expansion, wanted, fields, most + 1), most)

        if self.part is None or target.cache is None:
            return related(self.reach)
        words = ("batch", repr(expansion.remote), repr(wanted), repr(fields), str(most))
        kept = self.part(target, words, lambda reach: json_text.encode(related(reach)))
        self._ages.append(kept.read)
        found: list[Item] | None = orjson.loads(kept.body)
        return found


def _count(reach: execute.Reach, query: Query) -> int:
    wanted, values = read.count(query)
    return int(reach.run(query.resource.source, wanted, values).rows[0][0])


def _related(
    reach: execute.Reach, target: Resource, statements: Iterable[read.Statement], most: int
) -> list[Item] | None:
    found: list[Item] = []
    for statement in statements:
        found += _items(reach, target, statement)
        if len(found) > most:
            return None
    return found


def _items(reach: execute.Reach, resource: Resource, statement: read.Statement) -> list[Item]:
    return _shaped(reach, statement, reach.run(resource.source, statement.shape, statement.values).rows)


def _shaped(reach: execute.Reach, statement: read.Statement, rows: Sequence[Sequence[object]]) -> list[Item]:
    started = perf_counter()
    items = shape.items(statement.projection, rows, reach.observatory)
    reach.timings.append(("shape", perf_counter() - started))
    return items
