"""The OpenAPI documents: valid, complete, true to the plan, and silent about what lies behind it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it ships no types
from openapi_spec_validator import validate

from app.conversions.text import REQUESTED
from app.describe.responses import CLOSED
from app.describe.schemas import Problem
from app.plan.model import Field, Plan, Resource, Version
from app.problems import PROBLEMS
from app.settings import Settings
from app.web import documents
from app.web.documents import document, render
from app.web.factory import create_app
from tests.http import plans

Document = dict[str, Any]
SMALL = plans.plan()
MARK = "QQXYZZY"


@pytest.fixture(scope="module", params=["small v1", "small v2", "plant v1", "plant v2"])
def described(request: pytest.FixtureRequest, planned: Plan) -> tuple[Plan, Version, Document]:
    """A plan, a version of it, and the version's document."""
    which, name = request.param.split()
    plan = SMALL if which == "small" else planned
    return plan, plan.versions[name], document(plan, name)


def resolved(part: Document, whole: Document) -> Document:
    """The part itself, or what it refers to."""
    while "$ref" in part:
        found: Any = whole
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        part = found
    return part


def parameters(whole: Document, path: str) -> dict[str, Document]:
    """The parameters of a GET by name, those of its path among them."""
    item = whole["paths"][path]
    every = [*item.get("parameters", []), *item["get"].get("parameters", [])]
    return {each["name"]: each for each in (resolved(part, whole) for part in every)}


def fits(value: Any, schema: Document, whole: Document) -> bool:
    """Whether a value is valid against a schema of the document."""
    Draft202012Validator.check_schema(schema)
    rooted = {**schema, "components": whole["components"]}
    return bool(Draft202012Validator(rooted).is_valid(value))


def examples(whole: Document) -> Iterator[tuple[Any, Document]]:
    """Every example with the schema beside it."""

    def walk(part: Any) -> Iterator[tuple[Any, Document]]:
        if isinstance(part, dict):
            if "schema" in part and "example" in part:
                yield part["example"], part["schema"]
            if "schema" in part and "examples" in part:
                yield from ((each["value"], part["schema"]) for each in part["examples"].values())
            if "type" in part and "example" in part and "schema" not in part:
                yield part["example"], part
            for below in part.values():
                yield from walk(below)
        if isinstance(part, list):
            for below in part:
                yield from walk(below)

    yield from walk(whole)


def test_document_is_valid(described: tuple[Plan, Version, Document]) -> None:
    """The document is OpenAPI 3.1."""
    _, _, whole = described
    assert whole["openapi"].startswith("3.1.")
    validate(whole)


def test_document_is_the_same_each_time(described: tuple[Plan, Version, Document]) -> None:
    """The same plan gives the same bytes, ending with a line end: documents are compared as files."""
    plan, version, whole = described
    text = render(document(plan, version.name))
    assert text == render(whole)
    assert text.endswith("}\n")
    assert json.loads(text) == whole


def test_every_resource_has_a_list_and_an_item(described: tuple[Plan, Version, Document]) -> None:
    """Each resource has two paths, its key's parts being path parameters, and a tag; nothing else is described."""
    _, version, whole = described
    expected = set()
    for resource in version.resources.values():
        expected |= {resource.path, f"{resource.path}/{','.join('{' + name + '}' for name in resource.key)}"}
    assert set(whole["paths"]) == expected
    assert [tag["name"] for tag in whole["tags"]] == list(version.resources)
    for path, item in whole["paths"].items():
        placed = {name for name, each in parameters(whole, path).items() if each["in"] == "path"}
        assert placed == set(re.findall(r"\{(\w+)\}", path))
        assert item["get"]["tags"] == [path.split("/")[2]]


def test_operation_ids_are_unique(described: tuple[Plan, Version, Document]) -> None:
    """Generated clients name their methods by operationId: camel case, no two alike."""
    _, _, whole = described
    names = [item["get"]["operationId"] for item in whole["paths"].values()]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"(list|get)[A-Z][A-Za-z0-9]*", name) for name in names)


def test_every_filter_is_a_parameter(described: tuple[Plan, Version, Document]) -> None:
    """What a list takes is what the document says it takes, no more and no less, each with a description."""
    _, version, whole = described
    for resource in version.resources.values():
        found = parameters(whole, resource.path)
        queried = {name for name, each in found.items() if each["in"] == "query"}
        assert queried == {*resource.filters, *_words(resource)}
        assert all(each["description"].endswith(".") for each in found.values())
        for name, each in resource.filters.items():
            assert "example" in found[name]
            assert (found[name]["schema"]["type"] == "array") is each.many


def _words(resource: Resource) -> Iterator[str]:
    yield from ("limit", "cursor", "count", "fields", "format")
    if resource.sorts:
        yield "sort"
    if resource.expansions:
        yield "expand"


