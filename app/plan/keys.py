"""Keys in a path: `/orders/12,3`. Each part is percent-encoded, so that a key may hold a slash or a comma of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from app.conversions.base import BadValue
from app.exchange import decoded
from app.plan.model import Resource
from app.problems import Detail, ProblemError


def write(values: Sequence[Any]) -> str:
    """The path segment of a key's API values; `?`, which no segment can hold, for a part that does not decode."""
    return ",".join("?" if value is None else quote(_text(value), safe="") for value in values)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def read(resource: Resource, segment: str) -> tuple[Any, ...]:
    """The API values of a raw path segment (UTF-8 checked by the caller). Raises ProblemError `invalid-key`."""
    parts = segment.split(",")
    if len(resource.key) == 1:
        parts = [segment]  # an unencoded comma of a single key is its own
    if len(parts) != len(resource.key):
        expected = ",".join(f"{{{name}}}" for name in resource.key)
        raise ProblemError("invalid-key", f"the key has {len(resource.key)} parts: {expected}")
    values, errors = [], []
    for name, part in zip(resource.key, parts, strict=True):
        try:
            values.append(resource.fields[name].conversion.parse(decoded(part)))
        except BadValue as bad:
            errors.append(Detail(f"expected {bad.expected}", name, "invalid-key", bad.hint))
    if errors:
        raise ProblemError("invalid-key", "the key is not one that this resource can have", tuple(errors))
    return tuple(values)
