"""Checked words become the frozen values of the model.

In charge of defaults and of nothing else: what comes here is sound. It must not report a fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.contract import security_words
from app.contract.document import Document, mapping
from app.contract.model import (
    CacheSpec,
    ChangeSpec,
    ExpandSpec,
    FieldSpec,
    LensSpec,
    PageSpec,
    ResourceSpec,
    VersionSpec,
)
from app.contract.rules import on_issue_option
from app.conversions.registry import STORED_AS
from app.shapes import Node

NEGATIVE = 5.0  # seconds that a lack is kept where nothing is said

Words = Mapping[str, Any]


def resource(words: Words, node: Node) -> ResourceSpec:
    """A whole resource."""
    return ResourceSpec(
        name=words["resource"],
        source=words["source"],
        key=tuple(words["key"]),
        fields=_fields(words["fields"], mapping(node, "fields")),
        table=words.get("table"),
        query=words.get("query"),
        summary=words.get("summary", ""),
        description=words.get("description", ""),
        owner=words.get("owner", ""),
        filter=tuple(words.get("filter", ())),
        sort=tuple(words.get("sort", ())),
        page=_page(words.get("page", {})),
        expand=_expansions(words.get("expand", {}), mapping(node, "expand")),
        cache=_cache(words.get("cache")),
        access=security_words.access(words.get("access", {}), mapping(node).get("access", node)),
        active_when={column: tuple(values) for column, values in words.get("active_when", {}).items()},
        unindexed=tuple(words.get("unindexed", ())),
        node=node,
    )


def lens(document: Document) -> LensSpec:
    """A lens over a resource of the extended version."""
    words = document.words
    return LensSpec(
        resource=words["resource"],
        changes=_changes(words["changes"], mapping(document.node)["changes"]),
        filter=tuple(words.get("filter", ())),
        sort=tuple(words.get("sort", ())),
        unindexed=tuple(words.get("unindexed", ())),
        node=document.node,
    )


def version(
    name: str, document: Document, resources: Mapping[str, ResourceSpec], lenses: Mapping[str, LensSpec]
) -> VersionSpec:
    """A version with what its folder holds."""
    words = document.words
    changes = mapping(document.node).get("changes")
    return VersionSpec(
        name=name,
        status=words.get("status", "current"),
        extends=words.get("extends"),
        released_on=words.get("released_on"),
        deprecated_on=words.get("deprecated_on"),
        sunset_on=words.get("sunset_on"),
        changes=_changes(words["changes"], changes) if changes is not None else (),
        resources=resources,
        lenses=lenses,
        node=document.node,
    )


def _fields(words: Words, nodes: Mapping[str, Node]) -> dict[str, FieldSpec]:
    return {name: _field(name, said, nodes[name]) for name, said in words.items()}


def _field(name: str, words: Words, node: Node) -> FieldSpec:
    inner = on_issue_option(mapping(node).get("stored_as"))
    stored_as, named = STORED_AS.parted(words.get("stored_as"))
    return FieldSpec(
        name=name,
        type=words["type"],
        columns=(words["column"],) if "column" in words else tuple(words.get("columns", named)),
        stored_as=stored_as,
        description=words.get("description", ""),
        example=words.get("example"),
        open=words.get("open", False),
        on_issue=words.get("on_issue", "null" if inner is None else inner.source),
        scope=words.get("scope", ""),
        classification=words.get("classification", "internal"),
        node=node,
    )


def _page(words: Words) -> PageSpec:
    most = words.get("max", PageSpec().max)
    return PageSpec(words.get("default", min(PageSpec().default, most)), most)


def _cache(words: Mapping[str, Any] | None) -> CacheSpec | None:
    if words is None:
        return None
    fresh = words["fresh"]
    return CacheSpec(
        fresh,
        words.get("stale_while_revalidate", 0.0),
        words.get("stale_if_error", 0.0),
        words.get("negative", min(fresh, NEGATIVE)),
        words.get("persist", False),
    )


def _expansions(words: Words, nodes: Mapping[str, Node]) -> dict[str, ExpandSpec]:
    return {
        name: ExpandSpec(name, said["resource"], said["on"], said.get("many", False), nodes[name])
        for name, said in words.items()
    }


def _changes(steps: list[Words], nodes: Node) -> tuple[ChangeSpec, ...]:
    return tuple(_change(step, node) for step, node in zip(steps, nodes.value, strict=True))


def _change(words: Words, node: Node) -> ChangeSpec:
    fields = {**words.get("add", {}), **words.get("retype", {})}
    return ChangeSpec(
        action=next(action for action in ("rename", "retype", "add", "split", "remove") if action in words),
        because=words["because"],
        rename=words.get("rename", {}),
        fields=_fields(fields, {**mapping(node, "add"), **mapping(node, "retype")}),
        split=words.get("split", {}),
        remove=tuple(words.get("remove", ())),
        node=node,
    )
