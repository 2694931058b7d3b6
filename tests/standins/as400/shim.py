"""What stands between IBM's Db2 driver and Derby's network server: both speak DRDA, each its own dialect of it.

In charge of making the two understand each other, and of Db2's own error codes in place of Derby's. It must not know SQL.
The error codes are a disguise: they prove that the gateway reads Db2's codes, and not that Db2 for i sends them there.

    python -m tests.standins.as400.shim LISTEN TARGET    two ports of 127.0.0.1

To the server, three edits of a request:

- ACCRDB, PRDID: Derby serves only clients whose product is called `DNC…`.
- ACCRDB, TRGDFTRT: where it is true, Derby's answer nests its parameters in a way that IBM's driver refuses.
- DSCSQLSTT: QRYINSID is a parameter that Derby does not know.

To the driver, one: the code and the SQLSTATE in an SQLCA, in place, as both have the same width.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
import sys
from collections.abc import Callable, Iterator
from typing import Final

# Code points of DRDA, Volume 3.
_ACCRDB: Final = 0x2001
_DSCSQLSTT: Final = 0x2008
_PRDID: Final = 0x112E
_TRGDFTRT: Final = 0x213B
_QRYINSID: Final = 0x215B

_DSS_HEADER: Final = 6  # length, magic, format, correlation
_MAGIC: Final = 0xD0
_CONTINUED: Final = 0x8000
_CHUNK: Final = 65536

_SQLCARD: Final = b"\x24\x08\x00"  # the code point SQLCARD, and the sign that a communication area follows
_MODULE: Final = b"CSS"  # how the names of Derby's modules begin

ERRORS: Final[dict[bytes, tuple[int, bytes]]] = {
    b"42X05": (-204, b"42704"),
    b"42Y07": (-204, b"42704"),
    b"42Y55": (-204, b"42704"),
    b"42X04": (-206, b"42703"),
    b"42X01": (-104, b"42601"),
    b"40XL1": (-913, b"57033"),
    b"40XL2": (-913, b"57033"),
    b"40001": (-911, b"40001"),
    b"23505": (-803, b"23505"),
    b"23502": (-407, b"23502"),
    b"42Y03": (-440, b"42884"),
    b"22001": (-433, b"22001"),
    b"22003": (-802, b"22003"),
    b"22012": (-801, b"22012"),
    b"42502": (-551, b"42501"),
    b"XCL52": (-952, b"57014"),
}
"""Derby's SQLSTATE to the code and the SQLSTATE that Db2 has for it."""


def to_server(request: bytes) -> bytes:
    """A whole request, with what Derby cannot read taken out or replaced."""
    length, code = struct.unpack_from(">HH", request, _DSS_HEADER)
    if code not in {_ACCRDB, _DSCSQLSTT} or length != len(request) - _DSS_HEADER:
        return request
    body = b"".join(
        struct.pack(">HH", len(value) + 4, name) + value
        for name, value in (_edited(code, *each) for each in _parameters(request[_DSS_HEADER + 4 :]))
        if (code, name) != (_DSCSQLSTT, _QRYINSID)
    )
    head = struct.pack(">H", len(body) + _DSS_HEADER + 4) + request[2:_DSS_HEADER]
    return head + struct.pack(">HH", len(body) + 4, code) + body


def _edited(command: int, name: int, value: bytes) -> tuple[int, bytes]:
    if command == _ACCRDB and name == _PRDID:
        return name, "DNC10010".encode("ascii" if value.startswith(b"SQL") else "cp500")
    if command == _ACCRDB and name == _TRGDFTRT:
        return name, b"\xf0"
    return name, value


def _parameters(body: bytes) -> Iterator[tuple[int, bytes]]:
    """The parameters of a command: code point and value."""
    start = 0
    while start + 4 <= len(body):
        length, name = struct.unpack_from(">HH", body, start)
        if length < 4 or start + length > len(body):
            return
        yield name, body[start + 4 : start + length]
        start += length


def to_driver(reply: bytes) -> bytes:
    """Some bytes of replies, with Db2's code and SQLSTATE in each communication area that has Derby's."""
    found = reply.find(_SQLCARD)
    while found >= 0 and found + 20 <= len(reply):
        known = ERRORS.get(reply[found + 7 : found + 12])
        if known and reply[found + 12 : found + 15] == _MODULE:
            code, state = known
            reply = reply[: found + 3] + struct.pack(">i", code) + state + reply[found + 12 :]
        found = reply.find(_SQLCARD, found + len(_SQLCARD))
    return reply


def whole_requests(buffer: bytes) -> tuple[bytes, bytes]:
    """The requests that a buffer holds, edited, and the beginning of the next one.

    From a request on that is continued, or that is no DRDA, everything goes through as it is.
    """
    edited = b""
    while len(buffer) >= _DSS_HEADER:
        (length,) = struct.unpack_from(">H", buffer)
        if length & _CONTINUED or buffer[2] != _MAGIC or length < _DSS_HEADER + 4:
            return edited + buffer, b""
        if len(buffer) < length:
            break
        edited, buffer = edited + to_server(buffer[:length]), buffer[length:]
    return edited, buffer


async def _pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, edit: Callable[[bytes], tuple[bytes, bytes]]
) -> None:
    """Carry bytes one way until there are no more; `edit` gives what goes on, and what waits for more."""
    waiting = b""
    with contextlib.suppress(OSError):
        while data := await reader.read(_CHUNK):
            ready, waiting = edit(waiting + data)
            writer.write(ready)
            await writer.drain()
    writer.close()


async def _serve(target: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", target)
    except OSError:
        writer.close()
        return
    await asyncio.gather(
        _pump(reader, server_writer, whole_requests),
        _pump(server_reader, writer, lambda reply: (to_driver(reply), b"")),
    )


async def _run(listen: int, target: int) -> None:
    server = await asyncio.start_server(lambda *streams: _serve(target, *streams), "127.0.0.1", listen)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_run(int(sys.argv[1]), int(sys.argv[2])))
