"""One folder served twice, with the lane and without: what is sent to one is sent to the other, and what comes back is compared.

Times, and identifiers that the gateway makes, differ between any two answers; everything else on the wire has to be the same.
"""

from __future__ import annotations

import re
import time
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.security.raw import Connection, connected
from tests.serving.running import Running

LAST = b"GET /v1/items/0002 HTTP/1.1\r\nHost: shop.example\r\nX-Request-Id: the-last-one\r\n\r\n"
LAST_REPLY = re.compile(rb"X-Request-Id: the-last-one\r\n(?:[^\r\n]+\r\n)*\r\n\{[^}]*\}")
PAUSE = 0.005  # seconds between two pieces, so that they are read as two; where they are not, the test holds less

TIMELESS: Mapping[re.Pattern[bytes], bytes] = {
    re.compile(pattern): said
    for pattern, said in (
        (rb"(?m)^Date: [A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT\r$", b"Date: now\r"),
        (rb"(?m)^Data-As-Of: [-0-9T:]+Z\r$", b"Data-As-Of: then\r"),
        (rb"(?m)^Age: \d+\r$", b"Age: some\r"),
        (rb"(?m)^Server-Timing: [-a-z0-9=.;, ]+\r$", b"Server-Timing: some\r"),
        (rb"(?m)^(Cache-Status: .*ttl)=-?\d+", rb"\1=some"),
        (rb"(?m)^(RateLimit: .*);r=\d+;t=\d+", rb"\1;r=some;t=some"),
        (rb"\b[0-9a-f]{16}\b", b"an-identifier"),
    )
}


@dataclass(frozen=True)
class Heard:
    """What came back, without times; and whether the connection was closed."""

    said: bytes
    closed: bool


@dataclass(frozen=True)
class Both:
    """The folder with the lane, and without."""

    on: Running
    off: Running

    @classmethod
    def start(cls, folder: Path, logs: Path, settings: Mapping[str, str] | None = None) -> Both:
        """Serve the folder twice, by one worker each."""
        settings = {**(settings or {}), "PYTHONHASHSEED": "1"}  # Flask lists methods in the order of a set
        on = Running.start(folder, logs / "on.log", "--workers", "1", settings=settings, patiently=True)
        try:
            options = ("--workers", "1", "--lane", "off")
            off = Running.start(folder, logs / "off.log", *options, settings=settings, patiently=True)
        except BaseException:
            on.end()
            raise
        return cls(on, off)

    def end(self) -> tuple[int, int]:
        """Stop both; how many requests the lane has answered, and how many there were."""
        self.off.end()
        self.on.end()
        found = re.search(r"the lane has answered (\d+) of (\d+) requests", self.on.log())
        assert found is not None, self.on.log()
        assert "the lane has answered" not in self.off.log()
        return int(found[1]), int(found[2])

    def alike(self, *pieces: bytes) -> Heard:
        """What both say to the pieces, on a connection of their own; fails where they differ."""
        on, off = heard(self.on.port, pieces), heard(self.off.port, pieces)
        assert on == off, f"with the lane, and without, to {pieces!r}"
        return on


def address_of(pieces: Sequence[bytes]) -> str:
    """Where they come from: the same comes from the same address. What an address may try in vain within a while is never all used up.

    Either gateway would count it by a clock of its own.
    """
    return "127.1.{}.{}".format(*divmod(zlib.crc32(b"".join(pieces)) % 65_536, 256))


def heard(port: int, pieces: Sequence[bytes]) -> Heard:
    """What a gateway says to the pieces, and then to a last request that asks for nothing unusual."""
    with connected(port, source=address_of(pieces)) as connection:
        for piece in pieces:
            connection.send(piece)
            if len(pieces) > 1:
                time.sleep(PAUSE)
        said = _until(connection, re.compile(rb"\r\n\r\n"), b"")
        connection.send(LAST)
        said = _until(connection, LAST_REPLY, said)
    timeless = said.replace(b":%d" % port, b":PORT")
    for pattern, spelled in TIMELESS.items():
        timeless = pattern.sub(spelled, timeless)
    return Heard(timeless, LAST_REPLY.search(said) is None)


def _until(connection: Connection, pattern: re.Pattern[bytes], said: bytes) -> bytes:
    """Read until the pattern has come, or the end."""
    while not pattern.search(said):
        try:
            more = connection.wire.recv(65_536)
        except ConnectionError:
            return said
        if not more:
            return said
        said += more
    return said
