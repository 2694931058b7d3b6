"""Sick sources: what the guard does for those who ask, and what it costs while everybody is well.

    python -m bench.guard [black-hole] [slow] [overhead] [kills] [noise]
                                without a name: all but `noise`, in less than four minutes

A gateway of 2 workers over two sources: PostgreSQL behind a fault proxy, 4 connections, and a SQLite file that is always
well. Clients ask from processes of their own, through connections that they keep, and compare every row.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from time import monotonic
from typing import Final

from bench import clients, harness
from bench.clients import Answer
from tests.faults import plants, proxy
from tests.faults.gateway import CONNECTIONS, Site, write_contract
from tests.faults.plants import Postgresql
from tests.faults.proxy import FaultProxy, Line
from tests.serving.running import Running

WORKERS, THREADS = 2, 16
DEADLINE: Final = 2.0  # seconds
CROWD: Final = 64  # clients of the sick source
PAUSE: Final = 0.1  # seconds each of them waits between answer and request

# The other source's clients are paced as well, only faster. Without a pause they would take what processor time the sick
# source's requests leave, and their rate would tell whether a refusal costs more or less than a row; so it tells whether they
# are kept waiting.
OTHERS: Final = 4
OTHERS_PAUSE: Final = 0.01

KILLS: Final = 20
SETTLE: Final = 1.5  # seconds after a start that are not looked at
FIRST: Final = 5.0  # seconds in which the circuit learns of it; looked at alone: quick refusals drown what was slow


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `met` is None where nothing was asked."""

    what: str
    value: str
    asked: str = ""
    met: bool | None = None

    def __str__(self) -> str:
        """The line."""
        verdict = "" if self.met is None else f"asked: {self.asked:18} {'met' if self.met else 'MISSED'}"
        return f"  {self.what:58} {self.value:>16}   {verdict}".rstrip()


def at_most(what: str, value: float, most: float, unit: str = "") -> Figure:
    """A figure that must not be larger."""
    text = f"{value:.2f}" if isinstance(value, float) else str(value)
    return Figure(what, f"{text}{unit}", f"at most {most:g}{unit}", value <= most)


def at_least(what: str, value: float, least: float) -> Figure:
    """A figure that must not be smaller."""
    return Figure(what, f"{value:.2f}", f"at least {least:g}", value >= least)


def none_of(what: str, count: int) -> Figure:
    """Something that must not happen."""
    return Figure(what, str(count), "none", count == 0)


@contextmanager
def gateway(plant: Postgresql, deadline: float) -> Iterator[Site]:
    """A gateway that has served for a while: its connections are open, and its threads have begun."""
    with tempfile.TemporaryDirectory() as directory, FaultProxy(plant.port) as line:
        folder = write_contract(Path(directory) / "contract", plant.source(line.port), {"naps": plant.naps()}, deadline)
        scale = ("--workers", str(WORKERS), "--threads", str(THREADS))
        running = Running.start(folder, Path(directory) / "log", *scale)
        try:
            running.wait(lambda: len(running.workers()) == WORKERS, "every worker runs")
            site = Site(plant, line, running)
            site.warm()
            for _ in range(2):  # so that no thread that begins later is taken for an abandoned one
                site.at_once(CROWD, lambda: site.item("naps"))
            site.recover()
            yield site
        finally:
            running.end()


# A source that falls ill while 64 clients ask it, and is well again.


@dataclass(frozen=True, slots=True)
class Illness:
    """What was seen of one: the moments, the answers of both sources, threads and workers."""

    healthy: float
    ill: float
    clear: float
    over: float
    sick: Sequence[Answer]
    others: Sequence[Answer]
    threads_before: int
    threads_most: int
    same_workers: bool


