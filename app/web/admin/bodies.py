"""The bodies of the admin API: what comes in is checked by these schemas, what goes out is described by them.

In charge of the form of a request, and of telling every mistake in it at once. Whether a key or a link of that form can be
given out is decided where it is given out. It must not know Flask.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson
from marshmallow import Schema, ValidationError, fields, validate

from app.callers.key_manager import DEFAULT_RATE
from app.callers.link_manager import PAGE
from app.problems import Detail, ProblemError
from app.shapes import nearest
from app.web.admin.fields import Body, moment, number, said, texts

MOST_LISTED: Final = 1000
MOST_NAMED: Final = 1000  # of each kind, in one purge

_UNKNOWN: Final = "Unknown field."  # what marshmallow says of a member that a schema does not have
_DAY: Final = 86_400


def _claims(about: str, **more: Any) -> fields.Dict:
    values = fields.List(fields.String(), validate=validate.Length(min=1))
    return fields.Dict(keys=fields.String(), values=values, metadata=said(about, {"customer": ["C1001"]}), **more)


def _seconds(about: str, example: int, **more: Any) -> fields.Integer:
    return fields.Integer(strict=True, metadata=said(about, example), **more)


def _names(about: str, example: str) -> fields.List[Any]:
    return texts(about, [example], load_default=list, validate=validate.Length(max=MOST_NAMED))


def _identifier_of_a_purge(about: str) -> fields.Integer:
    return fields.Integer(required=True, metadata=said(about, 1_769_851_805_000, format="int64"))


class KeyWish(Body):
    """What a new key is to be good for."""

    owner = fields.String(required=True, metadata=said("Who holds it: a person, a company, a system.", "ACME"))
    scopes = texts("What it may do.", ["orders:read"], load_default=list)
    claims = _claims("Whose rows it may see.", load_default=dict)
    networks = texts("Where it may be used from; none: from anywhere.", ["10.0.0.0/8"], load_default=list)
    rate = fields.String(load_default=DEFAULT_RATE, metadata=said("Its class of limits.", DEFAULT_RATE))
    note = fields.String(load_default="", metadata=said("What the next person should know about it."))
    lifetime = _seconds("Seconds that it lives; left out or null: forever.", 90 * _DAY, load_default=None)


class Rotation(Body):
    """How a key is replaced."""

    overlap = _seconds("Seconds that the old key goes on working; 0: not at all.", 7 * _DAY, load_default=7 * _DAY)


class LinkWish(Body):
    """What a new link is to show."""

    path = fields.String(required=True, metadata=said("The path of the item.", "/v1/orders/4711"))
    fields_ = texts("The fields that it shows.", ["number", "status"], required=True, data_key="fields")
    claims = _claims("Whose item it has to be, where each caller sees its own rows alone.", load_default=dict)
    exempt = fields.Boolean(
        truthy={True},
        falsy={False},
        load_default=False,
        metadata=said("Instead of claims, by the scope `rows_exempt`: whosever the item is.", example=False),
    )
    lifetime = _seconds("Seconds that it lives; 366 days at most.", 30 * _DAY, load_default=30 * _DAY)
    note = fields.String(load_default="", metadata=said("What the next person should know about it.", "for ACME"))


class LinkQuery(Body):
    """Which links are listed."""

    path = fields.String(load_default="", metadata=said("Those to this item alone.", "/v1/orders/4711"))
    after = fields.String(load_default="", metadata=said("`next` of the list before."))
    limit = fields.Integer(
        load_default=PAGE, validate=validate.Range(1, MOST_LISTED), metadata=said("How many at most.", PAGE)
    )


class Token(Body):
    """A token, to be revoked."""

    token = fields.String(required=True, metadata=said("The text of an access token of this gateway."))


class Key(Body):
    """A key, without its text."""

    id = fields.String(required=True, metadata=said("Names the key; no secret.", "4f9Zk2Qa"))
    state = fields.String(required=True, validate=validate.OneOf(["active", "replaced", "expired", "revoked"]))
    owner = fields.String(required=True)
    note = fields.String(required=True)
    scopes = texts("What it may do.", ["orders:read"], required=True)
    claims = _claims("Whose rows it may see.", required=True)
    networks = texts("Where it may be used from; none: from anywhere.", ["10.0.0.0/8"], required=True)
    rate = fields.String(required=True, metadata=said("Its class of limits.", DEFAULT_RATE))
    created_at = moment("When it was made.", never=False)
    expires_at = moment("When it ends by itself; null: never.", never=True)
    revoked_at = moment("When it was revoked.", never=True)
    last_used_at = moment("When it was used last; written down once a minute.", never=True)
    replaced_by = fields.String(required=True, allow_none=True, metadata=said("The key that it was rotated to."))


class NewKey(Key):
    """A key with its text, which is answered this once."""

    key = fields.String(required=True, metadata=said("The key itself. It is kept nowhere."))
    notes = texts("What the contract never names: the key is good for less than was meant.", [], required=True)


class KeyList(Body):
    """All keys, the oldest first."""

    data = fields.List(fields.Nested(Key), required=True)


class Link(Body):
    """A link, without its text."""

    id = fields.String(required=True, metadata=said("Names the link; no secret.", "9f86d081884c7d659a2feaa0"))
    state = fields.String(required=True, validate=validate.OneOf(["active", "expired", "revoked"]))
    path = fields.String(required=True, metadata=said("The path of the item.", "/v1/orders/4711"))
    fields_ = texts("The fields that it shows.", ["number", "status"], required=True, data_key="fields")
    note = fields.String(required=True)
    created_at = moment("When it was made.", never=False)
    expires_at = moment("When it ends by itself.", never=False)
    revoked_at = moment("When it was revoked.", never=True)
    last_used_at = moment("When it was followed last; written down once a minute.", never=True)


class NewLink(Link):
    """A link with its text, which is answered this once."""

    link = fields.String(
        required=True,
        metadata=said("Its address; a path where the gateway was not told its own address. It is kept nowhere."),
    )


class LinkList(Body):
    """Links, the newest first."""

    data = fields.List(fields.Nested(Link), required=True)
    next = fields.String(required=True, allow_none=True, metadata=said("`after` of the next list; null on the last."))


class Revoked(Body):
    """What became of a token."""

    revoked = fields.Boolean(required=True, metadata=said("Whether there was such a token, and it was alive."))


class Requests(Body):
    """What became of requests; those that the cache was not asked for are in their number alone."""

    requests = number("All of them.")
    hit = number("Answered from what was kept and fresh.")
    stale = number("Answered from what was kept and no longer fresh.")
    collapsed = number("Answered by a read that another request had begun.")
    miss = number("Read at the source.")
    bypass = number("Read at the source, since nothing of the resource is kept.")


class Host(Body):
    """The memory that the workers of the host share."""

    bytes = number("The bytes that it has.")
    used = number("The bytes that are taken.")
    evicted = number("Answers that newer ones have driven out.")


class Cache(Body):
    """What became of requests to the public port, and what reached the sources: all workers of the host together."""

    requests = fields.Nested(Requests, required=True)
    age = fields.Float(
        required=True, metadata=said("How old the data of answers was, in seconds, on the average.", 12.5)
    )
    statements = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata=said("The statements that each source was sent.", {"erp": 40}),
    )
    statements_per_1000_requests = fields.Float(required=True, metadata=said("All sources together.", 4.2))
    host = fields.Nested(Host, required=True)


class PurgeWish(Body):
    """What is to be purged; one name at least, or everything."""

    everything = fields.Boolean(
        truthy={True}, falsy={False}, load_default=False, metadata=said("Every kept answer.", example=False)
    )
    sources = _names("What was read from these sources.", "erp")
    tables = _names("What was read from these tables of sources.", "erp/ORDHDR")
    resources = _names("What shows these resources.", "v1/orders")
    items = _names("These items, and all that shows items of their resources.", "v1/orders/4711")


class Purged(Body):
    """What was purged."""

    purged = texts("The names of it.", ["item:v1/orders/4711", "lists:v1/orders"], required=True)
    id = _identifier_of_a_purge("The id of the last one.")


class PurgeQuery(Body):
    """Which purges are listed."""

    limit = fields.Integer(
        load_default=PAGE, validate=validate.Range(1, MOST_LISTED), metadata=said("How many at most.", PAGE)
    )


class Purge(Body):
    """When a name was purged last."""

    id = _identifier_of_a_purge("Names the purge; a later one has a greater id.")
    tag = fields.String(required=True, metadata=said("The name that was purged.", "item:v1/orders/4711"))
    at = moment("When.", never=False)
    who = fields.String(required=True, metadata=said("By whom.", "key:4f9Zk2Qa"))


class PurgeList(Body):
    """Purges, the newest first."""

    data = fields.List(fields.Nested(Purge), required=True)


class Finding(Body):
    """Something at a source that is not as the contract says; docs/reference/drift.md explains each code."""

    id = fields.String(
        required=True, metadata=said("Its name, the same at each look.", "column-removed:erp.ORDHDR.CUSPO")
    )
    code = fields.String(required=True, metadata=said("What kind of finding it is.", "column-removed"))
    grade = fields.String(required=True, metadata=said("breaking, risky or safe, for this contract.", "breaking"))
    place = fields.String(required=True, metadata=said("Where it is.", "erp.ORDHDR.CUSPO"))
    source = fields.String(required=True, metadata=said("The source.", "erp"))
    table = fields.String(required=True, metadata=said("The table, or the file of a named query.", "ORDHDR"))
    columns = texts("The columns.", ["CUSPO"], required=True)
    resources = fields.List(
        fields.Dict(keys=fields.String()), required=True, metadata=said("What of the contract stands on it.", [])
    )
    message = fields.String(required=True, metadata=said("What was found.", "the column is gone"))
    hint = fields.String(required=True, metadata=said("What to do about it; empty: nothing.", ""))
    rows = number("Of a sample: how many rows are so.")
    of = number("Of how many.")
    keys = texts("The API keys of some of them.", [], required=True)


class Drift(Body):
    """How it stands with the looks at one source; `findings` are those of the last one that was answered."""

    source = fields.String(required=True, metadata=said("The source.", "erp"))
    checked_at = moment("When it was looked at last; null: not yet.", never=True)
    due_at = moment("When it is looked at next, or by when a look that goes on has ended.", never=False)
    failure = fields.String(
        required=True, metadata=said("What class of failure the last look ended with; empty: none.", "")
    )
    breaking = number("How many findings break the contract.")
    risky = number("How many may.")
    safe = number("How many do not.")
    findings = fields.List(fields.Nested(Finding), required=True)


class DriftList(Body):
    """Sources, by name."""

    data = fields.List(fields.Nested(Drift), required=True)


# Reading.


def parsed(body: bytes) -> Any:
    """The JSON value of a body; an empty one says nothing. Raises ProblemError `malformed-request`."""
    try:
        return orjson.loads(body or b"{}")
    except orjson.JSONDecodeError:
        raise ProblemError("malformed-request", "The body is not JSON.") from None


def read(schema: type[Schema], value: Any) -> dict[str, Any]:
    """What a body or a query says. Raises ProblemError `invalid-value` with every mistake."""
    made = schema()
    try:
        found: dict[str, Any] = made.load(value)
    except ValidationError as error:
        known = [field.data_key or name for name, field in made.fields.items()]
        wrong = tuple(_details(error.messages, known))
        raise ProblemError(
            "invalid-value", f"{wrong[0].parameter}: {wrong[0].detail}".removeprefix(": "), wrong
        ) from None
    return found


def _details(messages: Any, known: list[str], place: str = "") -> Iterator[Detail]:
    """Marshmallow's messages, flat: `claims.customer.0`."""
    if not isinstance(messages, Mapping):
        for message in messages:
            unknown = message == _UNKNOWN
            code, hint = ("unknown-parameter", nearest(place, known)) if unknown else ("invalid-value", "")
            yield Detail(message, place, code, hint)
        return
    for name, below in messages.items():
        inner = name in {"_schema", "key", "value"}  # marshmallow's own levels, which no client has written
        yield from _details(below, known, place if inner else f"{place}.{name}".strip("."))
