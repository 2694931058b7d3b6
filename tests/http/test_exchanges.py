"""Whole exchanges with the demo plant. The client holds every answer against the served document, at both doors.

Tests are made from the documents: a resource, a filter or an expansion that is added is asked for without a line here.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest

from app.assembly import compile_folder
from app.demo.plant import contract_folder
from app.gateway import Gateway
from app.plan.model import Filter, Plan, Resource
from app.web.documents import document
from app.web.factory import create_app
from tests.http.client import Client, Described

PLAN = compile_folder(contract_folder(), {}).plan
DOCUMENTS = {name: Described(document(PLAN, name)) for name in PLAN.versions}
RESOURCES = [each for version in PLAN.versions.values() for each in version.resources.values()]
FILTERS = [(each, found) for each in RESOURCES for found in each.filters.values()]
SORTS = [(each, word) for each in RESOURCES for name in each.sorts for word in (name, f"-{name}")]
EXPANSIONS = [
    (each, path)
    for each in RESOURCES
    for path in DOCUMENTS[each.version].parameters(each.path).get("expand", {}).get("schema", {"items": {"enum": []}})["items"]["enum"]
]  # fmt: skip

RELATED = {
    "orders": "&status=shipped&sort=-number",
    "items": "&class=CYL",
}  # filters that find items with all relations

each_resource = pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.path)


def key_of(resource: Resource, item: dict[str, Any]) -> str:
    """The path of an item."""
    return f"{resource.path}/" + ",".join(quote(str(item[name]), safe="") for name in resource.key)


def some(ask: Client, resource: Resource) -> dict[str, Any]:
    """An item of a resource whose key can be read."""
    items = ask.get(f"{resource.path}?limit=20").data
    return next(item for item in items if None not in [item[name] for name in resource.key])


@each_resource
def test_a_list_and_its_items(ask: Client, resource: Resource) -> None:
    """A page is as long as was asked, and each of its items is found again, the same, by its key."""
    page = ask.get(f"{resource.path}?limit=3")
    assert page.json["page"]["limit"] == 3
    assert len(page.data) == 3
    for item in page.data:
        assert ask.get(key_of(resource, item)).json == item


@each_resource
def test_a_page_has_its_usual_length(ask: Client, resource: Resource) -> None:
    """Without `limit` a page is as long as the document says, or the list is at its end."""
    page = ask.get(resource.path).json
    assert page["page"]["limit"] == resource.page.default
    assert len(page["data"]) == resource.page.default or page["page"]["next"] is None


@pytest.mark.parametrize(("resource", "wanted"), FILTERS, ids=lambda each: getattr(each, "path", "") or each.parameter)
def test_a_filter_takes_the_example_of_the_document(ask: Client, resource: Resource, wanted: Filter) -> None:
    """The document's own example is taken, and everything that is found fits it, as far as it can be read."""
    parameter = DOCUMENTS[resource.version].parameters(resource.path)[wanted.parameter]
    value = parameter["example"][0] if wanted.many else parameter["example"]
    text = str(value).lower() if isinstance(value, bool) else str(value)
    found = ask.get(f"{resource.path}?{quote(wanted.parameter)}={quote(text)}&limit=50")
    for item in found.data:
        unreadable = wanted.field.name in item.get("_issues", {})
        assert unreadable or holds(wanted.operator, item[wanted.field.name], value, wanted.field.type), item


def holds(operator: str, found: Any, wanted: Any, kind: str) -> bool:
    """Whether a value is what a filter asks for. The order of a type is written down here once more, on purpose."""
    if operator == "null":
        return (found is None) is wanted
    if found is None:
        return False
    left, right = (comparable(each, kind) for each in (found, wanted))
    answers: dict[str, bool] = {
        "eq": left == right,
        "ne": left != right,
        "gt": left > right,
        "gte": left >= right,
        "lt": left < right,
        "lte": left <= right,
        "prefix": str(found).startswith(str(wanted)),
        "contains": str(wanted) in str(found),
    }
    return answers[operator]


