"""Apart: who belongs into the sandbox is served nothing that is real, whoever has warmed what; and nobody else anything invented.

The world is that of the security suite: each real row holds its owner's mark, so one search through an answer tells what it is.
Mutants of what keeps the two apart are caught by the same checks.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from app.callers.credentials import SANDBOX
from app.callers.key_manager import Grant
from app.callers.keys import Keyring
from app.callers.watch import Watch
from app.exchange import Caller
from app.gateway import Gateway
from app.problems import ProblemError
from app.recall import Recall
from app.sandbox import World
from app.web.lane import Lane
from tests.security.kept_world import BOUNDS, DOORS, KeptWorld, kept_world
from tests.security.tenants import OWNERS, A, B
from tests.security.world import READS, Reply, claims

PATHS: Final = ("/v1/orders", "/v1/orders?count=exact", "/v1/customers", "/v1/sites", "/v1/centers", "/v1/deliveries")
SANDBOXED: Final = "sandbox of A"
Check = Callable[[KeptWorld, str, str], None]


@contextmanager
def both(tmp_path: Path) -> Iterator[KeptWorld]:
    """A gateway with keys of the real world and of the sandbox; the tenants' rights are the same in both.

    Keys and purges are asked for once, and then when somebody rings: the lane waits for nothing, however slow the machine is.
    """
    with kept_world(tmp_path / "audit.jsonl") as world:
        assert world.gateway.desk is not None
        assert world.gateway.purges is not None
        opened_at = time.monotonic()
        watch = _watch(world)
        for each in (watch, watch._inquiry, world.gateway.purges._inquiry):
            each._now = lambda: opened_at
        create = world.gateway.desk.keys.create
        mine, theirs = (create(Grant("a web team", (*READS, SANDBOX), claims(owner)))[0] for owner in (A, B))
        world.keys = {**world.keys, SANDBOXED: mine, "sandbox of B": theirs}
        yield world


def _watch(world: KeptWorld) -> Watch:
    """What asks for keys."""
    keyring: Keyring = world.gateway.credentials.kinds[-1][1].__self__  # type: ignore[attr-defined]  # the keyring's own method
    return keyring.watch


def invented(reply: Reply) -> bool:
    """Whether an answer says that it is."""
    return reply.header("Bascule-Sandbox") == "true"


def nothing_real(world: KeptWorld, door: str, path: str) -> None:
    """Two answers of the sandbox, where the same was read in earnest before: invented, and without a mark of anybody's."""
    for _ in range(2):
        assert world.through("edge", "A", path).status == 200
    for _ in range(3):
        found = world.through(door, SANDBOXED, path)
        assert found.status == 200, found.body
        assert invented(found)
        assert found.shows(*OWNERS) == []
        assert found.json["data"]


def nothing_invented(world: KeptWorld, door: str, path: str) -> None:
    """Two real answers, where the sandbox was asked for the same before: as they are without a sandbox."""
    for _ in range(2):
        assert world.through("edge", SANDBOXED, path).status == 200
    found = [world.through(door, "A", path) for _ in range(3)]
    assert not any(map(invented, found))
    assert all(found[0].body == each.body for each in found)
    assert found[0].shows(A) or path in {"/v1/sites", "/v1/centers"}


@pytest.mark.parametrize("door", DOORS)
def test_the_sandbox_and_the_world_are_apart(door: str, tmp_path: Path) -> None:
    """At each door, whoever comes first: lists, counts, scoped and unscoped resources, kept answers and others."""
    for check in (nothing_real, nothing_invented):
        with both(tmp_path) as world:
            for path in PATHS:
                check(world, door, path)


def test_the_lane_gives_the_sandbox_nothing(tmp_path: Path) -> None:
    """The lane answers the real world from memory, and leaves every request of the sandbox to the ordinary way."""
    with both(tmp_path) as world:
        for _ in range(3):
            world.through("lane", "A", "/v1/orders")
        assert world.recalled > 0
        before = world.recalled
        for _ in range(3):
            assert invented(world.through("lane", SANDBOXED, "/v1/orders"))
        assert world.recalled == before


