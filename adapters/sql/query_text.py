"""The text of a named query, made ready to stand in brackets.

In charge of finding where a statement's text really ends. It must not parse SQL any further.
"""

from __future__ import annotations

import re
from typing import Final

_TOKEN: Final = re.compile(
    r"""
      (?P<comment> --[^\n]* | /\*.*?\*/ )
    | (?P<end> ; )
    | (?P<body> '(?:[^']|'')*' | "(?:[^"]|"")*" | \$(?P<tag>\w*)\$.*?\$(?P=tag)\$ | \S )
    """,
    re.VERBOSE | re.DOTALL,
)


def bare(query: str) -> str:
    """The query without the blanks, semicolons and comments after it, which would end or swallow what follows."""
    end = max((token.end() for token in _TOKEN.finditer(query) if token["body"]), default=0)
    return query[:end].lstrip()
