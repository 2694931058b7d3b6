"""Opening: the places where answers are kept, as the contract and the settings say.

In charge of which places there are, and of how the memory of a host is shared out among them. It must not know a place from within.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from app.contract.model import CacheSpec, Contract
from app.kept.arena import SMALLEST, Arena
from app.kept.disk import Disk
from app.kept.memory import Memory
from app.kept.purges import Purges
from app.kept.store import Store
from app.settings import Settings


def open_store(
    contract: Contract, settings: Settings, purges: Purges, workers: int, arena: Arena | None
) -> tuple[Store, tuple[Callable[[], None], ...]]:
    """Where answers are kept, and what has to be closed: half of the memory is the host's, the other half its workers'.

    Nothing lies on a disk that has no room at all.
    """
    said, on_close = contract.cache, list[Callable[[], None]]()
    half = max(SMALLEST, said.memory // 2)
    if arena is None or arena.size != half:
        arena = Arena(half)
    hosts = disk = None
    if said.shared:
        from app.kept.shared import Shared  # noqa: PLC0415  # only who shares answers needs Redis's library

        hosts = Shared(said.shared, purges.ring)
        purges.tell = hosts.ring
        on_close.append(hosts.close)
    if said.disk and any(spec.persist for spec in _cached(contract)):
        disk = Disk(Path(contract.folder) / settings.cache_file, said.disk)
        on_close.append(disk.close)
    return Store(Memory(half // workers), arena, hosts, disk, purges), tuple(on_close)


def _cached(contract: Contract) -> Iterator[CacheSpec]:
    """How the answers of each resource are kept whose are."""
    versions = contract.versions.values()
    return (each.cache for version in versions for each in version.resources.values() if each.cache is not None)
