"""Networks that a key may be used from, in both families of addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.callers.networks import network, within

LISTED = tuple(map(network, ("10.0.0.0/8", "192.0.2.7", "2001:db8::/32", "::ffff:172.16.0.0/108")))


@pytest.mark.parametrize(
    ("client", "inside"),
    [
        ("10.255.0.1", True),
        ("11.0.0.1", False),
        ("192.0.2.7", True),
        ("192.0.2.8", False),
        ("2001:db8:1::5", True),
        ("2001:db9::5", False),
        ("::ffff:10.1.2.3", True),
        ("::ffff:0a01:0203", True),
        ("::ffff:11.1.2.3", False),
        ("::10.1.2.3", False),  # the old "compatible" form is nobody's client
        ("172.16.5.5", True),
        ("::ffff:172.31.0.1", True),
        ("172.32.0.1", False),
        ("2001:db8::1%eth0", True),
        ("", False),
        ("unknown", False),
        ("10.0.0.1:443", False),
        ("010.0.0.1", False),  # octal to some programs: nobody's address
        ("10.0.0.1 ", False),
    ],
)
def test_who_is_within(client: str, inside: bool) -> None:  # noqa: FBT001  # a table's column
    """A client is within a network of its own family, mapped addresses counted as IPv4; what is no address is in none."""
    assert within(client, LISTED) is inside


@given(st.ip_addresses(v=4))
def test_a_mapped_address_is_the_address(client: object) -> None:
    """Whatever list there is, the two forms of an IPv4 client get the same answer."""
    assert within(str(client), LISTED) is within(f"::ffff:{client}", LISTED)


@given(st.text())
def test_no_text_provokes_an_error(client: str) -> None:
    """A client's address may come from a proxy that writes anything."""
    assert within(client, [network("0.0.0.0/0"), network("::/0")]) in {True, False}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("10.0.0.1/8", "did you mean '10.0.0.0/8'?"),
        ("2001:db8::1/32", "did you mean '2001:db8::/32'?"),
        ("10.0.0.0/33", "expected an address"),
        ("10.0.0", "expected an address"),
        ("plant 3", "expected an address"),
    ],
)
def test_what_is_no_network_is_said(text: str, said: str) -> None:
    """The text is named, with what was meant."""
    with pytest.raises(ValueError, match="is no network") as caught:
        network(text)
    assert said in str(caught.value)
    assert repr(text) in str(caught.value)
