"""The way to a host: its name, its ports, and TLS on them.

In charge of telling apart the ways in which that fails, each within so many seconds. It must not speak any database's
protocol: a connection is opened and closed, which no server takes for a log-in.
"""

from __future__ import annotations

import errno
import socket
import ssl
import threading
from collections.abc import Callable
from typing import Final, TypeVar

from adapters.port import Finding

T = TypeVar("T")

_NO_ROUTE: Final = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN}


def resolves(host: str, seconds: float) -> Finding:
    """Whether a host's name leads to an address. An address leads to itself."""
    try:
        addresses = _within(seconds, lambda: _addresses(host))
    except TimeoutError:
        text = f"the name {host}: no answer from the name server within {seconds:g} s"
        return Finding("name", "failed", text, ("look at the name servers of this machine: /etc/resolv.conf",))
    except (OSError, UnicodeError) as error:
        mend = ("correct the host in gateway.yaml,", f"or have the name made known: getent hosts {host}")
        return Finding("name", "failed", f"the name {host} does not resolve\n{_words(error)}", mend)
    text = f"host {host}" if addresses == [host] else f"host {host} is {', '.join(addresses)}"
    return Finding("name", "ok", text)


def port_answers(host: str, port: int, seconds: float, what: str, start: tuple[str, ...] = ()) -> Finding:
    """Whether something takes connections at a port, where `what` should; `start` are the steps that start that.

    A port that refuses, one that is silent, and a host that no way leads to are different things to mend.
    """
    place = f"port {port} of {host} ({what})"
    mend: tuple[str, ...]
    try:
        socket.create_connection((host, port), timeout=seconds).close()
    except TimeoutError:
        mend = (f"have the firewalls between here and {host} let TCP {port} through,", "or see whether the host is up")
        return Finding("port", "failed", f"{place} is silent: no answer within {seconds:g} s", mend)
    except ConnectionRefusedError:
        mend = start or ("start it on the host, or correct the port in gateway.yaml",)
        return Finding("port", "failed", f"{place} refuses: the host is up, and nothing listens there", mend)
    except OSError as error:
        if error.errno in _NO_ROUTE:
            mend = ("look at this machine's routes and its VPN:", f"ip route get {host}")
            return Finding("port", "failed", f"{place}: no way leads to the host\n{_words(error)}", mend)
        return Finding("port", "failed", f"{place} cannot be reached\n{_words(error)}")
    return Finding("port", "ok", f"{place} answers")


def speaks_tls(host: str, port: int, seconds: float) -> Finding:
    """Whether a port speaks TLS, and whether this machine trusts its certificate.

    A driver keeps its own list of whom it trusts, so that a certificate unknown to this machine is only a warning.
    """
    try:
        return Finding(
            "tls", "ok", f"{_handshake(host, port, seconds, ssl.create_default_context())}, trusted certificate"
        )
    except ssl.SSLCertVerificationError as error:
        reason = error.verify_message or str(error)
    except (OSError, ssl.SSLError) as error:
        mend = ("see which certificate and protocols the host offers:", f"openssl s_client -connect {host}:{port}")
        return Finding("tls", "failed", f"port {port} of {host} does not speak TLS with us\n{_words(error)}", mend)
    mend = (
        "have the driver trust the authority that signed it:",
        f"openssl s_client -showcerts -connect {host}:{port}",
    )
    return Finding("tls", "warning", f"TLS, with a certificate that this machine does not trust: {reason}", mend)


def _handshake(host: str, port: int, seconds: float, context: ssl.SSLContext) -> str:
    with (
        socket.create_connection((host, port), timeout=seconds) as plain,
        context.wrap_socket(plain, server_hostname=host) as secured,
    ):
        return secured.version() or "TLS"


def _addresses(host: str) -> list[str]:
    """The addresses of a host, in the order in which they are tried, each once."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _within(seconds: float, work: Callable[[], T]) -> T:
    """What `work` gives, or TimeoutError: a name server's silence cannot be cut short otherwise."""
    results: list[T] = []
    errors: list[Exception] = []

    def attempt() -> None:
        try:
            results.append(work())
        except (OSError, UnicodeError) as error:
            errors.append(error)

    thread = threading.Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not results:
        raise TimeoutError
    return results[0]


def _words(error: Exception) -> str:
    """The operating system's own words."""
    return (isinstance(error, OSError) and error.strerror) or str(error)
