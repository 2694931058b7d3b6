"""Tokens that were made to be accepted and must not be: known attacks on JWTs, floods, and garbage."""

from __future__ import annotations

import hashlib
import hmac
import json
import tracemalloc
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from jwt.utils import base64url_encode

from app.callers.credentials import NotAccepted
from app.callers.tokens import Tokens
from app.callers.verified import LONGEST
from tests.callers.issuing import ISSUER, KEYS, Clock, Shelf, claims, forged, jwk, private_key, signed, spec

KEY = private_key("RS256", "victim")
OWN = private_key("RS256", "attacker")  # the attacker's


def _opened() -> tuple[Tokens, Shelf]:
    shelf, clock = Shelf(), Clock()
    shelf.publish(jwk(KEY, "RS256", kid="victim"), jwk(private_key("ES256"), "ES256", kid="curve"))
    return Tokens({"plant": spec()}, shelf, clock, clock), shelf


def _refused(text: str) -> None:
    tokens, shelf = _opened()
    with pytest.raises(NotAccepted):
        tokens.caller(text)
    assert set(shelf.asked) <= {KEYS}
    assert tokens.caller(signed(claims(), KEY, "RS256", kid="victim")).name == "alice"


def _hmac(key: bytes, digest: str) -> Any:
    return lambda text: hmac.digest(key, text, digest)


def _public_forms() -> list[bytes]:
    public = KEY.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return [
        pem,
        pem.strip(),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.PEM, PublicFormat.PKCS1),
        json.dumps(jwk(KEY, "RS256")).encode(),
        jwk(KEY, "RS256")["n"].encode(),
        b"",
    ]


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "", None, 0, ["RS256"], {"RS256": 1}, "RS256 "])
def test_a_token_without_a_signature(alg: Any) -> None:
    """`none` in whatever spelling, and what is no algorithm at all, are refused."""
    _refused(forged({"alg": alg, "typ": "at+jwt", "kid": "victim"}, claims()))


def test_a_token_without_an_algorithm() -> None:
    """A header has to name its algorithm."""
    _refused(forged({"typ": "at+jwt", "kid": "victim"}, claims()))


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
@pytest.mark.parametrize("form", range(7))
def test_a_public_key_as_a_secret(algorithm: str, form: int) -> None:
    """An HMAC whose secret is the issuer's public key, in any form that it is written in, verifies nothing."""
    sign = _hmac(_public_forms()[form], f"sha{algorithm[2:]}")
    _refused(forged({"alg": algorithm, "typ": "at+jwt", "kid": "victim"}, claims(), sign))


def test_an_hmac_that_calls_itself_something_else() -> None:
    """A header that says RS256 over an HMAC is verified as RS256."""
    sign = _hmac(_public_forms()[0], "sha256")
    _refused(forged({"alg": "RS256", "typ": "at+jwt", "kid": "victim"}, claims(), sign))


def test_a_published_secret_is_not_a_key() -> None:
    """A symmetric key in the issuer's set verifies nothing, whatever the token says."""
    tokens, shelf = _opened()
    secret = b"s" * 32
    shelf.publish({"kty": "oct", "k": base64url_encode(secret).decode(), "kid": "oct", "alg": "HS256"})
    with pytest.raises(NotAccepted):
        tokens.caller(forged({"alg": "HS256", "kid": "oct"}, claims(), _hmac(secret, "sha256")))


@pytest.mark.parametrize("algorithm", ["PS256", "ES256", "EdDSA", "RS512"])
def test_a_key_is_used_for_its_own_algorithm(algorithm: str) -> None:
    """A header that names the key and an algorithm of another kind is refused, with a good signature of either."""
    _refused(forged({"alg": algorithm, "typ": "at+jwt", "kid": "victim"}, claims(), lambda _: b"x" * 256))


