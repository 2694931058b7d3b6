"""What benchmarks share: servers on free ports, wrk as the load, CPU time from the process tree, interleaved rounds.

Load goes to 127.0.0.1 alone, for a bounded time. Servers are stopped by their process id.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
WORKERS, THREADS = 2, 8  # of each server that has them; a thread is a worker's


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    name: str
    base: str
    pid: int


@dataclass(frozen=True, slots=True)
class Round:
    """One measurement: requests a second, and the server's CPU time for each in microseconds."""

    rate: float
    cpu: float


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def serving(name: str, command: Sequence[str], port: int, env: Mapping[str, str], ready: str) -> Iterator[Server]:
    """Start a server, wait until `ready` answers, and stop it at the end."""
    process = subprocess.Popen(
        command, env={**os.environ, **env}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    base = f"http://127.0.0.1:{port}"
    try:
        _wait(base + ready, process)
        yield Server(name, base, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@contextmanager
def gateway(name: str, folder: Path, env: Mapping[str, str] = MappingProxyType({}), *options: str) -> Iterator[Server]:
    """The gateway over a contract, as an operator starts it."""
    port = free_port()
    scale = ("--workers", str(WORKERS), "--threads", str(THREADS))
    command = [sys.executable, "-m", "app", "serve", str(folder), "--bind", f"127.0.0.1:{port}", *scale, *options]
    with serving(name, command, port, env, "/livez") as server:
        yield server


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            sys.exit(f"the server of {url} ended with {process.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    sys.exit(f"{url} did not answer within 30 s")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and its children, those that live now."""
    total = 0
    pids = [pid]
    while pids:
        current = pids.pop()
        try:
            fields = Path(f"/proc/{current}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
            children = Path(f"/proc/{current}/task/{current}/children").read_text(encoding="ascii").split()
        except OSError:
            continue
        total += int(fields[11]) + int(fields[12])
        pids += map(int, children)
    return total / CLOCK_TICKS


def load(server: Server, path: str, connections: int, seconds: float, script: str = "") -> Round:
    """Load one path with wrk; every answer has to be a 2xx."""
    wrk = shutil.which("wrk") or sys.exit("this benchmark needs wrk (Debian: apt-get install wrk)")
    before = cpu_seconds(server.pid)
    command = [
        wrk,
        "-t1",
        f"-c{connections}",
        f"-d{seconds:g}s",
        *(["-s", script] if script else []),
        server.base + path,
    ]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    spent = cpu_seconds(server.pid) - before
    if "Non-2xx" in text:
        sys.exit(f"{server.name} failed under load:\n{text}")
    if errors := re.search(r"Socket errors: .*", text):
        print(f"{server.name} at {path}, {connections} connections: {errors[0]}")
    requests = int(_number(r"(\d+) requests in", text))
    return Round(_number(r"Requests/sec:\s+([\d.]+)", text), spent / max(requests, 1) * 1e6)


def _number(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    assert found is not None, text
    return float(found[1])


def interleaved(
    servers: Sequence[Server], paths: Mapping[str, str], connections: int, seconds: float, rounds: int, script: str = ""
) -> dict[str, list[Round]]:
    """Load the servers in turn, `rounds` times; the first, uncounted, turn warms each up. `script` is one of wrk's."""
    found: dict[str, list[Round]] = {server.name: [] for server in servers}
    for turn in range(rounds + 1):
        for server in servers:
            measured = load(server, paths[server.name], connections, seconds if turn else 1, script)
            if turn:
                found[server.name].append(measured)
    return found


def median(rounds: Sequence[Round]) -> Round:
    """The median of each figure."""
    return Round(statistics.median(each.rate for each in rounds), statistics.median(each.cpu for each in rounds))


def ratio(found: Mapping[str, Sequence[Round]], ours: str, theirs: str) -> Round:
    """The medians of the rounds' ratios: how many times the other's rate ours is, and how many times our CPU time the other's."""
    pairs = list(zip(found[ours], found[theirs], strict=True))
    rate = statistics.median(one.rate / other.rate for one, other in pairs)
    cpu = statistics.median(other.cpu / one.cpu for one, other in pairs)
    return Round(rate, cpu)


def verdict(value: float, least: float) -> str:
    """Whether what was asked is reached."""
    return "met" if value >= least else "MISSED"
