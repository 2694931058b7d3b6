"""A document as YAML that every reader of YAML 1.1 and 1.2 understands alike.

In charge of a notation that leaves nothing to guess: texts are quoted, or stand as blocks where they have several lines, so that
no `on`, `1e3` or `02:00` becomes something else. It must not know what a document says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

_PLAIN: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$-]*")
_WORDS: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})  # of YAML 1.1, in any case
_UNPRINTED: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")  # YAML 1.2, 5.1 and 5.4
_EXPONENT: Final = re.compile(r"^(-?\d+)e")
_JSON: Final = json.JSONEncoder(ensure_ascii=False)
_STEP: Final = "  "


def as_yaml(document: Mapping[str, Any]) -> str:
    """A JSON document as YAML, members in the order in which they stand."""
    lines: list[str] = []
    _write(document, "", lines)
    return "\n".join(lines) + "\n"


def _write(value: Any, indent: str, lines: list[str]) -> None:
    """Add the lines of a mapping or a list that is not empty; generators would hand each line up through all levels."""
    members = value.items() if isinstance(value, dict) else ((None, each) for each in value)
    for name, each in members:
        start = f"{indent}-" if name is None else f"{indent}{_key(name)}:"
        if isinstance(each, dict | list) and each:
            lines.append(start)
            _write(each, indent + _STEP, lines)
        elif isinstance(each, str) and _is_block(each):
            lines.append(f"{start} |-")
            lines += (f"{indent}{_STEP}{line}" if line else "" for line in each.split("\n"))
        else:
            lines.append(f"{start} {scalar(each)}")


@lru_cache(maxsize=1024)
def _key(name: str) -> str:
    return name if _PLAIN.fullmatch(name) and name.lower() not in _WORDS else scalar(name)


def scalar(value: Any) -> str:
    """JSON is YAML, but for characters that YAML wants escaped, and for the dot that a number has in YAML 1.1."""
    text = _JSON.encode(value)
    if isinstance(value, float):
        return _EXPONENT.sub(r"\1.0e", text)
    return text if text.isprintable() else _UNPRINTED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _is_block(text: str) -> bool:
    """Whether a text of several lines reads the same as a literal block."""
    if "\n" not in text:
        return False
    lines = text.split("\n")
    clean = all(line == line.rstrip() and not _UNPRINTED.search(line) for line in lines)
    return clean and bool(lines[0]) and not lines[0][0].isspace() and bool(lines[-1])
