"""A source and its kind: what the gateway asks, and what a kind says of itself.

In charge of the protocol. It must not know any kind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from adapters.port.catalog import Catalog, Listed
from adapters.port.examination import Examination
from adapters.port.shape import Rows, Shape
from adapters.port.terms import Health, Lane, Terms


@dataclass(frozen=True, slots=True)
class Traits:
    """What a kind can do, where kinds differ and a caller has to know. One definition; docs and tests read it."""

    pads_char: bool  # `=` and IN ignore trailing blanks of a char column
    nulls_first: bool  # NULL sorts before every value in ascending order
    row_values: bool  # (a, b) > (?, ?) is understood and uses an index
    max_parameters: int  # bound values that one statement may carry
    lock_free: bool = True  # a read neither waits for a writer nor makes one wait
    cancels: bool = True  # a statement whose time is over is ended at the source; else it is only given up here
    explains: bool = True  # tells how it would run a statement
    indexes: bool = True  # its catalog lists keys and indexes
    paged: bool = True  # the source itself stops at a page's limit; else rows beyond it may leave the source


@dataclass(frozen=True, slots=True)
class Option:
    """One word that a source of a kind takes in gateway.yaml."""

    name: str
    help: str
    required: bool = False
    secret: bool = False  # must come from the environment or a file
    path: bool = False  # a file, relative to the contract folder
    many: bool = False  # a list in the contract; the kind is given its words with a comma between them
    choices: tuple[str, ...] = ()  # all the words that it takes; empty: any
    example: str = ""


class Source(Protocol):
    """One database that the gateway reads. Methods may be called from many threads at once.

    Nothing connects before the first call of a method that needs a connection: a source can be opened before a fork.
    """

    name: str
    kind: str
    traits: Traits

    def learn(self, catalog: Catalog, queries: Mapping[str, str] | None = None) -> None:
        """Take in the types to bind with; `queries` has the text of each named query that the catalog describes.

        Called once, before `run`; nothing connects. A shape over what was not learned raises Missing.
        """
        ...

    def run(
        self, shape: Shape, values: Sequence[Any], deadline: float | None = None, lane: Lane = "interactive"
    ) -> Rows:
        """Run one read. `deadline` is a time of `time.monotonic()`, queueing included. Raises SourceError."""
        ...

    def health(self) -> Health:
        """How the source is, as far as is known: asks nothing, and waits for nothing."""
        ...

    def render(self, shape: Shape, values: Sequence[Any]) -> str:
        """The statement as a person would type it, values as literals: for reports and logs, never to be run."""
        ...

    def explain(self, shape: Shape, values: Sequence[Any]) -> str:
        """How the source would run it, one step a line, in the source's own words. Raises SourceError."""
        ...

    def tables(self) -> Sequence[Listed]:
        """Everything that can be read, without columns, under the names that `catalog` gives it. Raises SourceError.

        Many tables are then read with several calls of `catalog`, each of which has a deadline of its own.
        """
        ...

    def catalog(self, tables: Sequence[str] | None = None, queries: Mapping[str, str] | None = None) -> Catalog:
        """Read the catalog: the named tables (None: all), and what each named query returns. Raises SourceError.

        A named table that does not exist is left out of the answer. No table is read for it: the number of rows is what the
        source's statistics say. A foreign key names its table as `tables` does, or as it is named in `tables` here.
        """
        ...

    def ping(self, deadline: float | None = None) -> None:
        """Answer nothing if the source is reachable. Raises SourceError."""
        ...

    def close(self) -> None:
        """Give every connection back; the source may be used again afterwards (after a fork, say)."""
        ...


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of source: what gateway.yaml may say of it, and how to open one.

    `open` takes the source's name, its options (checked against `options`; paths absolute), and the terms of its use.
    `examine` is for `bascule doctor`; a kind that says nothing of it is examined by logging in.
    """

    name: str
    summary: str
    options: tuple[Option, ...]
    traits: Traits
    open: Callable[[str, Mapping[str, str], Terms], Source]
    examine: Examination = field(default_factory=Examination)
