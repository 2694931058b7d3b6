"""Uncached reads: the gateway against every peer that answers the same reads, over SQLite, PostgreSQL and ODBC.

    python -m bench.read [sqlite] [postgresql] [odbc] [--seconds 3] [--rounds 5]

One item by its key, and pages of 100 and 500, over 1 and 32 connections; same data, same machine, in turn within one run;
caching off. Before it measures, it proves that all answer the same orders. Then a page in process, beside the driver's own
fetch of its rows. The peers' environments come from `python -m bench.peers install`; a peer that cannot be measured is named.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
import tempfile
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench import fetching, harness, plants
from bench.harness import THREADS, WORKERS
from bench.peers import answers, cast
from bench.peers.answers import Item
from bench.peers.cast import Data, Peer, Store
from bench.peers.orders import COLUMNS
from bench.plants import some_key, uncached_plant

__all__ = ["THREADS", "WORKERS", "some_key", "uncached_plant"]

STORES: Final[tuple[Store, ...]] = ("sqlite", "postgresql", "odbc")
CONNECTIONS: Final = (1, 32)
GATEWAY: Final = "bascule"


@dataclass(frozen=True, slots=True)
class Case:
    """One read: an item, or a page of `limit`."""

    name: str
    limit: int = 0

    def path(self, peer: Peer, key: int) -> str:
        """How a peer is asked for it."""
        return peer.page.format(limit=self.limit) if self.limit else peer.item.format(key=key)

    def gateway_path(self, key: int) -> str:
        """How the gateway is asked for it."""
        return f"/v1/orders?limit={self.limit}" if self.limit else f"/v1/orders/{key:07}"

    def least(self, peer: Peer) -> float:
        """What is asked for beside that peer."""
        return peer.for_page if self.limit else peer.for_item


CASES: Final = (Case("item"), Case("page of 100", 100), Case("page of 500", 500))


def contracts(folder: Path, plant: Path, data: Data) -> Mapping[Store, Path]:
    """A contract for each store; without ODBC's where there is no driver."""
    address = f"url: {json.dumps(data.postgresql)}"
    found: dict[Store, Path] = {
        "sqlite": plant,
        "postgresql": plants.orders_alone(folder / "postgresql", plant, _source("postgresql", address)),
    }
    reason = cast.no_odbc()
    if reason:
        print(f"left out: everything over ODBC: {reason}")
        return found
    odbc = f"driver: {cast.ODBC_DRIVER}, connection: {json.dumps(data.odbc)}, user: bascule"
    found["odbc"] = plants.orders_alone(
        folder / "odbc", plant, _source("odbc", f"{odbc}, nulls: last, limit: limit, prepared: yes")
    )
    return found


def _source(kind: str, options: str) -> str:
    return f"{{kind: {kind}, {options}, connections: {plants.CONNECTIONS}, deadline: 5s}}"


def started(stack: ExitStack, peer: Peer, data: Data) -> harness.Server:
    """A peer, started."""
    port = harness.free_port()
    env = {"PEER_DATABASE": peer.database(data), "NODE_ENV": "production", "GRAPHILE_ENV": "production"}
    ready = peer.page.format(limit=1)
    return stack.enter_context(harness.serving(peer.name, peer.command(port), port, env, ready))


def measurable(store: Store) -> Sequence[Peer]:
    """The peers over a store; those that cannot be measured are named."""
    found = []
    for peer in cast.PEERS:
        if peer.store == store and (reason := peer.missing()):
            print(f"left out: {peer.name} over {store}: {reason}")
        elif peer.store == store:
            found.append(peer)
    return found


# Proof: a comparison of different answers means nothing.


def answer(server: harness.Server, path: str) -> Any:
    """What a server says."""
    with urllib.request.urlopen(server.base + path, timeout=10) as response:
        return json.load(response)


