"""Finishing: a kept entry, or one that was just read, to the answer that is sent.

In charge of the validators, of what caches on the way may do, of the content coding, and of 304. Every door's answers are finished
here. It must not know how an entry was come by.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from app.exchange import LONGEST_ECHO, Answer, Inbound, quoted
from app.formats import coding, json_text
from app.kept.entry import Entry
from app.kept.memory import IDENTITY, Kept, Memory
from app.plan import query as queries
from app.stages import cache, conditional

VARY = "Accept"
VARY_BY_CODING = "Accept, Accept-Encoding"
BY_CALLER = ", Authorization, X-Api-Key"

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Finish:
    """What is sent, but for what depends on the moment.

    `fresh` is how long others may keep it, in seconds; None: they have to ask each time. `headers` stay the same for as long as
    the entry and the request do. `kept` is None for an entry that nobody keeps: its body is sent as it is.
    """

    entry: Entry
    coding: str
    fresh: float | None
    headers: Headers
    modified: bool
    kept: Kept | None = None
    key: bytes = b""

    def answer(self, memory: Memory, status: str) -> Answer:
        """The answer; `status` is its Cache-Status."""
        passing = aged(self.entry, self.fresh, status)
        if not self.modified:
            return Answer(304, b"", "", self.headers, passing)
        return Answer(200, self.body(memory), json_text.MEDIA_TYPE, self.headers, passing)

    def is_ready(self) -> bool:
        """Whether `answer` takes no coding of a body: that of a large one takes a millisecond."""
        return not self.modified or self.kept is None or self.coding in self.kept.coded

    def body(self, memory: Memory) -> bytes:
        """The body in its coding."""
        if self.kept is None or self.coding == IDENTITY:
            return self.entry.body
        return memory.body(self.key, self.kept, self.coding, partial(coding.encode, coding=self.coding))


def finish(
    inbound: Inbound, entry: Entry, *, fresh: float | None, shared: bool, kept: Kept | None = None, key: bytes = b""
) -> Finish:
    """How an entry is sent to who asked like this. `shared`: it is the same for everybody."""
    coded = IDENTITY
    if kept is not None and len(entry.body) >= coding.SMALLEST:
        coded = coding.choose(inbound.headers.get("accept-encoding"))
    etag = coding.tagged(entry.etag, coded)
    headers = [
        ("ETag", etag),
        ("Cache-Control", cache.control(fresh, whole=entry.whole, shared=shared)),
        ("Vary", (VARY if kept is None else VARY_BY_CODING) + ("" if shared else BY_CALLER)),
        ("Data-As-Of", entry.as_of),
    ]
    if entry.next:
        headers += _next_link(inbound, entry.next)
    modified = not conditional.not_modified(inbound.headers.get("if-none-match"), entry.etag, coding.untagged)
    if modified and coded != IDENTITY:
        headers.append(("Content-Encoding", coded))
    return Finish(entry, coded, fresh, tuple(headers), modified, kept, key)


def aged(entry: Entry, fresh: float | None, status: str) -> Headers:
    """What changes with each second: `Cache-Status`, and `Age` where others may keep the answer."""
    if fresh is None:
        return (("Cache-Status", status),)
    return ("Cache-Status", status), ("Age", str(int(max(0.0, entry.age()))))


def _next_link(inbound: Inbound, cursor: str) -> Headers:
    """The address of the next page, unless the query is too long for a header: the body has the cursor in any case."""
    kept = [part for part in inbound.query.split("&") if part and not queries.names(part, "cursor")]
    query = quoted("&".join([*kept, f"cursor={cursor}"]))
    if len(query) > LONGEST_ECHO:
        return ()
    return (("Link", f'<{inbound.base_url}{quoted(inbound.path)}?{query}>; rel="next"'),)
