"""The depot, built and opened once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.gateway import Gateway
from tests.plan import depot


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway over the depot; nothing changes its data."""
    gateway = depot.opened(depot.build(tmp_path_factory.mktemp("depot") / "depot"))
    yield gateway
    gateway.close()
