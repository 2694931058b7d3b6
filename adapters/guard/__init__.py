"""What stands between a crowd and a legacy host, and between a sick host and the crowd.

In charge of connections: how many, for how long, by whom, and when not at all. It must not know SQL, a driver, or what the
work is: it is told how to connect, to cancel, and to read an exception.

    guard       one call, step by step: read this first
    driver      what it is told of a kind
    links       a connection and its thread: a deadline that holds on a dead network
    admission   whether to ask at all: quiet windows, the day's rows, refused credentials
    logins      one at a time, until one was accepted
    pool        connections of a process, leases of all processes, the short queue
    board       what the worker processes of a host know together
    breaker     when a source is left alone
    undertaker  what becomes of statements that nobody waits for
    watchdog    the same, for databases inside this process
    calendar    quiet windows
    retries     how often a failed read may be done again
"""

from __future__ import annotations

from adapters.guard.driver import Driver
from adapters.guard.guard import Guard

__all__ = ["Driver", "Guard"]
