"""What an exception of pyodbc tells: the server's own code, the SQLSTATE, the message's head, the class.

In charge of finding them. What they mean is each kind's own table (`adapters.sql.Faults`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_STATE: Final = re.compile(r"[0-9A-Z]{5}")
_NATIVE: Final = re.compile(r"\((-?\d+)\)")
_NAMED: Final = re.compile(r"\b(?:SQL|CWB[A-Z]{2}|CPF|MCH)\d{4}\b")


def codes(error: BaseException) -> Sequence[str]:
    """The codes of an exception, the most telling first.

    Named codes (`SQL0666`, `CWBSY0002`), native ones (`(1205)`, as `#1205`), the SQLSTATE, the message, the class.

    A failed rollback can stand before the failure that caused it, and says less: where an exception was raised while
    another one of the same library was handled, the first one counts.
    """
    cause = _unmasked(error)
    state, message = _parts(cause)
    return (
        *_NAMED.findall(message),
        *(f"#{number}" for number in _NATIVE.findall(message)),
        *((state,) if state else ()),
        message,
        type(cause).__name__,
    )


def _parts(error: BaseException) -> tuple[str, str]:
    """The SQLSTATE, or empty, and the message."""
    first, second = (*map(str, error.args), "", "")[:2]
    return (first, second) if _STATE.fullmatch(first) else ("", str(error))


def _unmasked(error: BaseException) -> BaseException:
    """The first exception of the chain that has a SQLSTATE."""
    found = error
    context = error.__context__
    while context is not None:
        if _parts(context)[0]:
            found = context
        context = context.__context__
    return found
