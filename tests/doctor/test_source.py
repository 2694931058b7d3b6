"""The walk from a machine to a source's tables, over a kind whose every step can be made to fail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from adapters.port import (
    BadData,
    Busy,
    Catalog,
    Column,
    ColumnType,
    Denied,
    Examination,
    Finding,
    Kind,
    Missing,
    Option,
    Quiet,
    Refused,
    Rows,
    Shape,
    SourceError,
    Table,
    TimedOut,
    Traits,
    Unavailable,
    Unknown,
)
from app import doctor
from app.contract.load import Survey, survey
from tests import shop

SECRET = "s3cr3t"
TABLES = ("ITEM", "ORDERS", "STOCK")
GATEWAY = """\
title: Shop
security: open
sources:
  erp: {kind: legacy, host: erp.example, user: READER, password: "${ERP_PASSWORD}"}
  other: {kind: legacy, host: other.example}
"""


@dataclass
class Host:
    """A source that fails as it is told, and counts what is asked of it."""

    refusal: SourceError | None = None
    hidden: tuple[str, ...] = ()
    failing: Mapping[str, SourceError] = field(default_factory=dict)  # by what is read
    log: list[str] = field(default_factory=list)

    def ping(self) -> None:
        self.log.append("login")
        if self.refusal is not None:
            raise self.refusal

    def catalog(self, tables: Sequence[str] | None = None, queries: Mapping[str, str] | None = None) -> Catalog:
        self.log.append(f"catalog of {len(tables or ())} and {len(queries or {})}")
        for name in ("catalog", *(queries or {})):
            if name in self.failing:
                raise self.failing[name]
        columns = (Column("PICTURE", ColumnType("other")), Column("NUMBER", ColumnType("char", 4)))
        return Catalog({name: Table(name, columns) for name in tables or () if name not in self.hidden})

    def learn(self, catalog: Catalog) -> None:
        self.log.append(f"learned {len(catalog.tables)}")

    def run(self, shape: Shape, values: Sequence[Any]) -> Rows:
        assert (shape.columns, shape.limited, values) == (("NUMBER",), True, (1,))
        self.log.append(f"read {shape.table}")
        if str(shape.table) in self.failing:
            raise self.failing[str(shape.table)]
        return Rows([], "")

    def close(self) -> None:
        self.log.append("closed")


def _kind(machine: Sequence[Finding] = (), way: Sequence[Finding] = (), after: list[str] | None = None) -> Kind:
    """A kind that finds these; `after` tells how far its walks were taken."""

    def walk(findings: Sequence[Finding], name: str) -> Iterator[Finding]:
        for number, finding in enumerate(findings):
            if after is not None:
                after.append(f"{name} {number}")
            yield finding

    return Kind(
        "legacy",
        "An old system",
        (Option("host", "Host", required=True), Option("user", "User"), Option("password", "Password", secret=True)),
        Traits(pads_char=True, nulls_first=True, row_values=False, max_parameters=100),
        open=lambda *_arguments: pytest.fail("opened by another way than the test's"),
        examine=Examination(
            machine=lambda _options: walk(machine, "machine"),
            way=lambda _options, _seconds: walk(way, "way"),
            advice={"CWBSY0003": "CHGUSRPRF USRPRF({user}) PASSWORD({password}) LIBRARY({library})"},
            grant=lambda options, table: f"GRANT SELECT ON {table} TO {options['user']}",
        ),
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A contract over three tables and a query of `erp`, and nothing of `other`."""
    built = shop.build(tmp_path / "shop")
    (built / "gateway.yaml").write_text(GATEWAY, encoding="utf-8")
    for name in TABLES:
        text = shop.ITEMS.replace("source: shop", "source: erp").replace("table: ITEM", f"table: {name}")
        (built / "v1" / f"{name.lower()}.yaml").write_text(
            text.replace("resource: items", f"resource: {name.lower()}s"), encoding="utf-8"
        )
    (built / "v1" / "items.yaml").unlink()
    (built / "queries").mkdir()
    (built / "queries" / "late.sql").write_text("SELECT 1", encoding="utf-8")
    late = "resource: late\nsource: erp\nquery: late.sql\nkey: n\nfields:\n  n: {column: N, type: string}\n"
    (built / "v1" / "late.yaml").write_text(late, encoding="utf-8")
    return built


