"""Who may do what: each role at each operation, by the contract's own words; and credentials that are none (OWASP API2, 5, 9)."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.callers.key_manager import Grant, KeyManager
from app.callers.key_text import checksum, pepper_of
from app.state import State
from app.web.factory import create_app
from tests.security.operations import Operation, documents, operations, owned
from tests.security.tenants import ANYBODY, NOBODY, A, B, original
from tests.security.tenants_contract import RESOURCES
from tests.security.world import PEPPER, READS, ROLES, Reply, World, claims, compiled

every = pytest.mark.parametrize("operation", operations(), ids=str)

RULES: Final[Mapping[str, Mapping[str, Any]]] = {
    name: yaml.safe_load(text).get("access", {}) for name, text in RESOURCES.items()
}
KNOWN: Final = re.compile(  # what is served beside the operations of the documents
    r"/|/livez|/readyz|/problems|/problems/<code>|/(resources(/<version>(/<name>)?)?|changes(/<version>)?|guides(/<name>)?)"
    r"|/glossary(/lineage\.json)?|/search(\.json)?|/downloads/<version>/<name>|/static/<path:filename>|/\.well-known/[a-z-]+|/v\d+(/docs|/openapi\.json)?"
    r"|/oauth/(token|revoke)|/links/<[^>]+>"
)
UNSAFE: Final = ("POST", "PUT", "PATCH", "DELETE", "PROPFIND", "TRACE", "QUERY", "get")


def expected(resource: str, grant: Grant) -> tuple[int, str]:
    """What the rules of a resource say of somebody with this grant: a status, and the code of the problem."""
    rules = RULES[original(resource)]
    if "read" in rules and rules["read"] not in grant.scopes:
        return 403, "insufficient-scope"
    exempt = rules.get("rows_exempt") in grant.scopes
    if not exempt and any(claim.removeprefix("claim:") not in grant.claims for claim in rules.get("rows", {}).values()):
        return 403, "claim-required"
    return 200, ""


def path_of(operation: Operation) -> str:
    """Where the operation has something of A's to show."""
    return operation.at(owned(operation, A, ANYBODY)[0].item) if operation.key else operation.path


@pytest.mark.parametrize("role", [role for role in ROLES if role != "B"])
@every
def test_the_matrix_of_roles_and_operations(world: World, operation: Operation, role: str) -> None:
    """Each role is served or refused as the contract's rules say, by GET and HEAD alike; a refusal shows no row."""
    status, code = expected(operation.resource, ROLES[role])
    reply = world.get(role, path_of(operation))
    if reply.code == "bad-data":  # who sees all checks meets a damaged one
        assert (operation.resource, status) == ("checks", 200)
        return
    assert (reply.status, reply.code) == (status, code)
    head = world.ask("HEAD", path_of(operation), bearer(world.keys[role]))
    assert (head.status, head.body) == (status, b"")
    if status == 403:
        assert reply.without(path_of(operation)).shows(A, B, NOBODY) == []


@every
def test_nobody_is_served_without_a_credential(world: World, operation: Operation) -> None:
    """401 with a challenge, no row, and nothing asked of any source."""
    world.statements()
    reply = world.ask("GET", path_of(operation), {})
    assert (reply.status, reply.code) == (401, "unauthorized")
    assert reply.header("WWW-Authenticate").startswith("Bearer ")
    assert reply.without(path_of(operation)).shows(A, B, NOBODY) == []
    assert world.statements() == []
    assert operation.security, "the document says that it takes a credential"


@every
def test_the_other_methods_change_nothing(world: World, operation: Operation) -> None:
    """405 for each, to every role and with any header that means to override the method; the row stands as it was."""
    before = world.get("auditor", operation.path if operation.resource != "checks" else "/v1/sites").timeless
    for method in UNSAFE:
        for header in ({}, {"X-Http-Method-Override": "GET"}, {"X-Method-Override": "DELETE"}):
            reply = world.ask(method, path_of(operation), {**bearer(world.keys["auditor"]), **header})
            assert reply.status == 405, method
            assert reply.without(path_of(operation)).shows(A, B, NOBODY) == []
    for name in ("X-Http-Method-Override", "X-Method-Override", "X-Http-Method"):
        reply = world.ask("GET", path_of(operation), {**bearer(world.keys["A"]), name: "DELETE"})
        assert reply.status == 200
    after = world.get("auditor", operation.path if operation.resource != "checks" else "/v1/sites").timeless
    assert (before[0], before[2]) == (after[0], after[2])


