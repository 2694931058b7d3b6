"""The demo plant, built and opened once for every test that wants a whole gateway."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.assembly import compile_folder, open_gateway
from app.demo.plant import build
from app.gateway import Gateway
from app.observations import Observatory
from app.settings import Settings
from app.state import inquiry


@pytest.fixture(autouse=True)
def patient_inquiries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks the state waits for the answer, however busy the machine is; a test whose state hangs sets its own patience."""
    monkeypatch.setattr(inquiry, "PATIENCE", 30.0)
    monkeypatch.setattr(inquiry, "FIRST", 30.0)


@pytest.fixture(scope="session")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the demo plant, databases and all; for reading only."""
    return build(tmp_path_factory.mktemp("plant") / "plant").folder


@pytest.fixture(scope="session")
def gateway(plant: Path) -> Iterator[Gateway]:
    """A gateway over the demo plant. Its cache is everybody's: a test that counts reads makes one of its own."""
    opened = open_gateway(compile_folder(plant, {}), Settings(), Observatory())
    yield opened
    opened.close()