def fall_ill(site: Site, line: Line, healthy: float, ill: float, after: float, *, lost: bool = False) -> Illness:
    """Have the line so bad for `ill` seconds, with clients at both sources `healthy` seconds before and `after` it.

    Where what was under way is `lost`, it does not go on when the line is clear: every connection of then stays half-open.
    """
    workers, port = site.running.workers(), site.running.port
    with (
        clients.asking(port, {"parts": CROWD}, PAUSE) as sick,
        clients.asking(port, {"papers": OTHERS}, OTHERS_PAUSE) as others,
    ):
        time.sleep(SETTLE)
        began = monotonic()
        time.sleep(healthy)
        before = site.threads()
        fell_ill = monotonic()
        site.proxy.set(line)
        most = _most_threads(site, fell_ill + ill)
        if lost:
            site.proxy.forget()
        clear = monotonic()
        site.proxy.set(proxy.CLEAR)
        time.sleep(after)
        over = monotonic()
    same = site.running.workers() == workers
    return Illness(began, fell_ill, clear, over, sick.answers, others.answers, before, most, same)


def _most_threads(site: Site, until: float) -> int:
    """The greatest number of threads of the workers that is seen until then."""
    most = 0
    while monotonic() < until:
        most = max(most, site.threads())
        time.sleep(0.1)
    return most


def touched(answers: Sequence[Answer], begin: float, end: float) -> list[Answer]:
    """Those that were waited for between two moments, however late they came."""
    return [each for each in answers if each.ended >= begin and each.asked < end]


def rate(answers: Sequence[Answer], begin: float, end: float) -> float:
    """Right answers a second that came between two moments."""
    return sum(each.right and begin <= each.ended < end for each in answers) / (end - begin)


def percentile(answers: Sequence[Answer], share: float) -> float:
    """The seconds within which this share of the answers came."""
    took = sorted(each.took for each in answers)
    return took[min(len(took) - 1, int(share * len(took)))] if took else float("nan")


def until_well(answers: Sequence[Answer], begin: float, end: float) -> float:
    """The seconds from `begin` until the first right answer after which none is wrong; infinite where there is none."""
    ended = sorted((each.ended, each.right) for each in answers if begin <= each.ended < end)
    last_bad = max((moment for moment, right in ended if not right), default=begin)
    return next((moment - begin for moment, right in ended if right and moment >= last_bad), float("inf"))


def statuses(answers: Sequence[Answer]) -> str:
    """How many of each status; 0 stands for no answer."""
    return " ".join(f"{status}:{count}" for status, count in sorted(Counter(each.status for each in answers).items()))


def faults(answers: Sequence[Answer]) -> list[Figure]:
    """What must not be among them, whatever happens."""
    unexpected = sum(each.status not in {200, 503, 504} for each in answers)
    wrong = sum(each.status == 200 and not each.right for each in answers)
    return [none_of("answers other than 200, 503, 504", unexpected), none_of("wrong rows", wrong)]


def judge(seen: Illness, deadline: float) -> Iterator[Figure]:
    """The figures of an illness."""
    during = touched(seen.sick, seen.ill, seen.clear)
    shed = [each for each in during if each.status == 503]
    yield Figure("the sick source's answers meanwhile, by status", statuses(during))
    yield at_most("their p99", percentile(during, 0.99), deadline + 0.5, " s")
    first = touched(seen.sick, seen.ill, seen.ill + FIRST)
    yield Figure(f"the p99 of the first {FIRST:g} s alone", f"{percentile(first, 0.99):.2f} s")
    yield Figure("the longest of them", f"{max(each.took for each in during):.2f} s")
    late = sum(each.took > deadline + 0.5 for each in during)
    yield Figure(f"how many took more than {deadline + 0.5:g} s", f"{late} of {len(during)}")
    yield Figure("share that was shed (503), and the median time", f"{len(shed) / len(during):.1%}, {_ms(shed, 0.5)}")
    yield from _others(seen)
    yield _recovery(seen)
    yield Figure("by the same workers", "yes" if seen.same_workers else "no", "yes", seen.same_workers)
    bound = 2 * CONNECTIONS + 2 * WORKERS
    yield at_most(f"threads more than the {seen.threads_before} before", seen.threads_most - seen.threads_before, bound)
    yield from faults([*seen.sick, *seen.others])


