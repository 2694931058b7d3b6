"""`bascule` at noon of a working day: pages have quiet windows, and tests run at any hour.

    python -m tests.docs.noon check FOLDER

In charge of the wall clock that quiet windows are read by.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from unittest.mock import patch
from zoneinfo import ZoneInfo

from adapters.guard import admission
from adapters.guard.calendar import Calendar


@contextmanager
def at_noon() -> Iterator[None]:
    """Sources that are opened in this block take every moment for the same Wednesday noon."""
    with patch.object(admission, "Calendar", partial(Calendar, wall=_noon)):
        yield


def _noon(zone: ZoneInfo) -> dt.datetime:
    return dt.datetime(2026, 6, 10, 12, 0, tzinfo=zone)


if __name__ == "__main__":
    from app.cli import main

    with at_noon():
        main()
