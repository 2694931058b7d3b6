"""The types of a document's schemas, as any language asks for them.

In charge of telling what a JSON Schema of this gateway can be: a scalar, one of some words, a list, a reference, null besides. It
must not know how a language spells any of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

Object = Mapping[str, Any]

_JSON: Final = json.JSONEncoder(ensure_ascii=False)
BASIC: Final = 0xFFFF  # characters behind have no escape that both languages know


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a language writes types: the parts of one are texts already."""

    scalar: Callable[[str, str], str]  # a type, and its format or nothing
    literals: Callable[[list[Any]], str]
    many: Callable[[str], str]
    mapping: Callable[[str], str]
    or_null: Callable[[str], str]
    reference: Callable[[str], str]
    anything: str


def literal(value: Any) -> str:
    """A text or a number as Python and JavaScript read it, which is JSON. What does not print is escaped."""
    text = _JSON.encode(value)
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() or ord(each) > BASIC else f"\\u{ord(each):04x}" for each in text)


def spelled(schema: Object, language: Spelling) -> str:
    """The type of a schema."""
    if is_nullable(schema):
        return language.or_null(spelled(without_null(schema), language))
    if "$ref" in schema:
        return language.reference(referred(schema))
    if "enum" in schema:
        return language.literals(schema["enum"])
    kind = schema.get("type")
    if kind == "array":
        return language.many(spelled(schema["items"], language))
    if kind == "object":
        return language.mapping(spelled(schema.get("additionalProperties", {}), language))
    return language.scalar(kind, schema.get("format", "")) if isinstance(kind, str) else language.anything


def is_nullable(schema: Object) -> bool:
    """Whether null is a value of it."""
    return {"type": "null"} in schema.get("anyOf", ()) or "null" in _kinds(schema)


def without_null(schema: Object) -> Object:
    """The schema of the same values but null."""
    if "anyOf" in schema:
        found: Object = next(each for each in schema["anyOf"] if each != {"type": "null"})
        return found
    (kind,) = (each for each in _kinds(schema) if each != "null")
    words = {"enum": [word for word in schema["enum"] if word is not None]} if "enum" in schema else {}
    return {**schema, "type": kind, **words}


def referred(schema: Object) -> str:
    """The name of the schema that a reference leads to."""
    reference: str = schema["$ref"]
    return reference.rpartition("/")[2]


def innermost(schema: Object) -> Object:
    """What a value is that is there: without null, and one of a list."""
    while is_nullable(schema) or schema.get("type") == "array":
        schema = without_null(schema) if is_nullable(schema) else schema["items"]
    return schema


def _kinds(schema: Object) -> list[str]:
    kind = schema.get("type", [])
    return kind if isinstance(kind, list) else [kind]
