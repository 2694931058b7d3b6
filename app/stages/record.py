"""Record: what the audit is told of a request.

In charge of turning a request and its answer into an event, without what must not be written down. It must not know how events
are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Final

from app.callers.audit import HIDDEN, MOST_KEYS, NO_KEYS, Decision, Event, Keys, Redaction, Seals, keys_of, redaction
from app.callers.credentials import holds_credential
from app.callers.link import PATH as LINKS
from app.exchange import Answer, Caller, Inbound
from app.plan import keys as paths
from app.plan.model import Resource
from app.plan.query import ITEM_PARAMETERS, LIST_PARAMETERS
from app.plan.rows import Item

_UNKNOWN: Final = redaction((), ())


def event(
    at: float,
    inbound: Inbound,
    caller: Caller,
    resource: Resource | None,
    parameters: Iterable[tuple[str, str]],
    answer: Answer,
    reason: str,
    sources: Sequence[str],
    took: float,
    cache_status: str = "",
    rows: int = 0,
    served: Sequence[Any] = (),
    seals: Seals | None = None,
    *,
    keys: Keys = NO_KEYS,
) -> Event:
    """The event of a request that came `at` seconds since 1970 and was answered.

    `parameters` are decoded; values of classified fields are left out here. `cache_status` is the header's; `served` are
    keys of items, which `seals` hides where they are classified; `keys` are finished.
    """
    shown = _UNKNOWN if resource is None else _redaction(resource)
    if served and resource is not None and seals is not None:
        keys = _written(resource, served, seals)
    return Event(
        at,
        inbound.request_id,
        caller.identity,
        caller.name,
        inbound.client,
        inbound.method,
        path_of(inbound, resource),
        "" if resource is None else resource.path,
        shown.parameters(parameters) if parameters else (),
        answer.status,
        decision(answer.status),
        reason,
        sources,
        rows,
        len(answer.body),
        took,
        cache_status.partition(";")[2].strip(),
        keys,
    )


def decision(status: int) -> Decision:
    """What became of a request, in a word."""
    if status < 400:
        return "served"
    if status == 404:
        return "not-found"
    if status == 429:
        return "limited"
    return "refused" if status < 500 else "failed"


def path_of(inbound: Inbound, resource: Resource | None) -> str:
    """The path as it may be written down: without a credential, and without a row's key that is classified."""
    if inbound.path.startswith(LINKS):
        return LINKS + HIDDEN
    if holds_credential(inbound.path):
        return HIDDEN
    if resource is not None and resource.key_classified and len(inbound.path) > len(resource.path):
        return f"{resource.path}/{HIDDEN}"
    return inbound.path


def keys_served(resource: Resource, items: Sequence[Item]) -> list[Any]:
    """The keys of items, which must hold their fields: API values, or a list of them; one more than are written down."""
    first, *others = resource.key
    if not others:
        return [item[first] for item in items[: MOST_KEYS + 1]]
    return [[item[name] for name in resource.key] for item in items[: MOST_KEYS + 1]]


def _written(resource: Resource, keys: Sequence[Any], seals: Seals) -> Keys:
    """The keys as they are written down: pseudonyms where a part of a key is classified."""
    if not resource.key_classified:
        return keys_of(keys)
    parts = ([key] if len(resource.key) == 1 else key for key in keys)
    return keys_of([seals.pseudonym(paths.write(each)) for each in parts])


@lru_cache(maxsize=1024)
def _redaction(resource: Resource) -> Redaction:
    fields = (resource.whole or resource).fields.values()
    classified = [field.name for field in fields if field.classified]
    return redaction((*LIST_PARAMETERS, *ITEM_PARAMETERS, *resource.filters), classified)
