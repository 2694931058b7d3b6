"""gateway.yaml: the sources, and what holds for the whole gateway.

In charge of reading it, secrets resolved. It must not know resources or versions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from adapters.port import Kind, Option
from app.contract.document import Document, mapping
from app.contract.files import read
from app.contract.layout import GATEWAY
from app.contract.model import SourceSpec
from app.contract.secrets import Vault, refuse_clear
from app.contract.sources import Source
from app.contract.words import gateway
from app.shapes import Anything, Fault, Node, Report, nearest

_STATE: Final = "sqlite:///state.db or postgresql://user@host/database"
STATES: Final = ("sqlite", "postgresql")  # the databases that the gateway can keep its own data in


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
    state = _state(document, vault)
    return Gateway(
        document,
        {spec.name: spec for spec in specs if spec is not None},
        tuple(documents) or None,
        state,
        tuple(fault for each in (document, *documents.values()) for fault in each.faults),
    )


def _source(name: str, document: Document, kinds: Mapping[str, Kind], vault: Vault, timezone: str) -> SourceSpec | None:
    words, kind = document.words, kinds.get(document.text("kind") or "")
    if kind is None:
        return None
    options = {
        option.name: _option(option, child, vault, document.report)
        for option in kind.options
        if (child := mapping(document.node).get(option.name)) is not None
    }
    return SourceSpec(
        name,
        kind.name,
        {word: value for word, value in options.items() if value is not None},
        words.get("timezone") or timezone,
        words.get("connections") or 8,
        words.get("deadline") or 5.0,
        document.node,
    )


def _option(option: Option, node: Node, vault: Vault, report: Report) -> str | None:
    """The value of a kind's own word: references resolved, a path made absolute."""
    if isinstance(node.value, dict | list) or node.value is None:
        return None  # the shape reported it
    refuse_clear(option.name, node, report, secret=option.secret)
    value = vault.resolve(node, report)
    if value == "" and (option.required or option.secret):
        report(Fault("unset-variable", node.place, f"{option.name!r} resolves to nothing"))
    return str(vault.folder.absolute() / value) if value and option.path else value


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
