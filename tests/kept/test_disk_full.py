"""Kept entries where nothing can be written: a full disk, a limit, a folder without the right to it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from app.kept import disk_rows
from tests.kept.disk_scene import HOUR, Scene, key, outcome, scene, value

__all__ = ["scene"]  # a fixture


def test_a_full_database_is_survived(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite's own "database or disk is full" is told once; what is kept is read on; when there is room it is well again."""
    disk = scene.disk()
    disk.put(key(-1), value(-1), HOUR)
    disk.flush()
    with monkeypatch.context() as patched:
        patched.setattr(disk_rows, "_free", lambda *_: 10**6)  # no room is made: the bound of pages itself is reached
        for number in range(150):
            disk.put(key(number), value(number), HOUR)
            disk.flush()
            scene.let_pass(1)
    assert len(scene.told) == 1
    assert "full" in scene.told[0]
    assert disk.dropped > 10
    assert [disk.get(key(-1)), disk.get(key(0))] == [value(-1), value(0)]
    disk.put(key(200), value(200), HOUR)
    disk.flush()
    assert disk.get(key(200)) == value(200)
    assert (len(scene.told), scene.integrity()) == (2, "ok")


_LIMITED = """
import resource
told = []
disk = Disk(Path(sys.argv[1]), SIZE, tell=told.append)
disk.put(key(1), value(1), 3600)
disk.flush()
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (disk._file._log_bytes() + 3000, most))
for number in range(2, 6):
    disk.put(key(number), value(number), 3600)
    disk.flush()
print(len(told), disk.dropped, [disk.get(key(n)) == value(n) for n in range(1, 6)])
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
disk.put(key(6), value(6), 3600)
disk.flush()
print(len(told), disk.get(key(6)) == value(6))
"""


def test_a_disk_that_takes_no_more_is_survived(scene: Scene) -> None:
    """A real failure to write in the midst of a transaction, by the limit of a process: nobody hears of it but the log."""
    printed = outcome(_LIMITED, str(scene.path)).splitlines()
    assert printed == ["1 4 [True, False, False, False, False]", "2 True"]
    assert scene.integrity() == "ok"


_BEGUN_FULL = """
import resource
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (1, most))
told = []
disk = Disk(Path(sys.argv[1]), SIZE, tell=told.append)
disk.put(key(1), value(1), 3600)
disk.close()
print(disk.get(key(1)), len(told))
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
disk = Disk(Path(sys.argv[1]), SIZE, tell=told.append)
disk.put(key(1), value(1), 3600)
disk.close()
print(disk.get(key(1)) == value(1), len(told))
"""


def test_a_disk_that_is_full_at_start_is_survived(scene: Scene) -> None:
    """Where not even the table can be made, there are no kept answers; when there is room, what was left behind is no hurdle."""
    assert outcome(_BEGUN_FULL, str(scene.path)).splitlines() == ["None 2", "True 2"]


def _missing(path: Path) -> Path:
    return path / "missing" / "kept.db"


def _below_a_file(path: Path) -> Path:
    (path / "file").touch()
    return path / "file" / "kept.db"


def _a_folder(path: Path) -> Path:
    (path / "kept.db" / "within").mkdir(parents=True)
    return path / "kept.db"


@pytest.mark.parametrize("where", [_missing, _below_a_file, _a_folder])
def test_a_place_that_cannot_be_used(tmp_path: Path, where: Callable[[Path], Path]) -> None:
    """No folder, a file in its place, a folder in the file's: nothing is raised or removed, and each is told once."""
    scene = Scene(where(tmp_path))
    disk = scene.disk()
    for _ in range(3):
        disk.put(key(1), value(1), HOUR)
        disk.flush()
        assert disk.get(key(1)) is None
        scene.let_pass(1)
    disk.close()
    assert sorted(each.split(" ")[4] for each in scene.told) == ["read", "written"]
    assert not scene.path.exists() or (scene.path / "within").exists()


_WITHOUT_RIGHTS = """
import os
if os.geteuid() == 0:
    os.seteuid(65534)  # root may write anywhere
told = []
disk = Disk(Path(sys.argv[1]), SIZE, tell=told.append)
disk.put(key(1), value(1), 3600)
disk.close()
print(disk.get(key(1)), len(told), disk.dropped)
"""


def test_a_folder_that_may_not_be_written_to() -> None:
    """A folder for reading alone: the entry is dropped, nothing is found, and both are told."""
    with tempfile.TemporaryDirectory() as folder:  # not pytest's, which only its owner may enter
        Path(folder).chmod(0o555)
        try:
            assert outcome(_WITHOUT_RIGHTS, str(Path(folder) / "kept.db")) == "None 2 1\n"
            assert list(Path(folder).iterdir()) == []
        finally:
            Path(folder).chmod(0o755)


_RIGHTS_TAKEN = """
import os
folder = Path(sys.argv[1]).parent
told = []
disk = Disk(Path(sys.argv[1]), SIZE, tell=told.append)
disk.put(key(1), value(1), 3600)
disk.flush()
folder.chmod(0o555)
if os.geteuid() == 0:
    os.seteuid(65534)
disk.put(key(2), value(2), 3600)
disk.flush()
print([disk.get(key(n)) == value(n) for n in (1, 2)], told)
"""


def test_a_folder_that_loses_its_rights_is_read_on() -> None:
    """Who has the file open goes on with it when its folder is closed to him."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            assert outcome(_RIGHTS_TAKEN, str(Path(folder) / "kept.db")) == "[True, True] []\n"
        finally:
            Path(folder).chmod(0o755)
