"""Purges: which answers are good, to a process that saw what happened and to one that did not."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from app.kept.purges import ASK, BY_ITSELF, Purges
from app.kept.tags import EVERYTHING
from app.state import State, inquiry
from app.state.purges import RETENTION
from tests import shop
from tests.adapters.guard.fakes import Child
from tests.callers.keys_scene import Clock
from tests.house.source import ROOT
from tests.kept.purges_scene import ITEM, LIST, OTHER, PATIENT, Scene, scene
from tests.patient import FILE

__all__ = ["scene"]


@pytest.mark.parametrize(
    ("tag", "good"),
    [
        ("item:v1/orders/4711", (False, True, True)),
        ("lists:v1/orders", (True, True, False)),
        ("resource:v1/orders", (False, False, False)),
        ("table:erp/ORDHDR", (False, False, False)),
        ("source:erp", (False, False, False)),
        (EVERYTHING, (False, False, False)),
        ("resource:v2/orders", (True, True, True)),
        ("table:erp/ORDLIN", (True, True, True)),
        ("source:er", (True, True, True)),
        ("item:v1/orders/471", (True, True, True)),
    ],
)
def test_a_purge_ends_what_was_begun_before(scene: Scene, tag: str, good: tuple[bool, ...]) -> None:
    """And has one of its tags; what is begun afterwards is good."""
    begun = scene.purges.generation()
    assert scene.purge(tag) > begun
    assert all(scene.purges.valid(tags, begun) for tags in (ITEM, OTHER, LIST))
    now = scene.later()
    assert tuple(scene.purges.valid(tags, begun) for tags in (ITEM, OTHER, LIST)) == good
    assert all(scene.purges.valid(tags, now) for tags in (ITEM, OTHER, LIST))


def test_a_purge_ends_what_was_begun_before_the_one_before_it(scene: Scene) -> None:
    """Each answer is held against all purges since it was begun, and against none before."""
    first = scene.purges.generation()
    scene.purge("source:mes", "item:v1/orders/4711")
    second = scene.later()
    scene.purge("lists:v1/orders")
    third = scene.later()
    scene.purge("source:mes")
    scene.later()
    known = {first: (False, True, False), second: (True, True, False), third: (True, True, True)}
    for begun, good in known.items():
        assert tuple(scene.purges.valid(tags, begun) for tags in (ITEM, OTHER, LIST)) == good


def test_what_was_begun_before_the_log_reaches_back_is_not_good(scene: Scene) -> None:
    """Purges are forgotten after eight days; which ones, nobody knows then."""
    begun = scene.purges.generation()
    forgotten = scene.purge("source:mes")
    scene.later()
    assert scene.purges.valid(ITEM, begun)
    scene.wall.at += RETENTION
    scene.purge("source:crm")
    scene.later()
    assert not scene.purges.valid(ITEM, begun)
    assert scene.purges.valid(ITEM, forgotten)
    fresh = Purges(scene.elsewhere, scene.monotonic)
    fresh.generation()
    assert not fresh.valid(ITEM, begun)


def test_what_was_forgotten_is_known_no_longer(scene: Scene) -> None:
    """A process that lives for months holds what the log holds."""
    for number in range(20):
        scene.purge(f"item:v1/orders/{number}")
        scene.wall.at += RETENTION
        scene.later()
    assert len(scene.purges._known.purged) <= 2


def test_of_a_log_that_was_made_anew_nothing_older_is_good(scene: Scene) -> None:
    """Whatever was purged in it before or since; to a process that saw it happen, and to one that did not."""
    begun = [scene.purges.generation(), scene.purge("source:mes"), scene.purge("source:mes")]
    scene.later()
    assert scene.purges.valid(ITEM, begun[1])
    scene.lose()
    anew = scene.later()
    fresh = Purges(scene.elsewhere, scene.monotonic)
    assert fresh.generation() == anew
    for each in (scene.purges, fresh):
        assert not any(each.valid(ITEM, old) for old in begun)
        assert each.valid(ITEM, anew)
    scene.purge("source:mes", "source:crm")
    scene.later()
    assert not any(scene.purges.valid(ITEM, old) for old in begun)
    assert scene.purges.valid(ITEM, anew)


def test_a_log_that_has_lost_purges_purges_everything(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """A backup that was put in the place of a state lacks the last ones, and nobody knows which."""
    begun = scene.purges.generation()
    backup = (scene.folder / "state.db").read_bytes()
    lost = scene.purge("source:mes", "item:v1/orders/4711")
    assert scene.later() == lost
    scene.elsewhere.close()
    scene.state.close()
    (scene.folder / "state.db").write_bytes(backup)
    scene.wall.at += 1
    assert scene.later() > lost
    assert not any(scene.purges.valid(tags, old) for tags in (ITEM, OTHER) for old in (begun, lost))
    assert [(each.tag, each.who) for each in scene.elsewhere.newest_purges(9)] == [(EVERYTHING, BY_ITSELF)]
    assert [record.levelname for record in caplog.records] == ["WARNING"]


# What other workers keep.


def test_what_another_worker_knows_is_asked_for_once(scene: Scene) -> None:
    """An answer of a generation that is not known yet is not good at first; it is to who may ask."""
    scene.purges.generation()
    newer = scene.purge("source:erp")
    assert not scene.purges.due()
    assert not scene.purges.valid(ITEM, newer)
    assert scene.purges.due()
    assert scene.purges.generation() == newer
    assert scene.purges.valid(ITEM, newer)
    newest = scene.purge("source:erp")
    assert scene.purges.holds(ITEM, newest)
    assert not scene.purges.holds(ITEM, newer)


def test_a_generation_that_nobody_knows_is_asked_for_once(scene: Scene) -> None:
    """One of a log that is gone does not have each request ask the state."""
    unknown = scene.purges.generation() + 10**9
    asked = scene.state.asked
    for _ in range(100):
        assert not scene.purges.holds(ITEM, unknown)
        assert not scene.purges.valid(ITEM, unknown - 1)
        scene.purges.generation()
    assert scene.state.asked == asked + 1


# Several processes.


def test_a_purge_by_the_command_line_is_known_in_another_process(tmp_path: Path) -> None:
    """A worker that was forked asks for itself: within a second's worth of questions, it knows."""
    folder = shop.build(tmp_path / "shop")
    now = Clock(5_000.0)
    state = State(FILE, folder)
    purges = Purges(state, now)
    begun = purges.generation()
    state.close()

    def hears_of_it() -> bool:
        command = ["cache", "purge", str(folder), "--item", "v1/items/0001"]
        done = subprocess.run([sys.executable, "-m", "app", *command], cwd=ROOT, check=False, capture_output=True)
        unheard = purges.valid(("item:v1/items/0001",), purges.generation())
        now.at += ASK
        heard = purges.generation() > begun and not purges.valid(("item:v1/items/0001",), begun)
        return done.returncode == 0 and unheard and heard and purges.valid(("item:v1/items/0002",), begun)

    assert 2 * ASK < 1.0
    assert Child(hears_of_it).good()
    now.at += ASK
    assert purges.generation() > begun
    state.close()


def test_a_child_asks_for_itself(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that was made while a thread of its parent asked is not kept waiting by it."""
    scene.purges.generation()
    purged = scene.purge("source:erp")
    scene.monotonic.at += ASK
    freed, read = threading.Event(), scene.state.last_purge

    def hang() -> int:
        assert freed.wait(PATIENT)
        return read()

    with monkeypatch.context() as hanging:
        hanging.setattr(inquiry, "PATIENCE", 0.01)
        hanging.setattr(scene.state, "last_purge", hang)
        assert scene.purges.generation() < purged
    child = Child(lambda: scene.purges.generation() == purged)
    freed.set()
    assert child.good()
    for thread in [each for each in threading.enumerate() if each.name == "bascule-state"]:
        thread.join(PATIENT)
