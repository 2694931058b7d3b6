"""The cache: how long an answer serves, what replaces it, and what is told of it."""

from __future__ import annotations

from contextlib import suppress

import pytest

from app.contract.model import CacheSpec
from app.kept.entry import Entry, finished
from app.kept.memory import Kept
from app.problems import ProblemError
from app.stages.cache import HOLD, IN_VAIN, JITTER, Wanted, alone, control, hit_status, key_of
from tests.stages.cache_scene import KEY, PLAIN, SHORTENED, SPEC, Scene, status_of

DOWN = ProblemError("source-unavailable")
HIT = {"hit": True}


@pytest.fixture
def scene() -> Scene:
    """A cache that keeps nothing yet."""
    return Scene()


def kept_for(scene: Scene, seconds: float, spec: CacheSpec = SPEC) -> None:
    """Keep an answer; then so much time passes, and the source has a newer one."""
    scene.ask(spec)
    scene.clock.now += seconds
    scene.body = b"second"
    scene.read.clear()


def test_what_is_fresh_is_not_read_again(scene: Scene) -> None:
    """It serves for four fifths of its time without a thought, to the moment; and it says how long it would go on."""
    assert scene.ask() == (b"first", {"fwd": "uri-miss", "stored": True})
    kept_for(scene, 79.999)
    assert scene.cache.hit(KEY) is not None
    assert scene.ask() == (b"first", HIT | {"ttl": 20})
    assert (scene.read, scene.line.waiting) == ([], [])
    scene.clock.now += 0.001
    assert scene.cache.hit(KEY) is None


def test_what_will_soon_be_old_is_read_behind_the_requests(scene: Scene) -> None:
    """From four fifths on it is read anew once, while it goes on serving; what was read serves from then on."""
    kept_for(scene, 80)
    for _ in range(3):
        assert scene.ask() == (b"first", HIT | {"ttl": 20})
    assert scene.read == []
    assert (scene.line.work(), scene.read) == (1, ["behind"])
    assert scene.ask() == (b"second", HIT | {"ttl": 100})


def test_a_failed_early_read_is_tried_once_in_a_hold(scene: Scene) -> None:
    """While the source is down, a crowd costs it one attempt a HOLD, and nobody hears of it."""
    kept_for(scene, 80)
    scene.failure = DOWN
    for _ in range(5):
        for _ in range(20):
            assert scene.ask()[0] == b"first"
            scene.line.work()
        scene.clock.now += HOLD
    assert scene.read == ["behind"] * 5


def test_no_hold_outlasts_the_time_that_an_answer_is_fresh_for(scene: Scene) -> None:
    """However late the early read is tried, at its end the answer is looked at again."""
    kept_for(scene, 99.5)
    scene.failure = DOWN
    assert scene.ask(PLAIN)[0] == b"first"
    scene.line.work()
    scene.clock.now += 0.5
    with pytest.raises(ProblemError):
        scene.ask(PLAIN)


def test_times_are_shortened_by_a_part_of_the_key(scene: Scene) -> None:
    """What was read together is not read again together: by nothing, or by a tenth at most."""
    for key in (KEY, SHORTENED):
        scene.ask(PLAIN, key)
    scene.clock.now += 100 * (1 - JITTER)
    assert "hit" in scene.ask(PLAIN, KEY)[1]
    assert scene.ask(PLAIN, SHORTENED)[1] == {"fwd": "stale", "stored": True}


def test_what_is_too_old_is_read_before_it_is_served(scene: Scene) -> None:
    """Without more in the contract, the time of an answer ends at its end, and a failure is told."""
    kept_for(scene, 100, PLAIN)
    scene.failure = DOWN
    with pytest.raises(ProblemError):
        scene.ask(PLAIN)
    scene.failure = None
    assert scene.ask(PLAIN) == (b"second", {"fwd": "stale", "stored": True})
    assert scene.read == ["request", "request"]


