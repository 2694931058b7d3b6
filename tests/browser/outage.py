"""A staged outage: a gateway over a business system that is killed and comes back, while its callers and an operator look on.

In charge of the acts and of when each has come to be seen. It must not know what a test holds them against, nor where pictures go:

    with outage(folder) as stage, browser(profile) as page:
        stage.log_in(page)
        for act in acts(stage, page):
            page.screenshot(pictures / f"{act}.png")
"""

from __future__ import annotations

import http.client
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep
from typing import Final

from app.callers.credentials import ADMIN
from app.callers.key_manager import Grant, KeyManager
from app.callers.key_text import pepper_of
from app.state import State
from tests.browser.devtools import Page
from tests.faults.plants import PARTS, Plant, postgresql
from tests.serving.running import Running, free_port

PATIENCE: Final = 150.0  # seconds for an act: a source may count as sick for two minutes after its last failure
_BREATH: Final = 0.05  # seconds between a caller's requests

_GATEWAY: Final = """\
title: Hydraulics
security: closed
state: sqlite:///state.db
sources:
  erp: {{{erp}, connections: 4, deadline: 10s}}
  shopfloor: {{kind: sqlite, path: shopfloor.db, deadline: 30s}}
"""
_RESOURCE: Final = """\
resource: {name}
source: {source}
table: PART
key: number
access: {{read: plant:read}}
cache: {{fresh: 1s, stale_if_error: 1h}}
fields:
  number: {{column: PTNO, type: integer}}
  name: {{column: PTNAME, type: string}}
sort: [number]
"""


@dataclass
class Outage:
    """The stage. `plant` is the database that `erp` reads; `key` an admin key's text; `answers` what the callers got, the last at the end."""

    plant: Plant
    origin: str
    key: str
    answers: list[tuple[int, str]] = field(default_factory=list)

    def log_in(self, page: Page) -> None:
        """Come in as an operator does."""
        page.open(f"{self.origin}/console/log-in")
        page.evaluate("document.getElementById('key').focus()")
        page.type(self.key)
        page.press("Enter")
        page.until("location.pathname === '/console/' && document.querySelector('.tiles') !== null")

    def stale(self) -> int:
        """How many answers came from what was kept beyond its time, since the source could not be read."""
        return sum(status == 200 and "detail=" in held for status, held in self.answers)


@contextmanager
def outage(folder: Path) -> Iterator[Outage]:
    """The stage, everything up, with callers who ask; `folder` is made."""
    with postgresql() as plant:
        admin, portal = _contract(folder, plant)
        port = free_port()
        settings = {"BASCULE_ADMIN_BIND": f"127.0.0.1:{port}"}
        running = Running.start(folder, folder / "gateway.log", "--workers", "2", settings=settings)
        stage, over = Outage(plant, f"http://127.0.0.1:{port}", admin), Event()
        caller = Thread(target=_call, args=(stage, running.port, portal, over))
        caller.start()
        try:
            yield stage
        finally:
            over.set()
            caller.join()
            running.end()


def acts(stage: Outage, page: Page) -> Iterator[str]:
    """Plays the outage; each name is given once its act is to be seen on the overview."""
    _seen(page, "All sources are well")
    yield "1-well"
    stage.plant.kill()
    _seen(page, "erp is down")
    yield "2-open"
    _seen(page, "from what is kept, older than they should be")
    yield "3-served-stale"
    stage.plant.start()
    _seen(page, "All sources are well")
    yield "4-well-again"


def _seen(page: Page, words: str) -> None:
    """Wait until the page says so."""
    end = monotonic() + PATIENCE
    while not page.evaluate(f"document.getElementById('main').innerText.includes({json.dumps(words)})"):
        assert monotonic() < end, f"not seen: {words}"
        sleep(0.25)


def _contract(folder: Path, plant: Plant) -> tuple[str, str]:
    """Write the contract; the texts of an operator's key and of a caller's."""
    (folder / "v1").mkdir(parents=True)
    (folder / "gateway.yaml").write_text(_GATEWAY.format(erp=plant.source(plant.port)), encoding="utf-8")
    (folder / "v1" / "version.yaml").write_text("status: current\n", encoding="utf-8")
    for name, source in (("parts", "erp"), ("tools", "shopfloor")):
        (folder / "v1" / f"{name}.yaml").write_text(_RESOURCE.format(name=name, source=source), encoding="utf-8")
    with sqlite3.connect(folder / "shopfloor.db") as tools:
        tools.execute("CREATE TABLE PART (PTNO INTEGER NOT NULL PRIMARY KEY, PTNAME VARCHAR(40) NOT NULL)")
        tools.executemany("INSERT INTO PART VALUES (?, ?)", [(number, "Gauge") for number in range(1, PARTS + 1)])
    tools.close()
    state = State("sqlite:///state.db", folder)
    keys = KeyManager(state, pepper_of("", state))
    made = [keys.create(grant)[0] for grant in (Grant("Olga Brandt", (ADMIN,)), Grant("Web portal", ("plant:read",)))]
    state.close()
    return made[0], made[1]


def _call(stage: Outage, port: int, key: str, over: Event) -> None:
    """Ask as a portal does: mostly for what many want, now and then for what nobody has asked for yet."""
    for number in iter(lambda: len(stage.answers), None):
        rare = number % 10 == 9
        path = (
            f"/v1/parts/{20 + number % (PARTS - 20)}"
            if rare
            else f"/v1/{('parts', 'tools')[number % 2]}/{1 + number % 8}"
        )
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        connection.request("GET", path, headers={"X-Api-Key": key})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        stage.answers.append((answer.status, answer.headers["Cache-Status"] or ""))
        if over.wait(_BREATH):
            return
