"""Connection strings: `KEYWORD=value;…`, with values that may hold any character.

In charge of quoting. It must not know which keywords a driver takes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_PLAIN: Final = re.compile(r"[^\[\]{}(),;?*=!@\s]*")
_KEYWORD: Final = re.compile(r"[A-Za-z][\w ]*")


def connection_string(words: Mapping[str, str]) -> str:
    """The string of these words, in their order; words with an empty value are left out.

    A value with a special character stands in braces, and a closing brace in it is doubled: ODBC Programmer's Reference,
    SQLDriverConnect, "Comments". A keyword that is none raises ValueError: it could smuggle in another.
    """
    for keyword in words:
        if not _KEYWORD.fullmatch(keyword):
            raise ValueError(f"{keyword!r} is no keyword of a connection string")
    return ";".join(f"{keyword}={_quoted(value)}" for keyword, value in words.items() if value)


def _quoted(value: str) -> str:
    return value if _PLAIN.fullmatch(value) else "{" + value.replace("}", "}}") + "}"
