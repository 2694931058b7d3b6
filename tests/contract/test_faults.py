"""Every mistake has its message, at its place; all of them come at once; each code is in the table."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import app
from app.contract.fault_codes import FAULT_CODES, GROUPS
from app.contract.load import load
from app.shapes import Faults
from tests.contract import mistakes_elsewhere, mistakes_of_access, mistakes_of_resources, mistakes_of_sources
from tests.contract.conftest import GATEWAY, KINDS, ORDERS, Find, Write
from tests.contract.mistake import Mistake

MISTAKES: tuple[Mistake, ...] = (
    *mistakes_of_resources.MISTAKES,
    *mistakes_of_sources.MISTAKES,
    *mistakes_of_access.MISTAKES,
    *mistakes_elsewhere.GATEWAYS,
    *mistakes_elsewhere.VERSIONS,
    *mistakes_elsewhere.CATALOGS,
)
TEN = {
    "gateway.yaml": """\
title: Plant 3
timezone: America/Detroyt
sources:
  erp: {kind: papr, path: erp.db}
  mes: {kind: paper, path: mes.db, password: hunter2}
write: {}
""",
    "v1/orders.yaml": """\
resource: orders
source: epr
table: ORDHDR
key: nummer
fields:
  number: {colunm: ORDNO, type: integer}
  status: {column: ORDST, type: strng}
  status: {column: ORDS2, type: string}
filter: [state]
page: {default: 100, max: 50}
""",
}
TEN_FAULTS = """\
gateway.yaml:2:11: 'America/Detroyt' stands here; expected an IANA time zone: America/Detroit — did you mean 'America/Detroit'? [wrong-value]
gateway.yaml:4:15: there is no kind 'papr'; expected one of paper, stone — did you mean 'paper'? [unknown-kind]
gateway.yaml:5:46: the secret 'password' is written in clear; expected ${VARIABLE} or ${file:/run/secrets/name} [secret-in-clear]
gateway.yaml:6:1: gateway.yaml has no word 'write' — known: cache, description, limits, security, sources, state, strict, timezone, title [unknown-word]
v1/orders.yaml:2:9: there is no source 'epr' — did you mean 'erp'? [unknown-source]
v1/orders.yaml:4:6: the resource has no field 'nummer' — did you mean 'number'? [unknown-field]
v1/orders.yaml:6:12: a field has no word 'colunm' — did you mean 'column'? [unknown-word]
v1/orders.yaml:7:33: 'strng' stands here; expected one of string, integer, number, decimal, boolean, enum, date, month, week, time, datetime, binary — did you mean 'string'? [wrong-value]
v1/orders.yaml:8:3: 'status' stands twice in one mapping, first at v1/orders.yaml:7:3 [duplicate-word]
v1/orders.yaml:9:10: the resource has no field 'state' — did you mean 'status'? [unknown-field]
v1/orders.yaml:10:8: default 100 is more than max 50 [wrong-value]"""


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.faults[0].partition(":")[0])
def test_a_mistake_has_its_message(mistake: Mistake, find: Find) -> None:
    """The whole text of each fault: file, line, column, what stands there, what may, the nearest valid thing, the code."""
    assert find(mistake.files) == list(mistake.faults)


def test_the_sound_contract_has_no_fault(find: Find) -> None:
    """What the mistakes are made in is sound itself, so that each fault comes from its mistake."""
    assert find({}) == []


def test_all_faults_come_at_once(write: Write) -> None:
    """Eleven mistakes in two files give eleven messages in the order of their places."""
    with pytest.raises(Faults) as caught:
        load(write(TEN), KINDS, {})
    assert str(caught.value) == TEN_FAULTS


def test_a_contract_without_a_version_is_refused(tmp_path: Path) -> None:
    """A folder with gateway.yaml alone, and one that is not there, are faults of gateway.yaml's place."""
    (tmp_path / "gateway.yaml").write_text(GATEWAY)
    with pytest.raises(Faults, match="the contract has no version") as caught:
        load(tmp_path, KINDS, {})
    assert [fault.code for fault in caught.value] == ["missing-file"]
    with pytest.raises(Faults, match="there is no folder 'gone'"):
        load(tmp_path / "gone", KINDS, {})


def test_a_folder_without_gateway_yaml_is_refused(tmp_path: Path) -> None:
    """A version folder alone is no contract."""
    (tmp_path / "v1").mkdir()
    (tmp_path / "v1" / "orders.yaml").write_text(ORDERS)
    with pytest.raises(Faults, match=r"has no gateway\.yaml"):
        load(tmp_path, KINDS, {})


def test_a_file_that_is_too_large_is_refused(find: Find) -> None:
    """A resource of more than 1 MB is not even parsed."""
    faults = find({"v1/orders.yaml": ORDERS + "#" * 1024 * 1024})
    assert faults == ["v1/orders.yaml:1:1: this file is too large; expected at most 1024 KB [file-too-large]"]


def test_an_alias_bomb_is_refused(find: Find) -> None:
    """Nine levels of nine aliases stand for 387 million values; the file is refused before any of them is walked."""
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, 9)]
    faults = find({"v1/orders.yaml": "\n".join(levels)})
    assert [fault.rpartition("[")[2] for fault in faults] == ["too-many-aliases]"]


def _codes_in_code() -> set[str]:
    """The first argument of each `Fault(…)` in app/, as far as it is written out."""
    codes = set()
    for path in Path(app.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="Fault"), args=[ast.Constant(value=str(code)), *_]):
                    codes.add(code)
    return codes


def test_every_code_is_in_the_table() -> None:
    """No fault is reported under a code that the reference does not explain."""
    assert _codes_in_code() - FAULT_CODES.keys() == set()


def test_a_code_stands_once_in_the_table() -> None:
    """Each code is explained in one place."""
    codes = [fault.code for group in GROUPS for fault in group.codes]
    assert sorted(codes) == sorted(set(codes))


def test_the_table_of_mistakes_shows_the_codes_of_reading() -> None:
    """Each code that reading a folder can report is shown by a mistake, but those that have a test of their own."""
    shown = {fault.rpartition("[")[2].rstrip("]") for mistake in MISTAKES for fault in mistake.faults}
    of_reading = {fault.code for group in GROUPS[:3] for fault in group.codes}
    assert of_reading - shown == {"missing-file", "file-too-large", "too-many-aliases", "missing-catalog"}
