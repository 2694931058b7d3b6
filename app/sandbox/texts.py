"""Texts of values: what a request could write for a value of a field, as plausible as its type and its name allow.

In charge of candidates, of which the first that a field's conversion takes is used. The first attempts are the plausible ones;
later ones are smaller, plainer, from further years: some column has room for them. It must not know a conversion's rules.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from app.plan.model import Field
from app.sandbox import meanings
from app.sandbox.draws import Draws
from app.sandbox.meanings import Named, meaning, parts

TODAY: Final = dt.date(2026, 11, 15)  # fixed, so that the data is the same tomorrow
ATTEMPTS: Final = 24
_PLAIN: Final = 8  # attempts that are made to look like something

_COMING: Final = frozenset(
    ["due", "requested", "promised", "planned", "expected", "deadline", "until", "expires", "valid", "next", "target"]
)
_BIRTH: Final = frozenset(["birth", "born", "birthday"])
_MONEY: Final = frozenset(
    ["price", "amount", "total", "cost", "value", "balance", "net", "gross", "tax", "fee", "charge"]
)
_SHARES: Final = frozenset(["percent", "percentage", "rate", "share", "discount", "margin"])
_COUNTS: Final = frozenset(
    ["quantity", "qty", "count", "pieces", "ordered", "shipped", "stock", "hand", "lines", "days"]
)
_PLACES: Final = (2, 1, 0, 3)  # decimals that are tried, the usual number first


class Turn(NamedTuple):
    """A place in a series of different values, which begins with 0; `start` is what is counted from where a value is a number."""

    number: int
    start: int = 1001


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for: a value of a field, by the names that it stands under; in its `turn`, or just any."""

    field: Field
    named: Named
    turn: Turn | None = None

    def text(self, draws: Draws, attempt: int) -> str | None:
        """A candidate; None where the series has no more."""
        if self.turn is not None and self.field.conversion.schema.get("format") != "uuid":
            return _IN_TURN.get(self.field.type, _serial)(self, self.turn, attempt)
        return _TEXTS.get(self.field.type, _string)(self, draws, attempt)


# Any value.


def _string(asked: Asked, draws: Draws, attempt: int) -> str:
    schema = asked.field.conversion.schema
    if schema.get("format") == "uuid":
        return _uuid(draws.octets(16))
    digits = _digits(asked.field)
    if digits is not None:
        return str(draws.between(1, min(10**digits, 10**6) - 1)) if digits > 1 else str(draws.below(10))
    length: int | None = schema.get("maxLength")
    if attempt < _PLAIN:
        return meanings.text(asked.named, draws, length)
    short = min(length or _PLAIN, _PLAIN, ATTEMPTS - attempt)
    return meanings.code(draws, short)


def _choice(asked: Asked, draws: Draws, attempt: int) -> str:
    """Names of codes: the first ones are the common ones."""
    names = choices(asked.field)
    return names[draws.early(len(names)) if attempt < _PLAIN else draws.below(len(names))]


def _boolean(asked: Asked, draws: Draws, attempt: int) -> str:
    del asked
    return "true" if draws.chance(3) is (attempt < _PLAIN) else "false"


