"""The pages about callers are followed, with a gateway that runs as they run it."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Final

import pytest

from app.callers.issuers import DISCOVERY
from tests.callers.issuing import Server, claims, jwk, private_key, server, signed
from tests.docs.served import PORTAL, Served
from tests.house.source import ROOT
from tests.serving import running

PAGES: Final = ROOT / "docs/how-to"
LOGIN: Final = "https://login.example.com/realms/plant"  # the issuer of a page
LATER: Final = "import runpy, time; now = time.time; time.time = lambda: now() + 3600; runpy.run_module('tests.patient', {}, '__main__')"
REALM: Final = "/realms/plant"


def test_the_portal_can_be_put_in_front(tmp_path: Path) -> None:
    """From open to closed: every key, answer and line of the audit is as the page has it."""
    walk = Served(PORTAL, tmp_path)
    walk.follow()
    assert walk.done == {"sh": 16, "yaml": 4, "json": 4, "text": 10}


def test_keys_can_be_given_out(tmp_path: Path) -> None:
    """A key is made, rotated and revoked under a gateway that runs."""
    walk = Served(PAGES / "give-out-keys.md", tmp_path)
    walk.prepare()
    walk.follow()
    assert walk.done == {"sh": 5, "text": 5}


def test_callers_can_be_limited(tmp_path: Path) -> None:
    """The request after the burst, and the one after too many rows, are refused."""
    walk = Served(PAGES / "limit-callers.md", tmp_path)
    walk.prepare()
    walk.follow()
    assert walk.done == {"yaml": 1, "sh": 3, "text": 2}


def test_accesses_can_be_audited(tmp_path: Path) -> None:
    """What is written down is found, and a changed line too."""

    def written() -> bool:
        return (tmp_path / "audit.jsonl").read_bytes().count(b"\n") == 4

    walk = Served(PAGES / "audit-accesses.md", tmp_path, awaited=written)
    walk.prepare()
    walk.follow()
    assert walk.done == {"sh": 4, "text": 3}


def test_tokens_can_be_accepted(tmp_path: Path) -> None:
    """A token of an issuer that is made up is taken for its subject; one of the gateway's own until it is revoked."""
    with server() as issuer:
        walk = Served(PAGES / "accept-tokens-of-your-identity-provider.md", tmp_path, {LOGIN: issuer.url + REALM})
        walk.prepare()
        (tmp_path / "alice.token").write_text(_publish(issuer), encoding="utf-8")
        walk.follow()
    assert walk.done == {"yaml": 2, "sh": 4, "text": 2, "json": 1}


def _publish(issuer: Server) -> str:
    """Have the issuer publish a key; a token that was signed with it."""
    key, own = private_key("ES256"), issuer.url + REALM
    keys = issuer.publish("/keys", {"keys": [jwk(key, "ES256", kid="first")]})
    issuer.publish(REALM + DISCOVERY, {"issuer": own, "jwks_uri": keys})
    now = int(time.time())
    said = claims(iss=own, iat=now, exp=now + 600, scope="orders:read", customer_number="10001")
    return signed(said, key, "ES256", kid="first")


def test_a_link_can_be_shared(tmp_path: Path) -> None:
    """A link shows its fields until it is revoked."""
    walk = Served(PAGES / "share-an-order-link.md", tmp_path)
    walk.prepare()
    walk.follow()
    assert walk.done == {"sh": 3, "text": 2, "json": 1}


def test_the_cache_can_be_purged(tmp_path: Path) -> None:
    """By hand and by a program: what was changed behind the gateway is served, and what was purged is listed."""
    walk = Served(PAGES / "purge-the-cache.md", tmp_path)
    walk.prepare()
    walk.follow()
    assert walk.done == {"sh": 4, "text": 4}


class Kept(Served):
    """A walk through the page about answers that are kept, on which no time is short.

    What the page has fresh for seconds is so for a hundred times as long, however slow the machine is; the gateway that starts
    after its sleep starts an hour later.
    """

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(PAGES / "keep-answers.md", folder, {"fresh: 5s": "fresh: 500s"})
        self.monkeypatch = monkeypatch

    def _run(self, text: str) -> None:
        if "systemctl start" in text:
            self.monkeypatch.setattr(running, "command", self._later)
        super()._run(text)

    @staticmethod
    def _later(folder: Path, *options: str) -> list[str]:
        return [sys.executable, "-c", LATER, "serve", str(folder), *options]


def test_answers_can_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an answer says of its age, who may have it read anew, and what is served while its source is away, after a restart."""
    walk = Kept(tmp_path, monkeypatch)
    walk.prepare()
    walk.follow()
    assert walk.done == {"yaml": 2, "sh": 6, "text": 5}
