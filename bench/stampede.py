"""Stampedes: how many statements 200 requests at once for one thing cost that nobody has yet.

    python -m bench.stampede [--rounds 10]

200 connections, each with one request on it that goes out at the same moment as all others; 4 workers of 8 threads; another key
in each round: an order, or a page. The database as it is, and 0.2 s away, as an old one behind a slow line is, so that all come
before the first answer. The hand-written application beside it. Statements are counted in PostgreSQL's log.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Final

from bench import counted
from bench.counted import Data, Subject
from bench.guard import Figure, at_most
from tests.faults.proxy import CLEAR, latency

CROWD: Final = 200
WORKERS: Final = 4
AWAY: Final = 0.2  # seconds
FRESH: Final = "fresh: 1h"

Ask = Callable[[Data, Subject, int], str]
"""The path of what is asked for in a turn: another one in each."""


@dataclass(frozen=True, slots=True)
class Stampede:
    """What one came to: statements, different answers (failures count as one each), seconds until the last of them."""

    statements: int
    answers: int
    took: float


async def _connected(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", port)


async def _answer(wire: tuple[asyncio.StreamReader, asyncio.StreamWriter], go: asyncio.Event, request: bytes) -> bytes:
    """Status line and body of an answer to what is asked when all go."""
    reader, writer = wire
    await go.wait()
    writer.write(request)
    answer = await reader.read()
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    return head.partition(b"\r\n")[0] + body


async def _all_at_once(port: int, path: str) -> tuple[Sequence[bytes], float]:
    """All answers, and how long they took."""
    wires = await asyncio.gather(*(_connected(port) for _ in range(CROWD)))
    request = f"GET {path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n".encode()
    go = asyncio.Event()
    asked = [asyncio.create_task(_answer(wire, go, request)) for wire in wires]
    await asyncio.sleep(0)
    began = monotonic()
    go.set()
    return await asyncio.gather(*asked), monotonic() - began


def stampede(data: Data, subject: Subject, path: str) -> Stampede:
    """One of them."""
    before = data.statements()
    answers, took = asyncio.run(_all_at_once(subject.port, path))
    good = {answer for answer in answers if answer.startswith(b"HTTP/1.1 200")}
    failures = sum(not answer.startswith(b"HTTP/1.1 200") for answer in answers)
    return Stampede(data.statements() - before, len(good) + failures, took)


def _item(data: Data, subject: Subject, turn: int) -> str:
    """An order: in each turn another one."""
    return subject.item(data.orders[turn * 97 % len(data.orders)])


def _page(_: Data, __: Subject, turn: int) -> str:
    return f"/v1/orders?limit={100 + turn}"


KINDS: Final[Mapping[str, Ask]] = {"an order": _item, "a page of 100 or a few more": _page}


def measure(data: Data, subject: Subject, rounds: int) -> Iterator[Figure]:
    """The figures of one subject."""
    turn = 0
    for away, line in ((0.0, CLEAR), (AWAY, latency(AWAY))):
        subject.line.set(line)
        for what, ask in KINDS.items():
            yield Figure(f"{subject.name}: {what}, the database {away:g} s away", "")
            yield from judge(subject, [stampede(data, subject, ask(data, subject, turn + n)) for n in range(rounds)])
            turn += rounds


def judge(subject: Subject, seen: Sequence[Stampede]) -> Iterator[Figure]:
    """The lines of one kind of stampede. Nothing is asked of who keeps nothing."""
    most, answers = max(each.statements for each in seen), max(each.answers for each in seen)
    what, same = f"  statements, the most in {len(seen)} rounds", "  different answers among the 200, the most"
    if subject.name == counted.GATEWAY:
        yield at_most(what, most, 1)
        yield at_most(same, answers, 1)
    else:
        yield Figure(what, str(most))
        yield Figure(same, str(answers))
    yield Figure(
        "  until the last answer, the median", f"{statistics.median(each.took for each in seen) * 1000:.0f} ms"
    )


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10, help="of each kind of stampede")
    rounds = parser.parse_args().rounds
    with counted.data() as data:
        for opened in (counted.gateway(data, FRESH, WORKERS), counted.by_hand(data, WORKERS)):
            with opened as subject:
                for figure in measure(data, subject, rounds):
                    print(figure, flush=True)


if __name__ == "__main__":
    main()
