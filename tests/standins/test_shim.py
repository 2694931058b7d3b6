"""The shim edits what the two ends misread, and nothing else."""

from __future__ import annotations

import struct

import pytest

from tests.standins.as400.shim import ERRORS, to_driver, to_server, whole_requests

_ACCRDB, _DSCSQLSTT, _OPNQRY = 0x2001, 0x2008, 0x200C


def _parameter(name: int, value: bytes) -> bytes:
    return struct.pack(">HH", len(value) + 4, name) + value


def _request(command: int, *parameters: bytes) -> bytes:
    body = b"".join(parameters)
    return struct.pack(">HBBHHH", len(body) + 10, 0xD0, 0x01, 1, len(body) + 4, command) + body


def _area(code: int, state: bytes, module: bytes = b"CSS10140") -> bytes:
    return b"\x24\x08\x00" + struct.pack(">i", code) + state + module + b"the rest"


_PRODUCT = _parameter(0x112E, b"SQL12014")
_OTHER = _parameter(0x2110, b"S10ABC12")


def test_the_product_and_the_answer_s_form_are_replaced() -> None:
    """Derby serves a client that it knows; its answer is one that IBM's driver can read; the rest stays."""
    request = _request(_ACCRDB, _OTHER, _PRODUCT, _parameter(0x213B, b"\xf1"))
    assert to_server(request) == _request(_ACCRDB, _OTHER, _parameter(0x112E, b"DNC10010"), _parameter(0x213B, b"\xf0"))


def test_a_product_in_ebcdic_stays_in_ebcdic() -> None:
    """Before the two have agreed on a code page, names are in 500."""
    request = _request(_ACCRDB, _parameter(0x112E, "SQL12014".encode("cp500")))
    assert to_server(request) == _request(_ACCRDB, _parameter(0x112E, "DNC10010".encode("cp500")))


def test_a_parameter_that_derby_does_not_know_is_left_out() -> None:
    """And the lengths before it are made right."""
    assert to_server(_request(_DSCSQLSTT, _OTHER, _parameter(0x215B, b"12345678"))) == _request(_DSCSQLSTT, _OTHER)


def test_other_requests_go_through() -> None:
    """A command that both understand is not touched, even if it has a parameter of those names."""
    request = _request(_OPNQRY, _PRODUCT, _parameter(0x215B, b"12345678"))
    assert to_server(request) == request


def test_requests_are_edited_however_they_are_cut() -> None:
    """Bytes come as the network gives them; a request is edited when it is whole."""
    first, second = _request(_ACCRDB, _PRODUCT), _request(_OPNQRY, _OTHER)
    whole = to_server(first) + second
    for cut in range(len(first + second)):
        ready, waiting = whole_requests((first + second)[:cut])
        rest, nothing = whole_requests(waiting + (first + second)[cut:])
        assert (ready + rest, nothing) == (whole, b"")


def test_what_is_no_drda_goes_through() -> None:
    """Nothing is held back that is not understood."""
    assert whole_requests(b"GET / HTTP/1.0\r\n\r\n") == (b"GET / HTTP/1.0\r\n\r\n", b"")


@pytest.mark.parametrize(("state", "known"), ERRORS.items())
def test_derby_s_error_becomes_db2_s(state: bytes, known: tuple[int, bytes]) -> None:
    """Code and SQLSTATE change in place; no length does."""
    reply = b"before" + _area(-1, state) + b"after"
    assert to_driver(reply) == b"before" + _area(known[0], known[1]) + b"after"


@pytest.mark.parametrize(
    "reply", [_area(-1, b"99999"), _area(-1, b"42X05", b"SQL12014"), _area(-1, b"42X05")[:12], b""]
)
def test_other_replies_go_through(reply: bytes) -> None:
    """States that nobody maps, areas of another module, and the beginning of one."""
    assert to_driver(reply) == reply
