"""Contracts that make the work of generators hard: names that languages have for themselves, texts with everything in them."""

from __future__ import annotations

import keyword
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from app.describe.clients import python, typescript
from app.describe.clients.bruno import TAKEN
from app.plan.model import Expansion, Plan, Resource, Version
from app.web.documents import document
from tests.http import plans

# Reserved words of ECMAScript and TypeScript.
SCRIPT = (
    "arguments", "await", "break", "case", "catch", "class", "const", "constructor", "continue", "debugger",
    "default", "delete", "do", "else", "enum", "eval", "export", "extends", "false", "finally", "for", "function",
    "if", "implements", "import", "in", "instanceof", "interface", "let", "new", "null", "package", "private",
    "protected", "public", "return", "static", "super", "switch", "this", "throw", "true", "try", "typeof",
    "undefined", "var", "void", "while", "with", "yield", "any", "never", "number", "object", "string", "symbol",
    "unknown",
)  # fmt: skip
PROTOTYPE = ("to-string", "has-own-property", "value-of", "constructors", "prototypes", "proto")
WORDS = sorted({*(word.lower() for word in keyword.kwlist), *SCRIPT})
OWN = sorted(name.lower() for name in (*python.CLASSES, *typescript.CLASSES, *python.MEMBERS, *typescript.MEMBERS))
RESOURCES = sorted(
    {
        *WORDS, *PROTOTYPE, *TAKEN, "a-b", "a--b", "a-b-", "client", "clients", "gateways", "pages", "problems", "problem-errors",
        "order-options", "get-order-options", "list-orders-options", "orders", "order", "iterables", "records", "promises", "maps",
        "base-url", "credentials", "many", "type-errors", "resources", "listings",
        *(word.replace("_", "-") for word in OWN),
    }
)  # fmt: skip
FIELDS = [
    *WORDS,
    "id",
    "dt",
    "decimal",
    "typing",
    "str",
    "int",
    "float",
    "bool",
    "list",
    "dict",
    "object",
    "type",
    "self",
    "data",
]
TEXTS = (
    'He said "no" */ and """ left \\',
    "'''\n}\n  ]\n{{baseUrl}}",
    "a: b # c\u2028d\u202ee\x07f\ttab, `code`, ${no} %s {0}",
    "---\n- on\n1e3",
    "Größe 中文 😀",
    '"',
    "\\",
)

LEADS = "leads_to"

Document = dict[str, Any]


def planned(
    resources: Mapping[str, Sequence[str]],
    title: str = "Odd",
    texts: Sequence[str] = TEXTS,
    words: Sequence[str] = TEXTS,
) -> Plan:
    """A plan of one version whose resources have the fields named; every text of `texts` stands somewhere."""
    made = [
        _resource(name, fields, texts[place % len(texts)], words)
        for place, (name, fields) in enumerate(resources.items())
    ]
    version = Version("v1", "current", {each.name: each for each in _expanded(made)}, date(2026, 9, 1))
    return Plan(title, texts[0], {"v1": version}, "0123456789abcdef")


def described(plan: Plan) -> Document:
    """The document of its version."""
    return document(plan, "v1")


def everything() -> Document:
    """One document with all of it."""
    return described(planned({name: FIELDS[place % 9 :: 9] for place, name in enumerate(RESOURCES)}))


def _resource(name: str, fields: Sequence[str], text: str, words: Sequence[str]) -> Resource:
    schemas: tuple[Mapping[str, Any], ...] = (
        {"type": "string", "example": text},
        {"type": "string", "enum": list(words), "example": words[0]},
        plans.DATE,
        plans.MOMENT,
        plans.DECIMAL,
        {"type": "integer", "enum": [1, 2]},
        {"type": "boolean"},
    )
    made = []
    for place, field in enumerate(fields):
        schema = schemas[place % len(schemas)]
        found = plans.a_field(field, "string", schema, nullable=bool(place % 2), example=schema.get("example"))
        made.append(found)
    key = tuple(fields[: 1 + len(fields) % 3])
    return plans.a_resource("v1", name, "T", key, made, summary=text.partition("\n")[0], description=text)


def _expanded(resources: Sequence[Resource]) -> Iterator[Resource]:
    """Every second resource leads to the one after it."""
    for place, each in enumerate(resources):
        later = resources[place + 1] if place + 1 < len(resources) else None
        if place % 2 or later is None or LEADS in each.fields:
            yield each
        else:
            leads = Expansion(LEADS, later.name, each.key[:1], later.key[:1], many=place % 4 == 0)
            yield replace(each, expansions={LEADS: leads})
