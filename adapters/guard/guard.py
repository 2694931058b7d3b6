"""The guard: one call at a source, from the decision whether to ask at all to the connection's return. Read this first.

    call -> admission -> breaker, a trial if one is due -> a connection, or a log-in -> the work, until the deadline -> return

In charge of that order. Each step is a part of this package, and none knows the others. It must not know SQL, a driver, or
what the work is.
"""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections.abc import Callable, Sequence
from math import inf
from time import monotonic, sleep
from typing import Any, Final, TypeVar

from adapters.guard.admission import Admission
from adapters.guard.board import EPOCH, Board
from adapters.guard.breaker import TRIAL, Breaker
from adapters.guard.driver import Driver
from adapters.guard.janitor import Janitor
from adapters.guard.links import Link, LocalLink, Overran
from adapters.guard.logins import LOGIN, Logins
from adapters.guard.pool import AnyLink, Pool
from adapters.guard.retries import RetryBudget
from adapters.guard.undertaker import Undertaker
from adapters.guard.watchdog import Watchdog
from adapters.port import (
    Busy,
    Deadlocked,
    Health,
    Lane,
    Notice,
    Refused,
    SourceError,
    Terms,
    TimedOut,
    Unavailable,
)

T = TypeVar("T")

STALE: Final = 15.0  # seconds of rest after which a connection is pinged before it is used
PING: Final = 1.0  # seconds that the ping may take, and that a request waits for a trial


