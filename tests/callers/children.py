"""Forked processes that work at the same time, as gunicorn's workers do."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable

_FAILED = -(2**31)


def in_children(count: int, work: Callable[[], int]) -> list[int]:
    """What `work` gives in each of `count` processes, which begin together. A failure in one is a failure here."""
    starting, start = os.pipe()
    collected, result = os.pipe()
    children = [os.fork() or _be_a_child(work, starting, start, result) for _ in range(count)]
    os.close(starting)
    os.close(start)  # the last one that could write: they begin
    os.close(result)
    for child in children:
        os.waitpid(child, 0)
    with os.fdopen(collected, "rb") as pipe:
        answers = [number for (number,) in struct.iter_unpack("=q", pipe.read())]
    assert _FAILED not in answers
    assert len(answers) == count
    return answers


def _be_a_child(work: Callable[[], int], starting: int, start: int, result: int) -> int:
    """Never returns: a child that did would go on with the tests."""
    answer = _FAILED
    try:
        os.close(start)
        os.read(starting, 1)
        answer = work()
    finally:
        os.write(result, struct.pack("=q", answer))
        os._exit(0)
