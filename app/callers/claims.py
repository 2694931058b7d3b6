"""Claims: what the words of a verified token mean to the gateway.

In charge of times, names, scopes and claims (RFC 7519, 4; RFC 9068, 2.2). Pure. It must not know signatures, keys or issuers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.callers.credentials import NotAccepted

LEEWAY: Final = 60.0  # seconds that the clocks of an issuer and of the gateway may differ
_EXACT: Final = 2**53  # up to here a JSON number is a whole number for everybody (RFC 8259, 6)
_LONGEST_NAME: Final = 255  # OpenID Connect Core 1.0, 2: characters of `sub`

Claims = Mapping[str, Any]


def ends(claims: Claims, now: float, grace: float = LEEWAY) -> float:
    """Until when a token holds that holds now: `grace` after its `exp`, in seconds since 1970. Raises NotAccepted if it does not.

    PyJWT would take a text or a boolean for a time, and a clock of its own.
    """
    for name in ("nbf", "iat"):
        if name in claims and _moment(claims, name) > now + LEEWAY:
            raise NotAccepted(f"the token is not valid yet ({name})")
    until = _moment(claims, "exp") + grace
    if now >= until:
        raise NotAccepted("the token has expired")
    return until


def _moment(claims: Claims, name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not -_EXACT < value < _EXACT:
        raise NotAccepted(f"the token's {name} is no time")
    return float(value)


def subject(claims: Claims) -> str:
    """Whom the token is about. Raises NotAccepted for what could not stand in one line of a log."""
    found = claims.get("sub")
    if not isinstance(found, str) or not 0 < len(found) <= _LONGEST_NAME or not found.isprintable():
        raise NotAccepted("the token's sub is no name")
    return found


def scopes(claims: Claims, name: str) -> frozenset[str]:
    """The scopes in the claim of that name: a text with blanks between them (RFC 6749, 3.3), or a list."""
    found = claims.get(name)
    words = found.split() if isinstance(found, str) else found if isinstance(found, list) else ()
    return frozenset(word for word in words if isinstance(word, str) and word)


def mapped(claims: Claims, names: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The contract's claims, from those of the token: all of them, where it names none. One without a usable value is absent."""
    pairs = names.items() if names else ((name, name) for name in claims)
    found = {name: _values(claims.get(theirs)) for name, theirs in pairs}
    return {name: values for name, values in found.items() if values}


def _values(value: Any) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    return tuple(text for text in map(_text, listed) if text)


def _text(value: Any) -> str:
    """A value as rows would spell it; empty for what is no single value, or could not be compared with a stored one."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        exact = -_EXACT < value < _EXACT
        return str(int(value) if value == int(value) else value) if exact else ""
    return value if isinstance(value, str) and value.isprintable() else ""
