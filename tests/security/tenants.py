"""Two tenants, A and B, and rows of each that say whose they are: what the suite asks for, and what it must never see.

Every text, number and date of a row holds its owner's mark, so that one search through all the bytes of an answer tells
whether somebody saw what is not theirs. The rows are made here, as the API should show them and as they are stored, each
written by hand: what the gateway shows is held against them, not against itself.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.security.tenants_contract import FILES, RENAMED, TABLES

Item = Mapping[str, Any]


@dataclass(frozen=True)
class Owner:
    """Whose a row is. No word, number or year of one owner's rows is in those of another, or in anything else."""

    name: str
    text: str
    digits: str
    year: int
    area: str  # what the tickets' field says of the owner: a word of the contract, and no canary
    codes: tuple[str, ...]  # how that is stored

    @property
    def canaries(self) -> tuple[bytes, ...]:
        """What must not be in an answer to somebody else."""
        return self.text.encode(), self.digits.encode(), f"{self.year}-".encode()

    @property
    def customers(self) -> tuple[str, ...]:
        """The owner's numbers as a customer: two, both in the claim."""
        return f"{self.text}01", f"{self.text}02"


A: Final = Owner("A", "QALFA", "717171", 1971, "north", ("10", "11"))
B: Final = Owner("B", "QBRAV", "828282", 1982, "south", ("20",))
NOBODY: Final = Owner("nobody", "QNOBO", "939393", 1993, "west", ("30",))  # in rows that neither tenant may see
OWNERS: Final = (A, B, NOBODY)
ANYBODY: Final = Owner("anybody", "COMMON", "", 0, "", ())  # of rows that every caller may see

SITES: Final = ("N1", "N2")
NO_DAY: Final = 6_666_666  # what stands in a column of days about persons, and is none


@dataclass(frozen=True)
class Row:
    """A row as v1 shows it, and as its table holds it. `issues` are those of its fields that do not decode."""

    owner: Owner
    item: Item
    stored: tuple[Any, ...]
    issues: tuple[str, ...] = ()


def _cyymmdd(owner: Owner, day: int) -> int:
    return (owner.year - 1900) * 10_000 + 300 + day


def _cents(text: str) -> int:
    return int(text.replace(".", ""))


def _customers(owner: Owner) -> Iterator[Row]:
    """Two of each; the second one's credit, which is hidden from most, is no number."""
    for index, number in enumerate(owner.customers):
        name, email = f"{owner.text} Ltd {index}", f"{owner.text}{index}@example.com"
        credit = None if index else f"{owner.digits}.90"
        item = {"number": number, "name": name, "email": email, "credit": credit}
        stored = (number, name, email, f"{owner.text}?" if credit is None else _cents(credit))
        yield Row(owner, item, stored, () if credit else ("credit",))


def _orders(owner: Owner) -> Iterator[Row]:
    """Five of each: the fourth has no date, the fifth one that is none."""
    for index in range(5):
        number, customer, site = f"{owner.digits}{index}", owner.customers[index % 2], SITES[index % 2]
        day = f"{owner.year}-03-0{index + 1}" if index < 3 else None
        stored_day = {3: 0, 4: int(owner.digits)}.get(index, _cyymmdd(owner, index + 1))
        status, center = ("released", "entered")[index % 2], (SITES[0] if index else f"{owner.text}C")
        total, margin = f"{owner.digits}.{index}5", f"{owner.digits}.{index}7"
        remark = f"{owner.text} remark {index}"
        item = {
            "number": number, "customer": customer, "site": site, "status": status, "ordered_on": day,
            "total": total, "margin": margin, "cost_center": center, "remark": remark,
        }  # fmt: skip
        code = "20" if status == "released" else "10"
        stored = (int(number), customer, site, code, stored_day, _cents(total), _cents(margin), center, remark)
        yield Row(owner, item, stored, ("ordered_on",) if index == 4 else ())


def _lines(owner: Owner) -> Iterator[Row]:
    for order in _orders(owner):
        number, customer = order.item["number"], order.item["customer"]
        for line in (1, 2):
            item = {"order": number, "line": line, "customer": customer, "quantity": int(owner.digits) * 10 + line}
            yield Row(owner, item, (int(number), line, customer.rjust(10), item["quantity"]))


def _deliveries(owner: Owner) -> Iterator[Row]:
    """One of each customer at each site; and at a third site, which no tenant's claim has."""
    for customer in owner.customers:
        for site in SITES:
            gate = f"{owner.text} gate {site}"
            yield Row(owner, {"customer": customer, "site": site, "gate": gate}, (customer, site, gate))
        gate = f"{NOBODY.text} gate"
        yield Row(NOBODY, {"customer": customer, "site": "N3", "gate": gate}, (customer, "N3", gate))


def _slots(owner: Owner) -> Iterator[Row]:
    for index in range(3):
        number, note = int(owner.digits) * 10 + index, f"{owner.text} slot {index}"
        item = {"id": number, "begins_at": moment(owner), "note": note}
        yield Row(owner, item, (number, _cyymmdd(owner, 1), 63_000, note))


def moment(owner: Owner) -> str:
    """When the owner's slots begin: the claim that scopes them."""
    return f"{owner.year}-03-01T06:30:00+00:00"


def _tickets(owner: Owner) -> Iterator[Row]:
    for index, code in enumerate(owner.codes * 2):
        number, text = int(owner.digits) * 10 + index, f"{owner.text} ticket {index}"
        yield Row(owner, {"id": number, "area": owner.area, "text": text}, (number, code, text))


def _receipts(owner: Owner) -> Iterator[Row]:
    for order in _orders(owner):
        number, customer = order.item["number"], order.item["customer"]
        code = f"R{number}"
        yield Row(owner, {"code": code, "order": number, "customer": customer}, (code, number, customer))


