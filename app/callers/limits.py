"""Limits: how much each caller may ask, what its answers say of it, and when it is refused.

In charge of the contract's classes of limits, of the `RateLimit` fields, and of strangers who try credentials. It must not
know where buckets are kept, nor what a request asks for: it is told the sources.

Requests are paid before they are served. What a request costs at a source, in rows and milliseconds, is known only
afterwards: it is charged then, and a caller who has overdrawn there is refused whatever needs that source. So a limit of
rows or milliseconds can be overdrawn by what was under way at the time; nobody is shut out longer than its period.
A request that is refused costs nothing.

The fields are those of draft-ietf-httpapi-ratelimit-headers-11 (23 May 2026):

    RateLimit-Policy: "default";q=600;w=60;bascule-burst=50
    RateLimit: "default";r=49;t=5

`q` and `w` are the rate as the contract has it, and `bascule-burst` is what may come at once. `r` is how many more are
granted at this moment. `t` is how long they should last: who spreads `r` requests over `t` seconds, answer after answer, is
never refused (the draft asks for that ratio in 8.5); where `r` is 0 it is the time until one is granted. Rows and
milliseconds are not told, because the draft's registry has no unit for them: `Retry-After` alone is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import AddressValueError, IPv6Address
from typing import Final, NamedTuple

from app.callers.buckets import FOREVER, GRANTED, SECOND, SLACK, Draw, Store
from app.contract.model import LimitSpec, Rate
from app.exchange import Caller
from app.problems import ProblemError

Headers = tuple[tuple[str, str], ...]

STRANGERS: Final = Rate(30, 60.0)  # credentials that are not accepted, from one address


class Limits:
    """The limits of a contract. A caller of a class that `specs` does not have is one of `default`, if there is one.

    Without classes nobody is limited but strangers.
    """

    def __init__(self, specs: Mapping[str, LimitSpec], store: Store, strangers: Rate = STRANGERS) -> None:
        self._classes = {name: _Class(spec) for name, spec in specs.items()}
        self._default = self._classes.get("default")
        self.costly = any(each.costly for each in self._classes.values())  # whether `look` and `charge` can do anything
        self._store = store
        self.waits = store.waits and bool(specs)  # whether a caller's draw may wait for another host
        self._failure = (_Meter.of("failures", strangers).draw(),)

    def admit(self, caller: Caller, now: float, sources: tuple[str, ...] = ()) -> Headers:
        """Take one request of what the caller has, which will read from `sources`. The fields that its answer has.

        `now` is the monotonic clock in seconds. Raises ProblemError `too-many-requests` with the fields and `Retry-After`.
        """
        limits = self._classes.get(caller.rate, self._default)
        if limits is None:
            return ()
        draws = limits.draws.get(sources) or limits.draws_at(sources)
        refusing, nanoseconds = self._store.draw(caller.identity, draws, now)
        if refusing != GRANTED:
            raise limits.refusal(draws[refusing], nanoseconds)
        return limits.standing(nanoseconds)

    def look(self, caller: Caller, now: float, sources: tuple[str, ...]) -> None:
        """Before a request that was admitted reads from `sources`. Raises ProblemError where the caller is overdrawn there."""
        limits = self._classes.get(caller.rate, self._default)
        if limits is None or not limits.costly:
            return
        looks = limits.looks.get(sources) or limits.looks_at(sources)
        refusing, nanoseconds = self._store.draw(caller.identity, looks, now)
        if refusing != GRANTED:
            raise limits.refusal(looks[refusing], nanoseconds)

    def charge(self, caller: Caller, source: str, rows: int, milliseconds: float, now: float) -> None:
        """Note what a request of the caller has cost at a source. Never refuses."""
        limits = self._classes.get(caller.rate, self._default)
        if limits is not None and limits.costly and (draws := limits.charges(source, rows, milliseconds)):
            self._store.draw(caller.identity, draws, now)

    def count_stranger(self, client: str, now: float) -> None:
        """Note that a credential from that address was not accepted. Raises ProblemError `too-many-requests` after too many.

        A credential that is accepted is not counted, or else a caller would suffer for a stranger behind the same address.
        Where nobody knows the address, nobody is refused: all clients would suffer for one.
        """
        if not client:
            return
        refusing, nanoseconds = self._store.draw(_holder(client), self._failure, now)
        if refusing != GRANTED:
            raise _refusal("Too many credentials from this address were not accepted", _whole(nanoseconds))


class _Meter(NamedTuple):
    """A bucket that is charged afterwards, by units of `cost` nanoseconds. Its burst is the whole amount of a `period`."""

    what: str
    cost: float
    period: int

    @classmethod
    def of(cls, what: str, rate: Rate) -> _Meter:
        period = int(rate.seconds * SECOND)
        return cls(what, period / rate.amount, period)

    def look(self) -> Draw:
        """Whether a unit is left."""
        return Draw(self.what, 0, self.period - int(self.cost) + SLACK, self._most())

    def draw(self) -> Draw:
        """One unit, where it is left."""
        return Draw(self.what, int(self.cost), self.period + SLACK, self._most())

    def charge(self, amount: float) -> Draw:
        """So many units, left or not."""
        return Draw(self.what, int(amount * self.cost), FOREVER, self._most())

    def _most(self) -> int:
        """So far ahead that a unit is left after one period."""
        return 2 * self.period - int(self.cost)


@dataclass(slots=True)
class _Class:
    """A class of limits, made ready. `draws` are what a request draws, by the sources that it reads from."""

    spec: LimitSpec
    draws: dict[tuple[str, ...], tuple[Draw, ...]] = field(default_factory=dict)  # as many as the contract combines
    looks: dict[tuple[str, ...], tuple[Draw, ...]] = field(default_factory=dict)
    costly: bool = False  # whether what requests cost at sources is limited
    _meters: dict[str, tuple[_Meter | None, _Meter | None]] = field(
        default_factory=dict
    )  # rows and milliseconds, by source
    _cost: int = 0  # nanoseconds a request; 0: requests are not limited
    _name: str = ""
    _policy: tuple[str, str] = ("", "")

    def __post_init__(self) -> None:
        self.costly = self.spec.rows is not None or self.spec.milliseconds is not None
        if self.spec.requests is not None:
            self._cost = int(self.spec.requests.seconds * SECOND / self.spec.requests.amount)
            self._name = _string(self.spec.name)
            self._policy = ("RateLimit-Policy", f"{self._name};{_quota(self.spec.requests, self.spec.burst)}")

    def draws_at(self, sources: tuple[str, ...]) -> tuple[Draw, ...]:
        """What a request draws that reads from `sources`: a look at what it cost so far, and then itself."""
        looks = self.looks_at(sources)
        allowance = self._cost * self.spec.burst + SLACK
        requests = [Draw("requests", self._cost, allowance, allowance)] if self._cost else []
        draws = self.draws[sources] = (*looks, *requests)
        return draws

    def looks_at(self, sources: tuple[str, ...]) -> tuple[Draw, ...]:
        """Whether anything is left of what may be spent at `sources`."""
        looks = [meter.look() for source in sources for meter in self._meters_of(source) if meter is not None]
        made = self.looks[sources] = tuple(looks)
        return made

    def charges(self, source: str, rows: int, milliseconds: float) -> list[Draw]:
        """What a request that was served draws at a source."""
        by_rows, by_time = self._meters.get(source) or self._meters_of(source)
        draws = [] if by_rows is None or not rows else [by_rows.charge(rows)]
        if by_time is not None and milliseconds:
            draws.append(by_time.charge(milliseconds))
        return draws

    def standing(self, left: int) -> Headers:
        """The fields of an answer, where so many nanoseconds of the allowance are left."""
        cost = self._cost
        if not cost:
            return ()
        remaining = left // cost
        seconds = -(-(remaining * cost or cost - left) // SECOND)
        return ("RateLimit", f"{self._name};r={remaining};t={seconds}"), self._policy

    def refusal(self, draw: Draw, wait: int) -> ProblemError:
        """The problem of a draw that was refused and would not be in `wait` nanoseconds."""
        seconds = _whole(wait)
        if draw.cost:
            rate = self.spec.requests
            assert rate is not None
            detail = f"{rate.amount} requests in {rate.seconds:g} seconds are granted to you, {self.spec.burst} at once"
            return _refusal(detail, seconds, (("RateLimit", f"{self._name};r=0;t={seconds}"), self._policy))
        unit = draw.what.partition("/")[0]
        return _refusal(f"Your requests have cost the system behind this resource too many {unit}", seconds)

    def _meters_of(self, source: str) -> tuple[_Meter | None, _Meter | None]:
        rows, milliseconds = self.spec.rows, self.spec.milliseconds
        meters = self._meters[source] = (
            None if rows is None else _Meter.of(f"rows/{source}", rows),
            None if milliseconds is None else _Meter.of(f"milliseconds/{source}", milliseconds),
        )
        return meters


def _whole(nanoseconds: int) -> int:
    """In whole seconds, rounded up."""
    return -(-nanoseconds // SECOND)


def _refusal(reason: str, seconds: int, headers: Headers = ()) -> ProblemError:
    detail = f"{reason}. Try again in {seconds} s."
    return ProblemError("too-many-requests", detail, headers=(("Retry-After", str(seconds)), *headers))


def _quota(rate: Rate, burst: int) -> str:
    """The parameters of a policy. The draft knows whole seconds alone: of a window between two, no more than it grants."""
    window = -int(-rate.seconds // 1)
    return f"q={int(rate.amount * window / rate.seconds)};w={window};bascule-burst={burst}"


def _string(text: str) -> str:
    """A String of structured fields (RFC 9651, 3.3.3), which has visible ASCII and blanks alone."""
    plain = "".join(character if " " <= character <= "~" else "?" for character in text)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _holder(client: str) -> str:
    """Whose failures count together: an IPv4 address, or the /64 of an IPv6 address, which one host may have for itself."""
    if ":" not in client:
        return f"address:{client}"
    try:
        address = IPv6Address(client.partition("%")[0])
    except AddressValueError:
        return f"address:{client}"
    if address.ipv4_mapped is not None:
        return f"address:{address.ipv4_mapped}"
    return f"address:{int(address) >> 64:x}"
