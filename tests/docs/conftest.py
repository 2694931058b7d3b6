"""What a page shows is what a gateway answers that has the time to."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _patiently(patient_gateways: None) -> None:
    """Every gateway of a walk waits for its state, as long as that takes on a busy machine."""
