"""The words of every file of a contract folder but the sources' own: one definition.

Validation, `openapi/contract.schema.json` and the reference page read these tables. In charge of which words there are and
what each takes; what a combination of words means is checked in `rules`. It must not know the catalog.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.contract.field_words import FieldRecord
from app.contract.quantities import DATE, DURATION, SIZE, ZONE
from app.contract.security_words import ACCESS, CLASSIFICATIONS, LIMITS, SCOPE, SECURITY
from app.conversions.registry import STORED_AS
from app.conversions.stored_as import ON_ISSUE_SHAPE
from app.shapes import (
    Anything,
    Choice,
    Flag,
    Listing,
    Mapping_,
    Record,
    Scalar,
    Shape,
    Text,
    Whole,
    Word,
)

RESOURCE_NAME: Final = Text(
    "a resource name: lower-case letters, digits and hyphens, a letter first", r"[a-z][a-z0-9-]*", quoted=True
)
FIELD_NAME: Final = Text(
    "a field name: lower-case letters, digits and underscores, a letter first", r"[a-z][a-z0-9_]*", quoted=True
)
VERSION_NAME: Final = Text("a version: v1, v2, …", r"v[1-9][0-9]*", quoted=True)
FILTER: Final = Text(
    "a field, or a field with one operator, in quotes: ordered_on, 'ordered_on[gte]'",
    r"[a-z][a-z0-9_]*(\[(eq|ne|gt|gte|lt|lte|prefix|contains|null)\])?",
    quoted=True,
)
LINE: Final = Text("text", r"[\s\S]*\S[\s\S]*")
SQL_FILE: Final = Text("the name of a file in queries/: late_jobs.sql", r"[A-Za-z0-9][A-Za-z0-9_.-]*\.sql", quoted=True)

# Query parameters that every list understands: a field of that name could not be filtered by.
RESERVED_PARAMETERS: Final = ("sort", "fields", "limit", "cursor", "count", "expand", "format")

# Pages that every version has beside its resources: a resource of that name could not be reached.
RESERVED_RESOURCES: Final = ("docs", "openapi.json")

TYPES: Final = Word(
    {
        "string": "Text.",
        "integer": "A whole number; a JSON string where the column is declared for more than 2^53 (BIGINT).",
        "number": "A JSON number: for charts, where the last digit may be lost.",
        "decimal": "An exact decimal number, as a JSON string.",
        "boolean": "true or false.",
        "enum": "One of a few names; `stored_as` maps each stored code to its name.",
        "date": "A date: 2026-01-31.",
        "month": "A month: 2026-01.",
        "week": "An ISO week: 2026-W05.",
        "time": "A time of day: 09:30:05.",
        "datetime": "A point in time, with the offset of the source's zone: 2026-01-31T09:30:05-05:00.",
        "binary": "Bytes, as base64.",
    }
)

_FIELD: Final[Mapping[str, Choice]] = {
    "column": Choice(LINE, "The column that holds the field."),
    "columns": Choice(
        Listing(LINE, minimum=1),
        "The columns that hold the field together, in the order of the conversion; they may also stand behind its name: "
        "`stored_as: {lines: [C1, C2]}`.",
    ),
    "type": Choice(TYPES, "What clients see.", required=True),
    "stored_as": Choice(
        STORED_AS, "How the legacy system keeps it: a conversion. Left out: as the column's type says."
    ),
    "description": Choice(LINE, "What the field means, for the documentation."),
    "example": Choice(Scalar(), "An example value, for the documentation."),
    "open": Choice(Flag(), "An enum that lets unknown codes through as they are stored."),
    "on_issue": Choice(ON_ISSUE_SHAPE, "What becomes of a row whose stored value does not decode. Left out: null."),
    "scope": Choice(SCOPE, "The scope that a caller needs to see the field; without it, the field is not there."),
    "classification": Choice(CLASSIFICATIONS, "How sensitive the field is. Left out: internal."),
}
FIELD: Final = FieldRecord(_FIELD, "a field", one_of=("column", "columns"))
RETYPED: Final = FieldRecord(_FIELD, "a retyped field", at_most_one=("column", "columns"))

PAGE: Final = Record(
    {
        "default": Choice(Whole(1, 10_000), "Items of a page when a request does not say. Left out: 50."),
        "max": Choice(Whole(1, 10_000), "Items that a request may ask for at most. Left out: 500."),
    },
    "a page",
)
EXPANSION: Final = Record(
    {
        "resource": Choice(RESOURCE_NAME, "The resource that the expansion leads to.", required=True),
        "on": Choice(
            Mapping_(FIELD_NAME, FIELD_NAME, "a mapping of this resource's fields to the other's", 1),
            "This resource's fields, and the other resource's fields that they equal.",
            required=True,
        ),
        "many": Choice(Flag(), "A list of items, where one item is expected otherwise. Left out: false."),
    },
    "an expansion",
)
CACHE: Final = Record(
    {
        "fresh": Choice(DURATION, "How long an answer may be served without asking the source.", required=True),
        "stale_while_revalidate": Choice(
            DURATION, "How much longer it may be served while a new one is read behind it. Left out: not at all."
        ),
        "stale_if_error": Choice(
            DURATION, "How much longer it may be served where the source does not answer. Left out: not at all."
        ),
        "negative": Choice(
            DURATION, "How long it is kept that there is no such item. Left out: 5s, or `fresh` where that is less."
        ),
        "persist": Choice(Flag(), "Whether answers outlive a restart of the gateway. Left out: false."),
    },
    "a cache",
)
ALL: Final = "all"
ACCEPTED: Final = Text(
    "a field, a field with one operator in quotes ('name[contains]'), an expansion, or all", FILTER.pattern, quoted=True
)
_ACCEPTED: Final = Listing(ACCEPTED, minimum=1, single=True, unique=True)
_FIELD_NAMES: Final = Listing(FIELD_NAME, unique=True)
_FILTERS: Final = Listing(FILTER, unique=True)

RESOURCE: Final = Record(
    {
        "resource": Choice(RESOURCE_NAME, "The resource's name, as it stands in its address.", required=True),
        "summary": Choice(LINE, "One line that says what the resource holds."),
        "description": Choice(LINE, "What a reader of the documentation should know of it."),
        "owner": Choice(LINE, "Whom to ask about the data; shown in the documentation."),
        "source": Choice(LINE, "The source of gateway.yaml that holds the data.", required=True),
        "table": Choice(LINE, "The table or view that holds the items."),
        "query": Choice(SQL_FILE, "The file of queries/ whose SELECT brings the items."),
        "procedure": Choice(Anything(), "", reserved="procedures"),
        "key": Choice(
            Listing(FIELD_NAME, minimum=1, single=True, unique=True),
            "The field that names an item in its address; a list for a composite key.",
            required=True,
        ),
        "fields": Choice(Mapping_(FIELD, FIELD_NAME, "a mapping of fields", 1), "The fields, by name.", required=True),
        "filter": Choice(_FILTERS, "The fields that may be filtered by; no other can be."),
        "sort": Choice(_FIELD_NAMES, "The fields that may be sorted by; no other can be."),
        "unindexed": Choice(
            _ACCEPTED,
            "What may be asked although no index serves it, so that nobody is warned: fields, filters, expansions; `all` for a "
            "view or a query that is known to be fast.",
        ),
        "page": Choice(PAGE, "How many items a page has."),
        "expand": Choice(
            Mapping_(EXPANSION, FIELD_NAME, "a mapping of expansions"), "Related items that a request may ask for."
        ),
        "tree": Choice(Anything(), "", reserved="trees"),
        "cache": Choice(CACHE, "How old an answer may be. Left out: nothing is kept."),
        "access": Choice(ACCESS, "Who may read the resource, and which rows of it. Left out: any caller, all rows."),
        "active_when": Choice(
            Mapping_(Listing(Scalar(), minimum=1, single=True), LINE, "a mapping of columns to values", 1),
            "Columns and the stored values of rows that exist for clients; all other rows are never visible.",
        ),
        "write": Choice(Anything(), "", reserved="writes"),
        "events": Choice(Anything(), "", reserved="events"),
    },
    "a resource",
    one_of=("table", "query", "procedure"),
)

_BECAUSE: Final = Choice(LINE, "Why, for the changelog.", required=True)
_FIELD_ACTIONS: Final[Mapping[str, Choice]] = {
    "rename": Choice(
        Mapping_(FIELD_NAME, FIELD_NAME, "a mapping of old field names to new ones", 1),
        "Fields that change their name.",
    ),
    "retype": Choice(
        Mapping_(RETYPED, FIELD_NAME, "a mapping of fields", 1),
        "Fields that change their type; what is left out stays as it was.",
    ),
    "add": Choice(Mapping_(FIELD, FIELD_NAME, "a mapping of fields", 1), "New fields."),
    "split": Choice(
        Mapping_(
            Mapping_(TYPES, FIELD_NAME, "a mapping of new fields to their types", 2),
            FIELD_NAME,
            "a mapping of fields",
            1,
        ),
        "Fields over several columns that become one field a column, each with its type.",
    ),
    "remove": Choice(Listing(FIELD_NAME, minimum=1, single=True, unique=True), "Fields or expansions that go."),
}
FIELD_CHANGE: Final = Record({**_FIELD_ACTIONS, "because": _BECAUSE}, "a change", one_of=tuple(_FIELD_ACTIONS))
LENS: Final = Record(
    {
        "resource": Choice(RESOURCE_NAME, "The resource of the extended version that changes.", required=True),
        "changes": Choice(Listing(FIELD_CHANGE, minimum=1), "What changes, one step after the other.", required=True),
        "filter": Choice(_FILTERS, "Fields that may be filtered by from now on, by their new names."),
        "sort": Choice(_FIELD_NAMES, "Fields that may be sorted by from now on, by their new names."),
        "unindexed": Choice(_ACCEPTED, "What more may be asked although no index serves it, by its new name."),
    },
    "a changed resource",
)

_RESOURCE_ACTIONS: Final[Mapping[str, Choice]] = {
    "rename": Choice(
        Mapping_(RESOURCE_NAME, RESOURCE_NAME, "a mapping of old resource names to new ones", 1),
        "Resources that change their name.",
    ),
    "remove": Choice(Listing(RESOURCE_NAME, minimum=1, single=True, unique=True), "Resources that go."),
}
RESOURCE_CHANGE: Final = Record(
    {**_RESOURCE_ACTIONS, "because": _BECAUSE}, "a change of resources", one_of=tuple(_RESOURCE_ACTIONS)
)
STATUS: Final = Word(
    {
        "draft": "May still change; not for use.",
        "current": "The version to use.",
        "deprecated": "Works, and tells its clients to move on.",
        "retired": "Answers 410.",
    }
)
VERSION: Final = Record(
    {
        "status": Choice(STATUS, "Where the version stands in its life. Left out: current."),
        "extends": Choice(VERSION_NAME, "The version that this one changes; its resources are inherited."),
        "released_on": Choice(DATE, "The day of the release."),
        "deprecated_on": Choice(DATE, "The day from which clients are told to move on."),
        "sunset_on": Choice(DATE, "The day from which the version answers 410."),
        "changes": Choice(Listing(RESOURCE_CHANGE, minimum=1), "Whole resources that change their name or go."),
    },
    "a version",
)

MEMORY: Final = Record(
    {
        "memory": Choice(SIZE, "Memory of a host that answers are kept in, all its workers together. Left out: 64MB."),
        "shared": Choice(LINE, "A Redis or Valkey in which hosts share answers: redis://cache:6379/0. Left out: none."),
        "disk": Choice(SIZE, "Room on disk for answers that outlive a restart. Left out: 256MB."),
    },
    "the cache",
)


def gateway(source: Shape) -> Record:
    """gateway.yaml, where each source takes the words of `source`."""
    return Record(
        {
            "title": Choice(LINE, "The API's name.", required=True),
            "description": Choice(LINE, "What the API is for."),
            "timezone": Choice(ZONE, "The zone of legacy local times, where a source says no other. Left out: UTC."),
            "sources": Choice(
                Mapping_(source, FIELD_NAME, "a mapping of sources", 1), "The databases, by name.", required=True
            ),
            "cache": Choice(MEMORY, "How much memory answers may take."),
            "state": Choice(
                LINE, "Where the gateway keeps its own data: a SQLAlchemy URL. Left out: sqlite:///state.db."
            ),
            "security": Choice(SECURITY, "Who may call. Without it, the gateway listens on loopback alone."),
            "strict": Choice(
                Flag(), "Refuse what `bascule check` warns of: filters and sorts that no index serves. Left out: false."
            ),
            "limits": Choice(
                LIMITS, "What each caller may ask, by class; `default` is for who has no other. Left out: no limits."
            ),
        },
        "gateway.yaml",
    )
