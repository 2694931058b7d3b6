"""Kept entries in a file that is damaged, gone, or not ours: never a wrong value, and a new beginning."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from app.kept import disk_file, disk_rows
from tests.kept.disk_scene import HOUR, SIZE, Scene, key, scene, value

__all__ = ["scene"]  # a fixture

PAGE = 8192


def _with_bytes(path: Path, at: int, damage: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(damage)


def _truncate(path: Path, size: int) -> None:
    with path.open("r+b") as file:
        file.truncate(size)


def _other_version(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE kept (key BLOB, value BLOB)")


DAMAGE: dict[str, Callable[[Path], object]] = {
    "the header's first bytes": lambda path: _with_bytes(path, 0, b"\xff" * 16),
    "the header's page size": lambda path: _with_bytes(path, 16, b"\x00\x03"),
    "the header's version of writers": lambda path: _with_bytes(path, 18, b"\xff"),
    "the header's format of schemas": lambda path: _with_bytes(path, 44, b"\xff" * 4),
    "the root of the schema": lambda path: _with_bytes(path, 100, b"\xff" * 500),
    "a page": lambda path: _with_bytes(path, 3 * PAGE, b"\xff" * PAGE),
    "half of it is gone": lambda path: _truncate(path, path.stat().st_size // 2),
    "a hundred bytes are left": lambda path: _truncate(path, 100),
    "it is a text": lambda path: path.write_text("kept: false\n" * 500, encoding="utf-8"),
    "it is of another version": _other_version,
}


@pytest.mark.parametrize("what", DAMAGE)
def test_a_damaged_file_is_put_aside(scene: Scene, what: str) -> None:
    """Whatever is damaged is found at opening, kept under another name and told once; a new file is begun at once."""
    scene.filled(*range(20))
    DAMAGE[what](scene.path)
    before = scene.path.read_bytes()
    disk = scene.disk()
    assert [disk.get(key(each)) for each in range(20)] == [None] * 20
    disk.put(key(1), value(1), HOUR)
    disk.flush()
    assert disk.get(key(1)) == value(1)
    assert scene.beside(".damaged").read_bytes() == before
    assert len(scene.told) == 1
    assert "kept.db is damaged" in scene.told[0]
    assert scene.integrity() == "ok"


@pytest.mark.parametrize("seed", range(12))
def test_no_damage_gives_a_wrong_value(scene: Scene, seed: int) -> None:
    """Some bytes are changed anywhere in the file: each entry is right or not there, and new ones are kept."""
    scene.filled(*range(20))
    chance = random.Random(seed)
    for _ in range(6):
        _with_bytes(scene.path, chance.randrange(scene.path.stat().st_size - 8), chance.randbytes(8))
    disk = scene.disk()
    assert [each for each in range(20) if disk.get(key(each)) not in {None, value(each)}] == []
    for number in range(100, 104):
        scene.let_pass(1)
        disk.put(key(number), value(number), HOUR)
        disk.flush()
    assert disk.get(key(103)) == value(103)


def test_one_damaged_file_is_kept(scene: Scene) -> None:
    """The next damaged file takes the place of the one from before."""
    for text in ("first", "second"):
        scene.path.write_text(text * 100, encoding="utf-8")
        disk = scene.disk()
        assert disk.get(key(1)) is None
        disk.close()
    assert scene.beside(".damaged").read_text(encoding="utf-8") == "second" * 100
    assert len(list(scene.path.parent.glob("*.damaged*"))) == 1


def test_an_empty_file_is_begun(scene: Scene) -> None:
    """A file without a byte, as a crash may leave it, is no damage."""
    scene.path.touch()
    disk = scene.disk()
    disk.put(key(1), value(1), HOUR)
    disk.flush()
    assert (disk.get(key(1)), scene.told) == (value(1), [])


def test_a_torn_value_is_not_given_out(scene: Scene) -> None:
    """Bytes that changed within a value, which SQLite cannot see, make it a miss; it is counted, and put anew."""
    scene.filled(1, 2)
    _with_bytes(scene.path, scene.path.read_bytes().index(value(1)[3000:3020]), b"#")
    disk = scene.disk()
    assert (disk.get(key(1)), disk.get(key(2)), disk.torn, scene.told) == (None, value(2), 1, [])
    disk.put(key(1), value(1), HOUR)
    disk.flush()
    assert disk.get(key(1)) == value(1)


@pytest.mark.parametrize(
    "change",
    ["until = until + 1", "put_at = put_at - 1", "value = x'00'", "value = 7", "checksum = 'text'", "value = 'text'"],
)
def test_the_checksum_is_over_all_of_a_row(scene: Scene, change: str) -> None:
    """No part of a row can change unnoticed, be it by type."""
    scene.filled(1)
    with closing(sqlite3.connect(scene.path, isolation_level=None)) as connection:
        connection.execute(f"UPDATE kept SET {change}")
    disk = scene.disk()
    assert (disk.get(key(1)), disk.torn) == (None, 1)


def test_a_value_under_another_key_is_not_given_out(scene: Scene) -> None:
    """A row that came to stand under a key which is not its own is a miss: whom it is for is part of the key."""
    scene.filled(1)
    with closing(sqlite3.connect(scene.path, isolation_level=None)) as connection:
        moved = int.from_bytes(key(2)[:8], "little", signed=True) ^ int.from_bytes(key(2)[8:], "little", signed=True)
        connection.execute("UPDATE kept SET id = ?, key = ?", (moved, key(2)))
    disk = scene.disk()
    assert (disk.get(key(2)), disk.torn) == (None, 1)


def _ruin(scene: Scene) -> None:
    """Damage every page while others have the file open; what SQLite's caches still hold stays sound."""
    _with_bytes(scene.path, 0, b"\xff" * scene.path.stat().st_size)


