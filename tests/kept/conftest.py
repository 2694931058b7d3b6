"""Patience: on a busy machine whoever has a lock may stand still for seconds, and a test of something else is not to fail by that."""

from __future__ import annotations

import pytest

from app import forks
from tests.kept import disk_scene


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Semaphores, files and writers are awaited; a test in which one of them never comes sets its own patience."""
    monkeypatch.setattr(forks, "PATIENCE", disk_scene.PATIENT)
    disk_scene.be_patient(monkeypatch.setattr)
