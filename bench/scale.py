"""How latency, start-up and memory grow: with rows, with resources, with callers.

    python -m bench.scale [rows] [resources] [callers] [--large]        without a name: all three; about 3 minutes

rows        10^4, 10^5, 10^6 orders in a SQLite table (with `--large` 10^7): one item and a page of 100 in the midst, uncached; the
            item as a hit
resources   10, 100, 500, 2,000 resources of 13 fields, each over a table of its own: the time from the start of the command until
            it answers, the memory of a worker once it has answered an item of each of 200 resources, an item's latency, and the
            look-up of a path in process
callers     10, 10^3, 10^5 API keys: a request with a key that the worker has seen, with one that it has not, start-up and memory

Latencies are medians over one connection, asked in turn between all sizes; memory is the proportional set size (PSS) of one
worker and its resident set (RSS), which counts what it shares with the others in full.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from time import perf_counter
from typing import Final

from app.assembly import compile_folder
from app.callers.key_text import mint, pepper_name, pepper_of
from app.stages.route import route
from app.state import State
from app.state.keys import KeyRecord, add
from bench import plants
from bench.guard import Figure, at_most
from tests.serving.running import Running, command, environment, free_port

ROWS: Final = (10**4, 10**5, 10**6)
LARGE: Final = 10**7
RESOURCES: Final = (10, 100, 500, 2_000)
TOUCHED: Final = 200  # resources that a worker has answered for
CALLERS: Final = (10, 10**3, 10**5)
WORKERS: Final = 2
ASKED: Final = 300  # requests of each latency
LOOK_UPS: Final = 20_000
FLAT: Final = 1.2  # the largest beside the smallest
START, MEMORY = 5.0, 300.0  # seconds and megabytes


@dataclass(frozen=True, slots=True)
class Started:
    """A gateway, and how long it took until it answered, in seconds."""

    running: Running
    took: float

    def memory(self) -> tuple[float, float]:
        """PSS and RSS of the largest worker, in megabytes."""
        found = [_memory(pid) for pid in self.running.workers()]
        return max(pss for pss, _ in found), max(rss for _, rss in found)


def _memory(pid: int) -> tuple[float, float]:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    sizes = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines[1:])}
    return sizes["Pss"] / 1024, sizes["Rss"] / 1024


@contextmanager
def started(folder: Path) -> Iterator[Started]:
    """A gateway over a contract, as an operator starts it; the clock runs from the command to the first answer."""
    port = free_port()
    with (folder / "log").open("wb") as log:
        line = command(folder, "--bind", f"127.0.0.1:{port}", "--workers", str(WORKERS), "--threads", "8")
        began = perf_counter()
        process = subprocess.Popen(line, env=environment(), stdout=log, stderr=log, start_new_session=True)
        running = Running(process, port, folder / "log")
        try:
            while not running.status("/livez"):
                if process.poll() is not None:
                    sys.exit(f"the gateway ended:\n{running.log()}")
                time.sleep(0.02)
            took = perf_counter() - began
            running.wait(lambda: len(running.workers()) == WORKERS, "every worker runs")
            yield Started(running, took)
        finally:
            running.end()


class Client:
    """Asks over one connection, so that one worker answers."""

    def __init__(self, running: Running) -> None:
        self._connection = HTTPConnection("127.0.0.1", running.port, timeout=60)

    def ask(self, path: str, key: str = "") -> float:
        """The seconds that an answer takes; it has to be a 200."""
        began = perf_counter()
        try:
            response, body = self._asked(path, key)
        except ConnectionError:  # it was closed while others were asked
            self._connection.close()
            began = perf_counter()
            response, body = self._asked(path, key)
        took = perf_counter() - began
        if response.status != 200:
            sys.exit(f"{path} was answered with {response.status}: {body[:300]!r}")
        return took

    def _asked(self, path: str, key: str) -> tuple[HTTPResponse, bytes]:
        self._connection.request("GET", path, headers={"Authorization": f"Bearer {key}"} if key else {})
        response = self._connection.getresponse()
        return response, response.read()


def medians(asks: Mapping[int, Callable[[int], float]]) -> Mapping[int, float]:
    """The median of what each size takes in microseconds; all are asked in turn, so that what disturbs one disturbs all."""
    found: dict[int, list[float]] = {size: [] for size in asks}
    for turn in range(ASKED + 20):
        for size, ask in asks.items():
            took = ask(turn)
            if turn >= 20:  # the first ones warm up
                found[size].append(took)
    return {size: statistics.median(times) * 1e6 for size, times in found.items()}


def grown(what: str, found: Mapping[int, float], most: float | None = None, unit: str = "us") -> Iterator[Figure]:
    """A line of all sizes, and one of the largest beside the smallest."""
    yield Figure(what, " ".join(f"{value:.0f}" for value in found.values()) + f" {unit}")
    values = list(found.values())
    title, ratio = "  the largest size, of the smallest", values[-1] / values[0]
    yield Figure(title, f"{ratio:.2f}") if most is None else at_most(title, ratio, most)


# Rows.


@contextmanager
def _database(folder: Path, plant: Path) -> Iterator[sqlite3.Connection]:
    """A new file of that folder, with the plant's own attached."""
    folder.mkdir()
    with closing(sqlite3.connect(folder / "erp.db")) as connection:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("ATTACH ? AS plant", (str(plant / "erp.db"),))
        yield connection
        connection.commit()


