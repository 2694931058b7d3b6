"""What watching costs: metrics, history, the audit, the count of reads, traces: for each request, in microseconds.

    python -m bench.observe [--seconds 3] [--rounds 5]

First each reader of observations alone, told the same observation over and over. Then in process: gateways answer the same request
in turn, an answer that is kept, and one that is read each time; each gateway watches in one way, beside one that does not watch at
all. Then served: the same under gunicorn, kept answers over 32 connections, loaded in turn. Spans go to a collector on
127.0.0.1 that throws them away, in a process of its own.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import timeit
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import sleep

from app.assembly import compile_folder, open_gateway
from app.callers.audit import audit_log
from app.demo.plant import build
from app.exchange import ANYBODY, Answer, Inbound
from app.gateway import Gateway
from app.metrics.history import History
from app.metrics.layout import Layout
from app.metrics.metrics import Metrics
from app.metrics.table import ADMIN, OTHER
from app.observations import Observation, Observatory, Reader, Served, StatementRun
from app.pipeline import respond
from app.settings import Settings
from app.stages import record
from app.traces.opening import open_traces
from app.traces.traces import Traces
from app.usage.counting import Usage
from bench import harness
from bench.callers import asked, in_turn
from bench.plants import some_key, uncached_plant

CONNECTIONS = 32
TIMES = 20_000
UNWATCHED = "BENCH_UNWATCHED"  # a gateway that is started with it counts nothing

SERVED = Served(
    "9f8e7d6c5b4a3210", "GET", "/v1/orders/4711", 200, 0.0003, (("query", 0.0001),), "", "bascule; hit; ttl=18", 3.2,
    "/v1/orders/{key}", "key:a1b2c3d4",
)  # fmt: skip
RUN = StatementRun("erp", 'SELECT "ORDHDR"."ORDNO" FROM "ORDHDR"', 1, 0.0001, 0.0004, SERVED.request_id)
FORM = "v1/orders/{key}"


class Sink(BaseHTTPRequestHandler):
    """A collector that throws away what it is sent."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Take it."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def collector() -> Iterator[str]:
    """The address of a collector in a process of its own."""
    port = harness.free_port()
    process = subprocess.Popen([sys.executable, "-m", "bench.observe", "--collect", str(port)])
    sleep(1.0)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def cost(work: Callable[[], object], rounds: int) -> float:
    """Microseconds of one call: the best of the rounds, since whatever else the machine does only adds."""
    return min(timeit.repeat(work, number=TIMES, repeat=rounds)) / TIMES * 1e6


def readers(directory: Path, address: str, rounds: int) -> None:
    """Print what each reader costs alone."""
    layout = Layout(("/v1/orders/{key}", OTHER, ADMIN), ("erp",))
    metrics = Metrics(layout)
    history, usage = History(Metrics(layout), lambda *_: None, 1), Usage(lambda *_: None, 1)
    found: dict[str, tuple[Reader, Observation]] = {
        "metrics, a request": (metrics, SERVED),
        "metrics, a statement": (metrics, RUN),
        "metrics and history, a request": (history, SERVED),
        "metrics and history, a statement": (history, RUN),
    }
    opened = [trace(address, ratio) for ratio in ("0", "0.01", "1")]
    for ratio, traces in zip(("0", "0.01", "1"), opened, strict=True):
        found[f"traces at {ratio}, a request"] = (traces, SERVED)
    print(f"{'a reader, told one thing':36} {'us':>7}")
    for name, (reader, observation) in found.items():
        print(f"{name:36} {cost(lambda reader=reader, said=observation: reader(said), rounds):7.2f}")  # type: ignore[misc]  # a loop's variables
    print(f"{'the count of reads, a read':36} {cost(lambda: usage.note('key:a1b2c3d4', FORM), rounds):7.2f}")
    audit = audit_log(str(directory / "alone.jsonl"), 10**9, 1, "pepper")
    assert audit is not None
    inbound, answer = asked(SERVED.path), Answer(200, b"")
    event = (0.0, inbound, ANYBODY, None, (), answer, "", (), 0.001, SERVED.cache)
    print(f"{'the audit, a request':36} {cost(lambda: audit.note(record.event, *event), 1):7.2f}\n")
    for close in (history.close, usage.close, audit.close, *(each.close for each in opened)):
        close()


def trace(address: str, ratio: str) -> Traces:
    """A reader that traces."""
    made = open_traces(Settings(traces=address, traces_ratio=ratio), {"erp": "sqlite"})
    assert made is not None
    return made


def ways(directory: Path, address: str) -> Mapping[str, Settings]:
    """How a gateway may watch, beside counting."""
    quiet = Settings(usage_days=0)
    return {
        "nothing": quiet,
        "metrics": quiet,
        "metrics and history": quiet,
        "reads counted by caller": Settings(),
        "the audit": replace(quiet, audit=str(directory / "audit.jsonl"), audit_bytes=10**9),
        "traces, 1 of 100": replace(quiet, traces=address, traces_ratio="0.01"),
        "traces, all": replace(quiet, traces=address, traces_ratio="1"),
    }


