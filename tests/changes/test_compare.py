"""Two documents compared: each kind of change is found, graded, and told in its own words."""

from __future__ import annotations

import pytest

from app.changes import KINDS
from tests.changes.cases import CASES, Case
from tests.changes.documents import CUSTOMER, DOCUMENT, FIELDS, GONE, ITEM, LIST, ORDER, STATUS, Edits, changed, edited

_ELSEWHERE = {"version-added", "path-renamed", "key-renamed"}  # each has a test of its own, here or beside


@pytest.mark.parametrize("case", CASES, ids=lambda case: " ".join(case.found))
def test_a_change_is_what_the_table_says(case: Case) -> None:
    """Exactly the expected differences are found, each with its sentence."""
    assert {each.kind.code: each.sentence for each in changed(case.old, case.new)} == case.found


def test_every_kind_has_a_case() -> None:
    """No row of the table is without a case."""
    assert {code for case in CASES for code in case.found} | _ELSEWHERE == set(KINDS)


def test_a_path_with_another_name_is_renamed() -> None:
    """A path that takes and answers the same under another word is one renamed path, not one removed and one added."""
    paths = edited()["paths"]
    new: Edits = {("paths",): {path.replace("orders", "sales"): item for path, item in paths.items()}}
    found = [each for each in changed({}, new) if each.kind.part == "path"]
    assert {each.sentence for each in found} == {
        "`/v1/orders` is now `/v1/sales`",
        "`/v1/orders/{number}` is now `/v1/sales/{number}`",
    }


def test_a_key_with_another_name_leaves_the_address_as_it_is() -> None:
    """The name of a part of the address is a name in generated clients, and nothing on the wire."""
    item = {**edited()["paths"]["/v1/orders/{number}"]}
    item["parameters"] = [{**item["parameters"][0], "name": "id"}]
    found = changed({}, {ITEM[:2]: GONE, ("paths", "/v1/orders/{id}"): item})
    assert [(each.kind.code, each.sentence) for each in found] == [
        ("key-renamed", "the part `number` of the address is called `id`")
    ]


def test_a_shared_schema_is_told_once() -> None:
    """A field of an item that the list, the item and the item itself refer to is one difference, at the schema."""
    found = changed({}, {(*FIELDS, "weight", "type"): "string"})
    assert [(each.place, each.resource) for each in found] == [("schema Order", "orders")]


def test_what_several_operations_have_is_told_once() -> None:
    """A header that every answer lost, and the filters of one field, are one difference each, with all their places."""
    operator = {**edited()["paths"]["/v1/orders"]["get"]["parameters"][0], "name": "status[ne]"}
    headers: Edits = {(*LIST, "responses", "200", "headers"): {}, (*ITEM, "responses", "200", "headers"): {}}
    old = {(*LIST, "parameters", 9): operator, (*ITEM, "responses", "200", "headers"): {"ETag": {}}}
    found = changed(old, {**headers, STATUS: GONE})
    assert [each.sentence for each in found] == [
        "the parameter `status` is gone; so with `[ne]`",
        "answers have no header `ETag`",
    ]
    assert found[1].places == ("GET /v1/orders", "GET /v1/orders/{number}")


def test_a_rule_of_a_field_is_told_once_for_its_filters() -> None:
    """Where all operators have the same new pattern, it is one difference."""
    each = {"in": "query", "schema": {"type": "string", "pattern": "^[a-z]{8}$"}}
    filters = {
        (*LIST, "parameters", 9): {"name": "site", **each},
        (*LIST, "parameters", 10): {"name": "site[ne]", **each},
    }
    new = {(*LIST, "parameters", number, "schema", "pattern"): "^[a-z]{9}$" for number in (5, 6)}
    assert [found.sentence for found in changed(filters, {**filters, **new})] == [
        "the parameter `site` must match `^[a-z]{9}$`, was `^[a-z]{8}$`; so with `[ne]`"
    ]


