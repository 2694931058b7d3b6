"""Items of the demo plant against what its databases hold, read and understood here a second time, by other means.

Nothing of the gateway decodes here: SQL and a few lines of Python say what each value means.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest

from tests.http.client import Client

PLANT = ZoneInfo("America/Detroit")
OVERPUNCH = {"ä": "+0", "ü": "-0", "{": "+0", "}": "-0"} | {
    letter: f"{sign}{digit}"
    for sign, letters in (("+", [*"ABCDEFGHI"]), ("-", [*"JKLMNOPQR"]))
    for digit, letter in enumerate(letters, 1)
}


@dataclass(frozen=True)
class Truth:
    """A resource's item: the SQL that finds its row, and what some of its fields are."""

    database: str
    sql: str
    path: Callable[[sqlite3.Row], str]
    fields: Callable[[sqlite3.Row], dict[str, Any]]


def day(stored: int) -> str | None:
    """CYYMMDD."""
    if stored in {0, 9999999}:
        return None
    return date(1900 + stored // 10_000, stored // 100 % 100, stored % 100).isoformat()


def moment(text: str | None) -> str | None:
    """SQL Server's local time."""
    if text is None:
        return None
    found = datetime.fromisoformat(text).replace(tzinfo=PLANT)
    return found.isoformat(timespec="milliseconds" if found.microsecond else "seconds")


def at(stored: int, clock: int) -> str:
    """CYYMMDD and HHMMSS."""
    return str(moment(f"{day(stored)} {clock // 10_000:02}:{clock // 100 % 100:02}:{clock % 100:02}"))


def scaled(stored: int, places: int) -> str:
    """A whole number with implied decimals."""
    digits = str(abs(stored)).zfill(places + 1)
    return f"{'-' if stored < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def zoned(text: str, places: int) -> str:
    """Digits, the last of which carries the sign."""
    sign, digit = OVERPUNCH.get(text[-1], f"+{text[-1]}")
    return scaled(int(f"{sign}{text[:-1]}{digit}"), places)


def packed(stored: bytes, places: int) -> str:
    """Two digits a byte, the sign in the last half."""
    text = stored.hex()
    return scaled(int(text[:-1]) * (-1 if text[-1] in "bd" else 1), places)


ORDERED = {
    "10": "entered",
    "15": "held",
    "20": "released",
    "30": "picking",
    "40": "packed",
    "50": "shipped",
    "60": "invoiced",
}
STATES = {0: "planned", 1: "released", 2: "running", 3: "complete", 4: "on-hold", 9: "cancelled"}
WORK = {"SAW": "sawing", "ASM": "assembly", "TEST": "testing", "LAT": "turning", "MIL": "milling"}
CARRIERS = {
    "UPS": "ups",
    "FEDEX": "fedex",
    "DHL": "dhl",
    "SCHENKER": "db-schenker",
    "DSV": "dsv",
    "PICKUP": "customer-pickup",
}
LIVE = "ACREC = 'A'"
SOUND = "ORDDT BETWEEN 1200101 AND 1261231 AND PRMDT BETWEEN 1200101 AND 1271231 AND ORDST IN ('20', '50', '60')"


def order(row: sqlite3.Row, old: bool) -> dict[str, Any]:  # noqa: FBT001  # which version
    """An order."""
    promised = at(row["PRMDT"], row["PRMTM"])
    common = {
        "number": f"{row['ORDNO']:07}",
        "status": ORDERED[row["ORDST"]],
        "ordered_on": day(row["ORDDT"]),
        "currency": row["CURCD"],
        "rush": row["RUSHF"] in "YJ",
        "weight_kg": packed(row["ORDWT"], 1),
        "remarks": row["ORMRK"].decode("cp273").rstrip(),
        "changed_at": at(row["UPDDT"], row["UPDTM"]),
    }
    if old:
        return common | {"customer": row["CUSNO"].rstrip(), "total": scaled(row["ORDTOT"], 2), "promised_at": promised}
    return common | {
        "customer_number": row["CUSNO"].rstrip(),
        "total": row["ORDTOT"] / 100,
        "promised_on": promised[:10],
        "promised_time": promised[11:19],
        "purchase_order": row["CUSPO"].rstrip(),
    }


def an_order(version: str, where: str) -> Truth:
    """An order of a version."""
    return Truth(
        "erp",
        f"SELECT * FROM ORDHDR WHERE {LIVE} AND {SOUND} AND {where} ORDER BY ORDNO DESC LIMIT 1",
        lambda row: f"/{version}/orders/{row['ORDNO']:07}",
        lambda row: order(row, version == "v1"),
    )


TRUTHS = {
    "the newest order of v1": an_order("v1", "1 = 1"),
    "the newest order of v2": an_order("v2", "1 = 1"),
    "a rush order with a remark": an_order("v2", "RUSHF = 'J' AND ORMRK <> zeroblob(0) AND hex(ORMRK) NOT LIKE '4040%'"),
    "an order in another currency": an_order("v1", "CURCD <> 'USD' AND ORDTOT > 1000000"),
    "a line": Truth(
        "erp",
        f"SELECT * FROM ORDLIN WHERE {LIVE} AND LNSTS = '10' AND LNDUE BETWEEN 1260101 AND 1271231 ORDER BY ORDNO DESC",
        lambda row: f"/v2/order-lines/{row['ORDNO']:07},{row['LINNO']}",
        lambda row: {
            "order_number": f"{row['ORDNO']:07}",
            "line_number": row["LINNO"],
            "item_number": row["ITMNO"].strip(),
            "quantity": scaled(row["LNQTY"], 3),
            "unit_price": scaled(row["LNPRC"], 4),
            "status": "open",
            "due_on": day(row["LNDUE"]),
            "planned_week": f"20{row['LNWEEK'] // 100:02}-W{row['LNWEEK'] % 100:02}",
        },
    ),
    "a line without a day": Truth(
        "erp",
        f"SELECT * FROM ORDLIN WHERE {LIVE} AND LNDUE IN (0, 9999999) LIMIT 1",
        lambda row: f"/v1/order-lines/{row['ORDNO']:07},{row['LINNO']}",
        lambda row: {"due_on": None, "line": row["LINNO"]},
    ),
    "a German customer": Truth(
        "erp",
        f"SELECT * FROM CUSMAS WHERE {LIVE} AND CCTRY = 'D  ' AND CNAME LIKE '%ü%' AND CSTAT = 'A' LIMIT 1",
        lambda row: f"/v1/customers/{row['CUSNO'].rstrip()}",
        lambda row: {
            "name": row["CNAME"].rstrip(),
            "address": "\n".join(row[f"CADR{line}"].rstrip() for line in (1, 2, 3)),
            "country": "DE",
            "credit_limit": zoned(row["CRLIM"], 2),
            "status": "active",
            "email": row["CMAIL"],
            "vat_number": row["VATNO"].rstrip(),
        },
    ),
    "an item with a slash": Truth(
        "erp",
        f"SELECT * FROM ITMMAS WHERE {LIVE} AND ITMNO LIKE '%/%' AND ITMPB = 'M' LIMIT 1",
        lambda row: f"/v2/items/{quote(row['ITMNO'].strip(), safe='')}",
        lambda row: {
            "number": row["ITMNO"].strip(),
            "class": row["ITCLS"].rstrip(),
            "sourcing": "made",
            "weight_kg": scaled(row["ITWGT"], 3),
            "lead_time_days": row["ITLTD"],
            "last_counted": f"{row['ITLCT'] // 100}-{row['ITLCT'] % 100:02}",
        },
    ),
    "a component": Truth(
        "erp",
        f"SELECT * FROM BOMSTR WHERE {LIVE} AND BEFFD BETWEEN 1100101 AND 1261231 AND BDISD = 9999999 LIMIT 1",
        lambda row: f"/v2/components/{quote(row['BPROD'].strip(), safe='')},{quote(row['BCOMP'].strip(), safe='')},{row['BSEQ']}",
        lambda row: {
            "component": row["BCOMP"].strip(),
            "quantity": scaled(row["BQREQ"], 4),
            "valid_from": day(row["BEFFD"]),
            "valid_to": None,
        },
    ),
    "a job": Truth(
        "mes",
        "SELECT * FROM JobOrder WHERE Notes LIKE '🔥%' AND StartedAt IS NOT NULL ORDER BY JobNo DESC LIMIT 1",
        lambda row: f"/v1/jobs/{row['JobNo']}",
        lambda row: {
            "id": row["JobId"].lower(),
            "order": row["OrderNo"],
            "quantity": f"{row['Quantity']:.3f}",
            "state": STATES[row["State"]],
            "hot": bool(row["IsHot"]),
            "due_at": moment(row["DueAt"]),
            "started_at": moment(row["StartedAt"]),
            "cost": f"{row['Cost']:.4f}",
            "notes": row["Notes"],
        },
    ),
    "an operation": Truth(
        "mes",
        "SELECT * FROM JobOperation WHERE OpCode = 'SAW' AND State = 2 AND FinishedAt IS NOT NULL LIMIT 1",
        lambda row: f"/v2/job-operations/{row['JobId'].lower()},{row['OpSeq']}",
        lambda row: {
            "work": WORK[row["OpCode"]],
            "work_center_id": row["WorkCenterId"],
            "run_minutes": float(row["RunMinutes"]),
            "setup_minutes": f"{row['SetupMinutes']:.2f}",
            "finished_at": moment(row["FinishedAt"]),
            "operator": row["Operator"],
        },
    ),
    "a shipment in winter": Truth(
        "mes",
        "SELECT * FROM Shipment WHERE ShippedAt LIKE '%-01-%' AND Carrier = 'SCHENKER' LIMIT 1",
        lambda row: f"/v2/shipments/{row['ShipmentId']}",
        lambda row: {
            "order_number": row["OrderNo"],
            "carrier": CARRIERS[row["Carrier"]],
            "shipped_at": moment(row["ShippedAt"]),
            "delivered_at": moment(row["DeliveredAt"]),
            "gross_weight_kg": f"{row['GrossWeight']:.3f}",
            "complete": bool(row["IsComplete"]),
        },
    ),
    "a work center": Truth(
        "mes",
        "SELECT * FROM WorkCenter WHERE Code = 'SAW-02'",
        lambda row: f"/v1/work-centers/{row['WorkCenterId']}",
        lambda row: {
            "name": row["Name"],
            "hourly_rate": f"{row['HourlyRate']:.4f}",
            "shift_start": f"{row['ShiftStart'] // 3600:02}:{row['ShiftStart'] // 60 % 60:02}:00",
            "active": bool(row["IsActive"]),
        },
    ),
}  # fmt: skip


def asked(plant: Path, database: str, sql: str) -> sqlite3.Row:
    """The first row of a question to a database of the plant."""
    with closing(sqlite3.connect(f"{(plant / database).as_uri()}.db?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        row: sqlite3.Row = connection.execute(sql).fetchone()
        return row


@pytest.mark.parametrize("truth", TRUTHS.values(), ids=TRUTHS.keys())
def test_an_item_is_what_the_database_holds(ask: Client, plant: Path, truth: Truth) -> None:
    """Each field that was worked out by hand is the same in the answer."""
    row = asked(plant, truth.database, truth.sql)
    item = ask.get(truth.path(row)).json
    expected = truth.fields(row)
    assert {name: item[name] for name in expected} == expected
    assert "_issues" not in item


@pytest.mark.parametrize(
    ("target", "database", "sql"),
    [
        ("/v1/orders", "erp", f"SELECT COUNT(*) FROM ORDHDR WHERE {LIVE}"),
        ("/v2/orders?status=released&status=held", "erp", f"SELECT COUNT(*) FROM ORDHDR WHERE {LIVE} AND ORDST IN ('20', '15')"),
        ("/v2/orders?ordered_on[gte]=2026-01-01&ordered_on[lt]=2026-02-01", "erp",
         f"SELECT COUNT(*) FROM ORDHDR WHERE {LIVE} AND ORDDT >= 1260101 AND ORDDT < 1260201"),
        ("/v1/orders?rush=true", "erp", f"SELECT COUNT(*) FROM ORDHDR WHERE {LIVE} AND RUSHF IN ('Y', 'J')"),
        ("/v1/customers?name[contains]=%C3%BCller", "erp", f"SELECT COUNT(*) FROM CUSMAS WHERE {LIVE} AND instr(CNAME, 'üller') > 0"),
        ("/v1/order-lines?due_on[null]=true", "erp", f"SELECT COUNT(*) FROM ORDLIN WHERE {LIVE} AND LNDUE IN (0, 9999999)"),
        ("/v2/jobs?state=running", "mes", "SELECT COUNT(*) FROM JobOrder WHERE State = 2"),
        ("/v2/job-operations?work_center_id=3&state[ne]=done", "mes",
         "SELECT COUNT(*) FROM JobOperation WHERE WorkCenterId = 3 AND State <> 2"),
        ("/v2/shipments?carrier=dhl", "mes", "SELECT COUNT(*) FROM Shipment WHERE Carrier = 'DHL'"),
        ("/v1/work-centers", "mes", "SELECT COUNT(*) FROM WorkCenter"),
    ],
)  # fmt: skip
def test_a_count_is_the_databases(ask: Client, plant: Path, target: str, database: str, sql: str) -> None:
    """As many items as the database counts rows, those that were deleted left out."""
    mark = "&" if "?" in target else "?"
    total = ask.get(f"{target}{mark}count=exact&limit=1").json["page"]["total"]
    assert total == asked(plant, database, sql)[0]
    assert total > 0
