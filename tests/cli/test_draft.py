"""`bascule draft`: what it reads, what it writes, and what it leaves to people."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import main
from tests import shop
from tests.cli.conftest import Bascule

GATEWAY = "title: Shop\nsources:\n  erp: {kind: sqlite, path: erp.db, deadline: 30s}\nsecurity: open\n"
DATA = """\
CREATE TABLE CUSMAS (CUSNO CHAR(4) NOT NULL PRIMARY KEY, NAME CHAR(20) NOT NULL);
CREATE TABLE ORDHDR (ORDNO DECIMAL(7,0) NOT NULL PRIMARY KEY, CUSNO CHAR(4) NOT NULL, ORDDT DECIMAL(7,0) NOT NULL);
CREATE TABLE LOG (LINE VARCHAR(10));
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
INSERT INTO CUSMAS SELECT printf('C%03d', i), 'Name ' || i FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
INSERT INTO ORDHDR SELECT 1000 + i, printf('C%03d', 1 + i % 60), 1260100 + 1 + i % 28 FROM n;
INSERT INTO LOG VALUES ('same'), ('same');
"""


@pytest.fixture
def undrafted(tmp_path: Path) -> Path:
    """A contract with a source and nothing else."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "gateway.yaml").write_text(GATEWAY, encoding="utf-8")
    with closing(sqlite3.connect(folder / "erp.db")) as database:
        database.executescript(DATA)
    return folder


