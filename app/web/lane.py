"""The lane: the bytes of a request to the bytes of its answer, where both need nothing but this worker's memory.

In charge of recognising a request by the very functions of the other doors (the surface, the bridge), and of putting the answer
into the bytes that the wire would send. It must not know a socket, nor what a request asks for: `app/recall.py` does. Whatever
it does not recognise has no answer here, and goes the ordinary way.

What a head says is known again for a moment, by its bytes and the address that they come from, for no longer and no more of it
than `app/stages/authenticate.py` knows credentials again: a head may hold one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from time import monotonic, time
from typing import Any, Final, Protocol

from app.exchange import Answer, Inbound
from app.stages.authenticate import MOMENT
from app.web import heads, wire
from app.web.bridge import STATUS, again, inbound, media_headers
from app.web.surface import Dressing, Surface

MOST_BYTES: Final = 1_000_000  # of the heads of a moment

# What gunicorn lets an answer's fields be (RFC 9110, 5.5).
_SOUND: Final = re.compile(rb"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+: [\t -~\x80-\xff]*\r\n)*\r\n")


class Recalls(Protocol):
    """Answers from memory, as `app.recall.Recall` gives them."""

    def know(self, inbound: Inbound) -> Any | None:
        """Who asks for what, where both are known without waiting."""

    def answer(self, known: Any, inbound: Inbound) -> Answer | None:
        """The answer to what is known, where it is in memory."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a head says: who asks for what, the request and its environment, and what its answer's headers become."""

    known: Any
    inbound: Inbound
    environ: heads.Environ
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

    def serves(self, server: heads.Address) -> bool:
        """Whether connections that come in at this address are the lane's: by the port that it is bound to, as in `Ports`."""
        return bool(server[1] != self.admin_port)

    def answer(self, data: bytes, client: heads.Address, server: heads.Address) -> tuple[bytes, bytes] | None:
        """Head and body of the answer to these bytes; None where the ordinary way has to look at them."""
        seen = self._recognised(data, client, server)
        if seen is None:
            return None
        found = self.recall.answer(seen.known, again(seen.inbound, seen.environ))
        if found is None:
            return None
        headers = seen.dress([*media_headers(found), *found.headers])
        fields = wire.head("", headers)
        if fields.count(b"\r\n") != len(headers) + 1 or not _SOUND.fullmatch(fields):
            raise ValueError("a header of an answer that cannot be sent")
        return wire.kept_alive(STATUS[found.status], int(time())).encode("latin-1") + fields, found.body

    def _recognised(self, data: bytes, client: heads.Address, server: heads.Address) -> Seen | None:
        now, presented = monotonic(), (data, client[0])
        if now >= self._until:
            self._until = now + MOMENT
            self._seen, self._bytes = {}, 0
        seen = self._seen.get(presented)
        if seen is None:
            seen = self._read(data, client, server)
            if seen is not None and self._bytes + len(data) <= MOST_BYTES:
                self._seen[presented] = seen
                self._bytes += len(data)
        return seen

    def _read(self, data: bytes, client: heads.Address, server: heads.Address) -> Seen | None:
        environ = heads.environ(data, self.bounds, client, server)
        if environ is None or self.surface.refusal(environ) is not None:
            return None
        found = inbound(environ, self.base_url)
        known = self.recall.know(found)
        return None if known is None else Seen(known, found, environ, self.surface.dressing(environ))
