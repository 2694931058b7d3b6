"""The vector table: what each conversion makes of stored values. The tests and the reference page read it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from adapters.port import ColumnType
from app.contract.columns import column_type
from app.contract.files import read
from app.conversions import registry
from app.conversions.base import ApiType, Conversion, Stored
from app.shapes import Fault

FOLDER: Final = Path(__file__).parent / "vectors"
FILES: Final = ("dates.yaml", "times.yaml", "numbers.yaml", "text.yaml", "codes.yaml")
_READ: Final[Mapping[str, Callable[[str], Any]]] = {
    "hex": bytes.fromhex,
    "utf8": lambda text: bytes.fromhex(text).decode(),  # text with characters that no YAML may hold
    "decimal": Decimal,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "datetime": datetime.fromisoformat,
    "uuid": UUID,
}


@dataclass(frozen=True)
class Vector:
    """One row: stored values, and the API value or the issue that they decode to."""

    stored: Stored
    value: Any = None
    issue: str = ""
    one_way: bool = False  # the value is written otherwise
    note: str = ""


@dataclass(frozen=True)
class Group:
    """The rows of one conversion as one field may have it."""

    conversion: str
    type: ApiType
    columns: tuple[ColumnType, ...]
    options: Mapping[str, Any]
    open: bool
    why: str
    vectors: tuple[Vector, ...]

    @property
    def stored_as(self) -> Any:
        """The plain value of `stored_as`."""
        if self.conversion == "codes":
            return self.options
        return {self.conversion: self.options} if self.options else self.conversion

    def bind(self) -> Conversion:
        """The conversion, bound by the registry."""
        return registry.bind(self.type, self.stored_as, self.columns, "UTC", self.open)

    def __str__(self) -> str:
        """The name of a test's case."""
        options = ",".join(f"{name}={value}" for name, value in self.options.items())
        return f"{self.type}-{self.conversion}-{'+'.join(map(str, self.columns))}-{options}"


def groups() -> tuple[Group, ...]:
    """All groups of all files, in the order of the reference page."""
    return tuple(group for name in FILES for group in _file(name))


def _file(name: str) -> Iterator[Group]:
    faults: list[Fault] = []
    node = read(FOLDER, name, faults.append)
    assert node is not None, faults
    assert not faults, faults
    for entry in node.plain():
        columns = entry["column"] if isinstance(entry["column"], list) else [entry["column"]]
        yield Group(
            entry["conversion"],
            entry["type"],
            tuple(map(column_type, columns)),
            entry.get("options", {}),
            entry.get("open", False),
            entry["why"],
            tuple(_vector(row, len(columns)) for row in entry["vectors"]),
        )


def _vector(row: Mapping[str, Any], arity: int) -> Vector:
    stored = row["stored"] if arity > 1 else [row["stored"]]
    return Vector(
        tuple(map(_stored, stored)),
        row.get("value"),
        row.get("issue", ""),
        row.get("one_way", False),
        row.get("note", ""),
    )


def _stored(written: Any) -> Any:
    if not isinstance(written, dict):
        return written
    ((kind, text),) = written.items()
    return _READ[kind](text)
