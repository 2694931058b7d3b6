"""`bascule catalog`: which tables are read, in how many readings, and what is said of those that are not there."""

from __future__ import annotations

import io
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from adapters.port import Catalog, Source, TimedOut
from app.assembly import open_source
from app.cli import catalog as command
from app.contract import catalog_file
from tests.cli.conftest import Bascule
from tests.shop import ITEMS, write_items

_MORE = ("ORDHDR", "ORDLIN", "CUSMAS", "cusadr")


@pytest.fixture
def shop(folder: Path) -> Path:
    """The shop, whose database has more tables than its contract uses, a view among them, and one that shows nothing."""
    connection = sqlite3.connect(folder / "shop.db")
    for name in _MORE:
        connection.execute(f"CREATE TABLE {name} (N INTEGER PRIMARY KEY, C TEXT)")
    connection.execute("CREATE VIEW ORDALL AS SELECT N FROM ORDHDR")
    connection.close()
    return folder


def written(folder: Path) -> list[str]:
    """The tables of the file."""
    found = catalog_file.read_whole((folder / "catalog" / "shop.yaml").read_text(encoding="utf-8"), "", print)
    assert found is not None
    return list(found.tables)


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ([], ["ITEM"]),
        (["--all"], ["CUSMAS", "ITEM", "ORDALL", "ORDHDR", "ORDLIN", "cusadr"]),
        (["--like", "ord*"], ["ORDALL", "ORDHDR", "ORDLIN"]),
        (["--like", "*HDR", "--like", "CUS???"], ["CUSMAS", "ORDHDR", "cusadr"]),
        (["--like", "main.ord[hl]*"], ["ORDHDR", "ORDLIN"]),
        (["--schema", "main", "--like", "C*"], ["CUSMAS", "cusadr"]),
        (["--table", "ITEM", "--like", "I*", "--table", "CUSMAS"], ["CUSMAS", "ITEM"]),
        (["--all", "--like", "ord*"], ["CUSMAS", "ITEM", "ORDALL", "ORDHDR", "ORDLIN", "cusadr"]),
    ],
)
def test_the_tables_that_were_asked_for_are_written(
    bascule: Bascule, shop: Path, options: list[str], names: list[str]
) -> None:
    """Those in use, all, by name, by pattern and schema; a table that is meant twice is read once."""
    result = bascule("catalog", shop, "shop", *options)
    assert (result.exit_code, result.stderr) == (0, "")
    assert written(shop) == names


def test_what_was_not_asked_for_stays(bascule: Bascule, shop: Path) -> None:
    """A part of the tables is read anew; the others are as they were, and one that is new comes in."""
    bascule("catalog", shop, "shop")
    bascule("catalog", shop, "shop", "--like", "CUS*")
    bascule("catalog", shop, "shop", "--table", "ORDHDR")
    assert written(shop) == ["CUSMAS", "ITEM", "ORDHDR", "cusadr"]
    bascule("catalog", shop, "shop")
    assert written(shop) == ["ITEM"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--table", "ORDHRD"], "shop has no table 'ORDHRD' — did you mean 'ORDHDR'?"),
        (["--table", "ITEM", "--table", "CUSMSA"], "shop has no table 'CUSMSA' — did you mean 'CUSMAS'?"),
        (["--schema", "mian"], "shop: there is no schema 'mian' — did you mean 'main'?"),
        (["--like", "ORDLIM*"], "shop: no table is like 'ORDLIM*' — did you mean 'ORDLIN'?"),
        (
            ["--like", "ORD*", "--like", "X?", "--schema", "y"],
            "there is no schema 'y' — known: main; no table is like 'ORD*'",
        ),
    ],
)
def test_what_is_not_there_is_said_with_what_is_near(
    bascule: Bascule, shop: Path, options: list[str], told: str
) -> None:
    """Nothing is written then, and the file that is there is left as it is."""
    bascule("catalog", shop, "shop")
    before = (shop / "catalog" / "shop.yaml").read_bytes()
    result = bascule("catalog", shop, "shop", *options)
    assert result.exit_code == 1
    assert told in result.stderr
    assert "note: nothing was written" in result.stderr
    assert (shop / "catalog" / "shop.yaml").read_bytes() == before
    assert [path.name for path in (shop / "catalog").iterdir()] == ["shop.yaml"]


