"""docs/reference/contract.md, from the shapes that contracts are validated with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from adapters import registry
from adapters.port import Kind
from app.contract.field_words import FieldRecord
from app.contract.schema import files
from app.contract.sources import Source, record
from app.contract.words import RESERVED_PARAMETERS, RESERVED_RESOURCES
from app.shapes import Choice, Listing, Mapping_, Record, Shape, Word

PAGE = "reference/contract.md"

_HEAD = """\
# The contract's words

Generated from the shapes that a contract is validated with. A contract is a folder:

| file | what it holds |
|---|---|
| `gateway.yaml` | the sources, and what holds for the whole gateway |
| `v1/NAME.yaml` | one resource of version `v1`; in a version that extends another, also what changes in one |
| `v1/version.yaml` | where the version stands in its life; left out, it is current and extends nothing |
| `queries/NAME.sql` | a SELECT that a resource names with `query` |
| `catalog/SOURCE.yaml` | the reviewed snapshot of a source's tables, written by `bascule catalog` |

The files are YAML 1.2 in UTF-8: `Y`, `on` and `02:00` are text, `007` is a number. One document a file; no tags and no merge
keys; anchors and aliases work. Names in `sources` options and in `state` may hold `${VARIABLE}`, read from the environment,
and `${file:/run/secrets/name}`, read from a file without its last line break; a relative name is below the folder.

`openapi/contract.schema.json` says the same to an editor. All faults come at once, each with file:line:column; [this page](faults.md) explains
their codes. What `stored_as` may say is the matter of [Conversions](conversions.md).
"""

_TAIL = """\
## Names that are taken

Every list takes these query parameters: {parameters}. No field may have such a name; a field's name starts with a letter, and is
not an expansion's. Every version has these pages: {pages}. No resource may have such a name.
"""


def render() -> str:
    """The page."""
    kinds = {name: registry.kind(name) for name in registry.kinds()}
    parts = [_HEAD]
    described: set[str] = set()
    for title, description, shape in files(kinds).values():
        assert isinstance(shape, Record)
        parts += [f"## {title}\n\n{description}\n", _table(shape), *_nested(shape, kinds, described)]
    parameters = ", ".join(f"`{name}`" for name in RESERVED_PARAMETERS)
    pages = ", ".join(f"`{name}`" for name in RESERVED_RESOURCES)
    return "\n".join([*parts, _TAIL.format(parameters=parameters, pages=pages)])


def _nested(shape: Shape, kinds: Mapping[str, Kind], described: set[str]) -> Iterator[str]:
    """A section for each record and each set of words below `shape` that has none yet."""
    for word, child in _children(shape, kinds):
        if isinstance(child, Record) and child.what not in described:
            described.add(child.what)
            yield f"### {child.what[:1].upper()}{child.what[1:]}\n"
            yield _table(child)
        elif (
            isinstance(child, Word)
            and word
            and any(child.words.values())
            and word != "kind"
            and f"`{word}`" not in described
        ):
            described.add(f"`{word}`")
            yield f"### The words of `{word}`\n"
            yield _rows(("word", "meaning"), ((f"`{each}`", text) for each, text in child.words.items()))
        yield from _nested(child, kinds, described)


def _children(shape: Shape, kinds: Mapping[str, Kind]) -> Iterator[tuple[str, Shape]]:
    if isinstance(shape, Record):
        yield from ((word, choice.shape) for word, choice in shape.words.items() if not choice.reserved)
    elif isinstance(shape, Listing | Mapping_):
        yield "", shape.item
    elif isinstance(shape, Source):
        yield from (("", record(kind)) for kind in kinds.values())


def _table(shape: Record) -> str:
    served = {word: choice for word, choice in shape.words.items() if not choice.reserved}
    rows = ((_word(word, choice), _takes(choice.shape), choice.help) for word, choice in served.items())
    table = _rows(("word", "takes", "meaning"), rows)
    notes = []
    if len(shape.one_of) > 1:
        words = ", ".join(f"`{word}`" for word in shape.one_of if word in served)
        named = ", unless `stored_as` names the columns" if isinstance(shape, FieldRecord) else ""
        notes.append(f"Exactly one of {words}{named}.")
    if reserved := [f"`{word}` ({choice.reserved})" for word, choice in shape.words.items() if choice.reserved]:
        notes.append(f"Reserved for a later release: {', '.join(reserved)}.")
    return table + "".join(f"\n{note}\n" for note in notes)


def _word(word: str, choice: Choice) -> str:
    return f"`{word}`, required" if choice.required else f"`{word}`"


def _takes(shape: Shape) -> str:
    if isinstance(shape, Mapping_):
        return shape.what
    return shape.expected


def _rows(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |\n" for line in lines)
