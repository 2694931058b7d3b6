"""F12, F19 and outages: whatever becomes of the source or of the places where answers lie, who reads what is kept notices nothing."""

from __future__ import annotations

import datetime as dt
import os
import resource
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

import pytest

from tests.faults.gateway import HANGS, Reply
from tests.faults.kept import CHECK, KeptSite, Telling, keeping, restarted, telling
from tests.faults.proxy import BLACK_HOLE, REFUSING, Line
from tests.redis_server import Server, redis

__all__ = ["redis", "telling"]  # fixtures

BUSY: Final = 8  # clients
BRIEF: Final = "fresh: 1s, stale_if_error: 1h"
LASTING: Final = "fresh: 1s, stale_while_revalidate: 5s, stale_if_error: 1h, persist: true"
SMALL: Final = "disk: 2MB"  # leaves room on the disk below: the gateway alone never fills it
AGES: Final = 1.2  # seconds after which what is fresh for one is stale


def wrong(replies: list[Reply]) -> list[Reply]:
    """Those that are not the very rows that were asked for."""
    return [reply for reply in replies if not reply.right]


# The source is away.


@pytest.mark.parametrize("line", [BLACK_HOLE, REFUSING], ids=["black-hole", "refusing"])
def test_an_outage_of_the_source_is_not_noticed(telling: Telling, tmp_path: Path, line: Line) -> None:
    """Nothing comes through, or nobody is there: all that is kept is served, `Cache-Status` says why; then new answers again."""
    with keeping(telling, tmp_path, BRIEF) as site:
        site.warm_for(1.0)
        site.proxy.set(line)
        site.proxy.kill_all()
        time.sleep(AGES)
        with site.asking(site.any, BUSY) as replies:
            site.running.wait(lambda: len(replies) > 400, "answers while the source is away")
            held = site.status()
        assert wrong(replies) == []
        assert held.startswith("bascule; hit; ttl=-")
        assert "; detail=" in held
        site.proxy.set(Line())
        site.running.wait(lambda: "detail" not in site.status(), "the source is read again")


def test_a_gateway_that_starts_while_its_source_is_away_answers_from_disk(telling: Telling, tmp_path: Path) -> None:
    """With `persist`, a restart in the midst of an outage is not noticed either."""
    with keeping(telling, tmp_path, LASTING) as site:
        site.warm_for(1.0)
        site.proxy.set(BLACK_HOLE)
        time.sleep(AGES)
        with restarted(site):
            before = site.statements()
            assert wrong(site.at_once(400, site.any, BUSY)) == []
            assert site.status().startswith("bascule; hit; ttl=-")
            assert site.statements() == before


def test_a_gateway_that_starts_in_a_quiet_window_answers_from_disk(telling: Telling, tmp_path: Path) -> None:
    """What was kept when the window began serves until its end, however long ago that was, and the source is left alone."""
    with keeping(telling, tmp_path, "fresh: 1s, stale_if_error: 1s, persist: true") as site:
        _be_quiet(site, hours=-12)  # not now, and as long as below: how long answers lie on disk depends on it
        with restarted(site):
            site.warm_for(1.0)
            time.sleep(2 * AGES)  # neither fresh nor good enough any more, were it not for the window
            with restarted(site, lambda: _be_quiet(site, hours=0)):
                before = site.statements()
                assert wrong(site.at_once(400, site.any, BUSY)) == []
                assert site.status().endswith("detail=quiet")
                assert site.statements() == before


def _be_quiet(site: KeptSite, hours: int) -> None:
    """Give the source a window of four hours whose middle is so many hours from now."""
    path = site.folder / "gateway.yaml"
    now = dt.datetime.now().astimezone() + dt.timedelta(hours=hours)
    begin, end = (f"{now + dt.timedelta(hours=each):%H:%M}" for each in (-2, 2))
    lines = path.read_text(encoding="utf-8").splitlines()
    at = next(at for at, line in enumerate(lines) if line.startswith("  legacy:"))
    plain = lines[at].partition(", quiet:")[0].removesuffix("}")
    lines[at] = f'{plain}, quiet: [{{from: "{begin}", to: "{end}"}}]}}'
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


# The file has no room.


