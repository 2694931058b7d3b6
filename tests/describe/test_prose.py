"""The sentences of the document."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.contract.model import CacheSpec
from app.describe import prose
from tests.http import plans

FRESH = "An answer may be 30 seconds old."
AFTER = f"{FRESH} After that it may still be served for"
END = "`Data-As-Of` says when its data was read."


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (None, "Read from its source with each request."),
        (CacheSpec(30.0), f"{FRESH} {END}"),
        (CacheSpec(0.5), f"An answer may be 0.5 seconds old. {END}"),
        (CacheSpec(60.0), f"An answer may be 1 minute old. {END}"),
        (CacheSpec(90.0), f"An answer may be 90 seconds old. {END}"),
        (CacheSpec(172_800.0), f"An answer may be 2 days old. {END}"),
        (
            CacheSpec(30.0, stale_while_revalidate=300.0),
            f"{AFTER} 5 minutes while a new one is read. {END}",
        ),
        (
            CacheSpec(30.0, 60.0, 28_800.0),
            f"{AFTER} 1 minute while a new one is read and for 8 hours while its source does not answer. {END}",
        ),
    ],
)
def test_how_old_an_answer_may_be(spec: CacheSpec | None, said: str) -> None:
    """A reader is told what the contract allows, in the units in which people say it."""
    orders = replace(plans.plan().versions["v2"].resources["orders"], cache=spec)
    assert prose.of_resource(orders).endswith(said)
