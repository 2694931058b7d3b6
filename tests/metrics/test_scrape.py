"""The scrape over HTTP: who may, what it says, and that no source is asked for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.callers.credentials import ADMIN, METRICS
from app.state import LookRecord, State, StateError
from tests.http.callers import Shop, opened
from tests.metrics.numbers import Numbers, parsed, series


@pytest.fixture
def acme(tmp_path: Path) -> Iterator[Shop]:
    """A closed shop."""
    with opened(tmp_path / "shop") as made:
        yield made


def scraped(acme: Shop) -> Numbers:
    """What a scraper is told."""
    answer = acme.admin.get("/metrics", headers=acme.headers(METRICS))
    assert answer.status_code == 200, answer.text
    return parsed(answer.text)


@pytest.mark.parametrize(
    ("scopes", "status"), [((METRICS,), 200), ((ADMIN,), 200), ((METRICS, "items:read"), 200), (("items:read",), 403)]
)
def test_it_takes_a_scope_of_its_own(acme: Shop, scopes: tuple[str, ...], status: int) -> None:
    """Or an administrator's, and no other."""
    assert acme.admin.get("/metrics", headers=acme.headers(*scopes)).status_code == status


def test_strangers_are_told_nothing(tmp_path: Path) -> None:
    """Also where the contract serves everybody; and there is no such path on the public port."""
    with opened(tmp_path / "shop", "security: open\n") as acme:
        assert acme.admin.get("/metrics").status_code == 401
        assert acme.admin.get("/metrics", headers={"Authorization": "Bearer bascule_k_nobody"}).status_code == 401
        assert acme.public.get("/metrics").status_code == 404


def test_a_scrapers_key_is_good_for_nothing_else(acme: Shop) -> None:
    """It stands in a configuration file: it manages nothing and reads nothing."""
    key = acme.headers(METRICS)
    assert acme.admin.get("/keys", headers=key).status_code == 403
    assert acme.public.get("/v1/items", headers=key).status_code == 403


def test_both_formats_are_spoken(acme: Shop) -> None:
    """By what the scraper accepts, as Prometheus's library has it."""
    key = acme.headers(METRICS)
    plain = acme.admin.get("/metrics", headers=key)
    assert plain.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert plain.headers["Cache-Control"] == "no-store"
    accept = {"Accept": "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"}
    openly = acme.admin.get("/metrics", headers=key | accept)
    assert openly.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
    assert openly.text.endswith("# EOF\n")


def test_requests_show_by_route_and_never_by_key_or_caller(acme: Shop) -> None:
    """What was asked for is counted; who asked, and for which row, is for the audit."""
    caller = acme.headers("items:read", "items:all")
    for path in ("/v1/items/0001", "/v1/items/0002", "/v1/items", "/v1/nothing", "/v1/items?name=Spring"):
        acme.public.get(path, headers=caller)
    found = scraped(acme)
    name = "bascule_http_requests_total"
    assert found[series(name, route="/v1/items/{key}", method="GET", status="2xx")] == 2
    assert found[series(name, route="/v1/items", method="GET", status="2xx")] == 2
    assert found[series(name, route="other", method="GET", status="4xx")] == 1
    assert found[series("bascule_source_statements_total", source="shop")] == 4
    assert found[series("bascule_cache_requests_total", outcome="bypass")] == 4
    assert found[series("bascule_source_connections_limit", source="shop")] == 8
    assert found[series("bascule_source_state", source="shop", state="ok")] == 1
    said = str(found.keys())
    assert not [word for word in ("0001", "Spring", "key:", "ACME") if word in said]


def test_no_source_is_asked(acme: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scrape during an outage tells of it, and does not add to it."""

    def asked(*_: object, **__: object) -> None:
        raise AssertionError("a scrape asked a source")

    for source in acme.gateway.sources.values():
        monkeypatch.setattr(type(source), "ping", asked)
        monkeypatch.setattr(type(source), "run", asked)
    assert scraped(acme)[series("bascule_source_state", source="shop", state="untried")] == 1


def test_drift_is_told_once_it_is_known(acme: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """By grade; and a state that is away takes away nothing else."""
    name = "bascule_drift_findings"
    assert series(name, source="shop", grade="breaking") not in scraped(acme)
    looks = [LookRecord("shop", "p", 9.0, 5.0, breaking=2, risky=1), LookRecord("never", "p", 9.0)]
    monkeypatch.setattr(State, "looks", lambda *_: looks)
    found = scraped(acme)
    assert found[series(name, source="shop", grade="breaking")] == 2
    assert found[series("bascule_drift_checked_timestamp_seconds", source="shop")] == 5
    assert series(name, source="never", grade="safe") not in found

    def away(*_: object) -> list[LookRecord]:
        raise StateError("gone")

    monkeypatch.setattr(State, "looks", away)
    assert series("bascule_workers") in scraped(acme)


def test_a_scrape_is_written_down(acme: Shop) -> None:
    """As whatever is asked of this port."""
    scraped(acme)
    assert [(each["path"], each["status"]) for each in acme.events()] == [("admin:/metrics", 200)]
