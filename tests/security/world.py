"""The gateway of the two tenants, with a key for each role, and a client that sees an answer as its receiver does.

Requests go through the whole WSGI application, in process. What an answer says is all that arrives: the status, each header,
the body, and what stands inside of cursors, which are signed and not sealed.
"""

from __future__ import annotations

import atexit
import base64
import itertools
import json
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from werkzeug.test import EnvironBuilder, run_wsgi_app

from app.assembly import Compiled, compile_folder, open_gateway
from app.callers.credentials import ADMIN
from app.callers.key_manager import Grant, KeyManager
from app.callers.key_text import pepper_of
from app.gateway import Gateway
from app.kept.tags import EVERYTHING
from app.observations import Observation, Observatory, StatementRun
from app.settings import Settings
from app.state import State
from app.web.factory import create_app
from tests.security.tenants import SITES, A, B, Owner, build, moment

REQUEST: Final = "one-of-the-suite"
PEPPER: Final = "canary-pepper-5e1f"
CLOCKS: Final = frozenset({"server-timing", "data-as-of", "age"})  # they differ between two answers to one request

_CURSOR: Final = re.compile(rb"[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}")

READS: Final = ("orders:read", "invoices:read")


def claims(owner: Owner) -> dict[str, tuple[str, ...]]:
    """What a tenant's key claims."""
    return {"customer": owner.customers, "site": SITES, "area": (owner.area,), "slot": (moment(owner),)}


ROLES: Final[Mapping[str, Grant]] = {
    "A": Grant("tenant A", READS, claims(A)),
    "B": Grant("tenant B", READS, claims(B)),
    "accountant of A": Grant("accountant of A", (*READS, "finance:read"), claims(A)),
    "dashboard": Grant("dashboard", (*READS, "rows:all")),
    "admin": Grant("administrator", (ADMIN,)),
    "without a scope": Grant("nobody in particular", (), claims(A)),
    "without a claim": Grant("nobody's portal", READS),
    "auditor": Grant("auditor", (*READS, "rows:all", "finance:read")),
}


@dataclass(frozen=True)
class Reply:
    """One answer, as it arrived."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of the problem that it is; empty for any other answer."""
        return str(self.json.get("code", "")) if self.status >= 400 and self.body else ""

    def header(self, name: str) -> str:
        """The header's value; empty where it is missing."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    @property
    def timeless(self) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
        """All of it but clocks."""
        kept = ((name, value) for name, value in self.headers if name.lower() not in CLOCKS)
        return self.status, tuple(sorted(kept)), self.body

    @property
    def everything(self) -> bytes:
        """Everything that its receiver can read, cursors opened."""
        said = b"\n".join([*(f"{name}: {value}".encode() for name, value in self.headers), self.body])
        return b"\n".join([said, *(opened(found[0]) for found in _CURSOR.finditer(said))])

    def shows(self, *owners: Owner) -> list[bytes]:
        """The canaries of these owners that are in it."""
        return [canary for owner in owners for canary in owner.canaries if canary in self.everything]

    def without(self, target: str) -> Reply:
        """The answer without what its links repeat of the request: the query, and the key at the end of the path."""
        path, _, query = target.partition("?")
        said = [text for text in (query, path.split("/", 3)[3] if path.count("/") > 2 else "") if text]
        headers = []
        for name, value in self.headers:
            for text in said if name == "Link" else ():
                value = value.replace(text, "…")  # noqa: PLW2901  # each echo is taken out of what is left
            headers.append((name, value))
        return replace(self, headers=tuple(headers))


def opened(cursor: bytes) -> bytes:
    """What a cursor holds, for anybody who decodes it."""
    payload = cursor.partition(b".")[0]
    return base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4))


def environ(method: str, target: str, headers: Mapping[str, str], client: str, form: str = "") -> dict[str, Any]:
    """The WSGI environment of a request from the address `client`."""
    path, _, query = target.partition("?")
    said = {"X-Request-Id": REQUEST, **headers}
    typed = "application/x-www-form-urlencoded" if form else None
    builder = EnvironBuilder(
        path=quote(path, "/%"), method=method, headers=list(said.items()), data=form or None, content_type=typed
    )
    return {**builder.get_environ(), "RAW_URI": target, "QUERY_STRING": query, "REMOTE_ADDR": client}


def answered(application: Any, asked: dict[str, Any]) -> Reply:
    """What a WSGI application answers."""
    body: Iterable[bytes]
    body, status, sent = run_wsgi_app(application, asked, buffered=True)
    return Reply(int(status.split()[0]), tuple(sent), b"".join(body))


def spelled(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers as they are called: `if_none_match` is `If-None-Match`."""
    return {name.replace("_", "-").title(): value for name, value in headers.items()}


@dataclass
class World:
    """A gateway, its application, and the text of a key for each role. `told` are the observations so far."""

    gateway: Gateway
    keys: Mapping[str, str] = field(repr=False)
    told: list[Observation] = field(default_factory=list, repr=False)
    _clients: Iterator[int] = field(default_factory=lambda: itertools.count(1), repr=False)

    def __post_init__(self) -> None:
        """Make the application."""
        self.application: Any = create_app(self.gateway).wsgi_app

    def forget(self) -> None:
        """Have everything read anew, as after a purge."""
        assert self.gateway.purges is not None
        self.gateway.purges.purge([EVERYTHING], "test")

    def get(self, role: str, target: str, /, **headers: str) -> Reply:
        """GET as a role; `if_none_match="…"` sends `If-None-Match`."""
        return self.ask("GET", target, {"Authorization": f"Bearer {self.keys[role]}", **spelled(headers)})

    def ask(self, method: str, target: str, headers: Mapping[str, str], form: str = "") -> Reply:
        """Any request. Each comes from an address of its own: nobody is shut out for what another has tried."""
        return answered(self.application, environ(method, target, headers, self.stranger(), form))

    def stranger(self) -> str:
        """An address that nothing has come from yet."""
        number = next(self._clients)
        return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"

    def statements(self) -> list[str]:
        """The statements that were sent to sources since this was asked last."""
        found = [each.statement for each in self.told if isinstance(each, StatementRun)]
        self.told.clear()
        return found


@cache
def folder() -> Path:
    """The contract's folder with its databases; removed when the tests end."""
    made = Path(tempfile.mkdtemp(prefix="bascule-tenants-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return build(made)


@cache
def compiled() -> Compiled:
    """The contract, compiled: what the documents are made of before any gateway is open."""
    return compile_folder(folder(), {})


def give_keys(state: State, pepper: str, roles: Mapping[str, Grant] = ROLES) -> dict[str, str]:
    """A key for each role."""
    manager = KeyManager(state, pepper_of(pepper, state))
    return {role: manager.create(grant)[0] for role, grant in roles.items()}


@contextmanager
def opened_world(audit: Path, where: Path | None = None) -> Iterator[World]:
    """A world with nothing in its cache."""
    found = compiled() if where is None else compile_folder(where, {})
    told: list[Observation] = []
    settings = Settings(pepper=PEPPER, audit=str(audit))
    state = State(found.contract.state, Path(found.contract.folder))
    keys = give_keys(state, PEPPER)
    state.close()
    gateway = open_gateway(found, settings, Observatory(told.append))
    try:
        yield World(gateway, keys, told)
    finally:
        gateway.close()
