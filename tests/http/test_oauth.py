"""The token endpoint as OAuth's clients use it, and as others abuse it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.callers.key_text import parse
from app.state import StateError
from tests.http.callers import CLOSED, Shop, opened

FORM = "application/x-www-form-urlencoded"
SCOPES = ("items:read", "items:all", "items:dates")


@pytest.fixture
def acme(tmp_path: Path) -> Iterator[Shop]:
    """A shop that gives out tokens."""
    with opened(tmp_path / "shop") as made:
        yield made


def client(text: str) -> dict[str, str]:
    """A key as the credentials of a client, in the body."""
    return {"client_id": parse(text) or "", "client_secret": text}


def basic(identifier: str, secret: str) -> dict[str, str]:
    """Credentials in the header."""
    return {"Authorization": f"Basic {b64encode(f'{identifier}:{secret}'.encode()).decode()}"}


def spoiled(key: str) -> str:
    """A key with another last character, whatever it was."""
    return key[:-1] + ("1" if key[-1] == "0" else "0")


def ask(acme: Shop, said: dict[str, Any], headers: dict[str, str] | None = None) -> TestResponse:
    """A request for a token."""
    return acme.public.post("/oauth/token", data={"grant_type": "client_credentials", **said}, headers=headers)


def bearer(answer: TestResponse) -> dict[str, str]:
    """The headers of who has the token."""
    return {"Authorization": f"Bearer {answer.get_json()['access_token']}"}


def test_a_key_is_exchanged_for_a_token(acme: Shop) -> None:
    """The answer is OAuth's, nobody keeps it, and the token opens what the key does."""
    text = acme.key(*SCOPES)
    answer = ask(acme, client(text))
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    body = answer.get_json()
    assert body.pop("access_token").startswith("bascule_t_")
    assert body == {"token_type": "Bearer", "expires_in": 600, "scope": "items:all items:dates items:read"}
    assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == ("no-store", "no-cache")
    assert acme.public.get("/v1/items/0001", headers=bearer(answer)).status_code == 200


def test_a_client_may_say_who_it_is_in_the_header(acme: Shop) -> None:
    """Basic, each part percent-encoded as forms are; with its id in the body too, if it is the same."""
    text = acme.key(*SCOPES)
    identifier = str(parse(text))
    encoded = basic(f"%{ord(identifier[0]):02X}{identifier[1:]}", text.replace("_", "%5F"))
    assert ask(acme, {}, basic(identifier, text)).status_code == 200
    assert ask(acme, {}, encoded).status_code == 200
    assert ask(acme, {"client_id": identifier}, basic(identifier, text)).status_code == 200


def test_a_token_may_have_less_than_its_key(acme: Shop) -> None:
    """A part of the scopes, and never more."""
    text = acme.key(*SCOPES)
    less = ask(acme, {**client(text), "scope": "items:read items:all"})
    assert less.get_json()["scope"] == "items:all items:read"
    assert "since" not in acme.public.get("/v1/items/0001", headers=bearer(less)).get_json()
    more = ask(acme, {**client(text), "scope": "items:read bascule:admin"})
    assert (more.status_code, more.get_json()["error"]) == (400, "invalid_scope")


def refusals(key: str) -> dict[str, tuple[dict[str, Any], dict[str, str], int, str]]:
    """What is wrong: body, headers, status, error."""
    known, wrong = client(key), {**client(key), "client_secret": spoiled(key)}
    identifier = known["client_id"]
    return {
        "grant type": ({**known, "grant_type": "password"}, {}, 400, "unsupported_grant_type"),
        "no grant type": ({**known, "grant_type": ""}, {}, 400, "invalid_request"),
        "nobody": ({}, {}, 401, "invalid_client"),
        "no secret": ({"client_id": identifier}, {}, 401, "invalid_client"),
        "wrong secret": (wrong, {}, 401, "invalid_client"),
        "another's id": ({**known, "client_id": "aaaaaaaa"}, {}, 401, "invalid_client"),
        "wrong Basic": ({}, basic(identifier, spoiled(key)), 401, "invalid_client"),
        "bad Basic": ({}, {"Authorization": "Basic !!!"}, 401, "invalid_client"),
        "Bearer": (known | {"client_secret": ""}, {"Authorization": f"Bearer {key}"}, 401, "invalid_client"),
        "two ways": (known, basic(identifier, key), 400, "invalid_request"),
        "two ids": ({"client_id": "aaaaaaaa"}, basic(identifier, key), 400, "invalid_request"),
        "twice": ({**known, "scope": ["items:read", "items:all"]}, {}, 400, "invalid_request"),
    }


