"""What the YAML of a contract folder says, as frozen values, each with the node that it was read from.

In charge of the contract's own words, resolved no further: a field still names a column, a `stored_as` is still plain YAML.
It must not know the catalog, a conversion's meaning, or HTTP. `node` is where faults of later steps point; it is
left out of comparisons.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from adapters.port import Catalog, Window
from app.conversions.base import ApiType
from app.shapes import Node, Place

NOWHERE = Node(None, Place("contract"))

Status = Literal["draft", "current", "deprecated", "retired"]
OnIssue = Literal["null", "omit-row", "fail"]


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """A source of gateway.yaml. `options` are the words of its kind, secrets resolved, paths absolute."""

    name: str
    kind: str
    options: Mapping[str, str] = field(repr=False)  # may hold passwords
    timezone: str
    connections: int = 8  # for the whole process group
    deadline: float = 5.0  # seconds a request may spend at this source, queueing included
    quiet: tuple[Window, ...] = ()  # when it is left alone, in local times of `timezone`
    rows_per_request: int | None = None  # None: as many as pages and expansions have
    rows_per_day: int | None = None
    node: Node = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class IssuerSpec:
    """An OpenID Connect issuer whose access tokens are accepted (RFC 9068).

    `issuer` and `audience` are compared as they stand; `keys` is the address of its JSON Web Key Set, empty: as its discovery
    document says. `scopes` is the claim that holds scopes (a text with blanks, or a list); `claims` maps claims of the
    contract to claims of the token. `rate` is the class of limits of its callers.
    """

    name: str
    issuer: str
    audience: tuple[str, ...]
    keys: str = ""
    algorithms: tuple[str, ...] = ("RS256", "PS256", "ES256", "EdDSA")
    scopes: str = "scope"
    claims: Mapping[str, str] = field(default_factory=dict)
    rate: str = "default"
    node: Node = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SecuritySpec:
    """Who may call. `tokens` is the lifetime in seconds of the gateway's own access tokens; None: it gives out none.

    `documents`: whether the OpenAPI documents and pages are for everybody or for callers.
    """

    issuers: Mapping[str, IssuerSpec] = field(default_factory=dict)
    tokens: float | None = None
    documents: Literal["public", "callers"] = "public"


@dataclass(frozen=True, slots=True)
class Rate:
    """So much in so many seconds."""

    amount: int
    seconds: float


@dataclass(frozen=True, slots=True)
class LimitSpec:
    """What each caller of a class may ask. None: no limit. `burst` requests may come at once.

    `rows` and `milliseconds` are the cost at each source: rows read there, and time that its statements took.
    """

    name: str
    requests: Rate | None = None
    burst: int = 1
    rows: Rate | None = None
    milliseconds: Rate | None = None


@dataclass(frozen=True, slots=True)
class AccessSpec:
    """Who may read a resource. `rows` maps fields to the claims that they must equal; holders of `rows_exempt` see all rows.

    `audited`: a request is refused where it cannot be written down.
    """

    read: str = ""
    rows: Mapping[str, str] = field(default_factory=dict)
    rows_exempt: str = ""
    audited: bool = False
    node: Node = field(default=NOWHERE, compare=False, repr=False)


Classification = Literal["public", "internal", "confidential", "personal"]


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field of a resource. `stored_as` is the plain YAML value, None for the type's native form.

    Columns that the contract names in `stored_as` stand in `columns`, as if they had been named there.
    """

    name: str
    type: ApiType
    columns: tuple[str, ...]
    stored_as: Any = None
    description: str = ""
    example: Any = None
    open: bool = False
    on_issue: OnIssue = "null"
    scope: str = ""  # absent without it
    classification: Classification = "internal"
    node: Node = field(default=NOWHERE, compare=False, repr=False)

    def column_place(self, index: int) -> Place:
        """Where the contract names one of `columns`, or the nearest word to it where another version does."""
        words = self.node.value if isinstance(self.node.value, dict) else {}
        if "column" in words or "columns" in words:
            return self.node.at("column") if "column" in words else self.node.at("columns", index)
        return self.node.at("stored_as", self.stored_as, index) if isinstance(self.stored_as, str) else self.node.at()


@dataclass(frozen=True, slots=True)
class ExpandSpec:
    """An expansion: rows of `resource` whose fields `on.values()` equal this row's fields `on.keys()`."""

    name: str
    resource: str
    on: Mapping[str, str]
    many: bool = False
    node: Node = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class PageSpec:
    """How many items a page has when a request does not say, and at most."""

    default: int = 50
    max: int = 500


