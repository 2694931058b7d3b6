"""What every hand-written peer knows of the order headers: the columns, the codes, and how dates and amounts are stored.

Look-ups are cached where values repeat, as a good engineer would do it. Numbers come as `int` from SQLite and as `Decimal`
from PostgreSQL and ODBC.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

ZONE: Final = ZoneInfo("America/Detroit")
STATUS: Final = {
    "10": "entered", "15": "held", "20": "released", "30": "picking",
    "40": "packed", "50": "shipped", "60": "invoiced", "90": "cancelled",
}  # fmt: skip
TERMS: Final = {
    "N30": "net-30",
    "N60": "net-60",
    "2T1": "2-percent-10-days",
    "COD": "cash-on-delivery",
    "PRE": "prepaid",
}
RUSH: Final = {"Y": True, "J": True, "N": False, "": False}


@lru_cache(maxsize=4096)
def century_date(number: Decimal | int) -> date | None:
    """CYYMMDD; 0 and 9999999 mean none, and so does what is no date."""
    stored = int(number)
    if stored in {0, 9999999}:
        return None
    try:
        return date(1900 + stored // 10000, stored // 100 % 100, stored % 100)
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def plain_date(number: Decimal | int) -> date | None:
    """YYYYMMDD; 0 and 99999999 mean none."""
    stored = int(number)
    if stored in {0, 99999999}:
        return None
    try:
        return date(stored // 10000, stored // 100 % 100, stored % 100)
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def clock(number: Decimal | int) -> time | None:
    """HHMMSS."""
    stored = int(number)
    try:
        return time(stored // 10000, stored // 100 % 100, stored % 100)
    except ValueError:
        return None


def moment(day: Decimal | int, seconds: Decimal | int) -> str | None:
    """A date and a time, local to the plant, with its offset."""
    found, at = century_date(day), clock(seconds)
    if found is None or at is None:
        return None
    return datetime.combine(found, at, ZONE).isoformat()


def packed(stored: bytes) -> Decimal | None:
    """Packed decimal with one decimal place."""
    text = stored.hex()
    if not text[:-1].isdigit():
        return None
    value = Decimal(text[:-1]).scaleb(-1)
    return -value if text[-1] in "bd" else value


def iso(found: date | None) -> str | None:
    """A day, if there is one."""
    return None if found is None else found.isoformat()


def kilograms(stored: bytes) -> str | None:
    """The text of a packed weight."""
    value = packed(stored)
    return None if value is None else f"{value:.1f}"


def amount(stored: Decimal | int) -> str:
    """The text of an amount that is kept with two implied decimals."""
    return f"{Decimal(stored).scaleb(-2):.2f}"


COLUMNS: Final = (
    "ORDNO", "CUSNO", "ORDST", "ORDDT", "REQDT", "PRMDT", "PRMTM", "ORDTOT",
    "CURCD", "RUSHF", "PAYTC", "ORDWT", "ORMRK", "UPDDT", "UPDTM",
)  # fmt: skip


def order(row: Sequence[Any]) -> dict[str, Any]:
    """The item that a row of COLUMNS means."""
    (number, customer, status, ordered, requested, promised, promised_time, total,
     currency, rush, terms, weight, remarks, changed, changed_time) = row  # fmt: skip
    terms = terms.rstrip()
    return {
        "number": f"{int(number):07d}",
        "customer": customer.rstrip(),
        "status": STATUS.get(status.rstrip()),
        "ordered_on": iso(century_date(ordered)),
        "requested_on": iso(plain_date(requested)),
        "promised_at": moment(promised, promised_time),
        "total": amount(total),
        "currency": currency.rstrip(),
        "rush": RUSH.get(rush.rstrip()),
        "payment_terms": TERMS.get(terms, terms),
        "weight_kg": kilograms(weight),
        "remarks": bytes(remarks).decode("cp273").rstrip(),
        "changed_at": moment(changed, changed_time),
    }
