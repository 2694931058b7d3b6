"""Where drafts lie: which file is a table's, and what of it is a person's."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.contract.files import read
from app.draft import files
from app.draft.files import Home
from app.draft.model import FieldDraft, Proposal, ResourceDraft
from app.shapes import Node, Report

ORDERS = ResourceDraft(
    "orders",
    "erp",
    "ORDHDR",
    (FieldDraft("number", Proposal(("ORDNO",), "string")), FieldDraft("name", Proposal(("NAME",), "string"))),
    ("number",),
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file of a draft."""
    return Home.read(tmp_path, "v1", "erp").write(ORDERS).path


def home(file: Path) -> Home:
    """The place as it is now."""
    return Home.read(file.parent.parent, "v1", "erp")


def edited(file: Path, old: str, new: str) -> None:
    """What a person does."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_names_are_those_of_the_file(file: Path) -> None:
    """The resource's and the fields', by their columns; what is not there any more was taken out."""
    edited(file, "resource: orders", "resource: sales")
    edited(file, "  name: {column: NAME, type: string}\n", "")
    given = home(file).given("ORDHDR")
    assert (given.resource, given.dropped) == ("sales", frozenset({("NAME",)}))
    assert given.fields["ORDNO",] == "number"


@pytest.mark.parametrize(
    ("classification", "withheld"), [("public", set()), ("personal", {("NAME",)}), ("confidential", {("NAME",)})]
)
def test_what_a_person_has_classified_is_withheld(
    file: Path, classification: str, withheld: set[tuple[str, ...]]
) -> None:
    """The next draft shows no value of it."""
    edited(file, "column: NAME,", f"column: NAME, classification: {classification},")
    assert set(home(file).given("ORDHDR").withheld) == withheld


def test_a_name_that_went_to_another_field_is_not_given_twice(file: Path) -> None:
    """The field that a person took out gives its name away."""
    edited(file, "name: {column: NAME,", "name: {column: NAME2,")
    given = home(file).given("ORDHDR")
    assert given.fields == {("ORDNO",): "number", ("NAME2",): "name"}


@pytest.mark.parametrize(
    "text",
    ["", "fields: {}\n", "\ufeffsource: erp\n", "resource: [\n", "source: erp\ntable: ORDHDR\nkey: {\n", "\0"],
)
def test_a_draft_is_found_though_nobody_can_read_it(file: Path, text: str) -> None:
    """It is the table's file, by what it says or else by its name; it is not written to, and nothing is beside it."""
    file.write_text(text, encoding="utf-8")
    there = home(file)
    found = there.file("ORDHDR")
    assert found is not None
    assert (found.path, found.fault is None) == (file, text.startswith("fields"))
    there.write(ORDERS)
    assert file.read_text(encoding="utf-8") == text or found.fault is None
    assert list(file.parent.iterdir()) == [file]


def test_a_broken_file_of_another_table_is_not_this_ones(file: Path) -> None:
    """Its lines say whose it is, though it has the name of this one."""
    file.write_text("source: erp\ntable: OTHER\nkey: {\n", encoding="utf-8")
    assert home(file).file("ORDHDR") is None
    assert home(file).file("OTHER") is not None


def test_each_file_is_read_once(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many tables are asked for: the work grows with the files, not with their square."""
    for at in range(20):
        (file.parent / f"more-{at}.yaml").write_text(f"source: erp\ntable: T{at}\n", encoding="utf-8")
    counted: list[str] = []

    def counting(folder: Path, name: str, report: Report) -> Node | None:
        counted.append(name)
        return read(folder, name, report)

    monkeypatch.setattr(files, "read", counting)
    there = home(file)
    assert all(there.file(f"T{at}") is not None for at in range(20))
    assert len(counted) == len(set(counted)) == 21
