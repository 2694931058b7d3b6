"""Threads that work behind the requests, now or later.

In charge of what they have in common: none of them keeps the process from ending, and a system that gives no more threads fails no
request. It must not know what they do.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

ThreadT = TypeVar("ThreadT", bound=threading.Thread)


def begun(name: str, do: Callable[..., object], *arguments: Any) -> threading.Thread | None:
    """A thread that has begun to do it; None where the system gives none: who wants one asks again with the next request."""
    return _started(threading.Thread(target=do, args=arguments, name=f"bascule-{name}", daemon=True))


def later(seconds: float, do: Callable[[], object]) -> threading.Timer | None:
    """A timer that does it in so many seconds, unless it is cancelled; None as above."""
    timer = threading.Timer(seconds, do)
    timer.daemon = True
    return _started(timer)


def _started(thread: ThreadT) -> ThreadT | None:
    try:
        thread.start()
    except RuntimeError:
        return None
    return thread
