"""Bytes that are no honest request, and what has to become of them: one table, sent to the gateway and through its proxy.

The requests are for the shop of `tests/shop.py`. Where one request hides another, the hidden one asks for the item `HIDDEN`,
whose name `CANARY` must not appear in anything that comes back.
"""

from __future__ import annotations

from dataclasses import dataclass

HIDDEN, CANARY = b"0003", b"Valve"
HOST = b"Host: shop.example\r\n"
GET = b"GET /v1/items/0001 HTTP/1.1\r\n"
POST = b"POST /v1/items HTTP/1.1\r\n"
SMUGGLED = b"GET /v1/items/" + HIDDEN + b" HTTP/1.1\r\n" + HOST + b"\r\n"
CHUNKED = POST + HOST + b"Transfer-Encoding: chunked\r\n"
SECRET = b"canary-4f9Zk2Qa"


@dataclass(frozen=True)
class Row:
    """Bytes, the statuses that come back on their connection, and whether it is closed then.

    `ends`: the client sends no more afterwards, and says so.
    """

    name: str
    sent: bytes
    statuses: tuple[int, ...]
    closes: bool = True
    ends: bool = False


def _length(value: bytes) -> bytes:
    return POST + HOST + b"Content-Length: " + value + b"\r\n\r\n" + SMUGGLED


def _coding(field: bytes) -> bytes:
    return POST + HOST + field + b"\r\n\r\n0\r\n\r\n" + SMUGGLED


def _target(target: bytes, method: bytes = b"GET") -> bytes:
    return method + b" " + target + b" HTTP/1.1\r\n" + HOST + b"\r\n"


def _header(line: bytes) -> bytes:
    return GET + HOST + line + b"\r\n\r\n"


LENGTHS = (
    Row(
        "CL.TE",
        POST + HOST + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG" + SMUGGLED,
        (400,),
    ),
    Row(
        "TE.CL",
        CHUNKED + b"Content-Length: 4\r\n\r\n%x\r\n" % len(SMUGGLED) + SMUGGLED + b"\r\n0\r\n\r\n",
        (400,),
    ),
    Row("TE.TE, a coding of no name", CHUNKED + b"Transfer-Encoding: x\r\n\r\n0\r\n\r\n" + SMUGGLED, (501,)),
    Row("TE.TE, twice", CHUNKED + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED, (400,)),
    Row("TE of nearly the name", _coding(b"Transfer-Encoding: xchunked"), (501,)),
    Row("TE that ends with identity", _coding(b"Transfer-Encoding: chunked, identity"), (400,)),
    Row("TE without chunked", _coding(b"Transfer-Encoding: gzip"), (400,)),
    Row("TE, space before the colon", _coding(b"Transfer-Encoding : chunked"), (400,)),
    Row("TE, vertical tab", _coding(b"Transfer-Encoding: \x0bchunked"), (400,)),
    Row("TE in HTTP/1.0", _coding(b"Transfer-Encoding: chunked").replace(b"HTTP/1.1", b"HTTP/1.0", 1), (400,)),
    Row("CL, two that differ", _length(b"0\r\nContent-Length: %d" % len(SMUGGLED)), (400,)),
    Row("CL, two alike", _length(b"0\r\nContent-Length: 0"), (400,)),
    Row("CL, a list", _length(b"0, 0"), (400,)),
    Row("CL with a plus", _length(b"+0"), (400,)),
    Row("CL below zero", _length(b"-1"), (400,)),
    Row("CL in hexadecimal", _length(b"0x10"), (400,)),
    Row("CL, a digit that is not ASCII", _length(b"\xb2"), (400,)),
    Row("CL, empty", _length(b""), (400,)),
    Row("CL that Connection names", _header(b"Connection: Content-Length\r\nContent-Length: 0"), (200,), closes=False),
    Row("CL with an underscore", _header(b"Content_Length: %d" % len(SMUGGLED)) + _header(b"X: y"), (200, 200), False),
    Row("a body that is a request", _length(b"%d" % len(SMUGGLED)), (405,), closes=False),
    Row(
        "GET with a body",
        GET + HOST + b"Content-Length: %d\r\n\r\n" % len(SMUGGLED) + SMUGGLED + _header(b"X: y"),
        (200, 200),
        closes=False,
    ),
    Row(
        "GET with a chunked body",
        GET + HOST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" + _header(b"X: y"),
        (200, 200),
        closes=False,
    ),
    Row("a body that ends early", POST + HOST + b"Content-Length: 10\r\n\r\nabc", (405,), ends=True),
    Row("a body that is too large", POST + HOST + b"Content-Length: 2000000\r\n\r\n" + SMUGGLED, (413,)),
    Row(
        "a body in gzip",
        POST + HOST + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08",
        (405,),
        closes=False,
    ),
)

