"""The project's nginx configuration, run: TLS, addresses, slow clients, smuggling, sizes, and what outsiders do not see."""

from __future__ import annotations

import gzip
import json
import re
import ssl
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.settings import Settings
from app.web import bridge, surface
from app.web.addresses import Proxies
from app.web.server import Address, Process, gunicorn_settings
from tests import shop
from tests.adapters.guard.fakes import eventually
from tests.deploy.nginx import CONFIGURATION, NAME, Nginx, required_nginx, trusting
from tests.deploy.upstream import Upstream, upstream
from tests.security.corpus import GET, HOST, POST, ROWS, SECRET
from tests.security.raw import Connection, Reply, connected
from tests.serving.running import PATIENCE, Running, free_port

SLOW = {
    "heads": b"GET /v1/unfinished HTTP/1.1\r\n" + HOST + b"X-Slow: ",
    "bodies": b"POST /v1/unfinished HTTP/1.1\r\n" + HOST + b"Content-Length: 1000\r\n\r\nabc",
    "readers": b"GET /static/scalar-1.72.1.js HTTP/1.1\r\n" + HOST + b"\r\n",
}
CROWD = 20
KEEPS_OR_NOT = pytest.mark.parametrize("keeps", [False, True], ids=["passes", "keeps"])
SETTINGS = {"BASCULE_TRUSTED_PROXIES": "127.0.0.1", "BASCULE_HOSTS": NAME, "BASCULE_LOG_LEVEL": "debug"}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The shop, served by two threads."""
    required_nginx()
    folder = tmp_path_factory.mktemp("gateway")
    options = ("--workers", "1", "--threads", "2")
    started = Running.start(shop.build(folder / "shop"), folder / "log", *options, settings=SETTINGS)
    yield started
    started.end()


@pytest.fixture(scope="module", params=[False, True], ids=["passes", "keeps"])
def nginx(
    request: pytest.FixtureRequest, gateway: Running, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Nginx]:
    """nginx before the gateway: as it is, and where it keeps public answers."""
    started = Nginx.start(tmp_path_factory.mktemp("nginx"), gateway.port, keeps=request.param)
    yield started
    started.end()


@pytest.fixture(params=[False, True], ids=["passes", "keeps"])
def behind(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Nginx, Upstream]]:
    """nginx before a server that keeps what it is sent."""
    with upstream() as found:
        started = Nginx.start(tmp_path, found.port, keeps=request.param)
        yield started, found
        started.end()


def asked(nginx: Nginx, request: bytes, source: str = "127.0.0.1") -> Reply:
    """The answer to a request over TLS."""
    with connected(nginx.secure, nginx.tls, source) as connection:
        connection.send(request)
        reply = connection.reply()
    assert reply is not None
    return reply


def got(nginx: Nginx, target: str, *headers: str, method: str = "GET") -> Reply:
    """The answer to a request for a target."""
    return asked(nginx, "\r\n".join([f"{method} {target} HTTP/1.1", f"Host: {NAME}", *headers, "", ""]).encode())


def serves(nginx: Nginx, source: str = "127.0.0.1") -> bool:
    """Whether a client gets the item that it asks for."""
    reply = asked(nginx, GET.replace(b"0001", b"0002") + HOST + b"\r\n", source)
    return reply.status == 200 and b'"0002"' in reply.body


@contextmanager
def crowd(port: int, sent: bytes, sources: Sequence[str], tls: ssl.SSLContext | None) -> Iterator[list[Connection]]:
    """Clients that have sent this, and then neither send nor read anything."""
    with ExitStack() as stack:
        found = [stack.enter_context(connected(port, tls, source, window=4096)) for source in sources]
        for connection in found:
            connection.send(sent)
        yield found


def test_https_is_served_and_stays(nginx: Nginx) -> None:
    """An answer comes over TLS, its standing headers once each, and links lead back to where it came from."""
    reply = got(nginx, "/v1/items/0001")
    assert (reply.status, json.loads(reply.body)["name"]) == (200, "Spring")
    for name, value in (*surface.ANSWER, *surface.TLS):
        assert reply.headers.get_all(name) == [value]
    assert json.loads(got(nginx, "/v1/none").body)["type"] == f"https://{NAME}/problems/not-found"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("protocol", ["h2", "http/1.1"])
def test_protocols_that_are_offered(nginx: Nginx, version: ssl.TLSVersion, protocol: str) -> None:
    """TLS 1.2 and 1.3, with HTTP/2 for clients that ask for it."""
    context = trusting(nginx.folder / "certificate.pem", protocol)
    context.minimum_version = context.maximum_version = version
    with connected(nginx.secure, context) as connection:
        assert isinstance(connection.wire, ssl.SSLSocket)
        assert connection.wire.selected_alpn_protocol() == protocol
        assert connection.wire.version() == version.name.replace("_", ".")


def test_plain_http_leads_to_tls(nginx: Nginx) -> None:
    """Port 80 redirects; a request that carries a key or a token in the clear is refused instead."""
    for line, status in ((b"", 308), (b"X-Api-Key: k\r\n", 403), (b"Authorization: Bearer t\r\n", 403)):
        with connected(nginx.plain) as connection:
            connection.send(b"GET /v1/items?limit=1 HTTP/1.1\r\n" + HOST + line + b"\r\n")
            reply = connection.reply()
        assert reply is not None
        assert reply.status == status
        assert reply.headers["Location"] == (f"https://{NAME}/v1/items?limit=1" if status == 308 else None)


def test_another_name_is_not_served(nginx: Nginx) -> None:
    """Another name in Host is 421; another name in TLS, or none, gets no certificate to look at."""
    assert asked(nginx, GET + b"Host: other.example\r\n\r\n").status == 421
    with pytest.raises(ssl.SSLError), connected(nginx.secure) as connection:
        nginx.tls.wrap_socket(connection.wire, server_hostname="other.example")


def test_the_clients_address_arrives(behind: tuple[Nginx, Upstream]) -> None:
    """Whatever a client says of itself, the pipeline is told the address, scheme and host that nginx saw."""
    nginx, found = behind
    said = (
        b"X-Forwarded-For: 198.51.100.1\r\nX-Forwarded-Proto: gopher\r\nX-Forwarded-Host: evil.example\r\n"
        b"Forwarded: for=198.51.100.1;host=evil.example\r\nX_Forwarded_For: 198.51.100.2\r\n"
    )
    asked(nginx, b"GET /v1/items/a%2Fb?x=%20 HTTP/1.1\r\n" + HOST + said + b"\r\n", source="127.0.0.9")
    assert found.line == "GET /v1/items/a%2Fb?x=%20 HTTP/1.1", "the raw target is passed on"
    assert found.headers.get_all("X-Forwarded-For") == ["127.0.0.9"]
    assert "evil" not in found.heads[-1]
    assert "198.51.100" not in found.heads[-1]
    environ: dict[str, Any] = {
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in found.headers.items()},
        "REQUEST_METHOD": "GET", "RAW_URI": found.line.split()[1], "SERVER_NAME": "inside", "SERVER_PORT": "8080",
        "REMOTE_ADDR": "127.0.0.1", "wsgi.url_scheme": "http",
    }  # fmt: skip
    Proxies("127.0.0.1").apply(environ)
    inbound = bridge.inbound(environ, "")
    assert (inbound.client, inbound.base_url) == ("127.0.0.9", f"https://{NAME}")


@pytest.mark.parametrize(("given", "kept"), [("mine-1", True), ("a b", False), ("x" * 65, False), ("", False)])
def test_a_request_has_one_identifier(nginx: Nginx, given: str, kept: bool) -> None:  # noqa: FBT001  # a table's column
    """A decent identifier of the caller's goes all the way; else nginx makes one, and writes it to its log."""
    found = got(nginx, "/v1/items/0001", f"X-Request-Id: {given}").headers["X-Request-Id"]
    assert (found == given) is kept
    eventually(lambda: found in nginx.log())  # it writes the line once the answer is away


