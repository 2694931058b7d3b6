"""Clients that ask again and again, in a process of their own: each waits for its answer, and a moment, and asks on.

In charge of asking, of timing each answer and of telling a right one from a wrong one. It must not know what is done to the
source meanwhile: answers carry the monotonic clock, which all processes of a machine share, and whoever reads them knows.

    python -m bench.clients PORT PAUSE RESOURCE:WIDTH ...     until its standard input ends; then the answers, as JSON
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, Final

from tests.faults.gateway import bin_of, part
from tests.faults.plants import BINS, PARTS

PATIENCE: Final = 60.0  # seconds until a client gives an answer up
CUT: Final = 0  # instead of a status: no answer came, or half of one


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. `asked` on the monotonic clock, `took` in seconds; `right`: it is a 200 with the very rows asked for."""

    asked: float
    took: float
    status: int
    right: bool

    @property
    def ended(self) -> float:
        """When it had come."""
        return self.asked + self.took


@dataclass
class Crowd:
    """The answers of clients that have left; empty while they ask."""

    answers: list[Answer] = field(default_factory=list)


@contextmanager
def asking(port: int, widths: Mapping[str, int], pause: float) -> Iterator[Crowd]:
    """So many clients of each resource, for the length of a block, each `pause` seconds between answer and request."""
    command = [sys.executable, "-m", "bench.clients", str(port), str(pause), *(f"{n}:{w}" for n, w in widths.items())]
    root = Path(__file__).resolve().parents[1]
    process = subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    crowd = Crowd()
    try:
        yield crowd
        found, _ = process.communicate(timeout=2 * PATIENCE)
        crowd.answers = [Answer(*each) for each in json.loads(found)]
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


# What follows runs in the clients' process.


@dataclass(frozen=True, slots=True)
class _Question:
    """A request as it goes over the wire, and what its 200 has to hold."""

    raw: bytes
    wanted: Any


def _questions(resource: str) -> list[_Question]:
    """Items of all over the table, and every fourth time a page."""
    asked = []
    for turn in range(PARTS):
        item = 1 + turn * 7 % PARTS
        paged = turn % 4 == 3 and resource != "naps"  # a nap asks for one row, and takes its time
        path = f"{resource}?bin={item % BINS}&limit=50" if paged else f"{resource}/{item}"
        wanted = {"data": bin_of(item % BINS), "page": {"limit": 50, "next": None}} if paged else part(item)
        asked.append(_Question(f"GET /v1/{path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode(), wanted))
    return asked


class _Client:
    """One client, with a connection that it keeps."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._wire: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, question: _Question) -> Answer:
        """The answer to one question; CUT where the connection ends before it."""
        asked = monotonic()
        try:
            async with asyncio.timeout(PATIENCE):
                status, body = await self._exchange(question.raw)
        except (OSError, EOFError, TimeoutError):
            self.hang_up()
            return Answer(asked, monotonic() - asked, CUT, right=False)
        took = monotonic() - asked
        return Answer(asked, took, status, right=status == 200 and json.loads(body) == question.wanted)

    def hang_up(self) -> None:
        """Close the connection."""
        if self._wire is not None:
            self._wire[1].close()
            self._wire = None

    async def _exchange(self, request: bytes) -> tuple[int, bytes]:
        if self._wire is None:
            self._wire = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._wire
        writer.write(request)
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().rstrip().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        body = await reader.readexactly(int(headers["content-length"]))
        if headers.get("connection") == "close":
            self.hang_up()
        return int(first.split()[1]), body


async def _ask_on(
    client: _Client, questions: Sequence[_Question], at: int, pause: float, over: asyncio.Event
) -> list[Answer]:
    """What one client is answered until it is over; a request that has begun is waited for."""
    answers = []
    while not over.is_set():
        answers.append(await client.ask(questions[at % len(questions)]))
        at += 1
        await asyncio.sleep(pause)
    client.hang_up()
    return answers


async def _run(port: int, pause: float, widths: Mapping[str, int]) -> list[Answer]:
    """All clients, each beginning at another place of its resource's questions."""
    over = asyncio.Event()
    asking_on = [
        asyncio.create_task(_ask_on(_Client(port), _questions(resource), 13 * place, pause, over))
        for resource, width in widths.items()
        for place in range(width)
    ]
    await asyncio.to_thread(sys.stdin.read)
    over.set()
    return [answer for answers in await asyncio.gather(*asking_on) for answer in answers]


def main() -> None:
    """Run the clients that the command line names."""
    port, pause, *crowds = sys.argv[1:]
    widths = {name: int(width) for name, _, width in (each.partition(":") for each in crowds)}
    answers = asyncio.run(_run(int(port), float(pause), widths))
    json.dump([astuple(each) for each in answers], sys.stdout)


if __name__ == "__main__":
    main()
