"""Relations: declared ones, and those that names and values tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adapters.port import ForeignKey
from app.draft.dictionary import dictionary
from app.draft.model import FieldDraft, Proposal, Sample
from app.draft.relations import Found, adopted, relations
from app.draft.side import Side
from tests.draft.tables import sample, table

WORDS = dictionary()


def side(
    of: Sample, entity: str, *fields: FieldDraft, key: Sequence[str], name: str = "", drafted: bool = True
) -> Side:
    """A resource, called after what a row is."""
    return Side(name or f"{entity.replace(' ', '-')}s", tuple(entity.split()), of, fields, tuple(key), drafted)


def over(column: str, name: str, type_: Any = "string", stored_as: Any = None) -> FieldDraft:
    """A field over one column."""
    return FieldDraft(name, Proposal((column,), type_, stored_as))


def customers(rows: Sequence[Sequence[Any]], *, whole: bool = True, drafted: bool = True) -> Side:
    """Customers by number."""
    of = sample(table("CUSMAS", "CUSNO char(8)", key=["CUSNO"]), rows, whole=whole)
    return side(of, "customer", over("CUSNO", "number"), key=["number"], drafted=drafted)


def orders(
    rows: Sequence[Sequence[Any]], *foreign: ForeignKey, column: str = "CUSNO", called: str = "customer_number"
) -> Side:
    """Orders by number, with the customer's."""
    of = sample(table("ORDHDR", "ORDNO integer", f"{column} char(8)", key=["ORDNO"], foreign=foreign), rows)
    return side(of, "order", over("ORDNO", "number", "integer"), over(column, called), key=["number"])


def found(*sides: Side, edges: set[tuple[str, str]] | None = None) -> Found:
    """What lies between them."""
    return relations(adopted(sides), edges or set(), WORDS)


MANY = [(f"C{number}",) for number in range(40)]
ORDERED = [(number, f"C{number}  ") for number in range(40)]


def test_a_declared_reference_needs_no_values() -> None:
    """The source's word is enough; the expansion is called after what it leads to."""
    declared = ForeignKey("FK_CUST", ("CUSNO",), "CUSMAS", ("CUSNO",))
    (relation,) = found(customers([]), orders([], declared)).relations["orders"]
    assert (relation.name, relation.resource, relation.on, relation.many) == (
        "customer",
        "customers",
        {"customer_number": "number"},
        False,
    )
    assert (relation.evidence, relation.doubts) == ("the foreign key FK_CUST says so", ())


def test_names_and_values_tell() -> None:
    """A column of one name, whose every value is a key there; padding is no difference."""
    (relation,) = found(customers(MANY), orders(ORDERED)).relations["orders"]
    assert relation.evidence == "40 of 40 distinct values in the sample are keys of CUSMAS"
    assert relation.doubts == ()


def test_values_that_are_no_keys_are_a_question() -> None:
    """Nine of ten will do, with the question what the others are; fewer are no relation."""
    (relation,) = found(customers(MANY[:38]), orders(ORDERED)).relations["orders"]
    assert relation.doubts == ("what are the others?",)
    assert found(customers(MANY[:20]), orders(ORDERED)).relations == {}


def test_few_values_are_a_question() -> None:
    """What five values say is not sure."""
    (relation,) = found(customers(MANY), orders(ORDERED[:5])).relations["orders"]
    assert relation.doubts == ("does it lead there? Few values could be compared",)


def test_a_sample_of_the_keys_proves_less() -> None:
    """Where not all keys were read, a shared name and some of the keys will do, with a question."""
    (relation,) = found(customers(MANY[:10], whole=False), orders(ORDERED)).relations["orders"]
    assert relation.evidence.endswith("10 of 40 distinct values in the sample are keys of CUSMAS that were sampled")
    assert relation.doubts == ("are the others keys, too? Not all keys were read",)
    assert found(customers([("X",)], whole=False), orders(ORDERED)).relations == {}


def test_values_alone_convince_where_they_are_many_and_spelt() -> None:
    """Fifty texts with letters are found among keys by no chance; numbers are, and are no relation without a name."""
    keys, rows = [(f"C{at}",) for at in range(60)], [(at, f"C{at}") for at in range(60)]
    (relation,) = found(customers(keys), orders(rows, column="PAYER", called="payer")).relations["orders"]
    assert relation.doubts == ("does it lead there? The values say so, and no name does",)
    digits = [(f"{at}",) for at in range(60)], [(at, f"{at}") for at in range(60)]
    assert found(customers(digits[0]), orders(digits[1], column="PAYER", called="payer")).relations == {}


