"""Old answers: what serves in an outage, in a quiet window and after a restart, and that there is nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.port import Missing, Quiet, TimedOut, Unavailable
from app.observations import SourceFailed
from tests.kept.test_store import Place
from tests.pipeline.kept_scene import ORDERS, Scene, cache_status, opened
from tests.plan.depot import body, header

PAGE = "/v2/orders?limit=5"
EXPANDED = "/v2/orders?limit=5&expand=lines"


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """An open gateway that keeps nothing yet."""
    with opened(tmp_path / "kept") as found:
        yield found


def test_an_outage_is_not_seen(scene: Scene) -> None:
    """For as long as the contract lets an old answer serve: with its age, its data's time and the reason; then it is told."""
    first = scene.get(PAGE)
    scene.main.failure = Unavailable("main")
    scene.later(41)
    _work_at_once(scene)
    answer = scene.get(PAGE)
    assert (answer.status, answer.body) == (200, first.body)
    said = cache_status(answer)
    assert (said["hit"], said["detail"], -12 <= said["ttl"] <= -11) == (True, "source-unavailable", True)
    assert 41 <= int(header(answer, "Age") or "") <= 42
    assert header(answer, "Data-As-Of") == header(first, "Data-As-Of")
    assert scene.main.asked[1:] == ["background"]
    scene.later(60)
    gone = scene.get(PAGE)
    assert (gone.status, body(gone)["code"], header(gone, "Cache-Status")) == (503, "source-unavailable", None)
    assert [each.error for each in scene.told if isinstance(each, SourceFailed)] == ["Unavailable"] * 2


def _work_at_once(scene: Scene) -> None:
    submit = scene.line.submit
    scene.line.submit = lambda work: submit(work) and scene.line.work() == 1  # type: ignore[method-assign]  # for this test


@pytest.mark.parametrize("failure", [TimedOut("slow"), Missing("ORDHDR"), Quiet("quiet")])
def test_whatever_fails_at_the_source_the_old_answer_serves(scene: Scene, failure: Exception) -> None:
    """All that is told with 5xx, a contract that does not fit any more among it."""
    scene.get(PAGE)
    scene.later(41)
    scene.main.failure = failure
    _work_at_once(scene)
    assert cache_status(scene.get(PAGE))["hit"]


def test_a_quiet_window_is_not_seen_either(scene: Scene) -> None:
    """Nothing is asked in it, by nobody; what served at its start serves on, whichever of its sources rests."""
    scene.get(EXPANDED)
    scene.asked()
    scene.later(25)
    scene.get(EXPANDED)
    assert len(scene.line.waiting) == 1, "it would be read anew soon"
    scene.line.waiting.clear()
    scene.gateway.cache.forked()
    scene.later(7200)
    scene.side.quiet = 7210.0
    answer = scene.get(EXPANDED)
    assert cache_status(answer)["detail"] == "quiet"
    assert (scene.line.waiting, scene.asked()) == ([], (0, 0))
    scene.side.quiet = 0.0
    scene.later(1)
    assert cache_status(scene.get(EXPANDED))["fwd"] == "stale"


def test_that_there_is_nothing_costs_one_statement(scene: Scene) -> None:
    """A crowd that asks for an item that is not there: 404 from memory, for as long as `negative` says."""
    for _ in range(3):
        answer = scene.get("/v2/orders/4711")
        assert (answer.status, body(answer)["code"]) == (404, "not-found")
        assert (header(answer, "Cache-Control"), header(answer, "ETag")) == ("no-store", None)
    assert scene.asked() == (1, 0)
    scene.later(5)
    scene.main.failure = Unavailable("main")
    assert scene.get("/v2/orders/4711").status == 503


def test_what_persists_outlasts_a_restart_in_a_quiet_window(tmp_path: Path) -> None:
    """Where answers persist, they are kept on disk for as long as they serve, and for the longest quiet window besides."""
    spoken = ORDERS.replace("negative: 5s}", "negative: 5s, persist: true}")
    with opened(tmp_path / "kept", orders=spoken) as scene:
        disk = Place()
        gateway = replace(scene.gateway, rests={"main": 3600.0, "side": 7200.0})
        gateway.cache.store = replace(gateway.cache.store, disk=disk)
        resting = replace(scene, gateway=gateway)
        for path, seconds in ((PAGE, 90 + 3600), (EXPANDED, 90 + 7200)):
            resting.get(path)
            assert disk.seconds == seconds
        scene.gateway.cache.store.memory.forked()
        scene.main.failure = Quiet("quiet")
        assert cache_status(resting.get(PAGE))["hit"]


def test_a_gateway_that_was_restarted_answers_without_its_source(tmp_path: Path) -> None:
    """A real file: what one gateway has put there the next one serves, 304 included, while the source is away."""
    spoken = ORDERS.replace("negative: 5s}", "negative: 5s, persist: true}")
    with opened(tmp_path / "kept", shared=True, orders=spoken) as scene:
        first = scene.get(PAGE)
        assert scene.get("/v2/lines?limit=1").status == 200
    with opened(tmp_path / "kept", shared=True) as scene:
        scene.main.failure = scene.side.failure = Unavailable("away")
        again = scene.get(PAGE)
        assert (again.body, cache_status(again)["hit"]) == (first.body, True)
        assert header(again, "Data-As-Of") == header(first, "Data-As-Of")
        assert scene.get(PAGE, if_none_match=header(first, "ETag") or "").status == 304
        assert scene.get("/v2/lines?limit=1").status == 503, "it does not persist"
