"""Plain values as YAML in one line, such that they read back equal.

In charge of quoting. It must not know what is written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from app.contract.files import scalar

# What YAML takes without quotes wherever it stands, in brackets as well; what it would read as something else is asked of `scalar`.
_PLAIN: Final = re.compile(r"[^\W\d_][\w./*%+-]*(?: [\w./*%+-]+)*")
_BARE_IN_JSON: Final = re.compile(
    "[\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]"
)  # JSON takes them, YAML or an editor does not


def flow(value: Any) -> str:
    """A mapping, list or scalar; what YAML has no form for is written as its text."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name(key)}: {flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, Decimal) and value == value.to_integral_value():
        value = int(value)
    return str(value) if isinstance(value, int | float) else text(str(value))


def name(key: Any) -> str:
    """The name of a pair: `true` and `10` are names as they are written, but for a code of digits, which people expect in quotes."""
    if isinstance(key, bool) or key in {"true", "false"}:
        return str(key).lower()
    return text(str(key))


def text(words: str) -> str:
    """A scalar that reads back as this text: plain where nothing else could be meant, else quoted as JSON, which YAML includes."""
    words = words.replace("\0", "\ufffd")  # no file of a contract may hold NUL
    if _PLAIN.fullmatch(words) and isinstance(scalar(words), str):
        return words
    return _BARE_IN_JSON.sub(lambda bare: f"\\u{ord(bare[0]):04x}", json.dumps(words, ensure_ascii=False))
