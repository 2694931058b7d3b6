"""What clients call tables and columns."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.port import Column, ColumnType, Table
from app.contract.words import FIELD_NAME, RESERVED_PARAMETERS, RESERVED_RESOURCES, RESOURCE_NAME
from app.conversions.base import ApiType
from app.draft.dictionary import dictionary
from app.draft.model import Proposal
from app.draft.names import entity, fields, resource_name, singular
from app.draft.spelling import said, spell
from tests.draft.tables import proposal, table

WORDS = dictionary()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("CUSNO", "customer number"),
        ("ORDTOT", "order total"),
        ("WorkCenterId", "work center id"),
        ("customer_no", "customer number"),
        ("KDNR", "customer number"),
        ("AUFTRAGSNUMMER", "order number"),
        ("Straße", "street"),
        ("ADR2", "address 2"),
        ("IsHot", "is hot"),
        ("QtyOnHand", "quantity on hand"),
    ],
)
def test_a_name_is_spelt_out(name: str, words: str) -> None:
    """Abbreviations, capitals and underscores become words of the dictionary, or of the name itself."""
    spelt = spell(name, WORDS)
    assert (" ".join(spelt.words), spelt.known) == (words, True)


@pytest.mark.parametrize("name", ["XQZ", "FLD0017A", "ITMPB"])
def test_what_nobody_knows_stays(name: str) -> None:
    """A name that no entry of the dictionary covers to its last letter is not known."""
    assert spell(name, WORDS).known is False


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Customer number", "customer number"),
        ("Requested date YYYYMMDD, 99999999 open", "requested date"),
        ("Customer's purchase order", "customer purchase order"),
        ("E-mail", "email"),
        ("Weight in kg, packed, 1 decimal", "weight kg"),
        ("Kundennummer", "customer number"),
        ("M made, P purchased", None),
        ("0 planned 1 released 2 running", None),
        ("The sum of all that was ever ordered by anybody", None),
        ("", None),
    ],
)
def test_a_text_makes_a_name_or_none(text: str, words: str | None) -> None:
    """The words up to the first comma, without formats; codes and sentences are no names."""
    found = said(text, WORDS)
    assert (None if found is None else " ".join(found)) == words


@pytest.mark.parametrize(
    ("of", "name"),
    [
        (table("ORDHDR", "A"), "orders"),
        (table("ORDLIN", "A"), "order-lines"),
        (table("CUSMAS", "A"), "customers"),
        (table("F4211", "A", text="Sales order detail file"), "sales-order-details"),
        (table("BOMSTR", "A"), "bills-of-materials"),
        (table("JobOperation", "A"), "job-operations"),
        (table("dbo.PlaylistTrack", "A"), "playlist-tracks"),
        (table("tbl_company", "A"), "companies"),
        (table("Address", "A"), "addresses"),
        (table("STATUS", "A"), "statuses"),
    ],
)
def test_a_table_is_called_after_what_it_holds(of: Table, name: str) -> None:
    """The plural of what a row is, without the words for how it is kept."""
    assert resource_name(entity(of, WORDS), (), WORDS) == name


def test_a_resource_name_is_the_only_one() -> None:
    """A name that is taken, or that every version has a page of, gets a number."""
    assert resource_name(entity(table("ORDHDR", "A"), WORDS), {"orders", "orders-2"}, WORDS) == "orders-3"
    assert resource_name(entity(table("doc", "A"), dictionary()), RESERVED_RESOURCES, WORDS) == "documents"


@pytest.mark.parametrize(
    ("of", "column", "type_", "name"),
    [
        (table("ORDHDR", "ORDNO"), "ORDNO", "string", "number"),
        (table("ORDHDR", "CUSNO"), "CUSNO", "string", "customer_number"),
        (table("ORDHDR", "ORDDT"), "ORDDT", "date", "ordered_on"),
        (table("ORDHDR", "ORDDT"), "ORDDT", "integer", "date"),
        (table("ORDHDR", "REQDT"), "REQDT", "datetime", "requested_at"),
        (table("ORDHDR", "RUSHF"), "RUSHF", "boolean", "rush"),
        (table("ORDHDR", "RUSHF"), "RUSHF", "string", "rushf"),
        (table("ORDLIN", "LNSTS decimal(2,0) Line status"), "LNSTS", "enum", "status"),
        (table("JobOrder", "IsHot"), "IsHot", "boolean", "hot"),
        (table("Album", "AlbumId"), "AlbumId", "integer", "id"),
        (table("Invoice", "InvoiceDate"), "InvoiceDate", "date", "invoiced_on"),
        (table("BOMSTR", "BEFFD decimal(7,0) Valid from CYYMMDD"), "BEFFD", "date", "valid_from"),
        (table("CUSMAS", "SINCE"), "SINCE", "date", "customer_since"),
        (table("ORDHDR", "UPDDT decimal(7,0) Last change, date CYYMMDD"), "UPDDT", "datetime", "changed_at"),
        (table("ORDHDR", "ORHNO", "ORHST", "ORHCUS"), "ORHST", "string", "status"),
        (table("CUSMAS", "CNAME", "CADR1", "CMAIL"), "CNAME", "string", "name"),
        (table("ORDHDR", "LIM decimal(7,0) Limit"), "LIM", "integer", "order_limit"),
        (table("ORDHDR", "ORDLIM"), "ORDLIM", "integer", "order_limit"),
    ],
)
def test_a_column_is_called(of: Table, column: str, type_: ApiType, name: str) -> None:
    """By its text where the name is terse, else by what the name spells: without the table's own prefix and noun."""
    (field,) = fields(of, [proposal(column, type_)], WORDS)
    assert field.name == name