def watched(plant: Path, name: str, settings: Settings) -> Gateway:
    """A gateway in this process which watches in this way alone."""
    gateway = open_gateway(compile_folder(plant, {}), settings, Observatory())
    readers = gateway.observatory.readers
    assert gateway.metrics is not None
    if name == "metrics":
        readers[:] = [gateway.metrics]
    else:
        kind = History if name == "metrics and history" else Traces
        readers[:] = [reader for reader in readers if isinstance(reader, kind)]
    return gateway


def in_process(directory: Path, plant: Path, path: str, what: str, address: str, rounds: int) -> None:
    """Print what each way costs a request of this process."""
    reads: dict[str, Callable[[], object]] = {}
    gateways = {name: watched(plant, name, settings) for name, settings in ways(directory, address).items()}
    for name, gateway in gateways.items():
        inbound = asked(path)
        assert respond(gateway, inbound).status == 200
        reads[name] = lambda gateway=gateway, inbound=inbound: again(gateway, inbound)  # type: ignore[misc]  # a loop's variables
    found = in_turn(reads, rounds)
    table(f"in process, {what}", found)
    for gateway in gateways.values():
        gateway.close()


def again(gateway: Gateway, inbound: Inbound) -> Answer:
    """The answer to the same request, come once more."""
    return respond(gateway, replace(inbound))


def table(title: str, found: Mapping[str, list[float]]) -> None:
    """Print the times of each way, and what they are beside those of the first."""
    first = next(iter(found.values()))
    print(f"{title:36} {'CPU us':>8} {'more':>8} {'ratio':>7}")
    for name, times in found.items():
        more = statistics.median(each - base for each, base in zip(times, first, strict=True))
        ratio = statistics.median(each / base for each, base in zip(times, first, strict=True))
        print(f"{name:36} {statistics.median(times):8.1f} {more:8.1f} {ratio:6.2f}x")
    print()


def served(directory: Path, plant: Path, path: str, address: str, seconds: float, rounds: int) -> None:
    """Print what each way costs a request under gunicorn. History is in all but the first: no setting takes it out."""
    with ExitStack() as stack:
        servers = []
        for name, settings in ways(directory, address).items():
            if name == "metrics":
                continue
            env = {f"BASCULE_{word.upper()}": str(getattr(settings, word)) for word in SET if getattr(settings, word)}
            env |= {"BASCULE_USAGE_DAYS": str(settings.usage_days), **({UNWATCHED: "1"} if name == "nothing" else {})}
            servers.append(stack.enter_context(gateway_of(name, plant, env)))
        paths = {server.name: path for server in servers}
        measured = harness.interleaved(servers, paths, CONNECTIONS, seconds, rounds)
    table("served, a kept answer", {name: [each.cpu for each in each_round] for name, each_round in measured.items()})


SET = ("audit", "audit_bytes", "traces", "traces_ratio")


@contextmanager
def gateway_of(name: str, plant: Path, env: Mapping[str, str]) -> Iterator[harness.Server]:
    """The gateway as an operator starts it, but for what UNWATCHED does."""
    port = harness.free_port()
    scale = ("--workers", str(harness.WORKERS), "--threads", str(harness.THREADS))
    command = [sys.executable, "-m", "bench.observe", "--serve", str(plant), "--bind", f"127.0.0.1:{port}", *scale]
    with harness.serving(name, command, port, env, "/livez") as server:
        yield server


def serve(arguments: list[str]) -> None:
    """`bascule serve`, without metrics and history where UNWATCHED says so."""
    if os.environ.get(UNWATCHED):
        for reader in (Metrics, History):
            setattr(reader, "__call__", lambda *_: None)  # noqa: B010  # mypy has no word for a method that is replaced
    from app.cli import main  # noqa: PLC0415  # after what it would have imported was changed

    main(["serve", *arguments])


def main() -> None:
    """Run it all."""
    if sys.argv[1:2] == ["--serve"]:
        serve(sys.argv[2:])
    parser = argparse.ArgumentParser(description="What watching costs")
    parser.add_argument("--seconds", type=int, default=3, help="of one load: wrk takes whole ones")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--collect", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.collect:
        ThreadingHTTPServer(("127.0.0.1", chosen.collect), Sink).serve_forever()
    with tempfile.TemporaryDirectory() as place, collector() as address:
        directory = Path(place)
        kept, read = build(directory / "kept").folder, uncached_plant(directory / "read")
        path = f"/v1/orders/{some_key(kept):07}"
        readers(directory, address, chosen.rounds)
        in_process(directory, kept, path, "a kept answer", address, chosen.rounds)
        in_process(directory, read, path, "an item that is read", address, chosen.rounds)
        served(directory, kept, path, address, chosen.seconds, chosen.rounds)


if __name__ == "__main__":
    main()
