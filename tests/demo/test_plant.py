"""The demo's data: the same each time, as many rows as promised, whole, and as dirty as it says."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Mapping
from pathlib import Path

import pytest

from app.demo import plant
from app.demo.catalogs import DATABASES
from app.demo.dirt import DIRT, Dirt
from app.demo.erp_tables import ERP
from app.demo.masters import ANCHOR
from app.demo.stored import cyymmdd, timestamp

Databases = Mapping[str, sqlite3.Connection]

LEAST_ROWS = {
    "ORDHDR": 20_000, "ORDLIN": 60_000, "CUSMAS": 500, "ITMMAS": 1_500, "BOMSTR": 4_000,
    "WorkCenter": 20, "JobOrder": 8_000, "JobOperation": 30_000, "Shipment": 5_000,
}  # fmt: skip


def one(connection: sqlite3.Connection, statement: str) -> int:
    """The single number that a statement brings."""
    (number,) = connection.execute(statement).fetchone()
    assert isinstance(number, int)
    return number


def source_of(databases: Databases, table: str) -> sqlite3.Connection:
    """The database that holds a table."""
    return databases["erp" if any(known.name == table for known in ERP.tables) else "mes"]


def content(path: Path) -> str:
    """A digest of all that a database holds."""
    digest = hashlib.sha256()
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    for line in connection.iterdump():
        digest.update(line.encode())
    connection.close()
    return digest.hexdigest()


def test_two_builds_hold_the_same(built: plant.Plant, tmp_path: Path) -> None:
    """The generator has no memory and no clock: another folder gets the very same rows."""
    again = plant.build(tmp_path / "again")
    assert {name: content(path) for name, path in again.databases.items()} == {
        name: content(path) for name, path in built.databases.items()
    }


@pytest.mark.parametrize(("table", "least"), LEAST_ROWS.items())
def test_rows(databases: Databases, table: str, least: int) -> None:
    """Each table has as many rows as the demo promises."""
    assert one(source_of(databases, table), f'SELECT COUNT(*) FROM "{table}"') >= least


def test_a_plant_is_built_once_and_edits_stay(built: plant.Plant) -> None:
    """A second build keeps the databases and what a reader has changed in the contract."""
    gateway = built.folder / "gateway.yaml"
    before, written = gateway.read_text(encoding="utf-8"), built.databases["erp"].stat().st_mtime_ns
    gateway.write_text(before + "# mine\n", encoding="utf-8")
    again = plant.build(built.folder)
    assert not again.fresh
    assert built.databases["erp"].stat().st_mtime_ns == written
    assert gateway.read_text(encoding="utf-8").endswith("# mine\n")
    gateway.write_text(before, encoding="utf-8")


def test_the_databases_alone(built: plant.Plant, tmp_path: Path) -> None:
    """Without a contract, they hold what they hold with one; a file that is there stays."""
    paths = plant.build_databases(tmp_path / "legacy")
    assert sorted(path.name for path in (tmp_path / "legacy").iterdir()) == ["erp.db", "mes.db"]
    assert paths["erp"].stat().st_size == built.databases["erp"].stat().st_size
    paths["erp"].write_bytes(b"mine")
    paths["mes"].unlink()
    plant.build_databases(tmp_path / "legacy")
    assert paths["erp"].read_bytes() == b"mine"
    assert paths["mes"].exists()


def test_what_another_generator_made_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Databases of an older generator are replaced whole, with what lay beside them; nothing temporary stays."""
    small: Mapping[str, plant.Tables] = {
        database.name: {table.name: [] for table in database.tables} for database in DATABASES
    }
    monkeypatch.setattr(plant, "generate", lambda: small)
    folder = tmp_path / "plant"
    assert plant.build(folder).fresh
    (folder / "erp.db-wal").write_bytes(b"left over")
    (folder / ".demo-plant.json").write_text('{"data": "older"}', encoding="utf-8")
    assert plant.build(folder).fresh
    assert not (folder / "erp.db-wal").exists()
    assert sorted(path.name for path in folder.glob(".*")) == [".demo-plant.json"]


@pytest.mark.parametrize("dirt", DIRT, ids=lambda dirt: f"{dirt.table}.{dirt.column}")
def test_each_kind_of_dirt_is_there(databases: Databases, dirt: Dirt) -> None:
    """Every kind of dirt occurs, and no clean row holds one of its values."""
    markers = ", ".join("?" * len(dirt.values))
    kinds = sum(other.table == dirt.table for other in DIRT)
    connection = source_of(databases, dirt.table)
    spoilt, total = connection.execute(
        f'SELECT SUM("{dirt.column}" IN ({markers})), COUNT(*) FROM "{dirt.table}"', dirt.values
    ).fetchone()
    assert spoilt >= 1
    assert spoilt <= total * 0.005 / kinds + 1


@pytest.mark.parametrize("table", sorted({dirt.table for dirt in DIRT}))
def test_share_of_dirt(databases: Databases, table: str) -> None:
    """About one row in two hundred is spoilt, in every table that has dirt."""
    kinds = [dirt for dirt in DIRT if dirt.table == table]
    found = " OR ".join(f'"{dirt.column}" IN ({", ".join("?" * len(dirt.values))})' for dirt in kinds)
    values = [value for dirt in kinds for value in dirt.values]
    spoilt, total = (
        source_of(databases, table).execute(f'SELECT SUM({found}), COUNT(*) FROM "{table}"', values).fetchone()
    )
    assert 0.003 <= spoilt / total <= 0.007


