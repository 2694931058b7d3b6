"""Cells: numbers of many processes, which no process and no death of one takes back."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable

from app.metrics.cells import SPARE, Cells


def child(work: Callable[[], None]) -> int:
    """The status of a process that did this and ended."""
    process = os.fork()
    if not process:
        work()
        os._exit(0)
    return os.waitpid(process, 0)[1]


def one_more(cells: Cells, *, block: int | None = None) -> None:
    """Count one, in the head or in a block."""
    with cells.lock:
        cells.numbers[cells.own() if block is None else cells.take(block)] += 1


def test_nothing_was_counted_before_somebody_counts() -> None:
    """Every number of the head is zero, and there is no block."""
    cells = Cells(3, 2, 4, 1)
    assert cells.sums() == [0.0] * 3
    assert list(cells.taken()) == []
    assert cells.processes() == []


def test_processes_count_together() -> None:
    """Each in a row of its own; what a process counted that has ended stays, and its row goes on with another."""
    cells = Cells(1, 2, 3, 1)
    one_more(cells)
    for _ in range(2 + SPARE + 5):
        assert child(lambda: one_more(cells)) == 0
        assert child(lambda: one_more(cells, block=1)) == 0
    assert cells.sums() == [1.0 + 2 + SPARE + 5]
    assert list(cells.taken()) == [(1, [2.0 + SPARE + 5, 0.0, 0.0])]
    assert cells.processes() == [os.getpid()]


def test_a_process_that_is_killed_takes_nothing_with_it() -> None:
    """Not even in the midst of counting: another one may take rows after it."""
    cells = Cells(1, 0, 0, 1)

    def killed() -> None:
        one_more(cells)
        cells.lock.acquire()
        os.kill(os.getpid(), signal.SIGKILL)

    assert child(killed) == signal.SIGKILL
    assert child(lambda: one_more(cells)) == 0
    assert cells.sums() == [2.0]


def test_more_processes_than_rows_share_one() -> None:
    """Better than none; each is counted as long as nobody else counts at the very same time."""
    cells = Cells(1, 0, 0, 0)
    ready, go = os.pipe()
    processes = []
    for _ in range(SPARE + 2):
        process = os.fork()
        if not process:
            one_more(cells)
            os.write(go, b"x")
            signal.pause()
        processes.append(process)
        assert os.read(ready, 1) == b"x"
    assert len(cells.processes()) == SPARE
    assert cells.sums() == [SPARE + 2]
    for process in processes:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)


def test_threads_lose_no_count() -> None:
    """They share a row, and a lock."""
    cells = Cells(1, 1, 1, 1)

    def work() -> None:
        for _ in range(5_000):
            one_more(cells, block=0)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(cells.taken()) == [(0, [20_000.0])]


def test_memory_that_nobody_touches_is_none() -> None:
    """Four thousand blocks for a hundred processes: neither counting nor reading takes more than the pages that were used."""
    before = shared_pages()
    cells = Cells(200, 4_000, 33, 100)
    one_more(cells, block=7)
    assert len(list(cells.taken())) == 1
    assert cells.sums() == [0.0] * 200
    assert shared_pages() - before < 64


def shared_pages() -> int:
    """The pages of this process that are shared memory or files."""
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123  # no file of a disk
        return int(file.read().split()[2])
