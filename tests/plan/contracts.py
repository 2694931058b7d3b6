"""A small sound contract over three tables of two sources, and what tests make of it: a plan, or its faults.

The YAML goes the whole way through the loader; the catalogs are made by hand, and no source is ever opened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from adapters.port import Catalog, Column, ColumnType, Kind, Source, Table, Terms, Traits
from app.contract.load import load
from app.contract.model import Contract
from app.plan.compile import compile_contract
from app.plan.model import Plan, Resource
from app.shapes import Faults

TRAITS = Traits(pads_char=True, nulls_first=True, row_values=True, max_parameters=100)

GATEWAY = """\
title: Plant 3
sources:
  erp: {kind: paper, timezone: America/Detroit}
  mes: {kind: paper}
"""
ORDERS = """\
resource: orders
source: erp
table: ORDHDR
key: number
active_when: {ACREC: A}
fields:
  number: {column: ORDNO, type: string, stored_as: {integer: {digits: 7}}}
  customer: {column: CUSNO, type: string}
  status: {column: ORDST, type: enum, stored_as: {"10": entered, "20": released, "21": released}}
  ordered_on: {column: ORDDT, type: date, stored_as: cyymmdd}
  entered_on: {column: ENTDT, type: date, stored_as: ddmmyy}
  changed_at: {columns: [UPDDT, UPDTM], type: datetime, stored_as: [cyymmdd, hhmmss]}
  total: {column: ORDTOT, type: decimal, stored_as: {implied: 2}}
filter: [number, customer, status, ordered_on, changed_at]
sort: [ordered_on, number]
page: {default: 2, max: 5}
expand:
  lines: {resource: order-lines, on: {number: order}, many: true}
  jobs: {resource: jobs, on: {number: order}, many: true}
cache: {fresh: 30s}
"""
LINES = """\
resource: order-lines
source: erp
table: ORDLIN
key: [order, line]
fields:
  order: {column: ORDNO, type: string, stored_as: {integer: {digits: 7}}}
  line: {column: LINNO, type: integer}
  item: {column: ITMNO, type: string}
filter: [order]
sort: [order]
"""
JOBS = """\
resource: jobs
source: mes
table: JobOrder
key: number
fields:
  number: {column: JobNo, type: string}
  order: {column: OrderNo, type: string}
filter: [order]
expand:
  head: {resource: order-lines, on: {order: order}}
"""
FILES: Mapping[str, str] = {
    "gateway.yaml": GATEWAY,
    "v1/orders.yaml": ORDERS,
    "v1/order-lines.yaml": LINES,
    "v1/jobs.yaml": JOBS,
}


def column(name: str, base: str, first: int | None = None, *, null: bool = False) -> Column:
    """A column of a catalog; `first` is a length, or the digits of a decimal."""
    if base == "decimal":
        return Column(name, ColumnType("decimal", precision=first, scale=0), null)
    return Column(name, ColumnType(base, first), null)  # type: ignore[arg-type]  # a Base, as each caller writes it


CATALOGS: Mapping[str, Catalog] = {
    "erp": Catalog(
        {
            "ORDHDR": Table(
                "ORDHDR",
                (
                    column("ORDNO", "decimal", 7),
                    column("CUSNO", "char", 8),
                    column("ORDST", "char", 2),
                    column("ORDDT", "decimal", 7),
                    column("ENTDT", "decimal", 6),
                    column("UPDDT", "decimal", 7),
                    column("UPDTM", "decimal", 6),
                    column("ORDTOT", "decimal", 11),
                    column("ACREC", "char", 1),
                    column("MEMO", "binary", 80, null=True),
                ),
                ("ORDNO",),
            ),
            "ORDLIN": Table(
                "ORDLIN",
                (column("ORDNO", "decimal", 7), column("LINNO", "decimal", 4), column("ITMNO", "char", 15)),
                ("ORDNO", "LINNO"),
            ),
        }
    ),
    "mes": Catalog(
        {"JobOrder": Table("JobOrder", (column("JobNo", "varchar", 8), column("OrderNo", "varchar", 7, null=True)))}
    ),
}


def _never(name: str, options: Mapping[str, str], terms: Terms) -> Source:
    raise AssertionError((name, options, terms))  # a plan is compiled without any source


KINDS: Mapping[str, Kind] = {"paper": Kind("paper", "A drawer", (), TRAITS, _never)}


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write files into `folder`, by their paths below it."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return folder


def contract(folder: Path, files: Mapping[str, str]) -> Contract:
    """The small contract with some files replaced or added, written to `folder` and loaded."""
    return load(write(folder, {**FILES, **files}), KINDS, {})


def plan(folder: Path, files: Mapping[str, str] = {}) -> Plan:
    """The plan of the small contract with some files replaced or added."""
    return compile_contract(contract(folder, files), CATALOGS, dict.fromkeys(CATALOGS, TRAITS))


def resource(folder: Path, files: Mapping[str, str] = {}, name: str = "orders", version: str = "v1") -> Resource:
    """One resource of that plan."""
    return plan(folder, files).versions[version].resources[name]


def faults(folder: Path, files: Mapping[str, str]) -> Sequence[str]:
    """The faults that the compiler finds, as lines."""
    try:
        plan(folder, files)
    except Faults as found:
        return [str(fault) for fault in found]
    return []


def changed(text: str, *changes: tuple[str, str]) -> str:
    """A file with some of its text replaced; each old text must stand in it."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text
