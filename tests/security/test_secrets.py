"""Canary secrets through every door: afterwards they are in no log, no audit, no page, no problem and no repr."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from app.assembly import Compiled, Gateway, compile_folder, open_gateway
from app.exchange import Caller, Inbound
from app.observations import Observatory
from app.problems import PROBLEMS
from app.settings import Settings
from app.stages.authenticate import authenticate
from app.state import State
from tests.security.operations import operations, owned, queries
from tests.security.tenants import ANYBODY, NO_DAY, ROWS, A, build
from tests.security.test_functions import near_misses
from tests.security.world import PEPPER, World, give_keys
from tests.serving.running import PATIENCE, Running

CLASSIFIED: Final = tuple(  # values of fields that the contract calls confidential or personal
    str(row.item[name]).encode()
    for resource, name in (("customers", "email"), ("orders", "remark"), ("invoices", "code"))
    for row in ROWS[resource]
    if row.owner is A
)


@dataclass
class Scene:
    """A gateway in a process of its own, all that was secret about the requests to it, and what they were answered."""

    running: Running
    audit: Path
    secrets: dict[str, bytes]
    answers: list[bytes]

    def found(self, text: bytes) -> list[str]:
        """The secrets in a text, by name."""
        return [name for name, secret in self.secrets.items() if secret in text]


def asked(port: int, target: str, headers: Mapping[str, str], form: str = "") -> tuple[int, bytes]:
    """GET, or POST where there is a form: status, and all that came back."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    typed = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
    try:
        connection.request("POST" if form else "GET", target, form or None, {**headers, **typed})
        response = connection.getresponse()
        return response.status, str(response.headers).encode() + response.read()
    finally:
        connection.close()


