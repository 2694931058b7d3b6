"""The demo plant, built and opened once for every test that wants a whole gateway."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from app.assembly import compile_folder, open_gateway
from app.demo.plant import build
from app.gateway import Gateway
from app.observations import Observatory
from app.settings import Settings
from tests import patient
from tests.serving import running

# What is drawn is the same in every run, and no clock is looked at: a busy machine draws slowly and takes long for an example.
# `--hypothesis-profile=default` explores.
settings.load_profile("ci")


@pytest.fixture(scope="session", autouse=True)
def _patient() -> Iterator[None]:
    """Whoever asks waits for the answer, however busy the machine is; a test in which something hangs sets its own patience."""
    with pytest.MonkeyPatch.context() as patched:
        patient.be_patient(patched.setattr)
        yield


@pytest.fixture
def patient_gateways(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gateways in processes of their own wait as long."""
    monkeypatch.setattr(running, "command", patient.command)


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
