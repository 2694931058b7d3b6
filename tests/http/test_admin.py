"""The admin API as an administrator's program uses it, and as nobody else may."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it ships no types
from openapi_spec_validator import validate
from werkzeug.test import TestResponse

from app.callers.credentials import ADMIN
from app.callers.key_text import parse
from app.callers.link_text import identifier
from app.observations import Observation, Observatory, Served
from app.web.admin.api import OPERATIONS, create_admin
from app.web.admin.document import Described
from tests import shop
from tests.http.callers import CLOSED, Shop, opened

GUARDED = [each.described for each in OPERATIONS if not each.described.free]
WISH = {"owner": "ACME", "scopes": ["items:read"], "claims": {"name": ["Spring"]}}
LINK = {"path": "/v1/items/0001", "fields": ["name", "number"], "claims": {"name": ["Spring"]}, "note": "for ACME"}


@pytest.fixture
def acme(tmp_path: Path) -> Iterator[Shop]:
    """A closed shop that was told its own address."""
    with opened(tmp_path / "shop", base_url="https://api.example.com") as made:
        yield made


@pytest.fixture
def admin(acme: Shop) -> Admin:
    """An administrator of it."""
    return Admin(acme)


class Admin:
    """Asks with an administrator's key, and holds each answer against the document."""

    def __init__(self, acme: Shop) -> None:
        self.acme = acme
        self.key = acme.headers()
        self.document: dict[str, Any] = acme.admin.get("/openapi.json").get_json()

    def get(self, path: str, status: int = 200) -> Any:
        """GET."""
        return self._checked("get", path, self.acme.admin.get(path, headers=self.key), status)

    def post(self, path: str, said: Any = None, status: int = 200) -> Any:
        """POST; None: no body at all."""
        body: dict[str, Any] = {} if said is None else {"json": said}
        return self._checked("post", path, self.acme.admin.post(path, headers=self.key, **body), status)

    def _checked(self, method: str, path: str, answer: TestResponse, status: int) -> Any:
        assert answer.status_code == status, answer.text
        assert answer.headers["Cache-Control"] == "no-store"
        described = self._operation(path.partition("?")[0])[method]["responses"][str(status)]["content"]
        schema = {**described[answer.content_type]["schema"], "components": self.document["components"]}
        found = answer.get_json()
        error = next(Draft202012Validator(schema).iter_errors(found), None)
        assert error is None, f"{error.json_path}: {error.message}"
        return found

    def _operation(self, path: str) -> Mapping[str, Any]:
        paths = self.document["paths"]
        parts = path.split("/")
        if path not in paths and len(parts) > 2:
            parts[2] = "{identifier}"
        found: Mapping[str, Any] = paths["/".join(parts)]
        return found


def filled(path: str) -> str:
    """A path with some id in it."""
    return path.replace("{identifier}", "aaaaaaaa")


def test_a_key_is_made_and_works(acme: Shop, admin: Admin) -> None:
    """Its text is answered this once, and opens what was wished."""
    made = admin.post("/keys", {**WISH, "lifetime": 3600, "note": "portal"}, 201)
    text = made.pop("key")
    assert made["notes"] == []
    assert made.pop("id") == parse(text)
    acme.look_again()
    assert acme.public.get("/v1/items/0001", headers={"X-Api-Key": text}).get_json()["name"] == "Spring"
    shown = admin.get(f"/keys/{parse(text)}")
    assert shown.items() >= {"owner": "ACME", "note": "portal", "state": "active", **{
        name: WISH[name] for name in ("scopes", "claims")
    }}.items()  # fmt: skip
    assert text not in str(admin.get("/keys"))


def test_what_the_contract_never_names_is_noted(admin: Admin) -> None:
    """The key is made; it is good for less than was meant."""
    made = admin.post("/keys", {"owner": "ACME", "scopes": ["items:raed"]}, 201)
    assert made["notes"] == ["the contract names no scope 'items:raed' — did you mean 'items:read'?"]


