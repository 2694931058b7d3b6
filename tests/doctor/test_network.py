"""The way to a host: each way in which it fails is told apart, over real sockets where that can be."""

from __future__ import annotations

import errno
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from adapters.diagnosis import port_answers, resolves, speaks_tls

HOST = "127.0.0.1"
PATIENCE = 30.0  # seconds; for a machine with much else to do


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A port of this machine that takes connections and says nothing."""
    with closing(socket.socket()) as found:
        found.bind((HOST, 0))
        found.listen(1)
        yield found


def _port(listener: socket.socket) -> int:
    port: int = listener.getsockname()[1]
    return port


def test_a_port_that_answers(listener: socket.socket) -> None:
    """Something listens: that is all that is known, and all that is said."""
    port = _port(listener)
    assert port_answers(HOST, port, PATIENCE, "database").text == f"port {port} of {HOST} (database) answers"


def test_a_port_that_refuses() -> None:
    """Nothing listens on a host that is up: the step is to start it there."""
    with closing(socket.socket()) as bound:
        bound.bind((HOST, 0))  # taken, and not listened at
        found = port_answers(HOST, _port(bound), PATIENCE, "database", ("STRHOSTSVR SERVER(*DATABASE)",))
    assert (found.state, found.mend) == ("failed", ("STRHOSTSVR SERVER(*DATABASE)",))
    assert "refuses" in found.text


def test_a_port_that_is_silent(listener: socket.socket) -> None:
    """A connection that nobody takes up gets no answer, as behind a firewall that drops it."""
    with ExitStack() as waiting:
        for _ in range(8):  # more than the listener's queue holds: the kernel drops what comes after
            one = waiting.enter_context(closing(socket.socket()))
            one.setblocking(False)
            one.connect_ex((HOST, _port(listener)))
        found = port_answers(HOST, _port(listener), 0.3, "database")
    assert found.state == "failed"
    assert "silent: no answer within 0.3 s" in found.text
    assert any("firewall" in step for step in found.mend)


@pytest.mark.parametrize(("code", "words"), [(errno.EHOSTUNREACH, "no way leads"), (errno.EACCES, "cannot be reached")])
def test_a_host_without_a_way(monkeypatch: pytest.MonkeyPatch, code: int, words: str) -> None:
    """What the operating system says of the network is passed on in its own words."""

    def refuse(*_arguments: Any, **_named: Any) -> Any:
        raise OSError(code, "the system's words")

    monkeypatch.setattr(socket, "create_connection", refuse)
    found = port_answers("erp.example", 1433, 5.0, "database")
    assert words in found.text
    assert "the system's words" in found.text


def test_an_address_is_its_own_name() -> None:
    """An address needs no name server."""
    assert resolves(HOST, PATIENCE).text == f"host {HOST}"


def test_a_name_is_shown_with_its_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each address once, in the order in which a connection tries them."""
    rows = [(0, 0, 0, "", (address, 0)) for address in ("192.0.2.7", "192.0.2.8", "192.0.2.7")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_arguments, **_named: rows)
    assert resolves("erp.example", PATIENCE).text == "host erp.example is 192.0.2.7, 192.0.2.8"


@pytest.mark.parametrize("host", ["nowhere.invalid", "a" * 64 + ".example", "."])
def test_a_name_that_does_not_resolve(host: str) -> None:
    """RFC 6761 keeps `.invalid` free of hosts; a label of 64 letters cannot even be asked for."""
    found = resolves(host, PATIENCE)
    assert (found.step, found.state) == ("name", "failed")
    assert host in found.mend[-1]


def test_a_silent_name_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """The resolver's own patience is longer than ours."""
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_arguments, **_named: over.wait(30) and [])
    found = resolves("erp.example", 0.05)
    over.set()
    assert "no answer from the name server within 0.05 s" in found.text


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for localhost, with its key, that nobody vouches for."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl to make a certificate with")
    path = tmp_path / "server.pem"
    made = f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout {path}.key -out {path}.crt"
    subprocess.run(made.split(), check=True, capture_output=True)
    path.write_text(Path(f"{path}.key").read_text() + Path(f"{path}.crt").read_text())
    return path


def _serve(listener: socket.socket, certificate: Path) -> threading.Thread:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def shake() -> None:
        connection, _ = listener.accept()
        with closing(connection):
            try:
                context.wrap_socket(connection, server_side=True).close()
            except OSError:  # the client does not like the certificate
                return

    thread = threading.Thread(target=shake, daemon=True)
    thread.start()
    return thread


def test_a_certificate_that_nobody_vouches_for(listener: socket.socket, certificate: Path) -> None:
    """That is a warning: the driver may know whom this machine does not."""
    server = _serve(listener, certificate)
    found = speaks_tls("localhost", _port(listener), PATIENCE)
    server.join(PATIENCE)
    assert found.state == "warning"
    assert "does not trust" in found.text


def test_a_trusted_certificate(listener: socket.socket, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The protocol is named."""
    monkeypatch.setenv("SSL_CERT_FILE", f"{certificate}.crt")
    server = _serve(listener, certificate)
    found = speaks_tls("localhost", _port(listener), PATIENCE)
    server.join(PATIENCE)
    assert (found.state, found.text) == ("ok", "TLSv1.3, trusted certificate")


def test_a_port_that_speaks_something_else(listener: socket.socket) -> None:
    """A server without TLS, or one that hangs up, is not a warning."""

    def hang_up() -> None:
        connection, _ = listener.accept()
        connection.sendall(b"220 ready\r\n")
        connection.close()

    server = threading.Thread(target=hang_up, daemon=True)
    server.start()
    found = speaks_tls("localhost", _port(listener), PATIENCE)
    server.join(PATIENCE)
    assert (found.step, found.state) == ("tls", "failed")
