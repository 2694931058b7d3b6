"""A TCP proxy between a gateway and a database, that does to connections what networks and sick hosts do.

In charge of carrying bytes in the manner that it was last told, in a thread of its own; any thread may tell it. It must not
know what the bytes mean, so it serves every database.

    clear           bytes pass
    latency(s)      what the server says comes so many seconds late
    slow(n)         the server's bytes come at n a second
    BLACK_HOLE      nothing passes in either direction, the end of a connection included: it is half-open
    DEAF, MUTE      the same for one direction: the server hears nothing, or is not heard
    REFUSING        new connections are reset
    SILENT          new connections are accepted and hear nothing: a log-in hangs. Old ones go on
    RESETTING       a connection, new or old, is reset when the next byte comes

What is held back is not lost: it goes on when the line is clear again, as TCP's retransmission has it. `forget` makes the
connections of the moment half-open for good, as a firewall does that has dropped them from its table.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, Self, TypeVar

T = TypeVar("T")
Direction = Literal["up", "down"]

_PIECE: Final = 65_536  # bytes read at once
_TICKS: Final = 10  # pieces a second of a slow line
_START_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Line:
    """How bytes are carried. `late` in seconds and `rate` in bytes a second are those of the server's bytes."""

    late: float = 0.0
    rate: int | None = None
    held: frozenset[Direction] = frozenset()
    newcomers: Literal["served", "refused", "unheard"] = "served"
    resets: bool = False


CLEAR: Final = Line()
BLACK_HOLE: Final = Line(held=frozenset({"up", "down"}))
DEAF: Final = Line(held=frozenset({"up"}))
MUTE: Final = Line(held=frozenset({"down"}))
REFUSING: Final = Line(newcomers="refused")
SILENT: Final = Line(newcomers="unheard")
RESETTING: Final = Line(resets=True)


def latency(seconds: float) -> Line:
    """What the server says comes so many seconds late."""
    return Line(late=seconds)


def slow(rate: int) -> Line:
    """What the server says comes at so many bytes a second."""
    return Line(rate=rate)


@dataclass(eq=False, slots=True)
class _Link:
    """One connection through the proxy. `forgotten`: nothing passes any more, whatever the line."""

    client: asyncio.StreamWriter
    forgotten: bool = False


class FaultProxy:
    """Carries connections from a port of its own to `upstream`, a port of this machine. Used as a context manager."""

    def __init__(self, upstream: int) -> None:
        self.upstream, self.port = upstream, 0
        self.accepted = 0  # connections since the start
        self._line = CLEAR
        self._links: set[_Link] = set()
        self._loop = asyncio.new_event_loop()
        self._changed = asyncio.Event()
        self._stopping = asyncio.Event()
        self._listening = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fault-proxy", daemon=True)

    def __enter__(self) -> Self:
        """Listen."""
        self._thread.start()
        if not self._listening.wait(_START_SECONDS):
            raise RuntimeError("the fault proxy does not listen")
        return self

    def __exit__(self, *_: object) -> None:
        """Reset every connection and end the thread."""
        self._do(self._stopping.set)
        self._thread.join(_START_SECONDS)

    @property
    def open(self) -> int:
        """The connections that the client's side holds now."""
        return self._do(lambda: len(self._links))

    def set(self, line: Line) -> None:
        """Carry bytes in this manner from now on."""
        self._do(lambda: self._take(line))

    def kill_all(self) -> None:
        """Reset every connection under its client; the server sees it end."""
        self._do(self._kill_all)

    def forget(self) -> None:
        """Make every connection half-open for good; new ones are served."""
        self._do(self._forget)

    # What follows runs in the proxy's thread.

    def _do(self, act: Callable[[], T]) -> T:
        """Have the thread do something, and wait until it has."""

        async def acting() -> T:
            return act()

        return asyncio.run_coroutine_threadsafe(acting(), self._loop).result(_START_SECONDS)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._listening.set()
        await self._stopping.wait()
        server.close()
        self._kill_all()
        carrying = asyncio.all_tasks() - {asyncio.current_task()}
        for task in carrying:
            task.cancel()
        await asyncio.gather(*carrying, return_exceptions=True)
        await asyncio.sleep(0)  # transports that were aborted close their sockets in the next round of the loop

    def _take(self, line: Line) -> None:
        self._line = line
        self._changed.set()
        self._changed = asyncio.Event()

    def _kill_all(self) -> None:
        for link in self._links:
            _reset(link.client)

    def _forget(self) -> None:
        for link in self._links:
            link.forgotten = True

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, from its acceptance to its end; its two sides end in the same manner."""
        self.accepted += 1
        link = _Link(writer)
        self._links.add(link)
        try:
            await self._admit()
            if not reader.at_eof():
                await self._join(link, reader)
            writer.close()
        except (OSError, asyncio.CancelledError):  # reset, or the server is not there, or the proxy stops
            _reset(writer)
        finally:
            self._links.discard(link)

    async def _admit(self) -> None:
        """Let a new connection wait until the line carries it. Raises OSError if it is not to be had."""
        if self._line.newcomers == "refused" or self._line.resets:
            raise ConnectionRefusedError
        while self._line.newcomers == "unheard" or self._line.held:
            await self._changed.wait()

    async def _join(self, link: _Link, reader: asyncio.StreamReader) -> None:
        """Carry both directions until either ends. Raises OSError where a side is reset."""
        source, sink = await asyncio.open_connection("127.0.0.1", self.upstream)
        pumps = [
            asyncio.create_task(self._pump(link, "up", reader, sink)),
            asyncio.create_task(self._pump(link, "down", source, link.client)),
        ]
        try:
            ended, _ = await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            for pump in ended:
                pump.result()
            sink.close()
        except BaseException:
            _reset(sink)
            raise
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    async def _pump(
        self, link: _Link, direction: Direction, source: asyncio.StreamReader, sink: asyncio.StreamWriter
    ) -> None:
        """Carry one direction to its end. Raises OSError where a side is reset."""
        while True:
            piece = await source.read(_PIECE)
            while link.forgotten or direction in self._line.held:
                await self._changed.wait()
            if not piece:
                return
            line = self._line
            if line.resets:
                raise ConnectionResetError
            if direction == "down" and line.late:
                await asyncio.sleep(line.late)
            if direction == "down" and line.rate:
                await self._drip(piece, sink)
            else:
                sink.write(piece)
                await sink.drain()

    async def _drip(self, piece: bytes, sink: asyncio.StreamWriter) -> None:
        """Write a piece as slowly as the line is, as long as it is slow."""
        while piece:
            step = len(piece) if self._line.rate is None else max(1, self._line.rate // _TICKS)
            sink.write(piece[:step])
            await sink.drain()
            piece = piece[step:]
            await asyncio.sleep(step / self._line.rate if self._line.rate else 0)


def _reset(writer: asyncio.StreamWriter) -> None:
    """End a connection by a RST; one that is at its end already is left alone."""
    wire = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
