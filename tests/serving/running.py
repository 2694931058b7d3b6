"""A gateway in processes of its own, on a free port, with its log in a file."""

from __future__ import annotations

import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests import patient

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0  # seconds; for a machine with much else to do

_claims: list[socket.socket] = []  # of the ports that this process was given


def free_port() -> int:
    """A port that nothing listens at, that the system gives to no client (those are from 32768 on), and that no other test is given.

    A name that no two sockets of a machine can have stands for it, as long as this process lives.
    """
    while True:
        port, claim = random.randrange(20_000, 32_000), socket.socket(socket.AF_UNIX)
        with socket.socket() as trial, suppress(OSError):
            claim.bind(f"\0tests of bascule, port {port}")
            trial.bind(("127.0.0.1", port))
            _claims.append(claim)
            return port
        claim.close()


def command(folder: Path, *options: str) -> list[str]:
    """The command line that serves `folder`."""
    return [sys.executable, "-m", "app", "serve", str(folder), *options]


def environment() -> dict[str, str]:
    """This process's environment without settings of the gateway."""
    return {name: value for name, value in os.environ.items() if not name.startswith("BASCULE_")}


@dataclass
class Running:
    """A started gateway. `log_file` holds both of its output streams."""

    process: subprocess.Popen[bytes]
    port: int
    log_file: Path

    @classmethod
    def start(
        cls,
        folder: Path,
        log_file: Path,
        *options: str,
        host: str = "127.0.0.1",
        settings: Mapping[str, str] | None = None,
        patiently: bool = False,
    ) -> Running:
        """Start a gateway and wait until it answers. `settings` are added to its environment.

        `patiently`: it waits for its state as long as the tests do, however busy the machine is.
        """
        port = free_port()
        line = patient.command if patiently else command
        with log_file.open("wb") as log:
            process = subprocess.Popen(
                line(folder, "--bind", f"{host}:{port}", *options),
                cwd=ROOT,
                env=environment() | dict(settings or {}),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        running = cls(process, port, log_file)
        try:
            running.wait(lambda: "Listening at" in running.log() and running.status("/livez") == 200, "it listens")
        except BaseException:
            running.end()
            raise
        return running

    def log(self) -> str:
        """What it has written so far."""
        return self.log_file.read_text(encoding="utf-8", errors="replace")

    def get(self, path: str) -> tuple[int, http.client.HTTPMessage, bytes]:
        """GET, on a connection of its own: status, headers, body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def status(self, path: str) -> int:
        """The status of a GET; 0 where no connection is had."""
        try:
            return self.get(path)[0]
        except OSError:
            return 0

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the parent process."""
        self.process.send_signal(number)

    def workers(self) -> list[int]:
        """The process ids of the workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text(encoding="ascii").split()]

    def halt(self, worker: int) -> None:
        """Stop a worker (SIGSTOP), and wait until nothing of it goes on: a thread ends its system call before."""
        os.kill(worker, signal.SIGSTOP)
        self.wait(lambda: _stands(worker), "the worker is stopped")

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until `condition` holds; fail with the log if it does not, or if the gateway has ended."""
        until = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < until, f"not in time: {what}\n{self.log()}"
            assert self.process.poll() is None, f"the gateway ended before {what}\n{self.log()}"
            time.sleep(0.05)

    def end(self) -> int:
        """Ask it to stop, and see to it that nothing is left; its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            return self.process.wait()


def _stands(pid: int) -> bool:
    """Whether every thread of a process is stopped."""
    states = [each.read_text(encoding="ascii") for each in Path(f"/proc/{pid}/task").glob("*/stat")]
    return all(state.rpartition(")")[2].split()[0] == "T" for state in states)