def test_the_sandbox_keeps_answers_of_its_own(tmp_path: Path) -> None:
    """What is asked for twice is invented once, and found in the sandbox's own memory."""
    with both(tmp_path) as world:
        first, second = (world.through("edge", SANDBOXED, "/v1/orders") for _ in range(2))
    assert "fwd=uri-miss" in first.header("Cache-Status")
    assert "hit" in second.header("Cache-Status")


@pytest.mark.parametrize("mood", ["away", "quiet"])
def test_the_sandbox_does_not_need_a_source(mood: str, tmp_path: Path) -> None:
    """While every source is away, or has its quiet, it answers as ever, and reaches for none of them."""
    with both(tmp_path) as world, world.later(100_000.0, mood):
        for path in PATHS:
            assert world.through("edge", SANDBOXED, path).status == 200
            assert world.through("edge", "A", path).status == 503
        assert invented(world.through("edge", SANDBOXED, "/v1/orders"))


def test_nothing_of_the_sandbox_is_noted_of_a_source(tmp_path: Path) -> None:
    """Its statements are told to nobody, it costs a source nothing, and no read of it counts as somebody's use."""
    with both(tmp_path) as world:
        world.through("edge", SANDBOXED, "/v1/orders?expand=sold_to")
        served = [each for each in world.told if type(each).__name__ == "Served"]
        assert [each.costs for each in served] == [()]  # type: ignore[union-attr]  # of that class
        assert [type(each).__name__ for each in world.told] == ["Served"]
        sandbox = world.gateway.sandbox
        assert sandbox is not None
        assert sandbox.usage is None


def test_the_audit_tells_what_was_invented(tmp_path: Path) -> None:
    """A line of the audit names the sandbox as the source, and not a database whose rows nobody has seen."""
    with both(tmp_path) as world:
        world.through("edge", SANDBOXED, "/v1/orders")
        world.through("edge", "A", "/v1/orders")
    lines = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text(encoding="utf-8").splitlines()]
    found = [line["sources"] for line in lines if line.get("resource") == "/v1/orders"]
    assert found == [["sandbox"], ["erp"]]


# Rights.


def test_rules_of_access_hold_as_in_earnest(tmp_path: Path) -> None:
    """A masked field is absent, a missing scope and a missing claim are refused, an unknown key is no key."""
    with both(tmp_path) as world:
        assert world.gateway.desk is not None
        create = world.gateway.desk.keys.create
        bare = Grant("bare", (SANDBOX,), claims(A))
        unclaimed = Grant("unclaimed", (*READS, SANDBOX))
        world.keys = {**world.keys, "bare": create(bare)[0], "unclaimed": create(unclaimed)[0], "none": "bascule_x"}
        assert "margin" not in world.through("edge", SANDBOXED, "/v1/orders").json["data"][0]
        codes = [world.through("edge", role, "/v1/orders").code for role in ("bare", "unclaimed", "none")]
    assert codes == ["insufficient-scope", "claim-required", "unauthorized"]


def test_each_customer_sees_some_customer_s_rows(tmp_path: Path) -> None:
    """Claims of the real world stand for invented customers: the same one everywhere, another one for another, and nobody else's."""
    with both(tmp_path) as world:
        mine = {each["number"] for each in world.through("edge", SANDBOXED, "/v1/customers").json["data"]}
        again = {each["number"] for each in world.through("edge", SANDBOXED, "/v1/customers").json["data"]}
        orders = world.through("edge", SANDBOXED, "/v1/orders?limit=50").json["data"]
        theirs = {each["number"] for each in world.through("edge", "sandbox of B", "/v1/customers").json["data"]}
    assert mine == again
    assert mine != theirs
    assert 0 < len(mine) <= len(A.customers)
    assert orders
    assert {each["customer"] for each in orders} <= mine


