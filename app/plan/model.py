"""The plan: an immutable description of everything that is served, with every name resolved.

In charge of the values that the compiler makes and that a request is answered from. It must not know HTTP, YAML or SQL.
A version's resources are complete in themselves: a lens was applied when they were compiled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Literal

from adapters.port import Column, Predicate, Traits
from app.contract.model import CacheSpec, Classification, OnIssue, PageSpec, Status
from app.conversions.base import ApiType, Conversion

Operator = Literal["eq", "ne", "gt", "gte", "lt", "lte", "prefix", "contains", "null"]

OPERATORS: Mapping[Operator, str] = {
    "eq": "equals one of the values given",
    "ne": "has a value, and none of those given",
    "gt": "is greater (later) than",
    "gte": "is greater (later) than or equal to",
    "lt": "is less (earlier) than",
    "lte": "is less (earlier) than or equal to",
    "prefix": "starts with",
    "contains": "contains",
    "null": "`true`: has no value; `false`: has one",
}

MANY: frozenset[Operator] = frozenset({"eq", "ne"})  # may be repeated


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a resource: what clients see, the columns behind it, and the conversion between the two."""

    name: str
    type: ApiType
    columns: tuple[Column, ...]
    conversion: Conversion
    nullable: bool
    on_issue: OnIssue = "null"
    description: str = ""
    example: Any = None
    scope: str = ""  # absent without it
    classification: Classification = "internal"

    @property
    def classified(self) -> bool:
        """Whether its values may be written down nowhere: neither in the audit nor in a log."""
        return self.classification in {"confidential", "personal"}

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of a value that is not null, the contract's example in it."""
        schema = dict(self.conversion.schema)
        return schema if self.example is None else {**schema, "example": self.example}


@dataclass(frozen=True, slots=True)
class Filter:
    """One query parameter that filters: `status`, `ordered_on[gte]`."""

    parameter: str
    field: Field
    operator: Operator

    @property
    def many(self) -> bool:
        """Whether the parameter may be repeated."""
        return self.operator in MANY


@dataclass(frozen=True, slots=True)
class Expansion:
    """Related rows, read in one batch a page: rows of `resource` whose `remote` fields equal the `local` ones."""

    name: str
    resource: str
    local: tuple[str, ...]
    remote: tuple[str, ...]
    many: bool


@dataclass(frozen=True, slots=True)
class Access:
    """Who may read a resource: the scope it takes, fields and the claims that they must equal, the scope that spares those.

    `audited`: a request is refused where it cannot be written down.
    """

    read: str = ""
    rows: tuple[tuple[Field, str], ...] = ()
    exempt: str = ""
    audited: bool = False


@dataclass(frozen=True, eq=False)
class Resource:
    """One resource of one version, equal to itself alone. `active` and `active_values` are the predicate that no request can override.

    A caller's view of it (app.plan.access) is another: `whole` is then the one that it was made of, and `sight` the hash of what
    it shows.
    """

    name: str
    version: str
    source: str
    key: tuple[str, ...]
    fields: Mapping[str, Field]
    traits: Traits
    table: str | None = None
    query: str | None = None  # SQL text
    filters: Mapping[str, Filter] = field(default_factory=dict)
    sorts: tuple[str, ...] = ()
    page: PageSpec = field(default_factory=PageSpec)
    expansions: Mapping[str, Expansion] = field(default_factory=dict)
    active: tuple[Predicate, ...] = ()
    active_values: tuple[Any, ...] = field(
        default=(), repr=False
    )  # of a caller's view, values of its claims among them
    cache: CacheSpec | None = None
    summary: str = ""
    description: str = ""
    owner: str = ""
    access: Access = field(default_factory=Access)
    sight: str = ""
    whole: Resource | None = None

    @property
    def path(self) -> str:
        """Where the list is: `/v1/orders`."""
        return f"/{self.version}/{self.name}"

    @property
    def fresh(self) -> float | None:
        """The seconds for which an answer may be kept by others, too; None where nothing is kept."""
        return None if self.cache is None else self.cache.fresh

    @cached_property
    def key_classified(self) -> bool:
        """Whether a part of the key may be written down nowhere, whoever sees it."""
        fields = (self.whole or self).fields
        return any(fields[name].classified for name in self.key)


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a version's changelog."""

    resource: str
    what: str
    because: str


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the API, complete in itself.

    `closed`: callers need a credential; `limited`: what they may ask is bounded. `named` are the scopes and the claims that
    rules of access name.
    """

    name: str
    status: Status
    resources: Mapping[str, Resource]
    released_on: date | None = None
    deprecated_on: date | None = None
    sunset_on: date | None = None
    successor: str | None = None
    changes: tuple[Change, ...] = ()
    closed: bool = False
    limited: bool = False
    named: tuple[frozenset[str], tuple[str, ...]] = (frozenset(), ())

    def ended(self, today: date) -> bool:
        """Whether it has been shut down: it is retired, or deprecated and past its sunset."""
        past = self.sunset_on is not None and today > self.sunset_on
        return self.status == "retired" or (self.status == "deprecated" and past)


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is served. `digest` changes whenever anything in it does (hexadecimal, 16 digits)."""

    title: str
    description: str
    versions: Mapping[str, Version]
    digest: str
