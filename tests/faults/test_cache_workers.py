"""F9 and F10: workers that are killed, reloads and an end under load take no more with them than they must."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final

import pytest

from tests.faults.gateway import HANGS, Reply, part
from tests.faults.kept import CUT, WORKERS, KeptSite, Telling, keeping, restarted, telling
from tests.faults.proxy import BLACK_HOLE
from tests.serving.running import PATIENCE, Running

__all__ = ["telling"]  # a fixture

KILLS: Final = 8
RELOADS: Final = 5
BUSY: Final = 8  # clients
RESTED: Final = 1.0  # seconds
WRITING: Final = "fresh: 1s, stale_while_revalidate: 10m, stale_if_error: 1h, persist: true"  # read again all the time


def faulty(replies: list[Reply]) -> list[Reply]:
    """Those that are neither right nor cut off."""
    return [reply for reply in replies if not reply.right and reply.status != CUT]


def integrity(folder: Path) -> str:
    """What SQLite says of the persisted file."""
    with closing(sqlite3.connect(folder / "cache.db")) as connection:
        found: str = connection.execute("PRAGMA integrity_check").fetchone()[0]
        return found


def test_killed_workers_take_their_own_requests_alone(telling: Telling, tmp_path: Path) -> None:
    """Killed at random while answers are served and written: who asked another worker notices nothing, and no answer is wrong.

    What the killed ones wrote is sound: the file on disk, and answers without a source after a restart.
    """
    with keeping(telling, tmp_path, WRITING) as site:
        site.warm_for(1.5)
        lost, chance = 0, random.Random(9)
        with site.asking(site.patient_any, BUSY) as replies:
            for _ in range(KILLS):
                time.sleep(0.3)
                victim = chance.choice(site.running.workers())
                lost += site.kill(victim)
                site.await_workers(gone=victim)
        assert len(replies) > 100
        assert faulty(replies) == []
        assert sum(reply.status == CUT for reply in replies) <= lost
        assert [reply for reply in site.at_once(200, site.any, BUSY) if not reply.right] == []
        site.proxy.set(BLACK_HOLE)
        with restarted(site):
            assert integrity(site.folder) == "ok"
            assert [reply for reply in site.at_once(200, site.any, BUSY) if not reply.right] == []


@pytest.fixture
def warm(telling: Telling, tmp_path: Path) -> Iterator[KeptSite]:
    """A gateway that keeps everything for an hour, and has read everything."""
    with keeping(telling, tmp_path, "fresh: 1h", deadline=HANGS) as site:
        site.warm()
        yield site


def reload(running: Running) -> None:
    """Have other workers in the place of all: wait until the last of the old ones is gone."""
    before = set(running.workers())
    running.signal(signal.SIGHUP)
    running.wait(lambda: not before & set(running.workers()), "the old workers have ended")


def test_five_reloads_fail_nobody_and_forget_nothing(warm: KeptSite) -> None:
    """Under load over connections of their own and over kept ones: every answer is right, and the source is not asked again."""
    before = warm.statements()
    with (
        closing(_Keeper(warm)) as keeper,
        warm.asking(warm.patient_any, BUSY) as replies,
        warm.asking(keeper.ask, 1) as others,
    ):
        for _ in range(RELOADS):
            reload(warm.running)
            warm.await_workers()
    assert len(replies) > 100
    assert len(others) > 10
    assert [reply for reply in (*replies, *others) if not reply.right] == []
    assert warm.statements() == before


def test_a_changed_plan_is_read_anew(warm: KeptSite) -> None:
    """A reload whose plan has changed answers nothing that was kept under the old one."""
    contract = warm.folder / "v1" / "parts.yaml"
    contract.write_text(contract.read_text(encoding="utf-8").replace("  name:", "  label:"), encoding="utf-8")
    reload(warm.running)
    before = warm.statements()
    for number in range(1, 4 * WORKERS):
        _, _, raw = warm.running.get(f"/v1/parts/{number}")
        assert set(json.loads(raw)) == {"number", "label", "bin"}
    assert warm.statements() - before == 4 * WORKERS - 1


def test_an_end_answers_what_had_begun(warm: KeptSite) -> None:
    """TERM under load: no answer is wrong or anything but 200, then nobody is there, and nothing is left behind."""
    workers = warm.running.workers()
    with warm.asking(warm.patient_any, BUSY) as replies:
        time.sleep(0.5)
        assert not [reply for reply in replies if not reply.right]
        assert warm.running.end() == 0
    assert faulty(replies) == []
    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]


class _Keeper:
    """A client that asks over one connection for as long as the gateway keeps it, then over another.

    A connection that has rested for a second it gives up itself: a gateway that stops keeps it for two.
    """

    def __init__(self, site: KeptSite) -> None:
        self._port = site.running.port
        self._held: HTTPConnection | None = None
        self._answered = 0.0

    def ask(self) -> Reply:
        """Ask for an item."""
        began = time.monotonic()
        if began - self._answered > RESTED:
            self.close()
        connection = self._held or HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        self._held = connection
        try:
            connection.request("GET", "/v1/parts/7")
            response = connection.getresponse()
            body = json.loads(response.read())
        except (OSError, HTTPException):
            self.close()
            return Reply(CUT, time.monotonic() - began, None, right=False)
        self._answered = time.monotonic()
        if response.will_close:
            self.close()
        return Reply(response.status, time.monotonic() - began, body, body == part(7))

    def close(self) -> None:
        """Close the connection."""
        if self._held is not None:
            self._held.close()
            self._held = None
