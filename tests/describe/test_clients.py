"""Files for developers: the same document in other notations, whatever a contract calls its things."""

from __future__ import annotations

import ast
import io
import json
import re
import sys
import typing
import zipfile
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it ships no types

from app.describe.clients import DOWNLOADS, bruno, postman, python, python_runtime, typescript
from app.describe.clients.api import Api, read
from app.describe.clients.as_yaml import as_yaml
from app.describe.clients.requests import text_of
from app.web.documents import document, render
from tests.describe import odd
from tests.http import plans

NAME = st.sampled_from(odd.RESOURCES) | st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)
FIELD = st.sampled_from(odd.FIELDS) | st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
TEXT = st.sampled_from(odd.TEXTS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=30).filter(str.strip)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
    | st.sampled_from(["on", "1e3", "02:00", "~", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=12,
)
# What of the format 2.1.0 a collection of ours has; everything else would be a mistake.
TEXTUAL: Mapping[str, Any] = {"type": "string"}
PAIR = {
    "key": TEXTUAL,
    "value": TEXTUAL,
    "description": TEXTUAL,
    "disabled": {"type": "boolean"},
    "type": {"const": "string"},
}


def closed(members: Mapping[str, Any], *optional: str) -> dict[str, Any]:
    """The schema of an object that has these members, and no others."""
    required = [name for name in members if name not in optional]
    return {"type": "object", "properties": members, "required": required, "additionalProperties": False}


def listed(items: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a list."""
    return {"type": "array", "items": items}


OFFERED = listed(closed(PAIR, "description", "disabled", "type"))
URL = closed(
    {"raw": TEXTUAL, "host": listed(TEXTUAL), "path": listed(TEXTUAL), "query": OFFERED, "variable": OFFERED},
    "query",
    "variable",
)
REQUEST = closed({"method": {"const": "GET"}, "header": OFFERED, "url": URL, "description": TEXTUAL}, "description")
ANSWER = {
    "name": TEXTUAL, "originalRequest": REQUEST, "status": TEXTUAL, "code": {"type": "integer"}, "header": OFFERED,
    "_postman_previewlanguage": TEXTUAL, "cookie": listed({}), "body": TEXTUAL,
}  # fmt: skip
ITEM = closed({"name": TEXTUAL, "request": REQUEST, "response": listed(closed(ANSWER))})
AUTH = {"type": {"enum": ["noauth", "bearer", "apikey"]}, "bearer": OFFERED, "apikey": OFFERED}
COLLECTION = closed(
    {
        "info": closed(
            {"_postman_id": TEXTUAL, "name": TEXTUAL, "description": TEXTUAL, "schema": {"const": postman.SCHEMA}}
        ),
        "item": listed(closed({"name": TEXTUAL, "description": TEXTUAL, "item": listed(ITEM)})),
        "auth": closed(AUTH, "bearer", "apikey"),
        "variable": OFFERED,
    }
)


@pytest.fixture(scope="module")
def hard() -> Api:
    """Everything that is hard, read."""
    return read(addressed(odd.everything()))


def addressed(found: dict[str, Any]) -> dict[str, Any]:
    """A document that says where its gateway is."""
    return {**found, "servers": [{"url": "http://127.0.0.1:8080/plant"}]}


def executed(source: str) -> dict[str, Any]:
    """What a Python file defines."""
    module = ModuleType("client_of_a_test")
    sys.modules[module.__name__] = module  # dataclasses look there
    try:
        exec(compile(source, "client.py", "exec"), vars(module))
    finally:
        del sys.modules[module.__name__]
    return vars(module)


@given(JSON)
def test_yaml_reads_as_the_document(value: Any) -> None:
    """Whatever stands in a document stands in its YAML, of the same type."""
    assert yaml.safe_load(as_yaml({"document": value})) == {"document": value}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(NAME, st.lists(FIELD, min_size=1, max_size=4, unique=True), max_size=4),
    TEXT,
    st.lists(TEXT, min_size=1, max_size=3),
    st.lists(TEXT, min_size=1, max_size=3, unique=True),
)
def test_any_contract_becomes_every_file(
    resources: dict[str, list[str]], title: str, texts: list[str], words: list[str]
) -> None:
    """No name and no text of a contract breaks a file: Python runs, JSON and YAML read, archives open; twice is the same bytes."""
    rendered = render(addressed(odd.described(odd.planned(resources, title, texts, words)))).encode()
    api = read(json.loads(rendered))
    made, again = (
        {name: b"".join(download.make(rendered).at(api.server)) for name, download in DOWNLOADS.items()}
        for _ in range(2)
    )
    assert made == again
    check_python(made["client.py"].decode(), api)
    check_postman(json.loads(made["postman.json"]), api)
    check_bruno(made["bruno.zip"], api)
    check_typescript(made["types.ts"].decode(), api)
    assert yaml.safe_load(made["openapi.yaml"]) == json.loads(made["openapi.json"]) == json.loads(rendered)


def test_everything_that_is_hard_becomes_every_file(hard: Api) -> None:
    """All hard names at once, where they could be in each other's way."""
    check_python(python.client(hard), hard)
    check_postman(json.loads(postman.collection(hard)), hard)
    check_bruno(bruno.archive(hard), hard)
    check_typescript(typescript.client(hard), hard)


def check_python(source: str, api: Api) -> None:
    """Each resource has an attribute, each schema a TypedDict with the members of the document, each name a meaning."""
    defined = executed(source)
    client = defined["Client"]()
    found = [value for value in vars(client).values() if isinstance(value, defined["Resource"])]
    assert [each._path for each in found] == [each.list.path for each in api.resources]
    assert client.base_url == api.server
    for resource, known in zip(api.resources, found, strict=True):
        hints = typing.get_type_hints(defined[known._shape], defined)
        assert set(hints) == set(api.schemas[resource.schema]["properties"])
    dicts = [value for value in defined.values() if typing.is_typeddict(value)]
    assert len(dicts) == 3 * len(api.resources)
    options = {frozenset(each.name for each in resource.list.options) for resource in api.resources}
    assert options <= {frozenset(each.__annotations__) for each in dicts}


def check_postman(found: Any, api: Api) -> None:
    """It has the format; a folder is a resource, and every parameter is there, switched off."""
    Draft202012Validator(COLLECTION).validate(found)
    assert [folder["name"] for folder in found["item"]] == [each.name for each in api.resources]
    for folder, resource in zip(found["item"], api.resources, strict=True):
        for item, operation in zip(folder["item"], (resource.list, resource.item), strict=True):
            query = item["request"]["url"]["query"]
            assert [each["key"] for each in query] == [each.name for each in operation.query]
            assert all(each["disabled"] for each in query)
            assert [each["code"] for each in item["response"]] == [each.status for each in operation.examples]


def check_bruno(archive: bytes, api: Api) -> None:
    """It has a folder for each resource, no name twice on any system, and nothing outside of its root."""
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        names = files.namelist()
        (settings_of_it,) = (name for name in names if name.endswith("/bruno.json"))
        assert json.loads(files.read(settings_of_it))["type"] == "collection"
    assert len({name.lower() for name in names}) == len(names) == 3 * (1 + len(api.resources))
    assert all(re.fullmatch(r"[\w-]+/([a-z0-9-]+/)?[\w.-]+", name) for name in names)
    folders = {name.split("/")[1] for name in names if name.endswith("/folder.bru")}
    assert len(folders) == len(api.resources)
    assert not folders & bruno.TAKEN


def check_typescript(source: str, api: Api) -> None:
    """No type and no property is there twice, and no text ends a comment early. (What compiles, `tests/clients` shows.)"""
    declared = re.findall(r"^export (?:interface|class|type) (\w+)", source, re.MULTILINE)
    assert len(set(declared)) == len(declared)
    properties = re.findall(r"^  readonly (\w+): Resource<", source, re.MULTILINE)
    assert len(set(properties)) == len(properties) == len(api.resources)
    code = re.sub(r'"(?:[^"\\\n]|\\.)*"|/\*.*?\*/', "", source, flags=re.DOTALL)
    assert "*/" not in code
    assert "/*" not in code


def test_a_version_without_resources_has_every_file() -> None:
    """Nothing to ask for is no error."""
    api = read(addressed(odd.described(odd.planned({}))))
    assert api.resources == ()
    assert executed(python.client(api))["Client"]().base_url == api.server
    assert "export class Client" in typescript.client(api)
    assert json.loads(postman.collection(api))["item"] == []
    check_bruno(bruno.archive(api), api)


def test_names_of_the_runtimes_are_taken() -> None:
    """No schema gets the name of a class that a client has for itself, nor of a global that it uses."""
    tree = ast.parse(python._RUNTIME)
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)} | {"Client"}
    raised = {"OSError", "ConnectionError", "ValueError", "Exception"}
    assert {name for name in names if re.fullmatch(r"[A-Z][A-Za-z]+", name)} - raised <= python.CLASSES | {"Callable"}
    attributes = {name for name in vars(python_runtime.Gateway("http://h")) if not name.startswith("_")} | {"fetch"}
    assert attributes == python.MEMBERS
    plain = re.sub(r"/\*.*?\*/|//[^\n]*|\"[^\"\n]*\"|`[^`]*`", "", typescript._RUNTIME, flags=re.DOTALL)
    used = set(re.findall(r"(?<![\w.#])[A-Z][A-Za-z]+\b(?!:)", plain))
    parameters = {"Item", "Key", "ListOptions", "ItemOptions", "Value"}
    assert used - parameters <= typescript.CLASSES


