"""The shape of the word `stored_as`: what a contract may say of a conversion, checked with places, and as JSON Schema.

In charge of how the registered conversions look in YAML. It must not know the type of a field: whether a conversion serves
it, and whether an option makes sense there, is decided where it is bound (registry).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from app.conversions.base import Entry
from app.shapes import (
    Choice,
    Either,
    Fault,
    Listing,
    Mapping_,
    Node,
    Place,
    Record,
    Report,
    Scalar,
    Shape,
    Text,
    Word,
    nearest,
)

ON_ISSUE_SHAPE: Final = Word(
    {
        "null": "The field becomes null, and the row's `_issues` says why.",
        "omit-row": "The row is left out.",
        "fail": "The request fails.",
    }
)
_NULL: Final = Either(
    (Scalar(), Listing(Scalar(), minimum=2)),
    lambda node: int(isinstance(node.value, list)),
    "a stored value; a list of them where the field has several columns",
)
COMMON: Final[Mapping[str, Shape]] = {"nulls": Listing(_NULL, single=True), "on_issue": ON_ISSUE_SHAPE}
"""The options that every conversion takes."""
COMMON_HELP: Final = {
    "nulls": "Stored values that mean null, in place of the usual ones. The first one is written.",
    "on_issue": "What becomes of a row whose stored value does not decode.",
}
_COLUMNS: Final = Listing(Text("a column", r"[\s\S]*\S[\s\S]*"), minimum=2)
_CODE: Final = Either(
    (Scalar(), Listing(Scalar(), minimum=1)),
    lambda node: int(isinstance(node.value, list)),
    "a code or a name; for true and false of a boolean also a list",
)


@dataclass(frozen=True)
class StoredAs(Shape):
    """`stored_as`, for the conversions of `entries`; `codes` is the name of the conversion that a bare map means."""

    entries: Sequence[Entry]
    codes: str
    expected: str = field(default="a conversion's name, one with options, or a map of codes", init=False)

    def check(self, node: Node, report: Report) -> Any:
        """The plain value, every scalar of a map of codes as it was written."""
        if isinstance(node.value, list):
            if len(node.value) != 2:
                return self.refuse(node, report, "two conversions, of a date and of a time: [cyymmdd, hhmmss]")
            return [self._check_part(child, report) for child in node.value]
        if not isinstance(node.value, dict):
            return self._check_name(node, report)
        if (named := self.columns_in(node)) is not None:
            return {name: _COLUMNS.check(named, report) for name in node.value}
        if len(node.value) == 1:
            ((name, child),) = node.value.items()
            if name in self._names or isinstance(child.value, dict):
                return {name: self._check_options(name, node, child, report)}
        return self._check_codes(node, report)

    def json_schema(self) -> dict[str, Any]:
        """A name, a name with options or columns, a map of codes, or a list of two."""
        names = [{"const": name, "description": self._help(name)} for name in self._names]
        options = [
            {
                "type": "object",
                "description": self._help(name),
                "properties": {name: self._shapes[name].json_schema()},
                "required": [name],
                "additionalProperties": False,
            }
            for name in self._names
            if name != self.codes
        ]
        one = [*names, *options, self._codes_schema()]
        pair = {"type": "array", "items": {"anyOf": one}, "minItems": 2, "maxItems": 2}
        return {"anyOf": [*one, self.columns_schema(), pair]}

    def columns_in(self, node: Node | None) -> Node | None:
        """The list of columns in `{lines: [C1, C2]}`, which any conversion over several may name; None elsewhere."""
        if node is None or not isinstance(node.value, dict) or len(node.value) != 1:
            return None
        ((name, child),) = node.value.items()
        return child if name in self._over_several and isinstance(child.value, list) else None

    def columns_schema(self) -> dict[str, Any]:
        """JSON Schema of a conversion over several columns that names them."""
        return {
            "type": "object",
            "description": "A conversion over several columns, which stand here in place of the field's `columns`.",
            "properties": {name: _COLUMNS.json_schema() for name in self._over_several},
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
        }

    def parted(self, plain: Any) -> tuple[Any, tuple[str, ...]]:
        """A checked value without the columns that it names, and those: `{lines: [C1, C2]}` is `lines` and (C1, C2)."""
        if isinstance(plain, Mapping) and len(plain) == 1:
            ((name, named),) = plain.items()
            if name in self._over_several and isinstance(named, list):
                return name, tuple(named)
        return plain, ()

    @cached_property
    def _over_several(self) -> tuple[str, ...]:
        return tuple(sorted(entry.name for entry in self.entries if entry.arity != 1))

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(sorted({entry.name for entry in self.entries}))

    def _of(self, name: str) -> Iterator[Entry]:
        return (entry for entry in self.entries if entry.name == name)

    def _help(self, name: str) -> str:
        return " ".join(f"{'/'.join(entry.types)}: {entry.summary}" for entry in self._of(name))

    def _check_part(self, node: Node, report: Report) -> Any:
        """One of two conversions: the field's `columns` are those of both."""
        if (named := self.columns_in(node)) is None:
            return self.check(node, report)
        message = "columns are named for one of two conversions here"
        return report(Fault("wrong-value", named.place, message, "the columns of both, in 'columns'"))

    def _check_name(self, node: Node, report: Report) -> str | None:
        if node.value is None or not isinstance(node.value, str):
            self.refuse(node, report)
            return None
        if node.value not in self._names:
            self._unknown(node.value, node.place, report)
        return node.value

    def _unknown(self, name: str, place: Place, report: Report) -> None:
        hint = nearest(name, self._names) or f"known: {', '.join(self._names)}"
        report(Fault("unknown-conversion", place, f"there is no conversion {name!r}", hint=hint))

    def _check_options(self, name: str, node: Node, child: Node, report: Report) -> Any:
        if name not in self._names:
            self._unknown(name, node.keys.get(name, child.place), report)
            return child.plain()
        if child.value is None:
            return None
        return self._check_codes(child, report) if name == self.codes else self._shapes[name].check(child, report)

    @cached_property
    def _shapes(self) -> Mapping[str, Shape]:
        """What may stand after each name."""
        return {name: self._options(name) for name in self._names}

    def _options(self, name: str) -> Either:
        """What may stand after a name: its options, or the bare value of its main one."""
        words = {word: Choice(shape, "") for entry in self._of(name) for word, shape in entry.options.items()}
        common = {word: Choice(shape, COMMON_HELP[word]) for word, shape in COMMON.items()}
        record = Record({**words, **common}, name)
        short = next((entry.options[entry.short] for entry in self._of(name) if entry.short), None)
        if short is None:
            return Either((record,), lambda node: 0 if isinstance(node.value, dict) else -1, f"the options of {name}")
        expected = f"the options of {name}, or {short.expected}"
        return Either((record, short), lambda node: int(not isinstance(node.value, dict)), expected)

    def _check_codes(self, node: Node, report: Report) -> Any:
        if not isinstance(node.value, dict) or not node.value:
            return self.refuse(node, report)
        return {
            name: COMMON[name].check(child, report) if self._is_option(name, child) else _code(child, report)
            for name, child in node.value.items()
        }

    def _is_option(self, name: str, child: Node) -> bool:
        return name == "on_issue" or (name == "nulls" and isinstance(child.value, list))

    def _codes_schema(self) -> dict[str, Any]:
        common = {word: {"description": COMMON_HELP[word], **shape.json_schema()} for word, shape in COMMON.items()}
        codes = Mapping_(_CODE, minimum=1).json_schema()
        return {**codes, "description": "A map of codes: from each code to its name, or from true and false to codes.",
                "properties": common}  # fmt: skip


def plain_node(plain: Any, place: Place | None = None) -> Node:
    """A plain value as a node, so that a shape can check it; each name of a mapping has a place of its own."""
    here = place or Place("stored_as")
    if isinstance(plain, Mapping):
        keys = {name: Place(here.file, here.line, index) for index, name in enumerate(plain, start=2)}
        return Node({name: plain_node(value, keys[name]) for name, value in plain.items()}, here, keys=keys)
    if isinstance(plain, list | tuple):
        return Node([plain_node(value, here) for value in plain], here)
    source = "null" if plain is None else str(plain).lower() if isinstance(plain, bool) else str(plain)
    return Node(plain, here, source)


def _code(node: Node, report: Report) -> Any:
    """A code, or a list of codes, as written: `01` is no number here."""
    if isinstance(node.value, list):
        return [_code(child, report) for child in node.value]
    checked = _CODE.check(node, report)
    return node.source if isinstance(checked, int | float) and node.source else checked
