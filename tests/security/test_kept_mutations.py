"""Mutation proof for what is kept: with a part taken out of a key, or a caller out of a memory, the suite's own checks fail.

As in `test_mutations`, each mutant is a gateway of its own, and each check must fail at each operation that is named for it.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any, Final

import pytest

from app.keeping import Keeping
from app.kept.entry import Entry, finished
from app.plan.access import sights
from app.stages.cache import key_of
from app.web.lane import Lane
from tests.security import test_kept, test_kept_stores
from tests.security.kept_stores import STORES, second
from tests.security.kept_world import DOORS, KeptWorld, kept_compiled, kept_world
from tests.security.operations import Operation, reads
from tests.security.test_kept import GETS, OTHERS, SCOPED

Check = Callable[[KeptWorld, Operation], None]

_read, _looked_at = Keeping.read, Lane._looked_at


def key_without_sight(gateway: Any, _: Any, query: Any, segment: str | None) -> bytes:
    """The key of an answer, whoever sees it."""
    return key_of(gateway.plan.digest, query.text, segment or "")


def sound_key(gateway: Any, version: Any, query: Any, segment: str | None) -> bytes:
    """The key of an answer as it should be, where its parts' are not."""
    return key_of(gateway.plan.digest, sights(version, query.resource, query.expand), query.text, segment or "")


def key_without_plan(_: str, *parts: str) -> bytes:
    """A key that is the same under any plan."""
    return key_of("", *parts)


class Absent:
    """Whatever was not there for one is not there for anybody."""

    def __init__(self) -> None:
        self.places: set[tuple[str, str | None]] = set()

    def read(self, keeping: Keeping, *reach: Any) -> Entry:
        """Read it, unless somebody has been told that there is nothing."""
        place = (keeping.query.resource.path, keeping.segment)
        if place in self.places:
            return finished(b"", monotonic(), weak=False, rows=0, status=404)
        entry = _read(keeping, *reach)
        if entry.status == 404:
            self.places.add(place)
        return entry


class Heads:
    """What the lane has recognised, by all of a head but its credential."""

    def __init__(self) -> None:
        self.seen: dict[bytes, Any] = {}

    def recognised(self, lane: Lane, data: bytes, *ends: Any) -> Any:
        """Recognise a head, or one like it."""
        anybody_s = re.sub(rb"Authorization: [^\r]*", b"", data)
        if self.seen.get(anybody_s) is None:
            self.seen[anybody_s] = _looked_at(lane, data, *ends)
        return self.seen[anybody_s]


class Coded:
    """Coded bodies, by their coding alone."""

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}

    def body(self, _: Any, __: bytes, kept: Any, coding: str, encode: Any) -> bytes:
        """The body in that coding."""
        return self.bodies.setdefault(coding, encode(kept.entry.body))


def instead(method: Callable[..., Any]) -> Callable[..., Any]:
    """A function, which takes the place of a method where it is given the object, as that is."""

    def function(*given: Any) -> Any:
        return method(*given)

    return function


@dataclass(frozen=True)
class Mutant:
    """What takes the place of parts of the gateway, made anew for each gateway, and the checks that must fail.

    `kinds` are those of a second gateway at which the checks of shared stores must fail, too.
    """

    parts: Callable[[], Mapping[str, Any]]
    checks: Mapping[Check, Sequence[Operation]] = field(default_factory=dict)
    kinds: tuple[str, ...] = ()


def at(door: str, check: Callable[[KeptWorld, Operation, str], None]) -> Check:
    """A check at one door, or in one mood."""
    return lambda world, operation: check(world, operation, door)


warmed = {door: at(door, test_kept.test_what_others_have_warmed_is_not_mine) for door in DOORS}
stale = test_kept.test_a_stale_answer_is_for_who_had_it
away, quiet = (at(mood, test_kept.test_in_need_nobody_gets_another_s) for mood in ("away", "quiet"))
etag = at("edge", test_kept.test_another_s_etag_tells_nothing)
coded = at("edge", test_kept.test_each_coding_is_of_one_s_own_answer)
parts = test_kept.test_parts_are_shared_by_who_sees_the_same
negative = at("edge", test_kept.test_that_there_is_nothing_is_true_for_who_was_told)
purged = test_kept.test_after_a_purge_each_reads_their_own

READABLE: Final = [
    each for each in SCOPED if each.key or each.resource != "checks"
]  # whose other rows can be read at all
RECALLED: Final = [each for each in READABLE if each.resource != "invoices"]  # not what must be audited
ITEMS: Final = [each for each in SCOPED if each.key]
SITES: Final = [each for each in GETS if each.resource in {"sites", "plants"}]
EXPANDING: Final = [each for each in reads(key=False) if each.words("expand")]
# A failure takes longer than a success, so a sample stands for all where the key is the same that another check is about.
SHARED: Final = [each for each in READABLE if each.resource in {"orders", "deliveries"}]