def bearer(text: str) -> dict[str, str]:
    """The credential, in its header."""
    return {"Authorization": f"Bearer {text}"}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A gateway that logs all it has to say, after each operation was asked by all sorts of callers."""
    where = tmp_path_factory.mktemp("secrets")
    folder = build(where / "tenants")
    state = State(compile_folder(folder, {}).contract.state, folder)
    keys = give_keys(state, PEPPER)
    state.close()
    audit = where / "audit.jsonl"
    settings = {"BASCULE_PEPPER": PEPPER, "BASCULE_AUDIT": str(audit), "BASCULE_LOG_LEVEL": "debug"}
    running = Running.start(folder, where / "log", "--workers", "1", settings=settings, patiently=True)
    try:
        secrets = {f"the key of {role}": text[-36:].encode() for role, text in keys.items()}
        made = Scene(running, audit, secrets | {"the pepper": PEPPER.encode()}, [])
        exercise(made, keys)
        yield made
    finally:
        running.end()


def exercise(scene: Scene, keys: Mapping[str, str]) -> None:
    """Ask each operation, with what is right and with what is wrong, in every place where a secret can stand."""
    port, key = scene.running.port, keys["A"]
    token = granted(scene, key)
    for operation in operations():
        row = owned(operation, A, ANYBODY)[-1]
        path = operation.at(row.item) if operation.key else operation.path
        wanted = [query for query in queries(operation) if "\n" not in query]
        for query in [*wanted[::6], "sort=nonsense", "limit=1"]:
            status, answer = asked(port, f"{path}?{query}", bearer(key))
            assert status < 500 or row.issues, answer
            scene.secrets |= {f"cursor {found[-12:]!r}": found for found in cursors(answer)}
            scene.answers.append(answer)
        scene.answers.append(asked(port, path, bearer(token))[1])
        scene.answers.append(
            asked(port, f"{path}?api_key={key}&{key}=1", bearer(keys["auditor"]))[1].replace(key.encode(), b"")
        )
    for _, headers in near_misses(key):
        sent = {name: value for name, value in headers.items() if value.isprintable()}
        scene.answers.append(asked(port, "/v1/orders", sent)[1])


def granted(scene: Scene, key: str) -> str:
    """An access token for a key; a refused one before it."""
    form = f"grant_type=client_credentials&client_id={key.split('_')[1]}&client_secret="
    assert asked(scene.running.port, "/oauth/token", {}, f"{form}{key[:-1]}")[0] == 401
    status, answer = asked(scene.running.port, "/oauth/token", {}, form + key)
    assert status == 200, answer
    token = str(json.loads(answer[answer.index(b"{") :])["access_token"])
    scene.secrets["a token"] = token.rpartition(".")[2].encode()
    return token


def cursors(answer: bytes) -> list[bytes]:
    """The signatures of the cursors in an answer."""
    return [found[1] for found in re.finditer(rb'"next":"[^".]+\.([^"]+)"', answer)]


def test_the_scene_is_full(scene: Scene) -> None:
    """What is searched for was there: cursors, a token, answers with classified values, a log and an audit of all of it."""
    assert len(scene.secrets) > 30
    told = b"".join(scene.answers)
    assert [value for value in CLASSIFIED if value not in told] == []
    assert scene.running.log().count("Served(") > len(operations())
    assert scene.audit.read_bytes().count(b"\n") > len(operations())
    assert b"DataIssueFound" in scene.running.log().encode()


def test_no_log_line_has_a_secret(scene: Scene) -> None:
    """Not even where the log says all it can: no key, no token, no cursor, no pepper."""
    assert scene.found(scene.running.log().encode()) == []


def test_no_log_line_has_a_classified_value(scene: Scene) -> None:
    """Neither as a key in a path, nor in a filter, nor as what did not decode."""
    log = scene.running.log().encode()
    assert [value for value in (*CLASSIFIED, str(NO_DAY).encode()) if value in log] == []


def test_the_audit_has_no_secret_and_no_classified_value(scene: Scene) -> None:
    """It says who read what; of classified keys it has pseudonyms, of their filters nothing."""
    audit = scene.audit.read_bytes()
    assert scene.found(audit) == []
    assert [value for value in (*CLASSIFIED, str(NO_DAY).encode()) if value in audit] == []
    assert A.customers[0].encode() in audit, "what is not classified is written down"


def test_no_answer_has_a_secret(scene: Scene) -> None:
    """Problems, hints and headers repeat no credential; a cursor is in the answer that gives it out, and in no other."""
    credentials = {name: secret for name, secret in scene.secrets.items() if not name.startswith("cursor")}
    told = b"".join(scene.answers)
    assert [name for name, secret in credentials.items() if secret in told] == []


def test_no_page_has_a_secret(scene: Scene) -> None:
    """Neither the probes, nor the documents, nor the pages of problems; and none says what lies behind the gateway."""
    paths = ["/", "/livez", "/readyz", "/problems", "/v1/openapi.json", "/v2/openapi.json", "/v1/docs"]
    for path in (*paths, *(f"/problems/{code}" for code in PROBLEMS)):
        status, page = asked(scene.running.port, path, {})
        assert status == 200, path
        assert scene.found(page) == [], path
        assert [name for name in (b"ORDHDR", b"CUSNO", b"erp.db", b"INVNO", *CLASSIFIED) if name in page] == [], path


# Values in memory.

PASSWORD: Final = "canary-password-77ab"
POSTGRES: Final = "  pg: {kind: postgresql, url: 'postgresql://u@127.0.0.1:1/x', password: '${PASSWORD}'}\n"
CATALOG: Final = "tables: {}\n"


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[tuple[Compiled, Gateway]]:
    """A gateway with a source that needs a password, which is never asked."""
    folder = build(tmp_path / "tenants")
    gateway_file = folder / "gateway.yaml"
    gateway_file.write_text(gateway_file.read_text(encoding="utf-8").replace("security:", f"{POSTGRES}security:"))
    (folder / "catalog").mkdir()
    (folder / "catalog" / "pg.yaml").write_text(CATALOG, encoding="utf-8")
    compiled = compile_folder(folder, {"PASSWORD": PASSWORD})
    gateway = open_gateway(compiled, Settings(pepper=PEPPER, limits=""), Observatory())
    yield compiled, gateway
    gateway.close()


def test_no_repr_has_a_secret(guarded: tuple[Compiled, Gateway]) -> None:
    """A contract, a plan, a gateway, settings and sources can be printed: no password and no pepper are in it."""
    compiled, gateway = guarded
    settings = Settings(pepper=PEPPER, limits=f"redis://:{PASSWORD}@127.0.0.1/0")
    parts = [compiled, compiled.contract, compiled.plan, gateway, settings, gateway.settings, *gateway.sources.values()]
    for part in (*parts, gateway.credentials, gateway.cursors, gateway.limits, gateway.audit, gateway.views):
        assert PASSWORD not in repr(part)
        assert PEPPER not in repr(part)
    assert any(PASSWORD in source.options.values() for source in compiled.contract.sources.values())


def test_no_repr_has_a_claim(world: World) -> None:
    """A caller can be printed, and what it sees: whose rows it may read is not in it, since a claim may be classified."""
    caller = gateway_caller(world)
    view = world.gateway.views.view(world.gateway.plan.versions["v1"], caller)
    assert A.customers[0] in str(caller.claims)
    for part in (caller, view, view.version, view.resource("orders")):
        assert A.text not in repr(part)


def gateway_caller(world: World) -> Caller:
    """A, as the gateway knows it."""
    return authenticate(
        world.gateway.credentials, Inbound("GET", "/", headers={"authorization": f"Bearer {world.keys['A']}"})
    )