def test_a_filter_takes_what_its_field_holds() -> None:
    """A filter's schema is its field's; `null` takes a boolean, text search takes text; lists are repeated parameters."""
    found = parameters(document(SMALL, "v2"), "/v2/orders")
    assert found["status"]["schema"]["items"] == {"type": "string", "enum": ["entered", "released", "shipped"]}
    assert (found["status"]["style"], found["status"]["explode"]) == ("form", True)
    assert found["total[gte]"]["schema"] == {"type": "string", "format": "decimal", "pattern": r"^-?\d+\.\d{2}$"}
    assert found["total[gte]"]["example"] == "12.50"
    assert found["total[null]"]["schema"] == {"type": "boolean"}
    assert found["customer[prefix]"]["schema"] == {"type": "string", "minLength": 1, "pattern": REQUESTED}
    assert found["copies"]["example"] == [2]


def test_sort_fields_and_expand_name_what_there_is() -> None:
    """Their words are enums: both directions of each sort, fields and expansions, paths of expansions."""
    found = parameters(document(SMALL, "v2"), "/v2/orders")
    assert found["sort"]["schema"]["items"]["enum"] == ["number", "-number"]
    assert found["fields"]["schema"]["items"]["enum"] == [*SMALL.versions["v2"].resources["orders"].fields, "lines"]
    assert found["expand"]["schema"]["items"]["enum"] == ["lines", "lines.item"]
    assert {found[name]["explode"] for name in ("sort", "fields", "expand")} == {False}
    assert found["limit"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}


def test_a_property_is_what_its_conversion_states(described: tuple[Plan, Version, Document]) -> None:
    """Type, format, pattern, lengths, enum and example are the conversion's; null is added where a value may be null."""
    _, version, whole = described
    for resource in version.resources.values():
        content = whole["paths"][resource.path]["get"]["responses"]["200"]["content"]["application/json"]
        listed = resolved(content["schema"], whole)
        item = resolved(listed["properties"]["data"]["items"], whole)
        assert (item["additionalProperties"], listed["additionalProperties"]) == (False, False)
        assert set(item["properties"]) == {*resource.fields, *resource.expansions, "_issues"}
        for field in resource.fields.values():
            stated = {**field.schema, **({"description": field.description} if field.description else {})}
            if field.nullable:
                stated["type"] = [stated["type"], "null"]
            if field.nullable and "enum" in stated:
                stated["enum"] = [*stated["enum"], None]
            assert item["properties"][field.name] == stated


def test_examples_fit_their_schemas(described: tuple[Plan, Version, Document]) -> None:
    """Each example, of a parameter, a property, a header, an answer or a problem, is valid against its schema."""
    _, _, whole = described
    found = list(examples(whole))
    assert len(found) > 50
    assert [example for example, schema in found if not fits(example, schema, whole)] == []


def test_errors_are_problems(described: tuple[Plan, Version, Document]) -> None:
    """Every error of every operation is a problem document, with an example of each problem that it can be."""
    _, version, whole = described
    shown = set()
    for item in whole["paths"].values():
        responses = item["get"]["responses"]
        assert {"200", "304", "400", "406", "422", "500", "502", "503", "504"} <= set(responses)
        assert "404" in responses or "{" not in item["get"]["operationId"]
        for status in set(responses) - {"200", "304", "308"}:
            content = resolved(responses[status], whole)["content"]
            assert list(content) == ["application/problem+json"]
            assert content["application/problem+json"]["schema"] == {"$ref": "#/components/schemas/Problem"}
            for code, example in content["application/problem+json"]["examples"].items():
                assert PROBLEMS[code].status == int(status)
                assert Problem().validate(example["value"]) == {}
                shown.add(code)
    never = {
        "method-not-allowed",
        "request-too-large",
        "misdirected-host",
        "state-unavailable",
    } | CLOSED  # the plants are open
    assert shown == set(PROBLEMS) - never - (set() if version.sunset_on else {"version-gone"})


def test_problems_stand_where_they_happen() -> None:
    """A list has no 404 and no bad key, an item no cursor; 410 is there where a version has an end."""
    whole = document(SMALL, "v1")
    a_list, an_item = (whole["paths"][path]["get"]["responses"] for path in ("/v1/orders", "/v1/orders/{number}"))
    assert "404" not in a_list
    assert _codes(an_item["400"], whole) == {"malformed-request"}
    assert "invalid-key" in _codes(an_item["422"], whole)
    assert "invalid-key" not in _codes(a_list["422"], whole)
    assert "410" in a_list
    assert "410" not in document(SMALL, "v2")["paths"]["/v2/orders"]["get"]["responses"]


def _codes(response: Document, whole: Document) -> set[str]:
    return set(resolved(response, whole)["content"]["application/problem+json"]["examples"])


