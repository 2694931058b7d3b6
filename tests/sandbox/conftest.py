"""The demo plant's contract over invented data, opened once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.demo.plant import contract_folder
from app.gateway import Gateway
from tests.sandbox.asking import mock


@pytest.fixture(scope="session")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo plant's contract alone, without its databases."""
    folder = tmp_path_factory.mktemp("mock") / "plant"
    shutil.copytree(contract_folder(), folder, ignore=shutil.ignore_patterns("*.db"))
    return folder


@pytest.fixture(scope="session")
def mocked_plant(contract: Path) -> Iterator[Gateway]:
    """The gateway of `bascule mock` over it."""
    opened = mock(contract)
    yield opened
    opened.close()
