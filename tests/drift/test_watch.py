"""The watch: when it looks, which of several processes does, what it tells, and what it keeps."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.port import Quiet, SourceError, Spent, TimedOut, Unavailable
from app.drift import Watch, watch
from app.drift.watch import FIRST_PAUSE, LEASE, LONGEST_NAP, START
from app.observations import DriftFound, Observation, Observatory, SourceChecked
from app.state import LookRecord, State, StateError
from tests.callers.keys_scene import Clock
from tests.drift.scene import PATIENCE, Scene, compiled, scene, sqlite

__all__ = ["scene", "sqlite"]

NOW = 1_000_000.0
DAY = 86_400.0


class Watched:
    """A watch over the scene, the state that it shares with others, and what it has told."""

    def __init__(self, scene: Scene, state: State, clock: Clock, every: float = DAY) -> None:
        self.scene, self.state, self.clock = scene, state, clock
        self.told: list[Observation] = []
        sources: Any = {"plant": scene.source}
        self.watch = Watch(scene.compiled, sources, state, Observatory(self.told.append), every, clock)

    def turn(self) -> float:
        """What a thread does when it wakes: the seconds until it wakes again."""
        return self.watch.turn()

    @property
    def record(self) -> LookRecord:
        """What the state has of the source."""
        (record,) = self.state.looks(self.scene.compiled.basis)
        return record

    def codes(self) -> list[str]:
        """The codes of the findings that were told."""
        return [each.code for each in self.told if isinstance(each, DriftFound)]


@pytest.fixture
def clock() -> Clock:
    """The clock on the wall."""
    return Clock(NOW)


@pytest.fixture
def state(tmp_path: Path, clock: Clock) -> Iterator[State]:
    """The state that workers share."""
    opened = State("sqlite:///state.db", tmp_path, clock)
    yield opened
    opened.close()


@pytest.fixture
def watched(scene: Scene, state: State, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Watched:
    """One worker, whose reads have time."""
    monkeypatch.setattr(watch, "BOUNDS", replace(watch.BOUNDS, seconds=PATIENCE))
    return Watched(scene, state, clock)


def test_a_look_is_kept_and_told(watched: Watched) -> None:
    """Numbers for whoever asks, the findings in full, and one observation for each; then it sleeps."""
    watched.scene.plant.execute('DROP TABLE "SHELF"', 'DROP INDEX "PARTBIN"', 'ALTER TABLE "PART" ADD COLUMN "N" INT')
    assert watched.turn() == LONGEST_NAP
    record = watched.record
    assert (record.breaking, record.risky, record.safe, record.failure) == (1, 1, 1, "")
    assert (record.checked_at, record.due_at) == (NOW, NOW + DAY)
    assert [each["code"] for each in json.loads(record.findings)] == ["table-gone", "index-lost", "column-added"]
    found = DriftFound("plant", "table-gone", "breaking", "plant.SHELF", "it is no longer there")
    assert watched.told[0] == found
    (checked,) = (each for each in watched.told if isinstance(each, SourceChecked))
    assert (checked.breaking, checked.risky, checked.safe, checked.failure) == (1, 1, 1, "")


def test_what_is_known_is_not_told_again(watched: Watched) -> None:
    """Not at the next look, not by another worker; what is new is, and what came back."""
    watched.scene.plant.execute('DROP INDEX "PARTBIN"')
    watched.turn()
    watched.clock.at += DAY
    other = Watched(watched.scene, watched.state, watched.clock)
    watched.scene.plant.execute('UPDATE "PART" SET "PTSTA" = \'Z\'')
    other.turn()
    assert (watched.codes(), other.codes()) == (["index-lost"], ["unknown-code"])
    watched.scene.plant.execute('CREATE INDEX "PARTBIN" ON "PART" ("PTBIN", "PTNO")')
    watched.clock.at += DAY
    other.turn()
    watched.scene.plant.execute('DROP INDEX "PARTBIN"')
    watched.clock.at += DAY
    other.turn()
    assert other.codes() == ["unknown-code", "index-lost"]


def test_one_worker_looks_for_all(watched: Watched) -> None:
    """Whoever comes first has the look; the other sleeps until the next is due, however often it wakes."""
    other = Watched(watched.scene, watched.state, watched.clock, every=1800.0)
    watched.turn()
    watched.scene.source.asked.clear()
    assert other.turn() == LONGEST_NAP
    watched.clock.at += DAY - 600.0
    assert other.turn() == pytest.approx(600.0)
    assert (watched.scene.source.asked, other.told) == ([], [])
    watched.clock.at += 600.0
    assert other.turn() == pytest.approx(1800.0)
    assert len(other.told) == 1


def test_a_worker_that_dies_over_a_look_leaves_it_to_others(watched: Watched) -> None:
    """Its lease ends by itself."""
    assert watched.state.claim_look("plant", watched.scene.compiled.basis, LEASE) is not None
    assert watched.turn() == LONGEST_NAP
    assert watched.told == []
    watched.clock.at += LEASE
    watched.turn()
    assert watched.record.checked_at == NOW + LEASE


def test_a_watch_that_is_closed_over_a_look_leaves_it_to_others(watched: Watched) -> None:
    """It ends before its next statement, and nobody waits for its lease: a reload begins with a look of its own."""
    watched.scene.source.meanwhile = watched.watch.close
    watched.turn()
    assert len(watched.scene.source.asked) == 1
    assert (watched.record.due_at, watched.record.checked_at, watched.told) == (NOW, None, [])
    watched.scene.source.meanwhile = lambda: None
    other = Watched(watched.scene, watched.state, watched.clock)
    other.turn()
    assert (other.record.checked_at, len(other.told)) == (NOW, 1)


def test_a_look_that_was_given_back_is_not_ended_twice(watched: Watched) -> None:
    """A statement may outlive `close`: what comes of it then is nothing to those who have looked meanwhile."""
    other = Watched(watched.scene, watched.state, watched.clock)

    def close_and_look_elsewhere() -> None:
        watched.scene.source.meanwhile = lambda: None
        watched.watch.close()
        other.turn()
        watched.scene.source.reads["PART"] = Unavailable("the network went with the worker")

    watched.scene.source.meanwhile = close_and_look_elsewhere
    watched.turn()
    assert (watched.record.due_at, watched.record.failure) == (NOW + DAY, "")
    assert (watched.told, len(other.told)) == ([], 1)


def test_a_state_that_is_away_does_not_keep_a_worker_from_ending(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The look stays its own until the lease ends, and the log says so."""

    def away(*_: object) -> None:
        raise StateError("the state is away")

    monkeypatch.setattr(watched.state, "note_look", away)
    watched.scene.source.meanwhile = watched.watch.close
    with caplog.at_level(logging.WARNING, "bascule"):
        watched.turn()
    assert "due again when its lease has ended: the state is away" in caplog.text
    assert watched.record.due_at == NOW + LEASE


