"""Kept entries and time: how long they are given out, whatever becomes of the clock."""

from __future__ import annotations

from tests.kept.disk_scene import HOUR, Scene, key, scene, value

__all__ = ["scene"]  # a fixture


def test_an_entry_expires(scene: Scene) -> None:
    """An entry is given out for its seconds and not at their end; the next writing deletes it."""
    disk = scene.disk()
    disk.put(key(1), value(1), 60)
    disk.flush()
    scene.let_pass(59)
    assert disk.get(key(1)) == value(1)
    scene.let_pass(1)
    assert disk.get(key(1)) is None
    disk.put(key(2), value(2), 60)
    disk.close()
    assert scene.count() == 1


def test_an_entry_expires_while_nobody_runs(scene: Scene) -> None:
    """The seconds go on between two runs, whatever the steady clock does: it begins anew with the machine."""
    scene.filled(1)
    scene.wall, scene.steady = scene.wall + HOUR - 1, 3.0
    assert scene.disk().get(key(1)) == value(1)
    scene.wall += 1
    assert scene.disk().get(key(1)) is None


def test_a_clock_that_is_set_back_makes_nothing_younger(scene: Scene) -> None:
    """An hour back while a gateway runs: entries stay, and go when their seconds have passed, in every worker's eyes."""
    disk, other = scene.disk(), scene.disk()
    disk.put(key(1), value(1), 60)
    disk.flush()
    scene.wall -= HOUR
    scene.let_pass(59)
    assert [disk.get(key(1)), other.get(key(1))] == [value(1), value(1)]
    disk.put(key(2), value(2), 60)
    disk.flush()
    assert other.get(key(2)) == value(2)
    scene.let_pass(1)
    assert [disk.get(key(1)), other.get(key(1))] == [None, None]


def test_a_clock_that_is_set_forward_ends_entries_early(scene: Scene) -> None:
    """An hour forward: what was for less is gone, for nobody can tell; back again, nothing is kept longer than its seconds."""
    disk = scene.disk()
    disk.put(key(1), value(1), 60)
    disk.flush()
    scene.wall += HOUR
    assert disk.get(key(1)) is None
    scene.wall -= HOUR
    scene.let_pass(60)
    assert disk.get(key(1)) is None


def test_a_clock_that_was_set_back_between_two_runs_ends_everything(scene: Scene) -> None:
    """Where a row is from the future no age is certain, so all of them go, which is told."""
    disk = scene.disk()
    disk.put(key(1), value(1), 3 * HOUR)
    disk.flush()
    scene.let_pass(2 * HOUR)
    disk.put(key(2), value(2), HOUR)
    disk.close()
    scene.wall -= HOUR
    again = scene.disk()
    assert [again.get(key(1)), again.get(key(2))] == [None, None]
    assert len(scene.told) == 1
    assert "the clock was set back" in scene.told[0]


def test_what_comes_from_the_future_is_not_given_out(scene: Scene) -> None:
    """A worker whose time is behind that of the writer gives nothing of his out, and deletes it with its next writing."""
    ahead = scene.disk()
    ahead.get(key(1))  # has the file open, so the other one does not begin it
    scene.wall -= HOUR
    behind = scene.disk()
    behind.get(key(1))
    ahead.put(key(1), value(1), HOUR)
    ahead.flush()
    assert [ahead.get(key(1)), behind.get(key(1))] == [value(1), None]
    behind.put(key(2), value(2), HOUR)
    behind.flush()
    assert ahead.get(key(1)) is None
