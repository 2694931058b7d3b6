"""Who asks, and under which name: what trusted proxies may say, and what nobody else may."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.settings import BadSetting
from app.web import addresses, bridge
from app.web.addresses import Proxies

TRUSTED = "10.0.0.0/8, 127.0.0.1, 2001:db8:1::/48"
STRANGER = "203.0.113.7"


def environ(**more: str) -> dict[str, Any]:
    """A WSGI environment of a request from a trusted proxy."""
    return {
        "REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": "/", "SERVER_NAME": "inside", "SERVER_PORT": "8080",
        "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "inside:8080", "REMOTE_ADDR": "10.0.0.5", "wsgi.url_scheme": "http",
        **more,
    }  # fmt: skip


def inbound(trusted: str, **more: str) -> tuple[str, str]:
    """The client and the base of links that the pipeline is told."""
    asked = environ(**more)
    Proxies(trusted).apply(asked)
    found = bridge.inbound(asked, "")
    return found.client, found.base_url


@pytest.mark.parametrize(
    ("chain", "client"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("203.0.113.7, 10.1.2.3", "203.0.113.7"),
        ("198.51.100.1,203.0.113.7,10.1.2.3,127.0.0.1", "203.0.113.7"),
        ("10.9.9.9, 10.1.2.3", "10.9.9.9"),
        ("203.0.113.7:54321", "203.0.113.7"),
        ("[2001:db8::7]:54321", "2001:db8::7"),
        ("2001:DB8:0:0::7", "2001:db8::7"),
        ("203.0.113.7, 2001:db8:1::5", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("203.0.113.7, ::ffff:10.1.2.3", "203.0.113.7"),
        ("203.0.113.7, unknown", "10.0.0.5"),
        ("203.0.113.7, unknown, 10.1.2.3", "10.1.2.3"),
        ("203.0.113.7, ", "10.0.0.5"),
        ("127.0.0.1' OR 1=1", "10.0.0.5"),
        ("", "10.0.0.5"),
    ],
)
def test_the_client_is_the_first_stranger_from_the_right(chain: str, client: str) -> None:
    """What a stranger wrote to the left of itself counts for nothing; what cannot be read ends the chain."""
    assert inbound(TRUSTED, HTTP_X_FORWARDED_FOR=chain)[0] == client


@settings(max_examples=100)
@given(st.text(alphabet="0123456789abcdef.:, []%unkow", max_size=60))
def test_a_stranger_cannot_choose_its_address(written: str) -> None:
    """Whatever a client sends as X-Forwarded-For: the proxy appends whom it was asked by, and that is the client."""
    assert inbound(TRUSTED, HTTP_X_FORWARDED_FOR=f"{written}, {STRANGER}")[0] == STRANGER


@pytest.mark.parametrize("trusted", ["", "192.0.2.0/24"])
def test_who_is_not_trusted_is_not_believed(trusted: str) -> None:
    """Neither address nor scheme nor host is taken from a peer that no setting names."""
    said = {
        "HTTP_X_FORWARDED_FOR": STRANGER,
        "HTTP_X_FORWARDED_PROTO": "https",
        "HTTP_X_FORWARDED_HOST": "evil.example",
        "HTTP_FORWARDED": f"for={STRANGER};proto=https;host=evil.example",
    }
    assert inbound(trusted, **said) == ("10.0.0.5", "http://inside:8080")


def test_forwarded_is_never_read() -> None:
    """RFC 7239's header means nothing, even from a trusted proxy: it may have come from the client as it is."""
    assert inbound(TRUSTED, HTTP_FORWARDED=f"for={STRANGER};proto=https;host=evil.example") == (
        "10.0.0.5",
        "http://inside:8080",
    )


