"""The store: which place is looked at, what is taken for an answer, and whose turn it is to read."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from time import monotonic

import pytest

from app.kept.arena import Arena
from app.kept.entry import Entry, finished, packed, unpacked
from app.kept.memory import Kept, Memory
from app.kept.store import Overdue, Store, Unpurged
from app.stages.cache import Cache, Wanted
from tests.callers.children import in_children
from tests.stages.cache_scene import PATIENT, PLAIN, Clock, Line

KEY = bytes(range(16))
OTHER = KEY[::-1]


def entry(body: bytes = b"body", ago: float = 0.0) -> Entry:
    """An entry that was read so many seconds ago."""
    return finished(body, monotonic() - ago, weak=False, tags=("lists:v1/orders", "source:erp"))


def all_(found: Entry) -> bool:
    """Any entry will do."""
    return found is not None


def younger_than(seconds: float) -> Callable[[Entry], bool]:
    """Entries that do."""
    return lambda found: found.read > monotonic() - seconds


@dataclass
class Place:
    """A place farther away. `leased` are the keys that another host reads; with `away`, it says and keeps nothing."""

    values: dict[bytes, bytes] = field(default_factory=dict)
    leased: set[bytes] = field(default_factory=set)
    away: bool = False
    asked: list[str] = field(default_factory=list)
    seconds: float = 0.0
    lent: float = 0.0  # seconds of the last lease that was asked for

    def get(self, key: bytes) -> bytes | None:
        """What is there."""
        self.asked.append("get")
        return None if self.away else self.values.get(key)

    def put(self, key: bytes, value: bytes, seconds: float) -> None:
        """Keep it."""
        if not self.away:
            self.values[key], self.seconds = value, seconds

    def lease(self, key: bytes, seconds: float) -> str | None:
        """A token, if nobody else reads the key."""
        self.asked.append("lease")
        assert seconds > 0
        self.lent = seconds
        if self.away:
            return ""
        if key in self.leased:
            return None
        self.leased.add(key)
        return "token"

    def release(self, key: bytes, token: str) -> None:
        """Give it back."""
        assert token == "token"  # the one that `lease` gives
        self.leased.remove(key)


@dataclass
class Log(Unpurged):
    """A log in which everything that was begun before `last` is purged."""

    last: int = 0

    def valid(self, tags: tuple[str, ...], generation: int) -> bool:
        """Whether it was begun after that."""
        assert tags == entry().tags
        return generation >= self.last

    holds = valid


def store(**places: object) -> Store:
    """A store with these places."""
    return Store(Memory(100_000), **places)  # type: ignore[arg-type]  # each test knows its places


def found(kept: Store, serves: Callable[[Entry], bool] = all_, *, lasting: bool = True) -> bytes | None:
    """The body of what is kept elsewhere."""
    entry = kept.elsewhere(KEY, serves, lasting=lasting)
    return None if entry is None else entry.body


def test_what_is_kept_is_kept_everywhere() -> None:
    """Each place can give it alone, whole; the disk where it is to last; the time that it is of use is told."""
    places = {"host": Arena(65_536), "hosts": Place(), "disk": Place()}
    told = replace(entry(b"x" * 2000), next="cursor", rows=2, keys=["A", 7], generation=3)
    store(**places).keep(KEY, Kept(told, 0.0), 90.0, lasting=True)
    for name, place in places.items():
        got = store(**{name: place}).elsewhere(KEY, all_, lasting=True)
        assert got is not None
        assert replace(got, read=told.read) == told
        if isinstance(place, Place):
            assert place.seconds == 90


def test_the_disk_is_for_what_lasts() -> None:
    """An answer that is not to outlive a restart is neither put there nor looked for."""
    disk = Place()
    kept = store(disk=disk)
    kept.keep(KEY, Kept(entry(), 0.0), 90.0, lasting=False)
    assert disk.values == {}
    disk.put(KEY, packed(KEY, entry()), 90.0)
    assert found(kept, lasting=False) is None
    assert disk.asked == []


def test_the_nearest_place_is_enough() -> None:
    """Where it has what will do, no other one is asked."""
    hosts, disk = Place({KEY: packed(KEY, entry(b"hosts"))}), Place()
    host = Arena(65_536)
    kept = store(host=host, hosts=hosts, disk=disk)
    assert found(kept) == b"hosts"
    assert found(kept) == b"hosts"
    assert (hosts.asked, disk.asked) == (["get"], []), "the host's workers share what one of them was given"


def test_an_old_answer_nearby_does_not_hide_a_newer_one() -> None:
    """What another host has read a moment ago is found behind what this host has kept for long."""
    host = Arena(65_536)
    host.put(KEY, packed(KEY, entry(b"old", 60)))
    hosts = Place({KEY: packed(KEY, entry(b"new", 1))})
    kept = store(host=host, hosts=hosts)
    assert found(kept, younger_than(30)) == b"new"
    assert found(store(host=host), younger_than(30)) == b"new"


@pytest.mark.parametrize(("near", "far"), [(60, 90), (90, 60)])
def test_where_nothing_will_do_the_youngest_is_given(near: float, far: float) -> None:
    """It may be good enough for somebody whose source fails."""
    host = Arena(65_536)
    host.put(KEY, packed(KEY, entry(b"%d" % near, near)))
    kept = store(host=host, disk=Place({KEY: packed(KEY, entry(b"%d" % far, far))}))
    assert found(kept, younger_than(30)) == b"60"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"garbage" * 50,
        packed(KEY, entry())[:-1],
        packed(OTHER, entry()),
        b"BK0" + packed(KEY, entry())[3:],
        packed(KEY, replace(entry(), at="then")),  # type: ignore[arg-type]  # another program has put it there
        packed(KEY, replace(entry(), tags=5)),  # type: ignore[arg-type]  # as above
    ],
    ids=["nothing", "garbage", "cut off", "another key's", "an old form", "no time", "no tags"],
)
def test_what_is_no_entry_is_passed_by(data: bytes) -> None:
    """In each place: the next one is asked, and whatever is wrong with the bytes fails no request."""
    host = Arena(65_536)
    host.put(KEY, data)
    kept = store(host=host, hosts=Place({KEY: data}), disk=Place({KEY: packed(KEY, entry(b"sound"))}))
    assert found(kept) == b"sound"
    assert found(store(hosts=Place({KEY: data}))) is None


def test_a_head_that_says_something_else_is_no_entry() -> None:
    """Bytes with a right checksum may still be those of another program, or of a form that is not known."""
    whole = packed(KEY, entry())
    assert unpacked(KEY, whole) is not None
    for head in (b"[]", b"{}", b"7", b'{"at":1}', b'{"at":1,"tags":[],"more":2}', b"\xff"):
        forged = _forged(head)
        assert unpacked(KEY, forged) is None


def _forged(head: bytes) -> bytes:
    from app.kept import entry as form  # noqa: PLC0415  # this test alone writes what `packed` would not

    return form._HEAD.pack(form.FORM, form._checksum(KEY, head, len(head)), len(head)) + head


def test_what_is_purged_is_nowhere() -> None:
    """Neither here nor elsewhere; what was begun since is."""
    log, host, disk = Log(), Arena(65_536), Place()
    kept = store(host=host, disk=disk, purges=log)
    kept.keep(KEY, Kept(entry(), 0.0), 90.0, lasting=True)
    assert kept.here(KEY) is not None
    assert found(kept) == b"body"
    log.last = 1
    assert kept.here(KEY) is None
    assert len(kept.memory) == 0, "it takes no room either"
    assert found(kept) is None
    kept.keep(KEY, Kept(replace(entry(b"since"), generation=1), 0.0), 90.0, lasting=True)
    assert found(kept) == b"since"


# Turns.


def turn(kept: Store, wait: float = 0.0, serves: Callable[[Entry], bool] = all_) -> bytes | None:
    """Whose turn it is: what has been read meanwhile; None, and it is given back, where it is this one's."""
    with kept.turn(KEY, monotonic() + wait, serves, lasting=True) as entry:
        return None if entry is None else entry.body


