"""The table of changes: every kind of difference between two documents, its grade, why, and what to do instead.

In charge of grades. The list that GitHub publishes for the versions of its REST API comes first ("Breaking changes", in its REST API
documentation); where that is silent, what oasdiff's checks say of the wire; where both are, a caller who takes the document at its
word. One table feeds the comparison, `bascule diff`, the log, the reference and the tests. It must not know how a
difference is found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

Grade = Literal["safe", "risky", "breaking"]
# Causes stand before what follows from them.
Part = Literal["version", "credential", "access", "path", "field", "parameter", "answer", "unknown", "text"]
Section = Literal["Added", "Changed", "Deprecated", "Removed", "Security"]  # those of Keep a Changelog

GRADES: Final[tuple[Grade, ...]] = get_args(Grade)  # from the mildest
PARTS: Final[tuple[Part, ...]] = get_args(Part)
SECTIONS: Final[tuple[Section, ...]] = get_args(Section)

# What to do instead. A lens has the words `rename`, `retype`, `split`, `add` and `remove`; for anything else a resource is written anew.
RENAME: Final = "Keep the name, and say `rename` in a lens of a new version."
REMOVE: Final = "Keep it, and say `remove` in a lens of a new version."
RETYPE: Final = "Keep it as it was, and say `retype` in a lens of a new version."
ANEW: Final = "Keep it as it was, and write the resource anew in a new version."
VERSION: Final = "Keep it as it was here, and change it in a new version."
CREDENTIAL: Final = (
    "Who may call is the same in all versions: give the callers what they need first, and tell them the day."
)
TELL: Final = "Tell the owners of callers before it is served, or leave it to a new version."
NOTHING: Final = "Nothing."


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of change. `sentence` has places for `subject`, `was` and `now`; `instead` is what to do.

    `part` is what it is about. What is about the version, its answers,
    credentials or texts is told once, however many operations have it.
    """

    code: str
    grade: Grade
    part: Part
    section: Section
    sentence: str
    why: str
    instead: str = NOTHING


def reaches(grade: Grade, level: Grade) -> bool:
    """Whether `grade` is `level` or worse."""
    return GRADES.index(grade) >= GRADES.index(level)
