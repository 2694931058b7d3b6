"""A stage for the console: the demo plant, closed, with callers, a day behind it, and findings to look at.

In charge of the numbers that the pages show: what is counted goes the way of every count, only the clock is the stage's. It must
not know a page. Pictures for the docs are taken before the same stage.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from threading import Thread
from time import time
from typing import Any, Final

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from app.assembly import compile_folder, open_gateway
from app.callers.credentials import ADMIN
from app.callers.key_manager import Grant
from app.demo.plant import build
from app.drift.findings import Finding
from app.drift.uses import Use
from app.gateway import Gateway
from app.metrics.history import History
from app.metrics.layout import Layout
from app.metrics.metrics import Metrics
from app.metrics.table import ADMIN as ADMIN_ROUTE
from app.metrics.table import OTHER
from app.observations import Cost, Observation, Observatory, Served, SourceFailed, StatementRun
from app.settings import Settings
from app.web.admin.api import create_admin
from app.web.factory import create_app
from tests.browser.devtools import Page

CLOSED: Final = """\
limits:
  default: {requests: 600/min, burst: 100}
  machine: {requests: 6000/min, burst: 500, rows: 200000/hour}
"""
HOLDERS: Final = (
    ("Web portal", "machine", "portal.example.com", ("/v1/orders", "/v1/orders/{number}", "/v1/customers")),
    ("Shop floor boards", "machine", "six screens in hall 2", ("/v2/jobs", "/v1/late-jobs", "/v1/work-centers")),
    ("ACME Hydraulics", "default", "order tracking", ("/v1/orders/{number}", "/v1/shipments")),
    ("Reporting", "default", "nightly, to be replaced", ("/v1/order-lines", "/v1/items", "/v1/bom-items")),
)
SOURCES: Final = {"jobs": "mes", "late-jobs": "mes", "work-centers": "mes", "shipments": "mes"}
DRIFT: Final = (
    Finding("column-removed", "breaking", "erp", "ORDHDR", "the column is gone", ("CUSPO",), (Use("v1", "orders", "sales@example.com", fields=("customer_po",)),), "remove what stands on it in a new version, or have the column back"),
    Finding("type-changed", "risky", "erp", "ITMMST", "the column is DECIMAL(9,2) now, and was DECIMAL(7,2)", ("STDCST",), (Use("v1", "items", "", fields=("standard_cost",)),), "run `bascule catalog`, and look at what has changed"),
    Finding("column-added", "safe", "erp", "ORDHDR", "there is a new column", ("ORDCHN",), ()),
)  # fmt: skip


@dataclass
class Stage:
    """The gateway on stage. `origin` is the console's address, `key` the text of an admin key, `victim` the id of another."""

    gateway: Gateway
    public: FlaskClient
    origin: str
    key: str
    victim: str
    headers: dict[str, str]

    def log_in(self, page: Page) -> None:
        """Come in as an operator does, by pointer."""
        page.open(f"{self.origin}/console/log-in")
        page.evaluate("document.getElementById('key').focus()")
        page.type(self.key)
        page.evaluate("document.querySelector('#log-in button').click()")
        page.until("location.pathname === '/console/' && document.querySelector('.tiles') !== null")


@contextmanager
def staged(folder: Path, **settings: Any) -> Iterator[Stage]:
    """A stage in `folder`, which is made."""
    build(folder)
    said = (folder / "gateway.yaml").read_text(encoding="utf-8")
    (folder / "gateway.yaml").write_text(
        said[: said.index("security:")] + "security: closed\n" + CLOSED, encoding="utf-8"
    )
    _break_some_dates(folder)
    with ExitStack() as leaving:
        gateway = open_gateway(compile_folder(folder, {}), Settings(**settings), Observatory())
        leaving.callback(gateway.close)
        desk, state = gateway.desk, gateway.state
        assert desk is not None
        assert state is not None
        text, _ = desk.keys.create(Grant("Olga Brandt", (ADMIN,), note="on call"))
        made = [
            desk.keys.create(Grant(owner, ("plant:read",), rate=rate, note=note)) for owner, rate, note, _ in HOLDERS
        ]
        past(state.add_history, {record.owner: f"key:{record.id}" for _, record in made})
        _note_drift(gateway)
        public = create_app(gateway).test_client()
        visit(public, [{"X-Api-Key": key} for key, _ in made])
        origin = leaving.enter_context(served(create_admin(gateway, desk)))
        yield Stage(gateway, public, origin, text, made[-1][1].id, {"X-Api-Key": made[0][0]})


