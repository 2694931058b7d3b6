"""The gateway's own tokens: given out for a key, worth no more than it, and dead when they are revoked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.callers.credentials import NotAccepted
from app.callers.key_manager import Grant, KeyManager
from app.callers.key_text import parse
from app.callers.keys import Keyring
from app.callers.own_tokens import GRANT_ERRORS, PREFIX, SECRET, GrantError, OwnTokens
from app.callers.tokens import Tokens
from app.exchange import Caller
from app.state import State
from app.state.revocations import SKEW
from tests.callers.issuing import EPOCH, Clock, Shelf, forged, spec

PEPPER = b"pepper"
ORDERS = Grant("portal", ("orders:read", "jobs:read"), {"customer": ("C1001",)}, rate="portal")


class Shop:
    """A state with its keys, and workers over it. `wall` and `ticks` are the two clocks of all of them."""

    def __init__(self, folder: Path) -> None:
        self.wall, self.ticks = Clock(), Clock(0.0)
        self.state = State("sqlite:///state.db", folder, self.wall)
        self.keys = KeyManager(self.state, PEPPER, self.wall)
        self.tokens = self.worker()

    def worker(self, lifetime: float = 600) -> OwnTokens:
        """What one worker process knows."""
        keyring = Keyring(self.state, PEPPER, self.wall, self.ticks)
        return OwnTokens(self.state.secret(SECRET), lifetime, keyring, self.state, self.wall)

    def key(self, grant: Grant = ORDERS) -> tuple[str, str]:
        """A new key, which every worker has heard of: its id and its text."""
        text, record = self.keys.create(grant)
        self.later(1)
        return record.id, text

    def later(self, seconds: float) -> None:
        """Some time goes by."""
        self.wall.now += seconds
        self.ticks.now += seconds


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop without keys."""
    opened = Shop(tmp_path)
    yield opened
    opened.state.close()


def granted(tokens: OwnTokens, identifier: str, text: str, scope: str | None, address: str) -> dict[str, Any]:
    """What the holder of a key is answered."""
    return tokens.grant(tokens.client(identifier, text, address), scope)


def token(shop: Shop, grant: Grant = ORDERS, scope: str | None = None) -> str:
    """A token for a new key."""
    return str(granted(shop.tokens, *shop.key(grant), scope, "")["access_token"])


def refused(tokens: OwnTokens, text: str, client: str = "") -> str:
    """Why a token is not accepted."""
    with pytest.raises(NotAccepted) as failure:
        tokens.caller(text, client)
    assert failure.value.detail == "the credential is not accepted"
    return failure.value.reason


def failed(code: str, tokens: OwnTokens, *request: Any) -> GrantError:
    """The error that a grant ends with."""
    with pytest.raises(GrantError) as failure:
        granted(tokens, *request)
    assert failure.value.code == code
    return failure.value


def test_the_answer_is_that_of_the_rfc(shop: Shop) -> None:
    """A grant answers as RFC 6749, 5.1 says, with the lifetime and the scopes that were given."""
    body = granted(shop.tokens, *shop.key(), None, "192.0.2.1")
    assert body.pop("access_token").startswith(PREFIX)
    assert body == {"token_type": "Bearer", "expires_in": 600, "scope": "jobs:read orders:read"}


def test_a_key_without_scopes_has_a_token_without(shop: Shop) -> None:
    """There is no `scope` in the answer where there is none to name."""
    body = granted(shop.tokens, *shop.key(Grant("portal")), None, "")
    assert "scope" not in body
    assert shop.tokens.caller(body["access_token"]).scopes == frozenset()


def test_the_caller_is_the_key(shop: Shop) -> None:
    """A token's caller is that of its key, limits and identity too, so that tokens do not multiply what a key may do."""
    identifier, text = shop.key()
    issued = shop.tokens.issue(Keyring(shop.state, PEPPER, shop.wall, shop.ticks).caller(text), None)
    assert shop.tokens.caller(issued.text) == Caller(
        "portal", f"key:{identifier}", frozenset({"orders:read", "jobs:read"}), {"customer": ("C1001",)}, "portal"
    )
    assert (issued.lifetime, issued.scope) == (600, "jobs:read orders:read")
    assert issued.text not in repr(issued)


