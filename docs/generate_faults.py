"""docs/reference/faults.md, from the table of faults."""

from __future__ import annotations

from collections.abc import Iterator

from app.contract.fault_codes import GROUPS

PAGE = "reference/faults.md"

_HEAD = """\
# Faults of a contract

Generated from the table of faults. A fault is one line: where it stands, what stands there, what may stand there, the nearest
valid thing, and its code, which is stable:

    v1/orders.yaml:12:7: a field has no word 'colunm' — did you mean 'column'? [unknown-word]

All faults of all files come at once, in the order of their places. A folder with a fault is never served. A warning has
`warning:` behind its place, and stops nothing:

    v1/orders.yaml:14:10: warning: a filter by remarks reads all of ORDHDR: no index begins with ORMRK; … [unindexed-filter]
"""


def render() -> str:
    """The page."""
    return "\n".join([_HEAD, *_sections()])


def _sections() -> Iterator[str]:
    for group in GROUPS:
        rows = (f"| `{fault.code}` | {fault.meaning} | `{fault.example}` |\n" for fault in group.codes)
        about = f"{group.about}\n\n" if group.about else ""
        yield f"## {group.title}\n\n{about}| code | meaning | for example |\n|---|---|---|\n{''.join(rows)}"
