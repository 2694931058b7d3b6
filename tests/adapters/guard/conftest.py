"""The scene that tests of the whole guard play in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.adapters.guard.fakes import eventually, threads
from tests.adapters.guard.scene import Scene


@pytest.fixture
def scene() -> Iterator[Scene]:
    """A scene that ends with no session, no lease and no thread."""
    before = threads()
    made = Scene()
    yield made
    made.guard.close()
    assert made.guard._board.held() == (0, 0)
    eventually(lambda: made.host.open == 0)
    eventually(lambda: threads() <= before)  # that of a link that broke ends by itself