def test_a_changed_contract_is_looked_at_anew(watched: Watched) -> None:
    """What stands on the source may be other things now: the looks of another plan are not its own."""
    watched.turn()
    plan = replace(watched.scene.compiled.plan, digest="another")
    watched.scene.compiled = replace(watched.scene.compiled, plan=plan)
    other = Watched(watched.scene, watched.state, watched.clock)
    other.turn()
    assert len(other.told) == 1


def test_a_snapshot_that_was_taken_again_is_held_against_the_source_anew(watched: Watched) -> None:
    """The plan is the same without the index, and the digest of the plan with it: what was found is mended nevertheless."""
    watched.scene.plant.execute('DROP INDEX "PARTBIN"')
    watched.turn()
    assert watched.record.risky == 1
    before = watched.scene.compiled
    watched.scene.compiled = compiled(watched.scene.plant)
    assert watched.scene.compiled.plan.digest == before.plan.digest
    assert watched.state.looks(watched.scene.compiled.basis) == []
    other = Watched(watched.scene, watched.state, watched.clock)
    other.turn()
    assert (other.record.risky, other.codes()) == (0, [])


def test_what_nothing_stands_on_makes_no_other_basis(watched: Watched) -> None:
    """Tables that no resource uses, and rows as statistics count them."""
    watched.scene.plant.execute('CREATE TABLE "OTHER" ("N" INTEGER)', 'DELETE FROM "STOCK"')
    assert compiled(watched.scene.plant).basis == watched.scene.compiled.basis