def _orders(folder: Path, plant: Path, rows: int) -> Path:
    """The plant's orders in so many rows, numbered from 1: as many of its clean ones as there are, again and again."""
    clean = f"(SELECT *, row_number() OVER () AS place FROM plant.{plants.TABLE} WHERE ACREC = 'A' AND ORDST = '60')"
    with _database(folder, plant) as connection:
        for text in plants.definition(plant / "erp.db"):
            connection.execute(text)
        names = [row[1] for row in connection.execute(f"PRAGMA main.table_info({plants.TABLE})")]
        others = [name for name in names if name != "ORDNO"]
        (count,) = connection.execute(f"SELECT count(*) FROM {clean}").fetchone()
        connection.execute(f"CREATE TEMP TABLE clean AS SELECT * FROM {clean}")
        connection.execute("CREATE INDEX temp.by_place ON clean (place)")
        connection.execute(
            f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})"
            f" INSERT INTO main.{plants.TABLE} (ORDNO, {', '.join(others)})"
            f" SELECT n.i, {', '.join(f'o.{name}' for name in others)} FROM n JOIN clean AS o ON o.place = n.i % {count} + 1"
        )
    return plants.orders_alone(folder, plant, "{kind: sqlite, path: erp.db}")


def rows(folder: Path, options: argparse.Namespace) -> Iterator[Figure]:
    """Rows in the table."""
    plant = plants.uncached_plant(folder / "plant")
    sizes = (*ROWS, LARGE) if options.large else ROWS
    with ExitStack() as stack:
        plain, kept = {}, {}
        for size in sizes:
            contract = _orders(folder / str(size), plant, size)
            plain[size] = Client(stack.enter_context(started(contract)).running)
            keeping = folder / f"{size}-kept"
            shutil.copytree(contract, keeping, ignore=shutil.ignore_patterns("*.db*"))
            (keeping / "erp.db").symlink_to(contract / "erp.db")
            with (keeping / "v1" / "orders.yaml").open("a", encoding="utf-8") as text:
                text.write("cache: {fresh: 1h}\n")
            kept[size] = Client(stack.enter_context(started(keeping)).running)
        yield Figure("rows", " ".join(f"{size:,}" for size in sizes))
        yield from grown("an item, uncached", medians({n: _asking(plain[n], _item(n)) for n in sizes}), FLAT)
        yield from grown("a page of 100, uncached", medians({n: _asking(plain[n], _page(n)) for n in sizes}), FLAT)
        yield from grown("an item, kept", medians({n: _asking(kept[n], _hit) for n in sizes}), FLAT)


