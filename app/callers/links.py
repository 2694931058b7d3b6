"""Order links: the text of a link to what it shows, and to the caller that its holder is.

In charge of whether a link is good, here and now. It must not know how links are given out, nor how an item is read.

A link says everything itself: its item, its fields, the scopes and claims that it is read with, its end. So nothing is looked up
to serve one but the revocations, which each worker knows already; a thousand links a day cost a thousand rows of a table that
only people read. What it may show is decided anew each time, by the plan of today: a field that the contract has put behind
another scope since is not shown, and the link is dead.

Whatever is wrong with a text reads the same, `not-found`. Only who holds a text that was good once can learn more, from the
time that an answer takes: a link that has ended is refused before its item is read. There is nothing to be tried out.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from app.callers.last_uses import LastUses
from app.callers.link import Link, NoLink
from app.callers.link_text import Seal
from app.callers.watch import Watch
from app.exchange import Caller
from app.state import State

SECRET: Final = "links"  # noqa: S105  # what the state calls the secret that they are sealed with
KIND: Final = "link"  # what the state calls a revoked one


@dataclass(frozen=True, slots=True)
class Said:
    """What the text of a link says. `expires_at` is in whole seconds since 1970."""

    path: str = field(repr=False)  # its key may be one that the fields do not show
    fields: tuple[str, ...]
    scopes: tuple[str, ...]
    claims: dict[str, tuple[str, ...]] = field(repr=False)
    expires_at: int
    note: str

    def written(self) -> list[Any]:
        """As it is sealed. Another form needs another prefix: what was given out stays good."""
        return [self.path, self.fields, self.scopes, self.claims, self.expires_at, self.note]

    @classmethod
    def read(cls, written: list[Any]) -> Said:
        """What was sealed."""
        path, fields, scopes, claims, expires_at, note = written
        return cls(
            path, tuple(fields), tuple(scopes), {name: tuple(each) for name, each in claims.items()}, expires_at, note
        )


class Links:
    """Knows the links that were given out with `secret`, which is `state.secret(SECRET)`. Safe for threads and forks.

    `clock` is the one on the wall.
    """

    def __init__(self, secret: bytes, state: State, watch: Watch, clock: Callable[[], float] = time.time) -> None:
        self.uses = LastUses(state.note_link_uses)
        self._seal = Seal(secret)
        self._watch = watch
        self._clock = clock

    def open(self, text: str) -> Link:
        """What the link of this text shows. Raises NoLink, or ProblemError 503 where the state has been away for too long."""
        revoked = self._watch.revoked(KIND)
        sealed = self._seal.open(text)
        if sealed is None:
            raise NoLink("no link of this gateway")
        said = Said.read(sealed.said)
        at = self._clock()
        if at >= said.expires_at:
            raise NoLink(f"link {sealed.id} has expired")
        if sealed.id in revoked:
            raise NoLink(f"link {sealed.id} is revoked")
        self.uses.note(sealed.id, at)
        caller = Caller(said.note or sealed.id, f"link:{sealed.id}", frozenset(said.scopes), said.claims)
        return Link(said.path, said.fields, caller)

    def close(self) -> None:
        """Write what is left. The links may be used again."""
        self.uses.flush()