CHUNKS = (
    Row(
        "extension that may be",
        CHUNKED + b"\r\n3;a=b\r\nabc\r\n0\r\n\r\n" + _header(b"X: y"),
        (405, 200),
        closes=False,
    ),
    Row("extension with a bare LF", CHUNKED + b"\r\n3;a\nb\r\nabc\r\n0\r\n\r\n" + SMUGGLED, (405,)),
    Row("extension with a bare CR", CHUNKED + b"\r\n3;a\rb\r\nabc\r\n0\r\n\r\n" + SMUGGLED, (405,)),
    Row("size with a prefix", CHUNKED + b"\r\n0x3\r\nabc\r\n0\r\n\r\n" + SMUGGLED, (405,)),
    Row("size that overflows", CHUNKED + b"\r\nffffffffffffffff1\r\nabc\r\n0\r\n\r\n" + SMUGGLED, (405,), ends=True),
    Row("more than its size", CHUNKED + b"\r\n2\r\nabc\r\n0\r\n\r\n" + SMUGGLED, (405,)),
    Row("LF alone", CHUNKED + b"\r\n3\nabc\n0\n\n" + SMUGGLED, (405,)),
    Row("trailer that changes the host", CHUNKED + b"\r\n0\r\nHost: other.example\r\n\r\n" + SMUGGLED, (405,)),
    Row("truncated", CHUNKED + b"\r\n5\r\nab", (405,), ends=True),
    Row("without an end", CHUNKED + b"\r\n3\r\nabc\r\n0\r\n", (405,), ends=True),
)

LINES = (
    Row("bare LF", b"GET /v1/items/0001 HTTP/1.1\nHost: shop.example\n\n", (400,)),
    Row("bare LF between headers", _header(b"X: a\nTransfer-Encoding: chunked"), (400,)),
    Row("bare CR between headers", _header(b"X: a\rTransfer-Encoding: chunked"), (400,)),
    Row("obs-fold", _header(b"X: a\r\n b"), (400,)),
    Row("folded first header", GET + b" X: a\r\n" + HOST + b"\r\n", (400,)),
    Row("NUL in a header", _header(b"X: a\x00b"), (400,)),
    Row("NUL in a header's name", _header(b"X\x00: a"), (400,)),
    Row("header without a colon", _header(b"Authorization Bearer " + SECRET), (400,)),
    Row("header without a name", _header(b": " + SECRET), (400,)),
    Row("control character in a secret", _header(b"Authorization: Bearer \x07" + SECRET), (400,)),
    Row("header of 100 kB", _header(b"X: " + b"a" * 100_000), (431,)),
    Row("header of 600 kB that goes on", GET + HOST + b"X: " + b"a" * 600_000, (431,), ends=True),
    Row("1000 headers", _header(b"\r\n".join(b"X-%d: a" % number for number in range(1000))), (431,)),
    Row("an expectation", _header(b"Expect: tea"), (417,)),
    Row("an empty line first", b"\r\n" + _header(b"X: y"), (200,), closes=False),
    Row("two empty lines first", b"\r\n\r\n" + _header(b"X: y"), (400,)),
)