def test_an_operator_that_goes_alone_is_named() -> None:
    """Where the field's own filter stays, the difference is about the operator."""
    operator = {**edited()["paths"]["/v1/orders"]["get"]["parameters"][0], "name": "status[ne]"}
    assert [each.sentence for each in changed({(*LIST, "parameters", 9): operator}, {})] == [
        "the parameter `status[ne]` is gone"
    ]


@pytest.mark.parametrize(("old", "new"), [("name", "label"), ("in", "schema"), ("customer", "name")])
def test_a_filter_may_have_any_name(old: str, new: str) -> None:
    """A rename is seen where the name is one of OpenAPI's own words."""
    found = changed({(*CUSTOMER, "name"): old}, {(*CUSTOMER, "name"): new})
    assert [each.sentence for each in found] == [f"the parameter `{old}` is called `{new}`"]


def test_two_fields_that_look_the_same_are_not_taken_for_one_another() -> None:
    """Where two that went have one look, no rename is claimed."""
    twins = {(*FIELDS, "left"): {"type": "boolean"}, (*FIELDS, "right"): {"type": "boolean"}}
    found = changed(twins, {(*FIELDS, "up"): {"type": "boolean"}})
    assert sorted((each.kind.code, each.subject) for each in found) == [
        ("field-added", "up"),
        ("field-removed", "left"),
        ("field-removed", "right"),
    ]


def test_order_and_extensions_mean_nothing() -> None:
    """Parameters, members, values and required names in another order, and words that begin with x-, are no difference."""
    parameters = list(reversed(edited()["paths"]["/v1/orders"]["get"]["parameters"]))
    fields = dict(reversed(edited()["components"]["schemas"]["Order"]["properties"].items()))
    new = {
        (*LIST, "parameters"): parameters,
        FIELDS: fields,
        (*FIELDS, "status", "enum"): [None, "shut", "open"],
        (*FIELDS, "status", "type"): ["null", "string"],
        (*ORDER, "x-table"): "ORDHDR",
        ("x-made-by",): "hand",
    }
    assert changed({}, new) == ()


def test_what_is_said_in_another_way_is_the_same() -> None:
    """A reference and its target, and defaults that are written out, are no difference."""
    parameter = DOCUMENT["components"]["parameters"]["IfNoneMatch"]
    new = {(*LIST, "parameters", 4): {**parameter, "style": "simple", "explode": False, "required": False}}
    assert changed({}, new) == ()


def test_the_host_by_which_a_gateway_was_asked_is_no_difference() -> None:
    """A document that was downloaded names the host; what is published names none."""
    assert [each.kind.code for each in changed({}, {("servers", 0, "url"): "https://gateway.example"})] == [
        "text-changed"
    ]


def test_alternatives_are_compared() -> None:
    """An enum that is open is one of two alternatives: another name in it is another name, in whatever order they stand."""
    codes, text = {"type": "string", "enum": ["ups", "dhl"]}, {"type": "string", "pattern": "^[A-Z]+$"}
    more = {"type": "string", "enum": ["ups", "dhl", "dsv"]}
    at = (*CUSTOMER, "schema", "anyOf")
    assert changed({at: [codes, text]}, {at: [text, codes]}) == ()
    assert [each.sentence for each in changed({at: [codes, text]}, {at: [text, more]})] == [
        "the parameter `customer` takes more values: `dsv`"
    ]


def test_references_that_go_in_circles_end() -> None:
    """A schema that refers to itself, and a reference that leads nowhere but to itself, are compared and left."""
    circle: Edits = {("components", "schemas", "Loop"): {"$ref": "#/components/schemas/Loop"}}
    member = {(*FIELDS, "loop"): {"$ref": "#/components/schemas/Loop"}}
    inline = {(*FIELDS, "part_of"): {"type": ["object", "null"], "properties": {"weight": {"type": "string"}}}}
    assert changed({**circle, **member}, {**circle, **member}) == ()
    assert "part_of.weight" in {each.subject for each in changed({}, inline)}
