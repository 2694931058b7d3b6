"""The landscape: sources, tables, resources, versions and callers, as one picture.

In charge of who leads to whom, and of the picture as text and as Mermaid. It must not know where counts come from.

A resource stands under what it is read from: a table, or the file of a named query. Resources of different versions that have one
name and one table are one; a version under it lists those who read the resource in that version, and how often.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from app.contract.model import Contract
from app.plan.model import Plan, Resource
from app.state import UsageRecord
from app.usage.summary import Sum, served

SHOWN: Final = 5  # callers of a version that a picture names; the others are counted


@dataclass(frozen=True, slots=True)
class Caller:
    """Who reads; `name` is whose key it is, empty for who has none. `last` is the last day (ISO, UTC)."""

    id: str
    name: str
    calls: int
    last: str


@dataclass(frozen=True, slots=True)
class Version:
    """A version that serves the resource above it. `calls` is None where nothing was counted."""

    name: str
    status: str
    calls: int | None
    callers: tuple[Caller, ...]


@dataclass(frozen=True, slots=True)
class Served:
    """A resource."""

    name: str
    owner: str
    versions: tuple[Version, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """What resources are read from. `kind`: `table`, or `query` for a named one."""

    name: str
    kind: str
    resources: tuple[Served, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """A source; `kind` is that of its database."""

    name: str
    kind: str
    tables: tuple[Table, ...]


@dataclass(frozen=True, slots=True)
class Landscape:
    """The whole. `days` is how many were counted; None: no counts are known."""

    title: str
    days: int | None
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Reads:
    """What was counted in so many days, and whose key each caller has."""

    days: int
    records: Sequence[UsageRecord] = ()
    names: Mapping[str, str] | None = None

    def by_resource(self) -> Mapping[tuple[str, str], Mapping[str, Sum]]:
        """The calls of each caller, by version and resource."""
        found: dict[tuple[str, str], dict[str, Sum]] = {}
        for record in self.records:
            for name in dict.fromkeys(name for name, _ in served(record.form)):
                own = found.setdefault((record.form.version, name), {})
                own.setdefault(record.caller, Sum((record.caller,))).add(record)
        return found


def landscape(contract: Contract, plan: Plan, reads: Reads | None = None) -> Landscape:
    """The picture of a contract; `reads` None: nothing is known of callers."""
    files = {text: file for file, text in contract.queries.items()}
    calls = {} if reads is None else reads.by_resource()
    resources = [resource for version in plan.versions.values() for resource in version.resources.values()]

    def place(resource: Resource) -> tuple[str, str, str]:
        query = files.get(resource.query or "", "")
        return resource.source, "query" if query else "table", query or resource.table or ""

    def table(kind: str, name: str, read: Iterable[Resource]) -> Table:
        named = groupby(sorted(read, key=lambda each: each.name), key=lambda each: each.name)
        return Table(name, kind, tuple(_served(list(each), plan, calls, reads) for _, each in named))

    sources = []
    for name, spec in contract.sources.items():
        own = sorted((each for each in resources if each.source == name), key=place)
        tables = tuple(table(kind, called, read) for (_, kind, called), read in groupby(own, key=place))
        sources.append(
            Source(name, spec.kind, tuple(sorted(tables, key=lambda each: (each.kind != "table", each.name))))
        )
    return Landscape(contract.title, None if reads is None else reads.days, tuple(sources))


def _served(
    read: Sequence[Resource],
    plan: Plan,
    calls: Mapping[tuple[str, str], Mapping[str, Sum]],
    reads: Reads | None,
) -> Served:
    """A resource of one name, in each version that has it; its owner is that of the newest."""
    order = list(plan.versions)
    by_age = sorted(read, key=lambda each: order.index(each.version))
    versions = []
    for each in by_age:
        own = calls.get((each.version, each.name), {}).values()
        names = {} if reads is None else reads.names or {}
        callers = [Caller(use.of[0], names.get(use.of[0], ""), use.calls, use.last) for use in own]
        total = None if reads is None else sum(caller.calls for caller in callers)
        ranked = tuple(sorted(callers, key=lambda caller: (-caller.calls, caller.id)))
        versions.append(Version(each.version, plan.versions[each.version].status, total, ranked))
    return Served(by_age[0].name, by_age[-1].owner, tuple(versions))


# As text: a tree.

_Node = tuple[str, Sequence["_Node"]]  # a line, and what stands below it


def text(found: Landscape) -> str:
    """The picture as a tree of lines."""
    return "\n".join([found.title, *_lines([_source(each, found.days) for each in found.sources])]) + "\n"


def _source(source: Source, days: int | None) -> _Node:
    return f"{source.name} ({source.kind})", [_table(each, days) for each in source.tables]


def _table(table: Table, days: int | None) -> _Node:
    said = table.name if table.kind == "table" else f"{table.name} ({table.kind})"
    return said, [_resource(each, days) for each in table.resources]


def _resource(resource: Served, days: int | None) -> _Node:
    owner = f"  {resource.owner}" if resource.owner else "  (no owner)"
    return resource.name + owner, [_version(each, days) for each in resource.versions]


def _version(version: Version, days: int | None) -> _Node:
    calls = "" if days is None else f", {_calls(version.calls or 0)} in {days} days"
    callers: list[_Node] = [
        (f"{each.id}{f' {each.name}' if each.name else ''}: {_calls(each.calls)}, last {each.last}", ())
        for each in version.callers[:SHOWN]
    ]
    rest = version.callers[SHOWN:]
    more: list[_Node] = [(f"and {len(rest)} more: {_calls(sum(each.calls for each in rest))}", ())] if rest else []
    return f"{version.name} {version.status}{calls}", [*callers, *more]


def _calls(number: int) -> str:
    return "1 call" if number == 1 else f"{number:,} calls"


def _lines(nodes: Sequence[_Node], before: str = "") -> Iterator[str]:
    for number, (line, below) in enumerate(nodes, 1):
        last = number == len(nodes)
        yield f"{before}{'└─' if last else '├─'} {line}"
        yield from _lines(below, before + ("   " if last else "│  "))


# As Mermaid: a flow chart.


def mermaid(found: Landscape) -> str:
    """The picture as a flow chart of Mermaid, from left to right. A version is one node, whatever it serves."""
    chart = _Chart()
    for source in found.sources:
        here = chart.node("source", source.name, f"{source.name} ({source.kind})", "[(", ")]")
        for table in source.tables:
            there = chart.node("table", f"{source.name}.{table.name}", table.name)
            chart.edge(here, there)
            for resource in table.resources:
                chart.resource(there, f"{source.name}.{table.name}.{resource.name}", resource)
    return "\n".join(["flowchart LR", *(f"  {line}" for line in (*chart.nodes.values(), *chart.lines()))]) + "\n"


class _Chart:
    """Nodes by what they stand for, with identifiers of their own; and edges, with the calls that go along them."""

    def __init__(self) -> None:
        self.nodes: dict[tuple[str, str], str] = {}
        self._ids: dict[tuple[str, str], str] = {}
        self._edges: dict[tuple[str, str], int] = {}

    def node(self, kind: str, key: str, said: str, opens: str = "[", closes: str = "]") -> str:
        """The identifier of a node, which is made if there is none."""
        place = kind, key
        if place not in self._ids:
            self._ids[place] = f"{kind}{sum(each == kind for each, _ in self._ids)}"
            self.nodes[place] = f'{self._ids[place]}{opens}"{_label(said)}"{closes}'
        return self._ids[place]

    def edge(self, first: str, second: str, calls: int = 0) -> None:
        """Let one lead to another, perhaps once more."""
        self._edges[first, second] = self._edges.get((first, second), 0) + calls

    def resource(self, table: str, key: str, resource: Served) -> None:
        """A resource below its table, with its versions and their callers."""
        here = self.node("resource", key, resource.name, "(", ")")
        self.edge(table, here)
        for version in resource.versions:
            served = self.node("version", version.name, f"{version.name} {version.status}", "{{", "}}")
            self.edge(here, served)
            for caller in version.callers[:SHOWN]:
                self.edge(served, self.node("caller", caller.id, caller.name or caller.id, "([", "])"), caller.calls)
            rest = version.callers[SHOWN:]
            if rest:
                self.edge(served, self.node("caller", "", "others", "([", "])"), sum(each.calls for each in rest))

    def lines(self) -> Iterator[str]:
        """The edges."""
        for (first, second), calls in self._edges.items():
            yield f"{first} -->|{_calls(calls)}| {second}" if calls else f"{first} --> {second}"


def _label(said: str) -> str:
    """A text as Mermaid has it between quotes: whatever could end it, or begin a tag or an entity, is an entity; none is empty."""
    plain = "".join(character if character.isprintable() else " " for character in said)
    return "".join(f"#{ord(each)};" if each in '"#&<>`\\' else each for each in plain) or " "