@contextmanager
def served(application: Flask) -> Iterator[str]:
    """The address at which an application is served meanwhile."""
    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def past(write: Any, callers: dict[str, str], hours: int = 24) -> None:
    """Tell a history of its own what was served up to now, a minute at a time, and have it written."""
    dice, moment = Random(7), 0.0
    metrics = Metrics(Layout((OTHER, ADMIN_ROUTE), ("erp", "mes")))  # a chart knows no routes
    history = History(metrics, write, 35, clock=lambda: moment)
    now = time()
    for minute in range(hours * 60, 0, -1):
        moment = now - minute * 60
        busy = 0.55 + 0.45 * math.sin((24 - minute / 60) / 24 * 2 * math.pi - 1)
        for observation in _served(dice, busy, callers, outage=32 <= minute < 41):
            history(observation)
    history.close()


def _served(dice: Random, busy: float, callers: dict[str, str], *, outage: bool) -> Iterator[Observation]:
    """What a minute brings; while the business system is out, what is kept is served, and some requests fail."""
    for owner, _, _, routes in HOLDERS:
        for _ in range(dice.randrange(2, 4 + int(14 * busy))):
            route = dice.choice(routes)
            source = SOURCES.get(route.split("/")[2], "erp")
            down = outage and source == "erp"
            kept = dice.random() < 0.86
            took = 0.0004 if kept else dice.lognormvariate(-4.2, 0.6)
            status = 503 if down and not kept else 200
            held = "bascule; hit; ttl=20" if kept else "bascule; fwd=miss; stored"
            cost = () if kept or down else (Cost(source, 1, dice.randrange(1, 60), took * 800),)
            if cost:
                yield StatementRun(source, "SELECT", cost[0].rows, 0.0002, took * 0.8)
            if down and not kept:
                yield SourceFailed(source, "Unavailable", "connection reset by peer", took=0.02)
            path = route.replace("{number}", "4711")
            yield Served("", "GET", path, status, took, (), "", held, 3.0, route, callers[owner], cost)


def visit(public: FlaskClient, credentials: list[dict[str, str]]) -> None:
    """Some real requests of each caller, now."""
    for headers, (_, _, _, routes) in zip(credentials, HOLDERS, strict=True):
        for route in routes:
            path = route.replace("/{number}", "")
            for _ in range(3):
                with public.get(f"{path}?limit=20", headers=headers) as answer:
                    assert answer.status_code == 200


def _break_some_dates(folder: Path) -> None:
    """Dates that are none, as old programs leave them."""
    with sqlite3.connect(folder / "erp.db") as erp:
        erp.execute("UPDATE ORDHDR SET ORDDT = 1269931 WHERE ORDNO % 40 = 3")
    erp.close()


def _note_drift(gateway: Gateway) -> None:
    """What a look at the business system has found."""
    state = gateway.state
    assert state is not None
    for source, findings in (("erp", DRIFT), ("mes", ())):
        claimed = state.claim_look(source, gateway.basis, 60.0)
        assert claimed is not None
        graded = [each.grade for each in findings]
        looked = replace(
            claimed,
            checked_at=time() - 4000,
            due_at=time() + 80_000,
            breaking=graded.count("breaking"),
            risky=graded.count("risky"),
            safe=graded.count("safe"),
            findings=json.dumps([each.plain() for each in findings]),
        )
        state.note_look(looked)