def test_an_unknown_abbreviation_is_a_question() -> None:
    """The column's own name stays, in lower case, and somebody is asked."""
    (field,) = fields(table("ORDHDR", "XQZ"), [proposal("XQZ")], WORDS)
    assert field.name == "xqz"
    assert field.doubts == ("no word of the dictionary explains XQZ: what is it called?",)


def test_two_columns_of_one_field() -> None:
    """A date and its time are a moment; the lines of an address are the address. What the texts share describes them."""
    of = table(
        "ORDHDR",
        "PRMDT decimal(7,0) Promised date CYYMMDD",
        "PRMTM decimal(6,0) Promised time HHMMSS",
        "ADR1 char(30) Address line 1",
        "ADR2 char(30) Address line 2",
    )
    both = [
        Proposal(("PRMDT", "PRMTM"), "datetime", ["cyymmdd", "hhmmss"]),
        Proposal(("ADR1", "ADR2"), "string", "lines"),
    ]
    named = fields(of, both, WORDS)
    assert [(each.name, each.description) for each in named] == [("promised_at", "Promised"), ("address", "Address")]


def test_given_names_come_first() -> None:
    """A name that a person chose stays, is nobody else's, and is no question."""
    of = table("ORDHDR", "ORDNO", "ORDNR")
    named = fields(of, [proposal("ORDNO"), proposal("ORDNR")], WORDS, {("ORDNR",): "number"})
    assert [each.name for each in named] == ["order_number", "number"]


def test_one_item_of_a_resource() -> None:
    """An expansion is called in the singular."""
    assert [singular(name, WORDS) for name in ("order-lines", "companies", "media", "addresses", "statuses")] == [
        "order_line",
        "company",
        "medium",
        "address",
        "status",
    ]


_NAMES = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Z"]), min_size=1, max_size=14)
_TYPES: st.SearchStrategy[ApiType] = st.sampled_from(
    ["string", "integer", "date", "datetime", "time", "boolean", "enum"]
)


@given(
    _NAMES,
    st.lists(st.tuples(_NAMES, _TYPES, _NAMES | st.just("")), min_size=1, max_size=6, unique_by=lambda each: each[0]),
)
def test_whatever_a_table_is_called_its_names_are_legal(name: str, columns: list[tuple[str, ApiType, str]]) -> None:
    """Names that the contract takes, each once, none that is a query parameter; the same in each run."""
    of = Table(name, tuple(Column(each, ColumnType("varchar", 9), text=text) for each, _, text in columns))
    proposed = [proposal(each, type_) for each, type_, _ in columns]
    names = [each.name for each in fields(of, proposed, WORDS)]
    assert all(re.fullmatch(FIELD_NAME.pattern, each) for each in names), names
    assert len(set(names)) == len(names)
    assert not set(names) & set(RESERVED_PARAMETERS)
    assert re.fullmatch(RESOURCE_NAME.pattern, resource_name(entity(of, WORDS), (), WORDS))
    assert names == [each.name for each in fields(of, proposed, WORDS)]
