"""The failures of a source. See the table in the package's own words.

In charge of their names and of whether trying again can help. It must not know a driver's codes.
"""

from __future__ import annotations

import datetime as dt


class SourceError(Exception):
    """A source did not answer. `args[0]` is for the log: it may name hosts, tables and SQL, and never reaches a client.

    `retry_after`: the seconds after which it is worth asking again, where somebody knows.
    """

    retryable = False
    retry_after: float | None = None


class Unavailable(SourceError):
    """Nothing answers, or the connection died."""

    retryable = True


class CircuitOpen(Unavailable):
    """The source failed so often that it is left alone for a moment."""


class Quiet(Unavailable):
    """The source is in a quiet window of the contract. `until` is its end, `reason` the contract's own words for it."""

    def __init__(self, message: str, until: dt.datetime | None = None, reason: str = "") -> None:
        super().__init__(message)
        self.until, self.reason = until, reason


class TimedOut(SourceError):
    """The deadline passed."""

    retryable = True


class Busy(SourceError):
    """No connection became free in time, or too many wait for one already."""

    retryable = True


class Spent(SourceError):
    """The rows that the contract grants for a day were read."""

    retryable = True


class Locked(SourceError):
    """A row or a file is locked by somebody else."""

    retryable = True


class Deadlocked(Locked):
    """The source chose this statement to end a deadlock."""


class Refused(SourceError):
    """The credentials were not accepted. Never retried: legacy systems disable a profile after a few attempts."""


class Denied(SourceError):
    """The credentials lack an authority."""


class Missing(SourceError):
    """A table or column is gone: the contract and the source have drifted apart."""


class BadData(SourceError):
    """The source itself cannot read what is stored."""


class TooCostly(SourceError):
    """The source estimated the statement as too long and refused it."""


class Conflict(SourceError):
    """A write broke a rule of the source: a duplicate key, a missing parent."""


class Unknown(SourceError):
    """The source failed in a way that the gateway does not know."""
