"""docs/reference/drift.md, from the table of drift."""

from __future__ import annotations

from collections.abc import Iterator

from app.drift import GROUPS, DriftCode

PAGE = "reference/drift.md"

_HEAD = """\
# Drift

Generated from the table of drift: what `bascule check --live`, and a running gateway by itself, can find at a source.
[How to notice drift](../how-to/notice-drift.md) says how to use it.

A finding is graded for one contract: `breaking`, a client is hit, or will be with the next request; `risky`, a promise may not
be kept; `safe`, nobody sees it. **What no resource uses is safe**, whatever it is. A code is stable.
"""


def render() -> str:
    """The page."""
    return "\n".join([_HEAD, *_sections()])


def _sections() -> Iterator[str]:
    for group in GROUPS:
        rows = "".join(map(_row, group.codes))
        yield f"## {group.title}\n\n{group.about}\n\n| code | grade | what it is | why it is graded so | what to do |\n|---|---|---|---|---|\n{rows}"


def _row(each: DriftCode) -> str:
    unless = f" Unless {each.unless}." if each.unless else ""
    return f"| `{each.code}` | {each.grade} | {each.meaning} | {each.reason}{unless} | {each.hint} |\n"
