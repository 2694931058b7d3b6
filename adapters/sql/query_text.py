"""The text of a named query, made ready to stand in brackets.

In charge of finding where a statement's text really ends, and where its main SELECT begins. It must not parse SQL any further.
"""

from __future__ import annotations

import re
from typing import Final

_TOKEN: Final = re.compile(
    r"""
      (?P<comment> --[^\n]* | /\*.*?\*/ )
    | (?P<end> ; )
    | (?P<open> \( ) | (?P<close> \) )
    | (?P<word> [^\W\d]\w* )
    | (?P<other> '(?:[^']|'')*' | "(?:[^"]|"")*" | \$(?P<tag>\w*)\$.*?\$(?P=tag)\$ | \S )
    """,
    re.VERBOSE | re.DOTALL,
)


def bare(query: str) -> str:
    """The query without the blanks, semicolons and comments after it, which would end or swallow what follows."""
    end = max((token.end() for token in _TOKEN.finditer(query) if not (token["comment"] or token["end"])), default=0)
    return query[:end].lstrip()


def lead(query: str) -> tuple[str, str]:
    """The common table expressions before a query's own SELECT, and the rest of it; without any, nothing and the query.

    The rest begins at the first SELECT outside brackets: those of the expressions stand in brackets.
    """
    depth = 0
    words = 0
    for token in _TOKEN.finditer(query):
        depth += bool(token["open"]) - bool(token["close"])
        if not token["word"] or depth:
            continue
        words += 1
        word = token["word"].upper()
        if words == 1 and word != "WITH":
            break
        if word == "SELECT":
            return query[: token.start()], query[token.start() :]
    return "", query
