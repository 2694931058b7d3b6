"""Cells: numbers in shared memory that is made before the fork, in a row for each process.

In charge of rows: whose each is, and that what a process counted that has ended stays. It must not know what a number means.

A process writes its own row alone, so that to count takes no lock among processes; a sum over the rows is what all have counted.
A row has a head, and blocks. Memory that nobody has touched is none: a block that a process never took is neither written nor
read in its row, and rows of processes that never were are not looked at. The row of a process that has ended goes to the next one,
which goes on counting where that one stopped: no sum ever falls.
"""

from __future__ import annotations

import mmap
import os
import threading
from collections.abc import Iterator
from typing import Final

from app.forks import alone, begin_anew_in_children, lives, semaphores

SPARE: Final = 8  # rows for the parent, and for workers that are replaced one by one
_BYTES: Final = 8  # of a cell


class Cells:
    """Rows of a head of `head` cells and of `blocks` blocks of `block` cells, for `processes` of a host and those that replace them.

    Make it before the fork. Whoever writes holds `lock`, which is this process's, and adds to `numbers` at a place that `own`
    or `take` has given.
    """

    def __init__(self, head: int, blocks: int, block: int, processes: int) -> None:
        self.head, self.blocks, self.block = head, blocks, block
        self._rows = 2 * processes + SPARE
        self._width = head + blocks * block
        self.numbers = _shared(self._rows * self._width).cast("d")
        self._owners = _shared(self._rows).cast("q")
        self._taken = _shared((self._rows * blocks + _BYTES - 1) // _BYTES)
        (self._taking,) = semaphores(1)
        self.forked()
        begin_anew_in_children(self)

    def forked(self) -> None:
        """Begin in a new process, with a row of its own."""
        self.lock = threading.Lock()
        self._row = self.start = -1  # `start`: where the row begins, once it is taken

    def own(self) -> int:
        """Where this process's row begins. Call it locked."""
        if self._row < 0:
            self._row = self._free()
            self.start = self._row * self._width
        return self.start

    def take(self, block: int) -> int:
        """Where the block begins in this process's row; it is read from now on. Call it locked, once for each block."""
        start = self.own()
        self._taken[self._row * self.blocks + block] = 1
        return start + self.head + block * self.block

    def heads(self) -> Iterator[list[float]]:
        """The head of each row that somebody has, or has had."""
        for row, owner in enumerate(self._owners.tolist()):
            if owner:
                start = row * self._width
                yield list(self.numbers[start : start + self.head])

    def sums(self) -> list[float]:
        """The head's numbers, those of all rows together."""
        return [sum(column) for column in zip(*self.heads(), strict=True)] or [0.0] * self.head

    def taken(self) -> Iterator[tuple[int, list[float]]]:
        """Each block that somebody has taken, by its number, and its numbers, those of all rows together."""
        rows = [row for row, owner in enumerate(self._owners.tolist()) if owner]
        marks = [bytes(self._taken[row * self.blocks : (row + 1) * self.blocks]) for row in rows]
        for block, marked in enumerate(zip(*marks, strict=True)):
            if any(marked):
                found = [self._numbers(row, block) for row, mark in zip(rows, marked, strict=True) if mark]
                yield block, [sum(column) for column in zip(*found, strict=True)]

    def mine(self) -> tuple[list[float], list[tuple[int, list[float]]]]:
        """The head of this process's row, and each block that was taken in it, by its number.

        What an ended process has counted, whose row this was before, is in it: what is more later, is this one's. Call it
        locked.
        """
        start = self.own()
        marks = self._taken[self._row * self.blocks : (self._row + 1) * self.blocks]
        blocks = [(block, self._numbers(self._row, block)) for block, mark in enumerate(marks) if mark]
        return list(self.numbers[start : start + self.head]), blocks

    def processes(self) -> list[int]:
        """The processes that have a row, and live."""
        return [owner for owner in self._owners.tolist() if owner and lives(owner)]

    def _numbers(self, row: int, block: int) -> list[float]:
        start = row * self._width + self.head + block * self.block
        return list(self.numbers[start : start + self.block])

    def _free(self) -> int:
        """A row that nobody has, or a dead process's; the last one, where all are had: better one row for two than none."""
        own = os.getpid()  # a row of this number is that of a dead process, whose number came again
        with alone(self._taking):
            owners = self._owners.tolist()
            found = next((row for row, owner in enumerate(owners) if owner in {0, own} or not lives(owner)), None)
            row = self._rows - 1 if found is None else found
            self._owners[row] = own
        return row


def _shared(cells: int) -> memoryview:
    """So many cells that a fork shares, as bytes; zero, and no memory before they are touched."""
    return memoryview(mmap.mmap(-1, max(1, cells) * _BYTES))
