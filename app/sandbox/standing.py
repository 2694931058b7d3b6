"""Standing: which rows fulfil the conditions of which resource, so that these show them.

In charge of the columns that conditions speak of (`active_when`): most rows fulfil one, each resource's in turn, and one in a dozen
none. It depends on the number of a row alone, so that whoever refers to rows knows which ones are shown. It must not know the rest
of a row.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.sandbox.draws import Draws
from app.sandbox.filling import SELDOM, Values, unlike
from app.sandbox.survey import Condition, Used


def standing(used: Used, seed: int, number: int) -> Values:
    """The values of the columns of conditions, in one row."""
    conditions = used.conditions
    if not conditions:
        return {}
    draws = Draws(seed, *used.place, "standing", number)
    own = conditions[number % len(conditions)]
    values = {column: draws.pick(allowed) for each in conditions for column, allowed in each.allowed}
    values.update({column: draws.pick(allowed) for column, allowed in own.allowed})
    if number >= len(conditions) and draws.chance(SELDOM):
        values.update(_fallen(used, own, draws))
    return values


def _fallen(used: Used, own: Condition, draws: Draws) -> Values:
    """Another value for one column of a condition; nothing where there is none."""
    name, allowed = draws.pick(own.allowed)
    cluster = next(each for each in used.clusters if any(column.name == name for column in each.columns))
    column = next(each for each in cluster.columns if each.name == name)
    value = unlike(cluster, column, allowed, draws)
    return {} if value is None else {name: value}


def fulfils(condition: Condition, values: Mapping[str, Any]) -> bool:
    """Whether values of columns fulfil a condition."""
    return all(values.get(column) in allowed for column, allowed in condition.allowed)
