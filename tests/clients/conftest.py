"""The demo plant, served by processes of its own, for clients that know nothing but its document."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving.running import Running


@pytest.fixture(scope="module")
def address(plant: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base address of a gateway that listens on a free port."""
    running = Running.start(plant, tmp_path_factory.mktemp("clients") / "gateway.log")
    yield f"http://127.0.0.1:{running.port}"
    running.end()
