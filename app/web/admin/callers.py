"""Who called, for an operator: each caller with what it asked, what it cost, what it is granted, and the key to revoke.

In charge of telling what kind of caller a credential's name is of, and which class of limits it has. It must not know where counts
come from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from app.callers import key_manager
from app.callers.plain import moment
from app.contract.model import Contract, LimitSpec, Rate
from app.exchange import ANYBODY
from app.metrics.costs_report import Spent, by_caller
from app.state import CostRecord, KeyRecord
from app.state.usage import OTHER
from app.usage.asked import LINKS
from app.usage.summary import KEY

MOST: Final = 1000
_TOKEN: Final = "token:"  # noqa: S105  # how the identity of a token's holder begins: `token:ISSUER/NAME`
_DEFAULT: Final = "default"
_NAMED: Final = {LINKS: "links", ANYBODY.identity: "anonymous", OTHER: "other"}


def kind(identity: str) -> str:
    """What kind of caller has this name."""
    return _NAMED.get(identity) or ("key" if identity.startswith(KEY) else "token")


def seen(
    records: Iterable[CostRecord], keys: Iterable[KeyRecord], contract: Contract, now: float
) -> list[dict[str, Any]]:
    """The callers as the admin API has them, the busiest first."""
    known = {KEY + record.id: record for record in keys}
    found = sorted(by_caller(records).items(), key=lambda each: (-each[1].asked.requests, each[0]))
    return [_caller(name, spent, known.get(name), contract, now) for name, spent in found[:MOST]]


def _caller(identity: str, spent: Spent, key: KeyRecord | None, contract: Contract, now: float) -> dict[str, Any]:
    asked, total = spent.asked, spent.total
    return {
        "caller": identity,
        "kind": kind(identity),
        "key": None if key is None else key.id,
        "name": "" if key is None else key.owner,
        "state": None if key is None else key_manager.standing(key, now),
        "limits": _limits(_class(identity, key, contract), contract.limits) if contract.closed else None,
        "requests": asked.requests,
        "refused": spent.refused.requests,
        "statements": total.statements,
        "milliseconds": round(total.milliseconds, 1),
        "last_seen_at": moment(max(asked.last_at, spent.refused.last_at)),
    }


def _class(identity: str, key: KeyRecord | None, contract: Contract) -> str | None:
    """The class of limits of a caller; None where nobody can tell: other callers, a key that is gone."""
    if key is not None:
        return key.rate
    if identity.startswith(_TOKEN) and contract.security is not None:
        issuer = identity.removeprefix(_TOKEN).partition("/")[0]
        found = contract.security.issuers.get(issuer)
        return None if found is None else found.rate
    return _DEFAULT if kind(identity) in {"links", "anonymous"} else None


def _limits(name: str | None, classes: Mapping[str, LimitSpec]) -> dict[str, Any] | None:
    """A class with its numbers; that of `default` for one that the contract does not have, as `Limits` does."""
    spec = None if name is None else classes.get(name, classes.get(_DEFAULT))
    if spec is None:
        return None
    return {
        "name": spec.name,
        "requests": _rate(spec.requests),
        "burst": spec.burst,
        "rows": _rate(spec.rows),
        "milliseconds": _rate(spec.milliseconds),
    }


def _rate(rate: Rate | None) -> dict[str, Any] | None:
    return None if rate is None else {"amount": rate.amount, "seconds": rate.seconds}
