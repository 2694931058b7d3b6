"""The stand-in as a fixture, one for a whole run: import `as400_standin` where it is needed.

Without what it takes, tests that need it are skipped, or fail where BASCULE_TEST_REQUIRE is `all`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.standins.as400.server import Standin, missing, started


@pytest.fixture(scope="session")
def as400_standin() -> Iterator[Standin]:
    """A server with an empty schema of the user's own."""
    if lack := missing():
        if os.environ.get("BASCULE_TEST_REQUIRE") == "all":
            pytest.fail(f"the stand-in for an AS/400 cannot be had: {lack}")
        pytest.skip(f"no stand-in for an AS/400: {lack}")
    with started() as standin:
        yield standin