def test_a_table_that_the_contract_uses_and_that_is_gone_is_said(bascule: Bascule, shop: Path) -> None:
    """The others are written all the same: `bascule check` will name the resource."""
    write_items(shop, ITEMS.replace("table: ITEM", "table: ITEMS"))
    result = bascule("catalog", shop, "shop")
    assert (result.exit_code, result.stderr) == (0, "note: shop has no table 'ITEMS' — did you mean 'ITEM'?\n")
    assert written(shop) == []


def test_a_table_of_which_nothing_can_be_read_is_said(bascule: Bascule, shop: Path) -> None:
    """A view over what is no longer there is listed by its source, and is not in the file."""
    connection = sqlite3.connect(shop / "shop.db")
    connection.execute("DROP TABLE ORDHDR")
    connection.close()
    result = bascule("catalog", shop, "shop", "--all")
    assert result.exit_code == 0
    assert "note: shop lists ORDALL, of which nothing can be read\n" in result.stderr
    assert written(shop) == ["CUSMAS", "ITEM", "ORDLIN", "cusadr"]


def test_what_has_no_name_is_left_out_and_said(bascule: Bascule, shop: Path) -> None:
    """What the command writes, it can read again; one note for what is missing, one for what is incomplete."""
    connection = sqlite3.connect(shop / "shop.db")
    connection.execute('CREATE TABLE BLANK (" " TEXT)')
    connection.execute('CREATE TABLE PART ("" TEXT, C TEXT)')
    connection.close()
    result = bascule("catalog", shop, "shop", "--all")
    assert result.exit_code == 0
    assert result.stderr == (
        "note: shop: left out, since they have no name or no column with a name: 'BLANK'\n"
        "note: shop: columns and indexes without a name are left out of 'PART'\n"
    )
    assert f": {len(_MORE) + 3} tables\n" in result.stdout
    assert written(shop) == ["CUSMAS", "ITEM", "ORDALL", "ORDHDR", "ORDLIN", "PART", "cusadr"]
    assert bascule("catalog", shop, "shop").stderr == ""


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("SELECT a.ITNO, b.ITNO, a.ITNAM FROM ITEM a, ITEM b", "'ITNO'"),
        (
            "SELECT a.ITNO, b.ITNO AS itno, ITNAM, 1 AS ITNAM FROM ITEM a JOIN ITEM b USING (ITNAM)",
            "'ITNO', 'ITNAM'",
        ),
    ],
)
def test_a_query_with_two_columns_of_one_name_is_named(bascule: Bascule, shop: Path, query: str, names: str) -> None:
    """With the names, and what to do; SQLite takes names for one whose letters differ in case alone."""
    write_items(shop, ITEMS.replace("table: ITEM", "query: both.sql"))
    (shop / "queries").mkdir(exist_ok=True)
    (shop / "queries" / "both.sql").write_text(query, encoding="utf-8")
    result = bascule("catalog", shop, "shop")
    assert result.exit_code == 1
    assert f"shop: the named query both.sql returns {names} more than once; give each column a name" in result.stderr
    assert not (shop / "catalog").exists()
    (shop / "queries" / "both.sql").write_text('SELECT ITNO, ITNAM, 1 AS "A:1" FROM ITEM', encoding="utf-8")
    assert bascule("catalog", shop, "shop").exit_code == 0


@pytest.mark.parametrize("option", ["--table", "--schema", "--like"])
def test_a_part_is_of_one_source(bascule: Bascule, shop: Path, option: str) -> None:
    """A name or a pattern says nothing without the source that it is of."""
    result = bascule("catalog", shop, option, "ITEM")
    assert result.exit_code == 2
    assert "need a SOURCE" in result.stderr


class _Watched:
    """A source that notes how many tables each reading is for, and fails or is interrupted at one of them."""

    def __init__(self, source: Source, at: int, failure: BaseException | None) -> None:
        self.source, self.at, self.failure = source, at, failure
        self.readings: list[int] = []

    def catalog(self, tables: Sequence[str] | None = None, queries: Mapping[str, str] | None = None) -> Catalog:
        self.readings.append(len(tables or ()))
        if self.failure is not None and len(self.readings) == self.at:
            raise self.failure
        return self.source.catalog(tables, queries)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.source, name)


