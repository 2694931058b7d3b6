"""The responses of every operation: statuses, headers, and the problems that each status can be.

In charge of saying which problems a list and an item can answer with. It must not know fields or parameters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from app.describe import examples
from app.describe.schemas import Problem as ProblemSchema
from app.exchange import JSON, PROBLEM_JSON
from app.plan.model import Resource, Version
from app.problems import PROBLEMS

Kind = Literal["list", "item"]
Object = dict[str, Any]

KINDS: tuple[Kind, ...] = ("list", "item")
STATUSES: Mapping[int, str] = {  # not http.HTTPStatus: its phrases differ between versions of Python
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    406: "NotAcceptable",
    410: "Gone",
    414: "UriTooLong",
    422: "UnprocessableContent",
    429: "TooManyRequests",
    500: "InternalError",
    502: "BadGateway",
    503: "ServiceUnavailable",
    504: "GatewayTimeout",
}

# Problems that only one kind of operation has. A wrong method is no answer to an operation that is described.
ONLY: Mapping[str, tuple[Kind, ...]] = {
    "invalid-cursor": ("list",),
    "cursor-mismatch": ("list",),
    "unknown-operator": ("list",),
    "not-found": ("item",),
    "invalid-key": ("item",),
    "method-not-allowed": (),
    "request-too-large": (),  # what is refused before anybody looks at the operation
    "misdirected-host": (),
    "state-unavailable": (),  # no resource is refused for it
}
# Problems of a closed contract alone. Who tries too many credentials has 429 even where callers have no limits.
CLOSED = frozenset({"unauthorized", "insufficient-scope", "claim-required", "too-many-requests", "audit-unavailable"})
RETRY = ("source-unavailable", "source-busy", "source-locked", "too-many-requests", "audit-unavailable")


def _header(description: str, schema: Object, example: Any) -> Object:
    return {"description": description, "schema": schema, "example": example}


TEXT: Object = {"type": "string"}
REQUEST_ID: Object = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"}
HEADERS: Mapping[str, Object] = {
    "Age": _header(
        "Seconds since the answer was read, which is more than `max-age` for a stale one.",
        {"type": "integer", "minimum": 0},
        12,
    ),
    "Cache-Control": _header(
        "How long the answer may be kept, counted from when it was read.", TEXT, "private, max-age=30"
    ),
    "Cache-Status": _header(
        "What the gateway's own cache did (RFC 9211). A `ttl` below 0 is that of a stale answer; `detail` says why it serves.",
        TEXT,
        "bascule; hit; ttl=18",
    ),
    "Content-Encoding": _header(
        "The coding of the body, one of `Accept-Encoding`; without it there is none.", TEXT, "gzip"
    ),
    "Data-As-Of": _header("When the data was read from its source.", TEXT, "2026-01-31T14:30:05Z"),
    "Deprecation": _header("Since when this version is deprecated (RFC 9745).", TEXT, "@1788220800"),
    "ETag": _header("Names this state of the answer; for `If-None-Match`.", TEXT, 'W/"6f1c2a9be0d47358"'),
    "Link": _header(
        "The next page, and where a deprecated version has a successor (RFC 8288).",
        TEXT,
        f'<{examples.HOST}/v2/orders>; rel="successor-version"',
    ),
    "Location": _header("The address that was meant.", TEXT, f"{examples.HOST}/v2/orders"),
    "RateLimit": _header("What is left of the caller's limits (RateLimit header fields).", TEXT, '"default";r=49;t=6'),
    "RateLimit-Policy": _header("The limits that the caller has.", TEXT, '"default";q=600;w=60'),
    "Retry-After": _header("Seconds to wait before the next attempt.", {"type": "integer", "minimum": 0}, 5),
    "Server-Timing": {
        **_header("Where the time went, in milliseconds.", TEXT, "query;dur=0.1, execute;dur=2.4"),
        "required": True,
    },
    "Sunset": _header("When this version will be shut down (RFC 8594).", TEXT, "Wed, 01 Sep 2027 00:00:00 GMT"),
    "Vary": _header("What the answer depends on beside its address.", TEXT, "Accept, Accept-Encoding"),
    "WWW-Authenticate": _header("Which credential is asked for (RFC 6750).", TEXT, 'Bearer realm="bascule"'),
    "X-Request-Id": {
        **_header("Names this request in the gateway's log.", REQUEST_ID, examples.REQUEST),
        "required": True,
    },
}
ALWAYS = ("Server-Timing", "X-Request-Id")
VALIDATORS = ("Cache-Control", "Cache-Status", "Data-As-Of", "ETag", "Vary")
NOT_MODIFIED = (*VALIDATORS, "Age", "Link")  # what the answer would have had (RFC 9110, 15.4.5)


def headers(version: Version, *, more: tuple[str, ...] = ()) -> dict[str, str]:
    """References to the headers that an answer of `version` carries: those of all answers, and `more`."""
    standing = {
        "Deprecation": version.deprecated_on is not None,
        "Sunset": version.sunset_on is not None,
        "Link": version.successor is not None,
    }
    dated = [name for name, carried in standing.items() if carried and version.status != "current"]
    limits = ("RateLimit", "RateLimit-Policy") if version.limited else ()
    return {name: name for name in sorted({*ALWAYS, *dated, *limits, *more})}


def used(version: Version) -> Mapping[str, Object]:
    """The headers that any answer of the version can carry."""
    without = {"RateLimit", "RateLimit-Policy"} if not version.limited else set()
    without |= {"WWW-Authenticate"} if not version.closed else set()
    return {name: header for name, header in HEADERS.items() if name not in without}


def of(kind: Kind, resource: Resource, version: Version, schema: type, example: Object) -> dict[str, Any]:
    """The responses of an operation by status, but for its errors; text names one of `components`."""
    kept = ("Age", "Content-Encoding") if resource.fresh is not None else ()
    more = (*VALIDATORS, *kept, *(("Link",) if kind == "list" else ()))
    return {
        "200": {
            "description": "The items." if kind == "list" else "The item.",
            "headers": headers(version, more=more),
            "content": {JSON: {"schema": schema, "example": example}},
        },
        "304": "NotModified",
        "308": "WithoutSlash",
    }


def errors(version: Version) -> Mapping[Kind, Mapping[str, str]]:
    """The errors of every operation: names of `components`, by status, by the kind of the operation."""
    return {
        kind: {str(status): _component(kind, status, version) for status in _statuses(kind, version)} for kind in KINDS
    }


def components(version: Version) -> Mapping[str, Object]:
    """The responses that operations share, by name."""
    shared: dict[str, Object] = {
        "NotModified": {
            "description": "Nothing has changed since the `ETag` given in `If-None-Match`.",
            "headers": headers(version, more=NOT_MODIFIED),
        },
        "WithoutSlash": {
            "description": "The path ended in a slash; `Location` is the address without it.",
            "headers": headers(version, more=("Location",)),
        },
    }
    for kind in KINDS:
        for status in _statuses(kind, version):
            shared[_component(kind, status, version)] = _problems(kind, status, version)
    return shared


def codes(kind: Kind, version: Version) -> Iterator[str]:
    """The codes of the problems that an operation can answer with."""
    ends = version.status == "retired" or (version.status != "current" and version.sunset_on is not None)
    for code in PROBLEMS:
        served = version.closed or code not in CLOSED
        if served and kind in ONLY.get(code, (kind,)) and (ends or code != "version-gone"):
            yield code


def _statuses(kind: Kind, version: Version) -> list[int]:
    return sorted({PROBLEMS[code].status for code in codes(kind, version)})


def _component(kind: Kind, status: int, version: Version) -> str:
    """One name where lists and items have the same problems of this status, or only one of them has any."""
    of_each = [{code for code in codes(each, version) if PROBLEMS[code].status == status} for each in KINDS]
    return (
        STATUSES[status] if of_each[0] == of_each[1] or not all(of_each) else f"{kind.capitalize()}{STATUSES[status]}"
    )


def _problems(kind: Kind, status: int, version: Version) -> Object:
    here = [PROBLEMS[code] for code in codes(kind, version) if PROBLEMS[code].status == status]
    retry = ("Retry-After",) if any(problem.code in RETRY for problem in here) else ()
    asked = ("WWW-Authenticate",) if status in {401, 403} else ()
    return {
        "description": "; ".join(f"{problem.title} (`{problem.code}`)" for problem in here) + ".",
        "headers": headers(version, more=("Cache-Control", *retry, *asked)),
        "content": {
            PROBLEM_JSON: {
                "schema": ProblemSchema,
                "examples": {
                    problem.code: {"summary": problem.title, "value": examples.problem(problem.code)}
                    for problem in here
                },
            }
        },
    }