def _others(seen: Illness) -> Iterator[Figure]:
    """What became of the other source meanwhile."""
    before, meanwhile = rate(seen.others, seen.healthy, seen.ill), rate(seen.others, seen.ill, seen.clear)
    yield at_least(f"the other source's rate, of {before:.0f}/s before", meanwhile / before, 0.8)
    learned = seen.ill + FIRST
    yield Figure(f"in the first {FIRST:g} s alone", f"{rate(seen.others, seen.ill, learned) / before:.2f}")
    yield Figure("after them", f"{rate(seen.others, learned, seen.clear) / before:.2f}")
    well, ill = touched(seen.others, seen.healthy, seen.ill), touched(seen.others, seen.ill, seen.clear)
    yield Figure("the other source's p99, before and meanwhile", f"{_ms(well, 0.99)}, {_ms(ill, 0.99)}")


def _recovery(seen: Illness) -> Figure:
    return at_most("well again after", until_well(seen.sick, seen.clear, seen.over), 5.0, " s")


def _ms(answers: Sequence[Answer], share: float) -> str:
    return f"{percentile(answers, share) * 1000:.0f} ms"


def black_hole(plant: Postgresql) -> Iterator[Figure]:
    """Nothing comes through, and no connection ends."""
    with gateway(plant, DEADLINE) as site:
        yield from judge(fall_ill(site, proxy.BLACK_HOLE, healthy=10, ill=20, after=8), DEADLINE)
        yield Figure("once more, and what was under way is lost for good", "")
        seen = fall_ill(site, proxy.BLACK_HOLE, healthy=1, ill=10, after=10, lost=True)
        yield _recovery(seen)
        yield from faults(seen.sick)


def slow(plant: Postgresql) -> Iterator[Figure]:
    """Each of the source's answers comes two seconds late: in good time for one deadline, and slow for the other."""
    for deadline in (5.0, 3.0):
        yield Figure(f"deadline {deadline:g} s", "")
        with gateway(plant, deadline) as site:
            yield from judge(fall_ill(site, proxy.latency(2.0), healthy=3, ill=10, after=6), deadline)


# What the guard costs.


def overhead(plant: Postgresql) -> Iterator[Figure]:
    """One item, uncached: the gateway as it is, and with a bare pool, in turn."""
    return _side_by_side(plant, "bare", "bench.peers.bare", least=0.95)


def noise(plant: Postgresql) -> Iterator[Figure]:
    """The same with the gateway as it is on both sides: what the overhead's figures are worth on this machine."""
    return _side_by_side(plant, "again", "app", least=None)


def _side_by_side(plant: Postgresql, name: str, module: str, least: float | None) -> Iterator[Figure]:
    """The gateway beside what another module serves, which is not to be faster by more than `least` allows."""
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        folder = write_contract(Path(directory) / "contract", plant.source(plant.port), {}, DEADLINE)
        modules = {"guard": "app", name: module}
        servers = [stack.enter_context(_serving(each, modules[each], folder)) for each in modules]
        for kind, resource in (("PostgreSQL", "parts"), ("SQLite", "papers")):
            for connections in (1, 16):
                paths = dict.fromkeys(modules, f"/v1/{resource}/77")
                found = harness.interleaved(servers, paths, connections, seconds=1, rounds=5)
                yield from _compared(f"{kind}, {connections} connections", found["guard"], found[name], least)


@contextmanager
def _serving(name: str, module: str, folder: Path) -> Iterator[harness.Server]:
    port = harness.free_port()
    command = [sys.executable, "-m", module, "serve", str(folder), "--bind", f"127.0.0.1:{port}",
               "--workers", str(WORKERS), "--threads", str(THREADS)]  # fmt: skip
    with harness.serving(name, command, port, {}, "/livez") as server:
        yield server


