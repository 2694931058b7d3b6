"""Usage, as it is kept: how often each caller sent reads of each form, by day.

In charge of the form's text, of adding counts and of reading them. It must not know when they are written, nor what a caller is.

A form is kept once, under a hash of its text, and a day's row names it: a caller who reads one thing in one way has one row a
day, however many fields it is served. A day has MOST_ROWS rows: what comes beyond is counted as OTHER's, by its resource alone.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import groupby
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from app.state.tables import usage_day as table
from app.state.tables import usage_form

OTHER: Final = "other"  # the caller whose name is not kept; the identity of a real one has a colon, or is `anonymous`
MOST_ROWS: Final = 20_000  # of a day, some 2 MB: beyond them nobody looks at single callers
CHUNK: Final = 500  # forms that one question names

UsageKey = tuple[str, str, str]  # day (ISO, UTC), caller, text of a form

_Place = tuple[str, str]  # a day's row: caller, id of a form


class Form(NamedTuple):
    """What a read asks for and is served: names alone, never values. It is made at requests, so it is no dataclass.

    `fields` are those of `resource` that are served; `along` are resources that are expanded, with their fields; `expansions`
    are pairs of a resource and one of its expansions. `item`: one item is read by its key. `bare`: nothing is known beyond the
    resource.
    """

    version: str
    resource: str
    item: bool = False
    fields: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()  # parameters, as requests spell them
    sorts: tuple[str, ...] = ()
    expansions: tuple[tuple[str, str], ...] = ()
    along: tuple[tuple[str, tuple[str, ...]], ...] = ()
    bare: bool = False


@dataclass(frozen=True, slots=True)
class UsageRecord:
    """How often a caller sent reads of a form, and the first and the last day (ISO, UTC) on which it did."""

    caller: str
    form: Form
    calls: int
    first: str
    last: str


@lru_cache(maxsize=4096)
def text_of(form: Form) -> str:
    """The form's text, the same in every process: JSON."""
    return json.dumps(form._asdict(), separators=(",", ":"), ensure_ascii=False)


def form_of(text: str) -> Form:
    """The form of a text."""
    said: dict[str, Any] = {name: _frozen(value) for name, value in json.loads(text).items()}
    return Form(**said)


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


@lru_cache(maxsize=4096)
def bare(text: str) -> str:
    """The form of which no more is known than its version and its resource."""
    form = form_of(text)
    return text_of(Form(form.version, form.resource, bare=True))


def add(connection: sa.Connection, found: Mapping[UsageKey, int], oldest: str) -> None:
    """Add calls to what the days have; days before `oldest` are forgotten."""
    if connection.execute(table.delete().where(table.c.day < oldest)).rowcount:
        connection.execute(usage_form.delete().where(usage_form.c.id.not_in(sa.select(table.c.form))))
    for day, keys in groupby(sorted(found), key=lambda key: key[0]):
        if day >= oldest:
            _add(connection, day, {(caller, form): found[day, caller, form] for _, caller, form in keys})


def _add(connection: sa.Connection, day: str, found: Mapping[_Place, int]) -> None:
    """Add a day's counts, by caller and text of a form."""
    places = sa.select(table.c.caller, table.c.form).where(table.c.day == day)
    before = {(caller, form) for caller, form in connection.execute(places)}
    kept, counts, texts = set(before), Counter[_Place](), dict[str, str]()
    for (caller, text), calls in found.items():
        place, said = _place(caller, text, kept)
        kept.add(place)
        counts[place] += calls
        texts[place[1]] = said
    rows = [{"on": day, "who": who, "what": what, "calls": calls} for (who, what), calls in counts.items()]
    _insert(connection, [row for row in rows if (row["who"], row["what"]) not in before])
    _update(connection, [row for row in rows if (row["who"], row["what"]) in before])
    _keep_forms(connection, texts)


def _place(caller: str, text: str, kept: Collection[_Place]) -> tuple[_Place, str]:
    """The row for reads of a form, and the text of the form that it names: OTHER's, where the day has no room for another."""
    place = caller, _id(text)
    if place in kept or len(kept) < MOST_ROWS:
        return place, text
    rest = bare(text)
    return (OTHER, _id(rest)), rest


def _insert(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        columns = {"day": "on", "caller": "who", "form": "what", "calls": "calls"}
        statement = table.insert().values({name: sa.bindparam(bound) for name, bound in columns.items()})
        connection.execute(statement, rows)


def _update(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        same = (
            table.c.day == sa.bindparam("on"),
            table.c.caller == sa.bindparam("who"),
            table.c.form == sa.bindparam("what"),
        )
        more = table.c.calls + sa.bindparam("more")
        connection.execute(
            table.update().where(*same).values(calls=more), [{**row, "more": row["calls"]} for row in rows]
        )


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
        UsageRecord(caller, form_of(said), int(number), begun, ended)
        for caller, said, number, begun, ended in connection.execute(statement)
    ]
