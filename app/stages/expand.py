"""Expand: related items into items, one batched read an expansion and page, never one a row.

In charge of joining by API value (two sources may store one number in two forms) and of what happens when the other
source fails: the page still answers, the expansion is null and `_issues` says why. How a batch is read is handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.plan.model import Expansion, Resource, Version
from app.plan.query import Tree
from app.plan.rows import Item
from app.problems import ProblemError

Key = tuple[Any, ...]
ReadBatch = Callable[[Resource, Expansion, Sequence[Key], tuple[str, ...]], "list[Item] | None"]  # None: too many rows

TOO_MANY = "too-many-rows"


def needed(resource: Resource, fields: Sequence[str], tree: Tree) -> tuple[str, ...]:
    """`fields`, and behind them the fields that the expansions of `tree` join on."""
    joins = [name for expansion in tree for name in resource.expansions[expansion].local]
    return tuple(dict.fromkeys((*fields, *joins)))


def expand(
    version: Version, resource: Resource, items: Sequence[Item], fields: Sequence[str], tree: Tree, read: ReadBatch
) -> bool:
    """Put the expansions of `tree` into `items`, and take out what is in none of `fields`. False: one of them failed."""
    whole = True
    for name, below in tree.items():
        expansion = resource.expansions[name]
        whole = _one(version, expansion, items, below, read) and whole
    hidden = set(needed(resource, fields, tree)).difference(fields)
    for item in items:
        for name in hidden:
            item.pop(name, None)
        if "_issues" in item:
            _settle(item, hidden)
    return whole


def _one(version: Version, expansion: Expansion, items: Sequence[Item], below: Tree, read: ReadBatch) -> bool:
    target = version.resources[expansion.resource]
    keys = {key for item in items if None not in (key := _key(item, expansion.local))}
    shown = tuple(target.fields)
    try:
        found = read(target, expansion, sorted(keys, key=repr), shown) if keys else []
        issue = TOO_MANY if found is None else ""
    except ProblemError as error:
        found, issue = None, error.problem.code
    if found is None:
        for item in items:
            item[expansion.name] = None
            item.setdefault("_issues", {})[expansion.name] = issue
        return False
    groups: dict[Key, list[Item]] = {}
    for related in found:
        groups.setdefault(_key(related, expansion.remote), []).append(related)
    whole = expand(version, target, found, shown, below, read)
    for item in items:
        item[expansion.name] = _related(groups, _key(item, expansion.local), many=expansion.many)
    return whole


def _key(item: Mapping[str, Any], names: Sequence[str]) -> Key:
    return tuple(item[name] for name in names)


def _related(groups: Mapping[Key, list[Item]], key: Key, *, many: bool) -> Any:
    related = groups.get(key, [])
    if many:
        return related
    return related[0] if related else None


def _settle(item: Item, hidden: set[str]) -> None:
    """`_issues` stands last, and speaks only of what is shown."""
    issues = {name: issue for name, issue in item.pop("_issues").items() if name not in hidden}
    if issues:
        item["_issues"] = issues
