"""The columns of a field, which may stand in the field or behind the name of its conversion.

In charge of that one choice: `columns: [C1, C2], stored_as: lines` and `stored_as: {lines: [C1, C2]}` say the same. It must
not know the other words of a field.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.contract.document import mapping
from app.conversions.registry import STORED_AS
from app.shapes import Fault, Node, Record, Report


@dataclass(frozen=True)
class FieldRecord(Record):
    """The words of a field. A `stored_as` that names columns stands in place of `column` and `columns`."""

    def check(self, node: Node, report: Report) -> Any:
        """The values by word, checked; columns that are named twice are reported where the field names them."""
        if STORED_AS.columns_in(mapping(node).get("stored_as")) is None:
            return super().check(node, report)
        for word in ("column", "columns"):
            if word in node.value:
                message = f"{word!r} cannot stand beside a 'stored_as' that names columns"
                report(Fault("conflicting-words", node.at(word), message, "one of them"))
        return Record(self.words, self.what).check(node, report)

    def json_schema(self) -> dict[str, Any]:
        """An object whose columns stand in one place."""
        schema = super().json_schema()
        named = {"properties": {"stored_as": STORED_AS.columns_schema()}}
        if self.one_of:
            schema["oneOf"].append({**named, "required": ["stored_as"]})
        for word in self.at_most_one:
            schema["not"]["anyOf"].append({**named, "required": ["stored_as", word]})
        return schema
