"""`/readyz` says how far each source has drifted: in numbers, and only once there are some."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app.gateway import Gateway
from app.state import LookRecord, State, StateError
from app.web import operations
from app.web.factory import create_app
from tests.adapters.guard.fakes import eventually
from tests.http import plans

BASIS = "a plan and its snapshots"
FOUND = LookRecord(
    "qqhost", BASIS, 1_795_176_600.0, 1_795_090_200.0, breaking=1, risky=2, safe=3, findings='["secret"]'
)
SAID = {"checked_at": "2026-11-19T12:10:00Z", "breaking": 1, "risky": 2, "safe": 3}


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    """A state in which the source's first look is somebody's."""
    opened = State("sqlite:///state.db", tmp_path, lambda: 0.0)
    assert opened.claim_look("qqhost", BASIS, 60.0) is not None
    yield opened
    opened.close()


@pytest.fixture
def gateway(state: State) -> Gateway:
    """A gateway with that state."""
    return replace(plans.gateway(), state=state, basis=BASIS)


@pytest.fixture
def client(gateway: Gateway) -> FlaskClient:
    """A client of it."""
    return create_app(gateway).test_client()


def test_nothing_is_said_before_the_first_look(client: FlaskClient) -> None:
    """One that is under way is no news."""
    assert "drift" not in client.get("/readyz").get_json()


def test_numbers_and_when(client: FlaskClient, state: State) -> None:
    """By source; what was found, where and in whose rows, is for the log and for `bascule check`."""
    state.note_look(FOUND)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.get_json()["drift"]) == (200, {"qqhost": SAID})
    assert b"secret" not in answer.data


def test_a_source_that_could_not_be_asked(client: FlaskClient, state: State) -> None:
    """What it failed with, when it is tried again, and what was known before."""
    failed = {"failure": "quiet", "again_at": "2026-11-20T12:10:00Z"}
    state.note_look(replace(FOUND, failure="Quiet"))
    assert client.get("/readyz").get_json()["drift"] == {"qqhost": SAID | failed}
    state.note_look(replace(FOUND, failure="Quiet", checked_at=None))
    assert client.get("/readyz").get_json()["drift"] == {"qqhost": failed}


def test_drift_makes_nothing_unready(client: FlaskClient, gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither what is found, nor a state that cannot be read."""

    def away(_: str) -> None:
        raise StateError("the state is away")

    monkeypatch.setattr(gateway.state, "looks", away)
    answer = client.get("/readyz")
    assert (answer.status_code, "drift" in answer.get_json()) == (200, False)


def test_a_state_that_hangs_holds_no_probe(client: FlaskClient, gateway: Gateway, state: State) -> None:
    """The probe is answered all the same, with what was known before; the state is asked once, however often the probe is."""
    state.note_look(FOUND)
    assert client.get("/readyz").get_json()["drift"] == {"qqhost": SAID}
    answers, asked = threading.Event(), list[str]()

    def hang(basis: str) -> list[LookRecord]:
        asked.append(basis)
        answers.wait(30)
        return []

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(gateway.state, "looks", hang)
        patched.setattr(operations, "PATIENCE", 0.02)
        for _ in range(3):
            answer = client.get("/readyz")
            assert (answer.status_code, answer.get_json()["drift"]) == (200, {"qqhost": SAID})
        eventually(lambda: asked)
        assert asked == [BASIS]
        answers.set()
