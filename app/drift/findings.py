"""Findings: what was found at a source, as a value that travels to a terminal, a report and the state.

In charge of what a finding consists of, of its name, which is the same at every look, and of its form in JSON. It must not know
how anything is found.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.drift.codes import CODES, GRADES, Grade
from app.drift.uses import Use


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as the contract says.

    `table` is a table, or the file of a named query. `detail` tells two findings of one code at one place apart. Of a sample:
    `rows` of `of` are so, and `keys` are the API keys of some of them.
    """

    code: str
    grade: Grade
    source: str
    table: str
    message: str
    columns: tuple[str, ...] = ()
    uses: tuple[Use, ...] = ()
    detail: str = ""
    rows: int = 0
    of: int = 0
    keys: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """Where it is: `erp.ORDHDR.ORDST`; the columns of an index have a plus between them."""
        return ".".join(filter(None, (self.source, self.table, "+".join(self.columns))))

    @property
    def id(self) -> str:
        """Its name, the same at each look, however many rows it is about."""
        return ":".join(filter(None, (self.code, self.place, self.detail)))

    @property
    def hint(self) -> str:
        """What to do about it; nothing where nothing is hit."""
        return CODES[self.code].hint if self.grade != "safe" else ""

    def __str__(self) -> str:
        """One line, like a fault of a contract."""
        hint = f" — {self.hint}" if self.hint else ""
        return f"{self.place}: {self.grade}: {self.message}{hint} [{self.code}]"

    def plain(self) -> dict[str, Any]:
        """As JSON, in the words that the reference explains."""
        return {
            "id": self.id,
            "code": self.code,
            "grade": self.grade,
            "place": self.place,
            "source": self.source,
            "table": self.table,
            "columns": list(self.columns),
            "resources": [dataclasses.asdict(use) for use in self.uses],
            "message": self.message,
            "hint": self.hint,
            "rows": self.rows,
            "of": self.of,
            "keys": list(self.keys),
        }


def by_gravity(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The worst first; of one grade by place."""
    return tuple(sorted(findings, key=lambda each: (GRADES.index(each.grade), each.place, each.code, each.detail)))


def counts(grades: Iterable[str]) -> Mapping[Grade, int]:
    """How many there are of each grade, the worst first."""
    found = Counter(grades)
    return {grade: found[grade] for grade in GRADES}