@pytest.mark.parametrize("slow", SLOW)
def test_slow_clients_take_no_thread(nginx: Nginx, gateway: Running, slow: str) -> None:
    """Twenty clients that send or read no further, before a gateway of two threads: others are served as if alone.

    The gateway never hears of a request that has not come to its end.
    """
    sources = [f"127.0.1.{number}" for number in range(1, CROWD + 1)]
    with crowd(nginx.secure, SLOW[slow], sources, nginx.tls):
        assert [serves(nginx) for _ in range(5)] == [True] * 5
    assert "/v1/items/0002" in gateway.log()
    assert "/v1/unfinished" not in gateway.log()


def test_an_answer_is_taken_at_once(tmp_path: Path) -> None:
    """A long answer leaves the gateway whole while its client reads nothing: more of it than any socket holds."""
    size = 40_000_000
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % size
    with upstream(head + bytes(size)) as found:
        nginx = Nginx.start(tmp_path, found.port)
        try:
            with crowd(nginx.secure, GET + HOST + b"\r\n", ["127.0.0.1"], nginx.tls):
                assert found.rid.wait(PATIENCE)
        finally:
            nginx.end()


def test_without_nginx_they_would(gateway: Running) -> None:
    """Such clients at the gateway itself hold both of its threads: the test above would notice.

    It gives each of them up after some seconds; those that stand behind them hold its threads for longer than any test waits.
    """
    with crowd(gateway.port, SLOW["bodies"], ["127.0.0.1"] * CROWD, None) as slow, connected(gateway.port) as good:
        good.wire.settimeout(1.0)
        good.send(GET + HOST + b"\r\n")
        with pytest.raises(TimeoutError):
            good.wire.recv(1)
        for connection in slow:
            connection.send(b"", ends=True)
        good.wire.settimeout(PATIENCE)
        assert good.wire.recv(12) == b"HTTP/1.1 200"


