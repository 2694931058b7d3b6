"""marshmallow's schemas against what the pipeline sends: one description, two readers."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import ValidationError

from app.describe import schemas
from app.describe.fields import or_null
from tests.http import plans

ITEMS = schemas(plans.plan().versions["v2"]).items
LISTS = schemas(plans.plan().versions["v2"]).lists


@pytest.mark.parametrize("row", plans.DATA["ZZORDHDR"])
def test_an_item_passes_unchanged(row: dict[str, Any]) -> None:
    """Loading and dumping a decoded item gives back what went in: text stays text, null stays null."""
    order = ITEMS["orders"]()
    assert order.load(row) == row
    assert order.dump(row) == row


def test_expansions_are_items_of_their_own() -> None:
    """An expansion, its own expansion and `_issues` are part of an item; so is an expansion that is null."""
    line = {**plans.DATA["ZZORDLIN"][0], "item": {"name": "A/7"}}
    order = {**plans.ORDER, "lines": [line], "_issues": {"total": "not-a-number"}}
    assert ITEMS["orders"]().load(order) == order
    assert ITEMS["orders"]().load({**plans.ORDER, "lines": None})["lines"] is None
    assert ITEMS["order-lines"]().load({**line, "item": None})["item"] is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", None),
        ("number", "x" * 11),
        ("status", "lost"),
        ("ordered_on", "2026-02-30"),
        ("ordered_on", 20260131),
        ("promised_at", "yesterday"),
        ("due_week", "2026-05"),
        ("due_week", "x 2026-W05"),
        ("total", "12.5"),
        ("total", 12.5),
        ("total", "NaN"),
        ("weight", 0),
        ("copies", 10_000),
        ("copies", -1),
        ("rush", "yes"),
        ("lines", [{"line": 0}]),
        ("lines", {}),
        ("margin", "1.00"),
    ],
)
def test_what_the_document_does_not_allow_is_refused(field: str, value: Any) -> None:
    """Each constraint of a conversion's schema is checked, and so are members that the document does not name."""
    assert field in ITEMS["orders"]().validate({**plans.ORDER, field: value})


def test_a_list_has_data_and_page() -> None:
    """A list without its page, or with more than the document says, is refused."""
    page = {"limit": 20, "next": None}
    LISTS["parts"]().load({"data": [{"name": "A/7"}], "page": {**page, "total": 1}})
    with pytest.raises(ValidationError):
        LISTS["parts"]().load({"data": []})
    with pytest.raises(ValidationError):
        LISTS["parts"]().load({"data": [], "page": {**page, "offset": 3}})


def test_null_is_a_type_of_its_own() -> None:
    """A nullable schema is JSON Schema 2020-12: null among the types, and among the words of an enum."""
    assert or_null({"type": "string", "enum": ["a"]}) == {"type": ["string", "null"], "enum": ["a", None]}
