"""Two gateways over one store: others have asked the first one everything, before anybody asks the second.

arena   two gateways of a host, as two workers are
redis   two hosts
disk    one gateway, closed and opened anew
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from app.kept.arena import Arena
from app.kept.shared import Shared
from app.state import redis_client
from tests.redis_server import Server, required_program
from tests.security.kept_world import KeptWorld, kept_compiled, kept_world
from tests.security.operations import Operation
from tests.security.test_kept import OTHERS, targets

STORES: Final = ("arena", "redis", "disk")


@contextmanager
def store(name: str, folder: Path) -> Iterator[dict[str, Any]]:
    """A store with nothing in it, as a gateway is told of it."""
    if name == "arena":
        yield {"arena": Arena(kept_compiled().contract.cache.memory // 2)}
    elif name == "disk":
        yield {"cache_file": folder / "cache.db"}
    else:
        with running_redis() as server:
            yield {"shared": server.url}


@contextmanager
def running_redis() -> Iterator[Server]:
    """A Redis whose answers are awaited for longer: the machine may be busy with other tests."""
    program = required_program()
    with (
        pytest.MonkeyPatch.context() as patch,
        tempfile.TemporaryDirectory(prefix="bascule-redis-") as folder,
    ):
        patch.setattr(redis_client, "ANSWER_SECONDS", 30.0)
        patch.setattr(redis_client, "LONGEST_SECONDS", 60.0)
        server = Server(program, Path(folder))
        try:
            server.start()
            yield server
        finally:
            server.kill()


@contextmanager
def second(
    name: str, folder: Path, kind: str, among: Iterable[Operation], roles: tuple[str, ...] = OTHERS
) -> Iterator[KeptWorld]:
    """The second gateway, of that kind (`kept_world.FOLDERS`); at the first one these roles have asked `among` everything."""
    with ExitStack() as stack:
        given = stack.enter_context(store(name, folder))
        open_first = stack.enter_context(ExitStack())
        first = open_first.enter_context(connected(folder / "first.jsonl", "same", **given))
        for target in (target for operation in among for target in targets(operation)):
            for role in roles:
                first.through("edge", role, target)
        if name == "disk":
            open_first.close()
        yield stack.enter_context(connected(folder / "second.jsonl", kind, **given))


@contextmanager
def connected(audit: Path, kind: str, **given: Any) -> Iterator[KeptWorld]:
    """A gateway that waits for nothing but its store's answers."""
    with kept_world(audit, kind, **given) as world:
        hosts = world.gateway.cache.store.hosts
        if isinstance(hosts, Shared):
            assert hosts.prepare()
        yield world
