"""A mistake: what is changed in the sound contract, and every fault that it gives."""

from __future__ import annotations

from dataclasses import dataclass

from tests.contract.conftest import GATEWAY, ORDERS


@dataclass(frozen=True, slots=True)
class Mistake:
    """Some files of the sound contract replaced or added, and the faults, one a line."""

    files: dict[str, str | bytes]
    faults: tuple[str, ...]


def order(old: str, new: str, *faults: str) -> Mistake:
    """A mistake in v1/orders.yaml: its text with `old` replaced by `new`. Faults without the file's name."""
    assert old in ORDERS
    return Mistake({"v1/orders.yaml": ORDERS.replace(old, new)}, tuple(f"v1/orders.yaml:{fault}" for fault in faults))


def source(old: str, new: str, *faults: str) -> Mistake:
    """A mistake in gateway.yaml."""
    assert old in GATEWAY
    return Mistake({"gateway.yaml": GATEWAY.replace(old, new)}, tuple(f"gateway.yaml:{fault}" for fault in faults))


def file(name: str, content: str | bytes, *faults: str) -> Mistake:
    """A file that is replaced or added."""
    return Mistake({name: content}, tuple(f"{name}:{fault}" for fault in faults))


def lens(content: str, *faults: str) -> Mistake:
    """A file of a version v2 that extends v1."""
    return Mistake(
        {"v2/version.yaml": "extends: v1\n", "v2/orders.yaml": f"resource: orders\n{content}\n"},
        tuple(f"v2/orders.yaml:{fault}" for fault in faults),
    )