def _asking(client: Client, path: Callable[[int], str]) -> Callable[[int], float]:
    return lambda turn: client.ask(path(turn))


def _item(size: int) -> Callable[[int], str]:
    """Items all over the table."""
    return lambda turn: f"/v1/orders/{1 + turn * 7919 % size:07}"


def _hit(_: int) -> str:
    return "/v1/orders/0000001"


def _page(size: int) -> Callable[[int], str]:
    """Pages behind places all over the first nine tenths of the table."""
    return lambda turn: f"/v1/orders?limit=100&number[gt]={turn * 7919 % (9 * size // 10):07}"


# Resources.


def _catalogue(folder: Path, plant: Path, count: int) -> Path:
    """So many resources, each a copy of the orders over a table of its own."""
    with _database(folder, plant) as connection:
        for table in (plants.TABLE, *(f"ORD{number:05}" for number in range(count))):
            for text in plants.definition(plant / "erp.db"):
                connection.execute(text.replace(plants.TABLE, table))
            connection.execute(f"INSERT INTO {table} SELECT * FROM plant.{plants.TABLE} WHERE ORDST = '60' LIMIT 10")
    contract = plants.orders_alone(folder, plant, "{kind: sqlite, path: erp.db}")
    pattern = (contract / "v1" / "orders.yaml").read_text(encoding="utf-8")
    (contract / "v1" / "orders.yaml").unlink()
    for number in range(count):
        text = pattern.replace("resource: orders", f"resource: orders-{number}", 1)
        path = contract / "v1" / f"orders-{number}.yaml"
        path.write_text(text.replace(f"table: {plants.TABLE}", f"table: ORD{number:05}", 1), encoding="utf-8")
    line = [sys.executable, "-m", "app", "catalog", str(contract)]
    subprocess.run(line, check=True, stdout=subprocess.DEVNULL)
    return contract


def resources(folder: Path, _: argparse.Namespace) -> Iterator[Figure]:
    """Resources in the contract."""
    plant = plants.uncached_plant(folder / "plant")
    contracts = {count: _catalogue(folder / str(count), plant, count) for count in RESOURCES}
    with closing(sqlite3.connect(folder / str(RESOURCES[0]) / "erp.db")) as connection:
        (key,) = connection.execute("SELECT min(ORDNO) FROM ORD00000").fetchone()
    yield Figure("resources", " ".join(f"{count:,}" for count in RESOURCES))
    with ExitStack() as stack:
        clients, times, sizes = {}, {}, {}
        for count, contract in contracts.items():
            gateway = stack.enter_context(started(contract))
            clients[count], times[count] = Client(gateway.running), gateway.took
            for number in range(min(count, TOUCHED)):
                clients[count].ask(f"/v1/orders-{number}/{int(key):07}")
            sizes[count] = gateway.memory()
        asks = {count: _one_of_ten(client, int(key)) for count, client in clients.items()}
        items = medians(asks)
    largest = RESOURCES[-1]
    yield Figure("start-up", " ".join(f"{each:.1f}" for each in times.values()) + " s")
    yield at_most(f"  with {largest:,}", times[largest], START, " s")
    yield Figure("memory of a worker, PSS", " ".join(f"{pss:.0f}" for pss, _ in sizes.values()) + " MB")
    yield Figure("memory of a worker, RSS", " ".join(f"{rss:.0f}" for _, rss in sizes.values()) + " MB")
    yield at_most(f"  RSS with {largest:,}", sizes[largest][1], MEMORY, " MB")
    yield from grown("an item, uncached", items, FLAT)
    yield from grown("the look-up of a path, in process", _look_ups(contracts), FLAT, "ns")


def _one_of_ten(client: Client, key: int) -> Callable[[int], float]:
    """Items of the first ten resources: the same work, whatever there is beside them."""
    return lambda turn: client.ask(f"/v1/orders-{turn % 10}/{key:07}")


