"""Issuers: the public keys with which an issuer of tokens signs (JSON Web Key Sets, RFC 7517).

In charge of which of its keys are used, when they are fetched, and how long they hold while the issuer is down. It must not
know a token: it is asked for a key by `kid` and algorithm.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final

from jwt import PyJWK

from app.callers.fetching import Fetch, NotFetched
from app.contract.model import IssuerSpec
from app.forks import begin_anew_in_children
from app.observations import log
from app.threads import begun

COOL_DOWN: Final = 30.0  # seconds between two fetches at least, whatever is asked for and however they end
FRESH: Final = 3600.0  # seconds after which keys are fetched anew, behind the requests
KEPT: Final = 24 * 3600.0  # seconds that keys hold while they cannot be fetched
WAIT: Final = 3.0  # seconds that a request waits for a fetch at most
MOST_FLIGHTS: Final = 4  # fetches under way at the same time: all but the last hang where nothing can end them
WAITERS: Final = 4  # requests that wait at the same time for a key that may not exist
DISCOVERY: Final = "/.well-known/openid-configuration"  # OpenID Connect Discovery 1.0, 4

# What signs with each algorithm: its `kty`, and `crv` where that has curves (RFC 7518, 3.1; RFC 8037, 3.1). All of them have
# a public key: with a secret one, whoever can verify can sign.
ALGORITHMS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), ("RSA", ())),
    "ES256": ("EC", ("P-256",)),
    "ES384": ("EC", ("P-384",)),
    "ES512": ("EC", ("P-521",)),
    "EdDSA": ("OKP", ("Ed25519", "Ed448")),
}


@dataclass(frozen=True, slots=True)
class KeySet:
    """The usable keys of an issuer. Two sets are equal where their keys are, in whatever order they came.

    `named` holds them by `kid` and algorithm. `lone` has for each algorithm the one key that fits, for tokens that name none:
    where several fit, a `kid` is a must (OpenID Connect Core 1.0, 10.1).
    """

    material: frozenset[str] = frozenset()
    named: Mapping[tuple[str, str], PyJWK] = field(default_factory=dict, compare=False)
    lone: Mapping[str, PyJWK] = field(default_factory=dict, compare=False)

    def find(self, kid: str | None, algorithm: str) -> PyJWK | None:
        """The key of that name for that algorithm. The name is compared and nothing else."""
        return self.lone.get(algorithm) if kid is None else self.named.get((kid, algorithm))


def key_set(document: Any, algorithms: Sequence[str]) -> KeySet:
    """The keys of a JWK Set that may sign with these algorithms. Raises NotFetched where the document is no such set."""
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise NotFetched("its answer is no JSON Web Key Set")
    material: set[str] = set()
    named: dict[tuple[str, str], PyJWK] = {}
    fitting: dict[str, list[PyJWK]] = {}
    for jwk in listed:
        for algorithm in algorithms:
            key = _key(jwk, algorithm)
            if key is None:
                continue
            material.add(json.dumps(jwk, sort_keys=True))
            fitting.setdefault(algorithm, []).append(key)
            if isinstance(kid := jwk.get("kid"), str):
                named.setdefault((kid, algorithm), key)
    lone = {algorithm: keys[0] for algorithm, keys in fitting.items() if len(keys) == 1}
    return KeySet(frozenset(material), named, lone)


def _key(jwk: Any, algorithm: str) -> PyJWK | None:
    """The key bound to the algorithm; None where it is not to be used so, or is broken or too short."""
    if not isinstance(jwk, dict) or not _fits(jwk, algorithm):
        return None
    try:
        key = PyJWK(jwk, algorithm)
    except Exception:  # noqa: BLE001  # whatever one key of a foreign document does to the library, the others are used
        return None
    return None if key.Algorithm.check_key_length(key.key) else key


def _fits(jwk: dict[str, Any], algorithm: str) -> bool:
    """Whether its own words let the key verify signatures of this algorithm (RFC 7517, 4). A published private key is lost."""
    kty, curves = ALGORITHMS[algorithm]
    operations = jwk.get("key_ops", ["verify"])
    return (
        jwk.get("kty") == kty
        and (not curves or jwk.get("crv") in curves)
        and jwk.get("use", "sig") == "sig"
        and isinstance(operations, list)
        and "verify" in operations
        and jwk.get("alg", algorithm) == algorithm
        and "d" not in jwk
    )


def fetched(spec: IssuerSpec, fetch: Fetch) -> KeySet:
    """The keys as the issuer publishes them now. Raises NotFetched."""
    return key_set(fetch(spec.keys or _discovered(spec.issuer, fetch)), spec.algorithms)


def _discovered(issuer: str, fetch: Fetch) -> str:
    """Where the discovery document says that the keys are: the document of this issuer, and no less protected than it."""
    document = fetch(issuer.removesuffix("/") + DISCOVERY)
    if not isinstance(document, dict) or document.get("issuer") != issuer:
        raise NotFetched("its discovery document is that of another issuer")
    address = document.get("jwks_uri")
    if not isinstance(address, str):
        raise NotFetched("its discovery document names no keys")
    if issuer.startswith("https:") and not address.startswith("https:"):
        raise NotFetched("its discovery document leads away from https")
    return address


@dataclass(frozen=True, slots=True)
class _Flight:
    """A fetch under way. `begun`, and `until` when requests wait for it, on the monotonic clock."""

    begun: float
    until: float
    landed: threading.Event = field(default_factory=threading.Event)


class IssuerKeys:
    """The keys of one issuer in this process: fetched in a thread of their own, each fetch COOL_DOWN after the last began.

    One that hangs by then, as in the look-up of a name, is left to itself; what it brings counts unless a later one was faster.

    A request whose key is known never waits. One that brings an unknown `kid` has the keys fetched, once in COOL_DOWN, and
    waits for that; so do all requests before the first fetch has ended. May be made before the fork.
    """

    def __init__(self, spec: IssuerSpec, fetch: Fetch, timer: Callable[[], float] = monotonic) -> None:
        self._spec = spec
        self._fetch = fetch
        self._timer = timer
        self._keys = KeySet()
        self._due = self._next = float("-inf")  # when to fetch anew; when that is allowed at the earliest
        self._kept_until = float("inf")
        self._begun = False  # whether a fetch has ended, well or badly
        self._landed = float("-inf")  # when the last of those that have ended began
        self._failing = False
        self.forked()
        begin_anew_in_children(self)

    def forked(self) -> None:
        """Begin in a new process, which has neither the threads nor the holders of locks of the old one."""
        self._lock = threading.Lock()
        self._room = threading.Semaphore(WAITERS)
        self._flight: _Flight | None = None
        self._flights = 0
        if not self._begun:
            self._due = self._next = float("-inf")

    def current(self) -> KeySet:
        """The keys that hold now, without waiting. The same object for as long as they are the same keys."""
        if self._timer() >= self._due:
            self._begin()
        return self._keys

    def find(self, kid: str | None, algorithm: str) -> tuple[KeySet, PyJWK | None]:
        """The key for a token's header, and the set that it is of. An unknown one may wait WAIT seconds."""
        keys = self.current()
        key = keys.find(kid, algorithm)
        if key is None:
            self._await()
            keys = self._keys  # whoever did not wait looks again, too: the fetch may have ended just now
            key = keys.find(kid, algorithm)
        return keys, key

    def _await(self) -> None:
        """Wait for the fetch that is under way or allowed, if there is one.

        Few wait for a key that nobody has seen: a flood of invented ones must not take every thread of the worker.
        """
        flight = self._begin()
        if flight is None:
            return
        crowd = self._begun
        if crowd and not self._room.acquire(blocking=False):
            return
        try:
            flight.landed.wait(max(0.0, flight.until - self._timer()))
        finally:
            if crowd:
                self._room.release()

    def _begin(self) -> _Flight | None:
        """The fetch that is under way, or a new one where one is allowed. Keys that are too old are dropped."""
        with self._lock:
            now = self._timer()
            if now >= self._kept_until:
                self._keys = KeySet()
            if now >= self._next and self._flights < MOST_FLIGHTS:
                self._next = self._due = now + COOL_DOWN
                self._flight = self._launched(_Flight(now, now + WAIT))
            return self._flight

    def _launched(self, flight: _Flight) -> _Flight | None:
        if begun("issuer", self._fly, flight) is None:
            return None  # as a fetch that failed
        self._flights += 1
        return flight

    def _fly(self, flight: _Flight) -> None:
        try:
            self._keep(fetched(self._spec, self._fetch), flight)
        except NotFetched as error:
            self._miss(str(error), flight)
        except Exception as error:  # noqa: BLE001  # whatever a foreign document does to the libraries, the last keys hold
            self._miss(f"its answer cannot be read: {type(error).__name__}", flight)
        finally:
            with self._lock:
                self._flights -= 1
                self._begun = True
                if self._flight is flight:
                    self._flight = None
            flight.landed.set()

    def _overtaken(self, flight: _Flight) -> bool:
        """Whether a fetch that began later has ended before this one, which is then nothing new. Call it locked."""
        overtaken = flight.begun < self._landed
        self._landed = max(flight.begun, self._landed)
        return overtaken

    def _keep(self, keys: KeySet, flight: _Flight) -> None:
        """Use these keys from now on. An empty set is the issuer's own word, too: nothing that it signed holds."""
        with self._lock:
            if self._overtaken(flight):
                return
            now = self._timer()
            if keys != self._keys:
                self._keys = keys
            self._due, self._kept_until = now + FRESH, now + KEPT
        if not keys.material:
            log.warning("issuer %s publishes no key that its tokens may be signed with", self._spec.name)
        elif self._failing:
            log.info("the keys of issuer %s are fetched again", self._spec.name)
        self._failing = False

    def _miss(self, why: str, flight: _Flight) -> None:
        """Go on with the last keys; said once for each time that the issuer is down."""
        with self._lock:
            if self._overtaken(flight):
                return
        if not self._failing:
            log.warning("the keys of issuer %s cannot be fetched: %s", self._spec.name, why)
        self._failing = True