HOSTS = (
    Row("no Host", GET + b"\r\n", (400,), closes=False),
    Row("empty Host", GET + b"Host: \r\n\r\n", (400,), closes=False),
    Row("no Host in HTTP/1.0", b"GET /v1/items/0001 HTTP/1.0\r\n\r\n", (200,)),
    Row("two Hosts", GET + HOST + b"Host: other.example\r\n\r\n", (400,)),
    Row("two Hosts alike", GET + HOST + HOST + b"\r\n", (400,)),
    Row("a list of hosts", GET + b"Host: shop.example, other.example\r\n\r\n", (400,), closes=False),
    Row("a host with a user", GET + b"Host: shop.example@other.example\r\n\r\n", (400,), closes=False),
    Row("a host with a path", GET + b"Host: shop.example/x\r\n\r\n", (400,), closes=False),
    Row("absolute form", _target(b"http://shop.example/v1/items/0001"), (200,), closes=False),
    Row("absolute form of another host", _target(b"http://other.example/v1/items/0001"), (400,), closes=False),
    Row("absolute form with a user", _target(b"http://a@shop.example/v1/items/0001"), (400,), closes=False),
    Row("absolute form of another scheme", _target(b"ftp://shop.example/v1/items/0001"), (400,), closes=False),
    Row("absolute form without a scheme", _target(b"://shop.example/v1/items/0001"), (400,), closes=False),
    Row("absolute form that cannot be read", _target(b"http://[shop.example/v1/items"), (400,)),
    Row("authority form", _target(b"shop.example:80"), (400,)),
    Row("CONNECT", _target(b"shop.example:80", b"CONNECT") + SMUGGLED, (400,)),
)

TARGETS = (
    Row("NUL", _target(b"/v1/items/\x00"), (400,)),
    Row("NUL, encoded", _target(b"/v1/items/%00"), (400,), closes=False),
    Row("8 bits", _target(b"/v1/items/\xff"), (400,)),
    Row("8 bits, encoded", _target(b"/v1/items/%ff"), (400,), closes=False),
    Row("a percent sign alone", _target(b"/v1/items/%zz"), (404,), closes=False),
    Row("a header in the path, encoded", _target(b"/v1/items/x%0d%0aX-Evil:%201"), (422,), closes=False),
    Row("a tab", b"GET\t/v1/items/0001\tHTTP/1.1\r\n" + HOST + b"\r\n", (400,)),
    Row("two spaces", b"GET  /v1/items/0001 HTTP/1.1\r\n" + HOST + b"\r\n", (400,)),
    Row("a fragment", _target(b"/v1/items/0001#x"), (422,), closes=False),
    Row("two slashes first", _target(b"//other.example/v1/items/0001"), (404,), closes=False),
    Row("dots", _target(b"/v1/../v1/items/0001"), (404,), closes=False),
    Row("an asterisk", _target(b"*"), (400,)),
)

PROTOCOLS = (
    Row("HTTP/0.9", b"GET /v1/items/0001\r\n\r\n", (400,)),
    Row("HTTP/1.10", GET.replace(b"1.1\r", b"1.10\r") + HOST + b"\r\n", (400,)),
    Row("HTTP/3.0", GET.replace(b"1.1\r", b"3.0\r") + HOST + b"\r\n", (400,)),
    Row("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400,)),
    Row(
        "an upgrade to HTTP/2",
        _header(b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__"),
        (200,),
        closes=False,
    ),
    Row("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 100 + b"\r\n", (400,)),
    Row("PROXY protocol", b"PROXY TCP4 203.0.113.9 127.0.0.1 1 2\r\n" + GET + HOST + b"\r\n", (400,)),
    Row("a method in lower case", _target(b"/v1/items/0001", b"get"), (400,)),
    Row("a method that is no token", _target(b"/v1/items/0001", b"G\x00T"), (400,)),
    Row(
        "TRACE", _target(b"/v1/items", b"TRACE").replace(b"\r\n\r\n", b"\r\nX: " + SECRET + b"\r\n\r\n"), (405,), False
    ),
    *(
        Row(
            f"a method in {name.decode()}",
            POST + HOST + name + b": GET\r\nContent-Length: 0\r\n\r\n",
            (405,),
            closes=False,
        )
        for name in (b"X-HTTP-Method-Override", b"X-HTTP-Method", b"X-Method-Override")
    ),
)

CORPUS = {
    "length": LENGTHS,
    "chunk": CHUNKS,
    "line": LINES,
    "host": HOSTS,
    "target": TARGETS,
    "protocol": PROTOCOLS,
}
ROWS = {f"{kind}: {row.name}": row for kind, rows in CORPUS.items() for row in rows}