def watched(monkeypatch: pytest.MonkeyPatch, at: int = 0, failure: BaseException | None = None) -> list[_Watched]:
    """The sources that the command opens from now on, each of which is read two tables at a time."""
    opened: list[_Watched] = []

    def opening(*arguments: Any, **options: Any) -> Any:
        opened.append(_Watched(open_source(*arguments, **options), at, failure))
        return opened[-1]

    monkeypatch.setattr(command, "open_source", opening)
    monkeypatch.setattr(command, "_AT_ONCE", 2)
    return opened


def test_many_tables_are_read_in_several_readings(
    bascule: Bascule, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has a deadline of its own; the file says the same."""
    bascule("catalog", shop, "shop", "--all")
    before = (shop / "catalog" / "shop.yaml").read_bytes()
    opened = watched(monkeypatch)
    bascule("catalog", shop, "shop", "--all", "--table", "ORDHDR")
    assert [source.readings for source in opened] == [[2, 2, 2]]
    assert (shop / "catalog" / "shop.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("failure", "told"),
    [(TimedOut("too long"), "too long"), (KeyboardInterrupt(), "Aborted!"), (OSError(28, "full"), "full")],
)
@pytest.mark.parametrize("at", [1, 3])
def test_a_reading_that_does_not_come_to_its_end_writes_nothing(
    bascule: Bascule, shop: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException, told: str, at: int
) -> None:
    """Half a catalog is worse than an old one; whoever runs it is told."""
    watched(monkeypatch, at, failure)
    result = bascule("catalog", shop, "shop", "--all")
    assert result.exit_code == 1
    assert "note: nothing was written" in result.stderr
    assert told in result.stderr
    assert not (shop / "catalog").exists()


@pytest.fixture
def two(shop: Path) -> Path:
    """The shop with a second source, over the same file, that comes after it; only the first has a catalog file."""
    gateway = (shop / "gateway.yaml").read_text(encoding="utf-8")
    second = "sources:\n  annex: {kind: sqlite, path: shop.db}\n"
    (shop / "gateway.yaml").write_text(gateway.replace("sources:\n", second), encoding="utf-8")
    (shop / "catalog").mkdir()
    (shop / "catalog" / "annex.yaml").write_text("tables: {}\n", encoding="utf-8")
    return shop


@pytest.mark.parametrize("failure", [OSError(28, "full"), KeyboardInterrupt()])
@pytest.mark.parametrize("at", ["write_text", "replace"])
def test_of_several_files_all_are_written_or_none(
    bascule: Bascule, two: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException, at: str
) -> None:
    """A failure with the second file leaves the first as it was, whether it comes before any is in place or between them."""
    done = getattr(Path, at)

    def failing(path: Path, *arguments: Any, **options: Any) -> Any:
        if path.name == ".shop.yaml.new":
            raise failure
        return done(path, *arguments, **options)

    with monkeypatch.context() as patched:
        patched.setattr(Path, at, failing)
        result = bascule("catalog", two, "--all")
    assert result.exit_code == 1
    assert "note: nothing was written" in result.stderr
    assert result.stdout == ""
    assert {path.name: path.read_text(encoding="utf-8") for path in (two / "catalog").iterdir()} == {
        "annex.yaml": "tables: {}\n"
    }
    assert bascule("catalog", two, "--all").stdout.count(f": {len(_MORE) + 2} tables") == 2
    assert {path.name for path in (two / "catalog").iterdir()} == {"annex.yaml", "shop.yaml"}


class _Terminal(io.StringIO):
    """A standard error that somebody looks at."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "length", "moves"), [(_Terminal(), 400, True), (_Terminal(), 200, False), (io.StringIO(), 400, False)]
)
def test_a_bar_moves_where_somebody_sees_it(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, length: int, *, moves: bool
) -> None:
    """Only on a terminal, and only for more than one reading; elsewhere nothing is printed at all."""
    monkeypatch.setattr(sys, "stderr", stream)
    with command._progress("erp", length) as advance:
        advance(length // 2)
        seen = stream.getvalue()
    assert ("erp" in seen) == ("50%" in seen) == moves
    assert bool(stream.getvalue()) == moves
