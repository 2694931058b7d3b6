"""docs/reference/problems.md, from the table of problems."""

from __future__ import annotations

import json
from itertools import groupby

from app.describe.examples import problem as example
from app.problems import PROBLEMS, Problem

PAGE = "reference/problems.md"

_HEAD = """\
# Problems

Generated from the table of problems. Every error is a problem document (RFC 9457) as `application/problem+json`:

```json
{example}
```

`code` is stable and meant for programs; `type` is a page of the gateway's own about it. `retryable` says whether the same
request may succeed later without any change: 503 says in `Retry-After` how many seconds to wait. `errors` is there where
parts of the request are wrong, each with its own code, the parameter, and the nearest valid name or value. `instance` holds
the request's identifier, which is also in `X-Request-Id` and in the gateway's log.

"""
_COLUMNS = "| code | what it means | what to do | try again |\n|---|---|---|---|\n"


def render() -> str:
    """The page."""
    shown = json.dumps(example("unknown-parameter"), indent=2, ensure_ascii=False)
    ordered = sorted(PROBLEMS.values(), key=lambda each: each.status)
    groups = groupby(ordered, key=lambda each: each.status)
    tables = [f"## {status}\n\n{_COLUMNS}{''.join(map(_row, problems))}" for status, problems in groups]
    return _HEAD.format(example=shown) + "\n".join(tables)


def _row(problem: Problem) -> str:
    again = "yes" if problem.retryable else "no"
    return f"| `{problem.code}` | {problem.title} | {problem.advice} | {again} |\n"