def test_a_claim_of_an_invented_customer_is_what_it_says(tmp_path: Path) -> None:
    """Who knows an invented customer's number can have a key for just that one."""
    with both(tmp_path) as world:
        assert world.gateway.desk is not None
        grant = Grant("team", (*READS, SANDBOX, "rows:all"))
        world.keys = {**world.keys, "all": world.gateway.desk.keys.create(grant)[0]}
        number = world.through("edge", "all", "/v1/customers").json["data"][1]["number"]
        exact = Grant("team", (*READS, SANDBOX), {**claims(A), "customer": (number,)})
        world.keys = {**world.keys, "one": world.gateway.desk.keys.create(exact)[0]}
        _watch(world)._inquiry.ring()
        found = world.through("edge", "one", "/v1/customers")
    assert [each["number"] for each in found.json["data"]] == [number]


def test_no_token_leads_out_of_the_sandbox(tmp_path: Path) -> None:
    """A token that was asked for without the scope of the sandbox is one of the sandbox all the same."""
    with both(tmp_path) as world:
        desk = world.gateway.desk
        assert desk is not None
        assert desk.tokens is not None
        text = world.keys[SANDBOXED]
        caller = world.gateway.credentials.kinds[-1][1](text, "192.0.2.7")
        world.keys = {**world.keys, "token": desk.tokens.issue(caller, "orders:read").text}
        found = world.through("edge", "token", "/v1/orders")
    assert invented(found)
    assert found.shows(*OWNERS) == []


def test_a_gateway_without_a_sandbox_answers_nobody_of_it(tmp_path: Path) -> None:
    """Where there is no sandbox, whoever belongs there is refused, and not served what is real."""
    with both(tmp_path) as world:
        bare = replace(world.gateway, sandbox=None)
    assert bare.serving(Caller()) is bare
    with pytest.raises(ProblemError) as refusal:
        bare.serving(Caller(scopes=frozenset({SANDBOX})))
    assert refusal.value.problem.code == "insufficient-scope"


# Mutants.


class Careless:
    """A gateway that recall takes for everybody's."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def __getattr__(self, name: str) -> Any:
        """Whatever is not said here is the gateway's."""
        return getattr(self._gateway, name)

    def serving(self, caller: Caller) -> Careless:
        """Itself, whoever asks."""
        del caller
        return self


def careless_lane(world: KeptWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lane does not look at who belongs into the sandbox."""
    monkeypatch.setattr(world, "_lane", Lane(Recall(Careless(world.gateway)), world._lane.surface, BOUNDS))  # type: ignore[arg-type]  # it stands in for one


def careless_pipeline(world: KeptWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pipeline serves everybody alike."""
    del world
    monkeypatch.setattr(Gateway, "serving", lambda self, _: self)


def everybody_s_sandbox(world: KeptWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pipeline serves everybody from the sandbox."""
    del world
    monkeypatch.setattr(Gateway, "serving", lambda self, _: self.sandbox or self)


def shared_memory(world: KeptWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox finds answers where the real world keeps them, and by the same keys."""
    sandbox = world.gateway.sandbox
    assert sandbox is not None
    alike = replace(sandbox, plan=world.gateway.plan, cache=world.gateway.cache, views=world.gateway.views)
    monkeypatch.setitem(vars(world.gateway), "sandbox", alike)


MUTANTS: Final[Mapping[str, tuple[Callable[[KeptWorld, pytest.MonkeyPatch], None], Check, str]]] = {
    "a careless lane": (careless_lane, nothing_real, "lane"),
    "a careless pipeline": (careless_pipeline, nothing_real, "edge"),
    "everybody's sandbox": (everybody_s_sandbox, nothing_invented, "edge"),
    "one memory, real first": (shared_memory, nothing_real, "edge"),
    "one memory, invented first": (shared_memory, nothing_invented, "edge"),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_of_the_border_is_caught(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where something that keeps the two apart is taken away, the suite's own check fails."""
    mutate, check, door = MUTANTS[name]
    with both(tmp_path) as world:
        mutate(world, monkeypatch)
        with pytest.raises(AssertionError):
            check(world, door, "/v1/orders")


def test_a_world_knows_no_source() -> None:
    """What makes the data is given a plan and catalogs, and nothing that could ask a database."""
    assert set(World.__init__.__annotations__) == {"plan", "catalogs", "queries", "recipe", "return"}
