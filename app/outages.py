"""An outage of something that the gateway does without: told when it begins, and when it ends.

In charge of telling each once, however many ask meanwhile. It must not know what is out, nor what is done without it.
"""

from __future__ import annotations

import logging
from typing import Final

log = logging.getLogger("bascule")

_ANYBODY: Final = ""


class Outage:
    """Whether anybody misses it: logged at `level` when it begins, and as a warning when it ends for all.

    `lost` has a place for the error. Two who begin at once may both log it: that does no harm.
    """

    def __init__(self, lost: str, back: str, level: int = logging.WARNING) -> None:
        self._lost, self._back, self._level = lost, back, level
        self._missed_by: set[str] = set()

    def __bool__(self) -> bool:
        """Whether it lasts."""
        return bool(self._missed_by)

    def begins(self, error: Exception, who: str = _ANYBODY) -> None:
        """`who` does without from now on."""
        if not self._missed_by:
            log.log(self._level, self._lost, error)
        self._missed_by.add(who)

    def ends(self, who: str = _ANYBODY) -> None:
        """`who` has it again."""
        if who in self._missed_by:
            self._missed_by.discard(who)
            if not self._missed_by:
                log.warning(self._back)
