"""Drafts of the demo plant, whose contract is hidden: they compile, they are served, and they say what they do not know."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.port import Catalog, Traits
from app.assembly import Gateway, compile_folder, kinds, open_gateway
from app.contract.model import Contract, SourceSpec
from app.draft.dictionary import dictionary
from app.draft.draft import Drafted, Given, draft
from app.draft.model import Sample
from app.draft.served import Surroundings
from app.draft.write import write
from app.observations import Observatory
from app.plan.model import Plan
from app.settings import Settings
from app.web.factory import create_app
from tests.draft.tables import sample, table

EXPANSIONS = {
    "orders.lines": "order-lines",
    "orders.customer": "customers",
    "order-lines.item": "items",
    "job-operations.work_center": "work-centers",
    "job-orders.operations": "job-operations",
}
KEYS = {
    "orders": ("number",),
    "order-lines": ("order_number", "line_number"),
    "customers": ("number",),
    "items": ("number",),
    "bills-of-materials": ("product", "component", "sequence"),
    "job-orders": ("job_id",),
    "job-operations": ("job_id", "operation_sequence"),
    "work-centers": ("id",),
    "shipments": ("id",),
}


@pytest.fixture(params=["undocumented", "described"])
def folder(request: pytest.FixtureRequest) -> Path:
    """Either draft."""
    found: Path = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def opened(folder: Path) -> Iterator[Gateway]:
    """A gateway over it."""
    gateway = open_gateway(compile_folder(folder, {}), Settings(), Observatory())
    yield gateway
    gateway.close()


def plan(folder: Path) -> Plan:
    """What a draft compiles to."""
    return compile_folder(folder, {}).plan


def test_nothing_is_wrong_with_a_draft(folder: Path) -> None:
    """It compiles without a fault, and where warnings are faults: no filter, sort, key or expansion lacks an index."""
    compiled = compile_folder(folder, {}, strict=True)
    assert compiled.warnings == ()
    assert len(compiled.plan.versions["v1"].resources) == len(KEYS)


def test_every_list_is_served(opened: Gateway) -> None:
    """Each list answers with items, all its expansions in them."""
    client = create_app(opened).test_client()
    for resource in opened.plan.versions["v1"].resources.values():
        expand = f"?limit=5&expand={','.join(resource.expansions)}" if resource.expansions else "?limit=5"
        answer = client.get(resource.path + expand)
        assert answer.status_code == 200, answer.text
        items = json.loads(answer.get_data())["data"]
        assert len(items) == 5, resource.name
        assert set(resource.expansions) <= set(items[0])


def test_every_filter_and_sort_answers(opened: Gateway) -> None:
    """What the draft lets be asked is answered."""
    client = create_app(opened).test_client()
    for resource in opened.plan.versions["v1"].resources.values():
        for name in resource.sorts:
            assert client.get(f"{resource.path}?limit=2&sort=-{name}").status_code == 200
        assert resource.filters
        assert resource.key[0] in {each.field.name for each in resource.filters.values()}


def test_the_relations_are_those_of_the_plant(undocumented: Path) -> None:
    """Found by names and values alone, without a foreign key: those of the shipped contract, within a source."""
    resources = plan(undocumented).versions["v1"].resources
    found = {
        f"{resource.name}.{each.name}": each.resource
        for resource in resources.values()
        for each in resource.expansions.values()
    }
    assert EXPANSIONS.items() <= found.items()
    assert set(found) - set(EXPANSIONS) == {"items.bills_of_materials"}


def test_names_are_spelt_out(undocumented: Path) -> None:
    """Of ten-letter names, without a text; what the dictionary does not know is marked."""
    resources = plan(undocumented).versions["v1"].resources
    assert {name: resource.key for name, resource in resources.items()} == KEYS
    names = {"number", "customer_number", "status", "ordered_on", "requested_on", "promised_at", "rush", "updated_at"}
    assert names <= set(resources["orders"].fields)
    items = (undocumented / "v1" / "items.yaml").read_text(encoding="utf-8")
    assert "# check: no word of the dictionary explains ITMPB: what is it called?\n  itmpb:" in items


def test_texts_make_better_names(described: Path) -> None:
    """Where the source describes its columns, their texts name and describe the fields."""
    orders = plan(described).versions["v1"].resources["orders"]
    assert (orders.summary, orders.fields["changed_at"].description) == ("Order headers", "Last change")
    assert {"payment_terms", "currency", "rush_order", "weight_kg"} <= set(orders.fields)


def test_logical_deletes_are_out_of_sight(folder: Path) -> None:
    """Rows that the programs have deleted are no items, and the column that says so is no field."""
    text = (folder / "v1" / "orders.yaml").read_text(encoding="utf-8")
    assert "active_when: {ACREC: A}\n" in text
    assert not re.search("column: ACREC", text)


def test_persons_are_marked(folder: Path) -> None:
    """A customer's address is personal, the file says why, and no value of it stands there as an example."""
    fields = plan(folder).versions["v1"].resources["customers"].fields
    personal = {name for name, field in fields.items() if field.classification == "personal"}
    assert {"name", "address", "email"} <= personal
    assert all(fields[name].example is None for name in personal)
    assert "# personal: the name says an e-mail address\n  email:" in (folder / "v1" / "customers.yaml").read_text(
        "utf-8"
    )


