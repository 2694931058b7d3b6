"""The line: connections in the order in which their time is up, and what is left of an answer that was not taken whole.

In charge of both as values. It must not know a socket, nor what a connection waits for.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.web.poller import Connection


class Line:
    """Connections in the order in which their time is up: a deque that they leave from the midst as fast as from its ends."""

    def __init__(self) -> None:
        self._members: OrderedDict[Connection, None] = OrderedDict()

    def append(self, member: Connection) -> None:
        """Let it be the last here, and leave where it was."""
        if member.line is not self:
            member.line.remove(member)
            member.line = self
        self._members[member] = None
        self._members.move_to_end(member)

    def remove(self, member: Connection) -> None:
        """Let it leave; it may have left before."""
        self._members.pop(member, None)

    def popleft(self) -> Connection:
        """The first, which leaves. Raises KeyError."""
        return self._members.popitem(last=False)[0]

    def due(self, now: float) -> Iterator[Connection]:
        """Those whose time is up, which leave."""
        while self._members and (self[0].timeout or 0.0) <= now:
            yield self.popleft()

    def __getitem__(self, place: int) -> Connection:
        assert place == 0  # nobody asks for another
        return next(iter(self._members))

    def __iter__(self) -> Iterator[Connection]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)


def rest(pieces: list[memoryview], sent: int) -> list[memoryview]:
    """What is left of the pieces after so many bytes."""
    left = []
    for piece in pieces:
        if sent < len(piece):
            left.append(piece[sent:])
        sent = max(0, sent - len(piece))
    return left
