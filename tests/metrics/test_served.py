"""Metrics of a gateway in processes of its own: any worker tells for all, and no death or reload takes a count back."""

from __future__ import annotations

import http.client
import os
import signal
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.callers.credentials import METRICS
from app.callers.key_manager import Grant, KeyManager
from app.callers.key_text import pepper_of
from app.state import State
from tests import shop
from tests.metrics.numbers import Numbers, parsed, series
from tests.serving.running import PATIENCE, Running, free_port

pytestmark = pytest.mark.usefixtures("patient_gateways")

ITEM = series("bascule_http_requests_total", route="/v1/items/{key}", method="GET", status="2xx")
LIST = series("bascule_http_requests_total", route="/v1/items", method="GET", status="2xx")
REFUSED = series("bascule_plans_refused_total")
WORKERS = series("bascule_workers")


@dataclass
class Site:
    """A running gateway with two workers, and a scraper's key."""

    running: Running
    folder: Path
    admin: int
    key: str

    def load(self, requests: int, path: str = "/v1/items/0001") -> None:
        """Ask so often, on connections of their own, so that both workers are asked."""
        for _ in range(requests):
            assert self.running.status(path) == 200

    def scraped(self) -> Numbers:
        """What one of the workers tells."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.admin, timeout=PATIENCE)) as connection:
            connection.request("GET", "/metrics", headers={"Authorization": f"Bearer {self.key}"})
            response = connection.getresponse()
            text = response.read().decode()
        assert response.status == 200, text
        return parsed(text)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """The shop, open, with an admin port."""
    folder = shop.build(tmp_path / "shop")
    state = State("sqlite:///state.db", folder)
    text, _ = KeyManager(state, pepper_of("", state)).create(Grant("Prometheus", (METRICS,)))
    state.close()
    admin = free_port()
    settings = {"BASCULE_ADMIN_BIND": f"127.0.0.1:{admin}"}
    running = Running.start(folder, tmp_path / "log", "--workers", "2", settings=settings)
    try:
        yield Site(running, folder, admin, text)
    finally:
        running.end()
    assert "Traceback" not in running.log()


def test_any_worker_tells_for_all(site: Site) -> None:
    """Whoever is asked: the same numbers, those of both."""
    site.load(40)
    site.running.wait(lambda: site.scraped()[WORKERS] == 2, "both are there")
    for _ in range(8):
        found = site.scraped()
        assert found[ITEM] == 40
        assert found[series("bascule_source_statements_total", source="shop")] == 40
        assert found[WORKERS] == found[series("bascule_workers_expected")] == 2


def test_a_killed_worker_takes_no_count_with_it(site: Site) -> None:
    """Its row stays, and goes on with the one that takes its place."""
    site.load(20)
    for worker in site.running.workers():
        os.kill(worker, signal.SIGKILL)
        site.running.wait(
            lambda gone=worker: gone not in site.running.workers() and len(site.running.workers()) == 2,  # type: ignore[misc]  # mypy does not see a default as a parameter
            "another takes its place",
        )
    site.load(20)
    site.running.wait(lambda: site.scraped()[WORKERS] == 2, "both are counted")
    assert site.scraped()[ITEM] == 40


def test_counting_goes_on_over_a_reload(site: Site) -> None:
    """With the same routes and sources; a contract that is refused is counted, and changes nothing else."""
    site.load(10)
    loaded = series("bascule_plan_loaded_timestamp_seconds")
    before = site.scraped()
    shop.write_items(site.folder, shop.RENAMED_ITEMS)
    replaced(site)
    after = site.scraped()
    assert after[ITEM] == 10
    assert after[loaded] > before[loaded]
    shop.write_items(site.folder, shop.BROKEN_ITEMS)
    site.running.signal(signal.SIGHUP)
    site.running.wait(lambda: site.scraped()[REFUSED] == 1, "the contract is refused")
    site.load(5)
    assert (site.scraped()[ITEM], site.scraped()[REFUSED]) == (15, 1)


def test_other_routes_begin_anew(site: Site) -> None:
    """A scraper takes that for a restart."""
    site.load(10)
    shop.add_slow_resource(site.folder, 1)
    replaced(site)
    site.load(3, "/v1/items")
    found = site.scraped()
    assert found[LIST] == 3
    assert ITEM not in found


def replaced(site: Site) -> None:
    """Reload, and wait until only new workers serve."""
    old = set(site.running.workers())
    site.running.signal(signal.SIGHUP)
    site.running.wait(
        lambda: not old & set(site.running.workers()) and len(site.running.workers()) == 2, "the workers are replaced"
    )
    site.running.wait(lambda: site.running.status("/livez") == 200, "it answers")
