"""The demo plant, built and opened once for every test that wants a whole gateway."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings

from app import gateway as gateway_module
from app.assembly import compile_folder, open_gateway
from app.callers import fetching, issuers
from app.demo.plant import build
from app.gateway import Gateway
from app.observations import Observatory
from app.settings import Settings
from app.state import inquiry
from app.web import operations, patience
from app.web.admin import api, console

# What is drawn is the same in every run, and no clock is looked at: a busy machine draws slowly and takes long for an example.
# `--hypothesis-profile=default` explores.
settings.load_profile("ci")

PATIENT: Final = (  # what waits for the state, a source or an issuer, and does without after some tenths of seconds
    (inquiry, "PATIENCE"),
    (inquiry, "FIRST"),
    (operations, "PATIENCE"),
    (console, "PATIENCE"),
    (patience, "TRIAL"),
    (gateway_module, "READY"),
    (issuers, "WAIT"),
    (fetching, "TIMEOUT"),
)


@pytest.fixture(scope="session", autouse=True)
def _patient() -> Iterator[None]:
    """Whoever asks waits for the answer, however busy the machine is; a test in which something hangs sets its own patience."""
    with pytest.MonkeyPatch.context() as patched:
        for module, name in PATIENT:
            patched.setattr(module, name, 30.0)
        patched.setattr(api, "SECONDS", dict.fromkeys(api.SECONDS, 30.0))
        yield


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
