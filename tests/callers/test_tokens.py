"""Tokens of issuers: which are accepted, who their caller is, and how long they are believed."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from app.callers import issuers
from app.callers.credentials import NotAccepted
from app.callers.tokens import Tokens
from app.exchange import Caller
from tests.callers.issuing import (
    AUDIENCE,
    EPOCH,
    ISSUER,
    KEYS,
    Clock,
    Shelf,
    claims,
    jwk,
    private_key,
    settle,
    signed,
    spec,
)

KEY = private_key("ES256", "first")


@pytest.fixture
def clock() -> Clock:
    """The time."""
    return Clock()


@pytest.fixture
def shelf() -> Shelf:
    """What the issuer publishes: one key."""
    shelf = Shelf()
    shelf.publish(jwk(KEY, "ES256", kid="first"))
    return shelf


@pytest.fixture
def tokens(shelf: Shelf, clock: Clock) -> Tokens:
    """The tokens of one issuer."""
    mapped = {"customer": "https://example.com/customers", "site": "site"}
    return Tokens({"plant": spec(claims=mapped, rate="portal")}, shelf, clock, clock)


def good(**changes: Any) -> str:
    """A token that is right but for these claims."""
    return signed(claims(**changes), KEY, "ES256", kid="first")


def test_without_a_mapping_claims_have_the_token_s_names(shelf: Shelf, clock: Clock) -> None:
    """As the contract's word says; what is no single value or list of them is absent."""
    tokens = Tokens({"plant": spec()}, shelf, clock, clock)
    found = tokens.caller(good(customer="10001", sites=[1, 2], address={"city": "Detroit"})).claims
    assert (found["customer"], found["sites"]) == (("10001",), ("1", "2"))
    assert "address" not in found


def refused(tokens: Tokens, text: str) -> str:
    """Why a token is not accepted."""
    with pytest.raises(NotAccepted) as failure:
        tokens.caller(text)
    assert failure.value.problem.status == 401
    assert failure.value.detail == "the credential is not accepted"
    return failure.value.reason


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "EdDSA"])
def test_each_algorithm_is_verified(algorithm: str, clock: Clock) -> None:
    """A token of each algorithm that an issuer has by default is accepted."""
    key, shelf = private_key(algorithm), Shelf()
    shelf.publish(jwk(key, algorithm, kid="k", use="sig"))
    text = signed(claims(), key, algorithm, kid="k")
    assert Tokens({"plant": spec()}, shelf, clock, clock).caller(text).name == "alice"


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS384", "PS512", "ES384", "ES512"])
def test_an_issuer_may_use_stronger_algorithms(algorithm: str, clock: Clock) -> None:
    """The other algorithms of the table work where the contract names them, and not where it does not."""
    key, shelf = private_key(algorithm), Shelf()
    shelf.publish(jwk(key, algorithm, kid="k"))
    text = signed(claims(), key, algorithm, kid="k")
    named = Tokens({"plant": spec(algorithms=(algorithm,))}, shelf, clock, clock)
    assert named.caller(text).name == "alice"
    assert refused(Tokens({"plant": spec()}, shelf, clock, clock), text) == (
        "the token's algorithm is not one of its issuer's"
    )


def test_ed448_is_an_edwards_curve_too(clock: Clock) -> None:
    """EdDSA has two curves (RFC 8037), and a key of either verifies."""
    key, shelf = private_key("Ed448"), Shelf()
    shelf.publish(jwk(key, "EdDSA", kid="k"))
    text = signed(claims(), key, "EdDSA", kid="k")
    assert Tokens({"plant": spec()}, shelf, clock, clock).caller(text).name == "alice"


def test_the_caller_is_made_of_the_token(tokens: Tokens) -> None:
    """Identity, name, scopes, claims and class of limits come from the token as the contract maps them."""
    text = good(**{"https://example.com/customers": ["C1001", "C1002"], "site": 3, "other": "x"})
    assert tokens.caller(text) == Caller(
        "alice",
        "token:plant/alice",
        frozenset({"orders:read", "jobs:read"}),
        {"customer": ("C1001", "C1002"), "site": ("3",)},
        "portal",
    )


@pytest.mark.parametrize(
    ("said", "scopes"),
    [
        ("a b", {"a", "b"}),
        ("  a   b ", {"a", "b"}),
        (["a", "b c"], {"a", "b c"}),
        (["a", 1, None, "", {"b": 1}], {"a"}),
        ("", set()),
        (None, set()),
        (7, set()),
        ({"a": True}, set()),
    ],
)
def test_scopes_are_a_text_or_a_list(tokens: Tokens, said: Any, scopes: set[str]) -> None:
    """Scopes come as a text with blanks or as a list; whatever else stands there grants nothing."""
    assert tokens.caller(good(scope=said)).scopes == scopes


