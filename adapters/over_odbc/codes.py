"""What an exception of pyodbc tells: the server's own code, the SQLSTATE, the message, the class.

In charge of finding them. What they mean is each kind's own table (`adapters.sql.Faults`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_STATE: Final = re.compile(r"[0-9A-Z]{5}")
_LABELS: Final = re.compile(r"\A(?:\s*\[[^\]]*\])*\s*")
_NAMED: Final = re.compile(r"\b(?:SQL|CWB[A-Z]{2}|CPF|MCH)\d{4}\b")

# pyodbc ends each diagnostic record with the server's own code and, the last one, with the function of ODBC that failed.
_NATIVE: Final = re.compile(r"\((-?\d+)\)(?=\s*(?:\(SQL\w+\)|;\s*\[|\Z))")
_FUNCTION: Final = re.compile(r"\((SQL[A-Za-z]+)\)\s*\Z")


def codes(error: BaseException) -> Sequence[str]:
    """The codes of an exception, the most telling first.

    Named codes (`SQL0666`, `CWBSY0002`); native ones (`(1205)`, as `#1205`); the SQLSTATE with the function of ODBC that
    failed (`HYT00 SQLDriverConnect`); the SQLSTATE; the message, as it is, and without the labels before it (as `text: no such
    table`, so that no SQLSTATE can be the beginning of it); the class.

    A failed rollback can stand before the failure that caused it, and says less: where an exception of pyodbc was raised
    while another one was handled, the first one counts.
    """
    cause = _unmasked(error)
    state, message = _parts(cause)
    function = _FUNCTION.search(message)
    return (
        *_NAMED.findall(message),
        *(f"#{number}" for number in _NATIVE.findall(message)),
        *((f"{state} {function[1]}",) if state and function else ()),
        *((state,) if state else ()),
        message,
        f"text: {_LABELS.sub('', message, count=1)}",
        type(cause).__name__,
    )


def _parts(error: BaseException) -> tuple[str, str]:
    """The SQLSTATE, or empty, and the message."""
    first, second = (*map(str, error.args), "", "")[:2]
    return (first, second) if _STATE.fullmatch(first) else ("", str(error))


def _unmasked(error: BaseException) -> BaseException:
    """The exception of pyodbc that began an unbroken chain of them; one that has no SQLSTATE explains nothing.

    Anything else that happened to be handled at the time has nothing to do with the source.
    """
    found = error
    while _is_pyodbc(error) and not error.__suppress_context__:
        if error.__context__ is None or not _is_pyodbc(error.__context__):
            break
        error = error.__context__
        if _parts(error)[0]:
            found = error
    return found


def _is_pyodbc(error: BaseException) -> bool:
    return any(base.__module__ == "pyodbc" for base in type(error).__mro__)
