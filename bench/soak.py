"""A soak: load for twenty minutes with a fault a minute, and what does not come back afterwards.

    python -m bench.soak [--minutes 20] [--rate 200]

A gateway of 2 workers over PostgreSQL behind a fault proxy, whose answers are kept for 2 s in memory, in Redis (where there is one)
and on disk, and over a SQLite file whose answers are not kept. Clients ask at the rate given, in processes of their own, and
compare every row. Each minute has one fault, for ten seconds at most, in this order, again and again:

    nothing comes through · every connection is reset · the database is killed · Redis is killed · answers come at 1 kB a second

After the first quarter a worker is killed and the gateway reloaded, twice each, and everybody has the rest of the first half to
warm up again. The second half is looked at for what grows; the last quarter's times stand beside the first one's: both have as many
faults. With fewer minutes, everything is shorter in proportion, and says less.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Final

from bench import clients
from bench.clients import Answer
from bench.guard import Figure, at_most, none_of, percentile
from tests.faults import kept, proxy
from tests.faults.kept import KeptSite, Telling
from tests.redis_server import Server as Redis

WORKERS: Final = 2
CLIENTS: Final = 20  # of what is kept; and a fifth as many of what is not
FAULTS: Final = 20  # in all
REPLACED: Final = 4  # times that workers are killed or replaced, in turn
SAMPLES: Final = 240  # looks at memory, descriptors and threads
KEEPS: Final = "fresh: 2s, stale_while_revalidate: 1m, stale_if_error: 1h, persist: true"
SLOW: Final = 1_000  # bytes a second
GROWTH, PACE = 1.0, 1.2  # MB a minute; the last p99 beside the first


@dataclass(frozen=True, slots=True)
class Sample:
    """What the gateway's processes had at a moment: resident megabytes of their own, descriptors, threads; parent first.

    `shared` megabytes are those of the arena that the process has touched: it is written round and round, so that they grow to
    its size, and no further.
    """

    at: float
    pids: tuple[int, ...]
    megabytes: tuple[float, ...]
    shared: tuple[float, ...]
    descriptors: tuple[int, ...]
    threads: tuple[int, ...]


@dataclass
class Soak:
    """The gateway, what is done to it, and what was seen."""

    site: KeptSite
    redis: Redis | None
    seconds: float
    began: float = field(default_factory=monotonic)
    samples: list[Sample] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def moment(self, share: float) -> float:
        """The monotonic clock's, of a share of the time."""
        return self.began + share * self.seconds

    def fault(self, turn: int) -> None:
        """Do what is due, for a sixth of the time until the next."""
        length = self.seconds / FAULTS / 6
        name, begin, end = self._faults()[turn % 5]
        self.told.append(name)
        begin()
        time.sleep(length)
        end()

    def _faults(self) -> Sequence[tuple[str, Callable[[], None], Callable[[], None]]]:
        site, redis = self.site, self.redis
        clear = partial(site.proxy.set, proxy.CLEAR)
        return (
            ("nothing comes through", partial(site.proxy.set, proxy.BLACK_HOLE), clear),
            ("every connection is reset", site.proxy.kill_all, _nothing),
            ("the database is killed", site.plant.kill, site.plant.start),
            ("Redis is killed", redis.kill if redis else _nothing, redis.start if redis else _nothing),
            ("answers come slowly", partial(site.proxy.set, proxy.slow(SLOW)), clear),
        )

    def replace(self, turn: int) -> None:
        """Kill a worker, or reload."""
        if turn % 2:
            self.told.append("reload")
            self.site.running.signal(signal.SIGHUP)
        else:
            self.told.append("a worker is killed")
            os.kill(random.Random(turn).choice(self.site.running.workers()), signal.SIGKILL)

    def look(self) -> None:
        """Note what the processes have; those that end meanwhile are left out."""
        pids = (self.site.running.process.pid, *sorted(self.site.running.workers()))
        try:
            found = [(*_megabytes(pid), _entries(pid, "fd"), _entries(pid, "task")) for pid in pids]
        except OSError:
            return
        self.samples.append(Sample(monotonic(), pids, *zip(*found, strict=True)))


def _nothing() -> None:
    """Where there is nothing to do."""