def _surveyed(folder: Path, kind: Kind, environ: Mapping[str, str] | None = None) -> Survey:
    return survey(folder, {"legacy": kind}, {"ERP_PASSWORD": SECRET} if environ is None else environ)


def _examined(
    monkeypatch: pytest.MonkeyPatch, folder: Path, host: Host, kind: Kind | None = None, name: str = "erp"
) -> list[Finding]:
    used = kind or _kind()
    monkeypatch.setattr(doctor, "open_source", lambda _spec, workers: host if workers == 1 else None)
    return list(doctor.examine_source(_surveyed(folder, used), name, {"legacy": used}, 1.0))


def test_a_source_that_is_well(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Every step, in order; one log-in, one row of each table, and the connection is given back."""
    host = Host()
    steps = [Finding("package", "ok", "pyodbc 5"), Finding("port", "ok", "port 8471 answers")]
    found = _examined(monkeypatch, folder, host, _kind(steps[:1], steps[1:]))
    assert [each.text for each in found] == [
        "pyodbc 5",
        "port 8471 answers",
        "logged in",
        "3 tables can be read",
        "query late.sql is understood",
    ]
    assert host.log == [
        "login",
        "catalog of 3 and 0",
        "learned 3",
        *(f"read {name}" for name in TABLES),
        "catalog of 0 and 1",
        "closed",
    ]


def test_a_source_that_nothing_uses(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """There is nothing to read after the log-in, and nothing is said of it."""
    host = Host()
    assert [each.text for each in _examined(monkeypatch, folder, host, name="other")] == ["logged in"]
    assert "read ITEM" not in host.log


@pytest.mark.parametrize("walk", ["machine", "way"])
def test_a_step_that_fails_ends_the_walk(monkeypatch: pytest.MonkeyPatch, folder: Path, walk: str) -> None:
    """The steps after it are not taken, and nobody logs in."""
    host, after = Host(), list[str]()
    steps = [
        Finding("first", "warning", "works"),
        Finding("second", "missing", "gone"),
        Finding("third", "ok", "never"),
    ]
    kind = _kind(steps, (), after) if walk == "machine" else _kind((), steps, after)
    found = _examined(monkeypatch, folder, host, kind)
    assert [each.state for each in found] == ["warning", "missing", "skipped"]
    assert after == [f"{walk} 0", f"{walk} 1"]
    assert host.log == []


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (Refused("28000"), "one attempt was made"),
        (Denied("42501"), "lacks an authority"),
        (Missing("08004"), "no such database"),
        (Busy("53300"), "no more connections"),
        (TimedOut("HYT00"), "did not answer in time"),
        (Unavailable("08001"), "no session came about"),
        (BadData("22001"), "does not know"),
        (Unknown("HY000"), "does not know"),
    ],
)
def test_a_log_in_that_fails(monkeypatch: pytest.MonkeyPatch, folder: Path, failure: SourceError, words: str) -> None:
    """It is tried once whatever the failure; the driver's own words are shown, and each failure has a step."""
    host = Host(refusal=failure)
    found = _examined(monkeypatch, folder, host)
    assert [each.state for each in found] == ["failed", "skipped"]
    assert words in found[0].text
    assert found[0].text.endswith(str(failure))
    assert found[0].mend
    assert host.log == ["login", "closed"]


def test_a_quiet_window_is_no_fault(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """The contract asks for it."""
    found = _examined(monkeypatch, folder, Host(refusal=Quiet("nightly save")))
    assert [each.state for each in found] == ["warning", "skipped"]


def test_the_kind_s_own_advice(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """A code in the driver's words has its own step, with the source's user, no secret, and `…` for what is not said."""
    (found, _) = _examined(monkeypatch, folder, Host(refusal=Refused("CWBSY0003 - expired")))
    assert found.mend == ("CHGUSRPRF USRPRF(READER) PASSWORD(…) LIBRARY(…)",)


def test_a_secret_is_never_shown(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Not even where a driver or a kind repeats it."""
    kind = _kind([Finding("package", "warning", f"PWD={SECRET}", (f"try {SECRET}",))])
    found = _examined(monkeypatch, folder, Host(refusal=Refused(f"PWD={SECRET};")), kind)
    assert SECRET not in repr(found)
    assert "PWD=•••;" in found[1].text


def test_tables_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """A table that is not listed and one that is denied are told apart, with what to ask for; the others are counted."""
    host = Host(hidden=("STOCK",), failing={"ORDERS": Denied("SQL0551")})
    denied, hidden, readable, _ = _examined(monkeypatch, folder, host)[1:]
    assert (denied.state, denied.text) == ("failed", "table ORDERS: the user may not read it\nSQL0551")
    assert denied.mend == ("have the host's administrator run: GRANT SELECT ON ORDERS TO READER",)
    assert (hidden.state, hidden.text) == ("missing", "table STOCK: not there, or not for this user to see")
    assert hidden.mend[-1].endswith("GRANT SELECT ON STOCK TO READER")
    assert (readable.state, readable.text) == ("ok", "1 of 3 tables can be read")


def test_a_source_that_dies_between_tables(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """The tables after that are not tried; a table with bad data is one finding among others."""
    host = Host(failing={"ITEM": BadData("SQL0802"), "ORDERS": Unavailable("08S01")})
    found = _examined(monkeypatch, folder, host)
    assert [each.text.splitlines()[-1] for each in found if each.wrong] == ["SQL0802", "08S01"]
    assert "read STOCK" not in host.log
    assert host.log[-1] == "closed"


@pytest.mark.parametrize(("failing", "step"), [("catalog", "catalog"), ("late.sql", "query")])
def test_a_catalog_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch, folder: Path, failing: str, step: str) -> None:
    """The user may log in and read tables, and not see the catalog; a query may name what is gone."""
    found = _examined(monkeypatch, folder, Host(failing={failing: Denied("42501")}))
    assert [each.step for each in found if each.wrong] == [step]


def test_a_source_that_cannot_be_opened(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """A kind without an examination of its own says what it lacks when it is opened."""

    def refuse(*_arguments: Any, **_named: Any) -> Any:
        raise Unavailable("needs a package")

    kind = _kind()
    monkeypatch.setattr(doctor, "open_source", refuse)
    (found,) = doctor.examine_source(_surveyed(folder, kind), "erp", {"legacy": kind}, 1.0)
    assert (found.step, found.state) == ("login", "failed")


def test_a_faulty_source_is_not_logged_into(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Without its password the log-in would be a wrong one; the way to the host is looked at all the same."""
    kind, host = _kind((), [Finding("port", "ok", "port answers")]), Host()
    monkeypatch.setattr(doctor, "open_source", lambda *_arguments, **_named: host)
    found = _surveyed(folder, kind, {})
    faulty = list(doctor.examine_source(found, "erp", {"legacy": kind}, 1.0))
    assert [(each.step, each.state) for each in faulty] == [("port", "ok"), ("login", "skipped")]
    assert host.log == []
    sound = list(doctor.examine_source(found, "other", {"legacy": kind}, 1.0))
    assert [each.text for each in sound] == ["port answers", "logged in"]


def test_faults_of_the_contract(folder: Path) -> None:
    """A variable that is not set says where it has to be; faults of other files are counted."""
    (folder / "v1" / "stock.yaml").write_text("resource: stocks\nsuorce: erp\n", encoding="utf-8")
    unset, others = doctor.examine_contract(_surveyed(folder, _kind(), {}))
    assert (unset.state, "ERP_PASSWORD" in unset.text) == ("failed", True)
    assert "where the gateway runs" in unset.mend[-1]
    assert (others.state, others.mend) == ("warning", ("bascule check FOLDER",))


def test_a_contract_that_cannot_be_read(folder: Path) -> None:
    """No source is known, and none is examined."""
    (folder / "gateway.yaml").write_text("title: [\n", encoding="utf-8")
    kind = _kind()
    found = _surveyed(folder, kind)
    assert [each.state for each in doctor.examine_contract(found)] == ["failed"]
    (skipped,) = doctor.examine_source(found, "erp", {"legacy": kind}, 1.0)
    assert skipped.state == "skipped"


def test_a_kind_is_examined_up_to_what_it_lacks() -> None:
    """Without a contract only the machine is looked at."""
    after: list[str] = []
    kind = _kind(
        [Finding("package", "missing", "pyodbc"), Finding("driver", "ok", "x")], [Finding("port", "ok", "y")], after
    )
    assert [each.text for each in doctor.examine_kind(kind)] == ["pyodbc"]
    assert after == ["machine 0"]
