"""The table of problems: every error that a client can get, with its stable code, status and advice.

In charge of what RFC 9457 problem documents say of their kind. One table feeds the answers, the OpenAPI documents, the
pages that `type` links to, and the reference. It must not know how a problem is found or sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of problem. `retryable`: the same request may succeed later without any change."""

    code: str
    status: int
    title: str
    advice: str
    retryable: bool = False


def _table(*problems: Problem) -> Mapping[str, Problem]:
    return {problem.code: problem for problem in problems}


PROBLEMS: Mapping[str, Problem] = _table(
    Problem(
        "malformed-request",
        400,
        "The request cannot be read",
        "The path or the query string is not valid UTF-8 percent-encoding, or holds a NUL character. Encode it anew.",
    ),
    Problem(
        "invalid-cursor",
        400,
        "The cursor is not valid",
        "Use `page.next` exactly as it was given, or start again without `cursor`.",
    ),
    Problem(
        "cursor-mismatch",
        400,
        "The cursor belongs to another query",
        "A cursor continues one query: send the filters, sort and limit that it came with, or start again without it.",
    ),
    Problem(
        "unauthorized",
        401,
        "A credential is needed",
        "Send an API key or an access token as `Authorization: Bearer …`, or a key as `X-Api-Key`. Keys never belong in an "
        "address. If you sent one, it is unknown, has expired or was revoked.",
    ),
    Problem(
        "insufficient-scope",
        403,
        "Your credential does not cover this",
        "The resource takes a scope that your credential was not granted. Ask the owner of the API for it.",
    ),
    Problem(
        "claim-required",
        403,
        "Your credential does not say whose rows you may see",
        "The resource shows each caller its own rows, told apart by a claim that your credential lacks.",
    ),
    Problem(
        "not-found",
        404,
        "There is nothing here",
        "Check the path and the key. The versions are listed at `/`, the resources of one in its OpenAPI document.",
    ),
    Problem("method-not-allowed", 405, "This method is not served here", "The `Allow` header lists what is."),
    Problem(
        "not-acceptable",
        406,
        "None of the accepted formats is served",
        "Ask for `application/json`, or leave out `Accept` and `format`.",
    ),
    Problem(
        "version-gone",
        410,
        "This version of the API has been shut down",
        "Its sunset has passed. The `Link` header names the successor and the page that says what changed.",
    ),
    Problem("request-too-large", 413, "The request is too large", "No operation takes a body of this size; send less."),
    Problem(
        "query-too-long", 414, "The query string is too long", "Ask for less at a time: fewer values, fewer fields."
    ),
    Problem(
        "misdirected-host",
        421,
        "This host name is not served here",
        "Use the API's own name; the operator lists the names that are served.",
    ),
    Problem(
        "unknown-parameter",
        422,
        "A query parameter is unknown",
        "Nothing was ignored: correct the name. The OpenAPI document lists every parameter of the operation.",
    ),
    Problem(
        "unknown-operator",
        422,
        "A field does not have this operator",
        "What a field can be asked depends on its type and on how it is stored; the OpenAPI document lists it.",
    ),
    Problem(
        "invalid-value",
        422,
        "A query parameter has a value that it cannot take",
        "`errors` names each parameter, what it expects, and the nearest valid value.",
    ),
    Problem("too-many-values", 422, "There are too many values", "Split the request into several."),
    Problem(
        "invalid-key",
        422,
        "This key is not one that the resource can have",
        "The parts of a key are typed like the fields they name, joined with commas, each percent-encoded.",
    ),
    Problem(
        "too-many-requests",
        429,
        "Too much at once",
        "You asked for more than your limits allow. Try again after `Retry-After` seconds; `RateLimit` says what is left.",
        retryable=True,
    ),
    Problem("internal-error", 500, "The gateway failed", "Not your doing. Quote the request id to the operator."),
    Problem(
        "source-error",
        502,
        "The source failed",
        "The system behind this resource answered with an error that the gateway does not know. Quote the request id.",
    ),
    Problem(
        "source-mismatch",
        502,
        "The source has changed",
        "The system behind this resource no longer looks as the contract says. Its owner has to be told.",
    ),
    Problem(
        "source-refused",
        502,
        "The source refuses the gateway",
        "The gateway's own credentials or authorities at the source do not suffice. Its operator has to be told.",
    ),
    Problem(
        "bad-data",
        502,
        "The data behind this answer cannot be read",
        "The stored data is damaged and the contract asks to fail rather than to leave it out.",
    ),
    Problem(
        "audit-unavailable",
        503,
        "The request cannot be written down",
        "This resource is only served while its readers can be recorded. Its operator has to be told; try again later.",
        retryable=True,
    ),
    Problem(
        "state-unavailable",
        503,
        "The gateway's own memory does not answer",
        "Where the gateway keeps keys, counts and what was noted does not answer; resources are served on. Try again after "
        "`Retry-After` seconds.",
        retryable=True,
    ),
    Problem(
        "source-unavailable",
        503,
        "The source is not available",
        "The system behind this resource does not answer. Try again after `Retry-After` seconds.",
        retryable=True,
    ),
    Problem(
        "source-quiet",
        503,
        "The source is resting",
        "The system behind this resource is in a quiet window. Try again after `Retry-After` seconds: then it has ended.",
        retryable=True,
    ),
    Problem(
        "source-spent",
        503,
        "The source has been read enough today",
        "As many rows as are granted for a day were read from the system behind this resource. Try again after "
        "`Retry-After` seconds.",
        retryable=True,
    ),
    Problem(
        "source-busy",
        503,
        "The source is busy",
        "Every connection to the system behind this resource is in use. Try again after `Retry-After` seconds.",
        retryable=True,
    ),
    Problem(
        "source-locked",
        503,
        "The rows are locked",
        "Another program holds the rows. Try again after `Retry-After` seconds.",
        retryable=True,
    ),
    Problem(
        "source-timeout",
        504,
        "The source did not answer in time",
        "Try again, or ask for less: a narrower filter, a smaller page, no `count`.",
        retryable=True,
    ),
    Problem(
        "query-too-costly",
        422,
        "The source refuses this query as too costly",
        "Narrow the filter, or use a filter or a sort that the source has an index for.",
    ),
)


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that is wrong: with a query parameter, or with a part of the path. `code` is a problem's."""

    detail: str
    parameter: str = ""
    code: str = "invalid-value"
    hint: str = ""


class ProblemError(Exception):
    """Ends a request with a problem. `detail` is shown to the client: it names no table, column, host or SQL."""

    def __init__(
        self,
        code: str,
        detail: str = "",
        errors: tuple[Detail, ...] = (),
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self.problem = PROBLEMS[code]
        self.detail = detail or self.problem.title
        self.errors = errors
        self.headers = headers
        super().__init__(self.detail)


def document(error: ProblemError, base_url: str, request_id: str) -> dict[str, Any]:
    """The RFC 9457 document: `type` is a page under `base_url`, `instance` names the request."""
    body: dict[str, Any] = {
        "type": f"{base_url}/problems/{error.problem.code}",
        "title": error.problem.title,
        "status": error.problem.status,
        "detail": error.detail,
        "instance": f"/requests/{request_id}",
        "code": error.problem.code,
        "retryable": error.problem.retryable,
    }
    if error.errors:
        body["errors"] = [_detail(item) for item in error.errors]
    return body


def _detail(item: Detail) -> dict[str, str]:
    shown = {"code": item.code, "parameter": item.parameter, "detail": item.detail, "hint": item.hint}
    return {name: value for name, value in shown.items() if value}
