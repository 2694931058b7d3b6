"""The names that the OpenAPI document gives: schemas (`OrderLine`) and operations (`listOrderLines`).

In charge of turning a resource's name into them, the same way each time and never twice the same. It must not know what
a schema holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import chain, count

KEPT = ("ss", "us", "is", "news", "series", "species")  # endings of words that do not lose their s
ES = ("sses", "shes", "ches", "xes", "zzes")
RESERVED = frozenset({"Problem", "ProblemDetail", "Page"})


def singular(word: str) -> str:
    """One of many: `orders` → `order`, `companies` → `company`, `addresses` → `address`, `stock` → `stock`, `s` → `s`."""
    if word == "s" or not word.endswith("s") or word.endswith(KEPT):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-2] if word.endswith(ES) else word[:-1]


def pascal(name: str) -> str:
    """`order-lines` → `OrderLines`."""
    return "".join(word[:1].upper() + word[1:] for word in re.split(r"[^A-Za-z0-9]+", name))


def item_names(resources: Iterable[str]) -> Mapping[str, str]:
    """The schema name of one item of each resource, unique whatever the resources are called.

    The singular if it is free, else the resource's own name, else that with a number; in the order given, so that a
    resource added at the end renames nothing.
    """
    taken = set(RESERVED)
    names: dict[str, str] = {}
    for resource in resources:
        names[resource] = _free(resource, taken)
        taken |= {names[resource], f"{names[resource]}List"}
    return names


def _free(resource: str, taken: set[str]) -> str:
    head, mark, last = resource.rpartition("-")
    own = pascal(resource)
    candidates = chain((pascal(f"{head}{mark}{singular(last)}"), own), (f"{own}{number}" for number in count(2)))
    return next(name for name in candidates if name not in taken and f"{name}List" not in taken)


def list_ids(items: Mapping[str, str]) -> Mapping[str, str]:
    """The operationId of each resource's list, by resource, of the items' names: `listOrders`.

    The item's name, where the resource's singular was not free, and a number, where that is another list's: `order--lines` and
    `order-lines` are one word in code. In the order given, so that a resource added at the end renames nothing.
    """
    taken: set[str] = set()
    ids: dict[str, str] = {}
    for resource, item in items.items():
        plural = pascal(resource)
        wanted = f"list{plural}" if plural != item else f"list{item}List"
        candidates = chain((wanted,), (f"{wanted}{number}" for number in count(2)))
        ids[resource] = next(name for name in candidates if name not in taken)
        taken.add(ids[resource])
    return ids
