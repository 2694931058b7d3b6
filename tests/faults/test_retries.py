"""F14: a database where everything fails is not asked more often for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults import gateway, proxy
from tests.faults.gateway import CONNECTIONS, Site
from tests.faults.plants import Plant, Postgresql

REQUESTS = 200
SHARE = 1.2  # attempts at the database for each request, at most


def test_connections_that_all_fail_are_not_multiplied(site: Site) -> None:
    """Every connection is reset at its first byte: the server meets at most 1.2 of them for each request."""
    site.proxy.set(proxy.RESETTING)
    before = site.proxy.accepted
    replies = site.at_once(REQUESTS, site.any, 2 * CONNECTIONS)
    assert {reply.status for reply in replies} <= {503, 504}
    assert site.proxy.accepted - before <= SHARE * REQUESTS
    site.proxy.set(proxy.CLEAR)
    site.recover()


@pytest.mark.parametrize(
    "plant", ["postgresql"], indirect=True
)  # it has a function that fails in a way of the test's choice
def test_statements_that_all_fail_are_not_multiplied(plant: Plant, tmp_path: Path) -> None:
    """Every statement fails as on a broken disk, in sessions that are well: as many attempts as the log of the server has."""
    assert isinstance(plant, Postgresql)
    with gateway.opened(plant, tmp_path, {"broken": plant.broken()}) as site:
        site.warm()
        before = plant.failures()
        replies = site.at_once(REQUESTS, lambda: site.item("broken"), 2 * CONNECTIONS)
        assert {reply.status for reply in replies} <= {503, 504}
        assert 0 < plant.failures() - before <= SHARE * REQUESTS
        site.recover()
