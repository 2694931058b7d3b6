"""The keys of an issuer: which of them are used, and where they stand."""

from __future__ import annotations

import random
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, settings
from hypothesis import strategies as st
from jwt import PyJWK
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from app.callers.fetching import NotFetched
from app.callers.issuers import ALGORITHMS, DISCOVERY, KeySet, fetched, key_set
from tests.callers.issuing import ISSUER, KEYS, Shelf, jwk, private_key, spec

DEFAULT = spec().algorithms
CURVE = jwk(private_key("ES256", "first"), "ES256", kid="first")
LATER = jwk(private_key("ES256", "second"), "ES256", kid="second")


@pytest.mark.parametrize("algorithm", sorted(ALGORITHMS))
def test_a_key_fits_its_algorithm_alone(algorithm: str) -> None:
    """A key is found under each algorithm of its kind and curve, and under no other."""
    kty, curves = ALGORITHMS[algorithm]
    found = key_set({"keys": [jwk(private_key(algorithm), algorithm, kid="k")]}, tuple(ALGORITHMS))
    assert {name for _, name in found.named} == {name for name, fits in ALGORITHMS.items() if fits == (kty, curves)}


def test_only_algorithms_that_are_asked_for_have_keys() -> None:
    """A key that no allowed algorithm can use is left out."""
    assert key_set({"keys": [CURVE]}, ("RS256",)) == KeySet()


def _rsa(bits: int) -> dict[str, Any]:
    public: dict[str, Any] = RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, bits).public_key(), as_dict=True)
    return {**public, "kid": "k"}


UNUSABLE: dict[str, Any] = {
    "for encryption": {**CURVE, "use": "enc"},
    "for another use": {**CURVE, "use": ["sig"]},
    "for other operations": {**CURVE, "key_ops": ["encrypt"]},
    "operations as a text": {**CURVE, "key_ops": "verify"},
    "another algorithm": {**CURVE, "alg": "ES384"},
    "another type": {**CURVE, "kty": "RSA"},
    "no type": {name: value for name, value in CURVE.items() if name != "kty"},
    "another curve": {**CURVE, "crv": "P-384"},
    "no curve": {name: value for name, value in CURVE.items() if name != "crv"},
    "a curve that is no text": {**CURVE, "crv": ["P-256"]},
    "a point that is not on the curve": {**CURVE, "x": CURVE["y"], "y": CURVE["x"]},
    "no point": {"kty": "EC", "crv": "P-256", "kid": "first"},
    "a point that is no text": {**CURVE, "x": 1},
    "a private key": ECAlgorithm.to_jwk(private_key("ES256", "first"), as_dict=True) | {"key_ops": ["verify"]},
    "a secret": {"kty": "oct", "k": "c2VjcmV0", "kid": "first"},
    "1024 bits": jwk(private_key("short"), "RS256", kid="first"),
    "an even exponent": {"kty": "RSA", "n": jwk(private_key("RS256"), "RS256")["n"], "e": "Ag", "kid": "first"},
    "exponent 1": {"kty": "RSA", "n": jwk(private_key("RS256"), "RS256")["n"], "e": "AQ", "kid": "first"},
    "no object": "key",
    "nothing": None,
}


@pytest.mark.parametrize("why", sorted(UNUSABLE))
def test_an_unusable_key_is_left_out(why: str) -> None:
    """A key that is not for verifying signatures, too short or broken is not used, and hurts no other."""
    assert key_set({"keys": [UNUSABLE[why]]}, DEFAULT) == KeySet()
    assert set(key_set({"keys": [UNUSABLE[why], LATER]}, DEFAULT).named) == {("second", "ES256")}


def test_2048_bits_are_enough() -> None:
    """An RSA key of 2048 bits is used, one of 2047 is not."""
    assert key_set({"keys": [_rsa(2048)]}, DEFAULT).find("k", "RS256") is not None
    assert key_set({"keys": [_rsa(2047)]}, DEFAULT).find("k", "RS256") is None


@pytest.mark.parametrize("document", [None, [], {}, {"keys": {}}, {"keys": None}, "keys", 7])
def test_what_is_no_key_set_is_not_fetched(document: Any) -> None:
    """A document of another kind is a fetch that failed: the keys from before go on."""
    with pytest.raises(NotFetched, match="no JSON Web Key Set"):
        key_set(document, DEFAULT)


