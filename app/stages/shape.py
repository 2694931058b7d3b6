"""Shape: rows to items, and what did not decode to observations."""

from __future__ import annotations

from collections.abc import Sequence

from app.observations import DataIssueFound, Observatory
from app.plan import keys
from app.plan.rows import BadRow, Dirt, Item, Projection, Row
from app.problems import ProblemError

STORED_LENGTH = 80  # characters of a stored value that an observation keeps


def items(projection: Projection, rows: Sequence[Row], observatory: Observatory) -> list[Item]:
    """The items of `rows`. Raises ProblemError `bad-data` where a field asks to fail."""
    dirt: list[Dirt] = []
    try:
        made = projection.items(rows, dirt)
    except BadRow as bad:
        detail = f"{bad.found.field} of {keys.write(bad.found.key)} cannot be read: {bad.found.issue}"
        raise ProblemError("bad-data", detail) from None
    finally:
        if dirt:
            _tell(projection, dirt, observatory)
    return made


def _tell(projection: Projection, dirt: list[Dirt], observatory: Observatory) -> None:
    resource = projection.resource
    for found in dirt:
        stored = repr(found.stored[0] if len(found.stored) == 1 else found.stored)[:STORED_LENGTH]
        observatory.tell(
            DataIssueFound(resource.version, resource.name, found.field, found.issue, keys.write(found.key), stored)
        )
