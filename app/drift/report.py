"""The report of a check, for programs: what is wrong in the contract, and what is not as it says at the sources.

In charge of its form, which only ever gains words; `FORM` is raised if one is ever taken away. It must not know a terminal.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from typing import Any, Final

from app.drift.codes import Grade
from app.drift.findings import counts
from app.drift.live import Look
from app.shapes import Fault

FORM: Final = 1


def report(digest: str, faults: Iterable[Fault], looks: Sequence[Look]) -> dict[str, Any]:
    """The report as JSON. `digest` is that of the plan, empty where the contract does not compile."""
    findings = [*map(_fault, faults), *(finding.plain() for each in looks for finding in each.findings)]
    return {
        "form": FORM,
        "tool": f"bascule {version('bascule')}",
        "checked_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "contract": digest,
        "counts": dict(counts(finding["grade"] for finding in findings)),
        "sources": [_source(each) for each in looks],
        "findings": findings,
    }


def grade_of(fault: Fault) -> Grade:
    """How a fault of the contract is graded: nothing is served with one, and a warning may be regretted."""
    return "risky" if fault.severity == "warning" else "breaking"


def _fault(fault: Fault) -> dict[str, Any]:
    """A fault in the words of a finding; its place is in a file."""
    return {
        "id": f"{fault.code}:{fault.place}",
        "code": fault.code,
        "grade": grade_of(fault),
        "place": str(fault.place),
        "source": "",
        "table": "",
        "columns": [],
        "resources": [],
        "message": fault.message + (f"; expected {fault.expected}" if fault.expected else ""),
        "hint": fault.hint,
        "rows": 0,
        "of": 0,
        "keys": [],
    }


def _source(look: Look) -> dict[str, Any]:
    failure = look.failure
    return {
        "source": look.source,
        "answered": failure is None,
        "failure": "" if failure is None else f"{type(failure).__name__}: {failure}",
        "tables": look.tables,
        "rows": look.rows,
        "seconds": round(look.took, 3),
    }