@dataclass(frozen=True, slots=True)
class CacheSpec:
    """How long answers are kept, in seconds: `fresh`; so much longer while a new one is read, or while the source fails.

    `negative` is how long it is kept that there is no such item; `persist`: answers outlive a restart.
    """

    fresh: float
    stale_while_revalidate: float = 0.0
    stale_if_error: float = 0.0
    negative: float = 0.0
    persist: bool = False

    @property
    def longest(self) -> float:
        """How long an answer can be of any use."""
        return self.fresh + max(self.stale_while_revalidate, self.stale_if_error)


@dataclass(frozen=True, slots=True)
class StoresSpec:
    """Where answers are kept: bytes of a host's memory and of its disk, and the URL of a store that hosts share."""

    memory: int = 64 * 1024 * 1024
    disk: int = 256 * 1024 * 1024
    shared: str = field(default="", repr=False)  # may hold a password


@dataclass(frozen=True, slots=True)
class ResourceSpec:
    """One resource. Exactly one of `table` and `query` (file name and SQL text) is given."""

    name: str
    source: str
    key: tuple[str, ...]
    fields: Mapping[str, FieldSpec]
    table: str | None = None
    query: str | None = None  # a file of queries/, whose text stands in Contract.queries
    summary: str = ""
    description: str = ""
    owner: str = ""
    filter: tuple[str, ...] = ()
    sort: tuple[str, ...] = ()
    page: PageSpec = PageSpec()
    expand: Mapping[str, ExpandSpec] = field(default_factory=dict)
    cache: CacheSpec | None = None  # None: nothing is kept
    access: AccessSpec = AccessSpec()
    active_when: Mapping[str, tuple[Any, ...]] = field(
        default_factory=dict
    )  # column -> the stored values that are active
    unindexed: tuple[
        str, ...
    ] = ()  # fields, filters and expansions that may do without an index; `all`: whatever there is
    node: Node = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ChangeSpec:
    """One step of a lens. Exactly one of the actions is given; `because` goes into the changelog.

    In a resource file: `rename` maps old field names to new ones, `retype` and `add` hold fields (a retyped field keeps
    what it does not say: `columns` empty, `stored_as` None), `split` maps a field to its parts (name to type), `remove`
    names a field. In version.yaml: `rename` and `remove` speak of resources.
    """

    action: Literal["rename", "retype", "add", "split", "remove"]
    because: str
    rename: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, FieldSpec] = field(default_factory=dict)
    split: Mapping[str, Mapping[str, ApiType]] = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    node: Node = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class LensSpec:
    """What a version changes in one resource of the version that it extends; `filter`, `sort`, `unindexed` name additions."""

    resource: str
    changes: tuple[ChangeSpec, ...]
    filter: tuple[str, ...] = ()
    sort: tuple[str, ...] = ()
    unindexed: tuple[str, ...] = ()
    node: Node = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class VersionSpec:
    """One version of the API: a folder. A version without `extends` holds whole resources; another may hold lenses too."""

    name: str
    status: Status = "current"
    extends: str | None = None
    released_on: date | None = None
    deprecated_on: date | None = None
    sunset_on: date | None = None
    changes: tuple[ChangeSpec, ...] = ()  # of resources: rename and remove
    resources: Mapping[str, ResourceSpec] = field(default_factory=dict)
    lenses: Mapping[str, LensSpec] = field(default_factory=dict)
    node: Node = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Contract:
    """A whole folder. `catalogs` holds the reviewed snapshots, by source; a source without one is read at start."""

    title: str
    folder: str
    sources: Mapping[str, SourceSpec]
    versions: Mapping[str, VersionSpec]
    description: str = ""
    queries: Mapping[str, str] = field(default_factory=dict)  # file name of queries/ -> SQL text
    catalogs: Mapping[str, Catalog] = field(default_factory=dict)
    cache: StoresSpec = StoresSpec()
    state: str = field(
        default="sqlite:///state.db", repr=False
    )  # an SQLAlchemy URL; a relative SQLite path is below the folder
    open: bool = False  # `security: open`
    security: SecuritySpec | None = None  # None: nothing is said, or `open`
    limits: Mapping[str, LimitSpec] = field(default_factory=dict)
    strict: bool = False  # warnings are faults
    node: Node = field(default=NOWHERE, compare=False, repr=False)

    @property
    def said(self) -> bool:
        """Whether the contract says who may call: without that, nobody beyond this machine may."""
        return self.open or self.security is not None

    @property
    def closed(self) -> bool:
        """Whether callers need a credential: the contract says who may call, or has rules of access and does not say `open`."""
        return self.security is not None or (not self.open and self.has_rules)

    @property
    def has_rules(self) -> bool:
        """Whether a resource says who may see what."""
        return any(map(_has_rules, self.versions.values()))


def _has_rules(version: VersionSpec) -> bool:
    fields = (each for resource in version.resources.values() for each in resource.fields.values())
    return any(each.access != AccessSpec() for each in version.resources.values()) or any(each.scope for each in fields)
