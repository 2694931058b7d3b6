"""A link as a request meets it: opened, or nothing.

In charge of those two values. It must not know how a link is opened.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from app.exchange import Caller
from app.problems import ProblemError

PATH: Final = "/links/"  # where links are served
DETAIL: Final = "there is nothing here, or no longer"


class NoLink(ProblemError):
    """A link shows nothing. `reason` is the operator's: the holder is never told."""

    def __init__(self, reason: str) -> None:
        super().__init__("not-found", DETAIL)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Link:
    """What a good link shows: `fields` of the item at `path`, as `caller` sees it."""

    path: str = field(repr=False)  # its key may be one that the fields do not show
    fields: tuple[str, ...]
    caller: Caller
