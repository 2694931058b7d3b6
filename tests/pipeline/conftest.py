"""The depot of the plan's tests, for requests from end to end; and the plant, of whose sources a request waits for long."""

from __future__ import annotations

import pytest

from app.gateway import Gateway
from tests.plan.conftest import stock
from tests.plan.depot import patient

__all__ = ["stock"]


@pytest.fixture(scope="session")
def gateway(gateway: Gateway) -> Gateway:
    """The gateway over the demo plant."""
    return patient(gateway)