@contextmanager
def full(folder: Path) -> Iterator[Callable[[], None]]:
    """Leave no byte on the disk of the folder, for the length of a block; again where somebody has given one back."""
    filler = folder / "filler"

    def fill() -> None:
        with filler.open("ab", buffering=0) as file, suppress(OSError):
            while file.write(bytes(65_536)):
                pass

    fill()
    try:
        yield fill
    finally:
        filler.unlink()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of four megabytes, in memory."""
    folder = tmp_path / "disk"
    folder.mkdir()
    options = ("-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder))
    if os.geteuid() or subprocess.run(["mount", *options], check=False, capture_output=True).returncode:
        pytest.skip("no disk can be mounted: that takes root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_not_noticed(telling: Telling, tmp_path: Path, disk: Path) -> None:
    """No room on the disk of the persisted file: every answer is right, it is logged, the file stays sound and is used again."""
    settings = {"BASCULE_CACHE_FILE": str(disk / "cache.db")}
    with keeping(telling, tmp_path, LASTING, SMALL, settings=settings) as site:
        site.warm_for(1.0)
        with full(disk) as fill, site.asking(site.any, BUSY) as replies:

            def fails() -> bool:
                fill()
                return "kept answers cannot be written" in site.running.log()

            site.running.wait(fails, "writing has failed")
            seen = len(replies)
            site.running.wait(lambda: len(replies) > seen + 200, "answers meanwhile")
        assert wrong(replies) == []
        _is_written_again(site, disk / "cache.db")


def test_a_file_that_may_not_grow_is_not_noticed(telling: Telling, tmp_path: Path) -> None:
    """The same where workers may write no more than a few bytes of any file, for whoever may not mount a disk."""
    with keeping(telling, tmp_path, LASTING) as site:
        site.warm_for(1.0)
        with site.asking(site.any, BUSY) as replies:
            for worker in site.running.workers():
                _limit(worker, 1)
            site.running.wait(lambda: len(replies) > 400, "answers meanwhile")
            for worker in site.running.workers():
                _limit(worker, resource.RLIM_INFINITY)
        assert wrong(replies) == []
        _is_written_again(site, site.folder / "cache.db")


def _limit(worker: int, size: int) -> None:
    """Have a worker write no file beyond that size."""
    _, most = resource.prlimit(worker, resource.RLIMIT_FSIZE)
    resource.prlimit(worker, resource.RLIMIT_FSIZE, (size, most))


def _is_written_again(site: KeptSite, path: Path) -> None:
    """The file is sound, and what is read from now on comes into it."""
    began = time.time()

    def written() -> bool:
        site.at_once(50, site.any, BUSY)
        with closing(sqlite3.connect(path)) as connection:
            (newest,) = connection.execute("SELECT max(put_at) FROM kept").fetchone()
        return newest is not None and newest > began + 1

    site.running.wait(written, "what is read comes into the file")
    assert site.running.end() == 0
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


# Redis is gone, or does not answer.


def test_a_redis_that_comes_and_goes_is_not_noticed(telling: Telling, tmp_path: Path, redis: Server) -> None:
    """Killed, started, stopped in mid-answer and gone on under load: every answer is right, and hosts share again afterwards."""
    with keeping(telling, tmp_path, LASTING, f'shared: "{redis.url}"') as site:
        site.warm_for(1.0)
        with site.asking(site.any, BUSY) as replies:
            for fault, mend in ((redis.kill, redis.start), (redis.stall, redis.resume)):
                fault()
                _more(site, replies)
                site.running.wait(lambda: "Redis fails" in site.running.log(), "somebody has noticed")
                mend()
                _more(site, replies)
            site.running.wait(lambda: "Redis is back" in site.running.log(), "Redis is used again")
        assert wrong(replies) == []
        assert max(reply.took for reply in replies) < HANGS


def _more(site: KeptSite, replies: list[Reply], count: int = 200) -> None:
    seen = len(replies)
    site.running.wait(lambda: len(replies) > seen + count, "more answers")


def test_a_gateway_that_starts_without_its_redis_serves(telling: Telling, tmp_path: Path) -> None:
    """Nobody is at the address of `shared`: each host reads by itself, once."""
    with keeping(telling, tmp_path, "fresh: 1h", 'shared: "redis://127.0.0.1:1/0"', deadline=HANGS) as site:
        assert wrong(site.at_once(100, lambda: site.item("naps", 3))) == []
        assert site.statements() == 1
        assert site.status(CHECK)