def test_a_source_that_is_down_is_tried_again_with_growing_pauses(watched: Watched) -> None:
    """A minute, two, four, up to the usual time; what was found before stays known, and the failure has its name."""
    watched.scene.plant.execute('DROP INDEX "PARTBIN"')
    watched.turn()
    watched.scene.source.catalogs[""] = Unavailable("nobody is there")
    watched.clock.at = NOW + DAY
    pauses = []
    for _ in range(12):
        watched.turn()
        pauses.append(watched.record.due_at - watched.clock.at)
        watched.clock.at = watched.record.due_at
    assert pauses == [min(DAY, FIRST_PAUSE * 2**number) for number in range(12)]
    assert (watched.record.risky, watched.record.failure, watched.record.failures) == (1, "Unavailable", 12)
    failed = [each.failure for each in watched.told if isinstance(each, SourceChecked)]
    assert failed == ["", *["Unavailable"] * 12]
    watched.scene.source.catalogs.clear()
    watched.turn()
    assert (watched.record.failure, watched.record.failures) == ("", 0)
    assert watched.codes() == ["index-lost"]


def test_a_quiet_window_is_no_failure(watched: Watched) -> None:
    """The look comes after its end; a look that a window ends is a look that was not made."""
    quiet = Quiet("quiet until 03:30")
    quiet.retry_after = 5400.0
    watched.scene.source.catalogs[""] = quiet
    assert watched.turn() == LONGEST_NAP
    assert (watched.record.due_at, watched.record.failures, watched.record.failure) == (NOW + 5400.0, 0, "Quiet")
    watched.scene.source.catalogs.clear()
    watched.scene.source.reads["STOCK"] = quiet
    watched.clock.at = watched.record.due_at
    watched.scene.plant.execute('DROP INDEX "PARTBIN"')
    watched.turn()
    assert (watched.codes(), watched.record.checked_at) == ([], None)


def test_a_wait_that_the_source_asks_for_is_kept(watched: Watched) -> None:
    """Whoever is told to come back in an hour does not come in a minute."""
    failure = TimedOut("too much to do")
    failure.retry_after = 3600.0
    watched.scene.source.catalogs[""] = failure
    watched.turn()
    assert watched.record.due_at == NOW + 3600.0


def granting(watched: Watched, rows: int, every: float = DAY) -> Watched:
    """The same over a contract that grants so many rows for a day."""
    contract = watched.scene.compiled.contract
    sources = {"plant": replace(contract.sources["plant"], rows_per_day=rows)}
    watched.scene.compiled = replace(watched.scene.compiled, contract=replace(contract, sources=sources))
    return Watched(watched.scene, watched.state, watched.clock, every)


@pytest.mark.parametrize(
    ("rows", "every", "read"),
    [(1000, DAY, 6), (1000, 10 * DAY, 6), (80, DAY, 4), (80, 10 * DAY, 4), (1000, DAY / 25, 2), (19, DAY, 0)],
)
def test_a_day_of_looks_reads_a_share_of_the_day_s_rows(watched: Watched, rows: int, every: float, read: int) -> None:
    """A twentieth, however often it looks; the world has six rows."""
    granting(watched, rows, every).turn()
    (checked_at,) = (each.checked_at for each in watched.state.looks(watched.scene.compiled.basis))
    assert (checked_at, watched.scene.source.read) == (NOW, read)


