"""Drafting many tables: how long it takes, what of it is evidence, and how few tables are held against each other.

    python -m bench.drafts [TABLES] [--rows N]

An invented database (10 to 30 columns a table: keys of four forms, days, months, times, codes, amounts, texts, and references to other
tables, some by another name) is sampled and drafted twice: in one process, and in as many as there are processors.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final, TypeVar

from app.assembly import kinds
from app.contract.load import survey
from app.draft import sample
from app.draft.dictionary import dictionary
from app.draft.draft import Drafted, draft
from app.draft.evidence import proposals
from app.draft.many import proposals_of
from app.draft.model import Sample
from app.draft.served import Surroundings
from bench.draft import opened

ENTITIES: Final = [
    "ORD",
    "CUS",
    "ITM",
    "VND",
    "SHP",
    "INV",
    "PAY",
    "RTE",
    "MCH",
    "OPR",
    "PLT",
    "LOC",
    "EMP",
    "JOB",
    "PUR",
    "BOM",
    "QLT",
    "TRK",
    "CRT",
    "CLM",
]
GATEWAY: Final = "title: Plant\nsources:\n  plant: {kind: sqlite, path: plant.db}\nsecurity: open\n"
_DICE = random.Random(7)  # the same plant each time

Made = TypeVar("Made")


def _day(form: str) -> Callable[[], int]:
    """Days from 2015 on, in digits."""
    return lambda: int(time.strftime(form, time.gmtime(1_420_070_400 + 86_400 * _DICE.randrange(4200))))


def _key(turn: int, name: str) -> tuple[str, Sequence[Any]]:
    """The column of a key, and its values for a thousand rows: right-justified, whole, letters with digits, decimal."""
    forms = (
        (f"{name}NO CHAR(8)", [f"{10_000 + turn + row:>8}" for row in range(1000)]),
        (f"{name}NO INTEGER", [100_000 + 7 * turn + 3 * row for row in range(1000)]),
        (f"{name}CD CHAR(6)", [f"{chr(65 + turn % 26)}{chr(65 + turn // 26 % 26)}{row:04}" for row in range(1000)]),
        (f"{name}ID DECIMAL(9,0)", [500_000 + turn + row for row in range(1000)]),
    )
    return forms[turn % 4]


_KINDS: Final[Sequence[tuple[str, Callable[[], Any]]]] = (
    ("DAT{:02} DECIMAL(7,0)", lambda: _day("%Y%m%d")() - 19_000_000),
    ("AMT{:02} DECIMAL(11,2)", lambda: round(_DICE.random() * 10_000, 2)),
    ("STS{:02} CHAR(1)", lambda: _DICE.choice("AAAAHDC")),
    ("NAM{:02} CHAR(30)", lambda: f"{_DICE.choice(('steel', 'valve', 'gear'))} {_DICE.randrange(500)}".ljust(30)),
    ("QTY{:02} DECIMAL(9,3)", lambda: _DICE.randrange(1, 5000)),
    ("TIM{:02} DECIMAL(6,0)", lambda: int(f"{_DICE.randrange(24)}{_DICE.randrange(60):02}{_DICE.randrange(60):02}")),
    ("FLG{:02} CHAR(1)", lambda: _DICE.choice("YN")),
    ("PER{:02} DECIMAL(6,0)", _day("%Y%m")),
    ("CNT{:02} INTEGER", lambda: _DICE.randrange(100)),
)


def _columns(turn: int, keys: Sequence[tuple[str, Sequence[Any]]]) -> Iterator[tuple[str, Sequence[Any]]]:
    """A table's columns: its key, references to keys of tables before it, and the rest."""
    yield keys[turn]
    for at in sorted(_DICE.sample(range(turn), min(turn, _DICE.randint(1, 3)))):
        name, values = keys[at]
        yield f"{_DICE.choice(('', 'X'))}{name}", _DICE.choices(values, k=1000)
    for number in range(_DICE.randint(6, 26)):
        form, value = _KINDS[number % len(_KINDS)]
        yield form.format(number), [value() for _ in range(1000)]


def build(path: Path, tables: int) -> None:
    """The database."""
    names = [f"{ENTITIES[turn % len(ENTITIES)]}{turn // len(ENTITIES):02}" for turn in range(tables)]
    keys = [_key(turn, name) for turn, name in enumerate(names)]
    with closing(sqlite3.connect(path)) as database, database:
        for turn, name in enumerate(names):
            columns = list(_columns(turn, keys))
            said = ", ".join(column for column, _ in columns)
            database.execute(f"CREATE TABLE {name}P ({said}, PRIMARY KEY ({keys[turn][0].split()[0]}))")
            marks = ", ".join("?" * len(columns))
            rows = zip(*(values for _, values in columns), strict=True)
            database.executemany(f"INSERT INTO {name}P VALUES ({marks})", rows)  # names of our own


def main(arguments: Sequence[str]) -> int:
    """Print what takes how long."""
    parser = argparse.ArgumentParser(prog="python -m bench.drafts", description=__doc__)
    parser.add_argument("tables", type=int, nargs="?", default=150)
    parser.add_argument("--rows", type=int, default=sample.ROWS)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="bascule-bench-") as directory:
        folder = Path(directory)
        build(folder / "plant.db", options.tables)
        (folder / "gateway.yaml").write_text(GATEWAY, encoding="utf-8")
        _measure(folder, options.rows)
    return 0


def _measure(folder: Path, rows: int) -> None:
    source = opened("plant", folder / "plant.db")
    catalog = source.catalog()
    samples = _timed("samples", lambda: [sample.read(source, each, rows=rows) for each in catalog.tables.values()])
    source.close()
    contract = survey(folder, kinds(), {}).contract
    assert contract is not None, "the contract is sound"
    around = Surroundings(contract, "v1", "plant", catalog, {"plant": kinds()["sqlite"].traits})
    _timed("evidence, in one process", lambda: list(map(proposals, samples)))
    _timed("evidence, shared out", lambda: proposals_of(samples))
    drafted = _timed("all of the draft, shared out", lambda: _drafted(samples, around))
    relations = sum(len(each.relations) for each in drafted.resources)
    print(f"{len(drafted.resources)} resources, {relations} expansions")


def _drafted(samples: Sequence[Sample], around: Surroundings) -> Drafted:
    return draft(samples, around, dictionary())


def _timed(what: str, made: Callable[[], Made]) -> Made:
    start = time.perf_counter()
    found = made()
    print(f"{what}: {time.perf_counter() - start:.1f} s", flush=True)
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