def test_one_address_has_its_share(nginx: Nginx) -> None:
    """Twenty requests of one address may be in progress; the next is 429 with a problem, and others are not touched."""
    begun = POST + HOST + b"Expect: 100-continue\r\nContent-Length: 1000\r\n\r\n"
    with crowd(nginx.secure, begun, ["127.0.2.1"] * CROWD, nginx.tls) as slow:
        assert {connection.reading.readline() for connection in slow} == {b"HTTP/1.1 100 Continue\r\n"}
        reply = asked(nginx, GET + HOST + b"\r\n", "127.0.2.1")
        assert (reply.status, reply.headers["Content-Type"]) == (429, "application/problem+json")
        assert serves(nginx, "127.0.2.2")


@pytest.mark.parametrize("name", ROWS)
def test_nobody_gets_anothers_answer(nginx: Nginx, name: str) -> None:
    """Beside and after each row of the corpus, on connections that nginx shares, another client gets its own item."""
    with connected(nginx.secure, nginx.tls) as attacker:
        attacker.send(ROWS[name].sent)
        assert serves(nginx)
    assert serves(nginx)


def test_the_corpus_breaks_nothing(nginx: Nginx, gateway: Running) -> None:
    """After the whole corpus no answer was a failure (501 and 505 are refusals), and no log has a secret."""
    for row in ROWS.values():
        with connected(nginx.secure, nginx.tls) as attacker:
            attacker.send(row.sent)
    assert serves(nginx)
    answered = [line.split() for line in (nginx.folder / "bascule.log").read_text(encoding="utf-8").splitlines()]
    assert {fields[3] for fields in answered if fields[3].startswith("5")} <= {"501", "505"}
    assert "Traceback" not in gateway.log()
    assert SECRET.decode() not in nginx.log() + gateway.log()


