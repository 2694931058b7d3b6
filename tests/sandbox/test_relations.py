"""Relations of every shape: over several fields, to oneself, to one of several kinds in a table, to two parents in two sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from app.gateway import Gateway
from app.sandbox import Recipe
from tests.sandbox.asking import items, mock

GATEWAY: Final = """\
title: Relations
security: open
sources:
  erp: {kind: as400, system: "${SYSTEM}", user: "${HOST_USER}", password: "${HOST_PASSWORD}"}
  mes: {kind: sqlserver, server: "${SERVER}", database: MES, user: "${HOST_USER}", password: "${HOST_PASSWORD}"}
"""
RESOURCES: Final[Mapping[str, str]] = {
    "orders": """\
source: erp
table: L.ORD
key: [company, number]
fields:
  company: {column: CONO, type: string}
  number: {column: ORDNO, type: integer}
  customer: {column: PARTNER, type: string}
expand:
  lines: {resource: lines, on: {company: company, number: order}, many: true}
  sold_to: {resource: customers, on: {customer: number}}
""",
    "lines": """\
source: erp
table: L.LIN
key: [company, order, line]
fields:
  company: {column: CONO, type: string}
  order: {column: ORDNO, type: integer}
  line: {column: LINE, type: integer}
  item: {column: ITEM, type: string}
expand:
  there: {resource: items, on: {item: number}}
  here: {resource: parts, on: {item: number}}
  texts: {resource: texts, on: {company: company, order: order, line: line}}
""",
    "texts": """\
source: mes
table: dbo.TXT
key: [company, order, line]
fields:
  company: {column: CO, type: string}
  order: {column: ORD, type: integer}
  line: {column: LN, type: integer}
  note: {column: NOTE, type: string}
""",
    "customers": """\
source: erp
table: L.PTN
key: number
active_when: {KIND: C}
fields: {number: {column: NO, type: string}, name: {column: NAME, type: string}}
""",
    "suppliers": """\
source: erp
table: L.PTN
key: number
active_when: {KIND: [S, T]}
fields: {number: {column: NO, type: string}, name: {column: NAME, type: string}}
""",
    "items": """\
source: erp
table: L.ITM
key: number
fields: {number: {column: NO, type: string}, supplier: {column: SUPPLIER, type: string}}
expand: {from: {resource: suppliers, on: {supplier: number}}}
""",
    "parts": """\
source: mes
table: dbo.PARTS
key: number
fields: {number: {column: CODE, type: string, stored_as: {right_justified: 10}}}
""",
    "employees": """\
source: mes
table: dbo.EMP
key: id
fields:
  id: {column: ID, type: integer}
  boss: {column: BOSS, type: integer}
  grade: {column: GRADE, type: enum, stored_as: {"1": junior, "2": senior}}
expand: {graded: {resource: grades, on: {grade: grade}}}
""",
    "grades": """\
source: mes
table: dbo.GRADE
key: grade
fields: {grade: {column: G, type: enum, stored_as: {A: junior, B: senior, C: principal}}, pay: {column: PAY, type: decimal}}
""",
}
ERP: Final = """\
tables:
  L.ORD:
    columns: {CONO: {type: char(2), null: false}, ORDNO: {type: "decimal(5,0)", null: false}, PARTNER: {type: char(6), null: false}}
    key: [CONO, ORDNO]
  L.LIN:
    columns: {CONO: {type: char(2), null: false}, ORDNO: {type: "decimal(5,0)", null: false}, LINE: {type: "decimal(3,0)", null: false}, ITEM: {type: char(10), null: false}}
    key: [CONO, ORDNO, LINE]
  L.PTN:
    columns: {NO: {type: char(6), null: false}, NAME: {type: char(20), null: false}, KIND: {type: char(1), null: false}}
    key: [NO]
  L.ITM:
    columns: {NO: {type: char(8), null: false}, SUPPLIER: {type: char(6), null: true}}
    key: [NO]
