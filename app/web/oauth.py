"""The token endpoint: access tokens for holders of API keys, and their revocation.

In charge of the form of requests and answers: OAuth 2.0's client credentials (RFC 6749, 4.4), revocation (RFC 7009), and the
metadata that lets clients find both (RFC 8414). It must not know what a token holds.

Errors of the grant have the form that OAuth's clients read, and are no problem documents. What is not OAuth's to say (too many
attempts, a state that is away) is a problem as everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any, Final
from urllib.parse import unquote_plus

from flask import Blueprint, Response, request
from werkzeug.datastructures import Authorization

from app.callers.own_tokens import GrantError, OwnTokens
from app.exchange import Answer
from app.gateway import Gateway
from app.web.bridge import own_url
from app.web.exchanges import NO_STORE, Exchange, exchanged, json_answer

NAME: Final = "oauth"
TOKEN: Final = "/oauth/token"  # noqa: S105  # a path
REVOKE: Final = "/oauth/revoke"
METADATA: Final = "/.well-known/oauth-authorization-server"

_FORM: Final = "application/x-www-form-urlencoded"
_GRANT: Final = "client_credentials"
_METHODS: Final = ("client_secret_basic", "client_secret_post")
_CHALLENGE: Final = (("WWW-Authenticate", 'Basic realm="bascule", charset="UTF-8"'),)  # RFC 6749, 5.2; RFC 7617

Form = Mapping[str, str]


def blueprint(gateway: Gateway, tokens: OwnTokens) -> Blueprint:
    """The endpoints of a gateway that gives out tokens."""
    endpoints = Blueprint(NAME, __name__)

    @endpoints.post(TOKEN)
    def token() -> Response:
        """A token for a key."""
        return exchanged(gateway, _answered(lambda exchange, form: _grant(tokens, exchange, form)))

    @endpoints.post(REVOKE)
    def revoke() -> Response:
        """The end of a token."""
        return exchanged(gateway, _answered(lambda exchange, form: _revoke(tokens, exchange, form)))

    @endpoints.get(METADATA)
    def metadata() -> Response:
        """Where what is."""
        base = gateway.settings.base_url or own_url(request.environ)
        return exchanged(gateway, lambda _: json_answer(_metadata(base)))

    return endpoints


def _answered(ask: Callable[[Exchange, Form], Answer]) -> Callable[[Exchange], Answer]:
    """What the endpoint says to a form, or the error in OAuth's form."""

    def answer(exchange: Exchange) -> Answer:
        try:
            return ask(exchange, _form())
        except GrantError as error:
            exchange.reason = error.reason
            if error.code == "invalid_client":
                exchange.count_stranger(error.reason)
            return json_answer(error.document(), error.status, _CHALLENGE if error.status == 401 else ())

    return answer


def _grant(tokens: OwnTokens, exchange: Exchange, form: Form) -> Answer:
    if "grant_type" not in form:
        raise GrantError("invalid_request", "grant_type is missing")
    if form["grant_type"] != _GRANT:
        raise GrantError("unsupported_grant_type")
    _admit(tokens, exchange, form)
    return json_answer(tokens.grant(exchange.caller, form.get("scope")))


def _revoke(tokens: OwnTokens, exchange: Exchange, form: Form) -> Answer:
    """The end of a token; that it is over already, or none of ours, is no error (RFC 7009, 2.2)."""
    if "token" not in form:
        raise GrantError("invalid_request", "token is missing")
    _admit(tokens, exchange, form)
    tokens.revoke(form["token"])
    return Answer(200, b"", "", NO_STORE)


def _admit(tokens: OwnTokens, exchange: Exchange, form: Form) -> None:
    """Let a client pass, within the limits of its key. Raises GrantError, or ProblemError 429."""
    exchange.caller = tokens.client(*_client(form), exchange.inbound.client)
    limits = exchange.gateway.limits
    if limits is not None:
        exchange.headers = limits.admit(exchange.caller, monotonic())


def _form() -> Form:
    """The parameters of the body; an empty one is as good as none (RFC 6749, 3.2). Raises GrantError."""
    if request.mimetype != _FORM:
        raise GrantError("invalid_request", f"the body must be {_FORM}")
    if request.query_string:
        raise GrantError("invalid_request", "parameters stand in the body; an address is written down on its way")
    if any(len(values) > 1 for _, values in request.form.lists()):
        raise GrantError("invalid_request", "a parameter stands twice")
    return {name: value for name, value in request.form.items() if value}


def _client(form: Form) -> tuple[str, str]:
    """Id and secret of the client, said in one of two ways (RFC 6749, 2.3.1). Raises GrantError."""
    header = request.authorization
    if "Authorization" not in request.headers:
        if "client_id" not in form or "client_secret" not in form:
            raise GrantError("invalid_client", "client_id and client_secret are missing", "no credentials")
        return form["client_id"], form["client_secret"]
    if "client_secret" in form:
        raise GrantError("invalid_request", "the client says who it is in two ways")
    identifier, secret = _basic(header)
    if form.get("client_id", identifier) != identifier:
        raise GrantError("invalid_request", "the client says two ids")
    return identifier, secret


def _basic(header: Authorization | None) -> tuple[str, str]:
    if header is None or header.type != "basic" or not header.username or not header.password:
        raise GrantError("invalid_client", reason="the Authorization header is not Basic")
    return unquote_plus(header.username), unquote_plus(header.password)


def _metadata(base: str) -> dict[str, Any]:
    return {
        "issuer": base,
        "token_endpoint": f"{base}{TOKEN}",
        "token_endpoint_auth_methods_supported": list(_METHODS),
        "grant_types_supported": [_GRANT],
        "response_types_supported": [],
        "revocation_endpoint": f"{base}{REVOKE}",
        "revocation_endpoint_auth_methods_supported": list(_METHODS),
    }
