"""The log of what was published, `CHANGES.md`: dated, the newest first, in the form of Keep a Changelog.

In charge of the file's text. An entry can be made only while both documents are there, the published one and the one that takes its
place: so what is logged stays, word for word, and the first lines say which documents the log has come to. By these a
log that was left behind is found without any history. It must not know how differences are found, or where files lie.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Final

from app.changes.kinds import SECTIONS
from app.changes.model import Comparison, Difference
from app.plan.model import Change, Version

Entries = Mapping[str, str]  # day -> the text under its heading

_HEAD: Final = """\
# What changed for clients

Written by `bascule openapi` when a published document becomes another one; the newest first. What is not marked is safe: who holds
the older document goes on as before. Texts and examples are not listed.

"""
_HEADING: Final = re.compile(r"^## (\d{4}-\d{2}-\d{2})\n", re.MULTILINE)


def digest(text: str) -> str:
    """Names the state of a document: 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def extended(
    log: str,
    texts: Mapping[str, str],
    comparisons: Iterable[Comparison],
    versions: Mapping[str, Version],
    today: date,
) -> str:
    """The log with what `comparisons` found, come to the documents `texts`. A new version stands at the day of its release.

    `comparisons` are in the order of the versions.
    """
    entries = dict(_entries(log))
    for comparison in reversed(tuple(comparisons)):
        version = versions.get(comparison.version)
        text = "\n\n".join(_section(comparison, version))
        day = _day(comparison, version, today).isoformat()
        if text:
            entries[day] = "\n\n".join(filter(None, (text, entries.get(day, ""))))
    return _rendered(entries, texts)


def come_to(log: str, texts: Mapping[str, str]) -> str:
    """The log with no entry more. It is the same one if it has come to these documents, and has its own form."""
    return _rendered(dict(_entries(log)), texts)


def _rendered(entries: Entries, texts: Mapping[str, str]) -> str:
    state = ", ".join(f"{name} {digest(text)}" for name, text in sorted(texts.items()))
    days = "".join(f"\n## {day}\n\n{entries[day]}\n" for day in sorted(entries, reverse=True))
    return f"{_HEAD}<!-- as of: {state} -->\n{days}"


def _entries(log: str) -> Iterator[tuple[str, str]]:
    _, *rest = _HEADING.split(log)
    yield from zip(rest[::2], (text.strip() for text in rest[1::2]), strict=True)


def _day(comparison: Comparison, version: Version | None, today: date) -> date:
    released = version.released_on if version is not None and comparison.standing == "new" else None
    return min(released or today, today)


def _section(comparison: Comparison, version: Version | None) -> Iterator[str]:
    """The heading and paragraphs of one version; nothing where nothing is to be told."""
    if comparison.standing == "new":
        if version is not None:
            yield _heading(comparison, version)
            yield "\n".join(_introduced(version))
        return
    told = [each for each in comparison.differences if each.kind.part != "text"]
    if told:
        yield _heading(comparison, version)
    for section in SECTIONS:
        lines = [_line(each, binding=comparison.binding) for each in told if each.kind.section == section]
        if lines:
            yield f"#### {section}"
            yield "\n".join(lines)


def _heading(comparison: Comparison, version: Version | None) -> str:
    words = [comparison.version]
    if comparison.standing == "new":
        words.append(f"new, and different from {comparison.base}" if comparison.base else "new")
    if comparison.standing == "draft" or (version is not None and version.status == "draft"):
        words.append("a draft")
    return f"### {', '.join(words)}"


def _introduced(version: Version) -> Iterator[str]:
    """What a new version brings: the changes of its lenses with their reasons, or its resources."""
    if version.changes:
        yield from map(_reasoned, version.changes)
    else:
        yield f"- {', '.join(version.resources)}"


def _reasoned(change: Change) -> str:
    about = f"**{change.resource}**: " if change.resource else ""
    because = change.because.strip().rstrip(".")
    return f"- {about}{change.what}.{f' _{because}._' if because else ''}"


def _line(each: Difference, *, binding: bool) -> str:
    about = f"**{each.resource}**: " if each.resource else ""
    mark = f" ({each.grade})" if binding and each.grade != "safe" else ""
    return f"- {about}{each.sentence}{mark}."
