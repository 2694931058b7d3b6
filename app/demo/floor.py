"""The shop floor of the demo plant as facts: jobs with their operations, and shipments, made from the orders.

In charge of jobs and shipments that agree with their orders; it must not know how a legacy system keeps them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.demo.dice import Dice
from app.demo.masters import ANCHOR
from app.demo.trade import Line, Order
from app.demo.vocabulary import CARRIERS, JOB_NOTES, OPERATORS, PLACES, WORK, Place

IN_SERVICE = date(2025, 9, 1)  # since when the floor has its system: older orders have no jobs and no shipments
_NOW = datetime.combine(ANCHOR, time(6))


@dataclass(frozen=True, slots=True)
class Operation:
    """One step of a job; planned minutes in hundredths."""

    sequence: int
    work: str
    text: str
    place: int  # work center, from 1 on
    state: str  # waiting, running, done, cancelled
    setup: int
    run: int
    good: int
    scrap: int
    started: datetime | None
    finished: datetime | None
    operator: str | None


@dataclass(frozen=True, slots=True)
class Job:
    """A job: one for an order line whose item is made. `cost` in 1/10000 USD, `quantity` in thousandths."""

    id: str
    number: str
    order: str
    line: int
    item: str
    quantity: int
    state: str  # planned, released, running, complete, hold, cancelled
    priority: int
    hot: bool
    planned: datetime
    due: datetime
    started: datetime | None
    finished: datetime | None
    cost: int
    note: str | None
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Shipment:
    """A shipment; the weight in grams, freight in 1/10000 USD."""

    number: int
    order: str
    carrier: str
    tracking: str | None
    shipped: datetime
    delivered: datetime | None
    packages: int
    grams: int
    freight: int
    complete: bool


@dataclass(frozen=True, slots=True)
class _Span:
    """When a job is planned, and when it really ran."""

    planned: datetime
    due: datetime
    started: datetime | None
    finished: datetime | None


def jobs(dice: Dice, book: list[Order]) -> list[Job]:
    """The jobs of all orders since the floor has its system, in the order of their numbers."""
    lines = ((order, line) for order in book for line in order.lines if _is_made(order, line))
    chosen = ((order, line) for order, line in lines if order.status == "released" or dice.chance(0.72))
    return [_job(dice, 100_001 + place, order, line) for place, (order, line) in enumerate(chosen)]


def _is_made(order: Order, line: Line) -> bool:
    return order.ordered >= IN_SERVICE and order.status not in {"entered", "held"} and line.item.family.made


def _job(dice: Dice, number: int, order: Order, line: Line) -> Job:
    span = _span(dice, order)
    state = _state(dice, order, span)
    operations = tuple(_operations(dice, line, state, span))
    return Job(
        dice.uuid(),
        f"J{number}",
        order.text_number,
        line.number,
        line.item.number,
        line.quantity,
        state,
        2 if order.rush else dice.between(3, 9),
        order.rush,
        span.planned,
        span.due,
        operations[0].started,
        operations[-1].finished,
        sum(step.run * PLACES[step.place - 1].rate * 10_000 // 6000 for step in operations if step.state == "done"),
        dice.pick(JOB_NOTES) if dice.chance(0.18) else None,
        operations,
    )


def _span(dice: Dice, order: Order) -> _Span:
    """Planned to be ready a day before the promise; really ready before the order left, or not yet."""
    promised = order.promised or datetime.combine(order.ordered + timedelta(days=20), time(16))
    due = max(promised - timedelta(days=1), datetime.combine(order.ordered, time(18)))
    length = timedelta(days=dice.between(1, 9))
    planned = max(datetime.combine((due - length).date(), time(6)), datetime.combine(order.ordered, time(12)))
    if order.finished:
        finished = datetime.combine(order.finished, time(dice.between(2, 9), dice.below(60), dice.below(60)))
        return _Span(planned, due, max(finished - length, datetime.combine(order.ordered, time())), finished)
    started = planned + timedelta(days=dice.below(4), minutes=dice.between(5, 240), milliseconds=dice.below(1000))
    return _Span(planned, due, started if started < _NOW else None, None)


def _state(dice: Dice, order: Order, span: _Span) -> str:
    if order.status == "cancelled":
        return "cancelled"
    if order.finished or order.status in {"picking", "packed"}:
        return "complete"
    if dice.chance(0.04):
        return "hold"
    if span.started:
        return "running"
    return "released" if (span.planned - _NOW).days < 14 else "planned"


def _operations(dice: Dice, line: Line, state: str, span: _Span) -> Iterator[Operation]:
    """The steps of the item's route, done one after the other as far as the job has come."""
    route = line.item.family.route
    done = {"complete": len(route), "running": dice.below(len(route)), "hold": dice.below(2)}.get(state, 0)
    begin = span.started if span.started and state in {"complete", "running", "hold"} else _NOW - timedelta(days=2)
    end = span.finished or min(_NOW, max(span.due, begin + timedelta(hours=4)))
    pieces = max(1, line.quantity // 1000)
    for place, work in enumerate(route):
        reached = "done" if place < done else "running" if place == done and state == "running" else "waiting"
        current = "cancelled" if state == "cancelled" else reached
        scrap = dice.below(3) if current == "done" and dice.chance(0.06) else 0
        yield Operation(
            (place + 1) * 10,
            work,
            WORK[work],
            _place(dice, work),
            current,
            dice.between(4, 60) * 50,
            dice.between(2, 40) * 25 * pieces,
            pieces if current == "done" else 0,
            scrap,
            _part(begin, end, place, len(route)) if current in {"done", "running"} else None,
            _part(begin, end, place + 1, len(route)) if current == "done" else None,
            dice.pick(OPERATORS) if current in {"done", "running"} else None,
        )


def _part(begin: datetime, end: datetime, step: int, steps: int) -> datetime:
    """The moment when `step` of `steps` is over, to the millisecond; each day is squeezed into its shifts (6 to 22)."""
    moment = begin + (end - begin) * step / steps
    midnight = datetime.combine(moment.date(), time())
    inside = midnight + timedelta(hours=6) + (moment - midnight) * 2 / 3
    return min(inside.replace(microsecond=inside.microsecond // 1000 * 1000), _NOW)


def _place(dice: Dice, work: str) -> int:
    """A work center in use that does this kind of work."""
    return dice.pick(_ABLE[work])


def _able(work: str) -> tuple[int, ...]:
    return tuple(number for number, place in enumerate(PLACES, 1) if place.work == work and place.active)


_ABLE = {work: _able(work) for work in WORK}


def places() -> Iterator[tuple[int, Place]]:
    """The work centers by number, from 1 on."""
    return iter(enumerate(PLACES, 1))


def shipments(dice: Dice, book: list[Order]) -> list[Shipment]:
    """One or two shipments for each order that has left since the floor has its system, in the order of their numbers."""
    gone = (order for order in book if order.finished and order.ordered >= IN_SERVICE)
    parts = ((order, part) for order in gone for part in range(2 if dice.chance(0.12) else 1))
    return [_shipment(dice, 50_001 + place, order, part) for place, (order, part) in enumerate(parts)]


def _shipment(dice: Dice, number: int, order: Order, part: int) -> Shipment:
    assert order.finished
    left = datetime.combine(order.finished, time(dice.between(13, 18), dice.below(60), dice.below(60)))
    shipped = left - timedelta(days=part)
    delivered = shipped + timedelta(days=dice.between(1, 6), minutes=dice.below(120))
    carrier = dice.pick(CARRIERS)
    return Shipment(
        number,
        order.text_number,
        carrier,
        None if carrier in {"PICKUP", "EIGEN-LKW"} else f"{carrier[:2]}{dice.below(10**10):010d}",
        min(shipped, _NOW),
        delivered if delivered < _NOW else None,
        dice.few(8),
        order.grams * dice.between(103, 118) // 100,
        dice.between(90_000, 4_800_000),
        part == 0,
    )
