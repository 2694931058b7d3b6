"""Shape: rows to items, and what did not decode to observations."""

from __future__ import annotations

from collections.abc import Sequence

from app.callers.audit import HIDDEN
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
        key = HIDDEN if resource.key_classified else keys.write(found.key)
        stored = HIDDEN if resource.fields[found.field].classified else _text(found.stored)
        observatory.tell(DataIssueFound(resource.version, resource.name, found.field, found.issue, key, stored))


def _text(stored: tuple[object, ...]) -> str:
    return repr(stored[0] if len(stored) == 1 else stored)[:STORED_LENGTH]
