"""What a driver says: whoever it is told to, it is without the contract's passwords."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from adapters.port import Catalog, Unavailable
from app.assembly import compile_folder, open_gateway
from app.contract.catalog_file import write
from app.gateway import Gateway
from app.observations import DriftFound, Failed, Observation, Observatory, PlanRefused, SourceChanged, to_log
from app.settings import Settings
from app.traces.traces import Traces
from app.web.log_lines import formatter
from tests import shop
from tests.http.callers import CLOSED, Shop
from tests.traces.test_traces import Kept, eventually

PASSWORD = "blue&Heron"
BOOKS = "  books: {kind: postgresql, url: 'postgresql://reader:${BOOKS_PASSWORD}@127.0.0.1:9/books'}\n"
TEXT = f"cannot log in to postgresql://reader:blue%26heron@127.0.0.1: '{PASSWORD}' of PWD={{{PASSWORD}}} is wrong"
TOLD = "cannot log in to postgresql://reader:•••@127.0.0.1: '•••' of PWD=••• is wrong"


@dataclass
class Scene:
    """A shop whose database cannot be reached, and all that listens."""

    shop: Shop
    kept: Kept
    traces: Traces
    lines: list[str] = field(default_factory=list)

    @property
    def gateway(self) -> Gateway:
        """The gateway."""
        return self.shop.gateway


class Lines(logging.Handler):
    """Keeps the lines that a log would have."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self.lines = lines
        self.forms = [formatter("text"), formatter("json")]

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it in both forms."""
        self.lines += [form.format(record) for form in self.forms]


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """One request that failed at its source, whose driver has said too much; and observations of other kinds that do."""
    folder = shop.build(tmp_path / "shop", open_=False)
    (folder / "gateway.yaml").write_text(shop.GATEWAY + BOOKS + CLOSED, encoding="utf-8")
    (folder / "catalog").mkdir()
    (folder / "catalog" / "books.yaml").write_text(write(Catalog({})), encoding="utf-8")
    kept = Kept()
    traces = Traces(1.0, lambda: kept, interval=0.01)
    compiled = compile_folder(folder, {"BOOKS_PASSWORD": PASSWORD})
    settings = Settings(audit=str(folder / "audit.jsonl"))
    made: list[Observation] = []
    gateway = open_gateway(compiled, settings, Observatory(to_log, traces, made.append))
    found = Scene(Shop(gateway, folder, made), kept, traces)
    listening = Lines(found.lines)
    monkeypatch.setattr(logging.getLogger("bascule"), "handlers", [listening])

    def fail(*_: object, **__: object) -> Any:
        raise Unavailable(TEXT)

    monkeypatch.setattr(type(gateway.sources["shop"]), "run", fail)
    try:
        headers = found.shop.headers("items:read", "items:all")
        assert found.shop.public.get("/v1/items/0001", headers=headers).status_code == 503
        yield found
    finally:
        gateway.close()
        traces.close()


def test_the_log_has_no_password(scene: Scene) -> None:
    """As text and as JSON: what was wrong is there, and the password is not."""
    text, line = (each for each in scene.lines if "SourceFailed" in each)
    assert TOLD in text.replace('\\"', '"')
    assert json.loads(line)["text"] == TOLD
    assert PASSWORD.lower() not in "".join(scene.lines).lower()


def test_the_console_has_no_password(scene: Scene) -> None:
    """Neither what this worker knows nor what is kept for the others."""
    notes, state = scene.gateway.notes, scene.gateway.state
    assert notes is not None
    assert state is not None
    notes.flush()
    assert [each.text for each in (*notes.known()[0], *state.source_notes()[0])] == [TOLD, TOLD]
    overview = scene.shop.admin.get("/overview", headers=scene.shop.headers()).get_json()
    assert TOLD in str(overview["sources"]).replace('\\"', '"')
    assert PASSWORD not in str(overview)


def test_spans_have_no_password(scene: Scene) -> None:
    """The status of a span has the text."""
    eventually(lambda: scene.kept.requests)
    assert PASSWORD not in str(scene.kept.requests)
    assert TOLD in str(scene.kept.requests).replace('\\"', '"')


def test_the_audit_has_no_password(scene: Scene) -> None:
    """Nor any driver's text."""
    (event,) = scene.shop.events()
    assert event["status"] == 503
    assert "cannot log in" not in scene.shop.audit


@pytest.mark.parametrize(
    "observation",
    [
        SourceChanged("shop", "opened", TEXT),
        Failed("r1", f"Traceback\nOSError: {TEXT}"),
        PlanRefused("shop", ("a fault", TEXT)),
        DriftFound("shop", "column-removed", "breaking", "shop/ITEM", TEXT),
    ],
)
def test_whatever_holds_a_text_is_told_without_it(scene: Scene, observation: Observation) -> None:
    """To every listener the same."""
    scene.gateway.observatory.tell(observation)
    assert type(scene.shop.seen[-1]) is type(observation)
    assert TOLD in str(scene.shop.seen[-1])
    assert PASSWORD not in "".join((*scene.lines, str(scene.shop.seen)))