def comparable(value: Any, kind: str) -> Any:
    """A value as Python compares it."""
    if kind == "datetime":
        return datetime.fromisoformat(value)
    if kind == "date":
        return date.fromisoformat(value)
    return Decimal(value) if kind == "decimal" else value


def test_examples_find_something(ask: Client) -> None:
    """The examples of the document are not all of things that are not there: most filters find what they ask for."""
    found = 0
    for resource, wanted in FILTERS:
        parameter = DOCUMENTS[resource.version].parameters(resource.path)[wanted.parameter]
        value = parameter["example"][0] if wanted.many else parameter["example"]
        text = str(value).lower() if isinstance(value, bool) else str(value)
        found += bool(ask.get(f"{resource.path}?{quote(wanted.parameter)}={quote(text)}&limit=1").data)
    assert found > 0.7 * len(FILTERS)


@pytest.mark.parametrize(("resource", "word"), SORTS, ids=lambda each: getattr(each, "path", each))
def test_sort_orders_both_ways(ask: Client, resource: Resource, word: str) -> None:
    """Values come in the order that was asked for; those that cannot be read stand wherever their stored form does."""
    field = resource.fields[word.removeprefix("-")]
    items = ask.get(f"{resource.path}?sort={word}&limit=100").data
    values = [comparable(item[field.name], field.type) for item in items if item[field.name] is not None]
    assert values == sorted(values, reverse=word.startswith("-"))
    assert values


@each_resource
def test_fields_narrow_an_answer(ask: Client, resource: Resource) -> None:
    """Only the fields that are named are there, in the resource's own order, on lists and on items."""
    item = some(ask, resource)
    chosen = [*resource.fields][-1:] + [*resource.fields][:1]
    expected = {name: value for name, value in item.items() if name in chosen}
    shown = ask.get(f"{key_of(resource, item)}?fields={','.join(chosen)}").json
    assert {name: value for name, value in shown.items() if name != "_issues"} == expected
    assert list(expected) == [name for name in resource.fields if name in chosen]
    for each in ask.get(f"{resource.path}?fields={chosen[0]}&limit=5").data:
        assert set(each) - {"_issues"} == {chosen[0]}


@pytest.mark.parametrize(("resource", "path"), EXPANSIONS, ids=lambda each: getattr(each, "path", each))
def test_expansions_bring_related_items(ask: Client, resource: Resource, path: str) -> None:
    """What is brought along is what the related resource lists, at every depth; an item has it as a list has it."""
    items = ask.get(f"{resource.path}?expand={path}&limit=10{RELATED.get(resource.name, '')}").data
    first = path.partition(".")[0]
    expansion = resource.expansions[first]
    target = PLAN.versions[resource.version].resources[expansion.resource]
    assert all(first in item for item in items)
    assert reached(items, path.split("."))
    item = next(each for each in items if each[first])
    assert ask.get(f"{key_of(resource, item)}?expand={path}").json == item
    for each in reached([item], [first]):
        assert [each[name] for name in expansion.remote] == [item[name] for name in expansion.local]
        assert ask.get(key_of(target, each)).json.items() <= each.items()


def reached(items: list[dict[str, Any]], path: list[str]) -> list[dict[str, Any]]:
    """The items at the end of a path of expansions."""
    for name in path:
        related = [item[name] for item in items]
        items = [each for found in related for each in (found if isinstance(found, list) else [found]) if each]
    return items


def test_words_may_be_repeated(ask: Client) -> None:
    """Clients that repeat a parameter for each of its words are understood; `sort` keeps their order."""
    for name, words in (("sort", "-ordered_on,number"), ("expand", "lines,jobs"), ("fields", "number,total")):
        repeated = "&".join(f"{name}={word}" for word in words.split(","))
        assert ask.get(f"/v2/orders?limit=5&{repeated}").data == ask.get(f"/v2/orders?limit=5&{name}={words}").data


