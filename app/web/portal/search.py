"""Search: the index of everything that the portal has, and a search of it.

In charge of what can be found by which words, and of the order of what is found. The script of the pages reads the same index by
the same rule (static/search.js). It must not know HTML.

The rule: each word of a query must stand in an entry. Entries whose title is the query come first, then those whose title begins
with it, holds it, and the others; among these the index's own order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

from app.describe.glossary import Term
from app.describe.prose import sentence
from app.plan.model import Version
from app.problems import PROBLEMS
from app.web.portal import guides
from app.web.portal.history import Hidden, changed

MOST: Final = 50  # results of a page

Address = Callable[..., str]
"""The address of an endpoint of the portal, with its values, as `url_for` has it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that can be found. `words` are found too, and not shown."""

    kind: str
    title: str
    about: str
    href: str
    words: str = ""


def index(versions: Iterable[Version], terms: Iterable[Term], hidden: Hidden, address: Address) -> list[Entry]:
    """Everything. `versions` are the newest first: a resource is found once, in the newest version that has it under that name."""
    versions = list(versions)
    return [
        *_guides(address),
        *_resources(versions, address),
        *_words(terms, address),
        *_changes(versions, hidden, address),
        *_problems(address),
    ]


def found(entries: Iterable[Entry], query: str) -> list[Entry]:
    """What a query finds, the best first; nothing for an empty one."""
    wanted = query.lower().split()
    if not wanted:
        return []
    whole = " ".join(wanted)
    hits = [each for each in entries if _holds(each, wanted)]
    return sorted(hits, key=lambda each: _rank(each.title.lower(), whole))


def plain(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """The index for programs."""
    return [asdict(each) for each in entries]


def _holds(entry: Entry, wanted: list[str]) -> bool:
    text = f"{entry.title} {entry.about} {entry.words}".lower()
    return all(word in text for word in wanted)


def _rank(title: str, whole: str) -> int:
    if title == whole:
        return 0
    if title.startswith(whole):
        return 1
    return 2 if whole in title else 3


def _guides(address: Address) -> Iterator[Entry]:
    for guide in guides.GUIDES.values():
        yield Entry("guide", guide.title, guide.lead, address(".guide", name=guide.name))


def _resources(versions: list[Version], address: Address) -> Iterator[Entry]:
    known: set[str] = set()
    for version in versions:
        for each in version.resources.values():
            if each.name not in known:
                known.add(each.name)
                href = address(".resource", version=version.name, name=each.name)
                yield Entry("resource", each.name, sentence(each.summary), href, " ".join((version.name, *each.fields)))


def _words(terms: Iterable[Term], address: Address) -> Iterator[Entry]:
    for term in terms:
        about = next((meaning.description for meaning in term.meanings if meaning.description), "")
        words = " ".join((*term.others, *_parts(term.name)))
        yield Entry("word", term.name, about, address(".glossary", _anchor=term.name), words)


def _parts(name: str) -> list[str]:
    """`order_number` is found by its words, too."""
    return [part for part in re.split(r"[_\W]+", name) if part != name]


def _changes(versions: list[Version], hidden: Hidden, address: Address) -> Iterator[Entry]:
    for version in versions:
        href = address(".change", version=version.name)
        yield Entry("changes", f"Changes in {version.name}", "What is different, and why.", href)
        for each in changed(version, hidden):
            for reason in each.reasons:
                for what in reason.changes:
                    about = f"{version.name}: {reason.because}"
                    yield Entry(
                        "change",
                        f"{each.resource} {what}".strip(),
                        about,
                        f"{href}#{version.name}-{each.resource or 'resources'}",
                    )


def _problems(address: Address) -> Iterator[Entry]:
    for problem in PROBLEMS.values():
        about = f"{problem.status}: {problem.title}"
        yield Entry("problem", problem.code, about, address(".problem", code=problem.code), problem.advice)
