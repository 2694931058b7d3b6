"""The surface: what every answer carries and what no request gets past, outside of both doors.

In charge of the standing headers, of CORS, of the host that was asked for, of who is believed about the client's address, and
of the size of requests. It must not know what a path means.

    request  trusted proxies -> one host, and one that is served -> size -> preflight -> the doors
    answer   nosniff, no referrer, no other site's page or frame, a Content-Security-Policy; over TLS, for TLS only

`Cross-Origin-Resource-Policy: same-origin` goes with CORS: it is asked only where a page embeds an answer without CORS, as
an image or a script, and that is nobody's business; what a listed origin fetches is decided by CORS alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from operator import itemgetter
from time import monotonic
from typing import Any

from app.exchange import Answer
from app.gateway import Gateway
from app.observations import Served
from app.pipeline import problem_answer
from app.problems import ProblemError
from app.settings import Settings
from app.stages import record
from app.web import addresses, cors
from app.web.bridge import STATUS, inbound, media_headers

Environ = dict[str, Any]
Headers = tuple[tuple[str, str], ...]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]
Dressing = Callable[[list[tuple[str, str]]], list[tuple[str, str]]]

POLICY = "Content-Security-Policy"
EVERYWHERE: Headers = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
ANSWER: Headers = (*EVERYWHERE, (POLICY, "default-src 'none'; frame-ancestors 'none'"))
PAGE: Headers = (  # a page says its own policy: it knows what it loads
    *EVERYWHERE,
    ("Permissions-Policy", "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
# A year, for this host alone: the hosts below it are not the gateway's to bind.
TLS: Headers = (("Strict-Transport-Security", "max-age=31536000"),)
PROBES = frozenset({"/livez", "/readyz"})  # a load balancer asks for these by address, and they say nothing of a host

_NAME = itemgetter(0)


@dataclass(frozen=True)
class Rules:
    """What the operator has set. No host named: any is served."""

    proxies: addresses.Proxies
    hosts: frozenset[str]
    origins: Mapping[str, Headers]
    max_body_bytes: int

    @classmethod
    def of(cls, settings: Settings) -> Rules:
        """The rules in force. Raises BadSetting for a network, a host name or an origin that is none."""
        return cls(
            addresses.Proxies(settings.trusted_proxies),
            addresses.names(settings.hosts),
            cors.origins(settings.cors_origins),
            settings.max_body_bytes,
        )


class Surface:
    """WSGI middleware before `application`. `methods` are those of a path; none: there is no such path.

    `port` stands before the path of what is refused, where it is told. Raises BadSetting.
    """

    def __init__(
        self,
        gateway: Gateway,
        application: Application,
        methods: Callable[[str], Iterable[str]],
        port: str = "",
    ) -> None:
        self.gateway = gateway
        self.application = application
        self.methods = methods
        self.port = port
        self.rules = Rules.of(gateway.settings)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer what is refused and what is asked beforehand; hand on anything else."""
        refusal = self.refusal(environ)
        begin = self._begin(environ, start_response)
        if refusal is not None:
            return self._refuse(refusal, environ, begin)
        if environ["REQUEST_METHOD"] == "OPTIONS" and self._is_preflight(environ):
            methods = sorted(self.methods(environ["PATH_INFO"]))
            if methods:
                begin(STATUS[204], list(cors.preflight(methods)))
                return ()
        return self.application(environ, begin)

    def refusal(self, environ: Environ) -> ProblemError | None:
        """Why the request is not to be answered at all, if so. From now on its environment says what trusted proxies say."""
        whole = addresses.consistent(environ)
        self.rules.proxies.apply(environ)
        try:
            self._check(environ, whole=whole)
        except ProblemError as error:
            return error
        return None

    def dressing(self, environ: Environ) -> Dressing:
        """What makes an answer's headers those that are sent. What it adds is settled before the answer is."""
        origins = self.rules.origins
        crossing = origins.get(environ.get("HTTP_ORIGIN", ""), ())
        more = (*crossing, *TLS) if environ["wsgi.url_scheme"] == "https" else crossing

        def dress(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
            standing = PAGE if POLICY in map(_NAME, headers) else ANSWER
            answered = cors.varied(headers) if origins else headers
            return [*answered, *standing, *more]

        return dress

    def _check(self, environ: Environ, *, whole: bool) -> None:
        """Raise ProblemError for a request that is not to be answered at all."""
        if not whole:
            raise ProblemError("malformed-request", "The request names no host, not one alone, or what can be no host.")
        hosts = self.rules.hosts
        if (
            hosts
            and environ["PATH_INFO"] not in PROBES
            and addresses.host_name(environ.get("HTTP_HOST", "")) not in hosts
        ):
            raise ProblemError("misdirected-host")
        length = environ.get("CONTENT_LENGTH") or "0"
        if not (length.isascii() and length.isdigit()):
            raise ProblemError("malformed-request", "The request's Content-Length is no number.")
        if int(length) > self.rules.max_body_bytes:
            raise ProblemError("request-too-large", f"{length} bytes; at most {self.rules.max_body_bytes} are taken")

    def _is_preflight(self, environ: Environ) -> bool:
        return "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ and environ.get("HTTP_ORIGIN") in self.rules.origins

    def _begin(self, environ: Environ, start_response: StartResponse) -> StartResponse:
        """`start_response`, with the headers that the surface adds."""
        dress = self.dressing(environ)

        def begin(status: str, headers: list[tuple[str, str]], *failure: Any) -> Any:
            return start_response(status, dress(headers), *failure)

        return begin

    def _refuse(self, error: ProblemError, environ: Environ, begin: StartResponse) -> Iterable[bytes]:
        """The problem. Its links do not repeat the host that was asked for: it may be anybody's."""
        found = replace(inbound(environ, ""), base_url=self.gateway.settings.base_url)
        answer = problem_answer(error, found)
        took = monotonic() - found.received
        code, status = error.problem.code, answer.status
        path = self.port + record.path_of(found, None)
        self.gateway.observatory.tell(Served(found.request_id, found.method, path, status, took, (), code))
        begin(STATUS[status], [*_framed(answer), ("X-Request-Id", found.request_id)])
        return () if found.method == "HEAD" else (answer.body,)


def _framed(answer: Answer) -> Headers:
    return (*media_headers(answer.media_type), *answer.headers, ("Content-Length", str(len(answer.body))))
