"""Uncached reads: the gateway against the same two endpoints written by hand.

    python -m bench.read [--seconds 4] [--rounds 5]

Same data, same gunicorn settings (gthread, 2 workers of 8 threads), same machine, in turn within one run; caching off.
Before it measures, it proves that both give the same items. Then the cost of a row, in process: from the driver's cursor to
the bytes of the answer, beside the driver's own fetch.
"""

from __future__ import annotations

import argparse
import gc
import json
import shutil
import sqlite3
import statistics
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter

from app.assembly import compile_folder
from app.demo.plant import build
from app.formats import json_text
from app.plan import read
from app.plan.query import list_query
from bench import harness

WORKERS, THREADS = 2, 8
CASES = (
    ("one item by key", {"bascule": "/v1/orders/0{key}", "handwritten": "/v1/orders/{key}"}, 1.3),
    ("page of 100", {"bascule": "/v1/orders?limit=100", "handwritten": "/v1/orders?limit=100"}, 4.0),
    ("page of 500", {"bascule": "/v1/orders?limit=500", "handwritten": "/v1/orders?limit=500"}, 4.0),
)


def uncached_plant(folder: Path) -> Path:
    """The demo plant with every `cache:` of a resource taken out."""
    build(folder)
    for path in folder.glob("v*/*.yaml"):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(line for line in lines if not line.startswith("cache:")), encoding="utf-8")
    shutil.rmtree(folder / "openapi", ignore_errors=True)
    return folder


def servers(stack: ExitStack, plant: Path) -> list[harness.Server]:
    """Both servers, started."""
    ours, theirs = harness.free_port(), harness.free_port()
    scale = ["--workers", str(WORKERS), "--threads", str(THREADS)]
    bascule = [sys.executable, "-m", "app", "serve", str(plant), "--bind", f"127.0.0.1:{ours}", *scale]
    by_hand = [sys.executable, "-m", "gunicorn", "-k", "gthread", *scale, "--keep-alive", "5", "-b",
               f"127.0.0.1:{theirs}", "bench.peers.handwritten:wsgi()"]  # fmt: skip
    env = {"PLANT_ERP": str(plant / "erp.db")}
    return [
        stack.enter_context(harness.serving("bascule", bascule, ours, {}, "/livez")),
        stack.enter_context(harness.serving("handwritten", by_hand, theirs, env, "/v1/orders?limit=1")),
    ]


def some_key(plant: Path) -> int:
    """A clean order in the middle of the table."""
    with sqlite3.connect(plant / "erp.db") as connection:
        query = "SELECT ORDNO FROM ORDHDR WHERE ACREC = 'A' AND ORDST = '60' LIMIT 1 OFFSET 4000"
        return int(connection.execute(query).fetchone()[0])


def same_answers(running: Sequence[harness.Server], paths: dict[str, str]) -> None:
    """Stop where the two disagree: a comparison of different answers means nothing."""
    bodies = []
    for server in running:
        with urllib.request.urlopen(server.base + paths[server.name], timeout=10) as answer:
            body = json.load(answer)
        items = body.get("data", [body])
        bodies.append([{name: value for name, value in item.items() if name != "_issues"} for item in items])
    for ours, theirs in zip(*bodies, strict=True):
        if ours != theirs:
            wrong = {name: (ours[name], theirs.get(name)) for name in ours if ours[name] != theirs.get(name)}
            sys.exit(f"the answers differ: {wrong}")


def compare(running: Sequence[harness.Server], key: int, options: argparse.Namespace) -> None:
    """Print a line a case and number of connections."""
    print(
        f"{'':16} {'conns':>5} {'bascule':>10} {'by hand':>10} {'ratio':>7} {'CPU us':>8} {'by hand':>8} {'ratio':>7}"
    )
    for name, templates, target in CASES:
        paths = {server: template.format(key=key) for server, template in templates.items()}
        same_answers(running, paths)
        for connections in (1, 16):
            found = harness.interleaved(running, paths, connections, options.seconds, options.rounds)
            pairs = list(zip(found["bascule"], found["handwritten"], strict=True))
            ratio = statistics.median(ours.rate / theirs.rate for ours, theirs in pairs)
            cpu = statistics.median(theirs.cpu / ours.cpu for ours, theirs in pairs)
            ours, theirs = harness.median(found["bascule"]), harness.median(found["handwritten"])
            print(
                f"{name:16} {connections:5} {ours.rate:8.0f}/s {theirs.rate:8.0f}/s {ratio:6.2f}x {ours.cpu:8.0f}"
                f" {theirs.cpu:8.0f} {cpu:6.2f}x   (asked: {target}x)"
            )


def row_cost(plant: Path) -> None:
    """Print what a row costs from cursor to bytes, beside the driver's fetch."""
    compiled = compile_folder(plant, {})
    version = compiled.plan.versions["v1"]
    query = list_query(version, version.resources["orders"], [("limit", "500")])
    statement = read.page(query, query.fields, None)
    columns = ", ".join(statement.projection.columns)
    text = f"SELECT {columns} FROM ORDHDR WHERE ACREC = 'A' ORDER BY ORDNO LIMIT 500"
    connection = sqlite3.connect(plant / "erp.db")
    rows = connection.execute(text).fetchall()

    def serve() -> None:
        json_text.page(statement.projection.items(rows, []), 500, None, None)

    fetch = _best(lambda: connection.execute(text).fetchall())
    made = _best(serve)
    print(f"\na row of {len(statement.projection.columns)} columns: the driver's fetch {fetch / 500:.2f} us, "
          f"rows to bytes {made / 500:.2f} us, ratio {made / fetch:.2f}")  # fmt: skip
    connection.close()


def _best(work: Callable[[], object], rounds: int = 7, times: int = 20) -> float:
    """Microseconds of one call: the median of rounds, without the garbage collector."""
    gc.disable()
    found = []
    for _ in range(rounds):
        started = perf_counter()
        for _ in range(times):
            work()
        found.append((perf_counter() - started) / times * 1e6)
    gc.enable()
    return statistics.median(found)


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        plant = uncached_plant(Path(directory) / "plant")
        compare(servers(stack, plant), some_key(plant), options)
        row_cost(plant)


if __name__ == "__main__":
    main()
