"""A version as a Python client: one file, of the standard library alone, in which `mypy --strict` finds nothing.

In charge of the types: a TypedDict for each schema and for what each operation may be asked, spelled as the API spells it, so that
there are no second names to learn. Dates, moments and exact decimals become `date`, `datetime` and `Decimal`; what has no such
format, as a week or a time of day, stays text. Requests are the runtime's (`python_runtime`), which is copied in.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

from app.describe.clients.api import Api, Object, Operation, Resource, described, wrapped
from app.describe.clients.names import Names, snake
from app.describe.clients.types import Spelling, innermost, literal, referred, spelled
from app.describe.names import pascal

WIDTH: Final = 110
TYPES: Final[Mapping[str, str]] = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
FORMATS: Final[Mapping[str, str]] = {"date": "dt.date", "date-time": "dt.datetime", "decimal": "decimal.Decimal"}

# Names that a client has for itself: a schema or a resource of that name gets a number.
CLASSES: Final = frozenset(
    {
        "Client",
        "Gateway",
        "Iterable",
        "Iterator",
        "Listing",
        "Many",
        "Mapping",
        "OrderedDict",
        "ProblemError",
        "Resource",
    }
)
MEMBERS: Final = frozenset({"attempts", "base_url", "credential", "fetch", "timeout"})
ANNOTATING: Final = frozenset({*TYPES.values(), "dict", "decimal", "dt", "list", "typing"})

_STEP: Final = "    "
_SOFT: Final = "\v"  # where a line may be broken; a literal has it escaped
_DIRECTIVE: Final = re.compile(r"# noqa: \w+ ")


def _copied(runtime: str) -> str:
    """The runtime without its docstring, and without words to this project's linter."""
    return _DIRECTIVE.sub("", runtime.split('"""', 2)[2]).rstrip()


