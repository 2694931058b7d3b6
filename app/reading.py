"""Reading: one item or one page from its sources to finished bytes: statement, rows, items, expansions, body.

In charge of what a cache miss does. It must not know HTTP, nor whether its answer will be kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic, perf_counter

from app.callers.audit import NO_KEYS, Keys, Seals
from app.formats import json_text
from app.plan import keys, read
from app.plan.cursor import Cursors, digest
from app.plan.model import Expansion, Resource, Version
from app.plan.query import Query
from app.plan.rows import Item
from app.problems import ProblemError
from app.stages import cache, execute, expand, record, shape


@dataclass(frozen=True, slots=True)
class Reading:
    """One read, with all that it needs. `version` is the caller's view: what is not in it is not read.

    `seals`: the audit wants the keys of what is served; None: it does not.
    """

    version: Version
    query: Query
    reach: execute.Reach
    cursors: Cursors
    max_expanded_rows: int
    seals: Seals | None = None

    def item(self, segment: str) -> cache.Entry:
        """The item whose key is the raw path segment. Raises ProblemError."""
        begun = monotonic()
        query, resource = self.query, self.query.resource
        statement = read.item(query, keys.read(resource, segment), self._fields())
        items = self._items(resource, statement)
        if not items:
            raise ProblemError("not-found", f"{resource.name} has no item with this key")
        served = self._served(items)
        whole = self._expand(items)
        return cache.finished(json_text.encode(items[0]), begun, weak=False, whole=whole, keys=served)

    def page(self) -> cache.Entry:
        """The page that the query asks for. Raises ProblemError."""
        begun = monotonic()
        query, resource = self.query, self.query.resource
        bound_to = digest(query.scope, resource.sight, read.order_text(resource, query.sort))
        position = self.cursors.read(bound_to, query.cursor) if query.cursor else None
        statement = read.page(query, self._fields(), position)
        rows = self.reach.run(resource.source, statement.shape, statement.values).rows
        further = len(rows) > query.limit
        shown = rows[: query.limit] if further else rows
        items = self._shaped(statement, shown)
        served = self._served(items)
        whole = self._expand(items)
        total = self._count() if query.count else None
        cursor = self.cursors.write(bound_to, statement.position(shown[-1])) if further else ""
        body = json_text.page(items, query.limit, cursor or None, total)
        return cache.finished(body, begun, weak=True, next_cursor=cursor, whole=whole, rows=len(items), keys=served)

    def _fields(self) -> tuple[str, ...]:
        """What is read: what is asked for, what expansions join on, and the key where it is written down."""
        fields = self._wanted()
        unasked = () if self.seals is None else self._unasked(fields)
        return (*fields, *unasked) if unasked else fields

    def _wanted(self) -> tuple[str, ...]:
        query = self.query
        return expand.needed(query.resource, query.fields, query.expand) if query.expand else query.fields

    def _unasked(self, fields: tuple[str, ...]) -> list[str]:
        """The fields of the key that are not among these."""
        return [name for name in self.query.resource.key if name not in fields]

    def _served(self, items: list[Item]) -> Keys:
        """The keys of the items, for the audit; taken out again where nobody asked for them."""
        if self.seals is None:
            return NO_KEYS
        found = record.keys_served(self.query.resource, items, self.seals)
        for name in self._unasked(self._wanted()):
            for item in items:
                del item[name]
        return found

    def _count(self) -> int:
        wanted, values = read.count(self.query)
        rows = self.reach.run(self.query.resource.source, wanted, values).rows
        return int(rows[0][0])

    def _items(self, resource: Resource, statement: read.Statement) -> list[Item]:
        return self._shaped(statement, self.reach.run(resource.source, statement.shape, statement.values).rows)

    def _shaped(self, statement: read.Statement, rows: Sequence[Sequence[object]]) -> list[Item]:
        started = perf_counter()
        items = shape.items(statement.projection, rows, self.reach.observatory)
        self.reach.timings.append(("shape", perf_counter() - started))
        return items

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
        found: list[Item] = []
        for statement in read.batches(target, expansion, wanted, fields, most + 1):
            found += self._items(target, statement)
            if len(found) > most:
                return None
        return found
