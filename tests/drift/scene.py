"""The world over SQLite, compiled against its snapshot, and a source around its source that fails where a test says so."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from time import monotonic
from typing import Any

import pytest

from adapters.port import Catalog, Lane, Rows, Shape, Source
from app.assembly import Compiled, compile_folder, open_source
from app.contract import catalog_file
from app.drift import Bounds, Look, look
from tests.drift.plants import Plant, sqlite

__all__ = ["Awkward", "Scene", "scene", "sqlite"]

PLANT = "plant"
PATIENCE = 60.0  # seconds of a read: on a busy machine each may take long


@dataclass
class Awkward:
    """Hands on what it is asked, and notes it. `reads` and `catalogs` are failures by table or query; empty: of any."""

    source: Source
    reads: dict[str, Exception] = field(default_factory=dict)
    catalogs: dict[str, Exception] = field(default_factory=dict)
    together: Exception | None = None  # where the catalog of several is asked for at once
    hidden: frozenset[str] = frozenset()  # tables that the catalog leaves out
    asked: list[tuple[Shape, Lane]] = field(default_factory=list)
    granted: list[float] = field(default_factory=list)  # seconds of each read
    read: int = 0  # rows
    listed: list[tuple[str, ...]] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None  # happens while a read goes on

    @property
    def statements(self) -> int:
        """How often it was asked, for the catalog or for rows."""
        return len(self.listed) + len(self.asked)

    def run(
        self, shape: Shape, values: Sequence[Any], deadline: float | None = None, lane: Lane = "interactive"
    ) -> Rows:
        """The rows, or a failure."""
        self.asked.append((shape, lane))
        self.granted.append(inf if deadline is None else deadline - monotonic())
        self.meanwhile()
        _fail(self.reads, str(shape.table or shape.query))
        found = self.source.run(shape, values, deadline, lane)
        self.read += len(found.rows)
        return found

    def catalog(self, tables: Sequence[str] | None = None, queries: Mapping[str, str] | None = None) -> Catalog:
        """The catalog, or a failure."""
        self.listed.append(tuple(tables or ()))
        if self.together is not None and len(tables or ()) > 1:
            raise self.together
        for name in (*(tables or ()), *(queries or ())):
            _fail(self.catalogs, name)
        found = self.source.catalog(tables, queries)
        return replace(found, tables={name: table for name, table in found.tables.items() if name not in self.hidden})

    def __getattr__(self, name: str) -> Any:
        """Everything else is the source's own."""
        return getattr(self.source, name)


def _fail(failures: Mapping[str, Exception], name: str) -> None:
    failure = failures.get(name) or failures.get("")
    if failure is not None:
        raise failure


@dataclass
class Scene:
    """The world, its contract, and its source."""

    plant: Plant
    compiled: Compiled
    source: Awkward

    def look(self, bounds: Bounds = Bounds()) -> Look:  # noqa: B008  # it is frozen
        """A look at the source, which has the time to answer."""
        source: Any = self.source
        return look(self.compiled, source, replace(bounds, seconds=PATIENCE))

    def found(self, bounds: Bounds = Bounds()) -> list[tuple[str, str, str]]:  # noqa: B008  # as above
        """Code, grade and place of what a look finds."""
        return [(each.code, each.grade, each.place.removeprefix("plant.")) for each in self.look(bounds).findings]


def compiled(plant: Plant) -> Compiled:
    """The contract over a snapshot that is taken now, all of the tables in it."""
    (plant.folder / "catalog" / f"{PLANT}.yaml").unlink(missing_ok=True)
    compiled = compile_folder(plant.folder, os.environ)
    source = open_source(compiled.contract.sources[PLANT], workers=1)
    try:
        snapshot = source.catalog(None, compiled.contract.queries)
    finally:
        source.close()
    (plant.folder / "catalog").mkdir(exist_ok=True)
    (plant.folder / "catalog" / f"{PLANT}.yaml").write_text(catalog_file.write(snapshot), encoding="utf-8")
    return compile_folder(plant.folder, os.environ)


@pytest.fixture
def scene(sqlite: Plant) -> Iterator[Scene]:
    """The world as it was when the snapshot was taken."""
    made = compiled(sqlite)
    source = open_source(made.contract.sources[PLANT], workers=1)
    source.learn(made.catalogs[PLANT], made.contract.queries)
    yield Scene(sqlite, made, Awkward(source))
    source.close()
