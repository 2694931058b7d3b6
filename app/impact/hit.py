"""Hit: who used what stands on a target, how often, and who answers for it.

In charge of joining what the plan says with what was counted. Where nothing was counted, what stands there and its owners are said
all the same. It must not know where counts are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from app.assembly import Compiled
from app.impact.standing import Standing, standings
from app.impact.target import Target, targets
from app.plan.model import Plan
from app.state import UsageRecord
from app.usage.summary import BY, Sum, summed

Records = Sequence[UsageRecord]


@dataclass(frozen=True, slots=True)
class Used:
    """One standing and its use: no sum where nobody used it, or where nothing was counted."""

    standing: Standing
    use: Sum | None = None


@dataclass(frozen=True, slots=True)
class Impact:
    """What a change of the targets would hit. `owners` are those of the contract, with the resources that they answer for."""

    targets: tuple[Target, ...]
    used: tuple[Used, ...]
    callers: tuple[Sum, ...]
    owners: Mapping[str, tuple[str, ...]]
    unowned: tuple[str, ...] = ()  # resources without one


@dataclass(frozen=True, slots=True)
class Reader:
    """A caller of a version: its calls in the days that were asked for, the last day on which it was seen, what it reads."""

    caller: str
    calls: int
    last: str
    resources: tuple[str, ...]


def impact(compiled: Compiled, name: str, records: Records = ()) -> Impact:
    """What a change of that name would hit. Raises app.impact.target.UnknownName."""
    plan, meant = compiled.plan, targets(compiled, name)
    queries = compiled.contract.queries
    on = (standings(plan, each, queries, compiled.catalogs[each.source].tables.get(each.table)) for each in meant)
    found = list(dict.fromkeys(chain.from_iterable(on)))
    used = tuple(Used(each, _use(each, records)) for each in found)
    callers = summed(_meeting(found, records), BY["caller"])
    owners, unowned = _owners(plan, found)
    return Impact(meant, used, tuple(callers), owners, unowned)


def _use(standing: Standing, records: Records) -> Sum | None:
    found = Sum(())
    for record in records:
        if standing.used_by(record.form):
            found.add(record)
    return found if found.calls else None


def _meeting(found: Sequence[Standing], records: Records) -> Iterable[UsageRecord]:
    """The records of reads that used any of it."""
    return (record for record in records if any(standing.used_by(record.form) for standing in found))


def _owners(plan: Plan, found: Iterable[Standing]) -> tuple[Mapping[str, tuple[str, ...]], tuple[str, ...]]:
    """Who answers for the resources that are hit, with their paths; and the paths for which nobody does."""
    hit = [plan.versions[each.version].resources[each.resource] for each in found]
    owners: dict[str, dict[str, None]] = {}
    for resource in hit:
        owners.setdefault(resource.owner, {})[resource.path] = None
    unowned = tuple(owners.pop("", {}))
    return {owner: tuple(paths) for owner, paths in owners.items()}, unowned


def readers(version: str, recent: Records, ever: Records) -> list[Reader]:
    """Who read a version: `recent` are the records of the days that were asked for, `ever` all that are kept. The last seen first."""
    calls = {each.of[0]: each.calls for each in summed(_of_version(version, recent), BY["caller"])}
    own: dict[str, list[UsageRecord]] = {}
    for record in _of_version(version, ever):
        own.setdefault(record.caller, []).append(record)
    found = [
        Reader(
            caller,
            calls.get(caller, 0),
            max(record.last for record in records),
            tuple(each.of[1] for each in summed(records, BY["resource"])),
        )
        for caller, records in own.items()
    ]
    return sorted(found, key=lambda each: (each.last, each.calls, each.caller), reverse=True)


def _of_version(version: str, records: Records) -> list[UsageRecord]:
    return [record for record in records if record.form.version == version]
