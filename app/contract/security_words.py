"""The words of access: who may call, who sees what, how much.

In charge of which words there are and what each takes, for gateway.yaml and for resources, and of the values that they
become. What they mean for a resource is decided by the plan compiler.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from app.contract.model import AccessSpec, IssuerSpec, LimitSpec, Rate, SecuritySpec
from app.contract.quantities import DURATION
from app.shapes import Choice, Either, Flag, Listing, Mapping_, Node, Parsed, Record, Text, Whole, Word

_TIMES: Final = {"s": 1.0, "min": 60.0, "h": 3600.0, "hour": 3600.0, "day": 86400.0}
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_PREFIX: Final = "claim:"


def rate(text: str) -> Rate:
    """`600/min` is 600 in 60 s. Raises ValueError for nothing at all: what may never be asked is not in the contract."""
    amount, unit = text.split("/")
    if not int(amount):
        raise ValueError("it must be more than nothing")
    return Rate(int(amount), _TIMES[unit])


def address(text: str) -> str:
    """An address whose answers can be trusted: https, or this machine. Raises ValueError."""
    parts = urlsplit(text)
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise ValueError("what comes over plain http can be changed on its way")
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError("https://, a host, and perhaps a path")
    return text


SCOPE: Final = Text("a scope, without blanks: orders:read", r"[!#-\[\]-~]+", quoted=True)
CLAIM: Final = Text("a claim's name", r"[A-Za-z_][A-Za-z0-9_.:/-]*", quoted=True)
OF_CALLER: Final = Text("a claim of the caller: claim:customer", _PREFIX + CLAIM.pattern, quoted=True)
CLASS: Final = Text("the name of a class of limits", r"[a-z][a-z0-9_-]*", quoted=True)
RATE: Final = Parsed("so much in a time: 10/s, 600/min, 5000/hour, 100000/day", rate, r"[0-9]{1,12}/(s|min|h|hour|day)")
ADDRESS: Final = Parsed("an address: https://login.example.com/realms/plant", address)
_FIELD_NAME: Final = Text("a field name", r"[a-z][a-z0-9_]*", quoted=True)

CLASSIFICATIONS: Final = Word(
    {
        "public": "May be known to everybody.",
        "internal": "For callers of the API. What a field is that says nothing.",
        "confidential": "Values do not get into the audit, nor into logs.",
        "personal": "The same, and marked in the documentation as data about a person.",
    }
)
ACCESS: Final = Record(
    {
        "read": Choice(SCOPE, "The scope that a caller needs to read the resource. Left out: any caller may."),
        "rows": Choice(
            Mapping_(OF_CALLER, _FIELD_NAME, "a mapping of fields to claims", 1),
            "Fields and the caller's claims that they must equal: other rows are not there for that caller.",
        ),
        "rows_exempt": Choice(SCOPE, "The scope whose holders see all rows. Left out: nobody does."),
        "audited": Choice(
            Flag(), "Refuse what cannot be written into the audit. Left out: false, such a request is served."
        ),
    },
    "access rules",
)
_ISSUER: Final = Record(
    {
        "issuer": Choice(ADDRESS, "The issuer's identifier, as it stands in `iss`.", required=True),
        "audience": Choice(
            Listing(Text("an audience"), minimum=1, single=True),
            "What `aud` must name: this API, as the issuer knows it.",
            required=True,
        ),
        "keys": Choice(
            ADDRESS, "Where its key set is (JWKS). Left out: where its discovery document says (OpenID Connect)."
        ),
        "algorithms": Choice(
            Listing(
                Word(
                    dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"), "")
                ),
                minimum=1,
                single=True,
                unique=True,
            ),
            "The signatures that are accepted. Left out: RS256, PS256, ES256, EdDSA.",
        ),
        "scopes": Choice(CLAIM, "The claim that holds the scopes: a text with blanks, or a list. Left out: scope."),
        "claims": Choice(
            Mapping_(CLAIM, CLAIM, "a mapping of claims", 1),
            "Claims of this contract, and the claims of the token that they are. Left out: claims have the token's names.",
        ),
        "limits": Choice(CLASS, "The class of limits of its callers. Left out: default."),
    },
    "an issuer",
)
_CLOSED: Final = Record(
    {
        "issuers": Choice(
            Mapping_(_ISSUER, _FIELD_NAME, "a mapping of issuers", 1),
            "OpenID Connect issuers whose access tokens are accepted, by a name of yours.",
        ),
        "tokens": Choice(
            DURATION,
            "Give out access tokens of this lifetime for API keys, at /oauth/token. Left out: none are given out.",
        ),
        "documents": Choice(
            Word({"public": "Everybody.", "callers": "Callers with a credential."}),
            "Who may read the OpenAPI documents and their pages. Left out: public.",
        ),
    },
    "who may call",
)
_OPEN: Final = Word(
    {
        "open": "Serve everybody, for local work; warned of at each start. No access rule holds.",
        "closed": "Serve callers with an API key.",
    }
)
SECURITY: Final = Either((_OPEN, _CLOSED), lambda node: 1 if isinstance(node.value, dict) else 0)
LIMITS: Final = Mapping_(
    Record(
        {
            "requests": Choice(RATE, "Requests of one caller."),
            "burst": Choice(Whole(1, 1_000_000), "How many of them may come at once. Left out: a tenth, at least one."),
            "rows": Choice(RATE, "Rows that one caller may have read at each source."),
            "milliseconds": Choice(RATE, "Time that one caller's statements may take at each source."),
        },
        "limits",
    ),
    CLASS,
    "a mapping of classes to limits",
    1,
)


def access(words: Mapping[str, Any], node: Node) -> AccessSpec:
    """The access rules of a resource."""
    rows = {name: claim.removeprefix(_PREFIX) for name, claim in words.get("rows", {}).items()}
    return AccessSpec(words.get("read", ""), rows, words.get("rows_exempt", ""), words.get("audited", False), node)


def security(words: object, node: Node | None) -> SecuritySpec | None:
    """Who may call; None where nothing is said, or that everybody may."""
    if words is None or words == "open":
        return None
    if not isinstance(words, Mapping):
        return SecuritySpec()
    nodes = node.value["issuers"].value if node is not None and words.get("issuers") else {}
    issuers = {name: _issuer(name, said, nodes[name]) for name, said in (words.get("issuers") or {}).items() if said}
    return SecuritySpec(issuers, words.get("tokens"), words.get("documents") or "public")


def _issuer(name: str, words: Mapping[str, Any], node: Node) -> IssuerSpec:
    plain = IssuerSpec(name, words.get("issuer") or "", tuple(words.get("audience") or ()))
    return IssuerSpec(
        name,
        plain.issuer,
        plain.audience,
        words.get("keys") or plain.keys,
        tuple(words.get("algorithms") or plain.algorithms),
        words.get("scopes") or plain.scopes,
        words.get("claims") or {},
        words.get("limits") or plain.rate,
        node,
    )


def limits(words: Mapping[str, Any] | None) -> Mapping[str, LimitSpec]:
    """The classes of limits."""
    return {name: _limit(name, said) for name, said in (words or {}).items() if said}


def _limit(name: str, words: Mapping[str, Any]) -> LimitSpec:
    requests: Rate | None = words.get("requests")
    burst = words.get("burst") or max(1, requests.amount // 10 if requests else 1)
    return LimitSpec(name, requests, burst, words.get("rows"), words.get("milliseconds"))