def test_a_stale_answer_serves_while_a_new_one_is_read(scene: Scene) -> None:
    """`stale_while_revalidate`: nobody waits, one read; how long it has been stale is told by a ttl below 0."""
    kept_for(scene, 149.5)
    said = HIT | {"ttl": -50, "detail": "stale-while-revalidate"}
    assert [scene.ask() for _ in range(3)] == [(b"first", said)] * 3
    assert (scene.line.work(), scene.read) == (1, ["behind"])
    assert scene.ask() == (b"second", HIT | {"ttl": 100})


def test_a_stale_answer_that_serves_is_looked_at_again_after_a_hold(scene: Scene) -> None:
    """In between it is as quick as a fresh one; after that the next attempt is made."""
    kept_for(scene, 120)
    scene.failure = DOWN
    scene.ask()
    scene.line.work()
    assert scene.cache.hit(KEY) is not None
    scene.clock.now += HOLD
    assert scene.cache.hit(KEY) is None
    scene.ask()
    assert len(scene.line.waiting) == 1


@pytest.mark.parametrize("code", ["source-unavailable", "source-timeout", "source-quiet", "bad-data", "internal-error"])
def test_an_old_answer_serves_where_the_source_fails(scene: Scene, code: str) -> None:
    """`stale_if_error`: the failure is the detail, and the next one to ask for a HOLD does not wait for it."""
    kept_for(scene, 299.5)
    failing = _Failing(scene, ProblemError(code))
    assert failing.ask() == (b"first", HIT | {"ttl": -200, "detail": code})
    assert scene.cache.hit(KEY) is not None
    assert scene.read == ["behind"]
    scene.clock.now += HOLD
    with pytest.raises(ProblemError):
        scene.ask()


def test_an_old_answer_serves_where_the_gateway_itself_fails(scene: Scene) -> None:
    """A defect on the way to a new answer is an internal error: no reason to keep the old one back."""
    kept_for(scene, 200)
    assert _Failing(scene, ZeroDivisionError()).ask() == (b"first", HIT | {"ttl": -100, "detail": "internal-error"})


def test_a_refusal_is_not_an_outage(scene: Scene) -> None:
    """A read that ends with 4xx says something about the request: it is served as such, not hidden by the old answer."""
    kept_for(scene, 200)
    with pytest.raises(ProblemError) as caught:
        _Failing(scene, ProblemError("query-too-costly")).ask()
    assert caught.value.problem.status < 500


class _Failing:
    """A scene whose work behind the requests is done as soon as it is submitted, and fails."""

    def __init__(self, scene: Scene, failure: Exception) -> None:
        self.ask = scene.ask
        scene.failure = failure
        at_once = scene.line.submit

        def submit(work: object) -> bool:
            taken = at_once(work)  # type: ignore[arg-type]  # whatever is submitted
            with suppress(ZeroDivisionError):  # `Behind` tells of it
                scene.line.work()
            return taken

        scene.line.submit = submit  # type: ignore[method-assign]  # for this test


def test_a_new_answer_is_waited_for_a_moment(scene: Scene) -> None:
    """Where it comes in time it is served in place of the old one."""
    kept_for(scene, 200)
    instead = _Failing(scene, DOWN)
    scene.failure = None
    assert instead.ask() == (b"second", {"fwd": "stale", "stored": True})


