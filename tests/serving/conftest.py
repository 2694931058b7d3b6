"""A contract folder, and gateways that end with the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import shop
from tests.serving.running import Running

Start = Callable[..., Running]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shop's contract, open to everybody."""
    return shop.build(tmp_path / "shop")


@pytest.fixture
def start(folder: Path, tmp_path: Path) -> Iterator[Start]:
    """Starts gateways over the folder, with options of the command line."""
    started: list[Running] = []

    def start_one(*options: str, host: str = "127.0.0.1") -> Running:
        log_file = tmp_path / f"gateway-{len(started)}.log"
        started.append(Running.start(folder, log_file, *options, host=host))
        return started[-1]

    yield start_one
    for running in started:
        running.end()