def test_every_route_is_in_a_document_or_a_known_page(world: World) -> None:
    """Nothing is served that nobody has described; and what is described is served."""
    rules = {rule.rule for rule in create_app(world.gateway).url_map.iter_rules()}
    assert [rule for rule in rules if not KNOWN.fullmatch(rule)] == []
    resources = [each for version in world.gateway.plan.versions.values() for each in version.resources.values()]
    keys = {each.path: ",".join(f"{{{name}}}" for name in each.key) for each in resources}
    served = {path for each in resources for path in (each.path, f"{each.path}/{keys[each.path]}")}
    assert served == {operation.path for operation in operations()}


def test_a_page_for_everybody_takes_no_credential(world: World) -> None:
    """Pages and documents answer without one, and with a bad one: they are the same for all."""
    for path in ("/", "/problems", *(f"/{version}/openapi.json" for version in documents())):
        for headers in ({}, bearer("bascule_nonsense")):
            assert world.ask("GET", path, headers).status == 200


# Credentials.


def bearer(text: str) -> dict[str, str]:
    """The credential, in the header that it belongs in."""
    return {"Authorization": f"Bearer {text}"}


def refused(reply: Reply) -> bool:
    """Whether it is the refusal that everybody gets, with nothing in it that tells which part was wrong."""
    return reply.status == 401 and reply.json["detail"] in {"the credential is not accepted", "A credential is needed"}


def altered(text: str, place: int) -> str:
    """A key with another character somewhere, and the right checksum."""
    body = text[:-6]
    other = "A" if body[place] != "A" else "B"
    changed = body[:place] + other + body[place + 1 :]
    return changed + checksum(changed)


def near_misses(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Credentials that are almost A's key."""
    yield "another secret", bearer(altered(text, len(text) - 10))
    yield "another id", bearer(altered(text, 9))
    yield "no checksum", bearer(text[:-6])
    yield "a wrong checksum", bearer(text[:-6] + "000000")
    yield "other letters", bearer(text.swapcase())
    yield "a character more", bearer(text + "0")
    yield "a character less", bearer(text[:-1])
    yield "twice", bearer(text + text)
    yield "with a comma", bearer(f"{text},{text}")
    yield "with NUL", bearer(text + "\0")
    yield "Basic", {"Authorization": f"Basic {base64.b64encode(f'{text}:'.encode()).decode()}"}
    yield "Basic with the bare key", {"Authorization": f"Basic {text}"}
    yield "no scheme", {"Authorization": text}
    yield "another scheme", {"Authorization": f"Token {text}"}
    yield "two credentials", {**bearer(text), "X-Api-Key": text}
    yield "an empty one", {"Authorization": "Bearer "}
    yield "empty, with a good one beside it", {"Authorization": "", "X-Api-Key": text}
    yield "in a cookie", {"Cookie": f"Authorization={text}; X-Api-Key={text}; api_key={text}"}
    yield "in another header", {"X-Auth-Token": text, "Api-Key": text, "Proxy-Authorization": f"Bearer {text}"}
    yield "10 kB", bearer("bascule_" + "a" * 10_000)
    yield "a token of nobody's", bearer("bascule_t_eyJhbGciOiJub25lIn0.eyJzdWIiOiJrZXk6QSJ9.")
    yield "a token without a signature", bearer("eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.eyJzdWIiOiJBIn0.")


@every
def test_what_is_nearly_a_key_is_none(world: World, operation: Operation) -> None:
    """Each of them is refused with the same words, at every operation."""
    for name, headers in near_misses(world.keys["A"]):
        reply = world.ask("GET", path_of(operation), headers)
        assert refused(reply), (name, reply.body)
        assert reply.without(path_of(operation)).shows(A, B, NOBODY) == [], name


@every
def test_a_key_in_the_address_is_none(world: World, operation: Operation) -> None:
    """Addresses are logged by every proxy on the way: a key there is not even looked at."""
    key = world.keys["A"]
    for name in ("key", "api_key", "apikey", "access_token", "token", "authorization", "x-api-key"):
        assert refused(world.ask("GET", f"{path_of(operation)}?{name}={key}", {})), name
    assert refused(world.ask("GET", f"/{key}{path_of(operation)}", {}))


def test_a_key_is_taken_in_either_header(world: World) -> None:
    """As bearer, whatever the case of the scheme's name (RFC 9110, 11.1), or as X-Api-Key; always as the same caller."""
    key = world.keys["A"]
    headers = [bearer(key), {"Authorization": f"bearer {key}"}, {"Authorization": f"BEARER  {key}"}, {"X-Api-Key": key}]
    replies = [world.ask("GET", "/v1/invoices", each) for each in headers]
    assert {(reply.status, reply.body[:40]) for reply in replies} == {(200, replies[0].body[:40])}


@every
def test_a_token_is_worth_its_key(world: World, operation: Operation) -> None:
    """An access token of the gateway's own shows what its key shows, byte by byte; with fewer scopes, what they show."""
    path = path_of(operation)
    by_key, by_token = world.get("A", path), world.ask("GET", path, bearer(token(world, "A")))
    assert (by_token.status, by_token.body, by_token.header("ETag")) == (200, by_key.body, by_key.header("ETag"))
    status, code = expected(operation.resource, replace(ROLES["A"], scopes=("invoices:read",)))
    reply = world.ask("GET", path, bearer(token(world, "A", "invoices:read")))
    assert (reply.status, reply.code) == (status, code)


def token(world: World, role: str, scope: str = "") -> str:
    """An access token for a role's key."""
    key = world.keys[role]
    form = {"grant_type": "client_credentials", "client_id": key.split("_")[1], "client_secret": key, "scope": scope}
    reply = world.ask("POST", "/oauth/token", {}, urlencode(form))
    assert reply.status == 200, reply.body
    return str(reply.json["access_token"])


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(
    text=st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=120),
    scheme=st.sampled_from(["Bearer ", "bascule_", "Bearer bascule_", "Bearer bascule_t_", "Bearer ey", "Basic ", ""]),
)
def test_garbage_is_no_credential(world: World, text: str, scheme: str) -> None:
    """Whatever stands in the header: a refusal, never a row and never an error of the gateway's own."""
    reply = world.ask("GET", "/v1/orders", {"Authorization": f"{scheme}{text}"})
    assert refused(reply)


