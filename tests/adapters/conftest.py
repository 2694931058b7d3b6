"""What the tests of all kinds share: time for catalogs, on a machine that has much else to do."""

from __future__ import annotations

import pytest

from adapters.sql import source


@pytest.fixture(autouse=True)
def patient_catalogs(monkeypatch: pytest.MonkeyPatch) -> None:
    """No catalog is given up because the machine is busy."""
    monkeypatch.setattr(source, "_CATALOG_SECONDS", 600.0)
