"""Kept entries on disk: what comes back, what does not any more, and what nobody waits for."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from sqlite3 import connect

import pytest

from app.kept import disk as module
from app.kept import disk_rows
from app.kept.disk import Disk
from app.kept.disk_file import KeptFile
from tests.kept.disk_scene import HOUR, PATIENT, SIZE, Scene, key, scene, value

__all__ = ["scene"]  # a fixture


def test_what_is_put_is_found(scene: Scene) -> None:
    """A key gives the value that was put, of any bytes and none; a key that never was gives nothing."""
    disk = scene.disk()
    disk.put(key(1), b"\x00\xff" * 9000, HOUR)
    disk.put(key(2), b"", HOUR)
    disk.flush()
    assert [disk.get(key(each)) for each in (1, 2, 3)] == [b"\x00\xff" * 9000, b"", None]


def test_the_last_value_counts(scene: Scene) -> None:
    """A key that is put again, at once or later, has its new value."""
    disk = scene.disk()
    disk.put(key(1), b"first", HOUR)
    disk.put(key(1), b"second", HOUR)
    disk.flush()
    assert disk.get(key(1)) == b"second"
    disk.put(key(1), b"third", HOUR)
    disk.flush()
    assert disk.get(key(1)) == b"third"


def test_entries_outlive_the_disk(scene: Scene) -> None:
    """Another disk over the same file has what the first one put."""
    scene.filled(1, 2)
    disk = scene.disk()
    assert [disk.get(key(1)), disk.get(key(2))] == [value(1), value(2)]


def test_a_closed_disk_may_be_used_again(scene: Scene) -> None:
    """After `close` everything goes on, and closing twice hurts nobody."""
    disk = scene.disk()
    disk.put(key(1), value(1), HOUR)
    disk.close()
    disk.close()
    assert disk.get(key(1)) == value(1)
    disk.put(key(2), value(2), HOUR)
    disk.flush()
    assert disk.get(key(2)) == value(2)


def test_nothing_is_touched_before_the_first_use(scene: Scene) -> None:
    """A disk that nobody used has made no file, so a fork comes before every connection."""
    disk = scene.disk()
    disk.flush()
    disk.close()
    assert list(scene.path.parent.iterdir()) == []


def test_the_file_is_for_its_owner_alone(scene: Scene) -> None:
    """Nobody else may read the file or its log."""
    disk = scene.disk()
    disk.put(key(1), value(1), HOUR)
    disk.flush()
    modes = {each.name: each.stat().st_mode & 0o077 for each in scene.path.parent.iterdir()}
    assert "kept.db-wal" in modes
    assert set(modes.values()) == {0}


def test_keys_of_one_number_displace_each_other(scene: Scene) -> None:
    """Two keys that fold to the same row number are never taken for each other."""
    disk = scene.disk()
    disk.put(b"a" * 16, b"of a", HOUR)
    disk.put(b"b" * 16, b"of b", HOUR)
    disk.flush()
    assert [disk.get(b"a" * 16), disk.get(b"b" * 16)] == [None, b"of b"]


def test_the_bound_holds(scene: Scene) -> None:
    """Whatever comes, in sizes large and small: file and log together take no more than the bound."""
    disk = scene.disk()
    most = 0
    for number in range(200):
        disk.put(key(number), value(number, 200 + number * 613 % 40_000), HOUR + number)
        if number % 2:
            disk.flush()
            most = max(most, scene.taken())
    assert SIZE // 2 < most <= SIZE
    assert disk.get(key(199)) == value(199, 200 + 199 * 613 % 40_000)
    assert disk.get(key(0)) is None
    assert (disk.dropped, scene.told, scene.integrity()) == (0, [], "ok")
    assert disk.evicted > 100
    disk.close()
    assert scene.taken() <= SIZE


def test_small_entries_keep_the_bound(scene: Scene) -> None:
    """Rows of which many lie on one page, and whose deletion frees none, hold to the bound as well."""
    disk = scene.disk()
    for number in range(2100):
        disk.put(key(number), value(number, 600), HOUR + number)
        if number % 7 == 6:
            disk.flush()
    assert scene.taken() <= SIZE
    assert disk.evicted > 500
    assert (disk.get(key(2099)), disk.dropped, scene.told) == (value(2099, 600), 0, [])


def test_what_expires_soonest_goes_first(scene: Scene) -> None:
    """An entry for a day outlives hundreds for an hour that came later."""
    disk = scene.disk()
    disk.put(key(-1), value(-1), 24 * HOUR)
    for number in range(200):
        disk.put(key(number), value(number), HOUR)
        disk.flush()
    assert disk.get(key(-1)) == value(-1)
    assert disk.evicted > 100


def test_a_lower_bound_shrinks_the_file(scene: Scene) -> None:
    """A file from before the bound was lowered is brought below it, and keeps what lasts longest."""
    large = scene.disk(4 * SIZE)
    for number in range(250):
        large.put(key(number), value(number), HOUR + number)
        large.flush()
    large.close()
    assert scene.taken() > 2 * SIZE
    small = scene.disk()
    assert small.get(key(249)) == value(249)
    assert small.get(key(0)) is None
    assert scene.taken() <= SIZE
    small.close()
    assert scene.integrity() == "ok"


def test_a_bound_that_is_too_low_is_refused(tmp_path: Path) -> None:
    """Below a mebibyte there is no use in it: ValueError when it is made, not later."""
    with pytest.raises(ValueError, match="1048576"):
        Disk(tmp_path / "kept.db", SIZE - 1)


def test_a_reader_that_hangs_does_not_let_the_log_grow(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log that cannot be emptied is written to no longer: told once, read on, and well again when the reader is gone."""
    monkeypatch.setattr("app.kept.disk_file.WRITING", 0.01)
    scene.filled(1)
    disk = scene.disk()
    hanging = connect(scene.path, isolation_level=None)
    hanging.execute("BEGIN")
    hanging.execute("SELECT count(*) FROM kept").fetchall()
    for number in range(2, 40):
        scene.let_pass(1)
        disk.put(key(number), value(number), HOUR)
        disk.flush()
    assert scene.taken() <= SIZE
    assert len(scene.told) == 1
    assert "log is full" in scene.told[0]
    assert disk.get(key(1)) == value(1)
    hanging.close()
    scene.let_pass(1)
    disk.put(key(50), value(50), HOUR)
    disk.flush()
    assert disk.get(key(50)) == value(50)
    assert len(scene.told) == 2