def test_a_key_is_rotated(acme: Shop, admin: Admin) -> None:
    """The new one is good for the same; the old one goes on as long as was said."""
    old = admin.post("/keys", WISH, 201)
    new = admin.post(f"/keys/{old['id']}/rotate", {"overlap": 0}, 201)
    acme.look_again()
    statuses = [
        acme.public.get("/v1/items/0001", headers={"X-Api-Key": each["key"]}).status_code for each in (old, new)
    ]
    assert statuses == [401, 200]
    assert admin.get(f"/keys/{old['id']}")["replaced_by"] == new["id"]
    again = admin.post(f"/keys/{old['id']}/rotate", None, 422)
    assert "cannot be rotated" in again["detail"]
    assert admin.post(f"/keys/{new['id']}/rotate", None, 201)["state"] == "active"


def test_a_key_is_revoked(acme: Shop, admin: Admin) -> None:
    """At once, and for good; twice is no error."""
    made = admin.post("/keys", WISH, 201)
    revoked = admin.post(f"/keys/{made['id']}/revoke")
    assert revoked["state"] == "revoked"
    assert admin.post(f"/keys/{made['id']}/revoke") == revoked
    acme.look_again()
    assert acme.public.get("/v1/items/0001", headers={"X-Api-Key": made["key"]}).status_code == 401


def test_a_link_is_made_listed_and_revoked(acme: Shop, admin: Admin) -> None:
    """Its address is answered this once: that of the public port."""
    made = admin.post("/links", LINK, 201)
    address = made.pop("link")
    assert address.startswith("https://api.example.com/links/bascule_l_")
    path = address.removeprefix("https://api.example.com")
    assert acme.public.get(path).get_json() == {"number": "0001", "name": "Spring"}
    assert admin.get("/links") == {"data": [made], "next": None}
    assert admin.get(f"/links/{made['id']}") == made
    assert admin.post(f"/links/{identifier(address)}/revoke")["state"] == "revoked"
    acme.look_again()
    assert acme.public.get(path).status_code == 404


def test_links_are_listed_in_pages(admin: Admin) -> None:
    """The newest first; to one item; behind one of them."""
    made = [admin.post("/links", {**LINK, "path": f"/v1/items/000{number}"}, 201)["id"] for number in (1, 2, 1)]
    first = admin.get("/links?limit=2")
    rest = admin.get(f"/links?limit=2&after={first['next']}")
    assert {each["id"] for each in first["data"] + rest["data"]} == set(made)
    assert (len(rest["data"]), rest["next"]) == (1, None)
    assert {each["id"] for each in admin.get("/links?path=/v1/items/0001")["data"]} == {made[0], made[2]}
    assert admin.get("/links?after=nobody", 404)["code"] == "not-found"


