"""What may be asked of drafts; one that does not compile is no hindrance to the others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.port import Catalog
from app.assembly import kinds
from app.contract import build
from app.contract.model import Contract, SourceSpec, VersionSpec
from app.draft.model import FieldDraft, Proposal, RelationDraft, ResourceDraft
from app.draft.served import Surroundings, _document, served
from tests.draft.tables import table

CUSTOMERS = ResourceDraft(
    "customers", "erp", "CUSMAS", (FieldDraft("number", Proposal(("CUSNO",), "string")),), ("number",)
)
ORDERS = ResourceDraft(
    "orders",
    "erp",
    "ORDHDR",
    (
        FieldDraft("number", Proposal(("ORDNO",), "integer")),
        FieldDraft("customer_number", Proposal(("CUSNO",), "string")),
    ),
    ("number",),
    relations=(RelationDraft("customer", "customers", {"customer_number": "number"}, False, "40 of 40"),),
)
TABLES = {
    each.name: each
    for each in (
        table("CUSMAS", "CUSNO char(4)", key=["CUSNO"]),
        table("ORDHDR", "ORDNO integer", "CUSNO char(4)", key=["ORDNO"]),
    )
}
AROUND = Surroundings(
    Contract("Test", "", {"erp": SourceSpec("erp", "sqlite", {}, "UTC")}, {}),
    "v1",
    "erp",
    Catalog(TABLES),
    {"erp": kinds()["sqlite"].traits},
)


def test_what_an_index_serves_may_be_asked() -> None:
    """Of sound drafts nothing is lost but what no index has."""
    (customers, orders), refused = served([CUSTOMERS, ORDERS], AROUND)
    assert (customers.filters, orders.filters) == (("number[eq]", "number[prefix]"), ("number",))
    assert ([each.name for each in orders.relations], refused) == (["customer"], {})


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"key": ("code",)}, "has no field 'code'"),
        ({"name": "Customers!"}, "v1/Customers!.yaml:"),
        ({"fields": (FieldDraft("number", Proposal(("CUSNO",), "date", "packed")),)}, "packed"),
    ],
    ids=["compiler", "file", "conversion"],
)
def test_a_draft_that_does_not_compile_is_named_alone(wrong: dict[str, object], said: str) -> None:
    """Whoever refuses it; the others stay, without what led to it."""
    (orders,), refused = served([replace(CUSTOMERS, **wrong), ORDERS], AROUND)  # type: ignore[arg-type]  # any word of a draft
    assert (orders.name, orders.filters, orders.relations) == ("orders", ("number",), ())
    assert orders.notes == ("An expansion to customers was left out: there is no draft of it.",)
    assert list(refused) == ["CUSMAS"]
    assert said in refused["CUSMAS"]


def test_what_the_version_had_before_can_be_led_to() -> None:
    """The file of a draft that is refused stays as it is, and so does the way to it."""
    document = _document(CUSTOMERS, AROUND)
    before = VersionSpec("v1", "draft", resources={"customers": build.resource(document.words, document.node)})
    around = replace(AROUND, contract=replace(AROUND.contract, versions={"v1": before}))
    (orders,), refused = served([replace(CUSTOMERS, key=("code",)), ORDERS], around)
    assert ([each.resource for each in orders.relations], list(refused)) == (["customers"], ["CUSMAS"])


def test_no_drafts_are_none() -> None:
    """Nothing is asked where no table made a resource."""
    assert served([], AROUND) == ((), {})
