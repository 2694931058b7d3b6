"""The shop with callers: a closed contract, a clerk's key, an administrator's, and an audit in a file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from app.assembly import compile_folder, open_gateway
from app.callers.buckets import Draw, Store
from app.callers.credentials import ADMIN
from app.callers.desk import Desk
from app.callers.key_manager import Grant
from app.callers.link_manager import Wish
from app.gateway import Gateway
from app.observations import Observation, Observatory
from app.settings import Settings
from app.web.admin.api import create_admin
from app.web.factory import create_app
from tests import shop

CLOSED = "security: {tokens: 10m}\n"
ACCESS = """\
access: {read: items:read, rows: {name: claim:name}, rows_exempt: items:all}
"""
MASKED = shop.ITEMS.replace("since: {column", "since: {scope: items:dates, column") + ACCESS
SPRING = {"name": ("Spring",)}


class Still:
    """A store of buckets for which it is always the same moment."""

    def __init__(self, store: Store) -> None:
        self.store, self.waits = store, store.waits

    def draw(self, holder: str, draws: Sequence[Draw], now: float) -> tuple[int, int]:
        """As the store draws."""
        del now
        return self.store.draw(holder, draws, 1000.0)


@dataclass
class Shop:
    """A gateway over the shop, both of its applications, and what it was seen to do."""

    gateway: Gateway
    folder: Path
    seen: list[Observation] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.public: FlaskClient = create_app(self.gateway).test_client()
        self.admin: FlaskClient = create_admin(self.gateway, self.desk).test_client()

    @property
    def desk(self) -> Desk:
        """What gives out credentials."""
        assert self.gateway.desk is not None
        return self.gateway.desk

    def key(self, *scopes: str, **claims: str) -> str:
        """The text of a new key."""
        text, _ = self.desk.keys.create(Grant("ACME", scopes, {name: (value,) for name, value in claims.items()}))
        self.look_again()
        return text

    def headers(self, *scopes: str) -> dict[str, str]:
        """The headers of a new key's holder; without scopes, an administrator's."""
        return {"Authorization": f"Bearer {self.key(*(scopes or (ADMIN,)))}"}

    def link(self, **changes: Any) -> str:
        """The path of a new link: two fields of the spring for its owner, with changes."""
        words = {
            "path": "/v1/items/0001",
            "fields": ("number", "name"),
            "lifetime": 3600.0,
            "claims": SPRING,
            **changes,
        }
        text, _ = self.desk.links.create(self.gateway.plan, Wish(**words))
        return f"/links/{text}"

    def stand_still(self) -> None:
        """Stop the clock of the limits: however long a test takes, nothing is granted anew meanwhile."""
        limits = self.gateway.limits
        assert limits is not None
        limits._store = Still(limits._store)

    def look_again(self) -> None:
        """Let the time pass after which a worker asks what has changed."""
        keyring = self.gateway.credentials.kinds[-1][1].__self__  # type: ignore[attr-defined]  # the keyring's own method
        keyring.watch._inquiry.ring()
        self.gateway.credentials.recent.forget()

    def events(self) -> list[dict[str, Any]]:
        """What the audit has."""
        return [json.loads(line) for line in self.audit.splitlines()]

    @property
    def audit(self) -> str:
        """The audit's file, with all that is to be in it."""
        assert self.gateway.audit is not None
        self.gateway.audit.flush()
        return (self.folder / "audit.jsonl").read_text(encoding="utf-8")


@contextmanager
def opened(folder: Path, security: str = CLOSED, items: str = MASKED, **settings: Any) -> Iterator[Shop]:
    """A shop in `folder`, which is built where it is not there."""
    if not folder.exists():
        shop.build(folder, open_=False)
    (folder / "gateway.yaml").write_text(shop.GATEWAY + security, encoding="utf-8")
    shop.write_items(folder, items)
    seen: list[Observation] = []
    chosen = Settings(audit=str(folder / "audit.jsonl"), **settings)
    gateway = open_gateway(compile_folder(folder, {}), chosen, Observatory(seen.append))
    try:
        yield Shop(gateway, folder, seen)
    finally:
        gateway.close()