def test_a_look_that_fails_late_makes_up_for_its_rows(watched: Watched) -> None:
    """It would have the day's rows, if each new try were to read them again."""
    watched = granting(watched, 160)
    watched.scene.source.reads["STOCK"] = Unavailable("gone")
    watched.turn()
    assert watched.scene.source.read == 6
    assert watched.record.due_at == pytest.approx(NOW + 6 / 8 * DAY)
    watched.clock.at = watched.record.due_at
    watched.scene.source.catalogs[""] = Unavailable("gone")
    watched.turn()
    assert watched.record.due_at == watched.clock.at + 2 * FIRST_PAUSE


def test_a_day_s_rows_that_are_spent_are_waited_for(watched: Watched) -> None:
    """The host's own refusal says when there are more; what was found before stays known."""
    watched.scene.plant.execute('DROP INDEX "PARTBIN"')
    watched.turn()
    spent = Spent("1000 rows were read today; the contract grants 1000")
    spent.retry_after = 7200.0
    watched.scene.source.catalogs[""] = spent
    watched.clock.at = NOW + DAY
    watched.turn()
    assert (watched.record.due_at, watched.record.failure) == (NOW + DAY + 7200.0, "Spent")
    assert (watched.record.risky, watched.codes()) == (1, ["index-lost"])


def test_a_defect_ends_nothing(watched: Watched, caplog: pytest.LogCaptureFixture) -> None:
    """It is logged, and tried again when the lease has ended."""
    watched.scene.source.catalogs[""] = ZeroDivisionError("a defect")
    with caplog.at_level(logging.ERROR, "bascule"):
        assert watched.turn() == LONGEST_NAP
    assert "ZeroDivisionError: a defect" in caplog.text
    assert watched.record.due_at == NOW + LEASE
    watched.scene.source.catalogs.clear()
    watched.clock.at += LEASE
    watched.turn()
    assert watched.record.checked_at == NOW + LEASE


def test_a_state_that_is_away_is_waited_for(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is asked without the lease: somebody else may have it."""

    def away(*_: object) -> None:
        raise StateError("the state is away")

    monkeypatch.setattr(watched.state, "claim_look", away)
    assert watched.turn() == FIRST_PAUSE
    assert watched.scene.source.listed == []


@pytest.mark.parametrize(("deadline", "granted"), [(1000.0, 100.0), (60.0, 60.0)])
def test_the_host_s_own_deadline_bounds_each_read(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, deadline: float, granted: float
) -> None:
    """A look asks for no more time than it has, and no more than the contract grants a request."""
    monkeypatch.setattr(watch, "BOUNDS", replace(watch.BOUNDS, seconds=100.0))
    contract = watched.scene.compiled.contract
    sources = {"plant": replace(contract.sources["plant"], deadline=deadline)}
    watched.scene.compiled = replace(watched.scene.compiled, contract=replace(contract, sources=sources))
    Watched(watched.scene, watched.state, watched.clock).turn()
    assert len(watched.scene.source.granted) == 3
    assert all(granted - 30.0 < each <= granted for each in watched.scene.source.granted)


def test_a_watch_begins_after_a_while_and_ends_at_once(watched: Watched) -> None:
    """A thread that sleeps: nothing is asked at a start, when everybody comes; `close` does not wait for it."""
    watched.watch.start()
    thread = watched.watch._thread
    assert thread is not None
    assert thread.is_alive()
    watched.watch.close()
    thread.join(30.0)
    assert not thread.is_alive()
    assert START > 60.0
    assert watched.scene.source.listed == []


def test_no_watch_where_none_is_wanted(scene: Scene, state: State, clock: Clock) -> None:
    """`BASCULE_DRIFT_EVERY=0`."""
    none = Watched(scene, state, clock, every=0)
    none.watch.start()
    assert none.watch._thread is None
    none.watch.close()


@pytest.mark.parametrize("failure", [Unavailable("gone")])
def test_a_failing_look_tells_no_drift(watched: Watched, failure: SourceError) -> None:
    """Half a look would tell what is gone and not what came back."""
    watched.scene.plant.execute('DROP TABLE "SHELF"')
    watched.scene.source.reads["STOCK"] = failure
    watched.turn()
    assert watched.codes() == []
