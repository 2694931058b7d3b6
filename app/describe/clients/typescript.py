"""A version as TypeScript: an interface for each schema, one for what each operation may be asked, and a client over `fetch`.

In charge of the types: words of an enum are a union, descriptions are JSDoc, and a parameter is called what the API calls it. Dates
and exact decimals are text, as in JSON: JavaScript has no type that holds them. Requests are the runtime's
(`typescript_runtime.ts`), which is copied in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Final

from app.describe.clients.api import Api, Object, Operation, Resource, described, wrapped
from app.describe.clients.names import Names, camel
from app.describe.clients.types import Spelling, literal, spelled
from app.describe.names import pascal

WIDTH: Final = 110
TYPES: Final[Mapping[str, str]] = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean"}

# Names that a client has for itself, and globals that it uses: a schema or a resource of that name gets a number.
CLASSES: Final = frozenset({
    "AbortSignal", "Answer", "AsyncGenerator", "Client", "Error", "Gateway", "JSON", "Listing", "Many", "Map", "Math",
    "Number", "Object", "Page", "Partial", "Problem", "ProblemDetail", "ProblemError", "Promise", "Record", "Required", "Resource", "Scalar", "Settings",
    "String", "TypeError",
})  # fmt: skip
PROBLEMS: Final = ("Problem", "ProblemDetail")
# Words that label no part of a tuple (ECMAScript 2024, 12.7.2).
RESERVED: Final = frozenset({
    "break", "case", "catch", "class", "const", "continue", "debugger", "default", "delete", "do", "else", "enum",
    "export", "extends", "false", "finally", "for", "function", "if", "import", "in", "instanceof", "new", "null",
    "return", "super", "switch", "this", "throw", "true", "try", "typeof", "var", "void", "while", "with",
})  # fmt: skip
MEMBERS: Final = frozenset({"baseUrl", "constructor", "request"})

_RUNTIME: Final = (files("app.describe.clients") / "typescript_runtime.ts").read_text(encoding="utf-8")
_IDENTIFIER: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_STEP: Final = "  "


def client(api: Api) -> str:
    """The client's source."""
    names = Names(CLASSES)
    schemas = {name: name for name in PROBLEMS}
    schemas |= {each.schema: names.give(each.schema) for each in api.resources}
    operations = [each for resource in api.resources for each in (resource.list, resource.item)]
    options = {each.path: names.give(f"{pascal(each.identifier)}Options") for each in operations}
    about = {each.schema: f"One of {each.name}. {each.list.description}" for each in api.resources}
    parts = [
        _head(api),
        _RUNTIME.partition("*/")[2].strip(),
        *(_interface(schemas[name], about.get(name, ""), api.schemas[name], schemas) for name in schemas),
        *(_options(each, options) for each in operations),
        _class(api, schemas, options),
    ]
    return "\n\n".join(parts) + "\n"


def _head(api: Api) -> str:
    lines = [f"A client of {_plain(api.name)}, made of its OpenAPI document: make it anew rather than change it."]
    if api.resources:
        first = _properties(api)[api.resources[0].name]
        lines += [
            "",
            "    const client = new Client();",
            f"    for await (const item of client.{first}.each()) {{ … }}",
        ]
    return "\n".join(("/*", *(f" * {line}".rstrip() for line in lines), " */"))


def _interface(name: str, about: str, schema: Object, schemas: Mapping[str, str]) -> str:
    """A schema. What is not required may be missing: `fields` narrows an answer, and a scope may hide a field."""
    required = schema.get("required", ())
    lines = [*_comment(about, ""), f"export interface {name} {{"]
    for member, each in schema["properties"].items():
        mark = "" if member in required else "?"
        lines += [*_comment(each.get("description", ""), _STEP)]
        lines.append(f"{_STEP}{_property(member)}{mark}: {spelled(each, _spelling(schemas))};")
    return "\n".join((*lines, "}"))


def _options(operation: Operation, options: Mapping[str, str]) -> str:
    lines = [*_comment(f"What to ask of `{operation.summary}`.", "")]
    lines.append(f"export interface {options[operation.path]} {{")
    for each in operation.options:
        kind = spelled(each.schema, _spelling({}))
        lines += _comment(each.description, _STEP)
        lines.append(f"{_STEP}{_property(each.name)}?: {f'Many<{kind}>' if each.many else kind};")
    return "\n".join((*lines, "}"))


def _class(api: Api, schemas: Mapping[str, str], options: Mapping[str, str]) -> str:
    properties = _properties(api)
    lines = [*_comment(f"{api.name}.", ""), "export class Client extends Gateway {"]
    for each in api.resources:
        known = (schemas[each.schema], _key(each), options[each.list.path], options[each.item.path])
        lines += _comment(each.list.description, _STEP, deprecated=each.list.deprecated)
        lines.append(f"{_STEP}readonly {properties[each.name]}: Resource<{', '.join(known)}>;")
    server = literal(api.server)
    lines += [
        "",
        f"{_STEP}constructor(baseUrl = {server}, settings: Settings = {{}}) {{",
        f"{_STEP * 2}super(baseUrl, settings);",
    ]
    for each in api.resources:
        lines.append(f"{_STEP * 2}this.{properties[each.name]} = new Resource(this, {literal(each.list.path)});")
    return "\n".join((*lines, f"{_STEP}}}", "}"))


def _properties(api: Api) -> Mapping[str, str]:
    """What each resource is called in the client."""
    names = Names(MEMBERS)
    return {each.name: names.give(camel(each.name)) for each in api.resources}


def _key(resource: Resource) -> str:
    kinds = [spelled(part.schema, _spelling({})) for part in resource.item.key]
    if len(kinds) == 1:
        return kinds[0]
    labels = (f"{part.name}_" if part.name in RESERVED else part.name for part in resource.item.key)
    return f"readonly [{', '.join(f'{label}: {kind}' for label, kind in zip(labels, kinds, strict=True))}]"


def _spelling(schemas: Mapping[str, str]) -> Spelling:
    return Spelling(
        scalar=lambda kind, _: TYPES[kind],
        literals=lambda words: " | ".join(literal(word) for word in words),
        many=lambda each: f"Array<{each}>" if " | " in each else f"{each}[]",
        mapping=lambda each: f"Record<string, {each}>",
        or_null=lambda each: f"{each} | null",
        reference=lambda name: schemas[name],
        anything="unknown",
    )


def _property(name: str) -> str:
    return name if _IDENTIFIER.fullmatch(name) else literal(name)


def _plain(text: str) -> str:
    """Text for a comment, which it does not end."""
    return described(text).replace("*/", "*\\/")


def _comment(text: str, indent: str, *, deprecated: bool = False) -> Iterable[str]:
    """JSDoc."""
    lines = [*wrapped(_plain(text), WIDTH - len(indent) - 3), *(["@deprecated"] if deprecated else [])]
    if len(lines) < 2:
        return [f"{indent}/** {line} */" for line in lines]
    return [f"{indent}/**", *(f"{indent} * {line}" for line in lines), f"{indent} */"]
