"""What must hold among the words of the resources of a version: rules that a shape of single words cannot say.

In charge of all that the files alone can tell. A rule works on nodes, so that it holds in a file that has other faults too.
What takes the catalog, or the result of a lens, is the plan compiler's. It must not read a file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from app.contract.document import Document, mapping, texts
from app.contract.model import PageSpec
from app.contract.quantities import DURATION
from app.contract.words import ALL, RESERVED_PARAMETERS, RESERVED_RESOURCES
from app.shapes import Fault, Node, Place, Report, nearest

LONGEST_KEPT: Final = 7 * 86_400.0  # seconds: the log of what was purged goes back a little farther
TIMES: Final = ("fresh", "stale_while_revalidate", "stale_if_error", "negative")


@dataclass(frozen=True, slots=True)
class Known:
    """The names that a resource may use; None where a fault elsewhere leaves them unknown."""

    sources: Collection[str] | None
    queries: Collection[str]
    resources: Collection[str] | None


def check_resource(resource: Document, known: Known) -> None:
    """Report what a whole resource says wrongly."""
    words, report = mapping(resource.node), resource.report
    fields = mapping(words.get("fields"))
    _check_page_names(texts(words.get("resource")), report)
    _check_uses(words, fields, report)
    _check_reserved(((name, resource.place("fields", name)) for name in fields), report)
    _check_page(words.get("page"), report)
    _check_cache(words.get("cache"), report)
    for field in fields.values():
        _check_field(field, report)
    for name, expansion in mapping(words.get("expand")).items():
        _check_expansion_name(name, resource.place("expand", name), fields, report)
        _check_known(mapping(expansion).get("resource"), "resource", known.resources, report)
    _check_known(words.get("source"), "source", known.sources, report)
    _check_known(words.get("query"), "query", known.queries, report)


def check_lens(lens: Document) -> None:
    """Report what a lens says wrongly, whatever it is applied to."""
    for words in _changes(lens):
        _check_reserved(_new_names(words), lens.report)
        for action in ("add", "retype"):
            for field in mapping(words.get(action)).values():
                _check_field(field, lens.report)


def check_version_file(version: Document) -> None:
    """Report what version.yaml says wrongly."""
    for words in _changes(version):
        renamed = mapping(words.get("rename")).values()
        _check_page_names(((new.source, new.place) for new in renamed), version.report)


def on_issue_option(stored_as: Node | None) -> Node | None:
    """The `on_issue` among the options of a `stored_as`; of several conversions, the first that has one."""
    if stored_as is not None and isinstance(stored_as.value, list):
        return next(filter(None, map(on_issue_option, stored_as.value)), None)
    said = mapping(stored_as)
    return next((each["on_issue"] for each in (said, *map(mapping, said.values())) if "on_issue" in each), None)


def _changes(document: Document) -> Iterator[Mapping[str, Node]]:
    """The steps of a lens or of version.yaml."""
    changes = mapping(document.node).get("changes")
    return map(mapping, changes.value if changes is not None and isinstance(changes.value, list) else ())


def _new_names(words: Mapping[str, Node]) -> Iterator[tuple[str, Place]]:
    """The field names that a change brings, each with its place."""
    for new in mapping(words.get("rename")).values():
        yield new.source, new.place
    added = words.get("add")
    parted = mapping(words.get("split")).values()
    for holder in (added, *parted):
        for name in mapping(holder):
            yield name, holder.at(name) if holder is not None else Place("")


def _check_uses(words: Mapping[str, Node], fields: Mapping[str, Node], report: Report) -> None:
    """Report words that name a field which the resource does not have."""
    uses = [(name, place) for word in ("key", "filter", "sort") for name, place in texts(words.get(word))]
    for expansion in mapping(words.get("expand")).values():
        joined = mapping(expansion).get("on")
        uses += [(name, joined.at(name)) for name in mapping(joined) if joined is not None]
    _check_names(uses, fields, fields, report)
    _check_names(texts(words.get("unindexed")), fields, {*fields, *mapping(words.get("expand")), ALL}, report)


def _check_names(
    uses: Iterable[tuple[str, Place]], fields: Mapping[str, Node], known: Collection[str], report: Report
) -> None:
    """Report what is not known, unless a fault has left no field."""
    for use, place in uses if fields else ():
        name = use.partition("[")[0]
        if name not in known:
            report(Fault("unknown-field", place, f"the resource has no field {name!r}", hint=nearest(name, known)))


def _check_reserved(names: Iterable[tuple[str, Place]], report: Report) -> None:
    for name, place in names:
        if name in RESERVED_PARAMETERS:
            message = f"no field can be called {name!r}: every list takes a query parameter of that name"
            report(Fault("reserved-name", place, message))


def _check_page_names(names: Iterable[tuple[str, Place]], report: Report) -> None:
    for name, place in names:
        if name in RESERVED_RESOURCES:
            message = f"no resource can be called {name!r}: every version has a page of that name"
            report(Fault("reserved-name", place, message))


def _check_expansion_name(name: str, place: Place, fields: Mapping[str, Node], report: Report) -> None:
    if name in fields:
        report(Fault("duplicate-word", place, f"{name!r} is the name of a field already, at {fields[name].place}"))


def _check_page(page: Node | None, report: Report) -> None:
    sizes = mapping(page)
    default, most = (sizes[word].value if word in sizes else None for word in ("default", "max"))
    limit = PageSpec().max if most is None else most
    if page is not None and isinstance(default, int) and isinstance(limit, int) and default > limit:
        said = "" if "max" in sizes else ", its value where none is said"
        report(Fault("wrong-value", page.at("default"), f"default {default} is more than max {limit}{said}"))


def _check_cache(cache: Node | None, report: Report) -> None:
    """Report an answer that would be kept longer than a purge is remembered, and a lack that would outlive an item."""
    said = mapping(cache)
    read = {name: DURATION.check(said[name], _unreported) for name in TIMES if name in said}
    times = {name: value for name, value in read.items() if isinstance(value, float)}
    fresh = times.get("fresh", 0.0)
    for word, time in times.items():
        whole = time + (0.0 if word == "fresh" else fresh)
        if cache is not None and whole > LONGEST_KEPT:
            message = "an answer would be kept for more than 7 days"
            report(Fault("wrong-value", cache.at(word), message, "at most 7d, `fresh` counted in"))
    if cache is not None and times.get("negative", 0.0) > fresh > 0:
        message = f"negative {said['negative'].source} is more than fresh {said['fresh'].source}"
        report(Fault("wrong-value", cache.at("negative"), message, f"at most {said['fresh'].source}"))


def _unreported(fault: Fault) -> None:
    """What a single word says wrongly is reported where the words are checked."""


def _check_field(field: Node, report: Report) -> None:
    words = mapping(field)
    if "open" in words and "type" in words and words["type"].value != "enum":
        report(Fault("conflicting-words", field.at("open"), "'open' stands at a field that is no enum", "type: enum"))
    inner, outer = on_issue_option(words.get("stored_as")), words.get("on_issue")
    if inner is not None and outer is not None and inner.source != outer.source:
        message = f"on_issue is {outer.source!r} here and {inner.source!r} in stored_as"
        report(Fault("conflicting-words", field.at("on_issue"), message, "one of them"))


def _check_known(node: Node | None, what: str, known: Collection[str] | None, report: Report) -> None:
    if known is None or node is None or not isinstance(node.value, str) or node.value in known:
        return
    where = " in queries/" if what == "query" else ""
    message = f"there is no {what} {node.value!r}{where}"
    report(Fault(f"unknown-{what}", node.place, message, hint=nearest(node.value, known)))