@pytest.mark.parametrize("scope", ["jobs:read", " jobs:read  jobs:read "])
def test_a_narrower_scope_may_be_asked_for(shop: Shop, scope: str) -> None:
    """A token with fewer scopes has those alone, and says so."""
    body = granted(shop.tokens, *shop.key(), scope, "")
    assert body["scope"] == "jobs:read"
    assert shop.tokens.caller(body["access_token"]).scopes == {"jobs:read"}


@pytest.mark.parametrize("scope", ["", " ", None])
def test_an_empty_scope_is_none(shop: Shop, scope: str | None) -> None:
    """A parameter without a value counts as left out (RFC 6749, 3.1)."""
    assert granted(shop.tokens, *shop.key(), scope, "")["scope"] == "jobs:read orders:read"


@pytest.mark.parametrize("scope", ["orders:write", "orders:read bascule:admin", "*", "orders:READ"])
def test_a_wider_scope_is_refused(shop: Shop, scope: str) -> None:
    """What the key has not, its tokens cannot have; nothing is silently left out."""
    assert failed("invalid_scope", shop.tokens, *shop.key(), scope, "").status == 400


def test_a_wrong_client_is_refused(shop: Shop) -> None:
    """An unknown key, another key's id, a token, and nothing at all are all the same to the client."""
    identifier, text = shop.key()
    other = shop.key()[0]
    own = granted(shop.tokens, identifier, text, None, "")["access_token"]
    wrong = [(identifier, ""), ("", text), (other, text), (identifier, text[:-1] + "!"), (identifier, own), ("", "")]
    errors = [failed("invalid_client", shop.tokens, *client, None, "") for client in wrong]
    assert {error.status for error in errors} == {401}
    assert len({str(error.document()) for error in errors}) == 1
    assert len({error.reason for error in errors}) > 1


def test_the_clients_address_counts(shop: Shop) -> None:
    """A key of a network gives tokens in that network alone, and they are used in it alone."""
    identifier, text = shop.key(Grant("portal", networks=("10.0.0.0/8",)))
    failed("invalid_client", shop.tokens, identifier, text, None, "192.0.2.1")
    own = granted(shop.tokens, identifier, text, None, "10.1.2.3")["access_token"]
    assert shop.tokens.caller(own, "10.9.9.9").identity == f"key:{identifier}"
    for client in ("192.0.2.1", "", "nonsense"):
        assert refused(shop.tokens, own, client) == "the token is used from outside of its key's networks"


def test_tokens_are_for_keys(shop: Shop) -> None:
    """A caller whom another issuer vouches for, or nobody, has no token of ours."""
    identifier, _ = shop.key()
    for identity in ("token:plant/alice", "anonymous", identifier, f"token:{identifier}", "key:", "key:unknown1"):
        with pytest.raises(GrantError) as failure:
            shop.tokens.issue(Caller(identity=identity), None)
        assert failure.value.code == "unauthorized_client"


def test_a_token_expires(shop: Shop) -> None:
    """A token is dead from its end on, to the second, whether it was seen before or not."""
    own = token(shop)
    shop.later(599)
    assert shop.tokens.caller(own).name == "portal"
    shop.later(1)
    assert refused(shop.tokens, own) == "the token has expired"
    assert refused(shop.worker(), own) == "the token has expired"


def test_no_token_outlives_its_key(shop: Shop) -> None:
    """A key that ends soon gives tokens that end with it."""
    identifier, text = shop.key(Grant("portal", lifetime=100))
    body = granted(shop.tokens, identifier, text, None, "")
    assert body["expires_in"] == 99
    shop.later(98.9)
    assert shop.tokens.caller(body["access_token"]).name == "portal"
    shop.later(0.2)
    assert refused(shop.tokens, body["access_token"]) == "the token has expired"