def test_scopes_may_stand_in_another_claim(shelf: Shelf, clock: Clock) -> None:
    """The contract says which claim holds the scopes."""
    tokens = Tokens({"plant": spec(scopes="scp")}, shelf, clock, clock)
    assert tokens.caller(good(scp="a")).scopes == {"a"}


@pytest.mark.parametrize(
    ("said", "values"),
    [
        ("C1001", ("C1001",)),
        (1001, ("1001",)),
        (1001.0, ("1001",)),
        (12.5, ("12.5",)),
        (-7, ("-7",)),
        (True, ("true",)),
        (False, ("false",)),
        (["C1", 2, True], ("C1", "2", "true")),
        (["C1", None, {"a": 1}, ["b"], ""], ("C1",)),
        (0, ("0",)),
        (2**60, None),
        (1e300, None),
        (float("nan"), None),
        (float("inf"), None),
        ("", None),
        ([], None),
        ({"a": 1}, None),
        ("C1\n", None),
        ("C1\x00", None),
        ("\ud800", None),
    ],
)
def test_a_claim_has_values_or_is_absent(tokens: Tokens, said: Any, values: tuple[str, ...] | None) -> None:
    """Texts, numbers, truths and lists of them become texts; what cannot be compared with a row is no claim at all."""
    found = tokens.caller(good(site=said)).claims
    assert found.get("site") == values


@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt", "JWT", "jwt"])
def test_types_of_access_tokens(tokens: Tokens, typ: str) -> None:
    """`at+jwt` (RFC 9068) and the older `JWT` are accepted, in any case."""
    assert tokens.caller(signed(claims(), KEY, "ES256", kid="first", typ=typ)).name == "alice"


def test_a_type_may_be_left_out(tokens: Tokens) -> None:
    """Many issuers write no `typ`."""
    assert tokens.caller(jwt.encode(claims(), KEY, "ES256", headers={"kid": "first", "typ": None})).name == "alice"


@pytest.mark.parametrize("typ", ["id+jwt", "logout+jwt", "dpop+jwt", "secevent+jwt", "JWE", "at+jwt;x", 7, ["at+jwt"]])
def test_other_types_are_refused(tokens: Tokens, typ: Any) -> None:
    """A token of another purpose is none for access (RFC 8725, 3.11)."""
    assert refused(tokens, signed(claims(), KEY, "ES256", kid="first", typ=typ)) == "the token is of another type"


@pytest.mark.parametrize("claim", ["nonce", "at_hash", "c_hash", "events"])
def test_an_id_token_is_no_access_token(tokens: Tokens, claim: str) -> None:
    """A token that does not call itself an access token must not hold what ID tokens and log-outs hold."""
    said = claims(**{claim: "x"})
    assert refused(tokens, signed(said, KEY, "ES256", kid="first", typ="JWT")) == "the token is not an access token"
    assert tokens.caller(signed(said, KEY, "ES256", kid="first")).name == "alice"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"iss": None}, "the token's issuer is not known"),
        ({"iss": ISSUER + "/"}, "the token's issuer is not known"),
        ({"aud": None}, "the token lacks a claim: iss, aud, sub, exp"),
        ({"aud": []}, "the token lacks a claim: iss, aud, sub, exp"),
        ({"aud": "https://other.example.com"}, "the token is for another audience"),
        ({"aud": ["https://other.example.com"]}, "the token is for another audience"),
        ({"aud": AUDIENCE + "/"}, "the token is for another audience"),
        ({"aud": [AUDIENCE, 7]}, "the token is for another audience"),
        ({"aud": {AUDIENCE: 1}}, "the token is for another audience"),
        ({"sub": None}, "the token lacks a claim: iss, aud, sub, exp"),
        ({"sub": ""}, "the token's sub is no name"),
        ({"sub": 7}, "the token is malformed"),
        ({"sub": "a\nb"}, "the token's sub is no name"),
        ({"sub": "\ud800"}, "the token's sub is no name"),
        ({"sub": "a" * 256}, "the token's sub is no name"),
        ({"exp": None}, "the token lacks a claim: iss, aud, sub, exp"),
        ({"exp": str(int(EPOCH) + 600)}, "the token's exp is no time"),
        ({"exp": True}, "the token's exp is no time"),
        ({"exp": [EPOCH + 600]}, "the token's exp is no time"),
        ({"exp": float("inf")}, "the token's exp is no time"),
        ({"exp": float("nan")}, "the token's exp is no time"),
        ({"exp": 10**400}, "the token's exp is no time"),
        ({"exp": EPOCH - 60}, "the token has expired"),
        ({"exp": 0}, "the token has expired"),
        ({"exp": -1}, "the token has expired"),
        ({"nbf": EPOCH + 61}, "the token is not valid yet (nbf)"),
        ({"nbf": "soon"}, "the token's nbf is no time"),
        ({"iat": EPOCH + 61}, "the token is not valid yet (iat)"),
        ({"iat": {}}, "the token's iat is no time"),
        ({"jti": 7}, "the token is malformed"),
    ],
)
def test_wrong_claims_are_refused(tokens: Tokens, changes: dict[str, Any], reason: str) -> None:
    """Each claim that is missing, of another type, or not for here and now, ends the request, and the operator learns why."""
    assert refused(tokens, good(**changes)) == reason


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": EPOCH - 59},
        {"nbf": EPOCH + 60},
        {"iat": EPOCH + 60},
        {"iat": None},
        {"aud": [AUDIENCE, "https://other.example.com"]},
        {"exp": EPOCH + 0.5},
    ],
)
def test_clocks_may_differ_by_a_minute(tokens: Tokens, changes: dict[str, Any]) -> None:
    """A minute more or less does not matter, `iat` may be missing, and an audience may be one of several."""
    assert tokens.caller(good(**changes)).name == "alice"


