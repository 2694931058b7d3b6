"""A database server that may be killed, for the whole suite, and a gateway over it for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

import pytest

from tests.faults import as400, gateway, plants
from tests.faults.gateway import Site
from tests.faults.plants import Plant

PLANTS: Final[Mapping[str, Callable[[], AbstractContextManager[Plant]]]] = {
    "as400": as400.as400,
    "postgresql": plants.postgresql,
}


@pytest.fixture(scope="session", params=sorted(PLANTS))
def plant(request: pytest.FixtureRequest) -> Iterator[Plant]:
    """A server of each kind in turn."""
    with PLANTS[request.param]() as started:
        yield started


@pytest.fixture
def lasting(plant: Plant, tmp_path: Path, patient_gateways: None) -> Iterator[Site]:  # noqa: ARG001  # it is asked for
    """A gateway that has served for a while, and gives no request up, however slow the machine is."""
    plant.start()
    with gateway.opened(plant, tmp_path, {}, gateway.HANGS) as opened:
        opened.warm()
        yield opened


@pytest.fixture
def site(plant: Plant, tmp_path: Path) -> Iterator[Site]:
    """A gateway that has served for a while: every connection is open."""
    plant.start()  # a test that failed may have left it dead
    with gateway.opened(plant, tmp_path, {"naps": plant.naps()}) as opened:
        opened.warm()
        yield opened
