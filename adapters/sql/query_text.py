"""The text of a named query, made ready to stand in brackets.

In charge of finding where a statement's text really begins and ends, where its main SELECT stands, and whether it does
nothing but read. It must not parse SQL any further.

`brackets` says how the database spells a quoted name: T-SQL writes `[a name]`, where elsewhere a bracket is an array's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from adapters.port import Denied

# Comments nest in T-SQL, PostgreSQL and Db2; one level within another is all that anybody writes.
_COMMON: Final = r"""
      (?P<comment> --[^\n]* | /\*(?:/\*.*?\*/|.)*?\*/ )
    | (?P<end> ; )
    | (?P<open> \( ) | (?P<close> \) )
    | (?P<word> {word} )
    | (?P<other> '(?:[^']|'')*' | "(?:[^"]|"")*" | {name} | \S )
"""
_TOKENS: Final = {
    brackets: re.compile(_COMMON.format(word=word, name=name), re.VERBOSE | re.DOTALL)
    for brackets, word, name in (
        (False, r"[^\W\d]\w*", r"\$(?P<tag>\w*)\$.*?\$(?P=tag)\$"),
        (True, r"[@\#]*[^\W\d][\w@\#$]*", r"\[(?:[^\]]|\]\])*\]"),
    )
}
_READING: Final = frozenset({"SELECT", "VALUES"})
_WRITING: Final = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE"})


def bare(query: str, *, brackets: bool = False) -> str:
    """The query without what stands around it: blanks and semicolons before it; these and comments after it.

    What follows the query would be swallowed by a comment; T-SQL is often written with a semicolon before its `WITH`.
    """
    start = end = 0
    for token in _TOKENS[brackets].finditer(query):
        if token["end"] and not end:
            start = token.end()
        elif not (token["comment"] or token["end"]):
            end = token.end()
    return query[start:end].lstrip()


def lead(query: str, *, brackets: bool = False) -> tuple[str, str]:
    """The common table expressions before a query's own SELECT, and the rest of it; without any, nothing and the query.

    The rest begins at the first SELECT outside parentheses: those of the expressions stand within.
    """
    for number, token in enumerate(_outer_words(query, brackets=brackets)):
        word = token["word"].upper()
        if number == 0 and word != "WITH":
            break
        if word == "SELECT":
            return query[: token.start()], query[token.start() :]
    return "", query


def reading(query: str, *, brackets: bool = False) -> str:
    """The bare text of a query that only reads. Raises Denied for any other."""
    text = bare(query, brackets=brackets)
    if not reads(text, brackets=brackets):
        raise Denied("a named query is one SELECT, with or without common table expressions before it")
    return text


def reads(query: str, *, brackets: bool = False) -> bool:
    """Whether a bare query is one SELECT, which common table expressions may precede, and nothing beside it.

    The second lock where a database has no read-only session. The first one is a user who may only read.
    """
    if any(token["end"] for token in _TOKENS[brackets].finditer(query)) or not _balanced(query, brackets=brackets):
        return False
    if _writes_within(query, brackets=brackets):
        return False
    first = next((token["word"].upper() for token in _TOKENS[brackets].finditer(query) if token["word"]), "")
    words = [token["word"].upper() for token in _outer_words(query, brackets=brackets)]
    verb = next((word for word in words if word in _READING | _WRITING), "") if first == "WITH" else first
    return verb in _READING and "INTO" not in words


def _outer_words(query: str, *, brackets: bool) -> Iterator[re.Match[str]]:
    """The words outside parentheses."""
    depth = 0
    for token in _TOKENS[brackets].finditer(query):
        depth += bool(token["open"]) - bool(token["close"])
        if token["word"] and depth == 0:
            yield token


def _writes_within(query: str, *, brackets: bool) -> bool:
    """Whether a common table expression writes, as PostgreSQL lets it: `WITH gone AS (DELETE … RETURNING *) …`."""
    opened = False
    for token in _TOKENS[brackets].finditer(query):
        if opened and (token["word"] or "").upper() in _WRITING:
            return True
        opened = bool(token["open"]) or (opened and bool(token["comment"]))
    return False


def _balanced(query: str, *, brackets: bool) -> bool:
    """Whether every parenthesis that is closed was opened, and the reverse: a query cannot leave the ones it stands in."""
    depth = 0
    for token in _TOKENS[brackets].finditer(query):
        depth += bool(token["open"]) - bool(token["close"])
        if depth < 0:
            return False
    return depth == 0