def _megabytes(pid: int) -> tuple[float, float]:
    """Resident, of its own and shared."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    sizes = {name: rest for name, _, rest in (line.partition(":") for line in lines)}
    return int(sizes["RssAnon"].split()[0]) / 1024, int(sizes["RssShmem"].split()[0]) / 1024


def _entries(pid: int, what: str) -> int:
    return len(list(Path(f"/proc/{pid}/{what}").iterdir()))


def suffer(soak: Soak) -> None:
    """Everything that happens, at its time, with a look at the processes between."""
    acts: list[tuple[float, Callable[[], None]]] = [
        *(((turn + 0.5) / FAULTS, partial(soak.fault, turn)) for turn in range(FAULTS)),
        *((0.25 + 0.1 * (turn + 1) / FAULTS, partial(soak.replace, turn)) for turn in range(REPLACED)),
        *((turn / SAMPLES, soak.look) for turn in range(SAMPLES)),
        (1.0, _nothing),
    ]
    for share, act in sorted(acts, key=lambda each: each[0]):
        time.sleep(max(0.0, soak.moment(share) - monotonic()))
        act()


# What was seen.


def slope(samples: Sequence[Sample], process: int) -> float:
    """By how many megabytes a minute a process grows: the line of least squares."""
    if len(samples) < 3:
        return float("nan")
    return statistics.linear_regression(
        [each.at / 60 for each in samples], [each.megabytes[process] for each in samples]
    )[0]


def judge(soak: Soak, kept_answers: Sequence[Answer], others: Sequence[Answer]) -> Iterator[Figure]:
    """The figures."""
    settled = [each for each in soak.samples if each.at >= soak.moment(0.5)]
    same = {each.pids for each in settled}
    yield Figure("what happened", ", ".join(f"{count} x {name}" for name, count in Counter(soak.told).items()))
    yield none_of("processes that were replaced in the second half", len(same) - 1)
    whole = [each for each in settled if each.pids == settled[-1].pids]
    for process, name in enumerate(("parent", *(f"worker {number + 1}" for number in range(WORKERS)))):
        first, last = whole[0].megabytes[process], whole[-1].megabytes[process]
        what = f"{name}: its own memory, from {first:.0f} to {last:.0f} MB: a minute"
        yield at_most(what, slope(whole, process), GROWTH, " MB")
    shared = " ".join(f"{each:.0f}" for each in whole[-1].shared)
    yield Figure("what each has touched of the memory that all share", f"{shared} MB")
    yield from _flat("descriptors", [sum(each.descriptors) for each in whole])
    yield from _flat("threads", [sum(each.threads) for each in whole])
    yield from _times(soak, kept_answers, others)


def _flat(what: str, counts: Sequence[int]) -> Iterator[Figure]:
    """The median of the last third beside that of the first: what swings with the faults is not what grows."""
    third = len(counts) // 3
    first, last = statistics.median(counts[:third]), statistics.median(counts[-third:])
    yield at_most(f"{what} of all: {first:g}, then {last:g}; more by", float(last - first), 0.1 * first + 2)


def _times(soak: Soak, kept_answers: Sequence[Answer], others: Sequence[Answer]) -> Iterator[Figure]:
    for name, answers in (("kept", kept_answers), ("not kept, of a source that is well", others)):
        first = [each for each in answers if each.asked < soak.moment(0.25)]
        last = [each for each in answers if soak.moment(0.75) <= each.asked < soak.moment(1.0)]
        times = f"{percentile(first, 0.99) * 1000:.1f}, {percentile(last, 0.99) * 1000:.1f} ms"
        yield Figure(f"{name}: p99 of the first and of the last quarter", times)
        yield at_most("  the last, of the first", percentile(last, 0.99) / percentile(first, 0.99), PACE)
        wrong = Counter(each.status for each in answers if not each.right)
        yield Figure(f"  {len(answers)} answers; not right, by status (0: cut off)", str(dict(wrong)))
        rows = sum(each.status == 200 and not each.right for each in answers)
        yield none_of("  wrong rows", rows)


def _redis(stack: ExitStack) -> Redis | None:
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        print("left out: Redis: there is no server (Debian: apt-get install redis-server)")
        return None
    found = Redis(program, Path(stack.enter_context(tempfile.TemporaryDirectory())))
    found.start()
    stack.callback(found.kill)
    return found


def run(minutes: float, rate: float) -> Iterator[Figure]:
    """The whole of it."""
    with ExitStack() as stack:
        plant = Telling(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bascule-faults-"))))
        stack.callback(plant.stop)
        redis = _redis(stack)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stores = f'shared: "{redis.url}"' if redis else ""
        site = stack.enter_context(kept.keeping(plant, folder, KEEPS, stores, workers=WORKERS))
        site.warm_for(3.0)
        soak = Soak(site, redis, minutes * 60)
        pause = CLIENTS / (rate * 5 / 6)
        with (
            clients.asking(site.running.port, {"parts": CLIENTS}, pause) as crowd,
            clients.asking(site.running.port, {"papers": CLIENTS // 5}, pause) as others,
        ):
            suffer(soak)
        yield from judge(soak, crowd.answers, others.answers)


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--rate", type=float, default=200, help="requests a second, about")
    options = parser.parse_args()
    load = "{:.1f} {:.1f} {:.1f}".format(*os.getloadavg())
    print(f"{options.minutes:g} minutes at {options.rate:g} requests a second  (load average {load})", flush=True)
    for figure in run(options.minutes, options.rate):
        print(figure, flush=True)


if __name__ == "__main__":
    main()
