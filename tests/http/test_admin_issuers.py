"""Administrators whom an identity provider names: the scope counts wherever it comes from, in the claim that the contract names."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.callers.issuing import AUDIENCE, Server, claims, jwk, private_key, server, signed
from tests.http.callers import Shop, opened

KEY = private_key("ES256")


@pytest.fixture
def site() -> Iterator[Server]:
    """An issuer on this machine."""
    with server() as running:
        running.publish("/keys", {"keys": [jwk(KEY, "ES256", kid="first")]})
        yield running


def security(site: Server, scopes: str) -> str:
    """What the contract says of the issuer, and of the claim that has its scopes."""
    issuer = f"{{issuer: '{site.url}', audience: '{AUDIENCE}', keys: '{site.url}/keys', scopes: {scopes}}}"
    return f"security: {{issuers: {{staff: {issuer}}}}}\n"


def asked(acme: Shop, site: Server, **said: Any) -> int:
    """The status that the admin API has for a token that says this."""
    now = int(time.time())
    token = signed(claims(iss=site.url, iat=now, exp=now + 600, **said), KEY, "ES256", kid="first")
    return acme.admin.get("/keys", headers={"Authorization": f"Bearer {token}"}).status_code


def test_an_issuer_that_grants_the_scope_makes_administrators(tmp_path: Path, site: Server) -> None:
    """As docs/how-to/accept-tokens-of-your-identity-provider.md warns."""
    with opened(tmp_path / "shop", security(site, "scope")) as acme:
        assert asked(acme, site, scope="items:read bascule:admin") == 200
        assert asked(acme, site, scope="items:read") == 403


def test_no_other_claim_makes_administrators(tmp_path: Path, site: Server) -> None:
    """With a claim that only the provider's own people fill, what clients may ask for grants nothing."""
    with opened(tmp_path / "shop", security(site, "plant_scopes")) as acme:
        assert asked(acme, site, scope="bascule:admin", plant_scopes="items:read") == 403
        assert asked(acme, site, scope="bascule:admin") == 403
