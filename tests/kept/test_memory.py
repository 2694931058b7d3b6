"""A worker's memory: how much it takes, what goes first, and that a coding is made once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from app.kept.entry import KEY as ITEM_KEY
from app.kept.entry import OVERHEAD, Entry, finished
from app.kept.memory import Kept, Memory
from tests.callers.children import in_children
from tests.kept.disk_scene import PATIENT

A, B, C = b"a" * 16, b"b" * 16, b"c" * 16


def kept(size: int = 100) -> Kept:
    """An entry with a body of so many bytes."""
    return Kept(finished(b"x" * size, 0.0, weak=False), 0.0)


def halved(body: bytes) -> bytes:
    """A coding."""
    return body[::2]


def test_memory_is_bounded_by_bytes() -> None:
    """Bodies, cursors, keys and their own weight: no more than its size, and what was not asked for longest goes first."""
    entry: Entry = replace(kept(900).entry, next="c" * 100, keys=("C1001",))
    size = 10 * (1000 + ITEM_KEY + OVERHEAD)
    memory = Memory(size)
    for number in range(50):
        memory.put(bytes([number]), Kept(entry, 0.0))
        assert memory.get(bytes([0])) is not None or number > 9
        assert memory.used <= size
    assert (len(memory), memory.used, memory.evicted) == (10, size, 40)
    assert memory.get(bytes([49])) is not None
    assert memory.get(bytes([39])) is None


def test_what_is_asked_for_stays() -> None:
    """Least recently used first out."""
    memory = Memory(2 * kept().size)
    memory.put(A, kept())
    memory.put(B, kept())
    memory.get(A)
    memory.put(C, kept())
    assert [memory.get(key) is not None for key in (A, B, C)] == [True, False, True]


def test_what_is_larger_than_the_memory_is_not_kept() -> None:
    """It drives nothing else out; and what it was to replace is gone, since it is not true any more."""
    memory = Memory(5000)
    memory.put(A, kept())
    memory.put(B, kept())
    memory.put(B, kept(5000))
    assert memory.get(A) is not None
    assert memory.get(B) is None
    assert (len(memory), memory.used, memory.evicted) == (1, kept().size, 0)


def test_a_newer_answer_takes_the_place_of_the_old_one() -> None:
    """Nothing is counted twice, and nothing as evicted."""
    memory = Memory(5000)
    for size in (100, 3000, 200):
        memory.put(A, kept(size))
        assert (len(memory), memory.used, memory.evicted) == (1, kept(size).size, 0)
    memory.drop(A)
    memory.drop(A)
    assert (len(memory), memory.used, memory.get(A)) == (0, 0, None)


def test_a_coding_is_made_once_and_counted() -> None:
    """The second who wants it gets the same bytes; they take room from then on."""
    memory, each, made = Memory(5000), kept(1000), list[int]()

    def encode(body: bytes) -> bytes:
        made.append(1)
        return halved(body)

    memory.put(A, each)
    bodies = [memory.body(A, each, "gzip", encode) for _ in range(3)]
    assert (bodies[0], bodies[0] is bodies[2], made) == (b"x" * 500, True, [1])
    assert memory.used == kept(1000).size + 500
    assert memory.body(A, each, "identity", encode) is each.entry.body


def test_codings_drive_out_what_is_older() -> None:
    """They are bounded as everything else."""
    memory, each = Memory(2 * kept(1000).size), kept(1000)
    memory.put(B, kept(1000))
    memory.put(A, each)
    memory.body(A, each, "gzip", halved)
    assert (memory.get(B), memory.get(A)) == (None, each)
    assert memory.used == kept(1000).size + 500


def test_a_coding_of_what_is_not_kept_is_not_kept_either() -> None:
    """An answer that was replaced meanwhile does not come back with its coding."""
    memory, old, new = Memory(5000), kept(), kept()
    memory.put(A, old)
    memory.put(A, new)
    assert memory.body(A, old, "gzip", halved) == b"x" * 50
    assert memory.get(A) is new
    assert memory.used == new.size == kept().size


def test_an_answer_that_is_replaced_while_it_is_coded_does_not_come_back() -> None:
    """Neither where the newer one comes in the middle of it."""
    memory, old, new = Memory(5000), kept(), kept()
    memory.put(A, old)

    def encode(body: bytes) -> bytes:
        memory.put(A, new)
        return halved(body)

    memory.body(A, old, "gzip", encode)
    assert memory.get(A) is new


def test_threads_do_not_lose_count() -> None:
    """Whatever comes and goes at the same time, what is counted is what is there."""
    memory, begin = Memory(20 * kept().size), threading.Barrier(8)

    def work(seed: int) -> None:
        begin.wait(PATIENT)
        for number in range(200):
            key = bytes([(seed * 7 + number) % 40]) * 16
            each = kept(number)
            memory.put(key, each)
            memory.body(key, each, "gzip", halved)
            memory.get(bytes([number % 40]) * 16)
            if number % 5 == 0:
                memory.drop(key)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    there = [each for number in range(40) if (each := memory.get(bytes([number]) * 16)) is not None]
    assert len(there) == len(memory)
    assert memory.used == sum(each.size for each in there)


def test_a_child_begins_with_nothing() -> None:
    """A thread of its parent may hold the lock, or be in the middle of a change, when it is made."""
    memory = Memory(5000)
    memory.put(A, kept())

    def child() -> int:
        memory.put(B, kept())
        return len(memory)

    with memory._lock:
        assert in_children(1, child) == [1]
    assert memory.get(A) is not None
