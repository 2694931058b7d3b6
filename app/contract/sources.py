"""The words of a source in gateway.yaml: some that all kinds take, and the kind's own.

In charge of joining the two tables. It must not know any kind: the kinds are given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from adapters.port import Kind, Option
from app.contract import options
from app.contract.quantities import DURATION, ZONE
from app.contract.quiet import WINDOWS
from app.contract.words import LINE
from app.shapes import Choice, Fault, Node, Record, Report, Shape, Whole, Word, nearest

BUDGET: Final = Record(
    {
        "request": Choice(Whole(2), "Rows that one request may read here, its expansions and the row ahead included."),
        "day": Choice(Whole(2), "Rows that all requests together may read here from midnight to midnight."),
    },
    "a budget of rows",
)

COMMON: Final[Mapping[str, Choice]] = {
    "kind": Choice(LINE, "The kind of database.", required=True),
    "timezone": Choice(ZONE, "The zone of this source's local times. Left out: the gateway's."),
    "connections": Choice(Whole(1, 1000), "Connections that all workers together may hold. Left out: 8."),
    "deadline": Choice(DURATION, "A request's time at this source, queueing included. Left out: 5s."),
    "quiet": Choice(WINDOWS, "When the source is left alone: no request, no probe, no refresh."),
    "budget": Choice(BUDGET, "How many rows may be read here. Left out: as many as are asked for."),
}


def record(kind: Kind) -> Record:
    """The words of a source of `kind`."""
    own = {option.name: Choice(options.shape(option), _help(option), option.required) for option in kind.options}
    named = Choice(Word({kind.name: kind.summary}), COMMON["kind"].help, required=True)
    return Record({**COMMON, "kind": named, **own}, f"a source of kind {kind.name}")


def _help(option: Option) -> str:
    secret = " A secret: never written in clear." if option.secret else ""
    relative = " Relative to the contract folder." if option.path else ""
    example = f" For example: {option.example}" if option.example else ""
    return f"{option.help}.{relative}{secret}{example}"


@dataclass(frozen=True)
class Source(Shape):
    """A source: its `kind` decides which words it takes. Without kinds, any word may stand beside the common ones."""

    kinds: Mapping[str, Kind] = field(default_factory=dict)
    expected: str = "a source: a mapping with its kind"

    def check(self, node: Node, report: Report) -> Any:
        """The checked words, or None where the kind is not known."""
        if not isinstance(node.value, dict):
            return self.refuse(node, report)
        if "kind" not in node.value:
            known = "one of " + ", ".join(self.kinds)
            return report(Fault("missing-word", node.place, "a source needs 'kind'", known))
        name = node.value["kind"]
        kind = self.kinds.get(name.source)
        if kind is None:
            expected = "one of " + ", ".join(self.kinds)
            hint = nearest(name.source, self.kinds)
            message = f"there is no kind {name.source!r}"
            return report(Fault("unknown-kind", name.place, message, expected, hint if hint.startswith("did") else ""))
        return record(kind).check(node, report)

    def json_schema(self) -> dict[str, Any]:
        """Any of the kinds' records; without kinds, an object with the common words."""
        if self.kinds:
            return {"anyOf": [record(kind).json_schema() for kind in self.kinds.values()]}
        return {
            **Record(COMMON).json_schema(),
            "additionalProperties": {"type": ["string", "number", "boolean", "array"]},
        }
