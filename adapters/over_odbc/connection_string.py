"""Connection strings: `KEYWORD=value;…`, with values that may hold any character.

In charge of quoting, there and back. It must not know which keywords a driver takes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_PLAIN: Final = re.compile(r"[^\[\]{}(),;?*=!@\s]*")
_KEYWORD: Final = re.compile(r"[A-Za-z][\w ]*", re.ASCII)
_PAIR: Final = re.compile(
    r"[\s;]*(?P<keyword>[A-Za-z][\w ]*?)\s*=\s*(?:\{(?P<quoted>(?:[^}]|\}\})*)\}|(?P<plain>[^{;][^;]*|))\s*(?:;|\Z)",
    re.ASCII,
)


def connection_string(words: Mapping[str, str]) -> str:
    """The string of these words, in their order; words with an empty value are left out.

    A value with a special character stands in braces, and a closing brace in it is doubled: ODBC Programmer's Reference,
    SQLDriverConnect, "Comments". A keyword that is none raises ValueError: it could smuggle in another. So does a value with
    a NUL, which would end the string.
    """
    for keyword, value in words.items():
        if not _KEYWORD.fullmatch(keyword):
            raise ValueError(f"{keyword!r} is no keyword of a connection string")
        if "\0" in value:
            raise ValueError(f"the value of {keyword} holds a NUL character")
    return ";".join(f"{keyword}={_quoted(value)}" for keyword, value in words.items() if value)


def connection_words(text: str) -> dict[str, str]:
    """The words of a connection string; of a keyword that is repeated, in whatever case, the first counts, as in ODBC.

    Raises ValueError where the text is none; the message does not repeat it, since there could be a password in it.
    """
    words: dict[str, str] = {}
    seen: set[str] = set()
    end = 0
    while text[end:].strip(" \t\r\n;"):
        pair = _PAIR.match(text, end)
        if pair is None:
            raise ValueError(f"a connection string is `Keyword=value;…`, which this is not from character {end + 1} on")
        quoted, keyword = pair["quoted"], pair["keyword"]
        if keyword.upper() not in seen:
            seen.add(keyword.upper())
            words[keyword] = pair["plain"].strip() if quoted is None else quoted.replace("}}", "}")
        end = pair.end()
    return words


def _quoted(value: str) -> str:
    return value if _PLAIN.fullmatch(value) else "{" + value.replace("}", "}}") + "}"
