"""A YAML file of the contract folder as a tree of nodes, each with its place.

In charge of reading bytes, of YAML 1.2's core schema (`Y`, `on`, `02:00` are text; `007` is 7, written "007"), and of
what no file may hold: doubled names, tags, several documents, an alias bomb. It must not know any word of the contract.

libyaml tells the events (twenty times as fast as a scanner in Python); what a scalar means is resolved here, because
libyaml's own resolution is YAML 1.1. See https://yaml.org/spec/1.2.2/#103-core-schema.
"""

from __future__ import annotations

import codecs
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from app.shapes import Fault, Node, Place, Report

Event = Any  # one of yaml's event classes, whose stubs leave their attributes out

MOST_BYTES: Final = 1024 * 1024  # of a file that people write
MOST_DEPTH: Final = 50
MOST_ALIASED: Final = 10_000  # values that the aliases of one file may stand for

_LOADER: Final[Any] = getattr(yaml, "CLoader", yaml.Loader)  # PyYAML without libyaml is slower, and right too
_UNPRINTABLE: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CORE: Final = (
    (r"null|Null|NULL|~|", lambda _: None),
    (r"true|True|TRUE|false|False|FALSE", lambda text: text.lower() == "true"),
    (r"[-+]?[0-9]{1,400}", int),
    (r"0o[0-7]{1,400}|0x[0-9a-fA-F]{1,400}", lambda text: int(text, 0)),
    (r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", float),
    (r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)", lambda text: float(text.replace(".", ""))),
)
_ANY_CORE: Final = re.compile("|".join(f"({pattern})" for pattern, _ in _CORE))
_CLEARER: Final = {
    "mapping values are not allowed": "a second ':' stands in this line, or the line is indented otherwise than its "
    "neighbours; text that holds ': ' needs quotes",
    "cannot start any token": "text that starts with one of @ ` % or a tab needs quotes; indentation is made of spaces",
    "unexpected end of stream": "a quote or bracket is never closed",
    "could not find expected ':'": "a name without ':' stands here",
    "did not find expected '-' indicator": "a list and a mapping are mixed at one level",
    "did not find expected key": "the line is indented otherwise than its neighbours, or a bracket is missing",
}


@dataclass(slots=True)
class _Broken(Exception):
    """Ends the reading of one file."""

    fault: Fault


def read(folder: Path, name: str, report: Report, most_bytes: int = MOST_BYTES) -> Node | None:
    """The file `name` of `folder`, a POSIX path relative to it; None where a reported fault leaves nothing to check."""
    text = read_any(folder, name, report, most_bytes)
    return None if text is None else parse(text, name, report)


def read_any(folder: Path, name: str, report: Report, most_bytes: int = MOST_BYTES) -> str | None:
    """The text of `name`, whatever it says, if anything; None after a reported fault."""
    try:
        return _text(folder / name, name, most_bytes)
    except _Broken as broken:
        report(broken.fault)
        return None


def read_text(folder: Path, name: str, report: Report) -> str | None:
    """The text of `name`, a file of another language; None after a reported fault."""
    text = read_any(folder, name, report)
    if text is None:
        return None
    if not text.strip():
        report(Fault("empty-file", Place(name), "this file is empty"))
        return None
    return text


def parse(text: str, name: str, report: Report) -> Node | None:
    """The one document of `text`; `name` goes into the places."""
    try:
        return _Builder(name, report).document(text)
    except _Broken as broken:
        report(broken.fault)
    except yaml.MarkedYAMLError as error:
        report(_not_yaml(error, name))
    return None


def scalar(text: str) -> Any:
    """What a plain (unquoted) scalar means in YAML 1.2's core schema: None, a flag, a number, or the text itself."""
    found = _ANY_CORE.fullmatch(text)
    return text if found is None else _CORE[(found.lastindex or 1) - 1][1](text)


def _text(path: Path, name: str, most_bytes: int) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(most_bytes + 1)
    except OSError as error:
        raise _Broken(Fault("unreadable-file", Place(name), f"this file cannot be read: {error.strerror}")) from None
    if len(content) > most_bytes:
        expected = f"at most {most_bytes // 1024} KB"
        raise _Broken(Fault("file-too-large", Place(name), "this file is too large", expected))
    return _decode(content, name)


def _decode(content: bytes, name: str) -> str:
    if content.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        hint = "save the file as UTF-8 without a byte order mark"
        raise _Broken(Fault("not-text", Place(name), "a byte order mark stands here", "UTF-8 text", hint))
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        place = _place_after(content[: error.start].decode(), name)
        message = f"byte 0x{content[error.start]:02x} is not UTF-8"
        raise _Broken(Fault("not-text", place, message, "UTF-8 text", "save the file as UTF-8")) from None
    if found := _UNPRINTABLE.search(text):
        message = f"the control character U+{ord(found[0]):04X} stands here"
        raise _Broken(Fault("not-text", _place_after(text[: found.start()], name), message, "text"))
    return text


def _place_after(text: str, name: str) -> Place:
    return Place(name, text.count("\n") + 1, len(text) - text.rfind("\n"))


def _not_yaml(error: yaml.MarkedYAMLError, name: str) -> Fault:
    mark = error.problem_mark or error.context_mark
    place = Place(name, mark.line + 1, mark.column + 1) if mark else Place(name)
    problem = error.problem or "it does not parse"
    start = error.context_mark
    opened = f" {error.context} that starts at line {start.line + 1}" if error.context and start is not None else ""
    hint = next((clearer for words, clearer in _CLEARER.items() if words in problem), "")
    return Fault("not-yaml", place, f"this is not YAML:{opened} {problem}", hint=hint)


@dataclass(slots=True)
class _Builder:
    """Builds the nodes of one file from its events."""

    file: str
    report: Report
    anchors: dict[str, tuple[Node, int]] = field(default_factory=dict)  # the node, and how many values it holds
    built: int = 0  # values so far, an alias counted as all that it stands for
    aliased: int = 0

    def document(self, text: str) -> Node:
        events: Iterator[Event] = iter(_LOADER(text).get_event, None)  # yaml.parse would ask twice for each event
        next(events)  # the stream starts
        start = next(events)
        if not isinstance(start, yaml.DocumentStartEvent):
            raise _Broken(Fault("empty-file", Place(self.file), "this file is empty"))
        node = self.node(next(events), events, 0)
        next(events)  # the document ends
        second = next(events)
        if isinstance(second, yaml.DocumentStartEvent):
            place = self.place(second)
            raise _Broken(Fault("not-yaml", place, "a second YAML document starts here", "one document a file"))
        if node.value is None:
            raise _Broken(Fault("empty-file", Place(self.file), "this file is empty"))
        return node

    def node(self, event: Event, events: Iterator[Event], depth: int) -> Node:
        kind = type(event)
        if kind is yaml.AliasEvent:
            return self.alias(event)
        before = self.built
        self.built += 1
        if event.tag is not None:
            self.refuse_tag(event)
        if kind is yaml.ScalarEvent:
            node = self.scalar(event)
        else:
            if depth > MOST_DEPTH:
                message = f"values are nested deeper than {MOST_DEPTH} levels here"
                raise _Broken(Fault("not-yaml", self.place(event), message))
            node = (self.mapping if kind is yaml.MappingStartEvent else self.sequence)(event, events, depth)
        if event.anchor is not None:
            self.anchors[event.anchor] = node, self.built - before
        return node

    def scalar(self, event: Event) -> Node:
        text = sys.intern(event.value)
        if "\0" in text:
            self.refuse_nul(event)
        return Node(scalar(text) if event.implicit[0] else text, self.place(event), text)

    def sequence(self, event: Event, events: Iterator[Event], depth: int) -> Node:
        items = []
        while type(item := next(events)) is not yaml.SequenceEndEvent:
            items.append(self.node(item, events, depth + 1))
        return Node(items, self.place(event))

    def mapping(self, event: Event, events: Iterator[Event], depth: int) -> Node:
        values: dict[str, Node] = {}
        keys: dict[str, Place] = {}
        while type(key := next(events)) is not yaml.MappingEndEvent:
            name, place = self.name(key), self.place(key)
            value = self.node(next(events), events, depth + 1)
            if name in values:
                message = f"{name!r} stands twice in one mapping, first at {keys[name]}"
                self.report(Fault("duplicate-word", place, message))
            elif name == "<<" and key.implicit[0]:
                hint = "repeat the words, or give the whole mapping an &anchor and use it as *alias"
                self.report(Fault("not-yaml", place, "YAML 1.2 has no merge key '<<'", hint=hint))
            else:
                values[name], keys[name] = value, place
        return Node(values, self.place(event), keys=keys)

    def name(self, event: Event) -> str:
        """The name of a pair, as it was written: `10:` and `"10":` are the same name, and `"":` is one, a blank code's."""
        if type(event) is not yaml.ScalarEvent:
            raise _Broken(Fault("not-yaml", self.place(event), "a name must be text, not a list, mapping or alias"))
        if event.tag is not None:
            self.refuse_tag(event)
        text: str = event.value
        if not text and event.implicit[0]:
            raise _Broken(Fault("not-yaml", self.place(event), "a name is missing before ':'"))
        if "\0" in text:
            self.refuse_nul(event)
        return sys.intern(text)

    def alias(self, event: Event) -> Node:
        if event.anchor not in self.anchors:
            message = f"the alias *{event.anchor} names no anchor that ends before it"
            raise _Broken(Fault("unknown-alias", self.place(event), message))
        node, size = self.anchors[event.anchor]
        self.built += size
        self.aliased += size
        if self.aliased > MOST_ALIASED:
            message = f"the aliases of this file stand for more than {MOST_ALIASED} values"
            raise _Broken(Fault("too-many-aliases", self.place(event), message))
        return node

    def refuse_tag(self, event: Event) -> None:
        hint = "write the value without it; quotes make text of a number"
        tag = event.tag.replace("tag:yaml.org,2002:", "!!")
        self.report(Fault("yaml-tag", self.place(event), f"the tag {tag!r} stands here", "no tag", hint))

    def refuse_nul(self, event: Event) -> None:
        self.report(Fault("not-text", self.place(event), "an escape for the character NUL stands here", "text"))

    def place(self, event: Event) -> Place:
        mark = event.start_mark
        return Place(self.file, mark.line + 1, mark.column + 1)
