"""A version as a Postman collection, format 2.1.0 (schema.postman.com).

In charge of the collection's own words. A folder is a resource; every filter is there, described and switched off; what the
document has as examples is saved as answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http.client import responses
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from app.describe.addresses import PLACE, Addressed, as_json, cut
from app.describe.clients.api import Api, Example, Operation, Parameter, Resource
from app.describe.clients.requests import (
    BASE,
    CREDENTIAL,
    about,
    about_key,
    example_key,
    segments,
    text_of,
    variable,
)
from app.describe.indented import indented

Object = dict[str, Any]

SCHEMA: Final = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
ACCEPT: Final = {"key": "Accept", "value": "application/json"}


def collection(api: Api) -> str:
    """The collection as JSON."""
    made = {
        "info": {
            "_postman_id": _identity(api.server, api.version),
            "name": api.name,
            "description": api.description,
            "schema": SCHEMA,
        },
        "item": [_folder(each) for each in api.resources],
        "auth": auth(api.schemes),
        "variable": list(_variables(api)),
    }
    return indented(made) + "\n"


def anywhere(api: Api) -> Addressed:
    """The collection of an API at `PLACE`, for any address."""
    written = {
        as_json(PLACE): lambda address: as_json(address.rstrip("/")),
        _identity(PLACE, api.version): lambda address: _identity(address.rstrip("/"), api.version),
    }
    return cut(collection(api).encode(), written)


def _identity(server: str, version: str) -> str:
    """What Postman knows a collection by: the same API replaces itself."""
    return str(uuid5(NAMESPACE_URL, f"{server}/{version}"))


def auth(schemes: Mapping[str, Mapping[str, Any]]) -> Object:
    """How requests show a credential: as the first scheme of the document says."""
    scheme = next(iter(schemes.values()), None)
    value = f"{{{{{CREDENTIAL}}}}}"
    if scheme is None:
        return {"type": "noauth"}
    if scheme["type"] == "http":
        return {"type": "bearer", "bearer": [_attribute("token", value)]}
    header = (_attribute("key", scheme["name"]), _attribute("value", value), _attribute("in", "header"))
    return {"type": "apikey", "apikey": list(header)}


def _attribute(key: str, value: str) -> Object:
    return {"key": key, "value": value, "type": "string"}


def _variables(api: Api) -> Iterator[Object]:
    yield {**_attribute(BASE, api.server), "description": "The address of the gateway."}
    if api.schemes:
        yield {
            **_attribute(CREDENTIAL, ""),
            "description": "An API key, or an access token. Keep it in an environment.",
        }


def _folder(resource: Resource) -> Object:
    items = [_item(each) for each in (resource.list, resource.item)]
    return {"name": resource.name, "description": resource.description, "item": items}


def _item(operation: Operation) -> Object:
    request = {
        "method": "GET",
        "header": [ACCEPT, *(_offered(each) for each in operation.headers)],
        "url": _url(operation, queried=True),
        "description": about(operation),
    }
    saved = [_response(each, operation) for each in operation.examples]
    return {"name": operation.summary, "request": request, "response": saved}


def _url(operation: Operation, *, queried: bool) -> Object:
    path = segments(operation)
    url: Object = {"raw": "/".join((f"{{{{{BASE}}}}}", *path)), "host": [f"{{{{{BASE}}}}}"], "path": path}
    if queried:
        url["query"] = [_offered(each) for each in operation.query]
    if operation.key:
        key = {"key": variable(operation), "value": example_key(operation), "description": about_key(operation)}
        url["variable"] = [key]
    return url


def _offered(parameter: Parameter) -> Object:
    """A parameter that somebody may switch on."""
    return {
        "key": parameter.name,
        "value": text_of(parameter.example),
        "description": parameter.description,
        "disabled": True,
    }


def _response(example: Example, operation: Operation) -> Object:
    asked = {"method": "GET", "header": [ACCEPT], "url": _url(operation, queried=False)}
    return {
        "name": f"{example.status}: {example.about}",
        "originalRequest": asked,
        "status": responses.get(example.status, ""),
        "code": example.status,
        "_postman_previewlanguage": "json",
        "header": [{"key": "Content-Type", "value": example.media_type}],
        "cookie": [],
        "body": indented(example.body),
    }
