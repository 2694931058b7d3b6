"""The rows of `mes`: facts in the stored forms of a SQL Server application.

In charge of columns, codes and types; what happened on the floor is decided elsewhere. Decimals are bound as numbers with
the column's decimals: SQLite keeps them so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from app.demo import stored
from app.demo.floor import Job, Operation, Shipment, places
from app.demo.vocabulary import Place

Row = tuple[Any, ...]

JOB_STATE = {"planned": 0, "released": 1, "running": 2, "complete": 3, "hold": 4, "cancelled": 9}
OPERATION_STATE = {"waiting": 0, "running": 1, "done": 2, "cancelled": 9}


def rows(jobs: list[Job], shipments: list[Shipment]) -> Mapping[str, list[Row]]:
    """The rows of each table, sorted by the table's key. Row versions count through the whole database."""
    versions = map(stored.row_version, count(2001))
    operations = ((job.id, step) for job in jobs for step in job.operations)
    return {
        "WorkCenter": [_place(number, place, next(versions)) for number, place in places()],
        "JobOrder": sorted(_job(job, next(versions)) for job in jobs),
        "JobOperation": sorted(_operation(job, step, next(versions)) for job, step in operations),
        "Shipment": list(_shipments(shipments, versions)),
    }


def _place(number: int, place: Place, version: bytes) -> Row:
    return (
        number,
        place.code,
        place.name,
        place.hall,
        place.rate,
        place.hours,
        6 * 3600 if place.hours > 8 else 7 * 3600 + 1800,
        int(place.active),
        version,
    )


def _job(job: Job, version: bytes) -> Row:
    return (
        job.id,
        job.number,
        job.order,
        job.line,
        job.item,
        job.quantity / 1000,
        JOB_STATE[job.state],
        job.priority,
        int(job.hot),
        stored.timestamp(job.planned),
        stored.timestamp(job.due),
        stored.timestamp(job.started),
        stored.timestamp(job.finished),
        job.cost / 10_000,
        job.note,
        version,
    )


def _operation(job: str, step: Operation, version: bytes) -> Row:
    return (
        job,
        step.sequence,
        step.work,
        step.text,
        step.place,
        OPERATION_STATE[step.state],
        step.setup / 100,
        step.run / 100,
        step.good,
        step.scrap,
        stored.timestamp(step.started),
        stored.timestamp(step.finished),
        step.operator,
        version,
    )


def _shipments(shipments: list[Shipment], versions: Iterator[bytes]) -> Iterator[Row]:
    for shipment in shipments:
        yield (
            shipment.number,
            shipment.order,
            shipment.carrier,
            shipment.tracking,
            stored.timestamp(shipment.shipped),
            stored.timestamp(shipment.delivered),
            shipment.packages,
            shipment.grams / 1000,
            shipment.freight / 10_000,
            int(shipment.complete),
            next(versions),
        )
