"""The rows of `erp`: facts in the stored forms of an AS/400 application.

In charge of columns, codes and padding; what happened in the plant is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.demo import stored
from app.demo.dice import Dice
from app.demo.masters import Component, Customer, Item
from app.demo.trade import Line, Order

Row = tuple[Any, ...]

ORDER_STATUS = {
    "entered": "10",
    "held": "15",
    "released": "20",
    "picking": "30",
    "packed": "40",
    "shipped": "50",
    "invoiced": "60",
    "cancelled": "90",
}
LINE_STATUS = {"open": "10", "part": "30", "shipped": "50", "cancelled": "90"}
CUSTOMER_STATUS = {"active": "A", "hold": "H", "inactive": "I"}


def rows(
    customers: list[Customer], items: list[Item], components: list[Component], orders: list[Order], dice: Dice
) -> Mapping[str, list[Row]]:
    """The rows of each table, sorted by the table's key."""
    return {
        "ORDHDR": [_header(order, _rush(dice, rush=order.rush)) for order in orders],
        "ORDLIN": [_line(order, line) for order in orders for line in order.lines],
        "CUSMAS": [_customer(customer) for customer in customers],
        "ITMMAS": sorted(_item(item) for item in items),
        "BOMSTR": sorted(_component(line) for line in components),
    }


def _rush(dice: Dice, *, rush: bool) -> str:
    """A flag that two generations of programs write: Y or J, N or blank."""
    return dice.pick("YYYJ" if rush else "NNN ")


def _record(*, deleted: bool) -> str:
    return "D" if deleted else "A"


def _header(order: Order, rush: str) -> Row:
    promised = order.promised
    return (
        order.number,
        stored.char(order.customer.number, 8),
        stored.char(order.reference, 20),
        ORDER_STATUS[order.status],
        stored.cyymmdd(order.ordered),
        stored.yyyymmdd(order.requested, 99_999_999),
        stored.cyymmdd(promised.date() if promised else None),
        stored.hhmmss(promised) if promised else 0,
        order.total,
        order.customer.country.currency,
        rush,
        order.terms,
        stored.packed(order.grams // 100, 4),
        stored.ebcdic(order.remark, 40),
        stored.cyymmdd(order.changed.date()),
        stored.hhmmss(order.changed),
        _record(deleted=order.deleted),
    )


def _line(order: Order, line: Line) -> Row:
    return (
        order.number,
        line.number,
        stored.right(line.item.number, 15),
        line.item.family.unit,
        line.quantity,
        line.shipped,
        line.price,
        LINE_STATUS[line.status],
        stored.cyymmdd(line.due) if line.due else 9_999_999,
        stored.yyww(line.due),
        _record(deleted=line.deleted),
    )


def _customer(customer: Customer) -> Row:
    return (
        stored.char(customer.number, 8),
        stored.char(customer.name, 30),
        *(stored.char(line, 30) for line in customer.address),
        stored.char(customer.country.plate, 3),
        customer.email,
        customer.country.currency,
        stored.zoned(customer.credit_limit, 11, 273),
        CUSTOMER_STATUS[customer.status],
        stored.mmddyy(customer.since),
        stored.char(customer.vat, 14),
        _record(deleted=customer.deleted),
    )


def _item(item: Item) -> Row:
    return (
        stored.right(item.number, 15),
        stored.misread(stored.char(item.description, 30), tag=37, really=273),
        stored.char(item.family.code, 4),
        item.family.unit,
        "M" if item.family.made else "P",
        stored.zoned(item.cost, 11, 37),
        item.grams,
        stored.edited(item.stock, 14),
        item.lead_days,
        stored.cyyddd(item.revised),
        stored.yyyymm(item.counted),
        _record(deleted=item.deleted),
    )


def _component(line: Component) -> Row:
    return (
        stored.right(line.parent, 15),
        stored.right(line.component, 15),
        line.sequence,
        line.quantity,
        line.scrap,
        line.operation,
        stored.cyymmdd(line.valid_from),
        stored.cyymmdd(line.valid_to) if line.valid_to else 9_999_999,
        _record(deleted=line.deleted),
    )
