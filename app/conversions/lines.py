"""Text over several columns: addresses, comments, remarks that were cut to the width of a record.

In charge of how lines are put together and taken apart. It must not know what a single column of text is (text).
"""

from __future__ import annotations

from typing import Any, Final

from app.conversions.base import BadOption, BadValue, Binding, Conversion, Entry, Stored
from app.conversions.digits import TEXTUAL, padded
from app.conversions.text import BLANK_SHAPE, PADDING, checked, cleaned, text_schema
from app.shapes import Text


class Lines(Conversion):
    """Text over several columns, one line each. With an empty `join` the text just runs on from column to column."""

    name = "lines"
    keeps_order = False
    filterable = False  # an equal comparison would have to know which program broke the lines
    fallible = False

    def __init__(self, binding: Binding) -> None:
        self.columns = binding.columns
        self.arity = len(binding.columns)
        self.join: str = binding.options.get("join", "\n")
        self.blank_is_null = binding.options.get("blank") == "null"
        if "nulls" in binding.options:
            raise BadOption("lines takes no nulls", "{lines: {blank: null}}")
        self.nulls = (("",) * self.arity,) if self.blank_is_null else ()

    def read(self, *stored: Any) -> str | None:
        """The lines; blank ones at the end are no part of it."""
        if all(line is None for line in stored):
            return None
        lines = [cleaned(line or "") for line in stored]
        if self.join:
            text = self._joined([line.rstrip(PADDING) for line in lines])
        else:
            text = "".join(map(padded, lines, self.columns)).rstrip(PADDING)
        return None if self.blank_is_null and not text else text

    def write(self, value: Any) -> Stored:
        """One line a column."""
        text = checked(value, None).rstrip(PADDING)
        lines = text.split(self.join) if self.join else self._cut(text)
        fits = len(lines) <= self.arity and all(
            column.length is None or len(line) <= column.length
            for line, column in zip(lines, self.columns, strict=False)
        )
        stored = (*lines, *[""] * (self.arity - len(lines)))
        if not fits or self.read(*stored) != text:
            raise BadValue(f"text of at most {self.arity} lines that fit their columns")
        return stored

    def parse(self, text: str) -> str:
        """The text."""
        return checked(text, None).rstrip(PADDING)

    @property
    def schema(self) -> dict[str, Any]:
        """A string, as long as all columns and what joins them."""
        lengths = [column.length for column in self.columns if column.length is not None]
        complete = len(lengths) == self.arity
        return text_schema(sum(lengths) + len(self.join) * (self.arity - 1) if complete else None)

    def _joined(self, lines: list[str]) -> str:
        while lines and not lines[-1]:
            lines.pop()
        return self.join.join(lines)

    def _cut(self, text: str) -> list[str]:
        lines = []
        for column in self.columns[:-1]:
            length = len(text) if column.length is None else column.length
            lines.append(text[:length])
            text = text[length:]
        return [*lines, text]


ENTRIES: Final[tuple[Entry, ...]] = (
    Entry(
        name=Lines.name,
        summary="Several columns, one line of text each, put together with `join`, a line end if left out. Blank lines at "
        'the end are left away. With `join` "" the text runs on from column to column. Cannot be filtered by.',
        types=("string",),
        bind=Lines,
        options={"join": Text('what stands between two lines, such as ", "'), "blank": BLANK_SHAPE},
        short="join",
        bases=TEXTUAL,
        arity=None,
    ),
)