REFERENCES = {
    "lines have their order": "SELECT COUNT(*) FROM ORDLIN WHERE ORDNO NOT IN (SELECT ORDNO FROM ORDHDR)",
    "orders have lines": "SELECT COUNT(*) FROM ORDHDR WHERE ORDNO NOT IN (SELECT ORDNO FROM ORDLIN)",
    "orders have their customer": "SELECT COUNT(*) FROM ORDHDR WHERE CUSNO NOT IN (SELECT CUSNO FROM CUSMAS)",
    "lines have their item": "SELECT COUNT(*) FROM ORDLIN WHERE ITMNO NOT IN (SELECT ITMNO FROM ITMMAS)",
    "bills have their parent": "SELECT COUNT(*) FROM BOMSTR WHERE BPROD NOT IN (SELECT ITMNO FROM ITMMAS)",
    "bills have their component": "SELECT COUNT(*) FROM BOMSTR WHERE BCOMP NOT IN (SELECT ITMNO FROM ITMMAS)",
    "jobs have their order line": (
        "SELECT COUNT(*) FROM JobOrder LEFT JOIN ORDLIN ON ORDNO = CAST(OrderNo AS INTEGER) AND LINNO = OrderLine"
        " WHERE LINNO IS NULL OR TRIM(ITMNO) <> ItemNo"
    ),
    "order numbers have seven digits": "SELECT COUNT(*) FROM JobOrder WHERE LENGTH(OrderNo) <> 7",
    "operations have their job": "SELECT COUNT(*) FROM JobOperation WHERE JobId NOT IN (SELECT JobId FROM JobOrder)",
    "jobs have operations": "SELECT COUNT(*) FROM JobOrder WHERE JobId NOT IN (SELECT JobId FROM JobOperation)",
    "operations have their place": (
        "SELECT COUNT(*) FROM JobOperation WHERE WorkCenterId NOT IN (SELECT WorkCenterId FROM WorkCenter)"
    ),
    "shipments are of orders that left": (
        "SELECT COUNT(*) FROM Shipment LEFT JOIN ORDHDR ON ORDNO = CAST(OrderNo AS INTEGER)"
        " WHERE ORDNO IS NULL OR ORDST IN ('10', '15', '20', '30', '40', '90')"
    ),
    "no item is made of itself": "SELECT COUNT(*) FROM BOMSTR WHERE BPROD = BCOMP",
}


@pytest.mark.parametrize("statement", REFERENCES.values(), ids=REFERENCES.keys())
def test_references_hold(plant_: sqlite3.Connection, statement: str) -> None:
    """What one row says of another is true, across both databases."""
    assert one(plant_, statement) == 0


def test_status_and_dates_agree(plant_: sqlite3.Connection) -> None:
    """Nothing has happened after the plant's today; what runs has begun, what is complete has ended, in this order."""
    today, now = cyymmdd(ANCHOR), f"{ANCHOR} 23:59:59.999"
    assert one(plant_, f"SELECT COUNT(*) FROM ORDHDR WHERE ORDDT > {today} AND ORDDT % 10000 < 1232") == 0
    wrong = f"StartedAt > '{now}' OR FinishedAt > '{now}' OR FinishedAt < StartedAt"
    assert one(plant_, f"SELECT COUNT(*) FROM JobOrder WHERE {wrong}") == 0
    assert one(plant_, f"SELECT COUNT(*) FROM JobOperation WHERE {wrong}") == 0
    assert one(plant_, "SELECT COUNT(*) FROM JobOrder WHERE State = 3 AND FinishedAt IS NULL") == 0
    assert one(plant_, "SELECT COUNT(*) FROM JobOrder WHERE State = 2 AND FinishedAt IS NOT NULL") == 0
    assert one(plant_, "SELECT COUNT(*) FROM Shipment WHERE DeliveredAt < ShippedAt") == 0
    left = "SELECT MAX(ShippedAt) FROM Shipment WHERE Shipment.OrderNo = JobOrder.OrderNo"
    assert one(plant_, f"SELECT COUNT(*) FROM JobOrder WHERE FinishedAt > ({left})") == 0


def test_plenty_is_released_this_year(plant_: sqlite3.Connection) -> None:
    """The request that the start page shows brings full pages, and most of its orders have jobs."""
    released = "FROM ORDHDR WHERE ORDST = '20' AND ACREC = 'A' AND ORDDT >= 1260101"
    assert one(plant_, f"SELECT COUNT(*) {released}") > 500
    first = f"SELECT printf('%07d', ORDNO) AS number {released} ORDER BY ORDDT DESC, ORDNO DESC LIMIT 20"
    with_jobs = f"SELECT COUNT(*) FROM ({first}) WHERE number IN (SELECT OrderNo FROM JobOrder)"
    assert one(plant_, with_jobs) >= 10


def test_texts_are_padded(plant_: sqlite3.Connection) -> None:
    """Every CHAR column holds its full length, as the imitated system would."""
    for table in ERP.tables:
        for column in table.columns:
            if column.type.base == "char":
                wrong = f'LENGTH("{column.name}") <> {column.type.length}'
                assert one(plant_, f'SELECT COUNT(*) FROM "{table.name}" WHERE {wrong}') == 0, column.name


def test_timestamps_have_milliseconds(databases: Databases) -> None:
    """Moments are text of one length, so that they compare as text."""
    assert timestamp(None) is None
    found = databases["mes"].execute(
        "SELECT DISTINCT LENGTH(PlannedStart), LENGTH(DueAt), LENGTH(StartedAt) FROM JobOrder WHERE StartedAt NOT NULL"
    )
    assert found.fetchall() == [(23, 23, 23)]
