"""History, as it is kept: of each minute one tree of numbers, to which every process adds its own.

In charge of adding trees and of forgetting old minutes. It must not know what a number means: a tree is added leaf by leaf, so what
the processes of all hosts have written is their sum.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import zip_longest
from typing import Any, TypeAlias

import sqlalchemy as sa

from app.state.tables import history_minute as table

Numbers: TypeAlias = int | float | list["Numbers"] | dict[str, "Numbers"]
"""A tree of numbers. Two of one form can be added; what one of them lacks counts as nothing."""


def add(connection: sa.Connection, found: Mapping[int, Numbers], oldest: int) -> None:
    """Add trees to what their minutes have; minutes before `oldest` are forgotten."""
    connection.execute(table.delete().where(table.c.minute < oldest))
    for minute, numbers in sorted(found.items()):
        if minute >= oldest:
            _add(connection, minute, numbers)


def _add(connection: sa.Connection, minute: int, numbers: Numbers) -> None:
    here = table.c.minute == minute
    kept = connection.execute(sa.select(table.c.said).where(here)).scalar()
    if kept is None:
        connection.execute(table.insert().values(minute=minute, said=_text(numbers)))
    else:
        connection.execute(table.update().where(here).values(said=_text(summed(json.loads(kept), numbers))))


def since(connection: sa.Connection, minute: int) -> dict[int, Any]:
    """The trees from that minute on."""
    rows = connection.execute(sa.select(table.c.minute, table.c.said).where(table.c.minute >= minute))
    return {int(number): json.loads(said) for number, said in rows}


def summed(one: Numbers, other: Numbers) -> Numbers:
    """The sum of two trees of one form."""
    if isinstance(one, dict) and isinstance(other, dict):
        both = {name: summed(one[name], other[name]) for name in one.keys() & other.keys()}
        return {**one, **other, **both}
    if isinstance(one, list) and isinstance(other, list):
        return [summed(*pair) for pair in zip_longest(one, other, fillvalue=0)]
    if isinstance(one, dict | list) or isinstance(other, dict | list):
        return other  # what an earlier release has written otherwise is gone with its day
    return one + other


def _text(numbers: Numbers) -> str:
    return json.dumps(numbers, separators=(",", ":"))
