"""Drift: what has changed at a source since its catalog was written, and who is hit by it.

In charge of comparing the catalog and the promises of a contract with what the source has now. It must not know a request, a
database's dialect, or how a report is shown.

    codes      the table of everything that can be found, graded, with the reasons: read this first
    changes    two catalogs of a source, compared
    uses       what of a plan stands on a column
    findings   what is found, as a value
    judging    a change graded, by what stands on it
    asking     what is asked of a source, one statement after the other
    sample     a few rows of a table
    content    rows against what the contract promises of them
    live       one source, looked at: all of the above, within its bounds (`bounds`)
    report     all of it as JSON, for programs
    watch      the running gateway's own look, on a schedule
"""

from __future__ import annotations

from app.drift.bounds import Bounds
from app.drift.codes import CODES, GRADES, GROUPS, DriftCode, Grade
from app.drift.findings import Finding, counts
from app.drift.live import Look, look
from app.drift.report import grade_of, report
from app.drift.uses import Use
from app.drift.watch import Watch

__all__ = [
    "CODES",
    "GRADES",
    "GROUPS",
    "Bounds",
    "DriftCode",
    "Finding",
    "Grade",
    "Look",
    "Use",
    "Watch",
    "counts",
    "grade_of",
    "look",
    "report",
]
