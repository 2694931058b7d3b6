"""What reaches the host: statements for 1,000 requests of a plant's day, and what readers notice of a source that is a black hole.

    python -m bench.host_load [mix] [black-hole] [--seconds 60] [--speed 10] [--desk 20]      without a name: both

mix         300 dashboards, each with one of 12 lists of orders, poll it every 5 s and name the ETag that they have; 20 people at
            the order desk open an order every 30 s each, drawn by Zipf from 20,000; freshness 30 s, stale for 30 s while read anew,
            for an hour if the source fails. Within the time: two deploys, by HUP, and an outage in which nothing comes through for
            a sixth of it. `--speed 10` has ten seconds pass in one: polls every 0.5 s, freshness 3 s, and so on; what a request
            takes, and the gateway's own times (deadline 2 s), stay as they are. The hand-written application has the same day.
black-hole  32 clients of what is kept, and 2 of what is not, at one source; healthy, then with nothing coming through.

Statements are counted in PostgreSQL's log.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Final

from bench import clients, counted
from bench.clients import CUT, Answer
from bench.counted import Data, Subject
from bench.guard import Figure, at_most, none_of, percentile, rate, touched
from tests.faults import kept, proxy
from tests.faults.plants import NAP

DASHBOARDS: Final = 300
LISTS: Final = 12
POLL, FRESH, LOOK_UP, IF_ERROR = 5.0, 30.0, 30.0, 3600.0  # seconds of the plant's time
ZIPF: Final = 1.0  # the order of rank n is opened 1/n times as often as the first one
DEPLOYS: Final = (0.25, 0.75)  # moments, as shares of the day
OUTAGE: Final = (0.4, 0.4 + 1 / 6)
WORKERS: Final = 2
MOST: Final = 20  # statements for 1,000 requests


# Who asks.


@dataclass
class Day:
    """What was seen. `seconds` long, `speed` times as fast as the plant's; `port` is whom it is seen of."""

    port: int
    seconds: float
    speed: float
    began: float = 0.0
    polls: list[Answer] = field(default_factory=list)
    look_ups: list[Answer] = field(default_factory=list)
    unchanged: int = 0  # polls that were answered with 304
    reconnected: int = 0  # requests that were sent again, because their connection had been closed before they came

    def over(self) -> bool:
        """Whether it is over."""
        return monotonic() > self.began + self.seconds

    def moment(self, share: float) -> float:
        """The monotonic clock's, of a share of it."""
        return self.began + share * self.seconds


class Client:
    """One client, with a connection that it keeps as browsers do: where it was closed while idle, it asks again over another."""

    def __init__(self, day: Day) -> None:
        self._day = day
        self._wire: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._etags: dict[str, str] = {}

    async def get(self, path: str) -> Answer:
        """Ask; 200 and 304 are right."""
        asked = monotonic()
        tag = f"If-None-Match: {self._etags[path]}\r\n" if path in self._etags else ""
        request = f"GET {path} HTTP/1.1\r\nHost: bench\r\n{tag}\r\n".encode()
        try:
            async with asyncio.timeout(clients.PATIENCE):
                status = await self._exchange(path, request)
        except (OSError, EOFError, TimeoutError):
            self.hang_up()
            status = CUT
        self._day.unchanged += status == 304
        return Answer(asked, monotonic() - asked, status, right=status in {200, 304})

    async def _exchange(self, path: str, request: bytes) -> int:
        used = self._wire is not None
        try:
            return await self._asked(path, request)
        except asyncio.IncompleteReadError as cut:
            if cut.partial or not used:
                raise
        except ConnectionError:
            if not used:
                raise
        self.hang_up()
        self._day.reconnected += 1
        return await self._asked(path, request)

    async def _asked(self, path: str, request: bytes) -> int:
        if self._wire is None:
            self._wire = await asyncio.open_connection("127.0.0.1", self._day.port)
        reader, writer = self._wire
        writer.write(request)
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").rstrip().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        status = int(first.split()[1])
        if status != 304:
            await reader.readexactly(int(headers["content-length"]))
        if status == 200 and "etag" in headers:
            self._etags[path] = headers["etag"]
        if headers.get("connection", "").lower() == "close":
            self.hang_up()
        return status

    def hang_up(self) -> None:
        """Close the connection."""
        if self._wire is not None:
            self._wire[1].close()
            self._wire = None


