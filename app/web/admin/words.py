"""Words for the failures of a source: what each class means, and what an operator can do about it.

In charge of these sentences, one row for each class of failure of the port. It must not know a driver: what a kind itself knows of
mending a failure is `doctor`'s to say, and comes first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from adapters.port import (
    BadData,
    Busy,
    CircuitOpen,
    Conflict,
    Deadlocked,
    Denied,
    Locked,
    Missing,
    Quiet,
    Refused,
    SourceError,
    Spent,
    TimedOut,
    TooCostly,
    Unavailable,
    Unknown,
)


@dataclass(frozen=True, slots=True)
class Words:
    """What a failure means, and what to do. `ill`: it tells that the source is not well, whatever was asked of it."""

    meaning: str
    advice: str
    ill: bool = False


_WORDS: Final[Mapping[type[SourceError], Words]] = {
    SourceError: Words(
        "The source failed in a way that this gateway does not know.",
        "Look the driver's words up in the vendor's documentation; `bascule doctor` examines the way to the source step by step.",
        ill=True,
    ),
    Unavailable: Words(
        "Nothing answers there, or the connection broke.",
        "See whether the host is up, whether its database server runs, and whether the network and the firewall let this machine "
        "through: `bascule doctor` tells how far it gets. Nothing has to be restarted here when it is back.",
        ill=True,
    ),
    CircuitOpen: Words(
        "The source failed so often that it is left alone for a moment.",
        "Mend what it failed with before. It is tried again every few seconds, and served as soon as it answers.",
        ill=True,
    ),
    Quiet: Words(
        "The source is in a quiet window of the contract.",
        "Nothing: it is asked again when the window ends. The window stands under `quiet` in gateway.yaml.",
    ),
    TimedOut: Words(
        "The source took the question and did not answer in time.",
        "See at the host whether it is busy, or a job holds what is read. If only some resources are slow, `bascule explain` shows "
        "their statements: an index may be missing. A longer `deadline` helps where the host is slow by nature.",
        ill=True,
    ),
    Busy: Words(
        "All connections that the contract grants are in use, and none became free in time.",
        "Look under costs at who asks so much. Let answers be kept (`cache`), or grant more `connections` if the host can bear them.",
        ill=True,
    ),
    Spent: Words(
        "The rows that the contract grants for a day were read.",
        "Look under costs at who read them. Raise `rows_per_day`, or wait for midnight; what is kept is served meanwhile.",
    ),
    Locked: Words(
        "A row or a file is locked by somebody else at the host.",
        "Find at the host the job that holds the lock; a batch run often does.",
    ),
    Deadlocked: Words(
        "The source ended a statement to resolve a deadlock.",
        "Nothing, if it is rare: the read was tried once more. If it comes often, find the job that it collides with.",
    ),
    Refused: Words(
        "The host refuses the user or the password.",
        "Correct the user or the password where gateway.yaml takes them from, or have the host's administrator enable the user; then "
        "reload the gateway (SIGHUP). It does not try again by itself: hosts disable a user after a few wrong passwords.",
        ill=True,
    ),
    Denied: Words(
        "The host knows the user, who lacks an authority.",
        "Have the host's administrator grant it: the driver's words say on what.",
    ),
    Missing: Words(
        "A table or a column of the contract is not there any more.",
        "Look at the drift of this source: what has changed stands there, with the resources that stand on it.",
    ),
    BadData: Words(
        "The source itself cannot read what is stored.",
        "Have the host's administrator look at the file: the driver's words name it. On an AS/400 it is mostly a decimal field that "
        "holds no number.",
    ),
    TooCostly: Words(
        "The source estimated a statement as too long and refused it.",
        "Have an index made for what callers filter or sort by, or take that filter or sort out of the contract.",
    ),
    Conflict: Words(
        "A write broke a rule of the source.",
        "This gateway only reads: look for a trigger or an exit program at the host that writes on reads.",
    ),
    Unknown: Words(
        "The source failed in a way that this gateway does not know.",
        "Look the driver's words up in the vendor's documentation, and tell them to the makers of this gateway.",
        ill=True,
    ),
}

WORDS: Final[Mapping[str, Words]] = {kind.__name__: words for kind, words in _WORDS.items()}
"""By the class's name, as observations have it."""


def words(error: str) -> Words:
    """The words for a class of failure; those of any failure, where another release has named it."""
    return WORDS.get(error, _WORDS[SourceError])
