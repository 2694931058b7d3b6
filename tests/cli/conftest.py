"""The commands, run in this process, and a contract folder for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from tests import shop

Bascule = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shop's contract."""
    return shop.build(tmp_path / "shop")


@pytest.fixture
def bascule(monkeypatch: pytest.MonkeyPatch) -> Bascule:
    """Runs `bascule` with arguments; an exception that is no exit fails the test."""
    monkeypatch.delenv("BASCULE_LOG_LEVEL", raising=False)

    def run(*arguments: object) -> Result:
        result = CliRunner().invoke(main, [str(argument) for argument in arguments])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
        return result

    return run
