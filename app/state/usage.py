"""Usage, as it is kept: how often each caller sent reads of each form, by day.

In charge of adding counts and of reading them. It must not know when they are written, nor what a caller is.

A form is kept once, under a hash of its text, and a day's row names it: a caller who reads one thing in one way has one row a
day, however many fields it is served. A day has MOST_ROWS rows: what comes beyond is counted as OTHER's, by its resource alone. A
caller has MOST_FORMS of them: what comes beyond is its own, by its resource alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import groupby
from typing import Any, Final

import sqlalchemy as sa

from app.plan.forms import Form, bare, parsed
from app.state.tables import usage_day as table
from app.state.tables import usage_form

OTHER: Final = "other"  # the caller whose name is not kept; the identity of a real one has a colon, or is `anonymous`
LONGEST_CALLER: Final = 200  # characters of a name that is kept
MOST_ROWS: Final = 20_000  # of a day, some 2 MB: beyond them nobody looks at single callers
MOST_FORMS: Final = 256  # of a caller: who asks for ever other fields drives nobody else out
CHUNK: Final = 500  # forms that one question names

UsageKey = tuple[str, str, str]  # day (ISO, UTC), caller, text of a form

_Place = tuple[str, str]  # a day's row: caller, id of a form


def kept_caller(caller: str) -> str:
    """The name under which a caller is counted, one that any state can keep: an issuer may have given its subjects others."""
    return caller if len(caller) <= LONGEST_CALLER and caller.isprintable() else OTHER


@dataclass(frozen=True, slots=True)
class UsageRecord:
    """How often a caller sent reads of a form, and the first and the last day (ISO, UTC) on which it did."""

    caller: str
    form: Form
    calls: int
    first: str
    last: str


def add(connection: sa.Connection, found: Mapping[UsageKey, int], oldest: str) -> None:
    """Add calls to what the days have; days before `oldest` are forgotten."""
    if connection.execute(table.delete().where(table.c.day < oldest)).rowcount:
        connection.execute(usage_form.delete().where(usage_form.c.id.not_in(sa.select(table.c.form))))
    for day, keys in groupby(sorted(found), key=lambda key: key[0]):
        if day >= oldest:
            _add(connection, day, {(caller, form): found[day, caller, form] for _, caller, form in keys})


class _Day:
    """The rows that a day has, and the place of those that come."""

    def __init__(self, kept: Iterable[_Place]) -> None:
        self.kept = set(kept)
        self._forms = Counter(caller for caller, _ in self.kept)

    def place(self, caller: str, text: str) -> tuple[_Place, str]:
        """The row for a caller's reads of a form, and the text of the form that it names: a bare one where there is no room."""
        place = caller, _id(text)
        if place not in self.kept:
            many = self._forms[caller] >= MOST_FORMS
            if many or len(self.kept) >= MOST_ROWS:
                caller, text = caller if many else OTHER, bare(text)
                place = caller, _id(text)
        if place not in self.kept:
            self.kept.add(place)
            self._forms[caller] += 1
        return place, text


def _add(connection: sa.Connection, day: str, found: Mapping[_Place, int]) -> None:
    """Add a day's counts, by caller and text of a form."""
    before = _rows(connection, day)
    rows, counts, texts = _Day(before), Counter[_Place](), dict[str, str]()
    for (caller, text), calls in found.items():
        place, said = rows.place(caller, text)
        counts[place] += calls
        texts[place[1]] = said
    new = {place: calls for place, calls in counts.items() if place not in before}
    _insert(connection, [_row(day, place, calls) for place, calls in new.items()])
    _update(connection, [_row(day, place, calls) for place, calls in counts.items() if place not in new])
    _keep_forms(connection, texts)


def _rows(connection: sa.Connection, day: str) -> frozenset[_Place]:
    places = sa.select(table.c.caller, table.c.form).where(table.c.day == day)
    return frozenset((caller, form) for caller, form in connection.execute(places))


def _row(day: str, place: _Place, calls: int) -> Mapping[str, Any]:
    caller, form = place
    return {"on": day, "who": caller, "what": form, "more": calls}


def _insert(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        bound = {"day": "on", "caller": "who", "form": "what", "calls": "more"}
        connection.execute(table.insert().values({name: sa.bindparam(each) for name, each in bound.items()}), rows)


def _update(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        bound = {"day": "on", "caller": "who", "form": "what"}
        same = (table.c[name] == sa.bindparam(each) for name, each in bound.items())
        more = table.c.calls + sa.bindparam("more")
        connection.execute(table.update().where(*same).values(calls=more), rows)


def _keep_forms(connection: sa.Connection, texts: Mapping[str, str]) -> None:
    """Keep the texts of forms that are not there yet, by id."""
    names = list(texts)
    for start in range(0, len(names), CHUNK):
        chunk = names[start : start + CHUNK]
        there = set(connection.scalars(sa.select(usage_form.c.id).where(usage_form.c.id.in_(chunk))))
        new = [{"id": name, "said": texts[name]} for name in chunk if name not in there]
        if new:
            connection.execute(usage_form.insert(), new)


@lru_cache(maxsize=4096)
def _id(text: str) -> str:
    return blake2b(text.encode(), digest_size=12).hexdigest()


def since(connection: sa.Connection, day: str) -> list[UsageRecord]:
    """What each caller read from that day on, the most frequent first."""
    calls, first, last = (sa.func.sum(table.c.calls), sa.func.min(table.c.day), sa.func.max(table.c.day))
    statement = (
        sa.select(table.c.caller, usage_form.c.said, calls, first, last)
        .join(usage_form, usage_form.c.id == table.c.form)
        .where(table.c.day >= day)
        .group_by(table.c.caller, usage_form.c.said)
        .order_by(calls.desc(), table.c.caller, usage_form.c.said)
    )
    return [
        UsageRecord(caller, parsed(said), int(number), begun, ended)
        for caller, said, number, begun, ended in connection.execute(statement)
    ]