def test_expansions_reach_over_sources_and_levels(ask: Client) -> None:
    """An order brings its jobs from the other system, and three levels of its own."""
    order = next(
        item
        for item in ask.get("/v2/orders?status=released&expand=lines.item.components,jobs&limit=20").data
        if item["jobs"] and any(line["item"] and line["item"]["components"] for line in item["lines"])
    )
    assert {job["order_number"] for job in order["jobs"]} == {order["number"]}
    components = [each for line in order["lines"] if line["item"] for each in line["item"]["components"]]
    assert {each["assembly"] for each in components} <= {line["item_number"] for line in order["lines"]}


@each_resource
def test_count_is_the_number_of_items(ask: Client, resource: Resource) -> None:
    """`count=exact` says how many items a walk over all pages finds, whatever the page; nothing comes twice."""
    total = ask.get(f"{resource.path}?count=exact&limit=1").json["page"]["total"]
    if total > 2_500:
        assert ask.get(f"{resource.path}?count=exact&limit=2").json["page"]["total"] == total
        return
    target, keys = f"{resource.path}?limit={resource.page.max}&fields={','.join(resource.key)}", []
    while target:
        page = ask.get(target)
        keys += [tuple(item[name] for name in resource.key) for item in page.data]
        target = page.link("next")
    assert len(keys) == len(set(keys)) == total


@pytest.mark.parametrize("sort", ["", "&sort=-due_at", "&sort=days_late,due_at"])
def test_a_walk_is_the_whole_list(ask: Client, sort: str) -> None:
    """Page by page, by cursor or by link, come the same items in the same order as on one long page."""
    whole = ask.get(f"/v2/late-jobs?limit=30{sort}").data
    target = f"/v2/late-jobs?limit=7{sort}"
    walked: list[dict[str, Any]] = []
    while len(walked) < len(whole):
        page = ask.get(target)
        walked += page.data
        assert f"{target.partition('&cursor')[0]}&cursor={page.json['page']['next']}" == page.link("next")
        target = page.link("next")
    assert walked[:30] == whole


@each_resource
def test_head_and_options(ask: Client, resource: Resource) -> None:
    """HEAD says what GET would send; OPTIONS says what there is."""
    for target in (resource.path, key_of(resource, some(ask, resource))):
        head, get = ask.ask("HEAD", target), ask.get(target)
        assert (head.status, head.headers["ETag"]) == (200, get.headers["ETag"])
        assert head.headers["Content-Length"] == get.headers["Content-Length"]
        assert ask.ask("OPTIONS", target).headers["Allow"] == "GET, HEAD, OPTIONS"


@each_resource
def test_an_answer_that_is_known_is_not_sent_again(ask: Client, resource: Resource) -> None:
    """`If-None-Match` with the ETag answers 304, in a list of tags, too; with another one the whole answer comes."""
    for target in (resource.path, key_of(resource, some(ask, resource))):
        tag = ask.get(target).headers["ETag"]
        for known in (tag, f'"x", {tag}', "*"):
            assert (ask.get(target, if_none_match=known).status, known) == (304, known)
        assert ask.get(target, if_none_match='"x"').status == 200


@each_resource
def test_a_slash_too_many_is_led_back(ask: Client, resource: Resource) -> None:
    """A trailing slash answers 308 with the address without it, the query kept."""
    for target in (resource.path, key_of(resource, some(ask, resource))):
        moved = ask.get(f"{target}/?fields={resource.key[0]}")
        assert moved.status == 308
        assert moved.headers["Location"] == f"http://localhost{target}?fields={resource.key[0]}"