def test_a_verified_token_is_not_verified_again(tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second request with the same token costs no cryptography and has the very same caller."""
    text = good()
    first = tokens.caller(text)
    monkeypatch.setattr(jwt, "decode", None)
    assert tokens.caller(text) is first


def test_a_verified_token_expires(tokens: Tokens, clock: Clock) -> None:
    """A token that was verified before is refused from its end on, leeway included."""
    text = good(exp=EPOCH + 100)
    tokens.caller(text)
    clock.now = EPOCH + 159.9
    assert tokens.caller(text).name == "alice"
    clock.now = EPOCH + 160
    assert refused(tokens, text) == "the token has expired"


def test_no_token_is_kept(tokens: Tokens) -> None:
    """What is remembered of a verified token does not hold the token, nor any part that could be sent again."""
    text = good()
    tokens.caller(text)
    assert text.rpartition(".")[2] not in repr(vars(tokens._verified))


def test_a_withdrawn_key_ends_verified_tokens(tokens: Tokens, shelf: Shelf, clock: Clock) -> None:
    """When the issuer no longer publishes the key, tokens that it signed are dead, verified before or not."""
    text = good(exp=EPOCH + 2 * issuers.FRESH)
    tokens.caller(text)
    shelf.publish(jwk(private_key("ES256", "second"), "ES256", kid="second"))
    clock.now += issuers.FRESH
    tokens.caller(text)
    settle(tokens._issuers[ISSUER].keys)
    assert refused(tokens, text) == "the token's key is not one that its issuer publishes"


def test_a_kept_key_keeps_verified_tokens(tokens: Tokens, shelf: Shelf, clock: Clock) -> None:
    """A key that is added beside the old one ends nothing: the token is verified again and accepted."""
    text = good(exp=EPOCH + 2 * issuers.FRESH)
    tokens.caller(text)
    shelf.publish(jwk(private_key("ES256", "second"), "ES256", kid="second"), jwk(KEY, "ES256", kid="first"))
    clock.now += issuers.FRESH
    tokens.caller(text)
    settle(tokens._issuers[ISSUER].keys)
    assert tokens.caller(text).name == "alice"
    assert shelf.asked == [KEYS, KEYS]


def test_each_issuer_signs_for_itself(shelf: Shelf, clock: Clock) -> None:
    """A key of one issuer does not verify what claims to be another's, even where both name keys alike."""
    other = spec(name="office", issuer="https://office.example.com", keys="https://office.example.com/keys")
    shelf.documents[other.keys] = {"keys": [jwk(private_key("ES256", "second"), "ES256", kid="first")]}
    tokens = Tokens({"plant": spec(), "office": other}, shelf, clock, clock)
    assert tokens.caller(good()).identity == "token:plant/alice"
    office = signed(claims(iss=other.issuer), private_key("ES256", "second"), "ES256", kid="first")
    assert tokens.caller(office).identity == "token:office/alice"
    assert refused(tokens, good(iss=other.issuer)) == "the token's signature is not that of its issuer"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"audience": ()}, "issuer plant: without an audience, tokens for any other API would do"),
        ({"algorithms": ("RS256", "HS256")}, "issuer plant: there are no public keys for HS256"),
        ({"algorithms": ("none",)}, "issuer plant: there are no public keys for none"),
    ],
)
def test_an_unsafe_issuer_is_not_opened(changes: dict[str, Any], message: str) -> None:
    """An issuer without an audience, or with an algorithm that has no public keys, fails at start."""
    with pytest.raises(ValueError, match=message):
        Tokens({"plant": spec(**changes)}, Shelf())


def test_two_issuers_of_one_address_are_not_opened() -> None:
    """Which of them a token is of could not be told."""
    with pytest.raises(ValueError, match="two issuers have the same address"):
        Tokens({"plant": spec(), "office": spec(name="office")}, Shelf())
