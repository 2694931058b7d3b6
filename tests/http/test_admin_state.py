"""The admin API while the gateway's own memory hangs: nobody waits for it but for one, and what can be told is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from app.state import inquiry
from app.state.database import Database
from app.web import patience
from app.web.admin import api, console
from app.web.admin.api import OPERATIONS
from tests.http.callers import Shop
from tests.http.test_admin import Admin, acme, admin, filled

__all__ = ["acme", "admin"]

READS = [each.described for each in OPERATIONS if each.described.method == "GET" and not each.described.free]
TOLD = ["/overview", "/history", "/costs", "/callers", "/map"]
ORDERS = {
    "/keys/aaaaaaaa/revoke": None,
    "/links/aaaaaaaa/revoke": None,
    "/cache/purge": {"everything": True},
    "/keys": {"owner": "ACME"},
}
HANGING = {"bascule-console", "bascule-state"}


@contextmanager
def hanging(admin: Admin, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A state that answers nothing until the end of the block, and nobody who waits long for it. The administrator is known."""
    admin.get("/keys")
    freed = threading.Event()
    reading, writing = Database.reading, Database.writing

    def read(database: Database) -> Any:
        assert freed.wait(60)
        return reading(database)

    def write(database: Database) -> Any:
        assert freed.wait(60)
        return writing(database)

    with monkeypatch.context() as patched:
        patched.setattr(inquiry, "PATIENCE", 0.02)
        patched.setattr(console, "PATIENCE", 0.02)
        patched.setattr(patience, "TRIAL", 0.02)
        patched.setattr(api, "SECONDS", {"GET": 0.02, "POST": 0.02})
        patched.setattr(Database, "reading", read)
        patched.setattr(Database, "writing", write)
        try:
            yield
        finally:
            freed.set()
            settle()


def asked() -> set[threading.Thread]:
    """The threads in which the admin API asks the state."""
    return {each for each in threading.enumerate() if each.name == "bascule-console"}


def settle() -> None:
    """Wait until everything that hung has gone on."""
    for thread in [each for each in threading.enumerate() if each.name in HANGING]:
        thread.join(30)


@pytest.mark.parametrize("described", READS, ids=lambda each: each.identifier)
def test_every_read_is_answered_at_once(
    acme: Shop, admin: Admin, monkeypatch: pytest.MonkeyPatch, described: Any
) -> None:
    """By what one worker knows, which the answer says, or by a 503 that says whose memory it is."""
    acme.public.get("/v1/items", headers=acme.headers("items:read", "items:all"))
    with hanging(admin, monkeypatch):
        found = admin.get(filled(described.path), 200 if described.stateless else 503)
        if described.path in TOLD:
            assert found["complete"] is False
        elif not described.stateless:
            assert (found["code"], found["retryable"]) == ("state-unavailable", True)


def test_a_problem_says_when_to_come_again(admin: Admin, monkeypatch: pytest.MonkeyPatch) -> None:
    """In seconds, with words for a person."""
    with hanging(admin, monkeypatch):
        answer = admin.acme.admin.get("/keys", headers=admin.key)
    assert answer.headers["Retry-After"] == "5"
    assert answer.get_json()["title"] == "The gateway's own memory does not answer"


@pytest.mark.parametrize("path", ORDERS)
def test_an_order_to_what_is_known_to_hang_is_refused(admin: Admin, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """At once, without being given: it is not carried out later either."""
    before = {name: admin.get(name)["data"] for name in ("/keys", "/cache/purges")}
    with hanging(admin, monkeypatch):
        monkeypatch.setattr(patience, "PAUSE", 60.0)
        admin.get("/keys", 503)
        before_it = asked()
        assert admin.post(path, ORDERS[path], 503)["code"] == "state-unavailable"
        assert asked() <= before_it
    assert {name: admin.get(name)["data"] for name in before} == before


def test_an_order_that_is_not_answered_may_be_done_yet(
    admin: Admin, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The problem says so, and the log when it was."""
    made = admin.post("/keys", {"owner": "ACME"}, 201)
    with hanging(admin, monkeypatch):
        problem = admin.post(f"/keys/{made['id']}/revoke", None, 503)
    assert (problem["code"], "be done yet" in problem["detail"]) == ("state-unavailable", True)
    assert admin.get(f"/keys/{made['id']}")["state"] == "revoked"
    said = [record.message for record in caplog.records]
    assert any(each.startswith("revokeKey: whether it was done is not known") for each in said)
    assert any("too late for who asked" in each for each in said)


def test_one_tries_again_after_a_pause(admin: Admin, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a question of its own; and everybody is answered once that is."""
    monkeypatch.setattr(patience, "PAUSE", 0.0)
    with hanging(admin, monkeypatch):
        admin.get("/keys", 503)
        admin.get("/keys", 503)
    assert len(admin.get("/keys")["data"]) == 1
    assert admin.get("/overview")["complete"] is True


def test_no_more_than_a_few_threads_hang(admin: Admin, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it is tried."""
    monkeypatch.setattr(patience, "PAUSE", 0.0)
    with hanging(admin, monkeypatch):
        for _ in range(2 * patience.MOST):
            admin.get("/issues", 503)
        assert 1 < len(asked()) <= patience.MOST


class Late(threading.Event):
    """The end of a question that is given up once others were answered, however long that takes."""

    def __init__(self, others: threading.Event) -> None:
        super().__init__()
        self._others = others

    def wait(self, timeout: float | None = None) -> bool:
        """Whether it has ended by then."""
        del timeout
        assert self._others.wait(30)
        return self.is_set()


def test_a_slow_question_makes_nobody_else_wait(admin: Admin, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where others were answered meanwhile, the state is well: only this question has an error."""
    begun, answered, freed = threading.Event(), threading.Event(), threading.Event()
    asking = threading.Thread(target=lambda: admin.get("/issues", 503))

    class Question(patience._Question[Any]):
        def __init__(self, ask: Callable[[], Any]) -> None:
            super().__init__(ask)
            if threading.current_thread() is asking:
                self.ended = Late(answered)

    def slow(*_: object) -> list[object]:
        begun.set()
        assert freed.wait(60)
        return []

    monkeypatch.setattr(patience, "PAUSE", 60.0)
    monkeypatch.setattr(patience, "_Question", Question)
    monkeypatch.setattr("app.state.state.State.issues", slow)
    asking.start()
    assert begun.wait(30)
    admin.get("/keys")
    answered.set()
    asking.join(30)
    admin.get("/keys")
    freed.set()
    settle()