async def dashboard(day: Day, number: int) -> None:
    """Poll one list until the day is over."""
    client, path = Client(day), f"/v1/orders?limit={20 + 5 * (number % LISTS)}"
    await asyncio.sleep(POLL / day.speed * number / DASHBOARDS)
    while not day.over():
        began = monotonic()
        day.polls.append(await client.get(path))
        await asyncio.sleep(max(0.0, began + POLL / day.speed - monotonic()))
    client.hang_up()


async def person(day: Day, draw: Callable[[], str], number: int, desk: int) -> None:
    """Open orders until the day is over."""
    client = Client(day)
    await asyncio.sleep(LOOK_UP / day.speed * number / desk)
    while not day.over():
        began = monotonic()
        day.look_ups.append(await client.get(draw()))
        await asyncio.sleep(max(0.0, began + LOOK_UP / day.speed - monotonic()))
    client.hang_up()


def drawing(data: Data, subject: Subject) -> Callable[[], str]:
    """Draws the path of an order by Zipf; the same orders in the same turn for everybody."""
    chance = random.Random(4711)
    orders = list(data.orders)
    chance.shuffle(orders)
    weights = list(itertools.accumulate(1 / rank**ZIPF for rank in range(1, len(orders) + 1)))
    return lambda: subject.item(chance.choices(orders, cum_weights=weights)[0])


async def _events(day: Day, subject: Subject) -> None:
    """Deploys and the outage, at their times."""
    acts: list[tuple[float, Callable[[], None]]] = [(share, subject.deploy) for share in DEPLOYS]
    acts += [
        (OUTAGE[0], lambda: subject.line.set(proxy.BLACK_HOLE)),
        (OUTAGE[1], lambda: subject.line.set(proxy.CLEAR)),
    ]
    for share, act in sorted(acts, key=lambda each: each[0]):
        await asyncio.sleep(day.moment(share) - monotonic())
        act()


async def _live(day: Day, subject: Subject, data: Data, desk: int) -> None:
    day.began = monotonic()
    draw = drawing(data, subject)
    people = [person(day, draw, number, desk) for number in range(desk)]
    await asyncio.gather(_events(day, subject), *people, *(dashboard(day, number) for number in range(DASHBOARDS)))


# What was seen.


def mix(options: argparse.Namespace) -> Iterator[Figure]:
    """A plant's day, with two deploys and an outage in it."""
    speed = options.speed
    cache = f"fresh: {FRESH / speed * 1000:.0f}ms, stale_while_revalidate: {FRESH / speed * 1000:.0f}ms"
    cache += f", stale_if_error: {IF_ERROR / speed:.0f}s"
    with counted.data() as data:
        for opened in (counted.gateway(data, cache, WORKERS), counted.by_hand(data, WORKERS)):
            with opened as subject:
                day = Day(subject.port, options.seconds, speed)
                before = data.statements()
                asyncio.run(_live(day, subject, data, options.desk))
                time.sleep(1)  # what is read behind the requests
                yield from _seen(day, subject, data.statements() - before)


def _seen(day: Day, subject: Subject, statements: int) -> Iterator[Figure]:
    """The lines of one day."""
    requests = len(day.polls) + len(day.look_ups)
    yield Figure(f"{subject.name}: polls, and how many were not modified", f"{len(day.polls)}, {day.unchanged}")
    yield Figure("  orders opened", f"{len(day.look_ups)}, {len(day.look_ups) / requests:.1%}")
    yield Figure("  statements", str(statements))
    what, each = "  statements for 1,000 requests", 1000 * statements / requests
    yield at_most(what, each, MOST) if subject.name == counted.GATEWAY else Figure(what, f"{each:.1f}")
    failed = [answer for answer in day.polls if not answer.right]
    what = "  polls that failed in all: deploys and outage"
    yield none_of(what, len(failed)) if subject.name == counted.GATEWAY else Figure(what, str(len(failed)))
    opened = [answer for answer in day.look_ups if not answer.right]
    ill = touched(opened, day.moment(OUTAGE[0]), day.moment(OUTAGE[1]))
    yield Figure("  orders that could not be opened, and of these in the outage", f"{len(opened)}, {len(ill)}")
    if failed or opened:
        yield Figure("  what failed, by status (0: no answer)", str(dict(Counter(a.status for a in failed + opened))))
    yield Figure("  requests sent again over another connection", str(day.reconnected))
    for what, begin, end in (("before", 0.05, OUTAGE[0]), ("meanwhile", *OUTAGE)):
        seen = touched(day.polls, day.moment(begin), day.moment(end))
        yield Figure(f"  polls {what}: median, p99", f"{_ms(seen, 0.5)}, {_ms(seen, 0.99)}")