def _binary(asked: Asked, draws: Draws, attempt: int) -> str:
    length = asked.field.columns[0].type.length or 16
    return base64.b64encode(draws.octets(max(1, min(length, 32) - attempt // 4))).decode("ascii")


def _integer(asked: Asked, draws: Draws, attempt: int) -> str:
    name = frozenset(parts(asked.named.field))
    if "year" in name:
        return str(TODAY.year - draws.below(3))
    most = 100 if name & (_SHARES | _COUNTS) else 20 if name & {"line", "position", "sequence"} else 1_000
    if meaning(asked.named) == "number":
        most = 90_000
    return str(max(1, draws.between(1, most) // 10 ** (attempt // 3)) if attempt < ATTEMPTS - 3 else draws.below(2))


def _decimal(asked: Asked, draws: Draws, attempt: int) -> str:
    name = frozenset(parts(asked.named.field))
    most = 100 if name & _SHARES else 20_000 if name & _MONEY else 2_000
    places = _PLACES[attempt % len(_PLACES)]
    small = draws.early(most * 10**places) // 10 ** (attempt // len(_PLACES))
    return f"{small // 10**places}.{small % 10**places:0{places}d}" if places else str(small)


def _date(asked: Asked, draws: Draws, attempt: int) -> str:
    return _day(asked, draws, attempt).isoformat()


def _month(asked: Asked, draws: Draws, attempt: int) -> str:
    return f"{_day(asked, draws, attempt):%Y-%m}"


def _week(asked: Asked, draws: Draws, attempt: int) -> str:
    year, week, _ = _day(asked, draws, attempt).isocalendar()
    return f"{year:04d}-W{week:02d}"


def _time(asked: Asked, draws: Draws, attempt: int) -> str:
    del asked
    minute = 0 if attempt >= _PLAIN else draws.below(60)
    return f"{draws.between(6, 17):02d}:{minute:02d}:00"


def _datetime(asked: Asked, draws: Draws, attempt: int) -> str:
    return f"{_day(asked, draws, attempt).isoformat()}T{_time(asked, draws, attempt)}Z"


def _day(asked: Asked, draws: Draws, attempt: int) -> dt.date:
    """A day of the last two years; of the coming months, or of a lifetime, where the name says so; later, of any year."""
    name = frozenset(parts(asked.named.field))
    if attempt >= ATTEMPTS // 2:
        return dt.date(draws.between(1, 9998), draws.between(1, 12), draws.between(1, 28))
    if attempt >= _PLAIN:
        return dt.date(draws.between(1901, 2099), draws.between(1, 12), draws.between(1, 28))
    if name & _BIRTH:
        return TODAY - dt.timedelta(days=draws.between(20 * 365, 65 * 365))
    days = draws.between(-90, 60) if name & _COMING else -draws.below(730)
    return TODAY + dt.timedelta(days=days)


_TEXTS: Final[Mapping[str, Callable[[Asked, Draws, int], str]]] = {
    "enum": _choice,
    "boolean": _boolean,
    "integer": _integer,
    "number": _decimal,
    "decimal": _decimal,
    "date": _date,
    "month": _month,
    "week": _week,
    "time": _time,
    "datetime": _datetime,
    "binary": _binary,
}


# A series of different values.


def _serial(asked: Asked, turn: Turn, attempt: int) -> str | None:
    """Text with a number in it, as long as there is room for the number: a letter stands before those that name something."""
    if _digits(asked.field) is not None:
        return _counted(asked, turn, attempt)
    length: int = asked.field.conversion.schema.get("maxLength") or 20
    counted = str(turn.start + turn.number)
    named = meanings.initial(asked.named) + counted if turn.start > 1 else counted
    text = (named, counted)[attempt] if attempt < 2 else _base36(turn.number).rjust(min(length, 3), "0")
    return text if len(text) <= length or attempt < 2 else None


def _counted(asked: Asked, turn: Turn, attempt: int) -> str:
    """1001, 1002, …; 1, 2, … where there is no room for as much."""
    digits = _digits(asked.field)
    short = attempt or (digits is not None and digits < 4)
    return str(turn.number + (1 if short else turn.start))


def _chosen(asked: Asked, turn: Turn, attempt: int) -> str | None:
    del attempt
    names = ("true", "false") if asked.field.type == "boolean" else choices(asked.field)
    return names[turn.number] if turn.number < len(names) else None


def _later_day(asked: Asked, turn: Turn, attempt: int) -> str:
    """Day after day; months, weeks, or hours in the same way."""
    number = turn.number
    start = dt.date(TODAY.year - 1, 1, 1) if attempt < _PLAIN else dt.date(1901 + 8 * (attempt - _PLAIN), 1, 1)
    if asked.field.type == "month":
        year, month = divmod(start.year * 12 + number, 12)
        return f"{year:04d}-{month + 1:02d}"
    if asked.field.type == "week":
        year, week, _ = (start + dt.timedelta(weeks=number)).isocalendar()
        return f"{year:04d}-W{week:02d}"
    if asked.field.type == "datetime":
        return f"{(dt.datetime.combine(start, dt.time(12)) + dt.timedelta(hours=number)).isoformat()}Z"
    return (start + dt.timedelta(days=number)).isoformat()


def _later_time(asked: Asked, turn: Turn, attempt: int) -> str | None:
    del asked, attempt
    return f"{turn.number // 60:02d}:{turn.number % 60:02d}:00" if turn.number < 24 * 60 else None


def _next_octets(asked: Asked, turn: Turn, attempt: int) -> str:
    del attempt
    length = min(asked.field.columns[0].type.length or 8, 16)
    return base64.b64encode((turn.number % 256**length).to_bytes(length, "big")).decode("ascii")


_IN_TURN: Final[Mapping[str, Callable[[Asked, Turn, int], str | None]]] = {
    "enum": _chosen,
    "boolean": _chosen,
    "integer": _counted,
    "number": _counted,
    "decimal": _counted,
    "date": _later_day,
    "month": _later_day,
    "week": _later_day,
    "datetime": _later_day,
    "time": _later_time,
    "binary": _next_octets,
}


# Parts.


def choices(field: Field) -> list[str]:
    """The names of an enum's codes, in the contract's order."""
    schema: Mapping[str, Any] = field.conversion.schema
    names: list[str] = schema.get("enum") or schema.get("examples") or [""]
    return names


def _digits(field: Field) -> int | None:
    """How many digits a code of digits has (`^[0-9]{1,7}$`); None for any other text or number."""
    pattern: str = field.conversion.schema.get("pattern", "")
    start, end = "^[0-9]{1,", "}$"
    if field.type != "string" or not (pattern.startswith(start) and pattern.endswith(end)):
        return None
    return int(pattern[len(start) : -len(end)])


def _uuid(octets: bytes) -> str:
    """A UUID of version 4 (RFC 9562, 5.4)."""
    digits = octets.hex()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{'89ab'[octets[8] % 4]}{digits[17:20]}-{digits[20:]}"


def _base36(number: int) -> str:
    digits = ""
    while number or not digits:
        number, rest = divmod(number, 36)
        digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[rest] + digits
    return digits