def test_a_token_may_name_no_key_where_there_is_one() -> None:
    """Without a `kid` the one key of the algorithm is meant; of several, none is."""
    one = key_set({"keys": [CURVE, jwk(private_key("RS256"), "RS256", kid="r")]}, DEFAULT)
    assert one.find(None, "ES256") is one.find("first", "ES256") is not None
    several = key_set({"keys": [CURVE, LATER]}, DEFAULT)
    assert several.find(None, "ES256") is None


def test_a_key_without_a_name_is_found_without_one() -> None:
    """A key that has no `kid` is used for tokens that name none, and for no others."""
    nameless = {name: value for name, value in CURVE.items() if name != "kid"}
    found = key_set({"keys": [nameless]}, DEFAULT)
    assert found.find(None, "ES256") is not None
    assert found.find("", "ES256") is None


def test_the_first_of_two_keys_with_one_name_is_used() -> None:
    """A name that stands twice means its first key; one name for keys of two kinds means both."""
    found = key_set({"keys": [CURVE, {**LATER, "kid": "first"}]}, DEFAULT)
    assert found.find("first", "ES256") is found.named["first", "ES256"]
    kinds = key_set({"keys": [CURVE, jwk(private_key("RS256"), "RS256", kid="first")]}, DEFAULT)
    assert {name for _, name in kinds.named} == {"ES256", "RS256", "PS256"}


def test_the_order_of_keys_does_not_matter() -> None:
    """Two documents with the same keys are the same set: an issuer that shuffles them has nothing verified anew."""
    keys = [CURVE, LATER, jwk(private_key("RS256"), "RS256", kid="r")]
    shuffled = random.Random(4).sample(keys, 3)
    assert key_set({"keys": keys}, DEFAULT) == key_set({"keys": shuffled}, DEFAULT)
    assert key_set({"keys": keys}, DEFAULT) != key_set({"keys": keys[:2]}, DEFAULT)


_values = st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.lists(st.text(max_size=3), max_size=2)
_words = st.sampled_from(["kty", "crv", "x", "y", "n", "e", "d", "k", "kid", "use", "alg", "key_ops"])


@given(
    st.lists(st.one_of(_values, st.dictionaries(_words, _values), st.dictionaries(_words, _values).map(CURVE.__or__)))
)
@settings(max_examples=100, deadline=None)
def test_no_document_breaks_the_reader(keys: list[Any]) -> None:
    """Whatever an issuer publishes, its keys are used or left out, and a sound one among them is found."""
    found = key_set({"keys": [LATER, *keys]}, DEFAULT)
    assert all(isinstance(each, PyJWK) for each in found.named.values())
    assert found.find("second", "ES256") is not None


# Where they stand.


def test_discovery_leads_to_the_keys() -> None:
    """Without an address in the contract the discovery document of the issuer has it, a slash at the end or not."""
    for issuer in (ISSUER, "https://login.example.com/"):
        address = issuer.rstrip("/") + DISCOVERY
        shelf = Shelf({address: {"issuer": issuer, "jwks_uri": KEYS}, KEYS: {"keys": [CURVE]}})
        assert fetched(spec(keys="", issuer=issuer), shelf).find("first", "ES256") is not None
        assert shelf.asked == [address, KEYS]


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ({"issuer": ISSUER + "/", "jwks_uri": KEYS}, "another issuer"),
        ({"issuer": "https://attacker.example.com", "jwks_uri": KEYS}, "another issuer"),
        ({"jwks_uri": KEYS}, "another issuer"),
        ([], "another issuer"),
        ({"issuer": ISSUER}, "names no keys"),
        ({"issuer": ISSUER, "jwks_uri": ["x"]}, "names no keys"),
        ({"issuer": ISSUER, "jwks_uri": "http://127.0.0.1/keys"}, "away from https"),
        ({"issuer": ISSUER, "jwks_uri": "file:///etc/passwd"}, "away from https"),
    ],
)
def test_a_wrong_discovery_document_is_refused(document: Any, why: str) -> None:
    """The document must be this issuer's own, and lead to keys over HTTPS; nothing else is asked."""
    shelf = Shelf({ISSUER + DISCOVERY: document})
    with pytest.raises(NotFetched, match=why):
        fetched(spec(keys=""), shelf)
    assert len(shelf.asked) == 1
