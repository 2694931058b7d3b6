"""From a driver's exception to the port's failures.

In charge of the look-up; the codes and what they mean are each kind's own table. It must not know a driver.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from adapters.port import BadData, SourceError, Unknown


@dataclass(frozen=True, slots=True)
class Faults:
    """How a kind's driver says what went wrong.

    `codes` gives what the driver tells of an exception, the most telling first: a native code, a SQLSTATE, the head of a
    message. `meanings` maps a code, or the beginning of one, to a failure: of the beginnings that fit, the longest
    counts, so that `"08"` stands for a whole SQLSTATE class and `"08004"` for an exception in it. A server's own number
    (`#1205`) has no beginnings.
    """

    codes: Callable[[BaseException], Sequence[str]]
    meanings: Mapping[str, type[SourceError]]

    def translate(self, error: BaseException) -> SourceError:
        """The failure that an exception means; a failure of the port is returned as it is."""
        if isinstance(error, SourceError):
            return error
        return self._meaning(error)(f"{type(error).__name__}: {error}".strip())

    def _meaning(self, error: BaseException) -> type[SourceError]:
        if isinstance(error, UnicodeError):
            return BadData  # stored bytes that are no text in the connection's encoding
        for code in self.codes(error):
            shortest = len(code) if code.startswith("#") else 1
            for end in range(len(code), shortest - 1, -1):
                meaning = self.meanings.get(code[:end])
                if meaning is not None:
                    return meaning
        return Unknown
