"""The arena among processes that are killed and stopped at the worst moments: no wrong value, no hang, one flight."""

from __future__ import annotations

import mmap
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from multiprocessing import get_context

import pytest

from app import forks
from app.kept import arena
from app.kept.arena import SMALLEST, Arena
from tests.callers.children import in_children

A, B, C = b"a" * 16, b"b" * 16, b"\3" * 16
HANGING = 60.0  # seconds, after which a child that has not ended never will


def _fork(work: Callable[[], object]) -> int:
    """A child that does `work` and ends with 0, or with 1 where that fails."""
    child = os.fork()
    if child == 0:  # pragma: no cover  # in another process
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return child


def _ended(child: int) -> int:
    """How a child ended: with its code, or by the signal with that number below 0. One that hangs fails here."""
    deadline = time.monotonic() + HANGING
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    _kill(child)
    raise AssertionError("a process hangs")


def _kill(child: int) -> None:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def _die(*_arguments: object, **_named: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _lives(child: int) -> bool:
    """Whether it has neither ended nor been waited for."""
    try:
        return os.waitpid(child, os.WNOHANG) == (0, 0)
    except ChildProcessError:
        return False


@contextmanager
def _holder(table: Arena, key: bytes) -> Iterator[int]:
    """A living process that has the lease of a key."""
    reading, writing = os.pipe()

    def hold() -> None:
        os.write(writing, b"1" if table.lease(key, 3600) else b"0")
        signal.pause()

    child = _fork(hold)
    try:
        assert os.read(reading, 1) == b"1"
        yield child
    finally:
        os.close(reading)
        os.close(writing)
        if _lives(child):
            _kill(child)


def test_processes_share_values() -> None:
    """What a child puts its parent and its siblings get, and what one drops nobody gets."""
    table = Arena(SMALLEST)
    table.put(A, b"of the parent")

    def work() -> int:
        known = table.get(A) == b"of the parent"
        return known and table.put(B, b"of a child")

    assert in_children(2, work) == [1, 1]
    assert table.get(B) == b"of a child"
    assert _ended(_fork(lambda: table.drop(A))) == 0
    assert table.get(A) is None


def test_one_flight_across_processes() -> None:
    """Of four processes that ask for the same two hundred keys, each key is leased to exactly one."""
    table, end = Arena(1 << 20), get_context("fork").Barrier(4)
    keys = [sha256(bytes([number])).digest()[:16] for number in range(200)]

    def work() -> int:
        given = sum(table.lease(key, 3600) for key in keys)
        end.wait(HANGING)  # who ended would lose its leases to the others
        return given

    assert sum(in_children(4, work)) == 200


def test_who_has_the_lease_is_alone() -> None:
    """Between a lease and its release nobody else has it: a count that bears no company comes out exactly."""
    table, count = Arena(SMALLEST), memoryview(mmap.mmap(-1, 8)).cast("Q")

    def work() -> int:
        given = 0
        while given < 100:
            if table.lease(A, 3600):
                before = count[0]
                time.sleep(0)
                count[0] = before + 1
                given += 1
                table.release(A)
        return given

    assert in_children(3, work) == [100] * 3
    assert count[0] == 300


def test_a_fork_takes_no_lease_along() -> None:
    """The child of a lease's holder has it not, and cannot release it."""
    table = Arena(SMALLEST)
    assert table.lease(A, 3600)

    def work() -> int:
        table.release(A)
        return table.lease(A, 3600)

    assert in_children(1, work) == [0]
    assert in_children(1, lambda: table.lease(A, 3600)) == [0]


def test_a_killed_holder_loses_its_lease() -> None:
    """As long as the holder lives nobody gets its lease; when it has been killed the next who asks does."""
    table = Arena(SMALLEST)
    with _holder(table, A) as child:
        assert not table.lease(A, 5)
        _kill(child)
        assert table.lease(A, 5)


def test_a_stopped_holder_keeps_its_lease() -> None:
    """A process that only stands still has not lost it."""
    table = Arena(SMALLEST)
    with _holder(table, A) as child:
        os.kill(child, signal.SIGSTOP)
        os.waitpid(child, os.WUNTRACED)
        assert not table.lease(A, 5)


@pytest.mark.parametrize("which", ["set", "ring"])
def test_a_killed_process_keeps_no_semaphore(monkeypatch: pytest.MonkeyPatch, which: str) -> None:
    """A process that dies with a semaphore in its hands holds the next one up for a moment, and none after it."""
    monkeypatch.setattr(forks, "PATIENCE", 0.02)
    table = Arena(SMALLEST)
    semaphore = table._locks[0] if which == "set" else table._reserving

    def work() -> None:
        semaphore.acquire(True)
        _die()

    assert _ended(_fork(work)) == -signal.SIGKILL
    assert not semaphore.acquire(False)  # it did take it along
    assert table.put(A, b"x")
    assert table.lease(A, 5)
    table.release(A)
    assert table.get(A) == b"x"
    assert semaphore.acquire(False)
    semaphore.release()


STEPS = ["_reserve", "_publish", "_settle", "_take", "_count", "_write_value", "_write_lease", "_rank", "_empty"]


WORKS: dict[str, Callable[[Arena], object]] = {
    "put": lambda table: table.put(C, b"new"),
    "put new": lambda table: table.put(A, b"new"),
    "lease new": lambda table: table.lease(A, 3600),
    "drop": lambda table: table.drop(C),
    "release": lambda table: table.release(C),
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("work", WORKS)
def test_killed_in_the_middle(monkeypatch: pytest.MonkeyPatch, step: str, work: str) -> None:
    """Whoever dies before any step of any work leaves the old value, the new one, or none, and no lease; then all goes on."""
    monkeypatch.setattr(forks, "PATIENCE", 0.002)
    table = Arena(SMALLEST)
    for number in range(arena.WAYS):
        table.put(bytes([number]) * 16, b"old %d" % number)

    def child() -> None:
        assert work != "release" or table.lease(C, 3600)
        vars(table)[step] = _die
        WORKS[work](table)

    assert _ended(_fork(child)) in {0, -signal.SIGKILL}
    assert table.get(A) in {b"new", None}
    for number in range(arena.WAYS):
        assert table.get(bytes([number]) * 16) in {b"old %d" % number, None, b"new" if number == 3 else None}
    for key in (A, C):
        assert table.lease(key, 5)
        assert table.put(key, b"after it")
        assert table.get(key) == b"after it"


def test_killed_within_a_copy() -> None:
    """Bytes that were reserved and written by half are seen by nobody."""
    table = Arena(SMALLEST)
    table.put(A, b"old")

    def work() -> None:
        start = table._ring + table._reserve(400) % table._capacity
        table._memory[start : start + 200] = b"h" * 200
        _die()

    assert _ended(_fork(work)) == -signal.SIGKILL
    assert table.get(A) == b"old"
    assert table.put(A, b"new")
    assert table.get(A) == b"new"


def test_stopped_within_a_copy() -> None:
    """A process that goes on to copy when the ring has gone round damages values of others; none of them is given."""
    table = Arena(SMALLEST)
    reserve = table._reserve

    def stopped(length: int) -> int:
        position = reserve(length)
        os.kill(os.getpid(), signal.SIGSTOP)
        return position

    def work() -> None:
        vars(table)["_reserve"] = stopped
        table.put(A, b"late" * 100)

    child = _fork(work)
    os.waitpid(child, os.WUNTRACED)
    values = {bytes([number]) * 16: bytes([number]) * 300 for number in range(1, 13)}
    while table._words[0] < 4 * table._capacity:
        for key, value in values.items():
            table.put(key, value)
    before = {key for key in values if table.get(key)}
    os.kill(child, signal.SIGCONT)
    assert _ended(child) == 0
    after = {key: table.get(key) for key in before}
    assert {key: value for key, value in after.items() if value not in {values[key], None}} == {}
    assert None in after.values()  # it did damage one
    assert table.get(A) is None


def _value(key: bytes, chance: random.Random) -> bytes:
    """A value that tells of each of its bytes whether it belongs there."""
    number = chance.randbytes(8)
    pattern = sha256(key + number).digest()
    return number + (pattern * 300)[: chance.randrange(9000)]


def _belongs(key: bytes, value: bytes) -> bool:
    pattern = sha256(key + value[:8]).digest()
    return value[8:] == (pattern * 300)[: len(value) - 8]


def _user(table: Arena, seed: int, ended: memoryview) -> int:
    """A process that does everything at random until that is `ended`, or fails with the first wrong value."""
    return _fork(lambda: _use(table, random.Random(seed), ended))


def _use(table: Arena, chance: random.Random, ended: memoryview) -> None:
    while not ended[0]:
        key = bytes([chance.randrange(60)]) * 16
        found = table.get(key)
        assert found is None or _belongs(key, found)
        if chance.random() < 0.1:
            table.drop(key)
        elif table.lease(key, chance.random() / 100):
            table.put(key, _value(key, chance))
            if chance.random() < 0.9:
                table.release(key)


def test_no_wrong_value_while_processes_are_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that put, get, lease and drop the same keys, while one after another is killed, see no wrong value, and end."""
    monkeypatch.setattr(forks, "PATIENCE", 0.005)
    table, chance, ended = Arena(1 << 17), random.Random(5), memoryview(mmap.mmap(-1, 1))
    children = [_user(table, seed, ended) for seed in range(4)]
    codes: list[int] = []
    for number in range(100):
        time.sleep(0.02)  # in the midst of anything
        victim = children.pop(chance.randrange(len(children)))
        os.kill(victim, signal.SIGKILL)
        codes.append(_ended(victim))
        children.append(_user(table, 100 + number, ended))
    ended[0] = 1
    assert set(codes) == {-signal.SIGKILL}
    assert [_ended(child) for child in children] == [0] * 4
    for byte in range(60):
        key = bytes([byte]) * 16
        assert table.lease(key, 5)  # whoever had it is dead
        assert table.put(key, b"after it")
        assert table.get(key) == b"after it"
        table.release(key)