@pytest.mark.parametrize(
    ("scheme", "host", "base"),
    [
        ("https", "api.example.com", "https://api.example.com"),
        ("HTTPS", "", "https://inside:8080"),
        ("http, https", "evil.example, api.example.com", "https://api.example.com"),
        ("gopher", "", "http://inside:8080"),
        ("", "", "http://inside:8080"),
        ("https", 'a"><script>', "https://inside:8080"),
    ],
)
def test_links_start_with_what_the_proxy_was_asked(scheme: str, host: str, base: str) -> None:
    """Scheme and host are those that the nearest proxy says; what is none is not taken."""
    assert inbound(TRUSTED, HTTP_X_FORWARDED_PROTO=scheme, HTTP_X_FORWARDED_HOST=host)[1] == base


@pytest.mark.parametrize(
    ("peer", "client"),
    [("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("fe80::1%eth0", "fe80::1"), ("::1", "::1")],
)
def test_the_peer_is_the_client(peer: str, client: str) -> None:
    """Without trusted proxies the client is who is connected, in the form that networks are compared with."""
    assert inbound("", REMOTE_ADDR=peer)[0] == client


@pytest.mark.parametrize("text", ["10.0.0.1/8", "proxy.example", "*", "10.0.0.0/33", "10.0.0.5:80"])
def test_what_is_no_network_is_refused(text: str) -> None:
    """A network that cannot be meant stops the start, by name."""
    with pytest.raises(BadSetting, match=r"BASCULE_TRUSTED_PROXIES: '.+'.*expected addresses or networks"):
        Proxies(f"127.0.0.1, {text}")


@pytest.mark.parametrize("text", ["https://api.example.com", "api.example.com:443", "*", "a b", "api.example.com/v1"])
def test_what_is_no_host_name_is_refused(text: str) -> None:
    """A host name with a scheme, a port or a path stops the start: it would never be met."""
    with pytest.raises(BadSetting, match=r"BASCULE_HOSTS: '.+' is no host name"):
        addresses.names(f"localhost, {text}")


def test_host_names_have_no_case() -> None:
    """Names are compared in lower case; an IPv6 address keeps its brackets."""
    assert addresses.names("API.Example.com, [::1] ,") == {"api.example.com", "[::1]"}
    assert addresses.host_name("Api.example.COM:8443") == "api.example.com"
    assert addresses.host_name("[::1]:8080") == "[::1]"


@pytest.mark.parametrize(
    ("given", "holds"),
    [
        ({}, True),
        ({"RAW_URI": "/v1/orders"}, True),
        ({"RAW_URI": "*"}, True),
        ({"RAW_URI": "HTTP://Inside:8080/v1/orders?x=1"}, True),
        ({"RAW_URI": "https://inside:8080"}, True),
        ({"RAW_URI": "http://inside/v1/orders"}, False),
        ({"RAW_URI": "http://evil.example/v1/orders"}, False),
        ({"RAW_URI": "http://evil.example?@inside:8080/"}, False),
        ({"RAW_URI": "ftp://inside:8080/"}, False),
        ({"RAW_URI": ""}, False),
        ({"HTTP_HOST": ""}, False),
        ({"HTTP_HOST": "a, b"}, False),
        ({"HTTP_HOST": "a@b"}, False),
    ],
)
def test_one_host_is_named(given: dict[str, str], holds: bool) -> None:  # noqa: FBT001  # a table's column
    """A target in absolute form names the host that Host does, and Host can be one (RFC 9112, 3.2)."""
    assert addresses.consistent(environ(**given)) is holds


@pytest.mark.parametrize(("protocol", "holds"), [("HTTP/1.0", True), ("HTTP/1.1", False)])
def test_only_old_clients_may_name_no_host(protocol: str, holds: bool) -> None:  # noqa: FBT001  # a table's column
    """HTTP/1.1 requires Host; HTTP/1.0 does not know it."""
    asked = environ(SERVER_PROTOCOL=protocol)
    del asked["HTTP_HOST"]
    assert addresses.consistent(asked) is holds