def test_a_deprecated_version_says_so() -> None:
    """Its operations are deprecated, its answers carry the dates, and its description names the successor."""
    old, new = document(SMALL, "v1"), document(SMALL, "v2")
    assert all(item["get"]["deprecated"] for item in old["paths"].values())
    assert not any("deprecated" in item["get"] for item in new["paths"].values())
    headers = old["paths"]["/v1/parts/{name}"]["get"]["responses"]["200"]["headers"]
    assert {"Deprecation", "Sunset", "Link"} <= set(headers)
    assert not {"Deprecation", "Sunset", "Link"} & set(
        new["paths"]["/v2/parts/{name}"]["get"]["responses"]["200"]["headers"]
    )
    assert "shut down on 2099-09-01. Move to v2." in old["info"]["description"]


def test_a_version_tells_what_changed_and_why(planned: Plan) -> None:
    """The changelog of a version stands in its description, each change with its reason."""
    text = document(planned, "v2")["info"]["description"]
    changes = planned.versions["v2"].changes
    assert changes
    assert all(f"**{each.resource}**: {each.what}" in text for each in changes if each.resource)
    assert all(f"- {each.what}" in text for each in changes if not each.resource)
    assert "****" not in text
    assert all(each.because.strip().rstrip(".") in text for each in changes)


def _marked(plan: Plan) -> Plan:
    """The plan with every table, column, query and source called by one name that occurs nowhere else."""

    def field(each: Field) -> Field:
        return replace(each, columns=tuple(replace(column, name=MARK, text=MARK) for column in each.columns))

    def resource(each: Resource) -> Resource:
        fields = {name: field(found) for name, found in each.fields.items()}
        return replace(each, source=MARK, table=MARK, query=MARK, fields=fields)

    versions = {
        name: replace(version, resources={key: resource(each) for key, each in version.resources.items()})
        for name, version in plan.versions.items()
    }
    return replace(plan, versions=versions)


def test_no_legacy_name_is_published(planned: Plan) -> None:
    """Whatever the tables, columns, queries and sources behind the plant are called, clients do not read it."""
    for version in planned.versions:
        published = render(document(_marked(planned), version))
        assert MARK not in published
        assert published == render(document(planned, version))


def test_contract_authors_name_nothing_legacy(planned: Plan) -> None:
    """Nor do the sentences of the plant's contract: the AS/400's ten capitals, and kinds of databases."""
    resources = [each for version in planned.versions.values() for each in version.resources.values()]
    columns = {column.name for each in resources for field in each.fields.values() for column in field.columns}
    capitals = {name for name in columns | {each.table or "" for each in resources} if name.isupper() and len(name) > 2}
    assert {"ORDHDR", "CUSNO"} <= capitals
    for version in planned.versions:
        words = set(re.findall(r"\w+", render(document(planned, version))))
        assert words & {*capitals, "erp", "mes", "sqlite", "SQLite", "PostgreSQL"} == set()


def test_no_legacy_name_of_the_small_plan_is_published() -> None:
    """The same of a plan whose hidden names are like nothing else."""
    text = render(document(SMALL, "v1"))
    assert not any(name in text for name in plans.LEGACY)
    assert "ZZ" not in text


def test_document_is_served(client: FlaskClient) -> None:
    """The served document is the published one, and a client that has it gets 304."""
    answer = client.get("/v2/openapi.json")
    assert answer.get_data(as_text=True) == render(document(SMALL, "v2"))
    assert answer.content_type == "application/json"
    assert answer.headers["Content-Length"] == str(len(answer.data))
    again = client.get("/v2/openapi.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_document_names_the_address_that_is_set() -> None:
    """A gateway behind a mount point, or with a base_url, describes itself as its clients reach it."""
    app = create_app(plans.gateway(settings=Settings(base_url="https://api.example.com/plant")))
    served: Mapping[str, Any] = app.test_client().get("/v2/openapi.json").get_json()
    assert served["servers"][0]["url"] == "https://api.example.com/plant"
    mounted = create_app(plans.gateway()).test_client().get("/v2/openapi.json", base_url="http://h/mount").get_json()
    assert mounted["servers"][0]["url"] == "/mount"


def test_a_document_is_made_when_it_is_first_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not at the start, which it would hold up for every resource; and once, however many ask."""
    made: list[str] = []

    def noted(plan: Plan, version: str) -> Any:
        made.append(version)
        return described_once(plan, version)

    described_once = documents.described
    monkeypatch.setattr(documents, "described", noted)
    client = create_app(plans.gateway()).test_client()
    assert made == []
    for host in ("one.example", "other.example"):
        assert client.get("/v2/openapi.json", headers={"Host": host}).status_code == 200
    assert made == ["v2"]