def replaced(path: Path, old: str, new: str) -> None:
    """Edit a file as a person does."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_draft_is_a_contract(bascule: Bascule, undrafted: Path) -> None:
    """Files, the catalog, a version that is a draft; nothing is wrong with it, and the next step is said."""
    result = bascule("draft", undrafted, "erp", "CUSMAS", "ORDHDR", "--yes")
    assert result.exit_code == 0
    assert f"{undrafted}/v1/customers.yaml: 2 fields" in result.stdout
    assert f"{undrafted}/v1/orders.yaml: 3 fields, 1 expansion" in result.stdout
    assert f"{undrafted}/catalog/erp.yaml: 2 tables" in result.stdout
    assert f"bascule check {undrafted}" in result.stderr
    assert "status: draft" in (undrafted / "v1" / "version.yaml").read_text(encoding="utf-8")
    assert bascule("check", undrafted, "--strict").exit_code == 0


def test_it_says_what_it_will_read(undrafted: Path) -> None:
    """The statements and their bounds come first; who says no has nothing read and nothing written."""
    done = CliRunner().invoke(
        main, ["draft", str(undrafted), "erp", "ORDHDR", "--rows", "100", "--seconds", "5"], input="n\n"
    )
    assert done.exit_code == 1
    assert "at most 100 rows and 5 s of each table" in done.stderr
    assert 'FROM "ORDHDR" ORDER BY "ORDHDR"."ORDNO" DESC' in done.stderr
    assert sorted(path.name for path in undrafted.iterdir()) == ["erp.db", "gateway.yaml"]


def test_the_sample_is_bounded(bascule: Bascule, undrafted: Path) -> None:
    """--rows holds: the evidence is of so many values."""
    assert bascule("draft", undrafted, "erp", "ORDHDR", "--rows", "100", "--yes").exit_code == 0
    assert "100 of 100 values" in (undrafted / "v1" / "orders.yaml").read_text(encoding="utf-8")


def test_tables_by_pattern(bascule: Bascule, undrafted: Path) -> None:
    """A table that makes no resource is named with the reason, and is no failure beside others."""
    result = bascule("draft", undrafted, "erp", "--like", "*", "--yes")
    assert result.exit_code == 4
    assert "LOG: no draft: it has no key" in result.stderr
    assert "1 of 3 tables made no resource" in result.stderr
    assert sorted(path.name for path in (undrafted / "v1").iterdir()) == [
        "customers.yaml",
        "orders.yaml",
        "version.yaml",
    ]


def test_nothing_at_all_is_a_failure(bascule: Bascule, undrafted: Path) -> None:
    """Where no table makes a resource, the exit code says so."""
    result = bascule("draft", undrafted, "erp", "LOG", "--yes")
    assert result.exit_code == 1
    assert "no table made a resource" in result.stderr
    assert not (undrafted / "v1").exists()


def test_a_table_that_cannot_be_read_is_a_partial_success(bascule: Bascule, undrafted: Path) -> None:
    """One that is gone since its catalog was read makes the exit code another, and is named; the draft beside it is written."""
    bascule("catalog", undrafted, "erp", "--table", "CUSMAS", "--table", "ORDHDR")
    with closing(sqlite3.connect(undrafted / "erp.db")) as database:
        database.execute("DROP TABLE CUSMAS")
    result = bascule("draft", undrafted, "erp", "CUSMAS", "ORDHDR", "--yes")
    assert result.exit_code == 4
    assert "CUSMAS: no draft: " in result.stderr
    assert "1 of 2 tables made no resource" in result.stderr
    assert (undrafted / "v1" / "orders.yaml").exists()
    assert not (undrafted / "v1" / "customers.yaml").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("erp", "ORDHRD", "--yes"), "did you mean 'ORDHDR'?"),
        (("epr", "ORDHDR", "--yes"), "did you mean 'erp'?"),
        (("erp", "--yes"), "name tables, or a pattern"),
        (("erp", "--like", "X*", "--yes"), "no table's name is like X*"),
        (("erp", "ORDHDR", "--version", "1", "--yes"), "expected a version"),
    ],
)
def test_what_is_not_there_is_a_usage_error(
    bascule: Bascule, undrafted: Path, arguments: tuple[str, ...], said: str
) -> None:
    """A mistake names the nearest."""
    result = bascule("draft", undrafted, *arguments)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_second_draft_keeps_what_people_changed(bascule: Bascule, undrafted: Path) -> None:
    """A renamed resource, a renamed, an edited and a deleted field, a comment: all stay; the rest has new evidence."""
    bascule("draft", undrafted, "erp", "CUSMAS", "ORDHDR", "--yes")
    orders = undrafted / "v1" / "orders.yaml"
    customers = undrafted / "v1" / "customers.yaml"
    replaced(customers, "resource: customers", "resource: clients")
    replaced(customers, "  number: {", "  # as on the invoice\n  code: {")
    replaced(customers, "key: number", "key: code")
    text = customers.read_text(encoding="utf-8")
    customers.write_text(text[: text.index("filter:")].replace("name: {column: NAME", "label: {column: NAME"), "utf-8")
    replaced(orders, "type: date", "type: date, on_issue: fail")
    replaced(
        orders, "resource: customers, on: {customer_number: number}", "resource: clients, on: {customer_number: code}"
    )
    with closing(sqlite3.connect(undrafted / "erp.db")) as database:
        database.execute("DELETE FROM ORDHDR WHERE ORDNO > 1150")
        database.commit()
    result = bascule("draft", undrafted, "erp", "CUSMAS", "ORDHDR", "--yes")
    assert result.exit_code == 0
    assert "ordered_on: edited, so it was left as it is; the draft says otherwise now" in result.stderr
    again, clients = orders.read_text(encoding="utf-8"), customers.read_text(encoding="utf-8")
    assert "on_issue: fail" in again
    assert "150 of 150 values" in again
    assert "resource: clients, on: {customer_number: code}" in again
    assert "# as on the invoice\n  code: {" in clients
    assert "filter" not in clients
    assert bascule("check", undrafted).exit_code == 0


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("key: number\n  fields: number", "not YAML"),
        ("key: number\nkey: number", "'key' stands twice"),
        ("key: [number", "not YAML"),
    ],
    ids=["indentation", "twice", "bracket"],
)
def test_a_file_that_a_person_broke_is_left_alone(bascule: Bascule, undrafted: Path, broken: str, said: str) -> None:
    """No second file beside it, and the draft of last time stays to merge with once it is mended; other tables are drafted."""
    bascule("draft", undrafted, "erp", "ORDHDR", "--yes")
    orders, kept = undrafted / "v1" / "orders.yaml", undrafted / ".drafts" / "v1" / "erp.ORDHDR.yaml"
    replaced(orders, "key: number", broken)
    before = orders.read_bytes(), kept.read_bytes()
    result = bascule("draft", undrafted, "erp", "CUSMAS", "ORDHDR", "--yes")
    assert result.exit_code == 1
    assert "ORDHDR: no draft: v1/orders.yaml:" in result.stderr
    assert said in result.stderr
    assert (orders.read_bytes(), kept.read_bytes()) == before
    assert 'FROM "ORDHDR"' not in result.stderr
    assert sorted(path.name for path in (undrafted / "v1").iterdir()) == [
        "customers.yaml",
        "orders.yaml",
        "version.yaml",
    ]


def test_a_broken_file_is_found_whatever_it_is_called(bascule: Bascule, undrafted: Path) -> None:
    """By what its own lines say; nothing is read for it alone."""
    bascule("draft", undrafted, "erp", "ORDHDR", "--yes")
    mine = (undrafted / "v1" / "orders.yaml").rename(undrafted / "v1" / "sales.yaml")
    replaced(mine, "key: number", "key: {")
    result = bascule("draft", undrafted, "erp", "ORDHDR", "--yes")
    assert result.exit_code == 1
    assert "ORDHDR: no draft: v1/sales.yaml:" in result.stderr
    assert not (undrafted / "v1" / "orders.yaml").exists()


def test_what_a_person_has_classified_is_not_kept(bascule: Bascule, undrafted: Path) -> None:
    """The copy of the draft shows no value of it from then on."""
    bascule("draft", undrafted, "erp", "CUSMAS", "ORDHDR", "--yes")
    kept = undrafted / ".drafts" / "v1" / "erp.ORDHDR.yaml"
    assert "2026-01-02" in kept.read_text(encoding="utf-8")
    replaced(undrafted / "v1" / "orders.yaml", "type: date,", "type: date, classification: confidential,")
    result = bascule("draft", undrafted, "erp", "CUSMAS", "ORDHDR", "--yes")
    assert result.exit_code == 0
    assert "2026" not in kept.read_text(encoding="utf-8")
    assert "classification: confidential" in (undrafted / "v1" / "orders.yaml").read_text(encoding="utf-8")


def test_a_new_column_is_added(bascule: Bascule, undrafted: Path) -> None:
    """Once the catalog has it, a draft made again has a field for it, and a filter where it got an index."""
    bascule("draft", undrafted, "erp", "ORDHDR", "--yes")
    with closing(sqlite3.connect(undrafted / "erp.db")) as database:
        database.executescript("ALTER TABLE ORDHDR ADD ORDQTY INTEGER; CREATE INDEX Q ON ORDHDR (ORDQTY, ORDNO);")
    bascule("catalog", undrafted, "erp", "--table", "ORDHDR")
    bascule("draft", undrafted, "erp", "ORDHDR", "--yes")
    text = (undrafted / "v1" / "orders.yaml").read_text(encoding="utf-8")
    assert "quantity: {column: ORDQTY" in text
    assert "quantity" in text[text.index("filter:") :]
    assert bascule("check", undrafted, "--strict").exit_code == 0


def test_a_draft_of_one_table_keeps_what_leads_to_others(bascule: Bascule, undrafted: Path) -> None:
    """The expansion to customers is not lost where orders alone are drafted again."""
    bascule("draft", undrafted, "erp", "CUSMAS", "ORDHDR", "--yes")
    before = (undrafted / "v1" / "orders.yaml").read_text(encoding="utf-8")
    result = bascule("draft", undrafted, "erp", "ORDHDR", "--yes")
    assert "no longer" not in result.stderr
    assert "customer: {resource: customers" in before
    assert "customer: {resource: customers" in (undrafted / "v1" / "orders.yaml").read_text(encoding="utf-8")


def test_a_file_that_people_wrote_is_left_alone(bascule: Bascule, folder: Path) -> None:
    """Where no draft was made before, nobody can tell what is a person's: the file stays, what the draft has is told."""
    before = (folder / "v1" / "items.yaml").read_text(encoding="utf-8")
    replaced(folder / "v1" / "items.yaml", "  name: {column: ITNAM, type: string}\n", "")
    replaced(folder / "v1" / "items.yaml", "filter: [number, name, since]", "filter: [number, since]")
    mine = (folder / "v1" / "items.yaml").read_text(encoding="utf-8")
    result = bascule("draft", folder, "shop", "ITEM", "--yes")
    assert result.exit_code == 0
    assert (folder / "v1" / "items.yaml").read_text(encoding="utf-8") == mine != before
    assert "the draft has besides: name" in result.stderr
    assert sorted(path.name for path in (folder / "v1").iterdir()) == ["items.yaml", "version.yaml"]


