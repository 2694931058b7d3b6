"""The OpenAPI document of the admin API, from the table of its operations.

In charge of the document alone. It must not know what an operation does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema

from app.callers.credentials import ADMIN
from app.describe.schemas import Problem
from app.describe.security import SCHEMES
from app.exchange import JSON, PROBLEM_JSON
from app.problems import PROBLEMS
from app.web.resources import OPENAPI, schema_class

_TITLE: Final = "Bascule: the admin API"
_ABOUT: Final = f"Manages the gateway's own credentials and what it keeps, and tells how it stands. Every operation takes the scope `{ADMIN}`."
_EVERY: Final = ("unauthorized", "insufficient-scope", "too-many-requests", "audit-unavailable", "source-unavailable")
_OF_THE_STATE: Final = ("state-unavailable",)
_OF_A_BODY: Final = ("malformed-request", "invalid-value", "request-too-large")
_OF_THE_DOCUMENT: Final = ("audit-unavailable", "unknown-parameter")
_KEY_OF_A_PATH: Final = "{identifier}"


@dataclass(frozen=True, slots=True)
class Described:
    """One operation as clients know it. `path` has `{identifier}` where an id stands; `free`: it takes no credential.

    `stateless`: it says something also while the gateway's own memory does not answer. `silent`: pages ask for it over and over, and
    it tells of no caller and of nobody's data; so the audit has a line of it only where it is refused.
    """

    method: str
    path: str
    identifier: str
    summary: str
    answer: type[Schema] | None
    body: type[Schema] | None = None
    query: type[Schema] | None = None
    status: int = 200
    free: bool = False
    stateless: bool = False
    silent: bool = False

    @property
    def problems(self) -> tuple[str, ...]:
        """The codes of the problems that it can answer with."""
        if self.free:
            return _OF_THE_DOCUMENT
        asked = ("unknown-parameter",) if self.query is None else ("invalid-value",)
        said = _OF_A_BODY if self.body is not None else ()
        missing = ("not-found",) if _KEY_OF_A_PATH in self.path or self.query is not None else ()
        kept = () if self.stateless else _OF_THE_STATE
        return (*_EVERY, *kept, *asked, *said, *missing)


def document(operations: Iterable[Described], version: str) -> dict[str, Any]:
    """The document."""
    plugin = MarshmallowPlugin(schema_name_resolver=lambda schema: schema_class(schema).__name__)
    spec = APISpec(_TITLE, version, OPENAPI, plugins=[plugin], info={"description": _ABOUT})
    for name, scheme in SCHEMES.items():
        spec.components.security_scheme(name, scheme)
    spec.components.schema("Problem", schema=Problem)
    for each in operations:
        spec.path(each.path, operations={each.method.lower(): _operation(each)})
    return spec.to_dict()


def _operation(each: Described) -> dict[str, Any]:
    made: dict[str, Any] = {"operationId": each.identifier, "summary": each.summary, "responses": _responses(each)}
    made["security"] = [] if each.free else [{name: [ADMIN]} for name in SCHEMES]
    if _KEY_OF_A_PATH in each.path:
        made["parameters"] = [
            {
                "name": "identifier",
                "in": "path",
                "required": True,
                "schema": {"type": "string"},
                "description": "The id.",
            }
        ]
    if each.query is not None:
        made["parameters"] = [{"in": "query", "schema": each.query}]
    if each.body is not None:
        made["requestBody"] = {"required": True, "content": {JSON: {"schema": each.body}}}
    return made


def _responses(each: Described) -> dict[str, Any]:
    content = {JSON: {"schema": each.answer if each.answer is not None else {"type": "object"}}}
    return {str(each.status): {"description": "Done.", "content": content}, **_of_problems(each.problems)}


def _of_problems(codes: Iterable[str]) -> Mapping[str, Any]:
    by_status: dict[str, list[str]] = {}
    for code in codes:
        by_status.setdefault(str(PROBLEMS[code].status), []).append(code)
    return {
        status: {
            "description": "; ".join(f"{PROBLEMS[code].title} (`{code}`)" for code in each) + ".",
            "content": {PROBLEM_JSON: {"schema": Problem}},
        }
        for status, each in sorted(by_status.items())
    }
