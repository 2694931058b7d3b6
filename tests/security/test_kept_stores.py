"""Stores that gateways share: what one has kept there for others, the next gives to nobody else, and to nobody under another plan."""

from __future__ import annotations

import os
import re
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from app.assembly import _placed, kinds
from app.contract.model import SourceSpec
from app.kept.tags import EVERYTHING
from app.stages.cache import Cache
from tests.security.kept_stores import STORES, connected, running_redis, second
from tests.security.kept_world import KeptWorld, kept_keys, kept_world
from tests.security.operations import Operation
from tests.security.tenants import ANYBODY, NOBODY, A, B
from tests.security.test_kept import GETS, OTHERS, SCOPED, assert_own_answer, is_hit, others, targets
from tests.security.test_tenants import assert_own
from tests.security.world import PEPPER, Reply, compiled

EVERYBODY: Final = ("A", *OTHERS)
SOME: Final = [each for each in GETS if each.resource == "orders" and each.version == "v1"]

every = pytest.mark.parametrize("operation", GETS, ids=str)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeptWorld]:
    """A gateway that shares nothing with anybody, and is asked by A alone."""
    with kept_world(tmp_path_factory.mktemp("alone") / "audit.jsonl") as world:
        yield world


@pytest.fixture(scope="module", params=STORES)
def sharing(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeptWorld]:
    """The second of two gateways over one store: A has asked neither."""
    with second(request.param, tmp_path_factory.mktemp("shared"), "same", GETS) as world:
        yield world


EMPTIED: Final = [(name, kind) for name in STORES for kind in ("another plan", "another database")]


@pytest.fixture(scope="module", params=EMPTIED, ids=", ".join)
def emptied(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeptWorld]:
    """The same, but that the second one's plan or database has no rows; A, too, has asked the first."""
    name, kind = request.param
    with second(name, tmp_path_factory.mktemp("emptied"), kind, GETS, EVERYBODY) as world:
        yield world


@every
def test_what_another_gateway_has_kept_is_not_mine(sharing: KeptWorld, alone: KeptWorld, operation: Operation) -> None:
    """The other tenant gets what was kept for it at the other gateway; A gets A's own, read now."""
    for asked in targets(operation):
        check_shared(sharing, alone, operation, asked)


def check_shared(sharing: KeptWorld, alone: KeptWorld, operation: Operation, asked: str) -> None:
    """One target of it."""
    reply = sharing.through("edge", "A", asked)
    assert_own_answer(reply, alone.through("edge", "A", asked), asked, operation)
    assert not (operation in SCOPED and others(operation) == OTHERS and is_hit(reply)), asked
    theirs = sharing.through("edge", "B", asked)
    assert theirs.without(asked).shows(A, NOBODY) == []
    if theirs.status == 200:
        assert is_hit(theirs), "the store is shared"
        assert_own(operation.version, theirs.json.get("data", theirs.json), B)


@every
def test_another_plan_or_database_gives_none_of_it(emptied: KeptWorld, operation: Operation) -> None:
    """What was kept under a plan, or of a database, is gone with it: for who had it, and for everybody else."""
    for asked in targets(operation):
        for role in EVERYBODY:
            assert_nothing(emptied.through("edge", role, asked), asked)


def assert_nothing(reply: Reply, asked: str) -> None:
    """There is no row in it."""
    assert reply.without(asked).shows(A, B, NOBODY) == [], asked
    assert ANYBODY.text.encode() not in reply.body
    assert reply.status == 404 or reply.json["data"] == []


@pytest.mark.parametrize("name", STORES)
def test_a_purge_reaches_every_store(name: str, tmp_path: Path, alone: KeptWorld) -> None:
    """After it, what another gateway has kept is not served to who had it, and what is read anew is the asker's own."""
    with second(name, tmp_path, "same", SOME, EVERYBODY) as world:
        assert world.gateway.purges is not None
        world.gateway.purges.purge([EVERYTHING], "test")
        for operation in SOME:
            for asked in targets(operation):
                assert not is_hit(world.through("edge", "B", asked))
                assert_own_answer(
                    world.through("edge", "A", asked), alone.through("edge", "A", asked), asked, operation
                )


def test_a_database_is_told_apart_by_no_secret() -> None:
    """Where a source lies is in every key; its password is not, which a key could otherwise be tried against."""

    def digest(**options: str) -> str:
        source = SourceSpec("erp", "postgresql", options, "UTC")
        contract = replace(compiled().contract, sources={"erp": source})
        return _placed(compiled().plan, contract, kinds()).digest

    first = digest(url="postgresql://pg/erp", password="one")
    assert digest(url="postgresql://pg/erp", password="two") == first
    assert digest(url="postgresql://pg/other", password="one") != first


# What lies there.


def ask(world: KeptWorld) -> list[Reply]:
    """Have something kept."""
    return [world.through("edge", "accountant of A", target) for each in SOME for target in targets(each)]


def test_what_is_kept_on_disk_is_for_its_owner_alone(tmp_path: Path) -> None:
    """The file, its log, its index and its lock can be read by the gateway's own user, however lax the umask."""
    lax = os.umask(0)
    try:
        with kept_world(tmp_path / "audit.jsonl", cache_file=tmp_path / "cache.db") as world:
            ask(world)
            flush(world.gateway.cache)
            found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("cache.db*")}
    finally:
        os.umask(lax)
    assert found == dict.fromkeys(("cache.db", "cache.db-wal", "cache.db-shm", "cache.db.lock"), 0o600)


def flush(cache: Cache) -> None:
    """Wait until what was kept is on disk."""
    flushed = getattr(cache.store.disk, "flush", None)
    assert flushed is not None
    flushed()


def test_the_file_holds_answers_and_no_credential(tmp_path: Path) -> None:
    """Answers lie there in clear, under keys that are digests; no key, secret or pepper does."""
    with kept_world(tmp_path / "audit.jsonl", cache_file=tmp_path / "cache.db") as world:
        ask(world)
    with closing(sqlite3.connect(tmp_path / "cache.db")) as connection:
        (table,) = [
            name for name, sql in connection.execute("SELECT name, sql FROM sqlite_schema") if "key" in (sql or "")
        ]
        keys = [key for (key,) in connection.execute(f"SELECT key FROM {table}")]
    assert len(keys) >= len(SOME)
    assert {(type(key), len(key)) for key in keys} == {(bytes, 16)}
    assert_answers_alone((tmp_path / "cache.db").read_bytes())


def test_redis_holds_answers_and_no_credential(tmp_path: Path) -> None:
    """The same there: names tell nothing, and nothing that it holds is good for anything at the gateway."""
    redis = pytest.importorskip("redis")
    with running_redis() as server, connected(tmp_path / "audit.jsonl", "same", shared=server.url) as world:
        ask(world)
        with closing(redis.Redis.from_url(server.url)) as client:
            held = {key: client.get(key) for key in client.scan_iter()}
    assert held
    assert [key for key in held if not re.fullmatch(rb"bascule:kept:1:[0-9a-f]{32}", key)] == []
    assert_answers_alone(b"\n".join(held.values()))


def assert_answers_alone(data: bytes) -> None:
    """A's answers are in it, and nobody's credentials."""
    assert A.text.encode() in data
    for text in (PEPPER, *kept_keys().values()):
        secrets = {text, text.rpartition("_")[2]}
        assert [secret for secret in secrets if secret.encode() in data] == []