_RUNTIME: Final = _copied((files("app.describe.clients") / "python_runtime.py").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a TypedDict: its name in the API, its type, and what it is."""

    name: str
    type: str
    about: str


def client(api: Api) -> str:
    """The client's source."""
    names = Names({*CLASSES, *keyword.kwlist})
    schemas = {each.schema: names.give(each.schema) for each in api.resources}
    options = {
        each.path: names.give(f"{pascal(each.identifier)}Options")
        for resource in api.resources
        for each in (resource.list, resource.item)
    }
    parts = [
        *(_item(each, api, schemas) for each in api.resources),
        *(_options(each, options) for resource in api.resources for each in (resource.list, resource.item)),
        _shapes(api, schemas),
        _class(api, schemas, options),
    ]
    return "\n\n\n".join((_head(api) + _RUNTIME, *parts)) + "\n"


def _head(api: Api) -> str:
    lines = [
        f"A client of {described(api.name)}, made of its OpenAPI document: make it anew rather than change it.",
        "Python 3.11 or later; nothing else is needed.",
    ]
    if api.resources:
        first = _attributes(api)[api.resources[0].name]
        use = ("    client = Client()", f"    for item in client.{first}.each():", "        print(item)")
        lines += ["", *use]
    return _docstring("\n".join(lines), "")


def _item(resource: Resource, api: Api, schemas: Mapping[str, str]) -> str:
    schema = api.schemas[resource.schema]
    language = _spelling(schemas)
    members = [
        Member(name, spelled(each, language), each.get("description", ""))
        for name, each in schema["properties"].items()
    ]
    about = f"One of {resource.name}. {resource.list.description}"
    return _typed_dict(schemas[resource.schema], about, members, quoted=True)


def _options(operation: Operation, options: Mapping[str, str]) -> str:
    language = _spelling({})
    members = []
    for each in operation.options:
        kind = spelled(each.schema, language)
        members.append(Member(each.name, f"Many[{kind}]" if each.many else kind, each.description))
    about = f"What to ask of `{operation.summary}`."
    return _typed_dict(options[operation.path], about, members, quoted=False)


def _typed_dict(name: str, about: str, members: list[Member], *, quoted: bool) -> str:
    """A TypedDict, as a class where each name can be a member of one. `quoted` are types that may come later in the file."""
    plain = all(each.name.isidentifier() and not _is_special(each.name) for each in members)
    if plain:
        lines = [f"class {name}(typing.TypedDict, total=False):", _docstring(described(about), _STEP)]
    else:
        lines = [*_comment(about, ""), f"{name} = typing.TypedDict(", f'{_STEP}"{name}",', f"{_STEP}{{"]
    indent = _STEP if plain else _STEP * 2
    for each in members:
        lines += ["", *_comment(each.about, indent)] if plain else _comment(each.about, indent)
        kind = _quoted(each.type) if quoted and not plain else each.type
        lines += _folded(f"{indent}{each.name}: {kind}" if plain else f"{indent}{_literal(each.name)}: {kind},")
    return "\n".join(lines if plain else (*lines, f"{_STEP}}},", f"{_STEP}total=False,", ")"))


def _quoted(kind: str) -> str:
    """A type that is a text, as one that comes later in the file has to be."""
    text = kind.replace(_SOFT, "")
    return repr(text) if '"' in text else f'"{text}"'


def _folded(line: str) -> Iterator[str]:
    """The line, broken where it may be and has to; what goes on stands further in."""
    indent = line[: len(line) - len(line.lstrip())] + _STEP
    so_far, *rest = line.split(_SOFT)
    for part in rest:
        if len(so_far) + len(part) > WIDTH:
            yield so_far.rstrip()
            so_far = indent
        so_far += part
    yield so_far


def _is_special(name: str) -> bool:
    return keyword.iskeyword(name) or name in ANNOTATING or name.startswith("__")


def _shapes(api: Api, schemas: Mapping[str, str]) -> str:
    """What is converted where, by the schemas' names: a converter's, or another schema's."""
    lines = ["_SHAPES: Mapping[str, _Shape] = {"]
    for resource in api.resources:
        found = dict(_converted(api.schemas[resource.schema], schemas))
        if found:
            members = (f"{_STEP * 2}{_literal(name)}: {_literal(shape)}," for name, shape in found.items())
            lines += [f"{_STEP}{_literal(schemas[resource.schema])}: {{", *members, f"{_STEP}}},"]
    return "\n".join((*lines, "}"))


def _converted(schema: Object, schemas: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, each in schema["properties"].items():
        inner = innermost(each)
        if "$ref" in inner:
            yield name, schemas[referred(inner)]
        elif inner.get("format") in FORMATS:
            yield name, inner["format"]


def _class(api: Api, schemas: Mapping[str, str], options: Mapping[str, str]) -> str:
    scheme = " `credential` is an API key or an access token." if api.schemes else ""
    attributes = _attributes(api)
    lines = [
        "class Client(Gateway):",
        _docstring(f"{described(api.name)}.{scheme}", _STEP),
        "",
        f"{_STEP}def __init__(",
        f"{_STEP * 2}self,",
        f"{_STEP * 2}base_url: str = {_literal(api.server)},",
        f'{_STEP * 2}credential: str = "",',
        f"{_STEP * 2}*,",
        f"{_STEP * 2}timeout: float = 30.0,",
        f"{_STEP * 2}attempts: int = 3,",
        f"{_STEP}) -> None:",
        f"{_STEP * 2}super().__init__(base_url, credential, timeout=timeout, attempts=attempts)",
    ]
    for each in api.resources:
        kind = schemas[each.schema]
        known = ", ".join((kind, _key(each), options[each.list.path], options[each.item.path]))
        made = f"self, {_literal(each.list.path)}, {_literal(kind)}, _SHAPES"
        lines += [f"{_STEP * 2}self.{attributes[each.name]}: Resource[{known}] = Resource("]
        lines += [f"{_STEP * 3}{made}", f"{_STEP * 2})", _about(each)]
    return "\n".join(lines)


def _about(resource: Resource) -> str:
    old = "Deprecated. " if resource.list.deprecated else ""
    return _docstring(f"{old}{described(resource.list.description) or resource.name}", _STEP * 2)


def _attributes(api: Api) -> Mapping[str, str]:
    """What each resource is called in the client."""
    names = Names({*MEMBERS, *keyword.kwlist})
    return {each.name: names.give(snake(each.name)) for each in api.resources}


def _key(resource: Resource) -> str:
    kinds = [spelled(part.schema, _spelling({})).replace(_SOFT, "") for part in resource.item.key]
    return kinds[0] if len(kinds) == 1 else f"tuple[{', '.join(kinds)}]"


def _spelling(schemas: Mapping[str, str]) -> Spelling:
    return Spelling(
        scalar=lambda kind, form: FORMATS.get(form, TYPES[kind]),
        literals=lambda words: f"typing.Literal[{_SOFT}{f', {_SOFT}'.join(_literal(word) for word in words)}]",
        many=lambda each: f"list[{each}]",
        mapping=lambda each: f"dict[str, {each}]",
        or_null=lambda each: f"{each} | None",
        reference=lambda name: schemas[name],
        anything="typing.Any",
    )


def _literal(value: Any) -> str:
    return str(value) if isinstance(value, bool) else literal(value)


def _comment(text: str, indent: str) -> Iterable[str]:
    return [f"{indent}# {line}" for line in wrapped(described(text), WIDTH - len(indent) - 2)]


def _docstring(text: str, indent: str) -> str:
    """A docstring, each of its lines wrapped."""
    lines = [part for line in text.split("\n") for part in wrapped(line, WIDTH - len(indent)) or [""]]
    escaped = (
        f"\n{indent}".join(lines)
        .replace("\\", "\\\\")
        .replace('"', '\\"' if '"' in text[-1:] or '"""' in text else '"')
    )
    return f'{indent}"""{escaped}"""' if len(lines) == 1 else f'{indent}"""{escaped}\n{indent}"""'
