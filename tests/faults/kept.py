"""A gateway that keeps answers, over a database that writes down every statement it is asked.

In charge of the contract, of counting statements where they arrive, and of ending workers in a way that tells whose requests it
ended. It must not know what a test does to the rest.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Final

import pytest

from tests.faults.gateway import DEADLINE, PATIENCE, THREADS, Reply, Site, write_contract
from tests.faults.plants import NAP, Postgresql
from tests.faults.proxy import FaultProxy
from tests.serving.running import ROOT, Running, environment

WORKERS: Final = 4
KEPT: Final = ("parts", "naps")
CUT: Final = 0  # instead of a status: no answer came, or half of one
CHECK: Final = "/v1/parts/8"  # one of those that `any` asks for

_ENTRY: Final = re.compile(
    r"LOG:  (?:execute (?!fetch from)[^:]*|statement): (.*(?:\n\t.*)*)"
)  # a line, and those that go on
_ESTABLISHED: Final = "01"  # the state of a connection in /proc/net/tcp


def statements_over(table: str, log: str) -> int:
    """How many statements PostgreSQL's log tells of that name the table; `log_statement` has to be `all`."""
    return sum(f'"{table}"' in text for text in _ENTRY.findall(log))


class Telling(Postgresql):
    """PostgreSQL that logs each statement as it begins to run it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._execute("ALTER DATABASE postgres SET log_statement = 'all'")

    def statements(self) -> int:
        """How many statements over the parts it has been asked, ever."""
        return statements_over("PART", self._server.log())


@pytest.fixture(scope="session")
def telling() -> Iterator[Telling]:
    """Such a server for the whole suite."""
    with TemporaryDirectory(prefix="bascule-faults-") as folder:
        plant = Telling(Path(folder))
        try:
            yield plant
        finally:
            plant.stop()


@dataclass
class KeptSite(Site):
    """The gateway. Its source `legacy` is behind the proxy, and is asked by nobody else: `statements` begin at 0."""

    plant: Telling
    folder: Path
    began: int = 0

    def statements(self) -> int:
        """How many statements reached the source so far."""
        return self.plant.statements() - self.began

    def status(self, path: str = CHECK) -> str:
        """What `Cache-Status` says of an answer, which has to be a 200."""
        status, headers, raw = self.running.get(path)
        assert status == 200, raw
        return headers["Cache-Status"] or ""

    def patient_item(self, resource: str = "parts", number: int = 1) -> Reply:
        """Ask for an item, and take a connection that ends early for an answer of status CUT."""
        started = time.monotonic()
        try:
            return self.item(resource, number)
        except (OSError, ValueError, HTTPException):
            return Reply(CUT, time.monotonic() - started, None, right=False)

    def patient_any(self) -> Reply:
        """The same for any item or page."""
        started = time.monotonic()
        try:
            return self.any()
        except (OSError, ValueError, HTTPException):
            return Reply(CUT, time.monotonic() - started, None, right=False)

    def readers(self) -> list[int]:
        """The workers that hold a connection to the source."""
        return [pid for pid in self.running.workers() if _connected(pid, remote=self.proxy.port)]

    def kill(self, worker: int) -> int:
        """End a worker by SIGKILL: how many clients it had, whose requests end with it. It was stopped while they were counted."""
        self.running.halt(worker)
        clients = _connected(worker, local=self.running.port)
        os.kill(worker, signal.SIGKILL)
        return clients

    def await_workers(self, gone: int = 0) -> None:
        """Wait until all workers run again, without that one."""
        self.running.wait(lambda: len(set(self.running.workers()) - {gone}) == WORKERS, "every worker runs")

    def warm(self) -> None:
        """Have every worker know every item and page: ask each of them until nothing reaches the source any more."""
        self.recover()
        before = -1
        while before != self.statements():
            before = self.statements()
            self.at_once(800, self.any, 16)

    def warm_for(self, seconds: float) -> None:
        """Ask for everything again and again for so long, so that it is read and written more than once."""
        self.recover()
        self.at_once(400, self.any, 8)  # a worker that has yet to log in may say that its source is busy
        begin = time.monotonic()
        while True:
            wrong = [reply for reply in self.at_once(400, self.any, 8) if not reply.right]
            if not wrong and time.monotonic() >= begin + seconds:
                return
            assert time.monotonic() < begin + PATIENCE, wrong


def _connected(pid: int, local: int = 0, remote: int = 0) -> int:
    """How many established connections of this port a process has."""
    inodes = set()
    for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
        words = line.split()
        ports = [int(each.rpartition(":")[2], 16) for each in words[1:3]]
        if words[3] == _ESTABLISHED and (ports[0] == local or ports[1] == remote):
            inodes.add(f"socket:[{words[9]}]")
    return len(inodes & set(_open_files(pid)))


def _open_files(pid: int) -> Iterator[str]:
    for each in Path(f"/proc/{pid}/fd").iterdir():
        try:
            yield str(each.readlink())
        except FileNotFoundError:  # closed meanwhile
            continue


def write_kept_contract(
    folder: Path,
    plant: Postgresql,
    port: int,
    cache: str,
    stores: str = "",
    deadline: float = DEADLINE,
    resources: Sequence[str] = KEPT,
    nap: float = NAP,
) -> Path:
    """The suite's contract with a catalog on file; these resources are kept so, and the gateway keeps them as `stores` says."""
    contract = write_contract(folder, plant.source(port), {"naps": plant.naps(nap)}, deadline)
    subprocess.run(
        [sys.executable, "-m", "app", "catalog", str(contract)],
        check=True, cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL,
    )  # fmt: skip
    for name in resources:
        with (contract / "v1" / f"{name}.yaml").open("a", encoding="utf-8") as text:
            text.write(f"cache: {{{cache}}}\n")
    if stores:
        with (contract / "gateway.yaml").open("a", encoding="utf-8") as text:
            text.write(f"cache: {{{stores}}}\n")
    return contract


def started(
    contract: Path, log: Path, settings: Mapping[str, str] = MappingProxyType({}), workers: int = WORKERS
) -> Running:
    """A gateway over that contract, once every worker runs."""
    scale = ("--workers", str(workers), "--threads", str(THREADS))
    running = Running.start(contract, log, *scale, settings=settings)
    try:
        running.wait(lambda: len(running.workers()) == workers, "every worker runs")
    except BaseException:
        running.end()
        raise
    return running


@contextmanager
def keeping(
    plant: Telling,
    folder: Path,
    cache: str,
    stores: str = "",
    settings: Mapping[str, str] = MappingProxyType({}),
    deadline: float = DEADLINE,
    resources: Sequence[str] = KEPT,
    workers: int = WORKERS,
    nap: float = NAP,
) -> Iterator[KeptSite]:
    """A gateway that keeps these resources as `cache` says, for the length of a block; `nap` is how long a nap takes."""
    plant.start()  # a test that failed may have left it dead
    with FaultProxy(plant.port) as proxy:
        contract = write_kept_contract(folder / "contract", plant, proxy.port, cache, stores, deadline, resources, nap)
        site = KeptSite(
            plant, proxy, started(contract, folder / "gateway.log", settings, workers), contract, plant.statements()
        )
        try:
            yield site
        finally:
            site.running.end()


@contextmanager
def restarted(site: KeptSite, between: Callable[[], None] = lambda: None) -> Iterator[None]:
    """The same gateway ended, and started again after `between`, for the length of a block."""
    assert site.running.end() == 0
    between()
    site.running = started(site.folder, site.running.log_file.with_name("restarted.log"))
    yield