MUTANTS: Final[Mapping[str, Mutant]] = {
    "kept without the sight": Mutant(
        lambda: dict.fromkeys(("app.keeping.key", "app.recall.key"), key_without_sight),
        {
            warmed["edge"]: READABLE,
            **dict.fromkeys((warmed["flask"], warmed["lane"], stale, purged), SHARED),
            away: SCOPED,
            quiet: SHARED,
            negative: ITEMS,
            coded: EXPANDING,
        },
        ("same",),
    ),
    "parts without the sight": Mutant(
        lambda: {
            "app.keeping.sights": lambda *_: "",
            **dict.fromkeys(("app.keeping.key", "app.recall.key"), sound_key),
        },
        {parts: [each for each in (*READABLE, *SITES) if not each.key or each in SITES]},
    ),
    "kept without what is expanded": Mutant(
        lambda: {"app.keeping.sights": lambda _, resource, __: resource.sight}, dict.fromkeys(warmed.values(), SITES)
    ),
    "nobody's credentials of a moment ago": Mutant(
        lambda: {
            "app.stages.authenticate.Recent.get": lambda recent, _: next(iter(recent._kept.values()), None),
            "app.stages.authenticate.MOMENT": 3600.0,
        },
        dict.fromkeys(warmed.values(), SHARED),
    ),
    "the lane's heads without the credential": Mutant(
        lambda: {"app.web.lane.Lane._recognised": instead(Heads().recognised)}, {warmed["lane"]: READABLE}
    ),
    "the lane's targets without the view": Mutant(lambda: {"app.recall.id": lambda _: 0}, {warmed["lane"]: RECALLED}),
    "nothing for one is nothing for all": Mutant(
        lambda: {"app.keeping.Keeping.read": instead(Absent().read)}, {negative: ITEMS}
    ),
    "coded for anybody": Mutant(lambda: {"app.kept.memory.Memory.body": instead(Coded().body)}, {coded: EXPANDING}),
    "any ETag will do": Mutant(
        lambda: {"app.stages.conditional.not_modified": lambda given, *_: bool(given)}, {etag: SCOPED}
    ),
    "kept under any plan": Mutant(
        lambda: {"app.keeping.key_of": key_without_plan}, kinds=("another plan", "another database")
    ),
    "kept of any database": Mutant(
        lambda: {"app.assembly._placed": lambda plan, *_: plan}, kinds=("another database",)
    ),
}


@pytest.fixture
def mutated(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Mutant], None]]:
    """Puts a mutant in its place; the contracts are compiled anew before and after."""

    def mutate(mutant: Mutant) -> None:
        for place, part in mutant.parts().items():
            monkeypatch.setattr(place, part, raising=place.rpartition(".")[2] not in vars(builtins))

    kept_compiled.cache_clear()
    yield mutate
    monkeypatch.undo()
    kept_compiled.cache_clear()


@pytest.mark.parametrize("name", [name for name, mutant in MUTANTS.items() if mutant.checks])
def test_a_mutant_of_keeping_is_caught(name: str, tmp_path: Path, mutated: Callable[[Mutant], None]) -> None:
    """Each check that is named for a mutant fails at each of its operations."""
    mutant = MUTANTS[name]
    mutated(mutant)
    for number, (check, among) in enumerate(mutant.checks.items()):
        with kept_world(tmp_path / f"{number}.jsonl") as world:
            assert world.through("edge", "A", "/v1/centers").status == 200, "it serves"
            assert among
            assert [str(each) for each in among if passes(partial(check, world, each))] == [], check


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize(("name", "kind"), [(name, kind) for name, mutant in MUTANTS.items() for kind in mutant.kinds])
def test_a_mutant_of_stores_is_caught(
    name: str, kind: str, store: str, tmp_path: Path, mutated: Callable[[Mutant], None]
) -> None:
    """The checks of what two gateways share fail in each store, at each operation of some: all have their keys made alike."""
    mutated(MUTANTS[name])
    roles = OTHERS if kind == "same" else test_kept_stores.EVERYBODY
    with (
        kept_world(tmp_path / "alone.jsonl") as alone,
        second(store, tmp_path, kind, SHARED, roles) as world,
    ):
        for operation in SHARED:
            check = shared(world, alone) if kind == "same" else partial(emptied, world)
            assert not passes(partial(check, operation)), operation


def shared(world: KeptWorld, alone: KeptWorld) -> Callable[[Operation], None]:
    """The check of two gateways of one contract."""
    return lambda operation: test_kept_stores.test_what_another_gateway_has_kept_is_not_mine(world, alone, operation)


def emptied(world: KeptWorld, operation: Operation) -> None:
    """The check of a second gateway that has no rows."""
    test_kept_stores.test_another_plan_or_database_gives_none_of_it(world, operation)


def passes(check: Callable[[], None]) -> bool:
    """Whether a check finds nothing. What is not its own finding, an error of the check itself, is raised."""
    try:
        check()
    except AssertionError:
        return False
    return True
