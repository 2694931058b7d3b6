"""The fields of the admin API's bodies: the few forms that they come in.

In charge of how a field is described in the document. It must not know an operation.
"""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, fields, validate


def said(about: str, example: Any = None, **words: Any) -> dict[str, Any]:
    """What the document says of a field."""
    return {"description": about, **({} if example is None else {"example": example}), **words}


def text(about: str, example: str = "", **more: Any) -> fields.String:
    """A text that is always there."""
    return fields.String(required=True, metadata=said(about, example), **more)


def texts(about: str, example: Any, **more: Any) -> fields.List[Any]:
    """A list of texts."""
    return fields.List(fields.String(), metadata=said(about, example), **more)


def moment(about: str, *, never: bool) -> fields.String:
    """A moment, in RFC 3339; `never`: or null."""
    words = said(about, "2026-01-31T09:30:05Z", format="date-time")
    return fields.String(required=True, allow_none=never, metadata=words)


def number(about: str) -> fields.Integer:
    """A count."""
    return fields.Integer(required=True, metadata=said(about, 0))


def quantity(about: str, example: float = 0.0, *, unknown: bool = False) -> fields.Float:
    """A measured or computed number; `unknown`: or null, where there is nothing to compute it of."""
    return fields.Float(required=True, allow_none=unknown, metadata=said(about, example))


def numbers(about: str) -> fields.List[Any]:
    """A row of counts, one for each point of a chart."""
    return fields.List(fields.Integer(), required=True, metadata=said(about, [0]))


def quantities(about: str) -> fields.List[Any]:
    """A row of measures, one for each point of a chart; null where there is nothing to measure."""
    return fields.List(fields.Float(allow_none=True), required=True, metadata=said(about, [None]))


def one_of(about: str, words: Any, default: str) -> fields.String:
    """A word of a query that may be left out."""
    return fields.String(load_default=default, validate=validate.OneOf(list(words)), metadata=said(about, default))


def flag(about: str) -> fields.Boolean:
    """Whether something is so."""
    return fields.Boolean(required=True, metadata=said(about, example=True))


class Body(Schema):
    """A body in which nothing stands that the document does not name."""

    class Meta:
        """Unknown members are mistakes."""

        unknown = RAISE


def many(schema: type[Schema], about: str) -> fields.List[Any]:
    """A list of objects."""
    return fields.List(fields.Nested(schema), required=True, metadata=said(about))


def maybe(schema: type[Schema], about: str) -> fields.Nested:
    """An object, or null."""
    return fields.Nested(schema, required=True, allow_none=True, metadata=said(about))