def test_a_token_dies_with_its_key(shop: Shop) -> None:
    """When its key is revoked, a token that was used before is dead on every worker a second later."""
    identifier, text = shop.key()
    workers = [shop.tokens, shop.worker()]
    own = granted(shop.tokens, identifier, text, None, "")["access_token"]
    assert [worker.caller(own).name for worker in workers] == ["portal", "portal"]
    shop.keys.revoke(identifier)
    shop.later(1)
    reasons = {refused(worker, own) for worker in workers}
    assert reasons == {"the token's key is revoked or has expired"}


def test_a_token_dies_when_the_overlap_of_its_key_ends(shop: Shop) -> None:
    """A key that is rotated takes its tokens along when its own overlap is over, although they were given for longer."""
    identifier, text = shop.key()
    own = granted(shop.tokens, identifier, text, None, "")["access_token"]
    shop.tokens.caller(own)
    shop.keys.rotate(identifier, 30)
    shop.later(29)
    assert shop.tokens.caller(own).name == "portal"
    shop.later(1)
    assert refused(shop.tokens, own) == "the token's key is revoked or has expired"


def test_a_revoked_token_is_dead_on_all_workers(shop: Shop) -> None:
    """A second after it was revoked a token is refused by every worker, the others of its key live on."""
    identifier, text = shop.key()
    first, second = (granted(shop.tokens, identifier, text, None, "")["access_token"] for _ in range(2))
    workers = [shop.tokens, shop.worker()]
    for worker in workers:
        worker.caller(first)
    assert shop.tokens.revoke(first)
    shop.later(1)
    assert {refused(worker, first) for worker in workers} == {"the token is revoked"}
    assert [worker.caller(second).name for worker in workers] == ["portal", "portal"]


def test_what_is_dead_can_be_revoked_again(shop: Shop) -> None:
    """Revoking what is no token, or no longer one, is no error and changes nothing (RFC 7009, 2.2)."""
    own = token(shop)
    assert shop.tokens.revoke(own)
    shop.later(1)
    before = shop.state.revision()
    assert [shop.tokens.revoke(text) for text in (own, "", "nonsense", PREFIX, own[:-1])] == [False] * 5
    assert shop.state.revision() == before


def test_a_revocation_is_kept_until_the_token_would_have_ended(shop: Shop) -> None:
    """After that the state forgets it: the list does not grow for ever."""
    identifier, text = shop.key()
    first = granted(shop.tokens, identifier, text, None, "")["access_token"]
    shop.tokens.revoke(first)
    assert len(shop.state.revocations()) == 1
    shop.later(601 + SKEW)
    second = granted(shop.tokens, identifier, text, None, "")["access_token"]
    shop.tokens.revoke(second)
    assert len(shop.state.revocations()) == 1


def test_a_token_is_told_apart_by_its_form(shop: Shop) -> None:
    """A token of ours is no key, a key is no token, and neither is a token of another issuer."""
    own = token(shop)
    _, key = shop.key()
    assert parse(own) is None
    assert not key.startswith(PREFIX)
    assert refused(shop.tokens, key) == "the token is not the gateway's own"
    assert refused(shop.tokens, own.removeprefix(PREFIX)) == "the token is not the gateway's own"
    foreign = Tokens({"plant": spec(issuer="bascule", audience=("bascule",))}, Shelf())
    for text in (own, own.removeprefix(PREFIX)):
        with pytest.raises(NotAccepted):
            foreign.caller(text)


CLAIMS: dict[str, Any] = {"iss": "bascule", "aud": "bascule", "jti": "x", "exp": int(EPOCH) + 600, "scope": "a"}


