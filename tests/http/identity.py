"""An identity provider on this machine: OpenID Connect's authorization code flow with PKCE, for one person who always consents."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote_plus, urlencode, urlsplit

from tests.callers.issuing import AUDIENCE, claims, jwk, private_key, signed

KEY = private_key("ES256", "identity")
CLIENT = "bascule console"


@dataclass
class Provider:
    """The provider. `scope` is what it grants, `changes` what its tokens say else, `secret` that of a confidential client."""

    url: str = ""
    scope: str = "openid bascule:admin"
    secret: str = ""
    changes: dict[str, Any] = field(default_factory=dict)
    identity: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, Any] = field(default_factory=dict)
    configuration: dict[str, Any] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    redeemed: list[dict[str, str]] = field(default_factory=list)

    def security(self) -> str:
        """What a contract says of it."""
        return f"security: {{issuers: {{staff: {{issuer: '{self.url}', audience: '{AUDIENCE}'}}}}}}\n"

    def settings(self) -> dict[str, str]:
        """What the operator sets for it."""
        secret = {"console_client_secret": self.secret} if self.secret else {}
        return {"console_issuer": "staff", "console_client_id": CLIENT, **secret}

    def page(self, path: str) -> tuple[int, dict[str, str], Any]:
        """What it answers to GET: status, headers, body."""
        if path == "/.well-known/openid-configuration":
            return 200, {}, {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
                **self.configuration,
            }  # fmt: skip
        if path == "/keys":
            return 200, {}, {"keys": [jwk(KEY, "ES256", kid="first")]}
        if path.startswith("/authorize?"):
            asked = _plain(urlsplit(path).query)
            self.asked.append(asked)
            back = urlencode({"code": f"code-{len(self.asked)}", "state": asked["state"], "iss": self.url})
            return 302, {"Location": f"{asked['redirect_uri']}?{back}"}, {}
        return 404, {}, {}

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, str], Any]:
        """What it answers at its token endpoint."""
        self.redeemed.append(form)
        asked = self.asked[int(form["code"].removeprefix("code-")) - 1]
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        proved = base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == asked["code_challenge"]
        basic = base64.b64encode(f"{quote_plus(CLIENT)}:{quote_plus(self.secret)}".encode()).decode()
        known = authorization == f"Basic {basic}" if self.secret else form.get("client_id") == CLIENT
        if not (proved and known and form["redirect_uri"] == asked["redirect_uri"]):
            return 400, {}, {"error": "invalid_grant"}
        now = int(time.time())
        common = {"iss": self.url, "iat": now, "exp": now + 600, "sub": "olga"}
        identity = {"aud": CLIENT, "scope": None, "nonce": asked["nonce"], **self.identity}
        tokens = {
            "access_token": self._signed(claims(**{**common, "scope": self.scope, **self.changes})),
            "id_token": self._signed(claims(**{**common, **identity}), typ="JWT"),
        }
        return 200, {}, {**tokens, "token_type": "Bearer", "expires_in": 600, **self.answer}

    @staticmethod
    def _signed(said: dict[str, Any], **header: Any) -> str:
        return signed(said, KEY, "ES256", kid="first", **header)


def _plain(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}


@contextmanager
def provider() -> Iterator[Provider]:
    """A running provider, stopped at the end."""
    made = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(*made.page(self.path))

        def do_POST(self) -> None:
            form = _plain(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self._send(*made.token(form, self.headers.get("Authorization", "")))

        def _send(self, status: int, headers: dict[str, str], document: Any) -> None:
            body = json.dumps(document).encode()
            self.send_response(status)
            for name, value in {
                "Content-Type": "application/json",
                "Content-Length": str(len(body)),
                **headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{listener.server_port}"
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield made
    finally:
        listener.shutdown()
        thread.join()
        listener.server_close()