def test_who_tries_too_many_is_shut_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """From one address, bad credentials end in 429, which the documents tell of; a good key from there still works."""
    monkeypatch.setattr(world, "stranger", lambda: "192.0.2.99")
    replies = [world.ask("GET", "/v1/orders", bearer(f"bascule_{number}")) for number in range(40)]
    statuses = [reply.status for reply in replies]
    assert set(statuses[:10]) == {401}
    assert statuses[-1] == 429
    assert int(replies[-1].header("Retry-After")) > 0
    assert world.get("A", "/v1/orders").status == 200
    assert [operation for operation in operations() if "429" not in operation.said["responses"]] == []


@pytest.fixture
def manager() -> Iterator[KeyManager]:
    """The keys of the world, as its operator has them."""
    found = compiled().contract
    state = State(found.state, Path(found.folder))
    yield KeyManager(state, pepper_of(PEPPER, state))
    state.close()


def settled(world: World, text: str, *, accepted: bool) -> Reply:
    """The answer to a key, once the gateway has heard of what became of it: that takes two seconds at most."""
    until = time.monotonic() + 30
    while True:
        reply = world.ask("GET", "/v1/orders", bearer(text))
        if (reply.status == 200) is accepted or time.monotonic() > until:
            return reply
        time.sleep(0.05)


def test_a_key_that_has_ended_is_none(world: World, manager: KeyManager) -> None:
    """Revoked, expired, replaced with no overlap, and used from elsewhere: refused like one that never was."""
    grant = Grant("short-lived", READS, claims(A))
    revoked, record = manager.create(grant)
    expired, _ = manager.create(Grant("short-lived", READS, claims(A), lifetime=0.01))
    replaced, old = manager.create(grant)
    elsewhere, _ = manager.create(Grant("elsewhere", READS, claims(A), networks=("192.0.2.0/24",)))
    assert settled(world, revoked, accepted=True).status == 200
    manager.revoke(record.id)
    following, _ = manager.rotate(old.id, 0)
    replies = [settled(world, each, accepted=False) for each in (revoked, expired, replaced, elsewhere)]
    assert all(map(refused, replies))
    never = world.ask("GET", "/v1/orders", bearer(altered(revoked, 20)))
    assert {reply.timeless for reply in replies} == {never.timeless}
    assert settled(world, following, accepted=True).status == 200
