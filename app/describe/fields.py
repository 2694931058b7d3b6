"""The plan's fields as marshmallow fields.

In charge of checking an API value as its conversion's JSON Schema states it, and of carrying that schema to the OpenAPI
document. An API value is JSON already: loading and dumping give it back as it is, so that a decoded row passes unchanged.
It must not know resources or HTTP.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from marshmallow import fields, validate

from app.plan.model import Field

STATED = "stated"  # the key of a field's metadata that holds its JSON Schema; apispec leaves unknown keys out

if TYPE_CHECKING:
    _Base = fields.Field[Any]
else:
    _Base = object


class _AsWritten(_Base):
    """Text with a meaning: checked as its marshmallow type does, kept as it was written."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise self.make_error("invalid", obj_type=type(self).__name__, input=value)
        super()._deserialize(value, attr, data, **kwargs)
        return value

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        del attr, obj, kwargs
        return value


class DateText(_AsWritten, fields.Date):
    """`2026-01-31`."""


class DateTimeText(_AsWritten, fields.DateTime):
    """`2026-01-31T09:30:05-05:00`."""


class DecimalText(_AsWritten, fields.Decimal):
    """`-0.05`."""


class Strictly(fields.Boolean):
    """`true` and `false`, none of the words that marshmallow takes for them."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:
        del attr, data, kwargs
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


BY_FORMAT: Mapping[str, Callable[..., fields.Field[Any]]] = {
    "date": DateText,
    "date-time": DateTimeText,
    "decimal": DecimalText,
}
BY_TYPE: Mapping[str, Callable[..., fields.Field[Any]]] = {
    "string": fields.String,
    "integer": fields.Integer,
    "number": fields.Float,
    "boolean": Strictly,
}


def _told(planned: Field) -> Iterator[str]:
    """What a reader should know of a field, a sentence each."""
    if planned.description:
        yield planned.description
    if planned.scope:
        yield f"Only with the scope `{planned.scope}`; without it, the field is not there."
    if planned.classification == "personal":
        yield "Data about a person."
    elif planned.classification == "confidential":
        yield "Confidential."


def field(planned: Field) -> fields.Field[Any]:
    """The marshmallow field of one field of the plan. The conversion's schema decides its class and its validators."""
    stated = planned.schema
    make = BY_FORMAT.get(stated.get("format", "")) or BY_TYPE[stated["type"]]
    about = " ".join(_told(planned))
    shown = {**stated, "description": about} if about else stated
    return make(allow_none=planned.nullable, validate=validators(stated), metadata={STATED: shown})


def validators(schema: Mapping[str, Any]) -> list[Any]:
    """The marshmallow validators that check what the JSON Schema states of a scalar."""
    found: list[Any] = []
    if "enum" in schema:
        found.append(validate.OneOf(schema["enum"]))
    if "pattern" in schema:
        found.append(validate.Regexp(re.compile(f"(?s:.*?)(?:{schema['pattern']})")))  # a JSON Schema pattern searches
    if "minLength" in schema or "maxLength" in schema:
        found.append(validate.Length(schema.get("minLength"), schema.get("maxLength")))
    low, high = _bound(schema, "minimum", "exclusiveMinimum"), _bound(schema, "maximum", "exclusiveMaximum")
    if low or high:
        found.append(_range(low, high))
    return found


def _bound(schema: Mapping[str, Any], inclusive: str, exclusive: str) -> tuple[Any, bool] | None:
    """The bound of a range, and whether it belongs to the range."""
    if inclusive in schema:
        return schema[inclusive], True
    return (schema[exclusive], False) if exclusive in schema else None


def _range(low: tuple[Any, bool] | None, high: tuple[Any, bool] | None) -> validate.Range:
    least, least_too = low or (None, True)
    most, most_too = high or (None, True)
    return validate.Range(min=least, max=most, min_inclusive=least_too, max_inclusive=most_too)


def stated(converter: Any, field: fields.Field[Any], ret: dict[str, Any], **context: Any) -> dict[str, Any]:
    """An attribute function for apispec: the property is what the plan states, whatever marshmallow's class suggests.

    apispec shows a decimal that is text as a number, an exclusive bound as an inclusive one, and a format only where a
    marshmallow class has it; `ret`, what it found so far, is thrown away.
    """
    del converter, context
    schema = field.metadata.get(STATED)
    if schema is None:
        return {}
    ret.clear()
    return or_null(schema) if field.allow_none else dict(schema)


def or_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of the same value or null, as JSON Schema 2020-12 writes it."""
    wider = {**schema, "type": [schema["type"], "null"]}
    return {**wider, "enum": [*schema["enum"], None]} if "enum" in schema else wider