def _look_ups(contracts: Mapping[int, Path]) -> Mapping[int, float]:
    """The nanoseconds of one, the best of five rounds: of ten paths all over the plan."""
    found = {}
    for count, contract in contracts.items():
        plan = compile_folder(contract, os.environ).plan
        paths = [f"/v1/orders-{number * (count // 10)}/0000001" for number in range(10)]
        rounds = []
        for _ in range(5):
            began = perf_counter()
            for turn in range(LOOK_UPS):
                route(plan, paths[turn % 10])
            rounds.append(perf_counter() - began)
        found[count] = min(rounds) / LOOK_UPS * 1e9
    return found


# Callers.


def _keys(plant: Path, count: int) -> Sequence[str]:
    """So many keys that may read orders, written at once."""
    state = State("sqlite:///state.db", plant)
    pepper = pepper_of("", state)
    minted = [mint(pepper) for _ in range(count)]
    now, name = time.time(), pepper_name(pepper)
    with state.database.writing() as connection:
        for at, each in enumerate(minted):
            add(connection, KeyRecord(each.id, each.hash, name, f"bench {at}", now, scopes=("orders:read",)))
    state.close()
    return [each.text for each in minted]


def callers(folder: Path, _: argparse.Namespace) -> Iterator[Figure]:
    """Callers with a key each."""
    pattern = plants.kept_plant(folder / "plant", closed=True)
    number = plants.some_key(pattern)
    with ExitStack() as stack:
        known, fresh, times, sizes = {}, {}, {}, {}
        for count in CALLERS:
            own = folder / str(count)
            shutil.copytree(pattern, own)
            keys = _keys(own, count)
            gateway = stack.enter_context(started(own))
            client = Client(gateway.running)
            times[count] = gateway.took
            client.ask(f"/v1/orders/{number:07}", keys[0])
            known[count] = _with_keys(client, number, keys[:1])
            fresh[count] = _with_keys(client, number, keys[1:])
            sizes[count] = gateway.memory()
        seen, unseen = medians(known), medians(fresh)
        changed = {count: _after_a_change(folder / str(count), ask) for count, ask in known.items()}
    yield Figure("keys", " ".join(f"{count:,}" for count in CALLERS))
    yield from grown("an item, kept, with a key that is known", seen, FLAT)
    yield from grown("with another key each time (with 10: soon known)", unseen)
    yield Figure(
        "the longest after a key was given out", " ".join(f"{each * 1000:.0f}" for each in changed.values()) + " ms"
    )
    yield Figure("start-up", " ".join(f"{each:.1f}" for each in times.values()) + " s")
    yield Figure("memory of a worker, PSS", " ".join(f"{pss:.0f}" for pss, _ in sizes.values()) + " MB")
    yield Figure("memory of a worker, RSS", " ".join(f"{rss:.0f}" for _, rss in sizes.values()) + " MB")
    yield at_most(f"  RSS with {CALLERS[-1]:,}", sizes[CALLERS[-1]][1], MEMORY, " MB")


def _with_keys(client: Client, number: int, keys: Sequence[str]) -> Callable[[int], float]:
    return lambda turn: client.ask(f"/v1/orders/{number:07}", keys[turn % len(keys)])


def _after_a_change(plant: Path, ask: Callable[[int], float]) -> float:
    """The longest of the requests of two seconds in which a worker learns of a new key, in seconds."""
    _keys(plant, 1)
    until, longest = perf_counter() + 2, 0.0
    while perf_counter() < until:
        longest = max(longest, ask(0))
    return longest


PARTS: Final = {"rows": rows, "resources": resources, "callers": callers}


def main() -> None:
    """Run the parts that are named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="part", help=" ".join(PARTS))
    parser.add_argument("--large", action="store_true", help="10^7 rows, too: a file of several gigabytes")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    for name in options.parts or PARTS:
        load = "{:.1f} {:.1f} {:.1f}".format(*os.getloadavg())
        print(f"{name}: {PARTS[name].__doc__}  (load average {load})", flush=True)
        with tempfile.TemporaryDirectory(prefix="bascule-bench-") as directory:
            for figure in PARTS[name](Path(directory), options):
                print(figure, flush=True)


if __name__ == "__main__":
    main()
