"""Names of schemas and operations."""

from __future__ import annotations

import pytest

from app.describe.names import item_names, list_id, pascal, singular


@pytest.mark.parametrize(
    ("plural", "one"),
    [
        ("orders", "order"),
        ("companies", "company"),
        ("addresses", "address"),
        ("batches", "batch"),
        ("boxes", "box"),
        ("houses", "house"),
        ("stock", "stock"),
        ("address", "address"),
        ("status", "status"),
        ("analysis", "analysis"),
        ("ties", "tie"),
    ],
)
def test_one_of_many(plural: str, one: str) -> None:
    """The singular of a resource's name, and the word itself where there is none."""
    assert singular(plural) == one


def test_names_are_unique() -> None:
    """Resources whose singulars are one word, and resources called like the document's own schemas, are told apart."""
    names = item_names(["order-lines", "order-line", "problems", "pages", "order", "order-lists"])
    assert names["order-lines"] == "OrderLine"
    assert names["problems"] == "Problems"
    assert len(set(names.values())) == len(names)
    assert not {f"{name}List" for name in names.values()} & set(names.values())


def test_adding_a_resource_renames_none() -> None:
    """A resource that comes last changes no name that is there: clients have compiled them."""
    before = item_names(["orders", "customers"])
    assert before.items() <= item_names(["orders", "customers", "order", "customer"]).items()


def test_operation_names() -> None:
    """`listOrderLines`, and another name where one and many are the same word."""
    assert list_id("OrderLine", "order-lines") == "listOrderLines"
    assert list_id("Stock", "stock") == "listStockList"
    assert pascal("work-center-load") == "WorkCenterLoad"
