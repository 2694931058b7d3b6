"""The glossary: words gathered over resources and versions, their other names, and where they lead."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.assembly import compile_folder
from app.describe.glossary import Term, glossary
from app.plan.model import Field, Plan, Version
from tests.http import plans
from tests.http.conftest import PLANT


@pytest.fixture(scope="module")
def planned() -> Plan:
    """The demo plant's plan alone."""
    return compile_folder(PLANT, {}).plan


def terms(*versions: Version) -> dict[str, Term]:
    """The terms of versions by name."""
    return {term.name: term for term in glossary(versions)}


def renamed(version: Version, resource: str, old: str, new: str) -> Version:
    """The version with one field under another name, over the same column."""
    whole = version.resources[resource]
    fields = {new if name == old else name: each for name, each in whole.fields.items()}
    fields[new] = replace(fields[new], name=new)
    return replace(version, resources={**version.resources, resource: replace(whole, fields=fields)})


def test_a_word_has_its_places(planned: Plan) -> None:
    """One word over resources and versions is one term, with the places where it is used, in alphabetical order."""
    found = glossary(planned.versions.values())
    assert [term.name for term in found] == sorted({term.name for term in found})
    number = next(term for term in found if term.name == "order_number")
    assert {place for meaning in number.meanings for place in meaning.places} == {
        ("v2", "jobs"), ("v2", "late-jobs"), ("v2", "order-lines"), ("v2", "shipments"),
    }  # fmt: skip


def test_a_renamed_field_knows_its_other_name(planned: Plan) -> None:
    """What a lens renamed is found under either name, and leads to the other."""
    found = terms(*planned.versions.values())
    assert found["customer"].others == ("customer_number",)
    assert found["customer_number"].others == ("customer",)
    assert found["hot"].others == ("expedited",)
    assert "promised_at" in found
    assert found["promised_at"].others == (), "a part of it is another thing"


def test_two_names_in_one_version_are_no_rename() -> None:
    """A column that one version shows twice has two fields, neither of which is the other's old name."""
    version = plans.plan().versions["v2"]
    orders = version.resources["orders"]
    twin = replace(orders.fields["number"], name="label")
    both = replace(orders, fields={**orders.fields, "label": twin})
    found = terms(replace(version, resources={"orders": both}))
    assert found["number"].others == found["label"].others == ()


def test_other_names_tell_versions_apart() -> None:
    """The same column under two names in two versions is one thing."""
    plan = plans.plan()
    found = terms(plan.versions["v1"], renamed(plan.versions["v2"], "orders", "total", "amount"))
    assert (found["total"].others, found["amount"].others) == (("amount",), ("total",))


def test_a_word_of_two_types_is_ambiguous() -> None:
    """A word that is text here and a number there is told as such."""
    plan = plans.plan()
    orders = plan.versions["v2"].resources["orders"]
    number: Field = replace(orders.fields["total"], type="number")
    other = replace(orders, fields={**orders.fields, "total": number})
    found = terms(plan.versions["v1"], replace(plan.versions["v2"], resources={"orders": other}))
    assert found["total"].ambiguous
    assert not found["number"].ambiguous


def test_expansions_say_what_a_word_refers_to() -> None:
    """A field refers to the key that it leads to, from whichever side the expansion goes."""
    found = terms(plans.plan().versions["v2"])
    assert found["order"].refers == ("orders.number",)
    assert found["part"].refers == ("parts.name",)
    assert found["number"].refers == ()


def test_the_strictest_classification_counts() -> None:
    """A word that is personal somewhere is told as personal where it means the same."""
    plan = plans.plan()
    orders = plan.versions["v2"].resources["orders"]
    private = replace(orders.fields["customer"], classification="personal")
    strict = replace(orders, fields={**orders.fields, "customer": private})
    found = terms(plan.versions["v1"], replace(plan.versions["v2"], resources={"orders": strict}))
    assert [meaning.classification for meaning in found["customer"].meanings] == ["personal"]


def test_an_empty_plan_has_no_words() -> None:
    """Versions without resources have no terms."""
    assert glossary([Version("v1", "current", {})]) == ()