class Guard:
    """What stands between a crowd and one source. Nothing connects before the first call."""

    def __init__(self, name: str, driver: Driver, terms: Terms) -> None:
        self._name, self._driver, self._terms = name, driver, terms
        self._board = Board(terms.workers)
        self._breaker = Breaker(self._board, terms.seconds, terms.connections)
        self._logins = Logins(self._board)
        self._admission = Admission(terms, self._board, self._breaker, self._tell)
        self._start()
        _guards.add(self)

    def call(
        self, deadline: float | None, work: Callable[..., T], *arguments: Any, lane: Lane = "interactive"
    ) -> tuple[T, float, float]:
        """Call `work(connection, *arguments)`: its result, and the seconds waited and taken. Raises SourceError.

        The work must be a read: it is done a second time, on a new connection, if the one it was given had died.
        """
        asked = monotonic()
        until = asked + self._terms.seconds if deadline is None else deadline
        if asked >= until:
            raise TimedOut("the deadline had passed before the source was asked")
        self._admission.enter(asked)
        took = inf
        try:
            self._check(asked, until)
            self._retries.earn()
            done = self._attempts(asked, until, lane, work, arguments)
            took = done[1] + done[2]
        finally:
            self._admission.leave(monotonic(), took)
        return done

    def charge(self, rows: int) -> None:
        """So many rows were read."""
        self._admission.charge(rows)

    def health(self) -> Health:
        """How the source is, without asking it."""
        return self._admission.health(monotonic(), self._pool.held, self._lost)

    def close(self) -> None:
        """Close every connection, those in use when their work is over. The guard may be used again.

        Where none is in use, no thread is left: a process may fork then.
        """
        until = monotonic() + PING
        helpers = (self._janitor.thread, self._watchdog.thread)
        for link in (*self._pool.closing, *self._pool.flush()):
            link.closed(max(0.0, until - monotonic()))
        self._janitor.call()
        for thread in helpers:
            if thread is not None and not self._is_busy():
                thread.join(max(0.0, until - monotonic()))

    def forked(self) -> None:
        """Start afresh in a child process; the parent's connections are kept open, untouched."""
        _inherited.append((self._pool, self._undertaker, self._watchdog))
        self._board.forked()
        self._admission.forked()
        self._start()

    @property
    def _lost(self) -> int:
        """The threads that hang at the source: in a statement, or while they close."""
        return self._undertaker.lost + self._pool.stuck

    def _start(self) -> None:
        terms = self._terms
        self._watchdog = Watchdog(self._driver.cancel, self._driver.sever if self._driver.direct else None)
        self._pool = Pool(self._board, terms.connections, terms.connections // terms.workers, self._link)
        self._undertaker = Undertaker(self._driver, self._revive, self._bury, self._miss)
        self._retries = RetryBudget(terms.connections)
        self._epoch = self._board.read(EPOCH)
        self._janitor = Janitor(self._tidy, self._is_busy)

    def _link(self) -> AnyLink:
        if self._driver.local:
            return LocalLink(self._driver, self._watchdog)
        watchdog = self._watchdog if self._driver.direct else None
        return Link(self._driver, self._name, self._undertaker.returned, self._pool.gone, watchdog)

    # Whether to ask at all.

    def _check(self, now: float, until: float) -> None:
        """Raise what stands against asking the source now; try it first, if it is time to."""
        self._admission.check(now, self._lost)
        if self._breaker.due(now):
            self._try(min(until, now + PING))
        self._renew()

    def _renew(self) -> None:
        """Close what was opened before the source fell ill."""
        epoch = self._board.read(EPOCH)
        if self._epoch != epoch:
            self._epoch = epoch
            self._pool.flush()

    def _try(self, until: float) -> None:
        """Have the source tried, in a thread that outlives this request. Raises what stands against asking it."""
        ended = threading.Event()
        outcome: list[SourceError | None] = []

        def trial() -> None:
            outcome.append(self._trial())
            ended.set()

        threading.Thread(target=trial, name="bascule-trial", daemon=True).start()
        failure = outcome[0] if ended.wait(max(0.0, until - monotonic())) else Unavailable("a trial is under way")
        if failure is not None:
            raise failure

    def _trial(self) -> SourceError | None:
        """One ping, with a connection from after the circuit opened; the breaker is told. Never raises.

        How long the log-in takes does not count: legacy hosts take their time for one, ill or not.
        """
        begun = monotonic()
        failure: SourceError | None = None
        try:
            self._renew()
            link = self._take(begun, begun + TRIAL, "interactive")
            asked = monotonic()
            self._use(link, begun + TRIAL, self._driver.ping, ())
            if self._breaker.is_slow(monotonic() - asked):
                failure = Unavailable("the trial was answered too slowly")
        except Exception as error:  # noqa: BLE001  # the circuit must not stay half open, whatever happens
            failure = self._driver.translate(error)
        ended = monotonic()
        self._breaker.tried(begun, well=failure is None)
        if failure is None:
            self._tell("closed", f"after a trial of {ended - begun:.2f} s")
        return failure

    # A connection, and the work.

    def _attempts(
        self, asked: float, until: float, lane: Lane, work: Callable[..., T], arguments: Sequence[Any]
    ) -> tuple[T, float, float]:
        """One attempt, and a second one where that makes sense."""
        link = self._take(asked, until, lane)
        worn = link.worn
        try:
            return self._attempt(link, asked, until, lane, work, arguments)
        except (Unavailable, Deadlocked) as failure:
            pause = self._retries.pause()
            died = isinstance(failure, Unavailable)
            if (died and not worn) or monotonic() + pause >= until or not self._retries.spend():
                raise
            self._tell("retried", str(failure))
        if died:
            self._pool.flush(link)  # what killed one connection killed its neighbours
        sleep(pause)
        return self._attempt(self._take(monotonic(), until, lane), asked, until, lane, work, arguments)

    def _attempt(
        self, link: AnyLink, asked: float, until: float, lane: Lane, work: Callable[..., T], arguments: Sequence[Any]
    ) -> tuple[T, float, float]:
        started = monotonic()
        try:
            result = self._use(link, until, work, arguments)
        finally:
            self._pool.leave(lane)
        ended = monotonic()
        self._opened(self._breaker.good(ended, ended - started, until - asked))
        return result, started - asked, ended - started

    def _take(self, now: float, until: float, lane: Lane) -> AnyLink:
        """A connection that was good a moment ago."""
        link = self._pool.take(now, until, lane)
        try:
            if link is not None and now - link.used > STALE and not self._driver.local:
                link = self._pinged(link, now, until)
            return link or self._log_in(until)
        except BaseException:
            self._pool.leave(lane)
            raise

    def _pinged(self, link: AnyLink, now: float, until: float) -> AnyLink | None:
        """The connection if it still answers; None, its lease kept for a new one, if it does not."""
        try:
            link.use(min(now + PING, (now + until) / 2), self._driver.ping, ())
        except Overran:
            link.leased = link.fit = False  # its lease goes over to the new connection: it must not come back
            self._give_up(link, opening=False)
        except Exception:  # noqa: BLE001  # whatever it is, the connection is of no use
            link.leased = False
            link.close()
        except BaseException:
            self._pool.discard(link)
            raise
        else:
            return link
        self._pool.flush(link)
        return None

    def _log_in(self, until: float) -> AnyLink:
        """A new connection, for which a lease was taken."""
        link = self._turn(until)
        try:
            link.open(until, LOGIN)
        except Overran:
            self._give_up(link, opening=True)
            raise self._bad(TimedOut("the log-in took too long")) from None
        except Exception as error:  # noqa: BLE001  # whatever a driver raises becomes a failure of the port
            failure = self._driver.translate(error)
            self._pool.discard(link)
            self._log_in_failed(failure)
            raise self._noted(failure) from (None if failure is error else error)
        except BaseException:
            self._pool.discard(link)
            raise
        self._logged_in()
        return link

    def _turn(self, until: float) -> AnyLink:
        """A link that may log in now."""
        try:
            self._janitor.start()
            link = self._pool.make()
        except RuntimeError as error:
            self._pool.release()
            raise Busy(f"this machine has no room for another thread: {error}") from error
        try:
            self._logins.await_turn(until)
        except BaseException as error:
            self._pool.discard(link)
            if isinstance(error, TimedOut):
                self._bad(error)  # the log-in that was awaited took too long
            raise
        return link

    def _use(self, link: AnyLink, until: float, work: Callable[..., T], arguments: Sequence[Any]) -> T:
        try:
            result = link.use(until, work, arguments)
        except Overran:
            self._give_up(link, opening=False)
            raise self._bad(TimedOut("given up at its deadline")) from None
        except Exception as error:  # noqa: BLE001  # as above
            failure = self._failed(link, error)
            raise failure from (None if failure is error else error)
        except BaseException:
            self._pool.discard(link)
            raise
        if link.fit:
            self._pool.give(link, monotonic())
        else:
            self._pool.discard(link)
        return result

    def _failed(self, link: AnyLink, error: Exception) -> SourceError:
        """What the failure of some work means; the connection is given back if it is still good."""
        failure = self._driver.translate(error)
        lame = link.cancelled and not isinstance(failure, TimedOut)
        if lame or not link.fit or isinstance(failure, self._driver.spoils):
            self._pool.discard(link)
        else:
            self._pool.give(link, monotonic())
        if link.cancelled:
            failure = TimedOut(f"cancelled at its deadline: {failure}")
        return self._noted(failure)

    # What becomes of log-ins, failures, and statements that nobody waits for.

    def _logged_in(self) -> None:
        self._breaker.logged_in()
        self._logins.accepted()

    def _log_in_failed(self, failure: SourceError) -> None:
        self._admission.last = str(failure)
        if self._logins.failed(refused=isinstance(failure, Refused)):
            self._tell("refused", str(failure))
        if isinstance(failure, Unavailable | TimedOut):
            self._opened(self._breaker.login_failed(monotonic(), str(failure)))

    def _noted(self, failure: SourceError) -> SourceError:
        """The failure; noted, if it is a sign of illness."""
        return self._bad(failure) if isinstance(failure, Unavailable | TimedOut) else failure

    def _bad(self, failure: SourceError) -> SourceError:
        """Note a sign of illness; the failure itself."""
        self._admission.last = str(failure)
        self._opened(self._breaker.bad(monotonic(), str(failure), timed_out=isinstance(failure, TimedOut)))
        return failure

    def _opened(self, why: str) -> None:
        if why:
            self._tell("opened", why)

    def _give_up(self, link: AnyLink, *, opening: bool) -> None:
        assert isinstance(link, Link), "a local link ends by itself"
        self._undertaker.take(link, opening=opening)

    def _revive(self, link: Link) -> None:
        """A given-up link that can be used again."""
        if not link.worn:
            self._logged_in()
        self._pool.give(link, monotonic())

    def _bury(self, link: Link, missed: bool) -> None:  # noqa: FBT001  # the undertaker calls it, nobody else
        """A given-up link that has come back and is of no use."""
        self._pool.discard(link)
        if link.connection is None and link.error is not None:
            self._log_in_failed(self._driver.translate(link.error))
        if missed:
            self._tell("returned")

    def _miss(self, link: Link) -> None:
        """A given-up link that does not come back: its lease goes to somebody else."""
        self._pool.unlease(link)
        self._tell("abandoned", f"{self._lost} statements have not come back")

    def _tell(self, event: Any, text: str = "") -> None:
        with contextlib.suppress(Exception):  # whoever listens must not hurt the guard
            self._terms.notice(Notice(self._name, event, text))

    # What the janitor does.

    def _tidy(self, now: float) -> None:
        if self._admission.calendar.nap(now) is not None:
            self._pool.flush()  # a nightly backup wants nobody to be there
        self._pool.tidy(now)
        self._undertaker.tidy(now)

    def _is_busy(self) -> bool:
        """Whether there is a connection, or something that was given up."""
        return bool(self._pool.held or self._undertaker.given_up)


_guards: Final[weakref.WeakSet[Guard]] = weakref.WeakSet()
_inherited: Final[list[object]] = []  # never closed, never collected: closing would end the parent's sessions


def _forked() -> None:
    for guard in list(_guards):
        guard.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
