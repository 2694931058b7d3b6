"""SIGHUP: a new plan while requests are served, and never a worse one."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

from tests import shop
from tests.serving.conftest import Start
from tests.serving.running import Running


def fields(running: Running) -> list[str]:
    """The fields that an item has now."""
    return list(json.loads(running.get("/v1/items/0001")[2]))


def refuse(running: Running, folder: Path, broken: str) -> None:
    """Break the contract and have the gateway read it."""
    shop.write_items(folder, broken)
    running.signal(signal.SIGHUP)
    running.wait(lambda: "PlanRefused" in running.log(), "the broken contract is refused")


def test_a_broken_reload_keeps_the_old_plan(start: Start, folder: Path) -> None:
    """The same workers go on serving the old plan, and the log holds every fault."""
    running = start("--workers", "2")
    running.wait(lambda: len(running.workers()) == 2, "both workers run")
    before = running.workers()
    refuse(running, folder, shop.BROKEN_ITEMS)
    assert fields(running) == ["number", "name", "since"]
    assert running.workers() == before
    assert "did you mean 'table'?" in running.log()


def test_a_worker_that_starts_after_a_broken_reload_has_the_old_plan(start: Start, folder: Path) -> None:
    """A killed worker is replaced by one that serves the last good plan, not the broken contract."""
    running = start("--workers", "1")
    refuse(running, folder, shop.BROKEN_ITEMS)
    (killed,) = running.workers()
    os.kill(killed, signal.SIGKILL)
    running.wait(lambda: running.workers() not in ([killed], []), "another worker runs")
    assert fields(running) == ["number", "name", "since"]


def test_a_mended_contract_is_served_after_a_broken_one(start: Start, folder: Path) -> None:
    """The next good contract replaces the plan, without a request that fails."""
    running = start()
    refuse(running, folder, shop.BROKEN_ITEMS)
    shop.write_items(folder, shop.RENAMED_ITEMS)
    running.signal(signal.SIGHUP)
    running.wait(lambda: fields(running) == ["number", "label", "since"], "the new plan is served")


def test_a_contract_that_is_no_longer_open_is_refused_where_others_can_call(start: Start, folder: Path) -> None:
    """Without `security: open`, a reload is refused at an address that other machines can reach."""
    running = start(host="0.0.0.0")
    (folder / "gateway.yaml").write_text(shop.GATEWAY, encoding="utf-8")
    running.signal(signal.SIGHUP)
    running.wait(lambda: "PlanRefused" in running.log(), "the contract is refused")
    assert running.status("/v1/items") == 200