def test_an_entry_that_is_too_large_is_dropped(scene: Scene) -> None:
    """What would take a great part of the file is not kept, counted, and hurts nobody else."""
    disk = scene.disk()
    disk.put(key(1), bytes(SIZE // 16), HOUR)
    disk.put(key(2), value(2), HOUR)
    disk.flush()
    assert (disk.get(key(1)), disk.get(key(2)), disk.dropped) == (None, value(2), 1)


class _Held:
    """A file whose writing waits until the test lets it go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()
        write = KeptFile.write

        def later(file: KeptFile, rows: list[disk_rows.Row]) -> int:
            self.begun.set()
            self.go_on.wait(PATIENT)
            return write(file, rows)

        monkeypatch.setattr(KeptFile, "write", later)

    def hold(self, disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
        """From now on the disk is writing an entry, and nothing else is taken out of those that wait."""
        with monkeypatch.context() as hurried:
            hurried.setattr(module, "FLUSH", 0.05)
            disk.put(key(-1), value(-1), HOUR)
            disk.flush()
        assert self.begun.wait(PATIENT)


def test_nobody_waits_for_the_writer(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """While writing takes long, `put` and `get` go on, and `flush` gives up; the oldest that wait go, and are counted."""
    held, disk = _Held(monkeypatch), scene.disk()
    held.hold(disk, monkeypatch)
    for number in range(100):
        disk.put(key(number), value(number), HOUR)
    assert disk.get(key(-1)) is None
    assert disk._bytes <= SIZE // 8
    assert disk.dropped == 100 - len(disk._waiting)
    held.go_on.set()
    disk.flush()
    found = [number for number in range(100) if disk.get(key(number)) == value(number)]
    assert found == list(range(disk.dropped, 100))


def test_the_count_of_those_that_wait_is_bounded(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """However small they are, no more than so many wait."""
    held, disk = _Held(monkeypatch), scene.disk()
    held.hold(disk, monkeypatch)
    monkeypatch.setattr(module, "MOST_WAITING", 3)
    for number in range(5):
        disk.put(key(number), b"", HOUR)
    assert len(disk._waiting) == 3
    held.go_on.set()
    disk.flush()
    assert [disk.get(key(number)) for number in range(5)] == [None, None, b"", b"", b""]


def test_the_thread_ends_after_a_rest(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without entries there is no thread; the next entry has one again."""
    monkeypatch.setattr(module, "REST", 0.01)
    disk = scene.disk()
    for number in range(3):
        with disk._change:  # which the writer needs before it ends
            disk.put(key(number), value(number), HOUR)
            writer = disk._writer
        disk.flush()
        assert writer is not None
        writer.join(PATIENT)
        assert disk._writer is None
    assert disk.get(key(2)) == value(2)


def test_without_a_thread_nothing_fails(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system gives no thread, `put` does not raise; the first that can be had writes what waits."""
    disk = scene.disk()
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", _no_thread)
        disk.put(key(1), value(1), HOUR)
    disk.put(key(2), value(2), HOUR)
    disk.flush()
    assert [disk.get(key(1)), disk.get(key(2))] == [value(1), value(2)]


def _no_thread(_: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


def test_a_defect_does_not_end_the_thread(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What nobody foresaw in writing is logged with its place, and the next batch is written."""
    disk = scene.disk()
    with monkeypatch.context() as patched:
        patched.setattr(KeptFile, "write", _defect)
        disk.put(key(1), value(1), HOUR)
        disk.flush()
    assert (disk.dropped, "ZeroDivisionError" in caplog.text) == (1, True)
    disk.put(key(2), value(2), HOUR)
    disk.flush()
    assert disk.get(key(2)) == value(2)


def _defect(_file: KeptFile, rows: list[disk_rows.Row]) -> int:
    return len(rows) // 0


def test_many_threads_read_while_one_writes(scene: Scene) -> None:
    """Each read is right or empty; connections are as many as threads read at once, at most."""
    disk = scene.disk(4 * SIZE)
    wrong = list[int]()

    def read(offset: int) -> None:
        for number in range(300):
            found = disk.get(key((number + offset) % 40))
            if found not in {None, value((number + offset) % 40)}:
                wrong.append(number)

    with ThreadPoolExecutor(8) as pool:
        reading = [pool.submit(read, offset) for offset in range(8)]
        for number in range(120):
            disk.put(key(number % 40), value(number % 40), HOUR)
            if number % 4 == 3:
                disk.flush()
        for each in reading:
            each.result()
    disk.flush()
    assert (wrong, scene.told, disk.torn) == ([], [], 0)
    assert [number for number in range(40) if disk.get(key(number)) is None] == []
    assert disk._file._opened is not None
    assert disk._file._opened._alive <= 9


def test_by_default_the_log_hears_and_the_clocks_are_the_systems(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Made with a path and a size alone, it keeps entries by the system's time, and warns where it cannot."""
    disk = Disk(tmp_path / "kept.db", SIZE)
    disk.put(key(1), value(1), HOUR)
    disk.close()
    assert disk.get(key(1)) == value(1)
    assert Disk(tmp_path / "kept.db", SIZE, lambda: time.time() + HOUR).get(key(1)) is None
    assert Disk(tmp_path / "missing" / "kept.db", SIZE).get(key(1)) is None
    assert [each.levelname for each in caplog.records] == ["WARNING"]