def test_a_token_is_revoked(acme: Shop, admin: Admin) -> None:
    """By who manages tokens, without its key."""
    text = acme.key("items:read")
    said = {"grant_type": "client_credentials", "client_id": parse(text), "client_secret": text}
    token = acme.public.post("/oauth/token", data=said).get_json()["access_token"]
    assert admin.post("/tokens/revoke", {"token": token}) == {"revoked": True}
    acme.look_again()
    assert acme.public.get("/v1/items/0001", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert admin.post("/tokens/revoke", {"token": "none"}) == {"revoked": False}


@pytest.mark.parametrize(
    ("path", "said", "places"),
    [
        ("/keys", {}, {"owner"}),
        ("/keys", {"owner": 1, "scopes": "items:read", "lifetim": 3, "claims": {"name": "x"}}, {"owner", "scopes", "lifetim", "claims.name"}),
        ("/keys", {**WISH, "lifetime": "90d"}, {"lifetime"}),
        ("/keys", {**WISH, "lifetime": 1.5}, {"lifetime"}),
        ("/keys", {**WISH, "networks": [1]}, {"networks.0"}),
        ("/keys", [], {""}),
        ("/links", {"path": "/v1/items/1"}, {"fields"}),
        ("/links", {**LINK, "fields": ["nam"]}, {"fields"}),
        ("/links", {**LINK, "claims": {}}, {"claims"}),
        ("/links", {**LINK, "exempt": "yes"}, {"exempt"}),
        ("/links", {**LINK, "path": "/v2/items/1"}, {"path"}),
        ("/links", {**LINK, "lifetime": 0}, {"lifetime"}),
        ("/tokens/revoke", {}, {"token"}),
    ],
)  # fmt: skip
def test_every_mistake_in_a_body_is_told(admin: Admin, path: str, said: Any, places: set[str]) -> None:
    """All at once, each with its place; nothing is made."""
    before = len(admin.get("/keys")["data"])
    problem = admin.post(path, said, 422)
    assert problem["code"] == "invalid-value"
    assert {each.get("parameter", "") for each in problem["errors"]} == places
    assert len(admin.get("/keys")["data"]) == before
    assert admin.get("/links")["data"] == []


@pytest.mark.parametrize(
    "changes", [{"owner": " "}, {"scopes": ["a b"]}, {"networks": ["10.0.0.1/8"]}, {"lifetime": -1}]
)
def test_what_no_key_can_be_is_told(admin: Admin, changes: dict[str, Any]) -> None:
    """In the words of the command line."""
    assert admin.post("/keys", {**WISH, **changes}, 422)["code"] == "invalid-value"


def test_a_mistake_names_the_nearest(admin: Admin) -> None:
    """A member that there is not, a field that there is not."""
    assert admin.post("/keys", {**WISH, "lifetim": 3}, 422)["errors"][0]["hint"] == "did you mean 'lifetime'?"
    assert "did you mean 'name'?" in admin.post("/links", {**LINK, "fields": ["nam"]}, 422)["detail"]


@pytest.mark.parametrize(
    "sent",
    [
        {"data": b"{", "content_type": "application/json"},
        {"data": b'{"owner": "ACME"}', "content_type": "text/plain"},
        {"data": {"owner": "ACME"}},
        {"data": b"\xff", "content_type": "application/json"},
    ],
)
def test_nothing_but_json_is_read(acme: Shop, admin: Admin, sent: dict[str, Any]) -> None:
    """What a form of another site's page could send is no body."""
    answer = acme.admin.post("/keys", headers=admin.key, **sent)
    assert (answer.status_code, answer.get_json()["code"]) == (400, "malformed-request")


@pytest.mark.parametrize("each", GUARDED, ids=lambda each: each.identifier)
def test_every_operation_takes_the_scope(acme: Shop, each: Any) -> None:
    """Nobody, a key that is none, a key without the scope; nothing is done for any of them."""
    path, method = filled(each.path), each.method
    assert acme.admin.open(path, method=method, json={}).status_code == 401
    wrong = {"Authorization": "Bearer bascule_nonsense"}
    assert acme.admin.open(path, method=method, json={}, headers=wrong).status_code == 401
    clerk = acme.headers("items:read", "items:all", "bascule:admins")
    refused = acme.admin.open(path, method=method, json=dict(WISH), headers=clerk)
    assert (refused.status_code, refused.get_json()["code"]) == (403, "insufficient-scope")
    assert len(acme.desk.keys.list()) == 1


def test_an_open_contract_asks_its_administrators_all_the_same(tmp_path: Path) -> None:
    """That everybody may read is not that everybody may give out keys."""
    with opened(tmp_path / "shop", "security: open\n", shop.ITEMS) as acme:
        assert acme.public.get("/v1/items").status_code == 200
        assert acme.admin.get("/keys").status_code == 401
        assert acme.admin.get("/keys", headers=acme.headers()).status_code == 200
        assert "/tokens/revoke" not in acme.admin.get("/openapi.json").get_json()["paths"]
        assert acme.admin.post("/tokens/revoke", json={"token": "x"}, headers=acme.headers()).status_code == 404


def test_an_access_token_will_do(acme: Shop) -> None:
    """Any credential with the scope."""
    text = acme.key(ADMIN)
    said = {"grant_type": "client_credentials", "client_id": parse(text), "client_secret": text, "scope": ADMIN}
    token = acme.public.post("/oauth/token", data=said).get_json()["access_token"]
    assert acme.admin.get("/keys", headers={"Authorization": f"Bearer {token}"}).status_code == 200


@pytest.mark.parametrize("security", [CLOSED, "security: open\n"])
def test_who_goes_on_trying_is_stopped(tmp_path: Path, security: str) -> None:
    """Thirty a minute from one address, whoever may read at the public port; a good key from there is let in."""
    with opened(tmp_path / "shop", security) as acme:
        admin = Admin(acme)
        wrong = {"Authorization": "Bearer bascule_nonsense"}
        acme.stand_still()
        statuses = [acme.admin.get("/keys", headers=wrong).status_code for _ in range(32)]
        assert (statuses[:30], statuses[-1]) == ([401] * 30, 429)
        assert admin.get("/keys")["data"]
        assert acme.admin.get("/keys", headers=wrong, environ_base={"REMOTE_ADDR": "192.0.2.9"}).status_code == 401


def test_an_open_gateway_limits_nobody_at_the_public_port(tmp_path: Path) -> None:
    """Whatever classes of limits there are, and whatever is sent as a credential."""
    limits = "limits: {default: {requests: 2/hour, burst: 2}}\n"
    with opened(tmp_path / "shop", "security: open\n" + limits) as acme:
        wrong = {"Authorization": "Bearer bascule_nonsense"}
        answers = [acme.public.get("/v1/items", headers=wrong) for _ in range(40)]
        assert {each.status_code for each in answers} == {200}
        assert not any("RateLimit" in each.headers for each in answers)


def test_what_pages_poll_leaves_no_line(acme: Shop, admin: Admin) -> None:
    """Counts that tell of no caller; whatever tells of one does, and so does who is refused."""
    before = len(acme.events())
    for path in ("/overview", "/history", "/cache"):
        admin.get(path)
        acme.admin.get(path)
    for path in ("/costs", "/callers", "/issues", "/map", "/keys"):
        admin.get(path)
    found = [(each["path"].removeprefix("admin:"), each["status"]) for each in acme.events()[before:]]
    refused = [(path, 401) for path in ("/overview", "/history", "/cache")]
    assert found == [*refused, *((path, 200) for path in ("/costs", "/callers", "/issues", "/map", "/keys"))]


def test_the_document_is_sound_and_whole(acme: Shop, admin: Admin) -> None:
    """OpenAPI 3.1; each operation is a rule of the application, and each rule but the probe and the console's pages is one."""
    validate(admin.document)
    described = {(method.upper(), path) for path, methods in admin.document["paths"].items() for method in methods}
    app = create_admin(acme.gateway, acme.desk)
    rules = {
        (method, rule.rule.replace("<", "{").replace(">", "}"))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD"}
        if not rule.rule.startswith("/console/")
    }
    assert described == rules - {("GET", "/livez"), ("GET", "/metrics"), ("GET", "/")}
    assert len({each.described.identifier for each in OPERATIONS}) == len(OPERATIONS)


@pytest.mark.parametrize("described", [each.described for each in OPERATIONS], ids=lambda each: each.identifier)
def test_what_no_operation_takes_is_described_too(admin: Admin, described: Described) -> None:
    """A parameter that there is not, and a body beyond the bound: the document has the answer of each."""
    path = filled(described.path)
    ask = admin.get if described.method == "GET" else admin.post
    assert "unknown-parameter" in str(ask(f"{path}?x=1", status=422))
    if described.body is not None:
        assert admin.post(path, " " * 2_000_000, 413)["code"] == "request-too-large"


def test_neither_port_serves_what_is_the_other_s(acme: Shop, admin: Admin) -> None:
    """No resource, page or document of the API here; nothing of this there."""
    for path in (
        "/v1/items",
        "/v1/openapi.json",
        "/v1/docs",
        "/problems",
        "/readyz",
        "/oauth/token",
        "/static/pages.css",
    ):
        assert acme.admin.get(path, headers=admin.key).status_code == 404
    for each in GUARDED:
        found = acme.public.open(filled(each.path), method=each.method, headers=admin.key, json=dict(WISH))
        assert found.status_code in {404, 405}, each.path
    assert acme.public.get("/openapi.json", headers=admin.key).status_code == 404
    link = acme.link()
    assert acme.admin.get(link, headers=admin.key).status_code == 404


def test_it_is_found_by_any_name_and_read_by_no_page(tmp_path: Path) -> None:
    """Hosts and origins are the public port's: here a credential is asked for in any case."""
    with opened(tmp_path / "shop", hosts="api.example.com", cors_origins="https://portal.example.com") as acme:
        origin = {"Origin": "https://portal.example.com", "Access-Control-Request-Method": "POST"}
        answer = acme.admin.get("/keys", base_url="http://127.0.0.1:8081", headers={**acme.headers(), **origin})
        assert answer.status_code == 200
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert acme.admin.options("/keys", headers=origin).status_code == 405
        assert acme.public.get("/v1/items", base_url="http://127.0.0.1:8081").status_code == 421


def test_other_methods_and_sizes_are_refused(acme: Shop, admin: Admin) -> None:
    """As problems, with what is served."""
    wrong = acme.admin.delete("/keys", headers=admin.key)
    assert (wrong.status_code, wrong.headers["Allow"]) == (405, "GET, HEAD, POST")
    assert acme.admin.post("/keys", headers=admin.key, data=b" " * 2_000_000).status_code == 413
    assert acme.admin.get("/keys?x=1", headers=admin.key).get_json()["code"] == "unknown-parameter"


def test_what_the_surface_refuses_is_told_as_this_port_s(
    acme: Shop, admin: Admin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not among what was asked of the public port."""
    told: list[Observation] = []
    monkeypatch.setattr(Observatory, "tell", lambda _, observation: told.append(observation))
    acme.admin.post("/keys", headers=admin.key, data=b" " * 2_000_000)
    assert [(each.path, each.problem) for each in told if isinstance(each, Served)] == [
        ("admin:/keys", "request-too-large")
    ]


def test_every_request_is_written_down_without_secrets(acme: Shop, admin: Admin) -> None:
    """Who did what to which key, from which door; no text of a key or a link."""
    made = admin.post("/keys", WISH, 201)
    link = admin.post("/links", LINK, 201)
    admin.post(f"/links/{link['id']}/revoke")
    acme.admin.get(f"/keys/{made['key']}", headers=admin.key)
    acme.admin.post("/keys", json=WISH)
    events = acme.events()[1:]
    assert [(each["method"], each["path"], each["status"]) for each in events] == [
        ("POST", "admin:/keys", 201),
        ("POST", "admin:/links", 201),
        ("POST", f"admin:/links/{link['id']}/revoke", 200),
        ("GET", "•", 404),
        ("POST", "admin:/keys", 401),
    ]
    assert [each["keys"] for each in events[:3]] == [[made["id"]], [link["id"]], [link["id"]]]
    assert events[0]["caller"].startswith("key:")
    text = link["link"].rpartition("/")[2]
    for secret in (made["key"][17:], text[20:]):
        assert secret not in acme.audit
        assert secret not in repr(acme.seen)


def test_what_cannot_be_written_down_is_not_given_out(acme: Shop, admin: Admin) -> None:
    """No key that nobody could account for."""
    (acme.folder / "audit.jsonl").unlink()
    acme.gateway.audit.close()  # type: ignore[union-attr]  # the shop has one
    (acme.folder / "audit.jsonl").mkdir()
    answer = acme.admin.post("/keys", json=WISH, headers=admin.key)
    assert (answer.status_code, answer.get_json()["code"]) == (503, "audit-unavailable")
    assert "bascule_" not in answer.text


def test_a_probe_needs_nothing(acme: Shop) -> None:
    """`/livez` answers without a credential, and is not written down each time."""
    assert acme.admin.get("/livez").get_json() == {"status": "alive"}
    assert not (acme.folder / "audit.jsonl").exists()
