"""The table of drift: everything that can be found at a source, how it is graded, and why.

In charge of codes, which are stable, and of their grades; the reports, the reference page and the tests read it. It must not
know how anything is found.

A grade is about one contract: what nothing of the contract stands on is safe, whatever it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

Grade = Literal["breaking", "risky", "safe"]
GRADES: Final[tuple[Grade, ...]] = get_args(Grade)
"""The worst first."""


def worst(*grades: Grade) -> Grade:
    """The worst of several grades; safe where there are none."""
    return min(grades, key=GRADES.index, default="safe")


@dataclass(frozen=True, slots=True)
class DriftCode:
    """One kind of drift.

    `grade` is how it is graded where something of the contract stands on it, `reason` why, and `unless` when it is graded
    otherwise. `hint` is what to do about it.
    """

    code: str
    grade: Grade
    meaning: str
    reason: str
    hint: str = ""
    unless: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Drift that is found in one way."""

    title: str
    about: str
    codes: tuple[DriftCode, ...]


_SNAPSHOT: Final = "review it, and take it into the snapshot: `bascule catalog`"

STRUCTURE: Final = Group(
    "The catalog against the database",
    "Found in the source's own catalog, compared with the snapshot of the contract. Of tables and named queries that the snapshot does not have, nothing is said.",
    (
        DriftCode(
            "table-gone",
            "breaking",
            "The table, or the view, is no longer there.",
            "Its resources answer with a problem.",
            "if it was renamed, name the new one in `table`",
        ),
        DriftCode(
            "table-added",
            "safe",
            "A table that the snapshot does not have.",
            "Nothing of the contract can stand on it yet.",
            _SNAPSHOT,
        ),
        DriftCode(
            "kind-changed",
            "risky",
            "A table has become a view, or the other way round.",
            "It can be read as before; a view has no key and no index of its own, and may leave rows out.",
            "ask whoever made it what it shows, then take it into the snapshot: `bascule catalog`",
        ),
        DriftCode(
            "unreadable",
            "breaking",
            "The source cannot run it any more: a view, or a named query, over something that is gone.",
            "Its resources answer with a problem.",
            "run the query by hand; the source's own words say what it lacks",
        ),
        DriftCode(
            "authority-lost",
            "breaking",
            "The gateway's user may no longer read the table.",
            "Its resources answer with a problem, once what is kept of them has expired.",
            "`bascule doctor` prints what grants it",
        ),
        DriftCode(
            "column-added",
            "safe",
            "A column that the snapshot does not have.",
            "Columns are selected by name: nobody sees it.",
            _SNAPSHOT,
        ),
        DriftCode(
            "column-removed",
            "breaking",
            "The column is no longer there.",
            "Every statement that names it fails.",
            "remove what stands on it in a new version, or have the column back",
        ),
        DriftCode(
            "column-renamed",
            "breaking",
            "A column is gone, and one of the same type stands in its place: perhaps it was renamed.",
            "Every statement that names the old one fails.",
            "if it is the same column, name the new one in `column`: the API stays as it is",
        ),
        DriftCode(
            "type-changed",
            "breaking",
            "The column holds another kind of value.",
            "Its values are decoded, and those of filters bound, as the snapshot says.",
            "mend `stored_as`, then take it into the snapshot: `bascule catalog`",
        ),
        DriftCode(
            "type-narrower",
            "risky",
            "The column holds shorter text or fewer digits than before.",
            "Answers stay as they were promised; what is stored was cut or moved to fit.",
            _SNAPSHOT,
            "`stored_as` no longer fits the column: then it is breaking",
        ),
        DriftCode(
            "type-wider",
            "risky",
            "The column holds longer text or more digits than before.",
            "Values may come that the published schema (`maxLength`, `pattern`) does not allow.",
            _SNAPSHOT,
            "no published schema depends on the size: then it is safe; or `stored_as` no longer fits: breaking",
        ),
        DriftCode(
            "ccsid-changed",
            "risky",
            "The source tags the column with another code page.",
            "The driver translates its text otherwise: letters beyond A to Z may come out wrong, and filters miss them.",
            "compare a value that has such letters with the old one",
        ),
        DriftCode(
            "null-allowed",
            "risky",
            "The column may hold NULL from now on.",
            "A field whose schema never allows null would be null.",
            _SNAPSHOT,
            "the fields over it may be null already: then it is safe",
        ),
        DriftCode(
            "null-refused",
            "safe",
            "The column may hold NULL no longer.",
            "Whoever can take null can do without.",
            _SNAPSHOT,
        ),
        DriftCode(
            "key-changed",
            "risky",
            "The table's primary key has other columns, or is gone.",
            "Nothing keeps the address of an item from standing for several rows, or rows are no longer found by it.",
            "prove that the resource's key is still unique, or widen it in a new version",
            "another unique index lies within the resource's key, and indexes serve what the old key served: then it is safe",
        ),
        DriftCode(
            "index-lost",
            "risky",
            "An index is gone.",
            "A filter, a sort or an expansion that it served reads the whole table; or it was unique, and nothing keeps the address of an item from standing for several rows.",
            "have it made again; that something reads the whole table can be accepted in the resource: `unindexed`",
            "another index serves and keeps apart all of that, or the contract accepts what is slow: then it is safe",
        ),
        DriftCode(
            "index-added",
            "safe",
            "An index that the snapshot does not have.",
            "More may be asked quickly.",
            _SNAPSHOT,
        ),
        DriftCode(
            "not-compared",
            "risky",
            "The source did not tell in time what the table or the query consists of.",
            "Nothing is known of what has changed in it.",
            "try again when the source is quiet, or grant it a longer `deadline`",
        ),
    ),
)
CONTENT: Final = Group(
    "Rows against promises",
    "Found in a sample of rows, a bounded number of each table, read by the functions that serve them. A report has counts and the keys of some rows, no values; no keys where a key is personal or confidential.",
    (
        DriftCode(
            "null-found",
            "risky",
            "A value is missing in a field whose schema never allows null.",
            "Clients that were made from the published document do not expect it.",
            "let the field be null in a new version, or have the rows mended",
        ),
        DriftCode(
            "unknown-code",
            "risky",
            "A code that the field's map does not have.",
            "The field is null in such rows, and `_issues` says why.",
            "add the code in `stored_as`; a new name for it is a new version for clients that know all of them",
        ),
        DriftCode(
            "undecodable",
            "risky",
            "A value that `stored_as` cannot decode.",
            "The field is null in such rows, or they are left out, as `on_issue` says.",
            "`bascule issues` prints the query that finds such rows",
        ),
        DriftCode(
            "outside-schema",
            "risky",
            "A value that decodes and that the published schema does not allow: too long, of another form, out of range.",
            "Clients that were made from the published document may refuse it.",
            "take the column's new size into the snapshot (`bascule catalog`), or have the rows mended",
        ),
        DriftCode(
            "not-sampled",
            "risky",
            "The rows could not be read in the time that a sample has, or none was left of those that are granted for a day.",
            "Nothing is known of what they hold.",
            "try again when the source is quiet, with more `--seconds`, or grant more `rows_per_day`",
        ),
    ),
)
GROUPS: Final = (STRUCTURE, CONTENT)
CODES: Final[Mapping[str, DriftCode]] = {each.code: each for group in GROUPS for each in group.codes}