def test_only_our_secret_makes_tokens(shop: Shop) -> None:
    """A token that is signed with anything else, or not signed, is refused; so is one with a changed word."""
    said = {**CLAIMS, "sub": shop.key()[0]}
    header = {"typ": "at+jwt"}
    secret = shop.state.secret(SECRET)
    good = PREFIX + jwt.encode(said, secret, "HS256", headers=header)
    assert shop.tokens.caller(good).name == "portal"
    own, other = good.split("."), token(shop).split(".")
    for text in (
        PREFIX + jwt.encode(said, shop.state.secret("cursor"), "HS256", headers=header),
        PREFIX + jwt.encode(said, secret, "HS256", headers={"typ": "JWT"}),
        PREFIX + jwt.encode(said, secret * 2, "HS512", headers=header),
        PREFIX + forged({"alg": "none", "typ": "at+jwt"}, said),
        ".".join([own[0], other[1], own[2]]),
        ".".join([own[0], own[1], other[2]]),
        ".".join([own[0], own[1], ""]),
        PREFIX + good,
    ):
        refused(shop.tokens, text)


@pytest.mark.parametrize("name", ["iss", "aud", "jti", "exp", "sub", "scope"])
def test_every_claim_counts(shop: Shop, name: str) -> None:
    """Even under our own signature, a token without one of its claims is none, nor one that names something else."""
    said = {**CLAIMS, "sub": shop.key()[0]}
    refused(shop.tokens, _ours(shop, {word: value for word, value in said.items() if word != name}))
    if name not in {"jti", "scope"}:
        refused(shop.tokens, _ours(shop, {**said, name: 0 if name == "exp" else "other"}))


def test_a_token_has_no_scope_that_its_key_lacks(shop: Shop) -> None:
    """Even under our own signature, a token grants no more than its key does now."""
    said = {**CLAIMS, "sub": shop.key()[0], "scope": "bascule:admin jobs:read"}
    assert shop.tokens.caller(_ours(shop, said)).scopes == {"jobs:read"}


def _ours(shop: Shop, said: dict[str, Any]) -> str:
    return PREFIX + jwt.encode(said, shop.state.secret(SECRET), "HS256", headers={"typ": "at+jwt"})


def test_a_verified_token_is_not_verified_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second request with the same token costs no cryptography and has the very same caller."""
    own = token(shop)
    first = shop.tokens.caller(own)
    monkeypatch.setattr(jwt, "decode_complete", None)
    assert shop.tokens.caller(own) is first


def test_a_short_secret_is_refused(shop: Shop) -> None:
    """HS256 needs a secret of its hash's length (RFC 7518, 3.2)."""
    keyring = Keyring(shop.state, PEPPER, shop.wall, shop.ticks)
    with pytest.raises(ValueError, match="32 bytes"):
        OwnTokens(b"s" * 31, 600, keyring, shop.state)


@pytest.mark.parametrize("code", sorted(GRANT_ERRORS))
def test_every_error_has_its_document(code: str) -> None:
    """Each error is one of the RFCs' codes with a description in their characters (RFC 6749, 5.2)."""
    error = GrantError(code)
    assert set(error.document()) == {"error", "error_description"}
    assert error.document()["error"] == code
    assert all(" " <= letter <= "~" and letter not in '"\\' for letter in error.description)


def test_no_secret_is_shown(shop: Shop) -> None:
    """Neither what is thrown nor what is kept shows a token or a key's text."""
    identifier, text = shop.key()
    own = granted(shop.tokens, identifier, text, None, "")["access_token"]
    shop.tokens.caller(own)
    error = failed("invalid_client", shop.tokens, "other", text, None, "")
    shown = f"{error!r} {error.reason} {error.document()} {vars(shop.tokens._verified)!r}"
    assert not any(secret in shown for secret in (text, own, own.rpartition(".")[2]))


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop for many examples."""
    opened = Shop(tmp_path_factory.mktemp("shop"))
    yield opened
    opened.state.close()


@given(text=st.text() | st.text(alphabet="abcXYZ019-_.=", max_size=80).map(PREFIX.__add__))
@settings(max_examples=100, deadline=None)
def test_garbage_is_refused(lasting: Shop, text: str) -> None:
    """Whatever a header may hold, the answer is a refusal and nothing else."""
    refused(lasting.tokens, text)