def test_damage_under_way_is_noticed_by_reading(scene: Scene) -> None:
    """A file that is ruined while it is open is put aside by who reads it, and a new one begun."""
    scene.filled(*range(60))
    disk = scene.disk()
    assert disk.get(key(0)) == value(0)
    _ruin(scene)
    assert {disk.get(key(each)) for each in range(1, 60)} <= {None, *map(value, range(60))}
    assert scene.beside(".damaged").exists()
    disk.put(key(1), b"anew", HOUR)
    disk.flush()
    assert disk.get(key(1)) == b"anew"
    assert len([each for each in scene.told if "is damaged" in each]) == 1


def test_damage_under_way_is_noticed_by_writing(scene: Scene) -> None:
    """The same by who writes: what he had is dropped, and what comes next is kept."""
    scene.filled(*range(60))
    disk = scene.disk()
    disk.get(key(0))
    _ruin(scene)
    for number in range(100, 130):
        scene.let_pass(1)
        disk.put(key(number), value(number), HOUR)
        disk.flush()
    assert disk.get(key(129)) == value(129)
    assert scene.beside(".damaged").exists()
    assert scene.integrity() == "ok"


def test_an_index_that_leads_nowhere_is_damage(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the file is full and nothing in it can be found to make room, it is begun anew instead of never written again."""
    disk = scene.disk()
    with monkeypatch.context() as patched:
        patched.setattr(disk_rows, "_SOONEST", "SELECT id, length(value) FROM kept WHERE until < 0 LIMIT ?")
        for number in range(90):
            scene.let_pass(1)
            disk.put(key(number), value(number), HOUR)
            disk.flush()
    assert "nothing in it can be found" in scene.told[0]
    assert (disk.get(key(89)), disk.get(key(0))) == (value(89), None)
    assert scene.beside(".damaged").stat().st_size > SIZE // 2


def test_all_leave_a_condemned_file(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new file is begun when everybody who had the damaged one open has noticed, and not before."""
    monkeypatch.setattr(disk_file, "LOOK", 0.0)
    scene.filled(*range(60))
    one, other = scene.disk(), scene.disk()
    assert (one.get(key(0)), other.get(key(0))) == (value(0), value(0))
    scene.path.rename(scene.beside(".damaged"))
    assert one.get(key(0)) is None
    assert "other processes have yet to notice" in scene.told[-1]
    assert not scene.path.exists()
    assert other.get(key(0)) is None
    scene.let_pass(1)
    one.put(key(0), b"anew", HOUR)
    one.flush()
    assert (one.get(key(0)), other.get(key(0))) == (b"anew", b"anew")


def test_a_vanished_file_is_begun_anew(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that somebody deleted is missed within LOOK seconds; its log is not taken for the new one's."""
    monkeypatch.setattr(disk_file, "LOOK", 0.0)
    disk = scene.disk()
    disk.put(key(1), value(1), HOUR)
    disk.flush()
    scene.path.unlink()
    assert disk.get(key(1)) is None
    disk.put(key(2), value(2), HOUR)
    disk.flush()
    disk.close()
    assert scene.disk().get(key(2)) == value(2)
    assert (scene.told, scene.integrity()) == ([], "ok")


def test_a_vanished_folder_is_told_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its folder there is nothing to read or write; each is told once, and once more when it is back."""
    monkeypatch.setattr(disk_file, "LOOK", 0.0)
    folder = scene.path.parent / "folder"
    folder.mkdir()
    scene.path = folder / "kept.db"
    disk = scene.disk()
    disk.put(key(1), value(1), HOUR)
    disk.flush()
    shutil.rmtree(folder)
    for _ in range(3):
        scene.let_pass(1)
        assert disk.get(key(1)) is None
        disk.put(key(1), value(1), HOUR)
        disk.flush()
    assert [each.split(f" {folder}")[0] for each in scene.told] == [
        "kept answers cannot be read from",
        "kept answers cannot be written to",
    ]
    folder.mkdir()
    scene.let_pass(1)
    disk.put(key(1), value(1), HOUR)
    disk.flush()
    assert disk.get(key(1)) == value(1)
    assert len(scene.told) == 4


def test_another_programs_database_is_left_alone(scene: Scene) -> None:
    """A sound database that is not ours is neither written nor renamed, whatever path somebody wrote down."""
    with closing(sqlite3.connect(scene.path)) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER)")
    before = scene.path.read_bytes()
    disk = scene.disk()
    disk.put(key(1), value(1), HOUR)
    disk.flush()
    assert disk.get(key(1)) is None
    disk.close()
    assert scene.path.read_bytes() == before
    assert not scene.beside(".damaged").exists()
    assert len(scene.told) == 2
    assert "another program" in scene.told[0]


def test_the_bound_of_the_tests_is_the_least(scene: Scene) -> None:
    """Sixty entries of 10 KB fit, so that the damaged files above held what was put."""
    scene.filled(*range(60))
    disk = scene.disk()
    assert [each for each in range(60) if disk.get(key(each)) is None] == []
    assert scene.taken() <= SIZE