@pytest.mark.parametrize("what", sorted(refusals("bascule_aaaaaaaa_" + "0" * 36)))
def test_errors_have_the_form_that_clients_read(acme: Shop, what: str) -> None:
    """RFC 6749, 5.2: an error and its description; a client that is refused is asked for its credentials."""
    said, headers, status, error = refusals(acme.key(*SCOPES))[what]
    answer = ask(acme, said, headers)
    assert (answer.status_code, answer.get_json()["error"]) == (status, error)
    assert set(answer.get_json()) == {"error", "error_description"}
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers.get("WWW-Authenticate", "").startswith("Basic realm") is (status == 401)


def test_who_is_refused_is_not_told_why(acme: Shop) -> None:
    """An unknown id and a wrong secret read the same; the audit tells them apart."""
    key = acme.key(*SCOPES)
    wrong = ask(acme, {**client(key), "client_secret": spoiled(key)})
    unknown = ask(acme, client("bascule_aaaaaaaa_" + "0" * 36) | {"client_id": "aaaaaaaa"})
    assert wrong.data == unknown.data


@pytest.mark.parametrize(
    "sent",
    [
        {"json": {"grant_type": "client_credentials"}},
        {"data": b"grant_type=client_credentials", "content_type": "text/plain"},
        {"data": {"grant_type": "client_credentials"}, "content_type": "multipart/form-data"},
        {"data": {}},
    ],
)
def test_nothing_but_a_form_is_read(acme: Shop, sent: dict[str, Any]) -> None:
    """JSON, multipart, nothing at all."""
    answer = acme.public.post("/oauth/token", **sent)
    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_request")


def test_nothing_is_read_from_the_address(acme: Shop) -> None:
    """Addresses are written down on their way: credentials there are refused, even beside good ones in the body."""
    said = client(acme.key(*SCOPES))
    answer = acme.public.post("/oauth/token", query_string=said, data={"grant_type": "client_credentials", **said})
    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_request")
    assert acme.public.get("/oauth/token", query_string=said).status_code == 405


def test_a_token_is_revoked_by_who_has_it(acme: Shop) -> None:
    """It is dead then; that it is dead already, or none, is no error (RFC 7009, 2.2)."""
    key = acme.key(*SCOPES)
    token = ask(acme, client(key))
    text = token.get_json()["access_token"]
    for said in (text, text, "none"):
        answer = acme.public.post("/oauth/revoke", data={"token": said, "token_type_hint": "x", **client(key)})
        assert (answer.status_code, answer.data) == (200, b"")
    acme.look_again()
    assert acme.public.get("/v1/items/0001", headers=bearer(token)).status_code == 401
    assert acme.public.get("/v1/items/0001", headers={"X-Api-Key": key}).status_code == 200


def test_a_stranger_revokes_nothing(acme: Shop) -> None:
    """Without the credentials of a client, and without a token to speak of."""
    key = acme.key(*SCOPES)
    token = ask(acme, client(key))
    text = token.get_json()["access_token"]
    assert acme.public.post("/oauth/revoke", data={"token": text}).status_code == 401
    assert acme.public.post("/oauth/revoke", data=client(key)).get_json()["error"] == "invalid_request"
    acme.look_again()
    assert acme.public.get("/v1/items/0001", headers=bearer(token)).status_code == 200


