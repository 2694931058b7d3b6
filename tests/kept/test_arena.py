"""The arena in one process: against a model, round the ring, a full set, torn memory, leases of threads and by the clock."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import forks
from app.kept import arena
from app.kept.arena import SMALLEST, WAYS, Arena

T = TypeVar("T")

A, B = b"a" * 16, b"b" * 16
ACROSS = [b"a" * 8 + b"b" * 8, b"b" * 8 + b"c" * 8, b"b" * 16]  # the third lies across the border of the first two
KEYS = [bytes(16), *ACROSS, *(bytes([byte]) * 16 for byte in range(1, WAYS - 3))]  # as many as a set has slots


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def _key(number: int) -> bytes:
    return number.to_bytes(16, "big")


def _in_thread(work: Callable[[], T]) -> T:
    """What `work` gives in another thread."""
    given: list[T] = []
    thread = threading.Thread(target=lambda: given.append(work()))
    thread.start()
    thread.join()
    return given[0]


@dataclass
class Ring:
    """What the ring of an arena has to keep, by its rules: in the order of coming, none across the end."""

    capacity: int
    most: int
    head: int = 0
    kept: dict[bytes, tuple[int, bytes]] = field(default_factory=dict)
    evicted: int = 0

    def put(self, key: bytes, value: bytes) -> bool:
        """Keep it, if it is not too large."""
        if len(value) > self.most:
            self.drop(key)
            return False
        if self.head % self.capacity + len(value) > self.capacity:
            self.head = (self.head // self.capacity + 1) * self.capacity
        position, self.head = self.head, self.head + len(value)
        for other in [other for other, (begin, _) in self.kept.items() if self.head - begin > self.capacity]:
            del self.kept[other]
            self.evicted += 1
        self.kept[key] = position, value
        return True

    def drop(self, key: bytes) -> None:
        """Forget it."""
        self.kept.pop(key, None)

    def get(self, key: bytes) -> bytes | None:
        """What is kept of it."""
        return self.kept.get(key, (0, None))[1]


@settings(max_examples=150, deadline=None)
@given(steps=st.lists(st.tuples(st.sampled_from(KEYS), st.none() | st.integers(0, 600)), max_size=60))
def test_it_keeps_what_the_model_keeps(steps: Sequence[tuple[bytes, int | None]]) -> None:
    """After any puts and drops each key has the value that is due, and the figures are those of the model."""
    table = Arena(SMALLEST)
    model = Ring(table._capacity, SMALLEST // 8)
    for number, (key, length) in enumerate(steps):
        if length is None:
            table.drop(key)
            model.drop(key)
        else:
            value = (b"%d " % number * length)[:length]
            assert table.put(key, value) is model.put(key, value)
        assert [table.get(key) for key in KEYS] == [model.get(key) for key in KEYS]
        assert table.used == sum(len(value) for _, value in model.kept.values())
        assert table.evicted == model.evicted


@settings(max_examples=100, deadline=None)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from("lrp+"), st.sampled_from(KEYS[:4]), st.integers(1, 3), st.integers(0, 30)),
        max_size=60,
    )
)
def test_leases_are_those_of_the_model(steps: Sequence[tuple[str, bytes, int, int]]) -> None:
    """Whatever three threads ask for, release and put while time goes by, a key is leased to one of them at most."""
    clock = Clock()
    table, leases = Arena(SMALLEST, clock), dict.fromkeys(KEYS, (0, 0.0))
    with pytest.MonkeyPatch.context() as patch:
        for what, key, thread, seconds in steps:
            patch.setattr(arena, "get_ident", lambda thread=thread: thread)
            holder, end = leases[key]
            free = end <= clock.now or holder == thread
            if what == "l":
                assert table.lease(key, seconds) is free
                leases[key] = (thread, clock.now + seconds) if free else (holder, end)
            elif what == "r":
                table.release(key)
                leases[key] = (0, 0.0) if free else (holder, end)
            elif what == "p":
                table.put(key, bytes(10 * seconds))
            else:
                clock.now += seconds / 4


def test_round_the_ring() -> None:
    """However often the ring is written round, the newest values are there, whole, and those before them are not."""
    table = Arena(SMALLEST)  # one set, of which the values have to be large enough for the ring to be full first
    values = {_key(number): bytes([number % 251]) * (250 + number % 250) for number in range(1000)}
    for key, value in values.items():
        assert table.put(key, value)
        assert table.get(key) == value
    kept = [key for key, value in values.items() if table.get(key) == value]
    assert kept
    assert kept == list(values)[-len(kept) :]
    assert table.evicted == len(values) - len(kept)


def test_the_ring_is_used_to_the_last_byte() -> None:
    """Values that fill the ring exactly are all there; one byte more, and the first is gone."""
    table = Arena(SMALLEST)
    rest = table._capacity % 500
    lengths = [rest, *[500] * (table._capacity // 500)]
    for number, length in enumerate(lengths):
        table.put(_key(number), b"x" * length)
    assert [table.get(_key(number)) for number in range(len(lengths))] == [b"x" * length for length in lengths]
    assert table.used == table._capacity
    table.put(A, b"x")
    assert table.get(_key(0)) is None
    assert table.used == table._capacity - rest + 1


def test_a_key_across_the_border_of_two_others() -> None:
    """The end of one key and the beginning of the next are no key."""
    table = Arena(SMALLEST)
    for number, key in enumerate(ACROSS):
        table.put(key, b"%d" % number)
    assert [table.get(key) for key in ACROSS] == [b"0", b"1", b"2"]
    table.drop(ACROSS[2])
    assert table.get(ACROSS[2]) is None


def test_the_size_is_kept_to() -> None:
    """Index and ring together have the bytes that were asked for, and values never more than those."""
    table = Arena(1 << 16)
    for number in range(500):
        table.put(_key(number), bytes(5 * number))
        assert table.used <= 1 << 16
    assert table.used > 1 << 15
    assert len(table._memory) == 1 << 16


def test_a_value_that_is_too_large() -> None:
    """More than an eighth of the arena is refused, and the value before it is not given for it."""
    table = Arena(1 << 16)
    assert table.put(A, bytes(1 << 13))
    assert table.get(A) == bytes(1 << 13)
    assert not table.put(A, bytes((1 << 13) + 1))
    assert table.get(A) is None


def test_an_arena_that_is_too_small() -> None:
    """A size that has no room for an index and a ring is refused when the arena is made."""
    with pytest.raises(ValueError, match="4096 bytes or more"):
        Arena(SMALLEST - 1)


def test_in_a_full_set_the_oldest_value_goes() -> None:
    """A new key takes the slot of the value that was put first, and that counts as evicted."""
    table = Arena(SMALLEST)
    for number in range(WAYS):
        table.put(_key(number), b"x")
    table.put(_key(0), b"again")
    table.put(A, b"new")
    assert [number for number in range(WAYS) if table.get(_key(number)) is None] == [1]
    assert table.get(A) == b"new"
    assert table.evicted == 1


def test_a_dropped_value_goes_first() -> None:
    """A slot without a value is taken before one with the oldest."""
    table = Arena(SMALLEST)
    for number in range(WAYS):
        table.put(_key(number), b"x")
    table.drop(_key(7))
    table.put(A, b"new")
    assert [number for number in range(WAYS) if table.get(_key(number)) is None] == [7]
    assert table.evicted == 0


def test_a_leased_slot_stays() -> None:
    """However many values come, a living lease is never evicted, nor the value in its slot as long as the ring has it."""
    table = Arena(SMALLEST)
    table.put(A, b"old")
    assert _in_thread(lambda: table.lease(A, 60))
    for number in range(100):
        assert table.put(_key(number), b"x")
    assert table.get(A) == b"old"
    assert not table.lease(A, 60)


def test_where_all_slots_are_leased() -> None:
    """Who cannot be given a lease may read, but nothing is kept for it; as soon as one lease ends there is a slot."""
    clock = Clock()
    table = Arena(SMALLEST, clock)
    assert all(table.lease(_key(number), 10 + number) for number in range(WAYS))
    assert _in_thread(lambda: table.lease(A, 60))
    assert table.lease(A, 60)
    assert not table.put(A, b"x")
    assert table.get(A) is None
    clock.now += 10
    assert table.put(A, b"x")
    assert table.get(A) == b"x"


def test_one_thread_of_many_gets_the_lease() -> None:
    """Of threads of one process that ask for the same key, one may read."""
    table, begin, given = Arena(SMALLEST), threading.Barrier(8), []

    def ask() -> None:
        begin.wait(30)
        given.append(table.lease(A, 60))
        begin.wait(30)  # a thread that ended would leave its number to another

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(given) == [False] * 7 + [True]


def test_a_lease_ends_by_itself() -> None:
    """At its time, and not before, another thread gets it; the one before can no more release it."""
    clock = Clock()
    table = Arena(SMALLEST, clock)
    assert table.lease(A, 5)
    clock.now += 4.99
    assert not _in_thread(lambda: table.lease(A, 5))
    clock.now += 0.01
    ended = threading.Event()
    begun = threading.Event()
    given: list[bool] = []

    def hold() -> None:
        given.append(table.lease(A, 5))
        begun.set()
        ended.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    begun.wait(30)
    table.release(A)
    assert not table.lease(A, 5)
    ended.set()
    thread.join()
    assert given == [True]


def test_a_released_lease_is_free() -> None:
    """What its thread releases, another gets; what another releases stays, and a key that nobody leased can be released."""
    table = Arena(SMALLEST)
    assert table.lease(A, 60)
    _in_thread(lambda: table.release(A))
    assert not _in_thread(lambda: table.lease(A, 60))
    table.release(A)
    assert _in_thread(lambda: table.lease(A, 60))
    table.release(B)


def test_a_lease_begins_anew() -> None:
    """A thread that asks again for what it has gets it for so long from then on."""
    clock = Clock()
    table = Arena(SMALLEST, clock)
    assert table.lease(A, 5)
    clock.now += 4
    assert table.lease(A, 5)
    clock.now += 4
    assert not _in_thread(lambda: table.lease(A, 5))


def test_a_lease_and_a_value_share_a_key() -> None:
    """While a key is leased its value is given, replaced and dropped, and the lease goes on."""
    table = Arena(SMALLEST)
    table.put(A, b"old")
    assert table.lease(A, 60)
    assert table.get(A) == b"old"
    table.drop(A)
    assert table.get(A) is None
    table.put(A, b"new")
    assert table.get(A) == b"new"
    assert not _in_thread(lambda: table.lease(A, 60))


@pytest.mark.parametrize("believed", [False, True])
def test_a_reader_that_is_overtaken_misses(monkeypatch: pytest.MonkeyPatch, believed: bool) -> None:  # noqa: FBT001  # a table's column
    """Bytes that change under a reader are a miss: by the ring's head, and where that were `believed`, by the checksum."""
    table, looks = Arena(SMALLEST), []
    ask = table._intact

    def intact(value: arena._Value) -> bool:
        looks.append(value)
        if len(looks) > 1:
            return believed or ask(value)
        for number in range(200):  # between the first look and the copy
            table.put(_key(number), bytes([number]) * 400)
        return True

    table.put(A, b"a" * 400)
    monkeypatch.setattr(table, "_intact", intact)
    assert table.get(A) is None
    assert looks[0] == looks[-1]


