"""gateway.yaml: the sources, and what holds for the whole gateway.

In charge of reading it, secrets resolved. It must not know resources or versions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from adapters.port import Kind, Window
from app.contract import options, quiet
from app.contract.document import Document, mapping
from app.contract.files import read
from app.contract.layout import GATEWAY
from app.contract.model import SourceSpec, StoresSpec
from app.contract.secrets import Vault, refuse_clear
from app.contract.sources import Source
from app.contract.words import gateway
from app.shapes import Anything, Fault, nearest

_STATE: Final = "sqlite:///state.db or postgresql://user@host/database"
SHARED: Final = ("redis", "rediss", "unix")
STATES: Final = ("sqlite", "postgresql")  # the databases that the gateway can keep its own data in


UNSAID: Final = StoresSpec()


@dataclass(frozen=True, slots=True)
class Gateway:
    """What gateway.yaml says.

    `sources` are those of a known kind, faulty or not: a folder with a fault opens none of them. `names` are all that
    stand there; None where none can be read.
    """

    document: Document | None
    sources: Mapping[str, SourceSpec] = field(default_factory=dict)
    names: tuple[str, ...] | None = None
    state: str = "sqlite:///state.db"
    cache: StoresSpec = UNSAID
    faults: tuple[Fault, ...] = ()


def read_gateway(vault: Vault, kinds: Mapping[str, Kind]) -> Gateway:
    """The file, checked; that it is missing is for the layout to say."""
    faults: list[Fault] = []
    node = read(vault.folder, GATEWAY, faults.append) if (vault.folder / GATEWAY).exists() else None
    if node is None:
        return Gateway(None, faults=tuple(faults))
    document = Document(GATEWAY, node).check(gateway(Anything("a source")))
    documents = {
        name: Document(GATEWAY, child).check(Source(kinds)) for name, child in mapping(node, "sources").items()
    }
    zone = document.words.get("timezone") or "UTC"
    specs = [_source(name, each, kinds, vault, zone) for name, each in documents.items()]
    state, cache = _state(document, vault), _cache(document, vault)
    _check_classes(document)
    return Gateway(
        document,
        {spec.name: spec for spec in specs if spec is not None},
        tuple(documents) or None,
        state,
        cache,
        tuple(fault for each in (document, *documents.values()) for fault in each.faults),
    )


def _source(name: str, document: Document, kinds: Mapping[str, Kind], vault: Vault, timezone: str) -> SourceSpec | None:
    words, kind = document.words, kinds.get(document.text("kind") or "")
    if kind is None:
        return None
    own = {
        option.name: options.value(option, child, vault, document.report)
        for option in kind.options
        if (child := mapping(document.node).get(option.name)) is not None
    }
    request, day = _budget(document)
    return SourceSpec(
        name,
        kind.name,
        {word: value for word, value in own.items() if value is not None},
        words.get("timezone") or timezone,
        words.get("connections") or 8,
        words.get("deadline") or 5.0,
        _quiet(document),
        request,
        day,
        document.node,
    )


def _quiet(document: Document) -> tuple[Window, ...]:
    """The quiet windows; none after a fault."""
    if not document.sound:
        return ()
    windows = quiet.windows(document.words.get("quiet", ()))
    if not quiet.ever_awake(windows):
        message = "the quiet windows leave no minute of the week"
        document.report(Fault("wrong-value", document.place("quiet"), message, "times at which the source may be read"))
    return windows


def _budget(document: Document) -> tuple[int | None, int | None]:
    """The rows of a request and of a day."""
    said = document.words.get("budget") or {}
    request, day = said.get("request"), said.get("day")
    if request is not None and day is not None and request > day:
        message = f"the budget of a request, {request} rows, is more than that of a day"
        document.report(Fault("wrong-value", document.place("budget", "request"), message, f"at most {day}"))
    return request, day


def _check_classes(document: Document) -> None:
    """Report the issuers whose class of limits is none."""
    known = mapping(document.node, "limits")
    for issuer in mapping(document.node, "security", "issuers").values():
        named = mapping(issuer).get("limits")
        if named is not None and isinstance(named.value, str) and named.source not in known:
            message = f"there is no class of limits {named.source!r}"
            document.report(Fault("wrong-value", named.place, message, hint=nearest(named.source, known)))


def _cache(document: Document, vault: Vault) -> StoresSpec:
    """Where answers are kept; a shared store's URL may name a password by reference."""
    said = document.words.get("cache") or {}
    node = mapping(document.node, "cache").get("shared")
    shared = ""
    if node is not None and isinstance(node.value, str):
        refuse_clear("shared", node, document.report, secret=False)
        shared = vault.resolve(node, document.report) or ""
        scheme = shared.partition(":")[0]
        if shared and scheme not in SHARED:
            expected = "redis://host:6379/0, rediss://… or unix://…"
            document.report(
                Fault(
                    "wrong-value",
                    node.place,
                    "the shared cache's URL names no Redis",
                    expected,
                    nearest(scheme, SHARED),
                )
            )
    memory, disk = said.get("memory") or UNSAID.memory, said.get("disk") or UNSAID.disk
    return StoresSpec(memory, disk, shared)


def _state(document: Document, vault: Vault) -> str:
    node = mapping(document.node).get("state")
    if node is None or not isinstance(node.value, str):
        return Gateway(None).state
    refuse_clear("state", node, document.report, secret=False)
    state = vault.resolve(node, document.report)
    scheme = (state or "").partition(":")[0].partition("+")[0]
    if state is not None and scheme not in STATES:
        hint = nearest(scheme, STATES)
        document.report(Fault("wrong-value", node.place, "the state's URL names another database", _STATE, hint))
    return state or Gateway(None).state