def test_who_goes_on_trying_is_stopped(acme: Shop) -> None:
    """Thirty a minute from one address: a problem then, for it is not OAuth's to say."""
    acme.stand_still()
    answers = [ask(acme, {"client_id": "aaaaaaaa", "client_secret": str(number)}) for number in range(32)]
    assert [each.status_code for each in answers[:30]] == [401] * 30
    assert (answers[-1].status_code, answers[-1].get_json()["code"]) == (429, "too-many-requests")
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_a_request_for_a_token_is_one_of_its_key(tmp_path: Path) -> None:
    """It counts against the key's limits, and so does a revocation; whoever has spent them gets no token."""
    with opened(tmp_path / "shop", CLOSED + "limits: {default: {requests: 3/hour, burst: 3}}\n") as acme:
        said = client(acme.key(*SCOPES))
        first = ask(acme, said)
        assert (first.status_code, first.headers["RateLimit"].partition(";t")[0]) == (200, '"default";r=2')
        assert acme.public.get("/v1/items/0001", headers=bearer(first)).status_code == 200
        assert acme.public.post("/oauth/revoke", data={"token": "none", **said}).status_code == 200
        answers = ask(acme, said), acme.public.post("/oauth/revoke", data={"token": "none", **said})
        assert [(each.status_code, each.get_json()["code"]) for each in answers] == [(429, "too-many-requests")] * 2
        assert ask(acme, client(acme.key(*SCOPES))).status_code == 200


def test_it_is_written_down_without_its_secrets(acme: Shop) -> None:
    """Who asked, what became of it and why; neither key nor token."""
    key = acme.key(*SCOPES)
    text = ask(acme, client(key)).get_json()["access_token"]
    ask(acme, {**client(key), "client_secret": spoiled(key)})
    good, bad = acme.events()
    assert (good["path"], good["caller"], good["decision"]) == ("/oauth/token", f"key:{parse(key)}", "served")
    assert (bad["status"], bad["decision"]) == (401, "refused")
    assert "checksum" in bad["reason"] or "wrong secret" in bad["reason"]
    for secret in (key[17:], text[20:]):
        assert secret not in acme.audit
        assert secret not in repr(acme.seen)


def test_what_cannot_be_written_down_is_not_given_out(acme: Shop) -> None:
    """A token that nobody could account for."""
    said = client(acme.key(*SCOPES))
    (acme.folder / "audit.jsonl").unlink(missing_ok=True)
    (acme.folder / "audit.jsonl").mkdir()
    answer = ask(acme, said)
    assert (answer.status_code, answer.get_json()["code"]) == (503, "audit-unavailable")


def test_a_state_that_is_away_is_a_problem(acme: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """503 and when to come again, and nothing of where it is."""
    key = acme.key(*SCOPES)
    text = ask(acme, client(key)).get_json()["access_token"]

    def gone(*_: object) -> None:
        raise StateError("state postgresql://secret-host: gone")

    assert acme.desk.tokens is not None
    monkeypatch.setattr(acme.desk.tokens._state, "revoke", gone)
    answer = acme.public.post("/oauth/revoke", data={"token": text, **client(key)})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "secret-host" not in answer.text


def test_clients_find_the_endpoints(acme: Shop) -> None:
    """RFC 8414: the issuer is the gateway's own address, as the document's is."""
    found = acme.public.get("/.well-known/oauth-authorization-server").get_json()
    assert found["issuer"] == "http://localhost"
    assert found["token_endpoint"] == "http://localhost/oauth/token"
    assert found["grant_types_supported"] == ["client_credentials"]
    assert acme.public.post(found["revocation_endpoint"]).status_code == 400


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke", "/.well-known/oauth-authorization-server"])
def test_without_the_word_there_is_no_endpoint(tmp_path: Path, path: str) -> None:
    """A contract that says nothing of tokens gives none out."""
    for number, security in enumerate(("security: closed\n", "security: {documents: public}\n", "security: open\n")):
        with opened(tmp_path / f"shop{number}", security) as acme:
            key = acme.headers("items:read")
            assert acme.public.post(path, headers=key, data=client("x")).status_code in {404, 405}
            assert acme.public.get(path, headers=key).status_code == 404
    assert "tokens" in CLOSED