def test_the_runtimes_know_every_member_of_a_problem_and_a_page() -> None:
    """What stands in the document of a problem or of a page has a place in a client."""
    schemas = document(plans.plan(), "v2")["components"]["schemas"]
    problem = vars(python_runtime.ProblemError(503, {}, None))
    assert set(schemas["Problem"]["properties"]) <= set(problem)
    page = set(schemas["Page"]["properties"])
    assert page <= set(python_runtime.Listing.__annotations__)
    interface = re.search(r"export interface Page \{(.*?)\}", typescript._RUNTIME, re.DOTALL)
    assert interface is not None
    assert page == set(re.findall(r"^  (\w+)\??:", interface[1], re.MULTILINE))


@pytest.mark.parametrize(
    ("scheme", "shown", "block"),
    [
        (
            {"type": "http", "scheme": "bearer"},
            {"type": "bearer", "bearer": [{"key": "token", "value": "{{apiKey}}", "type": "string"}]},
            "auth:bearer {\n  token: {{apiKey}}\n}",
        ),
        (
            {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
            {
                "type": "apikey",
                "apikey": [
                    {"key": "key", "value": "X-Api-Key", "type": "string"},
                    {"key": "value", "value": "{{apiKey}}", "type": "string"},
                    {"key": "in", "value": "header", "type": "string"},
                ],
            },
            "auth:apikey {\n  key: X-Api-Key\n  value: {{apiKey}}\n  placement: header\n}",
        ),
    ],
)
def test_collections_show_a_credential_as_the_document_says(scheme: Any, shown: Any, block: str) -> None:
    """The first scheme decides; without one there is no credential, and no variable for one."""
    found = document(plans.plan(), "v2")
    assert json.loads(postman.collection(read(found)))["auth"] == {"type": "noauth"}
    found["components"]["securitySchemes"] = {"credential": scheme, "other": {"type": "http"}}
    found["paths"]["/v2/orders"]["get"]["security"] = [{"credential": ["orders:read"]}]
    made = json.loads(postman.collection(read(found)))
    assert made["auth"] == shown
    assert [each["key"] for each in made["variable"]] == ["baseUrl", "apiKey"]
    assert "Takes the scope `orders:read`." in made["item"][0]["item"][0]["request"]["description"]
    with zipfile.ZipFile(io.BytesIO(bruno.archive(read(found)))) as files:
        assert block in files.read("Test-plant-v2/collection.bru").decode()
        assert "vars:secret [\n  apiKey\n]" in files.read("Test-plant-v2/environments/Gateway.bru").decode()


def test_a_key_is_one_part_of_a_path() -> None:
    """A key of several parts is filled in as one variable, percent-encoded; what it is made of is said beside it."""
    found = json.loads(postman.collection(read(document(plans.plan(), "v2"))))
    urls = {item["name"]: item["request"]["url"] for folder in found["item"] for item in folder["item"]}
    line = urls["Get one order line by order and line"]
    assert (line["raw"], line["path"][-1]) == ("{{baseUrl}}/v2/order-lines/:key", ":key")
    assert (line["variable"][0]["value"], "`order`: The order." in line["variable"][0]["description"]) == (
        "4711,1",
        True,
    )
    assert urls["Get one part by name"]["variable"][0]["value"] == "A%2F7"


def test_values_are_as_a_query_has_them() -> None:
    """Booleans and numbers by their JSON spelling, texts as they are."""
    assert [text_of(value) for value in (True, 12, 2.5, "a b")] == ["true", "12", "2.5", "a b"]
