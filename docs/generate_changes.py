"""docs/reference/changes.md, from the table of changes."""

from __future__ import annotations

from itertools import groupby

from app.changes import KINDS, Kind

PAGE = "reference/changes.md"

_HEAD = """\
# Kinds of change

Generated from the table of changes, by which `bascule diff` grades what is different between a contract and the documents that were
published of it; [how to use it](../how-to/change-a-contract.md).

| grade | means |
|---|---|
| breaking | a caller who keeps to the published document is refused, or misreads an answer |
| risky | a caller may notice, and most will not |
| safe | a caller who keeps to the published document goes on as before |

What is narrower is worse in a request, what is wider is worse in an answer. The list of breaking changes that GitHub publishes for its
REST API is kept in full. On two points it is exceeded: a new value of an enum in an answer is risky, where GitHub counts it among what is
added, since a client whose cases are those of the document fails on it; and a field that may be null where it never was is breaking, as a
change of its type. What the document does not say is not graded: which rows a caller sees, how much it may ask, how old an answer may be.

"""
_TITLES = {
    "version": "Versions",
    "path": "Addresses",
    "parameter": "What a request may say",
    "answer": "Answers",
    "field": "Fields of an answer",
    "credential": "Credentials",
    "access": "Scopes",
    "unknown": "What is not known",
    "text": "Texts",
}
_COLUMNS = "| code | grade | what | why | what to do instead |\n|---|---|---|---|---|\n"


def render() -> str:
    """The page."""
    order = list(_TITLES)
    ordered = sorted(KINDS.values(), key=lambda kind: order.index(kind.part))
    groups = groupby(ordered, key=lambda kind: kind.part)
    return _HEAD + "\n".join(f"## {_TITLES[part]}\n\n{_COLUMNS}{''.join(map(_row, kinds))}" for part, kinds in groups)


def _row(kind: Kind) -> str:
    what = kind.sentence.format(subject="…", was="*old*", now="*new*")
    return f"| `{kind.code}` | {kind.grade} | {what} | {kind.why} | {kind.instead if kind.grade != 'safe' else ''} |\n"
