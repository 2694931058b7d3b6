"""Hits beside misses: how many cached answers there are while others read uncached pages.

    python -m bench.mixed [--seconds 3] [--rounds 5]

16 connections ask for one cached order without a pause; meanwhile 8 others read uncached pages of 100 items. The gateway with its lane, and
the same gateway with `--lane off`, where hits stand in line with the misses for a thread. In turn within one run.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from bench import harness, plants
from bench.harness import Round, Server

HITTERS, READERS = 16, 8
ASKED: Final = 3.0
PAGES: Final = "/v1/items?limit=100"


def plant(folder: Path) -> Path:
    """The demo plant whose orders are kept for an hour, and whose items are not."""
    found = plants.kept_plant(folder, closed=False)
    items = found / "v1" / "items.yaml"
    lines = items.read_text(encoding="utf-8").splitlines(keepends=True)
    items.write_text("".join(line for line in lines if not line.startswith("cache:")), encoding="utf-8")
    return found


def beside(server: Server, path: str, seconds: float) -> tuple[Round, Round]:
    """Both loads at once: the hits, and the pages."""
    with ThreadPoolExecutor(2) as pool:
        pages = pool.submit(harness.load, server, PAGES, READERS, seconds)
        hits = pool.submit(harness.load, server, path, HITTERS, seconds)
        return hits.result(), pages.result()


def measured(servers: Sequence[Server], path: str, seconds: int, rounds: int) -> dict[str, list[tuple[Round, Round]]]:
    """The rounds of each server, after one that does not count."""
    found: dict[str, list[tuple[Round, Round]]] = {server.name: [] for server in servers}
    for turn in range(rounds + 1):
        for server in servers:
            each = beside(server, path, seconds if turn else 1)
            if turn:
                found[server.name].append(each)
    return found


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=3, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        folder = plant(Path(directory) / "plant")
        path = f"/v1/orders/{plants.some_key(folder):07}"
        ways = {"lane": (), "no lane": ("--lane", "off")}
        servers = [stack.enter_context(harness.gateway(name, folder, {}, *more)) for name, more in ways.items()]
        found = measured(servers, path, options.seconds, options.rounds)
    print(f"{'':10} {'hits':>10} {'pages':>9}")
    for name, rounds in found.items():
        hits, pages = (statistics.median(each[at].rate for each in rounds) for at in (0, 1))
        print(f"{name:10} {hits:8.0f}/s {pages:7.0f}/s")
    pairs = list(zip(found["lane"], found["no lane"], strict=True))
    ratio = statistics.median(lane[0].rate / plain[0].rate for lane, plain in pairs)
    pages = statistics.median(lane[1].rate / plain[1].rate for lane, plain in pairs)
    verdict = "met" if ratio >= ASKED else "MISSED"
    print(f"hits with the lane: {ratio:.2f}x of those without, asked {ASKED:g}x: {verdict}; pages: {pages:.2f}x")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
