"""Samples: an example of a resource that was really fetched, with the request that fetched it.

In charge of how rarely the portal reads anything: one item, once in ten minutes for a resource, one resource at a time, and so many a
minute, for each worker; so that no crowd of readers and no crawler makes a source notice. What cannot be fetched now is shown as
the document has it, and says so. It must not know HTML.

Values of classified fields are not even asked for, and where the key itself is classified nothing is fetched at all.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from time import monotonic
from typing import Any, Final, Literal

import orjson
from cachetools import LRUCache

from app.describe import examples
from app.exchange import JSON, Answer, Inbound
from app.gateway import Gateway
from app.pipeline import respond
from app.plan.model import Resource, Version
from app.stages.authenticate import Credentials
from app.web.bridge import fresh_id

AGE: Final = 600.0  # seconds for which a sample is shown
AGAIN: Final = 60.0  # seconds until a source that did not answer is asked again
A_MINUTE: Final = 20
MOST: Final = 1000  # samples that a worker keeps
CURSOR: Final = 16  # characters of a cursor that are shown

HEADERS: Final = ("Data-As-Of", "Age", "ETag", "Cache-Control", "Cache-Status", "Server-Timing")

Origin = Literal["fetched", "invented", "described"]
Door = Callable[[Inbound], Answer]


@dataclass(frozen=True, slots=True)
class Sample:
    """A request and its answer. `query` is that of the resource's list; `note` is what a reader has to know of it.

    `origin`: from the source itself, from the sandbox, or from the contract's own examples.
    """

    query: str
    body: str
    origin: Origin
    note: str
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Kept:
    sample: Sample
    until: float


class Samples:
    """The samples of a gateway. Safe for threads."""

    def __init__(self, gateway: Gateway, clock: Callable[[], float] = monotonic) -> None:
        self._door, self._origin = _door(gateway)
        self._clock = clock
        self._kept: LRUCache[tuple[str, ...], _Kept] = LRUCache(MOST)
        self._looking, self._fetching = threading.Lock(), threading.Lock()
        self._minute, self._spent = 0, 0

    def of(self, version: Version, resource: Resource, today: date) -> Sample:
        """The sample of a resource: a kept one, one that is fetched now, or the document's."""
        with self._looking:
            kept = self._kept.get(_name(resource))
        now = self._clock()
        if kept is not None and now < kept.until:
            return kept.sample
        why = self._unable(version, resource, today)
        if why:
            return described(resource, why)
        if not self._fetching.acquire(blocking=False):
            return described(resource, "A fetched one is on its way: load the page again.")
        try:
            return self._fetched(resource, now)
        finally:
            self._fetching.release()

    def _unable(self, version: Version, resource: Resource, today: date) -> str:
        """Why nothing can be fetched now, if so."""
        if self._door is None:
            return "Callers need a key here, so that nothing was fetched for this page."
        if version.ended(today):
            return "This version has been shut down."
        if resource.key_classified:
            return "The key of this resource is classified, so that nothing was fetched for this page."
        if resource.access.audited:
            return "Who reads this resource is written down, so that nothing was fetched for this page."
        return (
            "" if self._affords() else "Many pages were asked for at once: a fetched example will be here in a minute."
        )

    def _affords(self) -> bool:
        """Take one of this minute's fetches, if any is left."""
        minute = int(self._clock() // 60)
        if minute != self._minute:
            self._minute, self._spent = minute, 0
        self._spent += 1
        return self._spent <= A_MINUTE

    def _fetched(self, resource: Resource, now: float) -> Sample:
        assert self._door is not None
        query = _query(resource)
        answer = self._door(Inbound("GET", resource.path, query, {"accept": JSON}, "", fresh_id()))
        if answer.status == 200:
            sample, until = Sample(query, _shown(answer.body), self._origin, "", _headers(answer)), now + AGE
        else:
            sample, until = described(resource, "Its source did not answer a moment ago."), now + AGAIN
        with self._looking:
            self._kept[_name(resource)] = _Kept(sample, until)
        return sample


def described(resource: Resource, why: str) -> Sample:
    """The example that the document has, without values of classified fields."""
    page = examples.page(resource)
    page["data"] = [{name: value for name, value in item.items() if name in _open(resource)} for item in page["data"]]
    return Sample(_query(resource), _pretty(page), "described", why)


def _door(gateway: Gateway) -> tuple[Door | None, Origin]:
    """What answers the portal's own requests: the gateway where everybody may ask it, else its sandbox. They count for nobody."""
    asked = gateway.sandbox if gateway.credentials.needed and not gateway.sandboxed else gateway
    if asked is None:
        return None, "described"
    plain = replace(asked, credentials=Credentials(), usage=None, limits=None)
    return (lambda inbound: respond(plain, inbound)), "invented" if asked.sandboxed else "fetched"


def _name(resource: Resource) -> tuple[str, ...]:
    """What a sample is kept by: readers who see different fields have different ones."""
    return resource.path, *_open(resource)


def _query(resource: Resource) -> str:
    """One item; of a resource with classified fields, and with fields that the reader may not see, the others alone."""
    shown = _open(resource)
    return "limit=1" if len(shown) == len((resource.whole or resource).fields) else f"limit=1&fields={','.join(shown)}"


def _open(resource: Resource) -> list[str]:
    return [name for name, field in resource.fields.items() if not field.classified]


def _shown(body: bytes) -> str:
    """The body, indented; a cursor is long, and nobody's to read."""
    found = orjson.loads(body)
    cursor = found["page"]["next"]
    if cursor is not None:
        found["page"]["next"] = f"{cursor[:CURSOR]}…"
    return _pretty(found)


def _headers(answer: Answer) -> tuple[tuple[str, str], ...]:
    said = dict(answer.headers)
    return tuple((name, said[name]) for name in HEADERS if name in said)


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