def _ms(answers: Sequence[Answer], share: float) -> str:
    return f"{percentile(answers, share) * 1000:.1f} ms"


# A black hole behind what is kept.

CROWD: Final = 32  # clients of what is kept, each with a pause between answer and request
PAUSE: Final = 0.05
OTHERS: Final = 2  # clients of what is not, at the same source: half of its connections
WAYS: Final = {
    "fresh for 2 s, then stale while it is read anew": (
        "fresh: 2s, stale_while_revalidate: 10m, stale_if_error: 1h",
        1.2,
    ),
    "fresh for 2 s, then stale if the source fails": ("fresh: 2s, stale_if_error: 1h", None),
}


def black_hole(options: argparse.Namespace) -> Iterator[Figure]:
    """A source behind which nothing answers, and those who read what is kept of it."""
    with tempfile.TemporaryDirectory(prefix="bascule-faults-") as folder:
        plant = kept.Telling(Path(folder))
        try:
            for what, (cache, most) in WAYS.items():
                yield Figure(what, "")
                yield from _beside_a_hole(plant, cache, most, options.seconds)
        finally:
            plant.stop()


def _beside_a_hole(plant: kept.Telling, cache: str, most: float | None, seconds: float) -> Iterator[Figure]:
    with (
        tempfile.TemporaryDirectory() as folder,
        kept.keeping(plant, Path(folder), cache, resources=("parts",)) as site,
    ):
        site.warm_for(3.0)
        port = site.running.port
        with (
            clients.asking(port, {"parts": CROWD}, PAUSE) as crowd,
            clients.asking(port, {"naps": OTHERS}, PAUSE) as others,
        ):
            time.sleep(3)
            well = monotonic()
            time.sleep(seconds / 2)
            ill = monotonic()
            site.proxy.set(proxy.BLACK_HOLE)
            time.sleep(seconds / 2)
            over = monotonic()
            site.proxy.set(proxy.CLEAR)
        yield from _compared(crowd.answers, others.answers, (well, ill, over), most)


def _compared(
    answers: Sequence[Answer], others: Sequence[Answer], moments: tuple[float, float, float], most: float | None
) -> Iterator[Figure]:
    """The lines: what is asked for is told of the p99."""
    well, ill, over = moments
    before, meanwhile = ([each for each in answers if a <= each.asked < b] for a, b in ((well, ill), (ill, over)))
    for what, seen, begin, end in (("healthy", before, well, ill), ("in the hole", meanwhile, ill, over)):
        figures = f"{rate(seen, begin, end):.0f}/s, {_ms(seen, 0.5)}, {_ms(seen, 0.99)}, {_ms(seen, 1.0)}"
        yield Figure(f"  {what}: right answers, median, p99, longest", figures)
    ratio = percentile(meanwhile, 0.99) / percentile(before, 0.99)
    what = "  p99 in the hole, of the healthy one"
    yield Figure(what, f"{ratio:.2f}") if most is None else at_most(what, ratio, most)
    wrong = [each.status for each in (*before, *meanwhile) if not each.right]
    yield none_of(f"  answers that were not right, by status: {dict(Counter(wrong))}", len(wrong))
    lost = [each for each in others if ill <= each.asked < over]
    told = dict(Counter(each.status for each in lost))
    yield Figure(f"  beside them, of what is not kept ({NAP:g} s each), by status", str(told))


PARTS: Final = {"mix": mix, "black-hole": black_hole}


def main() -> None:
    """Run the parts that are named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="part", help=" ".join(PARTS))
    parser.add_argument("--seconds", type=float, default=60, help="of each part and of each that is asked")
    parser.add_argument("--speed", type=float, default=10, help="seconds of the plant's in one of ours")
    parser.add_argument("--desk", type=int, default=20, help="people who open orders")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    for name in options.parts or PARTS:
        load = "{:.1f} {:.1f} {:.1f}".format(*os.getloadavg())
        print(f"{name}: {PARTS[name].__doc__}  (load average {load})", flush=True)
        for figure in PARTS[name](options):
            print(figure, flush=True)


if __name__ == "__main__":
    main()
