"""Names of schemas and operations."""

from __future__ import annotations

import io
import re
import zipfile

import pytest

from app.describe.clients import bruno, python, typescript
from app.describe.clients.api import read
from app.describe.names import item_names, list_ids, pascal, singular
from tests.describe import odd


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
        ("s", "s"),
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
    assert list_ids({"order-lines": "OrderLine", "stock": "Stock"}) == {
        "order-lines": "listOrderLines",
        "stock": "listStockList",
    }
    assert pascal("work-center-load") == "WorkCenterLoad"


ALIKE = [
    ["a-b", "a--b", "a-b-"],
    ["order-lines", "order--lines", "order-lines-", "order-lines-list"],
    ["stock", "stock-list", "stocks-list"],
    ["s", "s-", "s-s"],
    ["order-1", "order1", "orders-1", "ab-c", "a-bc"],
]


@pytest.mark.parametrize("resources", ALIKE, ids=lambda names: names[0])
def test_resources_that_are_one_word_in_code_are_told_apart(resources: list[str]) -> None:
    """No two operations have one name, and a resource that comes last renames none; nor does any client name two things alike."""
    whole = odd.described(odd.planned({name: ["id"] for name in resources}))
    ids = [path["get"]["operationId"] for path in whole["paths"].values()]
    assert len(set(ids)) == len(ids) == 2 * len(resources)
    before = odd.described(odd.planned({name: ["id"] for name in resources[:-1]}))
    assert ids[:-2] == [path["get"]["operationId"] for path in before["paths"].values()]
    api = read(whole)
    for source, named in ((python.client(api), r"^class (\w+)"), (typescript.client(api), r"^export \w+ (\w+)")):
        classes = re.findall(named, source, re.MULTILINE)
        assert len(set(classes)) == len(classes) > 3 * len(resources)
    with zipfile.ZipFile(io.BytesIO(bruno.archive(api))) as files:
        assert len({name.lower() for name in files.namelist()}) == 3 * (1 + len(resources))