def test_a_slow_source_is_not_waited_for(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """After PATIENCE the old answer serves, and the new one when it is there."""
    monkeypatch.setattr("app.stages.cache.PATIENCE", 0.0)
    kept_for(scene, 200)
    assert scene.ask() == (b"first", HIT | {"ttl": -100, "detail": "slow"})
    assert scene.line.work() == 1
    assert scene.ask() == (b"second", HIT | {"ttl": 100})


def test_what_was_in_vain_is_not_waited_for_again(scene: Scene) -> None:
    """While a source is away, one request for each answer finds out; the next ones wait for nothing, and a new answer serves."""
    kept_for(scene, 200)
    down = HIT | {"ttl": -100, "detail": "source-unavailable"}
    assert _Failing(scene, DOWN).ask() == (b"first", down)
    del scene.line.submit  # from now on, nothing is read before the test says so
    scene.clock.now += HOLD
    assert scene.ask() == (b"first", down | {"ttl": -101})  # and not "slow"
    scene.failure = None
    scene.line.work()
    assert scene.ask() == (b"second", HIT | {"ttl": 100})


def test_what_was_in_vain_long_ago_is_waited_for(scene: Scene) -> None:
    """Who asks when nobody has for a while gets a new answer, if there is one by then."""
    kept_for(scene, 200)
    instead = _Failing(scene, DOWN)
    instead.ask()
    scene.clock.now += HOLD + IN_VAIN
    scene.failure = None
    assert instead.ask() == (b"second", {"fwd": "stale", "stored": True})


def test_where_nothing_more_can_be_read_behind_the_old_answer_serves(scene: Scene) -> None:
    """A full line is no failure of a request, and leaves no read behind that never ends."""
    kept_for(scene, 200)
    scene.line.full = True
    assert scene.ask() == (b"first", HIT | {"ttl": -100, "detail": "busy"})
    scene.clock.now += HOLD
    scene.line.full = False
    scene.ask()
    assert scene.line.work() == 1


def test_an_answer_with_a_hole_does_not_replace_a_whole_one(scene: Scene) -> None:
    """As long as the old one may serve: a part that could not be read is a failure, too."""
    kept_for(scene, 200)
    instead = _Failing(scene, DOWN)
    scene.failure, scene.more = None, {"whole": False}
    assert instead.ask() == (b"first", HIT | {"ttl": -100, "detail": "incomplete"})
    scene.clock.now += 100
    assert scene.ask() == (b"second", {"fwd": "stale"})


def test_an_incomplete_answer_is_not_kept(scene: Scene) -> None:
    """What lacks a part is asked for again by the next, and never said to be stored."""
    scene.more = {"whole": False}
    for _ in range(2):
        assert scene.ask() == (b"first", {"fwd": "uri-miss"})
    scene.more = {}
    assert scene.ask() == (b"first", {"fwd": "uri-miss", "stored": True})
    assert scene.read == ["request"] * 3


def test_that_there_is_nothing_is_kept_for_a_while_and_never_stale(scene: Scene) -> None:
    """`negative`: to its end without an early read, and no longer, whatever is said of stale answers."""
    scene.lacks()
    scene.ask()
    scene.clock.now += 9.999
    assert scene.ask() == (b"", HIT | {"ttl": 0})
    scene.clock.now += 0.001
    scene.failure = DOWN
    with pytest.raises(ProblemError):
        scene.ask()
    assert scene.line.waiting == []


def test_that_there_is_nothing_is_not_kept_where_the_contract_does_not_want_it(scene: Scene) -> None:
    """`negative: 0s` keeps nothing, takes no memory and says so."""
    scene.lacks()
    assert [scene.ask(PLAIN)[1] for _ in range(2)] == [{"fwd": "uri-miss"}] * 2
    assert len(scene.store.memory) == 0


def test_an_item_that_is_gone_replaces_the_one_that_was(scene: Scene) -> None:
    """The source has answered: an old answer that would do for an outage does not hide it."""
    kept_for(scene, 200)
    instead = _Failing(scene, DOWN)
    scene.failure = None
    scene.lacks()
    assert instead.ask() == (b"", {"fwd": "stale", "stored": True})
    assert scene.served().kept.entry.status == 404


def test_a_quiet_window_stops_the_time(scene: Scene) -> None:
    """What served at its start does to its end, however long that is; nothing is read; then it is as old as it is."""
    kept_for(scene, 90)
    for hours in (0, 1, 8):
        scene.clock.now = 1090 + hours * 3600
        scene.quiet = hours * 3600 + 1
        assert scene.ask()[0] == b"first"
    assert scene.ask()[1] == HIT | {"ttl": 10 - 8 * 3600, "detail": "quiet"}
    assert (scene.read, scene.line.waiting) == ([], [])
    scene.clock.now, scene.quiet = scene.clock.now + HOLD, 0.0
    assert scene.ask() == (b"second", {"fwd": "stale", "stored": True})


@pytest.mark.parametrize(("age", "serves"), [(299, True), (301, False)])
def test_a_quiet_window_makes_nothing_younger(scene: Scene, age: float, serves: bool) -> None:  # noqa: FBT001  # a row of the table
    """What was too old when it began is too old in it: the source's refusal is told."""
    kept_for(scene, age + 600)
    scene.quiet, scene.failure = 600.0, ProblemError("source-quiet")
    if serves:
        assert scene.ask()[1]["detail"] == "quiet"
    else:
        with pytest.raises(ProblemError):
            scene.ask()


def test_what_is_known_to_be_missing_does_not_outlive_its_time_in_a_quiet_window(scene: Scene) -> None:
    """Negative answers are never old, in a quiet window either."""
    scene.lacks()
    scene.ask()
    scene.clock.now += 11
    scene.quiet, scene.failure = 5.0, ProblemError("source-quiet")
    with pytest.raises(ProblemError):
        scene.ask()


def test_what_is_read_on_demand_is_read_now_and_kept_for_all(scene: Scene) -> None:
    """`anew` passes by what is kept; what it reads serves the others."""
    kept_for(scene, 1)
    assert scene.ask(anew=True) == (b"second", {"fwd": "request", "stored": True})
    assert scene.ask() == (b"second", HIT | {"ttl": 100})
    scene.clock.now += 1
    scene.failure = DOWN
    with pytest.raises(ProblemError):
        scene.ask(anew=True)
    assert scene.ask()[0] == b"second"


def test_keys_are_apart() -> None:
    """Each question has its own answer, where a part of it ends matters, and a key takes the same memory for any question."""
    questions = [("a", "b"), ("a", "c"), ("ab", ""), ("a\nb", ""), ("a", "b", ""), ("a', 'b",), ("\ud800",), ("?",)]
    keys = {key_of(*each) for each in questions}
    assert len(keys) == len(questions)
    assert {len(key) for key in keys} == {16}
    assert len(key_of("x" * 16_000)) == 16


def test_a_process_alone_has_a_cache_too() -> None:
    """Nothing shared: read once, served again to whoever asks."""
    cache, read = alone(10_000), list[int]()

    def made() -> Entry:
        read.append(1)
        return finished(b"", cache.now(), weak=False)

    wanted = Wanted(KEY, PLAIN, 1.0, made, made)
    assert cache.fetch(wanted).kept is cache.fetch(wanted).kept is cache.hit(KEY)
    assert read == [1]


def test_a_status_is_one_that_the_rfc_allows(scene: Scene) -> None:
    """A ttl is a whole number, rounded down: an answer is never said to be fresh for longer than it is."""
    kept = Kept(scene.served().kept.entry, 0.0, "quiet")
    assert [status_of(hit_status(kept, 30.0, 1000 + age))["ttl"] for age in (0, 0.5, 30, 30.01)] == [30, 29, 0, -1]


@pytest.mark.parametrize(
    ("fresh", "whole", "shared", "said"),
    [
        (30.0, True, True, "public, max-age=30"),
        (30.9, True, False, "private, max-age=30"),
        (0.5, True, True, "public, max-age=0"),
        (None, True, True, "no-cache"),
        (None, True, False, "private, no-cache"),
        (30.0, False, True, "no-store"),
        (None, False, False, "no-store"),
    ],
)
def test_what_others_may_do(fresh: float | None, whole: bool, shared: bool, said: str) -> None:  # noqa: FBT001  # a row of the table
    """Whole seconds; what is one caller's is private; what has a hole is kept by nobody."""
    assert control(fresh, whole=whole, shared=shared) == said
