"""Customer orders of the demo plant as facts: what was ordered, promised, and how far it has come by `ANCHOR`.

In charge of orders whose status, dates, lines and totals agree; it must not know how a legacy system keeps them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.demo.dice import Dice, Zipf
from app.demo.masters import ANCHOR, Customer, Item
from app.demo.vocabulary import ENGLISH_REMARKS, GERMAN_REMARKS, PAYMENT_TERMS

ORDERS = 22_000
FIRST_NUMBER = 1001
FIRST_DAY = date(2023, 10, 2)
_OLD = 40  # orders of the nineties that nobody closed the books on: their dates have the century digit 0
_PROMISE_HOURS = (6, 8, 10, 12, 14, 16)


@dataclass(frozen=True, slots=True)
class Line:
    """An order line: quantities in 1/1000 of the unit, price in 1/10000 of the order's currency."""

    number: int
    item: Item
    quantity: int
    shipped: int
    price: int
    status: str  # open, part, shipped, cancelled
    due: date | None
    deleted: bool


@dataclass(frozen=True, slots=True)
class Order:
    """A customer order. `total` in cents; `finished` is the day it left, if it did."""

    number: int
    customer: Customer
    reference: str
    status: str  # entered, held, released, picking, packed, shipped, invoiced, cancelled
    ordered: date
    requested: date | None
    promised: datetime | None
    finished: date | None
    rush: bool
    terms: str
    remark: str
    lines: tuple[Line, ...]
    total: int
    grams: int
    changed: datetime
    deleted: bool

    @property
    def text_number(self) -> str:
        """The number as other systems write it: seven digits."""
        return f"{self.number:07d}"


@dataclass(frozen=True, slots=True)
class Course:
    """How an order runs: whether it is a rush or a blanket order, when it is promised and when it leaves."""

    status: str
    ordered: date
    promised: date
    leaves: date
    rush: bool


def orders(dice: Dice, buyers: list[Customer], catalogue: list[Item]) -> list[Order]:
    """All orders, by number; numbers follow the order dates."""
    buyer, item = Zipf(len(buyers)), _Shelf(dice, catalogue)
    return [
        _order(dice, FIRST_NUMBER + place, _course(dice, _day(place)), buyers[buyer.draw(dice)], item)
        for place in range(ORDERS)
    ]


class _Shelf:
    """Items as customers order them: a shuffled catalogue, so that Zipf's favourites come from every family."""

    def __init__(self, dice: Dice, catalogue: list[Item]) -> None:
        self._items = [catalogue[place] for place in dice.sample(len(catalogue), len(catalogue))]
        self._zipf = Zipf(len(self._items), flatten=60)

    def draw(self, dice: Dice) -> Item:
        return self._items[self._zipf.draw(dice)]


def _day(place: int) -> date:
    """The order date: evenly spread over the years, with more and more orders a day; never on a weekend."""
    if place < _OLD:
        return _weekday(date(1998, 3, 2) + timedelta(days=place * 16))
    share = (place - _OLD) / (ORDERS - _OLD)
    days = (ANCHOR - FIRST_DAY).days - 1
    return _weekday(FIRST_DAY + timedelta(days=int(days * share * (1.3 - 0.3 * share))))


def _weekday(day: date) -> date:
    """The Friday before a weekend day, any other day as it is."""
    return day - timedelta(days=max(0, day.weekday() - 4))


def _course(dice: Dice, ordered: date) -> Course:
    draw = dice.random()
    rush, blanket = draw < 0.08, draw > 0.93
    lead = dice.between(2, 6) if rush else dice.between(90, 260) if blanket else dice.between(8, 45)
    promised = _weekday(ordered + timedelta(days=lead))
    late = dice.between(1, 25) if dice.chance(0.3) else -dice.below(3)
    leaves = max(ordered, _weekday(promised + timedelta(days=late)))
    return Course(_status(dice, ordered, leaves), ordered, promised, leaves, rush)


def _status(dice: Dice, ordered: date, leaves: date) -> str:
    if dice.chance(0.025):
        return "cancelled"
    if leaves <= ANCHOR:
        return "shipped" if (ANCHOR - leaves).days < 12 else "invoiced"
    if dice.chance(0.05):
        return "held"
    if (ANCHOR - ordered).days < 3:
        return "entered"
    return "released" if (leaves - ANCHOR).days > 3 else dice.pick(("picking", "packed"))


def _order(dice: Dice, number: int, course: Course, customer: Customer, shelf: _Shelf) -> Order:
    gone = course.status in {"shipped", "invoiced"}
    lines = tuple(_line(dice, place + 1, course, shelf.draw(dice)) for place in range(dice.few(11)))
    promised = datetime.combine(course.promised, time(dice.pick(_PROMISE_HOURS), dice.pick((0, 0, 30))))
    return Order(
        number,
        customer,
        f"PO {customer.number[1:]}-{dice.between(10, 99)}/{number % 1000:03d}" if dice.chance(0.8) else "",
        course.status,
        course.ordered,
        course.promised - timedelta(days=dice.below(8)) if dice.chance(0.9) else None,
        promised if course.status != "entered" or dice.chance(0.5) else None,
        course.leaves if gone else None,
        course.rush,
        dice.pick(PAYMENT_TERMS),
        dice.pick(GERMAN_REMARKS if customer.country.german else ENGLISH_REMARKS) if dice.chance(0.35) else "",
        lines,
        sum(line.quantity * line.price // 100_000 for line in lines if line.status != "cancelled"),
        sum(line.quantity * line.item.grams // 1000 for line in lines),
        _changed(dice, course, gone=gone),
        dice.chance(0.01),
    )


def _changed(dice: Dice, course: Course, *, gone: bool) -> datetime:
    """The last change: when the order left, or somewhere between its entry and today."""
    day = course.leaves if gone else course.ordered + (ANCHOR - course.ordered) * dice.random()
    return datetime.combine(day, time(dice.between(6, 20), dice.below(60), dice.below(60)))


def _line(dice: Dice, number: int, course: Course, item: Item) -> Line:
    whole = item.family.unit in {"EA", "ST"}
    quantity = dice.few(20) * 1000 if whole else dice.between(500, 40_000)
    status, shipped = _progress(dice, course.status, quantity, whole=whole)
    due = course.promised - timedelta(days=dice.below(5))
    return Line(
        number,
        item,
        quantity,
        shipped,
        abs(item.cost) * dice.between(125, 185) // 100,
        status,
        None if status == "open" and dice.chance(0.03) else max(course.ordered, due),
        dice.chance(0.005),
    )


def _progress(dice: Dice, order: str, quantity: int, *, whole: bool) -> tuple[str, int]:
    """The line's status, and how much of it has left."""
    if order == "cancelled" or dice.chance(0.005):
        return "cancelled", 0
    if order in {"shipped", "invoiced"}:
        return "shipped", quantity
    if order == "released" and dice.chance(0.06) and quantity > 1000:
        part = int(quantity * 0.4)
        return "part", max(1000, part // 1000 * 1000) if whole else part
    return "open", 0