def test_the_log_keeps_no_secret(nginx: Nginx) -> None:
    """Neither path nor query nor credentials stand in nginx's log."""
    secret = "canary-in-a-path"  # which the gateway's own log may have, at `debug`
    got(nginx, f"/v1/items/{secret}?name={secret}", f"Authorization: Bearer {secret}")
    assert secret not in nginx.log()


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (POST + HOST + b"Content-Length: 1048577\r\n\r\n", 413),
        (GET + HOST + b"X: " + b"a" * 40_000 + b"\r\n\r\n", 431),
        (b"GET /v1/items?name=" + b"x" * 40_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
        (b"GET /v1/items/%00 HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (GET + HOST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"GET /bascule-problem HTTP/1.1\r\n" + HOST + b"\r\n", 404),
    ],
    ids=["body", "header", "line", "path", "length", "its own place"],
)
def test_what_nginx_refuses_is_a_problem(nginx: Nginx, request_: bytes, status: int) -> None:
    """nginx's own refusals have the form and the headers of the gateway's, and name an identifier."""
    reply = asked(nginx, request_)
    assert (reply.status, reply.headers["Content-Type"]) == (status, "application/problem+json")
    assert json.loads(reply.body)["status"] == status
    assert json.loads(reply.body)["title"] != "Error"
    for name, value in (*surface.ANSWER, *surface.TLS):
        assert reply.headers.get_all(name) == [value]
    assert reply.headers["X-Request-Id"]


def test_the_bounds_fit_the_gateways() -> None:
    """A body as large as the gateway takes, a line as long as it reads; idle connections that nginx gives up first."""
    text = CONFIGURATION.read_text(encoding="utf-8")
    settings = Settings()
    gunicorn = gunicorn_settings(Process(Address("127.0.0.1", 8080)), settings)
    (megabytes,) = re.findall(r"^ +client_max_body_size (\d+)m;", text, re.MULTILINE)
    (kilobytes,) = re.findall(r"^ +large_client_header_buffers 4 (\d+)k;", text, re.MULTILINE)
    (idle,) = re.findall(r"^ +keepalive_timeout (\d+)s; +# less than the gateway", text, re.MULTILINE)
    assert int(megabytes) * 2**20 == settings.max_body_bytes
    assert int(kilobytes) * 2**10 > gunicorn["limit_request_line"] > gunicorn["limit_request_field_size"]
    assert int(idle) < gunicorn["keepalive"]


def test_a_long_query_gets_the_gateways_own_problem(nginx: Nginx) -> None:
    """A query that is a little too long reaches the gateway, as without nginx."""
    reply = got(nginx, "/v1/items?name=" + "x" * 20_000)
    assert (reply.status, json.loads(reply.body)["code"]) == (414, "query-too-long")


@pytest.mark.parametrize(
    "target",
    ["/readyz", "/readyz/", "/readyz?x", "/%72eadyz", "//readyz", "/v1/../readyz", "/readyz;x", "/livez/..%2freadyz"],
)
def test_readiness_is_not_for_outsiders(nginx: Nginx, target: str) -> None:
    """How the sources are is not told outside, however the path is written; that the process lives is."""
    reply = got(nginx, target)
    assert reply.status == 404
    assert b"sources" not in reply.body
    assert got(nginx, "/livez").status == 200


def test_long_answers_are_compressed(nginx: Nginx) -> None:
    """A document goes out in gzip to who takes it, and caches know that it does."""
    reply = got(nginx, "/v1/openapi.json", "Accept-Encoding: gzip")
    assert reply.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in reply.headers["Vary"]
    assert json.loads(gzip.decompress(reply.body))["openapi"].startswith("3.1")


@KEEPS_OR_NOT
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_request_is_sent_once(method: str, keeps: bool, tmp_path: Path) -> None:  # noqa: FBT001  # a table's column
    """A gateway that hangs up in the middle of a request is not asked a second time."""
    with upstream(answer=b"") as found:
        nginx = Nginx.start(tmp_path, found.port, keeps=keeps)
        try:
            reply = got(nginx, "/v1/items", "Content-Length: 0", method=method)
        finally:
            nginx.end()
    assert (reply.status, reply.headers["Content-Type"]) == (502, "application/problem+json")
    assert len(found.heads) == 1


@KEEPS_OR_NOT
def test_a_gateway_that_is_down_is_a_problem(keeps: bool, tmp_path: Path) -> None:  # noqa: FBT001  # a table's column
    """Where nothing listens, clients get 502 in the usual form."""
    nginx = Nginx.start(tmp_path, free_port(), keeps=keeps)
    try:
        reply = got(nginx, "/v1/items")
    finally:
        nginx.end()
    assert (reply.status, json.loads(reply.body)["title"]) == (502, "Bad Gateway")
