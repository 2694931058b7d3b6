"""What the example apps are like to load: the largest paint, shifts, a blocked main thread, an answer to a key, bytes, requests.

    python -m bench.vitals [--rounds 3] [--lighthouse]

The demo plant, served by its own gateway, in headless Chromium over its DevTools protocol, which tells the same figures as Lighthouse does.
Each app is loaded cold (nothing kept by the browser) and warm (loaded again), on this machine as it is, and as a phone has it: a
processor of a quarter of the speed, and a network as slow as Lighthouse's "slow 4G". Medians of the rounds.

`--lighthouse` also runs Lighthouse, if `npx lighthouse` can be had.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from time import sleep
from typing import Any, Final

from app.assembly import compile_folder, open_gateway
from app.demo import plant, tracking
from app.demo.links import apps_folder
from app.observations import Observatory
from app.settings import Settings
from bench import harness
from tests.browser.devtools import DESKTOP, PHONE, Page, browser

BOARD: Final = "/apps/job-board/"
READY: Final = {
    "job board": "document.querySelectorAll('.center li').length > 5",
    "order tracking": "!document.getElementById('order').hidden && document.querySelectorAll('#lines li').length === 2",
}
KEYS: Final = {"job board": "/", "order tracking": "Tab"}  # a key that each answers: to the search, to what comes next
SETTLED: Final = 2.0  # seconds after an app is ready, in which it may still shift, block or paint

_OBSERVE: Final = """
globalThis.vitals = {lcp: 0, cls: 0, blocked: 0, answer: 0};
const observe = (type, tell, more) => new PerformanceObserver(list => list.getEntries().forEach(tell)).observe({type, buffered: true, ...more});
observe('largest-contentful-paint', each => vitals.lcp = each.startTime);
observe('layout-shift', each => vitals.cls += each.hadRecentInput ? 0 : each.value);
observe('longtask', each => vitals.blocked += Math.max(0, each.duration - 50));
observe('event', each => vitals.answer = Math.max(vitals.answer, each.duration), {durationThreshold: 16});
"""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What an app is loaded under: kilobits a second and milliseconds (0: as they are), and how much slower the processor is."""

    name: str
    size: tuple[int, int]
    slower: int = 1
    latency: float = 0
    down: float = 0
    up: float = 0


# Lighthouse's figures for a network that DevTools slows down: 1.6 Mbit/s and 150 ms, as they come out of a simulated stack.
CONDITIONS: Final = (
    Conditions("desk, as it is", DESKTOP),
    Conditions("phone, processor / 4, slow 4G", PHONE, 4, 562.5, 1474.56, 675),
)


@dataclass(frozen=True, slots=True)
class Load:
    """One load. Milliseconds; `shift` has no unit; `kilobytes` are those that went over the network, as they were coded."""

    largest_paint: float
    shift: float
    blocked: float
    answer: float
    requests: float
    kilobytes: float


def loads(page: Page, url: str, app: str) -> Iterator[Load]:
    """A cold load, then a warm one."""
    page.send("Network.clearBrowserCache")
    for _ in ("cold", "warm"):
        page.open("about:blank")
        page.events.clear()
        page.open(url)
        page.until(READY[app])
        sleep(SETTLED)
        page.press(KEYS[app])
        sleep(0.5)
        yield measured(page)


def measured(page: Page) -> Load:
    """What the page's observers have seen since it was opened, and what its requests have brought."""
    found: dict[str, float] = page.evaluate("vitals")
    bodies = page.told("Network.loadingFinished")
    asked = [each for each in page.told("Network.responseReceived") if each["response"]["url"].startswith("http")]
    size = sum(each["encodedDataLength"] for each in bodies) / 1000
    return Load(found["lcp"], found["cls"], found["blocked"], found["answer"], len(asked), size)


def under(page: Page, conditions: Conditions) -> None:
    """Have these conditions."""
    page.appear(*conditions.size)
    page.send("Emulation.setCPUThrottlingRate", rate=conditions.slower)
    page.send(
        "Network.emulateNetworkConditions",
        offline=False,
        latency=conditions.latency,
        downloadThroughput=conditions.down * 125 or -1,
        uploadThroughput=conditions.up * 125 or -1,
    )


def median(found: Sequence[Load]) -> Load:
    """The median of each figure."""
    return Load(*(statistics.median(column) for column in zip(*map(astuple, found), strict=True)))


def addresses(folder: Path) -> dict[str, str]:
    """The apps' paths; the tracking page with links that were made just now."""
    gateway = open_gateway(compile_folder(folder, {}), Settings(), Observatory())
    desk = gateway.desk
    assert desk is not None
    try:
        followed = tracking.address(tracking.FOLLOWED[0], lambda wish: desk.links.create(gateway.plan, wish)[0])
    finally:
        gateway.close()
    return {"job board": BOARD, "order tracking": followed}


def measure(origin: str, paths: dict[str, str], rounds: int) -> Iterator[tuple[str, ...]]:
    """A line for each app, condition and warmth."""
    for app, path in paths.items():
        for conditions in CONDITIONS:
            found: dict[str, list[Load]] = {"cold": [], "warm": []}
            for _ in range(rounds):
                with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile, browser(Path(profile)) as page:
                    page.send("Page.addScriptToEvaluateOnNewDocument", source=_OBSERVE)
                    under(page, conditions)
                    for warmth, load in zip(found, loads(page, origin + path, app), strict=True):
                        found[warmth].append(load)
            for warmth, each in found.items():
                yield app, conditions.name, warmth, *_figures(median(each))


def _figures(load: Load) -> Iterator[str]:
    digits = {"shift": 3}
    return (f"{getattr(load, each.name):.{digits.get(each.name, 0)}f}" for each in fields(load))


def lighthouse(url: str) -> str:
    """Lighthouse's own figures of an address, or why there are none."""
    npx = shutil.which("npx")
    if npx is None:
        return "there is no npx"
    flags = ["--quiet", "--output=json", "--only-categories=performance", "--chrome-flags=--headless=new --no-sandbox"]
    done = subprocess.run(
        [npx, "--no-install", "lighthouse", url, *flags], capture_output=True, text=True, timeout=300, check=False
    )
    if done.returncode:
        return "Lighthouse is not installed, or did not end well: npm install lighthouse"
    report: dict[str, Any] = json.loads(done.stdout)
    audits = ("largest-contentful-paint", "cumulative-layout-shift", "total-blocking-time", "total-byte-weight")
    shown = ", ".join(f"{name} {report['audits'][name]['displayValue']}" for name in audits)
    return f"performance {report['categories']['performance']['score']:.2f}: {shown}"


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--lighthouse", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        built = plant.build(Path(folder) / "plant").folder
        paths = addresses(built)
        with harness.gateway("bascule", built, {"BASCULE_APPS": str(apps_folder())}) as server:
            origin = server.base
            print("| app | on | load | largest paint, ms | shift | blocked, ms | key, ms | requests | kB |")
            print("|---|---|---|---|---|---|---|---|---|")
            for line in measure(origin, paths, chosen.rounds):
                print(f"| {' | '.join(line)} |", flush=True)
            if chosen.lighthouse:
                for app, path in paths.items():
                    print(f"{app}: {lighthouse(origin + path)}")


if __name__ == "__main__":
    main()