def lines(rows: Sequence[Sequence[Any]]) -> Side:
    """Lines of orders, by the order's number and their own."""
    of = sample(table("ORDLIN", "ORDNO integer", "LINNO integer", key=["ORDNO", "LINNO"]), rows)
    fields = over("ORDNO", "order_number", "integer"), over("LINNO", "line_number", "integer")
    return side(of, "order line", *fields, key=["order_number", "line_number"])


def test_parts_are_many_of_their_whole() -> None:
    """Where a reference begins the key of its table, the other has its rows: an order its lines."""
    (relation,) = found(orders(ORDERED), lines([(at, 1) for at in range(40)])).relations["orders"]
    assert (relation.name, relation.resource, relation.on, relation.many) == (
        "lines",
        "order-lines",
        {"number": "order_number"},
        True,
    )


def test_what_refers_to_a_key_is_stored_as_it_is() -> None:
    """A line's order number is the text of digits that the order's own number is."""
    keyed = side(
        sample(table("ORDHDR", "ORDNO integer", key=["ORDNO"]), [(at,) for at in range(1, 40)]),
        "order",
        over("ORDNO", "number", "string", {"integer": 7}),
        key=["number"],
    )
    _, settled = adopted([keyed, lines([(at, 1) for at in range(1, 40)])])
    number = settled.named["order_number"].proposal
    assert (number.type, number.stored_as) == ("string", {"integer": 7})
    assert number.evidence.startswith("stored as orders.number is, whose values it has")
    assert settled.named["line_number"].proposal.type == "integer"


def test_other_values_keep_their_own_form() -> None:
    """A column of one name with other values is not stored as the key is."""
    keyed = side(
        sample(table("ORDHDR", "ORDNO integer", key=["ORDNO"]), [(1,)]),
        "order",
        over("ORDNO", "number", "string", {"integer": 7}),
        key=["number"],
    )
    _, left = adopted([keyed, lines([(at, 1) for at in range(100, 140)])])
    assert left.named["order_number"].proposal.type == "integer"


def test_no_cycle_is_drafted() -> None:
    """Of two expansions that would form a circle, the second is left out, and the file says so."""
    there, back = ForeignKey("A", ("CUSNO",), "CUSMAS", ("CUSNO",)), ForeignKey("B", ("LAST",), "ORDHDR", ("ORDNO",))
    of = sample(table("CUSMAS", "CUSNO char(8)", "LAST integer", key=["CUSNO"], foreign=[back]))
    both = side(of, "customer", over("CUSNO", "number"), over("LAST", "last_order", "integer"), key=["number"])
    told = found(orders([], there), both)
    assert [each.resource for each in told.relations["orders"]] == ["customers"]
    assert "customers" not in told.relations
    assert told.notes == {
        "customers": ["An expansion from customers to orders was left out: expansions form no cycle."]
    }


def test_expansions_that_are_there_count() -> None:
    """A circle through a resource of the contract is one, too."""
    declared = ForeignKey("A", ("CUSNO",), "CUSMAS", ("CUSNO",))
    told = found(orders([], declared), customers([]), edges={("customers", "regions"), ("regions", "orders")})
    assert told.relations == {}


def test_a_table_that_refers_to_itself_has_no_expansion() -> None:
    """It would be a circle of one."""
    boss = ForeignKey("BOSS", ("BOSS",), "EMP", ("ID",))
    of = sample(table("EMP", "ID integer", "BOSS integer", key=["ID"], foreign=[boss]))
    told = found(side(of, "employee", over("ID", "id", "integer"), over("BOSS", "boss", "integer"), key=["id"]))
    assert (told.relations, list(told.notes)) == ({}, ["employees"])


def test_types_that_differ_are_not_joined() -> None:
    """A number is no text, whatever the source declares."""
    declared = ForeignKey("A", ("CUSNO",), "CUSMAS", ("CUSNO",))
    of = sample(table("ORDHDR", "ORDNO integer", "CUSNO integer", key=["ORDNO"], foreign=[declared]))
    held = side(of, "order", over("ORDNO", "number", "integer"), over("CUSNO", "customer", "integer"), key=["number"])
    assert found(customers([]), held).relations == {}


def test_a_resource_of_the_contract_is_led_to() -> None:
    """Nothing was read of it: a column called after its key is a question, and it gets no expansion itself."""
    told = found(customers([], drafted=False), orders(ORDERED))
    (relation,) = told.relations["orders"]
    assert relation.doubts == ("is it that? CUSMAS was not read",)
    assert list(told.relations) == ["orders"]


def test_an_expansion_has_a_name_of_its_own() -> None:
    """Where a field has the name already, the expansion is called otherwise."""
    rows = [(at, f"C{at}") for at in range(40)]
    (relation,) = found(customers(MANY), orders(rows, called="customer")).relations["orders"]
    assert relation.name == "customer_customer"
