"""The retry budget: how often a failed read may be done again.

In charge of the share of retries among calls, so that a sick host does not get twice the load for being sick. It must not
know what failed.
"""

from __future__ import annotations

import random
import threading
from typing import Final

SHARE: Final = 0.2  # of the calls
PAUSE: Final = (0.02, 0.2)  # seconds between failure and retry, drawn evenly: a crowd does not come back in step


class RetryBudget:
    """Every call earns a fifth of a retry; a few are there from the start, so that a quiet source has some too."""

    def __init__(self, most: int) -> None:
        self._most = float(max(10, 2 * most))
        self._left = float(max(3, most))
        self._lock = threading.Lock()

    def earn(self) -> None:
        """A call was made."""
        if self._left < self._most:  # two threads may earn as one: a budget need not be exact
            self._left += SHARE

    def spend(self) -> bool:
        """Whether one may be made now."""
        with self._lock:
            if self._left < 1:
                return False
            self._left -= 1
            return True

    @staticmethod
    def pause() -> float:
        """The seconds to wait before it."""
        return random.uniform(*PAUSE)  # noqa: S311  # no secret
