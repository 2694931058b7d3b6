"""The composition root: a folder to a gateway, and every fault of a folder in one go."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import time
from pathlib import Path

import pytest

from adapters import registry
from adapters.port import Source, Terms, Unavailable, Window
from app.assembly import compile_folder, kinds, open_gateway, open_source
from app.contract.model import SourceSpec
from app.demo.plant import contract_folder
from app.observations import Observatory
from app.settings import Settings
from app.shapes import Faults
from app.state import StateError
from tests.house.source import ROOT
from tests.plan import depot
from tests.plan.contracts import changed


def faults(folder: Path) -> list[str]:
    """The faults of a folder, as lines."""
    with pytest.raises(Faults) as caught:
        compile_folder(folder, {})
    return [str(fault) for fault in caught.value]


def test_a_folder_without_catalogs_is_compiled_against_its_sources(tmp_path: Path) -> None:
    """The catalog is read now, and people are told that the source has to be up; so are they of an open gateway."""
    compiled = compile_folder(depot.build(tmp_path / "depot"), {})
    assert list(compiled.catalogs["depot"].tables) == ["STOCK"]
    assert compiled.notes == (
        "security: open — everybody who can reach the gateway can read everything that it serves",
        "depot: no catalog/depot.yaml; read from the source, which must be up at every start",
        f"{len(compiled.warnings)} warnings in the contract; run `bascule check`",
    )


def test_faults_of_files_and_of_the_plan_come_together(tmp_path: Path) -> None:
    """A word that is none and a column that is not there are told in one run, each once, in the order of their places."""
    folder = tmp_path / "plant"
    shutil.copytree(contract_folder(), folder)
    for name, old, new in (
        ("gateway.yaml", "title:", "titel:"),
        ("v1/jobs.yaml", "sort: [number, due_at]", "sort: [number, state]"),
        ("v1/orders.yaml", "column: CUSNO", "column: CUSNUM"),
        ("v2/orders.yaml", "remove: payment_terms", "remove: payment_term"),
    ):
        (folder / name).write_text(changed((folder / name).read_text(encoding="utf-8"), (old, new)), encoding="utf-8")
    found = [(line.partition(":")[0], line.rpartition("[")[2]) for line in faults(folder)]
    assert found == [
        ("gateway.yaml", "unknown-word]"),
        ("v1/jobs.yaml", "no-order]"),
        ("v1/orders.yaml", "unknown-column]"),
        ("v2/orders.yaml", "unknown-field]"),
    ]


def test_a_source_that_does_not_answer_is_a_fault_with_a_way_out(tmp_path: Path) -> None:
    """Without a catalog file the source must be there; the fault says what helps."""
    folder = depot.build(tmp_path / "depot")
    (folder / "depot.db").unlink()
    (fault,) = faults(folder)
    assert fault.startswith("gateway.yaml:4:")
    assert "there is no catalog/depot.yaml, and the source does not answer" in fault
    assert fault.endswith("— run `bascule catalog` once it does [missing-catalog]")


def test_a_state_that_cannot_be_opened_stops_the_start(tmp_path: Path) -> None:
    """The gateway's own memory is opened before anything is served."""
    folder = depot.build(tmp_path / "depot")
    gateway = folder / "gateway.yaml"
    gateway.write_text(gateway.read_text().replace('"sqlite://"', "sqlite:///missing/state.db"), encoding="utf-8")
    with pytest.raises(StateError):
        open_gateway(compile_folder(folder, {}), Settings(), Observatory())


def test_workers_share_the_connections_of_a_source(tmp_path: Path) -> None:
    """A source's connections are for all workers together, whatever share of them each has by right."""
    spec = compile_folder(depot.build(tmp_path / "depot"), {}).contract.sources["depot"]
    for workers, share in ((1, 8), (3, 2), (20, 0)):
        source = open_source(spec, workers)
        pool = source._gate._pool  # type: ignore[attr-defined]  # the guard's own
        assert (pool.most, pool.share) == (8, share)
        source.close()


def test_a_gateway_can_be_closed_and_used_again(tmp_path: Path) -> None:
    """Closing gives connections back; a fork may use the same gateway afterwards."""
    gateway = depot.opened(depot.build(tmp_path / "depot"))
    assert depot.get(gateway, "/v1/stock/7").status == 200
    gateway.close()
    assert depot.get(gateway, "/v1/stock/8").status == 200
    gateway.close()


def test_the_kinds_are_those_of_the_registry() -> None:
    """What a contract may name as a kind is what can be opened."""
    assert {"sqlite", "postgresql"} <= kinds().keys()


def test_a_start_says_nothing_of_a_contract_without_warnings(tmp_path: Path) -> None:
    """What is accepted is not counted either, and one warning is one."""
    everything = compile_folder(depot.build(tmp_path / "a", contract=depot.STOCK + "unindexed: all\n"), {})
    assert (everything.warnings, [note for note in everything.notes if "warning" in note]) == ((), [])
    names = "name, flag, code, day, month, moment, start"
    but_one = depot.STOCK.replace("moment, amount]", "moment]") + f"unindexed: [{names}]\n"
    one = compile_folder(depot.build(tmp_path / "b", contract=but_one), {})
    assert one.notes[-1] == "1 warning in the contract; run `bascule check`"


def test_a_strict_compilation_refuses_warnings(tmp_path: Path) -> None:
    """With `strict` each warning is a fault at the same place, whatever the contract says."""
    folder = depot.build(tmp_path / "depot")
    warnings = compile_folder(folder, {}).warnings
    with pytest.raises(Faults) as caught:
        compile_folder(folder, {}, strict=True)
    assert [(each.place, each.code) for each in caught.value] == [(each.place, each.code) for each in warnings]
    assert {each.severity for each in caught.value} == {"fault"}


def test_what_is_left_of_a_faulty_contract_is_not_warned_of(tmp_path: Path) -> None:
    """A strict contract with a faulty field has that fault alone: its index cannot be judged yet."""
    folder = depot.build(tmp_path / "depot", contract=depot.STOCK.replace("type: boolean", "type: bool"))
    with pytest.raises(Faults) as caught:
        compile_folder(folder, {}, strict=True)
    assert [each.code for each in caught.value] == ["wrong-value"]


def test_a_source_is_opened_on_the_terms_of_the_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections, deadline, zone, quiet windows and the rows of a day reach the kind."""
    opened: list[Terms] = []

    def never(name: str, options: Mapping[str, str], terms: Terms) -> Source:
        del name, options
        opened.append(terms)
        raise Unavailable

    kind = replace(registry.kind("sqlite"), open=never)
    monkeypatch.setattr(registry, "kind", lambda _: kind)
    window = Window(time(2), time(3, 30), frozenset({6}), "save")
    with pytest.raises(Unavailable):
        open_source(SourceSpec("erp", "sqlite", {}, "Europe/Berlin", 3, 1.5, (window,), 900, 5000), 2)
    (terms,) = opened
    assert (terms.connections, terms.seconds, terms.workers, terms.timezone) == (3, 1.5, 2, "Europe/Berlin")
    assert (terms.quiet, terms.rows_per_day) == ((window,), 5000)


def test_the_demo_plant_could_be_strict() -> None:
    """Every filter, sort, key and expansion of the demo has its index, or is accepted with a reason."""
    assert compile_folder(ROOT / "openapi" / "plant", {}, strict=True).warnings == ()
