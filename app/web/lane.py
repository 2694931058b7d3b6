"""The lane: the bytes of a request to the bytes of its answer, where both need nothing but this worker's memory.

In charge of recognising a request by the very functions of the other doors (the surface, the bridge), and of putting the answer
into the bytes that the wire would send. It must not know a socket, nor what a request asks for: `app/recall.py` does. Whatever
it does not recognise has no answer here, and goes the ordinary way.

What a head says is known again for a moment, by its bytes and the address that they come from, for no longer and no more of it
than `app/stages/authenticate.py` knows credentials again: a head may hold one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from time import monotonic, time
from typing import Any, Final, NamedTuple, Protocol

from app.exchange import Inbound
from app.finishing import Headers
from app.pipeline import respond
from app.recall import Recalled
from app.stages.authenticate import MOMENT
from app.web import heads, wire
from app.web.bridge import STATUS, fresh_id, inbound, media_headers
from app.web.edge import is_read
from app.web.surface import Dressing, Surface

MOST_BLOCKS: Final = 4096
MOST_BYTES: Final = 1_000_000  # of the heads of a moment

# What gunicorn lets an answer's fields be (RFC 9110, 5.5).
_SOUND: Final = re.compile(rb"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+: [\t -~\x80-\xff]*\r\n)*\r\n")


class Recalls(Protocol):
    """Answers from memory, as `app.recall.Recall` gives them."""

    def know(self, inbound: Inbound) -> Any | None:
        """Who asks for what, where both are known without waiting."""

    def recalled(self, known: Any, request_id: str) -> Recalled | None:
        """The answer to what is known, where it is in memory."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a head says: who asks for what, the request and its environment, and what its answer's headers become.

    `origin` and `scheme` are what the surface's headers depend on.
    """

    known: Any
    inbound: Inbound
    named: bool  # the caller has an identifier of its own for the request
    dress: Dressing
    origin: str
    scheme: str


class Block(NamedTuple):
    """The bytes of the headers that stand before and behind those that pass, for as long as `lasting` lasts."""

    lasting: Headers
    first: bytes
    last: bytes


@dataclass(frozen=True, slots=True)
class Read:
    """A read that somebody has to wait for: the request, and what its answer's headers become."""

    inbound: Inbound
    dress: Dressing


class Lane:
    """Answers for connections at any port but `admin_port`. For one thread: that of the poller."""

    def __init__(self, recall: Recalls, surface: Surface, bounds: heads.Bounds, admin_port: int | None = None) -> None:
        self.recall = recall
        self.surface = surface
        self.bounds = bounds
        self.admin_port = admin_port
        self.base_url = surface.gateway.settings.base_url
        self._seen: dict[tuple[bytes, str], Seen] = {}
        self._bytes = 0
        self._until = 0.0
        self._second = 0
        self._starts: dict[int, bytes] = {}
        self._blocks: dict[tuple[int, str, str], Block] = {}

    def tidy(self) -> None:
        """Drop the heads that the moment has left: credentials are not to lie about where nobody asks."""
        if self._seen and monotonic() >= self._until:
            self._seen, self._bytes = {}, 0

    def serves(self, server: heads.Address) -> bool:
        """Whether connections that come in at this address are the lane's: by the port that it is bound to, as in `Ports`."""
        return bool(server[1] != self.admin_port)

    def answer(self, data: bytes, client: heads.Address, server: heads.Address) -> tuple[bytes, bytes] | Read | None:
        """Head and body of the answer to these bytes; a Read, for `serve`; None where the ordinary way has to look at them."""
        seen = self._recognised(data, client, server)
        if seen is None or isinstance(seen, Read):
            return seen
        found = self.recall.recalled(seen.known, seen.inbound.request_id if seen.named else fresh_id())
        if found is None:
            return Read(again(seen.inbound, named=seen.named), seen.dress)
        block = self._blocks.get((id(found.lasting), seen.origin, seen.scheme)) or self._block(seen, found)
        passing = "".join([f"{name}: {value}\r\n" for name, value in found.passing])
        second = int(time())
        if second != self._second:
            self._second, self._starts = second, {}
        start = self._starts.get(found.status) or self._start(found.status, second)
        head = b"".join((start, block.first, passing.encode("latin-1"), block.last))
        return head, b"" if seen.inbound.method == "HEAD" else found.body

    def serve(self, read: Read) -> tuple[bytes, bytes]:
        """Head and body of the answer to a read, past gunicorn's own reading of it. For any thread; it may take its time.

        Raises ValueError for a header that cannot be sent.
        """
        answer = respond(self.surface.gateway, read.inbound)
        dressed = read.dress([*media_headers(answer.media_type), *answer.headers])
        fields = wire.fields(dressed) + b"\r\n"
        _check(fields, len(dressed))
        return wire.kept_alive(STATUS[answer.status], int(time())).encode("latin-1") + fields, answer.body

    def _start(self, status: int, second: int) -> bytes:
        """What a head begins with in this second."""
        start = self._starts[status] = wire.kept_alive(STATUS[status], second).encode("latin-1")
        return start

    def _recognised(self, data: bytes, client: heads.Address, server: heads.Address) -> Seen | Read | None:
        now, presented = monotonic(), (data, client[0])
        if now >= self._until:
            self._until = now + MOMENT
            self._seen, self._bytes = {}, 0
        seen: Seen | Read | None = self._seen.get(presented)
        if seen is None:
            seen = self._looked_at(data, client, server)
            if isinstance(seen, Seen) and self._bytes + len(data) <= MOST_BYTES:
                self._seen[presented] = seen
                self._bytes += len(data)
        return seen

    def _looked_at(self, data: bytes, client: heads.Address, server: heads.Address) -> Seen | Read | None:
        environ = heads.environ(data, self.bounds, client, server)
        if environ is None or self.surface.refusal(environ) is not None:
            return None
        found, dress = inbound(environ, self.base_url), self.surface.dressing(environ)
        known = self.recall.know(found)
        if known is None:
            return Read(found, dress) if is_read(self.surface.gateway.plan, environ["PATH_INFO"]) else None
        named = environ.get("HTTP_X_REQUEST_ID") == found.request_id
        return Seen(known, found, named, dress, environ.get("HTTP_ORIGIN", ""), environ["wsgi.url_scheme"])

    def _block(self, seen: Seen, found: Recalled) -> Block:
        """The bytes of the headers that last, kept for all who are answered with them. Raises ValueError for one that cannot be sent."""
        lasting = [*media_headers(found.media_type), *found.lasting]
        dressed = seen.dress([*lasting])
        first, last = (wire.fields(part) for part in (dressed[: len(lasting)], dressed[len(lasting) :]))
        _check(first + wire.fields(found.passing) + last + b"\r\n", len(dressed) + len(found.passing))
        if len(self._blocks) >= MOST_BLOCKS:
            self._blocks.clear()
        block = Block(found.lasting, first, last + b"\r\n")
        self._blocks[id(found.lasting), seen.origin, seen.scheme] = block
        return block


def _check(fields: bytes, number: int) -> None:
    """Raise ValueError where these are not so many headers that can be sent."""
    if fields.count(b"\r\n") != number + 1 or not _SOUND.fullmatch(fields):
        raise ValueError("a header of an answer that cannot be sent")


def again(before: Inbound, *, named: bool) -> Inbound:
    """The same request, come once more: received now, under the caller's own identifier or a fresh one."""
    return replace(before, request_id=before.request_id if named else fresh_id(), received=monotonic())
