"""The text of a catalog file, cut into the blocks of its tables without being read, so that each can be read by itself.

In charge of the form that allows it. It must not know the words of a table.

A source may have thousands of tables, of which a contract uses some. To make nodes of 100,000 columns takes YAML eight seconds;
to see that the text is a list of blocks, a tenth of one. Nothing is decided here that YAML would decide otherwise: a text is cut
only where every line ends all that it begins (quotes, brackets, scalars), and where no anchor, tag or second document can carry
a meaning from one block into another. That holds for what `bascule catalog` writes, and also with comments, blank lines, other
quotes, or other indentation within a block. Any other text is left to be read as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.contract.files import parse
from app.shapes import Fault

_BREAKS: Final = r"\n\r\x85\u2028\u2029"  # what libyaml takes for the end of a line
_DOUBLE: Final = rf'"[^"\\{_BREAKS}]*+(?:\\[^{_BREAKS}][^"\\{_BREAKS}]*+)*+"'
_SINGLE: Final = rf"'[^'{_BREAKS}]*+(?:''[^'{_BREAKS}]*+)*+'"
_SIGN: Final = r"[\w.()/+;=$~-]"  # of a scalar without quotes: nothing that YAML could take for more than itself
_SCALAR: Final = rf"(?:(?=[\w.(/$]){_SIGN}++(?: {_SIGN}++)*+|{_DOUBLE}|{_SINGLE})"


def _bracketed(item: str) -> str:
    """A list or a mapping in brackets, on one line. That they are of one sort is YAML's to see: both end what they begin."""
    return rf"[\[{{] *+(?:(?:{_SCALAR} *+: ++)?+{item} *+(?:, *+|(?=[\]}}])))*+[\]}}]"


_LISTED: Final = f"(?:{_SCALAR}|{_bracketed(_SCALAR)})"
_WORD: Final = f"(?:{_SCALAR}|{_bracketed(_LISTED)})"  # of a table that stands in brackets: deep enough for its columns
_VALUE: Final = f"(?:{_SCALAR}|{_bracketed(_WORD)})"
_END: Final = rf" *+(?:(?:(?<=[ \n])|\A)#[^{_BREAKS}]*+)?+\r?\n"
_LINES: Final = re.compile(rf"(?: *+(?:- ++{_VALUE}|{_SCALAR} *+:(?: ++{_VALUE})?+)?+{_END})*+")
_NOTHING: Final = re.compile(rf"(?: *+{_END})*+")
# Each begins with the break before its line, which `re` finds ten times as fast as it finds `^`.
_SECTION: Final = re.compile(rf"\n(?=[^ #\r\n])(?:(?P<name>tables|queries) *+:(?P<empty> ++\{{ *+\}})?+(?={_END}))?+")
_BLOCK: Final = re.compile(rf"\n {{1,2}}+(?=[^ #\r\n])(?:(?<=\n  )(?P<name>{_SCALAR}) *+:)?+")
_PLAIN: Final = re.compile(rf"{_SIGN}(?:{_SIGN}| )*+")
_LONGEST: Final = 1000  # characters of a name; YAML looks for the colon no farther than 1024


@dataclass(frozen=True, slots=True)
class Blocks:
    """`spans` has where the block of each table begins and ends in `text`; `rest` is the text without its tables, if anything."""

    text: str
    spans: Mapping[str, tuple[int, int]]
    rest: str

    def block(self, table: str) -> str:
        """The block of a table, indented as it stands: a mapping of the one name. Raises KeyError."""
        begin, end = self.spans[table]
        return self.text[begin:end]


def cut(text: str) -> Blocks | None:
    """The blocks of a catalog's text; None where it has another form, or could mean something else once it is cut."""
    text = text if text.endswith("\n") else f"{text}\n"
    if _LINES.fullmatch(text) is None:
        return None
    framed = f"\n{text}"  # so that a line stands in `text` where the break before it stands here
    sections = list(_SECTION.finditer(framed))
    names = [section["name"] for section in sections]
    if None in names or len(set(names)) < max(len(names), 1):
        return None
    if "tables" not in names:
        return Blocks(text, {}, text)
    at = names.index("tables")
    begin, end = sections[at].start(), sections[at + 1].start() if at + 1 < len(sections) else len(text)
    spans = _spans(framed, text.index("\n", begin) + 1, end)
    if spans is None or bool(spans) is (sections[at]["empty"] is not None):
        return None
    return Blocks(text, spans, text[:begin] + text[end:] if len(names) > 1 else "")


def _spans(framed: str, begin: int, end: int) -> Mapping[str, tuple[int, int]] | None:
    """Where the blocks of a section begin and end, by the names of their tables; None where it does not consist of blocks."""
    heads = list(_BLOCK.finditer(framed, begin, end))
    starts = [head.start() for head in heads] or [end]
    names = [_read(head["name"] or "") for head in heads]
    if None in names or len(set(names)) < len(names) or _NOTHING.fullmatch(framed, begin + 1, starts[0] + 1) is None:
        return None
    return {name or "": span for name, span in zip(names, zip(starts, [*starts[1:], end], strict=True), strict=False)}


def _read(name: str) -> str | None:
    """A name as YAML reads it; None for one that it does not take, or that nobody could ask for."""
    if _PLAIN.fullmatch(name):
        return name if len(name) < _LONGEST else None
    faults: list[Fault] = []
    node = parse(f"{name}: 0", "", faults.append)
    if node is None or faults or not isinstance(node.value, dict):
        return None
    return next((each for each in node.value if each.strip()), None)
