"""A client that believes nothing: each answer is held against the served document, and asked for at both doors."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import Flask
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it ships no types
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, run_wsgi_app

from app.web.edge import Edge
from app.web.surface import Surface

Document = dict[str, Any]

OF_THE_BODY = {"Content-Type", "Content-Length"}  # OpenAPI describes these as media types, not as headers
CLOCKS = {"Server-Timing", "Data-As-Of", "Age", "Cache-Status"}  # differ between two requests of one thing
METHODS = "GET, HEAD, OPTIONS"
REQUEST = "one-of-the-tests"


@dataclass(frozen=True)
class Reply:
    """An answer that kept to the document."""

    status: int
    headers: Headers
    body: bytes

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)

    @property
    def data(self) -> list[dict[str, Any]]:
        """The items of a list."""
        found: list[dict[str, Any]] = self.json["data"]
        return found

    @property
    def code(self) -> str:
        """The code of a problem."""
        return str(self.json["code"])

    def link(self, relation: str) -> str:
        """The target of the one link with a relation type (RFC 8288), from its path on; empty where there is none."""
        links = ", ".join(self.headers.getlist("Link"))
        found = re.findall(rf'<https?://[^/>]+([^>]*)>; rel="{relation}"', links)
        assert len(found) <= 1, links
        return found[0] if found else ""


class Client:
    """Asks an application in process, as gunicorn would hand it the requests."""

    def __init__(self, application: Flask) -> None:
        assert isinstance(application.wsgi_app, Surface)
        assert isinstance(application.wsgi_app.application, Edge)
        self.edge = application.wsgi_app.application
        self.flask = self.edge.application
        self.documents: dict[str, Document] = {}

    def document(self, version: str) -> Document:
        """The served document of a version."""
        if version not in self.documents:
            _, _, body = self._through(self.edge, "GET", f"/{version}/openapi.json", {})
            self.documents[version] = json.loads(body)
        return self.documents[version]

    def get(self, target: str, /, **headers: str) -> Reply:
        """GET; `if_none_match="…"` sends `If-None-Match`."""
        return self.ask("GET", target, {name.replace("_", "-").title(): value for name, value in headers.items()})

    def ask(self, method: str, target: str, headers: Mapping[str, str] | None = None) -> Reply:
        """Ask at both doors, which have to agree, and check what comes back. `target` is sent as it stands."""
        said = {"X-Request-Id": REQUEST, **(headers or {})}
        status, sent, body = self._through(self.flask, method, target, said)
        again = self._through(self.edge, method, target, said)
        assert _timeless(status, sent, body) == _timeless(*again), f"the doors differ: {method} {target}"
        reply = Reply(status, sent, body)
        self._check(method, target.partition("?")[0], reply)
        return reply

    @staticmethod
    def _through(door: Any, method: str, target: str, headers: Mapping[str, str]) -> tuple[int, Headers, bytes]:
        path, _, query = target.partition("?")
        builder = EnvironBuilder(path=quote(path, "/%"), method=method, headers=list(headers.items()))
        environ = {**builder.get_environ(), "RAW_URI": target, "REQUEST_URI": target, "QUERY_STRING": query}
        body: Iterable[bytes]
        body, status, sent = run_wsgi_app(door, environ, buffered=True)
        return int(status.split()[0]), sent, b"".join(body)

    def _check(self, method: str, path: str, reply: Reply) -> None:
        version = path.split("/")[1]
        if method == "OPTIONS":
            assert (reply.status, reply.body, reply.headers["Allow"]) == (204, b"", METHODS)
        elif method in {"GET", "HEAD"}:
            responses = Described(self.document(version)).responses(path)
            assert str(reply.status) in responses, f"{reply.status} is not documented: {method} {path}"
            Described(self.document(version)).check(responses[str(reply.status)], reply, bodiless=method == "HEAD")
        else:
            assert (reply.status, reply.headers["Allow"]) == (405, METHODS)


def _timeless(status: int, headers: Headers, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
    return status, sorted((name, value) for name, value in headers if name not in CLOCKS), body


@dataclass(frozen=True)
class Described:
    """What a document says of answers."""

    whole: Document

    def resolved(self, part: Document) -> Document:
        """The part itself, or what it refers to."""
        while "$ref" in part:
            found: Any = self.whole
            for step in part["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            part = found
        return part

    def responses(self, path: str) -> Document:
        """The responses of the operation that a path belongs to."""
        found = [template for template in self.whole["paths"] if self._matches(template, path)]
        assert len(found) == 1, f"{path} is the path of {found}"
        responses: Document = self.whole["paths"][found[0]]["get"]["responses"]
        return responses

    @staticmethod
    def _matches(template: str, path: str) -> bool:
        pattern = "".join("[^/]+" if part.startswith("{") else re.escape(part) for part in _parts(template))
        return re.fullmatch(f"{pattern}/*", path) is not None

    def parameters(self, path: str) -> dict[str, Document]:
        """The parameters of the operation with this very path, by name."""
        every = self.whole["paths"][path]["get"].get("parameters", [])
        return {each["name"]: each for each in map(self.resolved, every)}

    def check(self, response: Document, reply: Reply, *, bodiless: bool) -> None:
        """Headers, media type and body are as a response says."""
        described = self.resolved(response)
        headers = described.get("headers", {})
        for name, value in reply.headers:
            assert name in headers or name in OF_THE_BODY, f"{name} is not documented for {reply.status}"
            if name in headers:
                self._check_header(name, value, self.resolved(headers[name]))
        required = {name for name, header in headers.items() if self.resolved(header).get("required")}
        assert required <= {name for name, _ in reply.headers}
        content: Document = described.get("content", {})
        assert reply.headers.get("Content-Type") == next(iter(content), None)
        assert bodiless or bool(reply.body) is bool(content)
        if reply.body:
            assert int(reply.headers["Content-Length"]) == len(reply.body)
            self._check_body(reply, content[reply.headers["Content-Type"]]["schema"])
        assert not (bodiless and reply.body)

    def _check_header(self, name: str, value: str, header: Document) -> None:
        read = int(value) if header["schema"]["type"] == "integer" else value
        assert Draft202012Validator(header["schema"]).is_valid(read), f"{name}: {value}"

    def _check_body(self, reply: Reply, schema: Document) -> None:
        rooted = {**schema, "components": self.whole["components"]}
        error = next(Draft202012Validator(rooted).iter_errors(reply.json), None)
        assert error is None, f"{error.json_path}: {error.message}"


def _parts(template: str) -> list[str]:
    """`/v1/order-lines/{order},{line}` → its literal parts and its parameters."""
    return [part for part in re.split(r"(\{[^}]+\})", template) if part]
