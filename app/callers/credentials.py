"""Credentials: what keys, tokens and links have in common.

In charge of how one is refused. It must not know a kind of credential.
"""

from __future__ import annotations

from typing import Final

from app.problems import ProblemError

ADMIN: Final = "bascule:admin"  # the scope of who may manage keys, links and tokens
MARK: Final = "bascule_"  # how the text of each begins that is of the gateway's own making
CHALLENGE: Final = 'Bearer realm="bascule", error="invalid_token"'  # RFC 6750, 3.1


class NotAccepted(ProblemError):
    """A credential is refused. `reason` is the operator's: the caller is never told which part of it was wrong."""

    def __init__(self, reason: str) -> None:
        super().__init__("unauthorized", "the credential is not accepted", headers=(("WWW-Authenticate", CHALLENGE),))
        self.reason = reason