def test_a_turn_ends_with_its_read() -> None:
    """Also where that fails: leases of the host and of all hosts are given back."""
    host, hosts = Arena(65_536), Place()
    kept = store(host=host, hosts=hosts)

    def fail() -> None:
        with kept.turn(KEY, monotonic() + PATIENT, all_, lasting=False):
            with ThreadPoolExecutor(1) as pool:
                assert not pool.submit(host.lease, KEY, 1.0).result()
            assert hosts.leased == {KEY}
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert hosts.leased == set()
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(host.lease, KEY, 1.0).result()


def test_another_host_reads() -> None:
    """It is waited for, as long as there is time; then it is told. The own host's workers may try meanwhile."""
    host, hosts = Arena(65_536), Place(leased={KEY})
    kept = store(host=host, hosts=hosts)
    for wait in (0.0, 0.01):
        with pytest.raises(Overdue):
            turn(kept, wait)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(host.lease, KEY, 1.0).result()


def test_what_another_host_has_read_ends_the_waiting() -> None:
    """It is found where both look, however long the other one keeps its lease."""
    hosts = Place(leased={KEY})
    kept = store(host=Arena(65_536), hosts=hosts)
    looked = hosts.get

    def get(key: bytes) -> bytes | None:
        if hosts.asked.count("get") == 3:
            hosts.put(KEY, packed(KEY, entry(b"theirs")), 1.0)
        return looked(key)

    hosts.get = get  # type: ignore[method-assign]  # it is put there while this host waits
    assert turn(kept, PATIENT) == b"theirs"