def test_a_key_that_says_its_algorithm_is_used_for_no_other() -> None:
    """A key with `alg: RS256` does not verify PS256, although its numbers could."""
    tokens, shelf = _opened()
    shelf.publish(jwk(KEY, "RS256", kid="victim", alg="RS256"))
    with pytest.raises(NotAccepted):
        tokens.caller(signed(claims(), KEY, "PS256", kid="victim"))
    assert tokens.caller(signed(claims(), KEY, "RS256", kid="victim")).name == "alice"


KIDS = [
    "../../../../dev/null",
    "/etc/passwd",
    "file:///etc/passwd",
    "https://attacker.example.com/keys",
    "http://169.254.169.254/latest/meta-data",
    "victim' OR '1'='1",
    "victim\x00",
    "victim ",
    "VICTIM",
    "",
    "k" * 10_000,
    "%s%n{0}",
]


@pytest.mark.parametrize("kid", KIDS)
def test_a_key_id_is_only_compared(kid: str) -> None:
    """A `kid` that is a path, an address, SQL or very long leads nowhere: the one address that is asked is the issuer's."""
    _refused(signed(claims(), OWN, "RS256", kid=kid))


@pytest.mark.parametrize("kid", [None, 7, True, ["victim"], {"victim": 1}])
def test_a_key_id_is_a_text(kid: Any) -> None:
    """A `kid` of another type is refused."""
    _refused(forged({"alg": "RS256", "kid": kid}, claims(), lambda _: b"x" * 256))


@pytest.mark.parametrize("kid", ["victim", None])
@pytest.mark.parametrize("header", ["jku", "x5u", "jwk", "x5c", "x5t", "x5t#S256"])
def test_a_token_does_not_bring_its_own_key(header: str, kid: str | None) -> None:
    """Keys in the header, and addresses of keys, are not even read."""
    brought: dict[str, Any] = {
        "jwk": jwk(OWN, "RS256", kid="victim"),
        "x5c": ["MIIB"],
        "jku": "https://attacker.example.com/keys",
        "x5u": "https://attacker.example.com/cert",
    }
    named = {} if kid is None else {"kid": kid}
    _refused(signed(claims(), OWN, "RS256", **named, **{header: brought.get(header, "x")}))


def test_a_good_token_may_say_where_its_keys_are() -> None:
    """Such headers change nothing for a token of the issuer, either."""
    tokens, shelf = _opened()
    text = signed(claims(), KEY, "RS256", kid="victim", jku="https://attacker.example.com/keys")
    assert tokens.caller(text).name == "alice"
    assert shelf.asked == [KEYS]


@pytest.mark.parametrize(
    "crit", [["exp"], ["b64"], ["b64", "x"], ["http://example.com/x"], [], "exp", None, {}, 0, ["alg"], [7]]
)
def test_a_critical_header_is_refused(crit: Any) -> None:
    """No extension is understood, so none may be critical; a malformed list is refused as well (RFC 7515, 4.1.11)."""
    header = {"alg": "RS256", "kid": "victim", "crit": crit, "b64": True, "exp": 1}
    _refused(forged(header, claims(), _signature))


def _signature(text: bytes) -> bytes:
    return jwt.get_algorithm_by_name("RS256").sign(text, KEY)


def test_a_forged_token_with_a_good_signature_would_pass() -> None:
    """The tests above refuse what they mean to: the same token without the attack is accepted."""
    tokens, _ = _opened()
    assert tokens.caller(forged({"alg": "RS256", "kid": "victim"}, claims(), _signature)).name == "alice"


def test_an_unencoded_payload_is_refused() -> None:
    """A token may not leave its payload unencoded (RFC 7797, 7)."""
    _refused(forged({"alg": "RS256", "kid": "victim", "b64": False}, claims(), _signature))


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_changed_token_is_refused(part: int) -> None:
    """No part of a token can be changed, nor taken from another one."""
    parts = signed(claims(), KEY, "RS256", kid="victim").split(".")
    other = signed(claims(sub="mallory"), OWN, "RS256", kid="victim", x=1).split(".")
    _refused(".".join([*parts[:part], other[part], *parts[part + 1 :]]))


