"""The gateway of the two tenants, opened once for the suite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.security.world import World, opened_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Everybody's: what it serves depends on who asks, and on nobody else who has asked before."""
    with opened_world(tmp_path_factory.mktemp("audit") / "audit.jsonl") as opened:
        yield opened