def _compared(
    what: str, guarded: Sequence[harness.Round], others: Sequence[harness.Round], least: float | None
) -> Iterator[Figure]:
    """The medians of the rounds' ratios, and how far those lie apart."""
    pairs = list(zip(guarded, others, strict=True))
    rates = sorted(ours.rate / theirs.rate for ours, theirs in pairs)
    cpu = sorted(ours.cpu / theirs.cpu for ours, theirs in pairs)
    rate, against = statistics.median(rates), harness.median(others)
    line = f"{what}: rate, of {against.rate:.0f}/s"
    yield Figure(line, f"{rate:.2f}") if least is None else at_least(line, rate, least)
    yield Figure(f"{what}: CPU a request, of {against.cpu:.0f} us", f"{statistics.median(cpu):.2f}")
    yield Figure("  rounds lay between, rate and CPU", f"{_range(rates)}, {_range(cpu)}")


def _range(ratios: Sequence[float]) -> str:
    return f"{ratios[0]:.2f}-{ratios[-1]:.2f}"


# A server that is killed in mid-query.


def kills(plant: Postgresql) -> Iterator[Figure]:
    """The server and single sessions in turn, under sixteen clients: items, pages, and statements that take their time."""
    with gateway(plant, DEADLINE) as site:
        workers = site.running.workers()
        with clients.asking(site.running.port, {"parts": 14, "naps": 2}, PAUSE) as crowd:
            marks = [_killed(site, whole=bool(turn % 2)) for turn in range(KILLS)]
            marks.append((monotonic(), monotonic()))
        same = site.running.workers() == workers
        whole = _is_whole(site)
    took = [until_well(crowd.answers, back, following) for (_, back), (following, _) in pairwise(marks)]
    yield Figure(f"{len(took)} kills; answers by status", statuses(crowd.answers))
    yield from faults(crowd.answers)
    yield Figure("the longest answer", f"{max(each.took for each in crowd.answers):.2f} s")
    yield Figure("well again after, the median", f"{statistics.median(took):.2f} s")
    yield at_most("well again after, the worst", max(took), 5.0, " s")
    yield Figure("by the same workers", "yes" if same else "no", "yes", same)
    yield Figure(f"all {CONNECTIONS} connections in use at the end, none more", "yes" if whole else "no", "yes", whole)


def _killed(site: Site, *, whole: bool) -> tuple[float, float]:
    """When something was killed in mid-query, and when the server was back; the gateway is waited for."""
    plant = site.plant
    assert isinstance(plant, Postgresql)
    site.running.wait(lambda: plant.napping() >= 2, "both naps are in mid-query")
    killed = monotonic()
    if whole:
        plant.kill()
        plant.start()
    else:
        plant.kill_session()
        plant.await_up()
    back = monotonic()
    site.recover()
    time.sleep(0.5)
    return killed, back


def _is_whole(site: Site) -> bool:
    try:
        site.reach_full_strength()
    except AssertionError as failure:
        print(failure, file=sys.stderr)
        return False
    return True


PARTS: Final[dict[str, Callable[[Postgresql], Iterator[Figure]]]] = {
    "black-hole": black_hole,
    "slow": slow,
    "overhead": overhead,
    "kills": kills,
    "noise": noise,
}
USUAL: Final = tuple(name for name in PARTS if name != "noise")


def main() -> None:
    """Run the parts that are named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="part", help=" ".join(PARTS))
    chosen = parser.parse_args().parts or USUAL
    if unknown := set(chosen) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    with plants.postgresql() as plant:
        for name in chosen:
            plant.start()
            load = "{:.1f} {:.1f} {:.1f}".format(*os.getloadavg())
            print(f"{name}: {PARTS[name].__doc__}  (load average {load})", flush=True)
            for figure in PARTS[name](plant):
                print(figure, flush=True)


if __name__ == "__main__":
    main()