@each_resource
def test_what_is_not_there(ask: Client, resource: Resource) -> None:
    """A key that nothing has is 404; one that nothing can have is 422 and names its parts."""
    unused = {"string": "0", "integer": "99999999", "uuid": "00000000-0000-4000-8000-000000000000"}
    schemas = [resource.fields[name].schema for name in resource.key]
    key = ",".join(unused[schema.get("format", schema["type"])] for schema in schemas)
    absent = ask.get(f"{resource.path}/{key}")
    assert (absent.status, absent.code) == (404, "not-found")
    if len(resource.key) > 1:
        impossible = ask.get(f"{resource.path}/{key},1,2")
        assert (impossible.status, impossible.code) == (422, "invalid-key")


@each_resource
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "QUERY", "PROPFIND"])
def test_other_methods_are_refused(ask: Client, resource: Resource, method: str) -> None:
    """405 with `Allow`, for lists and items alike."""
    for target in (resource.path, f"{resource.path}/1"):
        assert ask.ask(method, target).code == "method-not-allowed"


@pytest.mark.parametrize("accept", ["text/csv", "application/json;q=0", "application/xml, text/*", "image/*;q=0.5"])
def test_what_is_not_served_is_not_acceptable(ask: Client, accept: str) -> None:
    """An `Accept` without JSON answers 406 and says what is served; `format` wins over it."""
    refused = ask.get("/v2/orders?limit=1", accept=accept)
    assert (refused.status, refused.code) == (406, "not-acceptable")
    assert "application/json" in refused.json["detail"]
    assert ask.get("/v2/orders?limit=1&format=json", accept=accept).status == 200


@pytest.mark.parametrize(
    "accept", ["", "*/*", "application/json", "application/*;q=0.1", "text/html, */*;q=0.8", "APPLICATION/JSON; q=1.0"]
)
def test_what_is_served_is_acceptable(ask: Client, accept: str) -> None:
    """Every `Accept` that JSON is part of is answered."""
    assert ask.get("/v2/orders?limit=1", accept=accept).status == 200


def test_a_deprecated_version_says_so(ask: Client) -> None:
    """Every answer of v1, a refusal too, carries the dates and the way to v2; none of v2 does."""
    for target, status in (("/v1/orders?limit=1", 200), ("/v1/orders/0000001", 404), ("/v1/orders?limit=0", 422)):
        answer = ask.get(target)
        assert answer.status == status
        assert answer.headers["Deprecation"] == "@1788220800"  # 2026-09-01
        assert answer.headers["Sunset"] == "Wed, 01 Sep 2027 23:59:59 GMT"
        assert answer.link("successor-version") == target.partition("?")[0].replace("v1", "v2")
    assert not {"Deprecation", "Sunset", "Link"} & set(ask.get("/v2/orders/0000001").headers.keys())


def test_the_successor_of_an_item_is_the_item(ask: Client) -> None:
    """The link of an item of v1 leads to the same item of v2; a key with a slash stays one."""
    old = ask.get("/v1/items/HY-50%2F225")
    new = ask.get(old.link("successor-version"))
    assert old.link("successor-version") == "/v2/items/HY-50%2F225"
    assert new.json == old.json


def _ended(plan: Plan) -> Plan:
    """The plan on a day after the sunset of v1."""
    old = replace(plan.versions["v1"], sunset_on=date(2025, 12, 31))
    return replace(plan, versions={**plan.versions, "v1": old})


def test_a_version_past_its_sunset_is_gone(gateway: Gateway) -> None:
    """Each resource answers 410, documented, with the way on; the successor is untouched."""
    after = Client(create_app(replace(gateway, plan=_ended(gateway.plan))))
    for resource in gateway.plan.versions["v1"].resources.values():
        key = ",".join("1" for _ in resource.key)
        for target in (resource.path, f"{resource.path}/{key}", f"{resource.path}?limit=0"):
            gone = after.get(target)
            assert (gone.status, gone.code) == (410, "version-gone")
            assert "use v2" in gone.json["detail"]
    assert after.get("/v1/orders").link("successor-version") == "/v2/orders"
    assert after.get("/v2/orders?limit=1").status == 200