def stored(database: Path, case: Case, key: int) -> Sequence[Item]:
    """The rows themselves."""
    columns, order = ", ".join(COLUMNS), f"ORDER BY ORDNO LIMIT {case.limit}"
    wanted = f"ACREC = 'A' {order}" if case.limit else f"ORDNO = {key}"
    with sqlite3.connect(database) as connection:
        return answers.stored_rows(connection.execute(f"SELECT {columns} FROM ORDHDR WHERE {wanted}").fetchall())


def prove(ours: harness.Server, theirs: harness.Server, peer: Peer, case: Case, key: int, database: Path) -> None:
    """Stop where a peer answers other orders, or other values, than the gateway or the database."""
    items = answers.own_items(answer(ours, case.gateway_path(key)))
    found = peer.rows(answer(theirs, case.path(peer, key)))
    expected = stored(database, case, key) if peer.stored else items
    if len(items) != max(case.limit, 1) or len(found) != len(expected):
        sys.exit(f"{peer.name}, {case.name}: {len(found)} items, and {len(items)} of the gateway's")
    for one, other, item in zip(expected, found, items, strict=True):
        wrong = {name: (one[name], other.get(name)) for name in one if one[name] != other.get(name)}
        number = int(one["ORDNO"] if peer.stored else one["number"])
        if wrong or number != int(item["number"]):
            sys.exit(f"{peer.name}, {case.name}: order {number} differs from the gateway's {item['number']}: {wrong}")


# Measurement.


def compare(store: Store, folder: Path, data: Data, options: argparse.Namespace) -> None:
    """Print a line a case, number of connections and peer."""
    peers = measurable(store)
    key = some_key(data.plant.parent)
    with ExitStack() as stack:
        ours = stack.enter_context(harness.gateway(GATEWAY, folder))
        theirs = {peer.name: started(stack, peer, data) for peer in peers}
        print(
            f"\n{'over ' + store:24} {'conns':>5} {'rate':>10} {'CPU us':>8} {'ratio':>8} {'CPU':>8}   asked",
            flush=True,
        )
        for case in CASES:
            for peer in peers:
                prove(ours, theirs[peer.name], peer, case, key, data.plant)
            paths = {GATEWAY: case.gateway_path(key)} | {peer.name: case.path(peer, key) for peer in peers}
            for connections in CONNECTIONS:
                servers = [ours, *theirs.values()]
                found = harness.interleaved(servers, paths, connections, options.seconds, options.rounds)
                report(case, connections, found, peers)


def report(case: Case, connections: int, found: Mapping[str, Sequence[harness.Round]], peers: Sequence[Peer]) -> None:
    """Print the gateway's line, and one of each peer with the ratios."""
    ours = harness.median(found[GATEWAY])
    print(f"{case.name:24} {connections:5} {ours.rate:8.0f}/s {ours.cpu:8.0f}")
    for peer in peers:
        theirs, ratio, least = (
            harness.median(found[peer.name]),
            harness.ratio(found, GATEWAY, peer.name),
            case.least(peer),
        )
        verdicts = f"rate {harness.verdict(ratio.rate, least)}, CPU {harness.verdict(ratio.cpu, least)}"
        print(f"  against {peer.name:14} {'':5} {theirs.rate:8.0f}/s {theirs.cpu:8.0f} {ratio.rate:7.2f}x {ratio.cpu:7.2f}x"
              f"   {least:g}x: {verdicts}", flush=True)  # fmt: skip


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stores", nargs="*", choices=[[], *STORES], default=[], help="without one: all")
    parser.add_argument("--seconds", type=float, default=3, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        folder = Path(directory)
        plant = uncached_plant(folder / "plant")
        erp = plant / "erp.db"
        hexadecimal = plants.hexadecimal_copy(erp, folder / "hexadecimal.db")
        data = Data(erp, hexadecimal, stack.enter_context(plants.postgresql(erp)))
        found = contracts(folder, plant, data)
        chosen = [store for store in found if store in (options.stores or STORES)]
        for store in chosen:
            compare(store, found[store], data, options)
        fetching.report({store: found[store] for store in chosen}, data)


if __name__ == "__main__":
    main()
