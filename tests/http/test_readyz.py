"""`/readyz` of a closed contract: the status for everybody, how each source is for who has a credential."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.problems import ProblemError
from app.state import StateError
from tests.http.callers import Shop, opened


@pytest.fixture
def acme(tmp_path: Path) -> Iterator[Shop]:
    """A closed shop."""
    with opened(tmp_path / "shop") as made:
        yield made


def readyz(acme: Shop, headers: dict[str, str] | None = None, status: int = 200) -> Any:
    """What is said."""
    answer = acme.public.get("/readyz", headers=headers or {})
    assert answer.status_code == status
    return answer.get_json()


def test_a_stranger_hears_the_status_alone(acme: Shop) -> None:
    """No source, by any name."""
    assert readyz(acme) == {"status": "ready"}


def test_a_stranger_hears_that_nothing_can_be_read(acme: Shop) -> None:
    """And no more than that."""
    (acme.folder / "shop.db").unlink()
    assert readyz(acme, status=503) == {"status": "not ready"}
    assert readyz(acme, acme.headers("nothing:much"), 503)["sources"] == {"shop": "unavailable"}


def test_any_caller_hears_of_the_sources(acme: Shop) -> None:
    """Whatever the scopes are: a key is enough."""
    assert readyz(acme, acme.headers("nothing:much")) == {"status": "ready", "sources": {"shop": "ok"}}
    assert readyz(acme, {"X-Api-Key": acme.key("nothing:much")})["sources"] == {"shop": "ok"}


@pytest.mark.parametrize("headers", [{"Authorization": "Bearer bascule_k_wrong"}, {"Authorization": "Basic Zm9v"}])
def test_a_wrong_credential_is_no_reason_to_be_unready(acme: Shop, headers: dict[str, str]) -> None:
    """A probe is told what a stranger is, and the try is counted as any other."""
    assert acme.gateway.limits is not None
    counted: list[str] = []

    def count(client: str, now: float) -> None:
        del now
        counted.append(client)
        raise ProblemError("too-many-requests")

    object.__setattr__(acme.gateway.limits, "count_stranger", count)
    assert readyz(acme, headers) == {"status": "ready"}
    assert counted == ["127.0.0.1"]
    readyz(acme)
    assert len(counted) == 1


def test_a_state_that_is_away_is_no_reason_either(acme: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can be known then, and sources can still be read."""

    def away(*_: object) -> None:
        raise StateError("gone")

    monkeypatch.setattr("app.web.operations.authenticate", away)
    assert readyz(acme, acme.headers("items:read")) == {"status": "ready"}


def test_an_open_contract_tells_everybody(tmp_path: Path) -> None:
    """As it serves everybody."""
    with opened(tmp_path / "shop", "security: open\n") as acme:
        assert readyz(acme) == {"status": "ready", "sources": {"shop": "ok"}}