def test_a_catalog_that_people_reviewed_is_kept(bascule: Bascule, undrafted: Path) -> None:
    """Texts that somebody wrote into it name the fields; tables that it lacks are added."""
    bascule("catalog", undrafted, "erp", "--table", "ORDHDR")
    replaced(
        undrafted / "catalog" / "erp.yaml",
        'ORDDT: {type: "decimal(7,0)",',
        'ORDDT: {text: Entry date, type: "decimal(7,0)",',
    )
    bascule("draft", undrafted, "erp", "CUSMAS", "ORDHDR", "--yes")
    catalog = (undrafted / "catalog" / "erp.yaml").read_text(encoding="utf-8")
    assert "Entry date" in catalog
    assert "CUSMAS:" in catalog
    assert "entered_on: {column: ORDDT" in (undrafted / "v1" / "orders.yaml").read_text(encoding="utf-8")


def test_a_folders_own_dictionary(bascule: Bascule, undrafted: Path) -> None:
    """Words of the house come before those of the gateway."""
    (undrafted / "dictionary.yaml").write_text("words: {cusno: debtor}\n", encoding="utf-8")
    bascule("draft", undrafted, "erp", "ORDHDR", "--yes")
    assert "  debtor: {column: CUSNO" in (undrafted / "v1" / "orders.yaml").read_text(encoding="utf-8")