def test_a_slot_with_another_keys_value_is_a_miss() -> None:
    """A slot that was torn, so that its key leads to a value of another, gives nothing."""
    table = Arena(SMALLEST)
    table.put(A, b"secret of a")
    table.put(B, b"of b")
    (first,), (second,) = table._slots(A), table._slots(B)
    table._write_value(second, table._value(first))
    assert table.get(A) == b"secret of a"
    assert table.get(B) is None


@pytest.mark.parametrize("length", [40, 400, 2**31, 2**32 - 1])
def test_a_torn_length_is_a_miss(length: int) -> None:
    """A slot with a wrong length gives nothing."""
    table = Arena(SMALLEST)
    table.put(A, b"x" * 41)
    (slot,) = table._slots(A)
    table._write_value(slot, table._value(slot)._replace(length=length))
    assert table.get(A) is None


@pytest.mark.parametrize("again", [b"new", None])
def test_a_key_with_two_slots(again: bytes | None) -> None:
    """A second slot of a key, which two writers at a time can make, is empty after the next put, and after a drop."""
    table = Arena(SMALLEST)
    table.put(A, b"first")
    table.put(B, b"second")
    (second,) = table._slots(B)
    table._memory[table._keys + 16 * second : table._keys + 16 * second + 16] = A
    assert len(table._slots(A)) == 2
    if again:
        table.put(A, again)
    else:
        table.drop(A)
    assert table.get(A) == again
    assert table._value(second) == arena._NONE


def test_a_head_that_goes_back_wins_nothing_old() -> None:
    """Where a process that was stopped set the head back, nothing wrong is given, and dead values take no room from new ones."""
    table = Arena(SMALLEST)
    head = table._words[0]
    for number in range(WAYS):
        table.put(_key(number), b"x" * 300)
    table._words[0] = head
    assert [table.get(_key(number)) for number in range(WAYS)] == [None] * WAYS
    for number in range(4):
        assert table.put(_key(100 + number), b"y" * 300)
    assert [table.get(_key(100 + number)) for number in range(4)] == [b"y" * 300] * 4


def test_without_forks_threads_share_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a system that cannot fork, locks of threads do the same."""
    monkeypatch.setattr(forks, "get_all_start_methods", lambda: ["spawn"])
    table = Arena(SMALLEST)
    assert table.put(A, b"x")
    assert table.lease(A, 60)
    assert not _in_thread(lambda: table.lease(A, 60))
    assert _in_thread(lambda: table.get(A)) == b"x"