def _invoices(owner: Owner) -> Iterator[Row]:
    """Three of each; the day of the third is none."""
    for index in range(3):
        code, customer, amount = f"{owner.text}-I{index}", owner.customers[index % 2], f"{owner.digits}.2{index}"
        day = f"{owner.year}-03-0{index + 1}" if index < 2 else None
        stored_day = NO_DAY if day is None else _cyymmdd(owner, index + 1)
        item = {"code": code, "customer": customer, "amount": amount, "posted_on": day}
        yield Row(owner, item, (code, customer, _cents(amount), stored_day), () if day else ("posted_on",))


def _checks(owner: Owner) -> Iterator[Row]:
    """A's are sound. The others' days are none, so that an answer with one of them would fail as a whole."""
    for index in range(2):
        number, customer = int(owner.digits) * 10 + index, owner.customers[index % 2]
        sound = owner is A
        item = {"id": number, "customer": customer, "made_on": f"{owner.year}-03-0{index + 1}" if sound else None}
        stored = _cyymmdd(owner, index + 1) if sound else int(owner.digits)
        yield Row(owner, item, (number, customer, stored), () if sound else ("made_on",))


def _shared(items: Sequence[Item]) -> list[Row]:
    return [Row(ANYBODY, item, tuple(item.values())) for item in items]


_OF_EACH: Final[Mapping[str, tuple[str, Callable[[Owner], Iterator[Row]]]]] = {
    "customers": ("erp.db CUSMAS", _customers),
    "orders": ("erp.db ORDHDR", _orders),
    "order-lines": ("erp.db ORDLIN", _lines),
    "deliveries": ("erp.db DELIV", _deliveries),
    "slots": ("erp.db SLOT", _slots),
    "tickets": ("erp.db TICKET", _tickets),
    "receipts": ("mes.db RECEIPT", _receipts),
    "invoices": ("erp.db INVOICE", _invoices),
    "checks": ("erp.db CHECKS", _checks),
}
_OF_ALL: Final[Mapping[str, tuple[str, Sequence[Item]]]] = {
    "sites": ("erp.db SITE", [{"code": f"N{n}", "name": f"COMMON site {n}"} for n in (1, 2, 3)]),
    "centers": ("erp.db CENTER", [{"code": "N1", "name": "COMMON center"}]),
}


def _stored() -> dict[str, list[Row]]:
    of_each = {name: [row for owner in OWNERS for row in make(owner)] for name, (_, make) in _OF_EACH.items()}
    return of_each | {name: _shared(items) for name, (_, items) in _OF_ALL.items()}


ROWS: Final = _stored()
ABSENT: Final[Mapping[str, Item]] = {  # keys that no row has
    "customers": {"number": "ABSENT01"},
    "orders": {"number": "5050505"},
    "order-lines": {"order": "5050505", "line": 1},
    "deliveries": {"customer": "ABSENT01", "site": "N1"},
    "slots": {"id": 50505050},
    "tickets": {"id": 50505050},
    "receipts": {"code": "ABSENT-1"},
    "invoices": {"code": "ABSENT-1"},
    "checks": {"id": 50505050},
    "open-orders": {"number": "5050505"},
    "sites": {"code": "NONE"},
    "centers": {"code": "NONE"},
}


def _open_orders(row: Row) -> Row:
    return Row(row.owner, {name: row.item[name] for name in ("number", "customer")}, ())


def _lensed(row: Row) -> Row:
    """An order as v2 shows it."""
    item = {("client" if name == "customer" else name): value for name, value in row.item.items()}
    return Row(row.owner, {**item, "total": float(row.item["total"])}, row.stored, row.issues)


def _v1() -> dict[str, list[Row]]:
    return {**ROWS, "open-orders": [_open_orders(row) for row in ROWS["orders"] if row.item["status"] == "released"]}


def _v2() -> dict[str, list[Row]]:
    renamed = {RENAMED.get(name, name): rows for name, rows in _v1().items()}
    return {**renamed, "orders": [_lensed(row) for row in ROWS["orders"]]}


TRUTH: Final[Mapping[str, Mapping[str, Sequence[Row]]]] = {"v1": _v1(), "v2": _v2()}


def original(resource: str) -> str:
    """What v1 calls a resource of v2."""
    return next((old for old, new in RENAMED.items() if new == resource), resource)


def build(folder: Path, files: Mapping[str, str] = FILES, *, filled: bool = True) -> Path:
    """Write a contract and its databases into `folder`; the tables stay empty unless they are to be `filled`."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    places = {name: place for name, (place, _) in (*_OF_EACH.items(), *_OF_ALL.items())}
    for database, tables in TABLES.items():
        connection = sqlite3.connect(folder / database)
        connection.executescript(tables)
        for name, place in places.items():
            if filled and place.startswith(database):
                _fill(connection, place.split()[1], ROWS[name])
        connection.commit()
        connection.close()
    return folder


def _fill(connection: sqlite3.Connection, table: str, rows: Sequence[Row]) -> None:
    """Insert the rows; a CHAR holds all of its characters."""
    declared = [declaration for _, _, declaration, *_ in connection.execute(f"PRAGMA table_info({table})")]
    widths = [int(each[5:-1]) if each.startswith("CHAR(") else 0 for each in declared]
    holes = ", ".join("?" * len(widths))
    stored = [[_padded(value, width) for value, width in zip(row.stored, widths, strict=True)] for row in rows]
    connection.executemany(f"INSERT INTO {table} VALUES ({holes})", stored)


def _padded(value: Any, width: int) -> Any:
    return value.ljust(width) if isinstance(value, str) else value