def test_every_character_of_the_signature_counts() -> None:
    """A token is written in one way only: padding, blanks and other alphabets make another text, which is refused."""
    text = signed(claims(), KEY, "RS256", kid="victim")
    for changed in (text + "=", text + ".", "." + text, text + " ", text.replace(".", "..", 1), text[:-1], text + "A"):
        _refused(changed)


def test_a_long_token_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than 16 kB are refused before anything is decoded."""
    tokens, _ = _opened()
    monkeypatch.setattr(jwt, "decode_complete", None)
    with pytest.raises(NotAccepted) as failure:
        tokens.caller("a" * (LONGEST + 1))
    assert failure.value.reason == "the token is too long"


def test_deep_json_is_refused() -> None:
    """Nesting beyond all reason ends in a refusal, not in a failure."""
    deep = base64url_encode(b"[" * 6000).decode()
    for text in (f"{deep}.e30.e30", f"e30.{deep}.e30"):
        _refused(text)


def test_refused_tokens_leave_nothing_behind() -> None:
    """A flood of tokens that are not accepted fills no memory."""
    tokens, _ = _opened()
    _flood(tokens, 50)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    _flood(tokens, 500)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert len(tokens._verified) == 0
    assert grown < 100_000


def _flood(tokens: Tokens, count: int) -> None:
    for number in range(count):
        with pytest.raises(NotAccepted):
            tokens.caller(forged({"alg": "RS256", "kid": f"{number}" * 100}, claims(), lambda _: b"x" * 256))


def test_no_refusal_holds_the_token() -> None:
    """Neither the problem, nor its reason, nor what led to it repeats what was sent."""
    tokens, _ = _opened()
    canary = "canary-3f9a"
    for header in (
        {"alg": canary},
        {"alg": "RS256", "kid": canary},
        {"alg": "RS256", "crit": [canary]},
        {"typ": canary},
    ):
        with pytest.raises(NotAccepted) as failure:
            tokens.caller(forged({"alg": "RS256", **header}, claims(scope=canary), lambda _: b"x"))
        shown = f"{failure.value!r} {failure.value.reason} {failure.value.__cause__!r} {failure.value.detail}"
        assert canary not in shown
        assert failure.value.__suppress_context__ or failure.value.__context__ is None


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_header = st.dictionaries(st.sampled_from(["alg", "typ", "kid", "crit", "b64", "jwk", "x"]), _json, max_size=5)
_payload = st.dictionaries(
    st.sampled_from(["iss", "aud", "sub", "exp", "nbf", "iat", "jti", "scope"]), _json, max_size=8
)
_tokens, _ = _opened()


@given(
    st.text() | st.text(alphabet="abcdefAZ09-_.=", max_size=200) | st.binary().map(lambda each: each.decode("latin-1"))
)
@settings(max_examples=150, deadline=None)
def test_garbage_is_refused(text: str) -> None:
    """Whatever a header may hold, the answer is a refusal and nothing else."""
    with pytest.raises(NotAccepted):
        _tokens.caller(text)


@given(_header, _json)
@settings(max_examples=150, deadline=None)
def test_strange_tokens_are_refused(header: dict[str, Any], payload: Any) -> None:
    """Tokens of the right form with anything in them are refused and nothing else."""
    with pytest.raises(NotAccepted):
        _tokens.caller(forged(header, payload, lambda _: b"x" * 256))


@given(_header, _payload)
@settings(max_examples=150, deadline=None)
def test_strange_words_over_a_good_key(header: dict[str, Any], payload: dict[str, Any]) -> None:
    """An issuer that signs nonsense is refused, or understood, but never fails the gateway."""
    said = {**claims(), **payload, "iss": ISSUER}
    text = forged({"kid": "victim", **header, "alg": "RS256"}, said, _signature)
    try:
        caller = _tokens.caller(text)
    except NotAccepted:
        return
    assert caller.identity == f"token:plant/{said['sub']}"
    assert hashlib.sha256(caller.identity.encode()).digest()