def test_what_another_host_had_read_long_ago_does_not() -> None:
    """What is kept and will not do is no end of the waiting, wherever it lies."""
    old = packed(KEY, entry(b"old", 60))
    host = Arena(65_536)
    host.put(KEY, old)
    with pytest.raises(Overdue):
        turn(store(host=host, hosts=Place({KEY: old}, leased={KEY})), 0.01, younger_than(30))
    assert turn(store(host=host, hosts=Place({KEY: old})), 0.0, younger_than(30)) is None


def test_another_host_that_is_gone_leaves_time_to_read() -> None:
    """Its lease ends while those who want the same still have half of their time: a host may die, or lose the store, in its read."""
    hosts = Place()
    began = monotonic()
    assert turn(store(hosts=hosts), 8.0, younger_than(30)) is None
    assert 4.0 - (monotonic() - began) <= hosts.lent <= 4.0


def test_where_hosts_cannot_agree_each_reads_for_itself() -> None:
    """A store that is away gives no lease and keeps nobody waiting."""
    kept = store(host=Arena(65_536), hosts=Place(away=True))
    assert turn(kept) is None
    kept.keep(KEY, Kept(entry(), 0.0), 90.0, lasting=False)
    assert found(kept) == b"body"


def test_a_turn_that_comes_too_late_is_no_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has waited as long as a request may does not begin to read then."""
    clock = Clock()
    monkeypatch.setattr("app.kept.store.monotonic", clock)
    host = Arena(65_536)
    kept, until = store(host=host), clock.now + 1.0
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(host.lease, KEY, 3600.0).result()
        claim, claims = host.lease, list[bool]()

        def lease(key: bytes, seconds: float) -> bool:
            if claims:
                pool.submit(host.release, KEY).result()
                clock.now = until
            claims.append(claim(key, seconds))
            return claims[-1]

        host.lease = lease  # type: ignore[method-assign]  # it is free when the time is over
        with pytest.raises(Overdue), kept.turn(KEY, until, all_, lasting=False):
            raise AssertionError("a turn")
    assert claims == [False, True]


# Workers of a host.


def cache_over(host: Arena) -> Cache:
    """The cache of a worker."""
    return Cache(store(host=host), Line())


def test_two_workers_read_once_among_their_threads() -> None:
    """Caches over one arena, as two processes have them: each answer is read by one thread of one of them."""
    host, begin = Arena(1 << 20), threading.Barrier(10)
    caches, read = (cache_over(host), cache_over(host)), list[int]()

    def made() -> Entry:
        read.append(1)
        return entry()

    def ask(number: int) -> bytes:
        begin.wait(PATIENT)
        return caches[number % 2].fetch(Wanted(KEY, PLAIN, PATIENT, made, made)).kept.entry.body

    with ThreadPoolExecutor(10) as pool:
        assert set(pool.map(ask, range(10))) == {b"body"}
    assert read == [1]


def test_two_processes_read_once() -> None:
    """Workers of one host, without Redis: ten threads of each want the same answer, one statement reaches the source."""
    host = Arena(1 << 20)
    reading, writing = os.pipe()

    def made() -> Entry:
        os.write(writing, b"1")
        return entry(b"%d" % os.getpid())

    def worker() -> int:
        cache, begin = cache_over(host), threading.Barrier(10)

        def ask(_: int) -> bytes:
            begin.wait(PATIENT)
            return cache.fetch(Wanted(KEY, PLAIN, PATIENT, made, made)).kept.entry.body

        with ThreadPoolExecutor(10) as pool:
            (answer,) = set(pool.map(ask, range(10)))
        return int(answer)

    answers = in_children(2, worker)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        assert pipe.read() == b"1"
    assert len(set(answers)) == 1


def test_a_worker_that_is_killed_in_its_read_holds_nobody_up() -> None:
    """Its lease ends with it: the next one reads."""
    host = Arena(1 << 20)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover  # in another process
        with cache_over(host).store.turn(KEY, monotonic() + PATIENT, all_, lasting=False):
            os.write(writing, b"1")
            signal.pause()
    assert os.read(reading, 1) == b"1"
    os.close(reading)
    os.close(writing)
    with pytest.raises(Overdue):
        turn(store(host=host), 0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert turn(store(host=host), PATIENT) is None
