"""docs/reference/sources.md, from the kinds themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from adapters import registry
from adapters.port import Kind, Option, Traits

PAGE = "reference/sources.md"

_HEAD = """\
# Sources

Generated from the kinds of source that are installed. A source is named in `gateway.yaml`, with its kind and the options of
that kind; `connections` (for all workers together), `deadline`, `quiet` and `budget` may be given for every kind ([protect the
host](../how-to/protect-the-host.md)).

    sources:
      archive: {kind: sqlite, path: archive.db, connections: 4, deadline: 5s}

An option marked *secret* may not stand in the contract in clear: write `${VARIABLE}` or `${file:/run/secrets/name}`.
Another distribution brings a kind by an entry point in the group `bascule.adapters` that names a module with a `KIND`.
"""

_TRAITS = {
    "pads_char": "comparing a `CHAR` ignores its trailing blanks at the source itself",
    "nulls_first": "NULL sorts before every value in ascending order",
    "row_values": "pages compare whole keys, `(a, b) > (?, ?)`",
    "max_parameters": "values that one statement may carry",
    "lock_free": "a read neither waits for a writer nor makes one wait",
    "cancels": "a statement whose time is over is ended at the source",
    "explains": "`bascule explain` shows the source's own plan",
    "indexes": "the catalog lists keys and indexes",
    "paged": "the source itself stops at a page's limit",
}


def render() -> str:
    """The page."""
    kinds = [registry.kind(name) for name in registry.kinds()]
    return "\n".join([_HEAD, *_traits(kinds), "", *(line for kind in kinds for line in _kind(kind))])


def _traits(kinds: Sequence[Kind]) -> Iterator[str]:
    yield "## What they do differently"
    yield ""
    yield f"| | {' | '.join(kind.name for kind in kinds)} |"
    yield "|---|" + "---|" * len(kinds)
    for name in Traits.__dataclass_fields__:
        yield f"| {_TRAITS[name]} | {' | '.join(_shown(getattr(kind.traits, name)) for kind in kinds)} |"


def _shown(trait: object) -> str:
    return {True: "yes", False: "no"}[trait] if isinstance(trait, bool) else f"{trait:,}"


def _kind(kind: Kind) -> Iterator[str]:
    yield f"## {kind.name}"
    yield ""
    yield f"{kind.summary}."
    yield ""
    yield "| option | meaning | example |"
    yield "|---|---|---|"
    for option in kind.options:
        yield f"| `{option.name}`{_marks(option)} | {option.help} | {f'`{option.example}`' if option.example else ''} |"
    yield ""


def _marks(option: Option) -> str:
    marks = {"required": option.required, "secret": option.secret, "a file": option.path, "a list": option.many}
    choices = f", {' or '.join(f'`{choice}`' for choice in option.choices)}" if option.choices else ""
    return "".join(f", *{name}*" for name, holds in marks.items() if holds) + choices
