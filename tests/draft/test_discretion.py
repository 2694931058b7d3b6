"""No draft shows a value of a field that is about a person, wherever in the file it might stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from adapters.port import Catalog
from app.assembly import kinds
from app.contract.model import Contract, SourceSpec
from app.draft.dictionary import dictionary
from app.draft.draft import Given, draft
from app.draft.model import FieldDraft, ResourceDraft, Sample
from app.draft.served import Surroundings
from app.draft.shown import Shown, bare, told
from app.draft.write import write
from tests.draft.tables import sample, table

STAFF = "EMPMAS"  # employees, by the dictionary
DAYS = [19_000_000 + 10_000 * (40 + at % 59) + 100 * (1 + at % 12) + 1 + at % 28 for at in range(300)]
NAMES = ["Anna", "Bert", "Cleo", "Dora", "Emil"]


def drafted(*columns: str, rows: Sequence[Sequence[Any]], given: Given | None = None) -> ResourceDraft:
    """The draft of a table of persons; its key is a number that is counted from 900001."""
    made = sample(
        table(STAFF, "EMPNO integer", *columns, key=["EMPNO"]),
        [(900_001 + at, *row) for at, row in enumerate(rows)],
        whole=False,
    )
    return resources(made, given={STAFF: given or Given()})[0]


def resources(*samples: Sample, given: dict[str, Given] | None = None) -> tuple[ResourceDraft, ...]:
    """The drafts of samples."""
    contract = Contract("Test", "", {"erp": SourceSpec("erp", "sqlite", {}, "UTC")}, {})
    catalog = Catalog({each.table.name: each.table for each in samples})
    around = Surroundings(contract, "v1", "erp", catalog, {"erp": kinds()["sqlite"].traits})
    return draft(samples, around, dictionary(), given).resources


def field(of: ResourceDraft, column: str) -> FieldDraft:
    """The field that has the column."""
    return next(each for each in of.fields if column in each.proposal.columns)


CASES: dict[str, tuple[tuple[str, ...], list[tuple[Any, ...]]]] = {
    "dates": (("BIRTH_DATE decimal(8,0)",), [(day,) for day in DAYS]),
    "days that are none": (("BIRTH_DATE decimal(8,0)",), [(day,) for day in [*DAYS, 19_450_231, 19_661_399]]),
    "a frequent day that is none": (("BIRTH_DATE decimal(8,0)",), [(day,) for day in [*DAYS, *[19_450_231] * 60]]),
    "a day and a time": (
        ("BIRTHDT decimal(8,0)", "BIRTHTM decimal(6,0)"),
        [(day, 10_000 * (6 + at % 16) + 100 * (at * 7 % 60) + 11) for at, day in enumerate(DAYS)]
        + [(19_450_231, 91_511)],
    ),
    "codes": (("GENDER char(6)",), [(("FEMALE", "MALE", "DIVERS")[at % 3],) for at in range(300)]),
    "codes of digits": (("GENDER decimal(3,0)",), [((711, 712, 799)[at % 3],) for at in range(300)]),
    "first names": (("FIRST_NAME varchar(20)",), [(NAMES[at % 5],) for at in range(300)]),
    "one value": (("FIRST_NAME varchar(20)",), [("Anna",)] * 100),
    "amounts": (("SALARY decimal(9,0)",), [(310_017 + at * 977,) for at in range(300)]),
    "the wrong code page": (("LAST_NAME char(20)",), [(f"M{{ller{at % 40:02}er J{{ger",) for at in range(300)]),
    "forms": (("REMARK varchar(40)",), [(f"person{at}@example.com",) for at in range(300)]),
    "lines": (
        ("ADDRESS1 varchar(40)", "ADDRESS2 varchar(40)"),
        [(f"{at} High Street", f"Little{at}town") for at in range(300)],
    ),
    "few values": (("PHONE varchar(20)",), [("+44 20 7946 0101",), ("+44 20 7946 0102",)]),
}


@pytest.mark.parametrize("case", CASES)
def test_no_value_of_a_person_is_drafted(case: str) -> None:
    """Neither in evidence, nor in a question, an example or a code; nor the years between which people were born."""
    columns, rows = CASES[case]
    made = drafted(*columns, rows=rows)
    names = [column.partition(" ")[0] for column in columns]
    assert all(field(made, name).personal for name in names)
    text = write(made)
    for value in {str(value) for row in rows for value in row}:
        assert value not in text
    assert not any(str(year) in text for year in range(1940, 1999))


def test_numbers_of_values_stay() -> None:
    """How many decode, how many are no value, how many are wrong: the evidence is worth reading still."""
    made = drafted("BIRTH_DATE decimal(8,0)", rows=[(day,) for day in [*DAYS, 0, 0, 0, 19_450_231]])
    found = field(made, "BIRTH_DATE").proposal
    assert found.stored_as == "yyyymmdd"
    assert found.evidence == "yyyymmdd: 300 of 304 values are valid dates; 3 mean no value"
    assert "1 value does not decode: …" in found.doubts


def test_marks_that_programs_use_are_nobodys() -> None:
    """They stay in `nulls`, without which they would be mistakes; what is only frequent is asked about and not taken."""
    rows = [(day,) for day in [*DAYS, *[99_999_999] * 20, *[19_450_231] * 60]]
    found = field(drafted("BIRTH_DATE decimal(8,0)", rows=rows), "BIRTH_DATE").proposal
    assert found.stored_as == {"yyyymmdd": {"nulls": [99999999]}}
    assert "does … (60 rows) stand for no value?" in found.doubts


@pytest.mark.parametrize(("kind", "plain"), [("char(6)", "string"), ("integer Gender code", "integer")])
def test_codes_of_persons_become_a_question(kind: str, plain: str) -> None:
    """An enum would show them: the field holds what is stored, and it is said how many codes there are."""
    codes = ("FEMALE", "MALE", "DIVERS") if plain == "string" else (711, 712, 799)
    found = field(drafted(f"GENDER {kind}", rows=[(codes[at % 3],) for at in range(300)]), "GENDER")
    assert (found.proposal.type, found.proposal.stored_as, found.counts) == (plain, None, {})
    assert found.proposal.evidence == "3 distinct values"
    assert found.proposal.doubts == ("is it an enum? Its 3 codes are not shown",)


def test_what_a_file_classifies_is_withheld() -> None:
    """A person knows better than names and forms: what they have classified is drafted without values from then on."""
    rows = [(f"X{at % 7}Y",) for at in range(300)]
    assert "X3Y" in write(drafted("MEMO char(8)", rows=rows))
    made = drafted("MEMO char(8)", rows=rows, given=Given(withheld=frozenset({("MEMO",)})))
    assert field(made, "MEMO").personal == "the file says so"
    assert "X3Y" not in write(made)


def test_what_leads_to_a_person_is_about_one() -> None:
    """A field with the values of a key that is personal, whatever the field is called."""
    values = [f"person{at}@example.com" for at in range(100)]
    users = sample(table("USRMAS", "LOGIN varchar(30)", key=["LOGIN"]), [(value,) for value in values])
    logs = sample(
        table("LOGDTA", "ID integer", "LOGIN varchar(30)", key=["ID"]),
        [(at, values[at] if at < 20 else f"root{at % 2}") for at in range(60)],
    )
    made = resources(users, logs)
    assert [bool(each.fields[-1].personal) for each in made] == [True, True]
    assert not any(value in write(each) for each in made for value in values)


def test_sentences_can_do_without_what_they_show() -> None:
    """However often they were put together; what shows nothing is as it was."""
    inner = told("it is ", Shown("'x'"), Shown(", or 'y'", ""))
    outer = told("so: ", inner, "?")
    assert (outer, bare(outer)) == ("so: it is 'x', or 'y'?", "so: it is …?")
    assert bare("as it was") == "as it was"