"""
MES: Final = """\
tables:
  dbo.TXT:
    columns: {CO: {type: varchar(2), null: false}, ORD: {type: "integer(10,0)", null: false}, LN: {type: "integer(5,0)", null: false}, NOTE: {type: varchar(80)}}
    key: [CO, ORD, LN]
  dbo.PARTS:
    columns: {CODE: {type: varchar(10), null: false}}
    key: [CODE]
  dbo.EMP:
    columns: {ID: {type: "integer(10,0)", null: false}, BOSS: {type: "integer(10,0)", null: true}, GRADE: {type: char(1), null: false}}
    key: [ID]
    foreign_keys: [{columns: [BOSS], table: dbo.EMP, references: [ID]}]
  dbo.GRADE:
    columns: {G: {type: char(1), null: false}, PAY: {type: "decimal(9,2)", null: false}}
    key: [G]
"""


@pytest.fixture(scope="module", params=[200, 30])
def gateway(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """The contract over invented data: many rows, and few."""
    folder = tmp_path_factory.mktemp("relations")
    files = {f"v1/{name}.yaml": f"resource: {name}\nunindexed: [all]\n{said}" for name, said in RESOURCES.items()}
    more = {
        "gateway.yaml": GATEWAY,
        "v1/version.yaml": "status: current\n",
        "catalog/erp.yaml": ERP,
        "catalog/mes.yaml": MES,
    }
    for path, text in (files | more).items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    opened = mock(folder, Recipe(rows=request.param))
    yield opened
    opened.close()


def table(gateway: Gateway, name: str, query: str = "") -> list[dict[str, Any]]:
    """All items of a resource."""
    found = items(gateway, f"/v1/{name}", query)
    assert found
    return found


def test_lines_belong_to_orders_by_two_fields(gateway: Gateway) -> None:
    """Every line is in some order, and each order's lines are numbered from 1 without a gap."""
    orders = table(gateway, "orders", "expand=lines")
    lines = table(gateway, "lines")
    assert sum(len(order["lines"]) for order in orders) == len(lines)
    assert {len(order["lines"]) for order in orders} >= {0}
    for order in orders:
        assert sorted(line["line"] for line in order["lines"]) == list(range(1, len(order["lines"]) + 1))


def test_a_key_of_several_fields_is_unique(gateway: Gateway) -> None:
    """There are few companies, and no two orders of one with the same number."""
    orders = table(gateway, "orders")
    assert max(Counter((each["company"], each["number"]) for each in orders).values()) == 1
    assert len({each["company"] for each in orders}) <= 3


def test_what_extends_a_row_has_its_key(gateway: Gateway) -> None:
    """A table in the other source with the same three parts of a key: each line finds its text, and no two share one."""
    lines = table(gateway, "lines", "expand=texts")
    found = [line["texts"] for line in lines]
    texts = table(gateway, "texts")
    keys = [(each["company"], each["order"], each["line"]) for each in texts]
    assert len(keys) == len(set(keys))
    assert all(found)


def test_two_parents_in_two_sources_have_the_same_values(gateway: Gateway) -> None:
    """A line's item is known to both systems, one of which stores it right-justified."""
    for line in table(gateway, "lines", "expand=there,here"):
        assert line["there"]["number"] == line["here"]["number"] == line["item"]


def test_who_refers_to_a_kind_finds_one_of_that_kind(gateway: Gateway) -> None:
    """One table of partners: orders lead to customers, items to suppliers, and neither to the other."""
    customers, suppliers = ({each["number"] for each in table(gateway, name)} for name in ("customers", "suppliers"))
    assert customers.isdisjoint(suppliers)
    assert all(order["sold_to"] for order in table(gateway, "orders", "expand=sold_to"))
    assert all((each["from"] is None) is (each["supplier"] is None) for each in table(gateway, "items", "expand=from"))


def test_a_table_refers_to_itself(gateway: Gateway) -> None:
    """By a foreign key of the catalog: each boss is an employee, and somebody has none."""
    employees = table(gateway, "employees")
    bosses = {each["boss"] for each in employees}
    assert bosses - {None} <= {each["id"] for each in employees}
    assert 1 < len(bosses - {None}) < len(employees)


def test_a_table_of_codes_has_no_more_rows_than_codes(gateway: Gateway) -> None:
    """Its key is a map of three codes, two of which the other end can store: everybody who refers finds one."""
    grades = [each["grade"] for each in table(gateway, "grades")]
    assert len(grades) == len(set(grades)) <= 3
    for each in table(gateway, "employees", "expand=graded"):
        assert (each["graded"] or {}).get("grade") == each["grade"]