def test_a_question_that_the_dictionary_answers(bascule: Bascule, undrafted: Path) -> None:
    """A name that was asked about follows a new entry of the dictionary; one that nobody asked about, or that was edited, stays."""
    with closing(sqlite3.connect(undrafted / "erp.db")) as database:
        database.executescript("ALTER TABLE ORDHDR ADD XQZ INTEGER; ALTER TABLE ORDHDR ADD ZZQ INTEGER;")
    bascule("draft", undrafted, "erp", "ORDHDR", "--yes")
    orders = undrafted / "v1" / "orders.yaml"
    replaced(orders, "  zzq: {", "  quiet_zone: {")
    (undrafted / "dictionary.yaml").write_text("words: {xqz: zone, zzq: other, ordno: nothing}\n", encoding="utf-8")
    bascule("draft", undrafted, "erp", "ORDHDR", "--yes")
    text = orders.read_text(encoding="utf-8")
    assert "  zone: {column: XQZ" in text
    assert "  quiet_zone: {column: ZZQ" in text
    assert "  number: {column: ORDNO" in text


def test_faults_of_resources_are_no_hindrance(bascule: Bascule, folder: Path) -> None:
    """A draft beside a file with faults is made; a fault of gateway.yaml is one."""
    with closing(sqlite3.connect(folder / "shop.db")) as database:
        database.executescript(DATA)
    shop.write_items(folder, shop.BROKEN_ITEMS)
    assert bascule("draft", folder, "shop", "CUSMAS", "--yes").exit_code == 0
    replaced(folder / "gateway.yaml", "title:", "titel:")
    result = bascule("draft", folder, "shop", "CUSMAS", "--yes")
    assert result.exit_code == 1
    assert "gateway.yaml:1:1" in result.stderr


def test_another_version(bascule: Bascule, undrafted: Path) -> None:
    """--version says where the drafts go."""
    assert bascule("draft", undrafted, "erp", "CUSMAS", "--version", "v2", "--yes").exit_code == 0
    assert (undrafted / "v2" / "customers.yaml").exists()
