"""Documents and pages of versions, where the contract keeps them for callers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.http.callers import CLOSED, Shop, opened

PRIVATE = "security: {documents: callers}\n"
PATHS = ("/v1", "/v1/docs", "/v1/openapi.json")


@pytest.fixture
def private(tmp_path: Path) -> Iterator[Shop]:
    """A shop whose documents are for callers."""
    with opened(tmp_path / "shop", PRIVATE) as shop:
        yield shop


@pytest.mark.parametrize("path", PATHS)
def test_documents_for_callers_take_a_credential(private: Shop, path: str) -> None:
    """Without one, and with a wrong one, they answer as resources do; with any key they are there."""
    for headers in ({}, {"X-Api-Key": "bascule_wrong"}):
        answer = private.public.get(path, headers=headers)
        assert answer.status_code == 401
        assert answer.get_json()["code"] == "unauthorized"
        assert "WWW-Authenticate" in answer.headers
        assert answer.headers["X-Request-Id"]
    assert private.public.get(path, headers=private.headers("items:read")).status_code in {200, 302}


def test_what_tells_nothing_of_the_contract_stays_public(private: Shop) -> None:
    """Problems are explained to whoever has one, and probes know no credentials."""
    for path in ("/problems", "/problems/unauthorized", "/livez"):
        assert private.public.get(path).status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_documents_are_public_unless_the_contract_says_otherwise(tmp_path: Path, path: str) -> None:
    """Also where callers of resources need a credential: no name of a table stands in them."""
    with opened(tmp_path / "shop", CLOSED) as shop:
        assert shop.public.get(path).status_code in {200, 302}