def test_codes_have_their_rows_beside_them(undocumented: Path) -> None:
    """A person who names a code sees how many rows have it."""
    text = (undocumented / "v1" / "orders.yaml").read_text(encoding="utf-8")
    assert re.search(r'      "60": code-60  # [0-9],[0-9]{3}\n', text)


def test_drafting_is_deterministic(folder: Path) -> None:
    """The draft that is kept beside the file is the file, and each question in it is marked."""
    for path in sorted((folder / ".drafts" / "v1").iterdir()):
        words = path.read_text(encoding="utf-8")
        name = re.search(r"^resource: (.*)$", words, re.MULTILINE)
        assert name is not None
        assert (folder / "v1" / f"{name[1]}.yaml").read_text(encoding="utf-8") == words


# Drafts of samples made by hand.

TRAITS = kinds()["sqlite"].traits
CUSTOMERS = table("CUSMAS", "CUSNO char(4)", "NAME char(20)", key=["CUSNO"])
NAMED = sample(CUSTOMERS, [(f"C{at:03}", f"Name {at}") for at in range(200)])


def made(*samples: Sample, traits: Traits = TRAITS, given: dict[str, Given] | None = None) -> Drafted:
    """The drafts of samples, for a contract that has nothing yet."""
    contract = Contract("Test", "", {"erp": SourceSpec("erp", "sqlite", {}, "UTC")}, {})
    catalog = Catalog({each.table.name: each.table for each in samples})
    return draft(samples, Surroundings(contract, "v1", "erp", catalog, {"erp": traits}), dictionary(), given)


def test_a_table_without_a_key_is_left_out() -> None:
    """Rows that nothing tells apart have no address: the table is named, with the reason."""
    log = sample(table("LOG", "LINE varchar(10)"), [("same",)] * 60)
    found = made(NAMED, log)
    assert [each.name for each in found.resources] == ["customers"]
    assert found.left == {"LOG": "it has no key, and no few columns of it are one in the sample"}


def test_a_key_without_an_index_is_accepted_and_asked_about() -> None:
    """The draft is whole, and says what nobody has promised: that the source is fast with it."""
    (one,) = made(
        sample(table("PRICES", "ITEM char(8)", "PRICE decimal(9,2)"), [(f"I{at}", at) for at in range(200)])
    ).resources
    text = write(one)
    assert "unindexed: all" in text
    assert "# check: is PRICES fast? Nothing is known of its indexes" in text
    assert "filter" not in text


def test_a_column_that_cannot_be_read_is_named() -> None:
    """It is no field, and the file says so."""
    of = table("CUSMAS", "CUSNO char(4)", "SHAPE other", key=["CUSNO"])
    (one,) = made(Sample(of, ("CUSNO",), [("C1",), ("C2",)], whole=True)).resources
    assert one.notes == ("The column SHAPE was left out: the gateway cannot read its type.",)
    assert [each.name for each in one.fields] == ["number"]


def test_given_names_run_through_the_draft() -> None:
    """What a person has renamed is called so in the key, in filters and in other drafts; what they took out is in none."""
    given = {"CUSMAS": Given("clients", {("CUSNO",): "code"}, frozenset({("NAME",)}))}
    clients, held = made(NAMED, ORDERS, given=given).resources
    assert (clients.name, clients.key) == ("clients", ("code",))
    assert not [entry for entry in clients.filters if entry.startswith("name")]
    assert [(each.resource, dict(each.on)) for each in held.relations] == [("clients", {"customer_number": "code"})]


ORDERS = sample(
    table("ORDHDR", "ORDNO integer", "CUSNO char(4)", key=["ORDNO"]), [(at, f"C{at:03}") for at in range(200)]
)


@pytest.mark.parametrize(("of", "column"), [("ORDHDR", "CUSNO"), ("CUSMAS", "CUSNO")])
def test_nothing_leads_over_a_field_that_a_person_took_out(of: str, column: str) -> None:
    """An expansion stands on fields of both files: without one of them it would be a fault."""
    given = {of: Given("", {}, frozenset({(column,)}))}
    assert [each.relations for each in made(NAMED, ORDERS, given=given).resources] == [(), ()]
    assert any(each.relations for each in made(NAMED, ORDERS).resources)


def test_an_empty_table_is_drafted() -> None:
    """Without a row there is no evidence: each field is a question, and the file compiles."""
    (one,) = made(sample(CUSTOMERS)).resources
    assert all(each.proposal.doubts for each in one.fields)
