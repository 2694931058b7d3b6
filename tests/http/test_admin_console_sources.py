"""The word for how a source is, and the words for what it fails with."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from adapters import port
from adapters.port import Examination, Health, Kind, SourceError
from app.assembly import kinds
from app.contract.model import SourceSpec
from app.state import ChangeNote, FailureNote, LookRecord
from app.web.admin.callers import kind as kind_of_caller
from app.web.admin.sources import RECENT, Known, plain, state
from app.web.admin.words import WORDS, words

NOW = 1_795_090_200.0  # 2026-11-19T12:10:00Z
SPEC = SourceSpec("erp", "sqlite", {"path": "erp.db"}, "UTC", connections=4)
CLASSES = [each for _, each in inspect.getmembers(port, inspect.isclass) if issubclass(each, SourceError)]


def known(health: Health, **more: Any) -> Known:
    """A source of which that is known."""
    return Known(SPEC, kinds()["sqlite"], health, **more)


def failed(error: str = "Unavailable", ago: float = 60.0) -> FailureNote:
    """With what it failed, so many seconds ago."""
    return FailureNote("erp", error, "", "", NOW - ago)


@pytest.mark.parametrize(
    ("health", "more", "word"),
    [
        (Health("untried"), {}, "unknown"),
        (Health("untried"), {"answered": True}, "up"),
        (Health("ok"), {}, "up"),
        (Health("ok"), {"failure": failed(), "answered": True}, "sick"),
        (Health("ok"), {"failure": failed(ago=RECENT + 1)}, "up"),
        (Health("untried"), {"failure": failed("TimedOut")}, "sick"),
        (Health("ok"), {"failure": failed("TooCostly")}, "up"),
        (Health("ok"), {"failure": failed("SomethingNew")}, "sick"),
        (Health("ok"), {"failure": failed(), "change": ChangeNote("erp", "closed", "", NOW - 30)}, "up"),
        (Health("ok"), {"failure": failed(), "change": ChangeNote("erp", "closed", "", NOW - 90)}, "sick"),
        (Health("ok"), {"failure": failed(), "change": ChangeNote("erp", "awake", "", NOW - 30)}, "sick"),
        (Health("open"), {"failure": failed()}, "open"),
        (Health("probing"), {}, "open"),
        (Health("quiet"), {"failure": failed()}, "quiet"),
        (Health("refused"), {"failure": failed("Refused")}, "refused"),
    ],
)
def test_one_word_for_how_it_is(health: Health, more: dict[str, Any], word: str) -> None:
    """The guard's; but one that fails some requests while the circuit is closed is sick, until a trial goes well."""
    assert state(known(health, **more), NOW) == word


@pytest.mark.parametrize(
    ("health", "event", "since"),
    [
        (Health("open"), "opened", "2026-11-19T12:00:00Z"),
        (Health("ok"), "closed", "2026-11-19T12:00:00Z"),
        (Health("ok"), "awake", "2026-11-19T12:00:00Z"),
        (Health("refused"), "refused", "2026-11-19T12:00:00Z"),
        (Health("ok"), "opened", None),
        (Health("untried"), "closed", None),
        (Health("quiet", quiet_for=60.0), "opened", "2026-11-19T12:09:00Z"),
    ],
)
def test_since_when(health: Health, event: str, since: str | None) -> None:
    """As long as the last change is the one with which it became so; else nobody knows."""
    change = ChangeNote("erp", event, "", NOW - 600)
    assert plain(known(health, change=change), NOW)["since"] == since


def test_a_quiet_window_has_an_end_and_a_reason() -> None:
    """Those of the contract; a source that is not quiet has neither."""
    quiet = plain(known(Health("quiet", "nightly save", 1200.0)), NOW)
    assert (quiet["quiet_until"], quiet["quiet_reason"]) == ("2026-11-19T12:30:00Z", "nightly save")
    awake = plain(known(Health("open", "connection refused", 2.0)), NOW)
    assert (awake["quiet_until"], awake["quiet_reason"]) == (None, "")


def test_what_the_host_grants_is_told() -> None:
    """Connections of all workers, rows of the day where they are bounded, and how far it has drifted."""
    health = Health("ok", leased=3, abandoned=1, rows_today=70)
    look = LookRecord("erp", "plan", NOW, NOW - 600, breaking=1, risky=2, safe=3)
    bounded = SourceSpec("erp", "sqlite", {}, "UTC", connections=4, rows_per_day=100)
    found = plain(Known(bounded, kinds()["sqlite"], health, look=look), NOW)
    assert found["connections"] == {"limit": 4, "open": 3, "lost": 1}
    assert found["rows_today"] == {"read": 70, "limit": 100}
    assert found["drift"] == {"checked_at": "2026-11-19T12:00:00Z", "breaking": 1, "risky": 2, "safe": 3}
    assert plain(known(health), NOW)["rows_today"] is None


@pytest.mark.parametrize("each", CLASSES, ids=lambda each: each.__name__)
def test_every_failure_has_words(each: type[SourceError]) -> None:
    """What it means and what to do, in whole sentences; none is explained by a driver's code."""
    said = WORDS[each.__name__]
    for sentence in (said.meaning, said.advice):
        assert sentence.endswith(".")
        assert sentence[0].isupper() or sentence.startswith("`")


def test_no_words_are_of_a_failure_that_there_is_not() -> None:
    """And one that another release has named has those of any failure."""
    assert set(WORDS) == {each.__name__ for each in CLASSES}
    assert words("OfAnotherRelease") == WORDS["SourceError"]


def test_what_a_kind_knows_comes_first() -> None:
    """The step that mends it, with the source's options filled in; else the general advice."""
    traits = kinds()["sqlite"].traits
    advice = {"CPF22E2": "CHGUSRPRF USRPRF({user}) PASSWORD(…)"}
    kind = Kind("made", "", (), traits, lambda *_: None, Examination(advice=advice))  # type: ignore[arg-type]  # nobody opens it
    spec = SourceSpec("erp", "made", {"user": "BASCULE"}, "UTC")
    texts = ("[IBM] CPF22E2: not authorized", "something else")
    notes = [FailureNote("erp", "Refused", text, "", NOW) for text in texts]
    found = [plain(Known(spec, kind, Health("refused"), failure=note), NOW)["last_failure"] for note in notes]
    assert [each["advice"] for each in found] == [
        "CHGUSRPRF USRPRF(BASCULE) PASSWORD(…)",
        WORDS["Refused"].advice,
    ]


@pytest.mark.parametrize(
    ("identity", "kind"),
    [
        ("key:4f9Zk2Qa", "key"),
        ("token:plant/alice", "token"),
        ("links", "links"),
        ("anonymous", "anonymous"),
        ("other", "other"),
    ],
)
def test_a_callers_kind_is_in_its_name(identity: str, kind: str) -> None:
    """As the audit and the counts have it."""
    assert kind_of_caller(identity) == kind
