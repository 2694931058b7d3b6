"""The contract of two tenants: every kind of rule that there is about who sees what, in as few resources as will do.

customers   a scope by one column, a masked field, one about persons
orders      the same behind a scope; two masked fields, one of which is joined on; expansions of every kind; cached
order-lines a composite key; a scope by a column that is right-justified
deliveries  a scope by two claims
slots       a scope by a field of two columns
tickets     a scope by a field with several spellings
receipts    another source; cached
invoices    audited; the key itself is classified
checks      data of the other tenant that would fail a whole answer
open-orders a named query
sites       scoped by nothing, with expansions to what is; cached
centers     open to every caller
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

GATEWAY = """\
title: Two tenants
sources:
  erp: {kind: sqlite, path: erp.db, deadline: 30s}
  mes: {kind: sqlite, path: mes.db, deadline: 30s}
security: {tokens: 15m}
"""
CUSTOMERS = """\
resource: customers
source: erp
table: CUSMAS
key: number
fields:
  number: {column: CUSNO, type: string}
  name: {column: CNAME, type: string}
  email: {column: CMAIL, type: string, classification: personal}
  credit: {column: CRLIM, type: decimal, stored_as: {implied: 2}, scope: finance:read}
filter: [number, name, email, credit]
sort: [number, name, credit]
page: {default: 2, max: 50}
access: {rows: {number: claim:customer}, rows_exempt: rows:all}
"""
ORDERS = """\
resource: orders
source: erp
table: ORDHDR
key: number
fields:
  number: {column: ORDNO, type: string, stored_as: {integer: {digits: 7}}}
  customer: {column: CUSNO, type: string}
  site: {column: SITE, type: string}
  status: {column: ORDST, type: enum, stored_as: {"10": entered, "20": released}}
  ordered_on: {column: ORDDT, type: date, stored_as: cyymmdd}
  total: {column: ORDTOT, type: decimal, stored_as: {implied: 2}}
  margin: {column: ORDMRG, type: decimal, stored_as: {implied: 2}, scope: finance:read}
  cost_center: {column: ORDCC, type: string, scope: finance:read}
  remark: {column: ORMRK, type: string, classification: confidential}
filter: [number, customer, site, status, ordered_on, total, margin, cost_center, remark]
sort: [number, ordered_on, total, margin]
page: {default: 2, max: 50}
expand:
  lines: {resource: order-lines, on: {number: order}, many: true}
  sold_to: {resource: customers, on: {customer: number}}
  receipts: {resource: receipts, on: {number: order}, many: true}
  center: {resource: centers, on: {cost_center: code}}
cache: {fresh: 300s}
access:
  read: orders:read
  rows: {customer: claim:customer}
  rows_exempt: rows:all
"""
LINES = """\
resource: order-lines
source: erp
table: ORDLIN
key: [order, line]
fields:
  order: {column: ORDNO, type: string, stored_as: {integer: {digits: 7}}}
  line: {column: LINNO, type: integer}
  customer: {column: CUSNO, type: string, stored_as: {right_justified: 10}}
  quantity: {column: LINQTY, type: integer}
filter: [order, line, customer, quantity]
sort: [order, quantity]
page: {default: 2, max: 50}
access: {rows: {customer: claim:customer}, rows_exempt: rows:all}
"""
DELIVERIES = """\
resource: deliveries
source: erp
table: DELIV
key: [customer, site]
fields:
  customer: {column: CUSNO, type: string}
  site: {column: SITE, type: string}
  gate: {column: GATE, type: string}
filter: [customer, site, gate]
sort: [gate]
page: {default: 2, max: 50}
access: {rows: {customer: claim:customer, site: claim:site}, rows_exempt: rows:all}
"""
SLOTS = """\
resource: slots
source: erp
table: SLOT
key: id
fields:
  id: {column: SLOTID, type: integer}
  begins_at: {columns: [SLDAT, SLTIM], type: datetime, stored_as: [cyymmdd, hhmmss]}
  note: {column: SLNOTE, type: string}
filter: [id, begins_at, note]
sort: [begins_at]
page: {default: 2, max: 50}
access: {rows: {begins_at: claim:slot}, rows_exempt: rows:all}
"""
TICKETS = """\
resource: tickets
source: erp
table: TICKET
key: id
fields:
  id: {column: TICKID, type: integer}
  area: {column: TAREA, type: enum, stored_as: {"10": north, "11": north, "20": south, "30": west}}
  text: {column: TTEXT, type: string}
filter: [id, area, text]
sort: [text]
page: {default: 2, max: 50}
access: {rows: {area: claim:area}, rows_exempt: rows:all}
"""
RECEIPTS = """\
resource: receipts
source: mes
table: RECEIPT
key: code
fields:
  code: {column: RCPNO, type: string}
  order: {column: ORDNO, type: string}
  customer: {column: CUSNO, type: string}
filter: [code, order, customer]
sort: [code]
page: {default: 2, max: 50}
cache: {fresh: 300s}
access: {rows: {customer: claim:customer}, rows_exempt: rows:all}
"""
INVOICES = """\
resource: invoices
source: erp
table: INVOICE
key: code
fields:
  code: {column: INVNO, type: string, classification: confidential}
  customer: {column: CUSNO, type: string}
  amount: {column: INVAMT, type: decimal, stored_as: {implied: 2}}
  posted_on: {column: INVDT, type: date, stored_as: cyymmdd, classification: personal}
filter: [code, customer, amount, posted_on]
sort: [code, amount]
page: {default: 2, max: 50}
access:
  read: invoices:read
  rows: {customer: claim:customer}
  rows_exempt: rows:all
  audited: true
"""
CHECKS = """\
resource: checks
source: erp
table: CHECKS
key: id
fields:
  id: {column: CHKID, type: integer}
  customer: {column: CUSNO, type: string}
  made_on: {column: CHKDT, type: date, stored_as: cyymmdd, on_issue: fail}
filter: [id, customer, made_on]
sort: [id, made_on]
page: {default: 50, max: 50}
access: {rows: {customer: claim:customer}, rows_exempt: rows:all}
"""
OPEN_ORDERS = """\
resource: open-orders
source: erp
query: open_orders.sql
key: number
fields:
  number: {column: ORDNO, type: string, stored_as: {integer: {digits: 7}}}
  customer: {column: CUSNO, type: string}
filter: [number, customer]
sort: [number]
page: {default: 2, max: 50}
access: {rows: {customer: claim:customer}, rows_exempt: rows:all}
"""
SITES = """\
resource: sites
source: erp
table: SITE
key: code
fields:
  code: {column: SITE, type: string}
  name: {column: SNAME, type: string}
filter: [code, name]
sort: [code]
page: {default: 2, max: 50}
expand:
  orders: {resource: orders, on: {code: site}, many: true}
  charged: {resource: orders, on: {code: cost_center}, many: true}
  deliveries: {resource: deliveries, on: {code: site}, many: true}
cache: {fresh: 300s}
"""
CENTERS = """\
resource: centers
source: erp
table: CENTER
key: code
fields:
  code: {column: CCODE, type: string}
  name: {column: CCNAME, type: string}
filter: [code]
sort: [code]
"""
LENS = """\
resource: orders
changes:
  - {rename: {customer: client}, because: one word for it}
  - {retype: {total: {type: number}}, because: charts}
"""
OPEN_ORDERS_SQL = "SELECT ORDNO, CUSNO FROM ORDHDR WHERE ORDST = '20'\n"

RESOURCES: Mapping[str, str] = {
    "customers": CUSTOMERS,
    "orders": ORDERS,
    "order-lines": LINES,
    "deliveries": DELIVERIES,
    "slots": SLOTS,
    "tickets": TICKETS,
    "receipts": RECEIPTS,
    "invoices": INVOICES,
    "checks": CHECKS,
    "open-orders": OPEN_ORDERS,
    "sites": SITES,
    "centers": CENTERS,
}
RENAMED: Mapping[str, str] = {"sites": "plants"}  # from v1 to v2

FILES: Mapping[str, str] = {
    "gateway.yaml": GATEWAY,
    **{f"v1/{name}.yaml": text + "unindexed: all\n" for name, text in RESOURCES.items()},
    "v1/version.yaml": "status: deprecated\nreleased_on: 2025-10-01\ndeprecated_on: 2026-09-01\n",
    "v2/version.yaml": "extends: v1\nstatus: current\nchanges: [{rename: {sites: plants}, because: a better word}]\n",
    "v2/orders.yaml": LENS,
    "queries/open_orders.sql": OPEN_ORDERS_SQL,
}

FRESH: Final = 300.0  # seconds, in KEPT
WHILE_NEW: Final = 600.0  # until when an answer serves there while a new one is read
IN_NEED: Final = 900.0  # until when it does while its source fails

_SOME: Final = "cache: {fresh: 300s}\n"
_ALL: Final = (
    "cache: {fresh: 300s, stale_while_revalidate: 300s, stale_if_error: 600s, negative: 100s, persist: true}\n"
)

_BY: Final[Mapping[str, str]] = {  # a column of text of each resource, for a rule that no row keeps
    **dict.fromkeys(("customers", "orders", "order-lines", "deliveries", "receipts", "invoices", "checks"), "CUSNO"),
    "open-orders": "CUSNO",
    "slots": "SLNOTE",
    "tickets": "TAREA",
    "sites": "SITE",
    "centers": "CCODE",
}


def _resources(line: str, **more: str) -> Mapping[str, str]:
    """The files with every answer kept as `line` says; `more` are lines of single resources."""
    texts = {
        f"v1/{name}.yaml": text.replace(_SOME, "") + line + more.get(name, "") + "unindexed: all\n"
        for name, text in RESOURCES.items()
    }
    return {**FILES, **texts}


KEPT: Final = _resources(_ALL)  # every answer is kept, in every way that there is
EMPTIED: Final = _resources(  # the same, after its operator has taken all rows away
    _ALL, **{name: f"active_when: {{{column}: [QNONE]}}\n" for name, column in _BY.items()}
)

TABLES: Mapping[str, str] = {
    "erp.db": """\
CREATE TABLE CUSMAS (CUSNO CHAR(8) NOT NULL PRIMARY KEY, CNAME CHAR(30) NOT NULL, CMAIL VARCHAR(60), CRLIM DECIMAL(11,0));
CREATE TABLE ORDHDR (ORDNO DECIMAL(7,0) NOT NULL PRIMARY KEY, CUSNO CHAR(8) NOT NULL, SITE CHAR(4) NOT NULL,
  ORDST CHAR(2) NOT NULL, ORDDT DECIMAL(7,0) NOT NULL, ORDTOT DECIMAL(11,0) NOT NULL, ORDMRG DECIMAL(11,0) NOT NULL,
  ORDCC CHAR(8) NOT NULL, ORMRK VARCHAR(60));
CREATE TABLE ORDLIN (ORDNO DECIMAL(7,0) NOT NULL, LINNO DECIMAL(4,0) NOT NULL, CUSNO CHAR(10) NOT NULL,
  LINQTY DECIMAL(9,0) NOT NULL, PRIMARY KEY (ORDNO, LINNO));
CREATE TABLE DELIV (CUSNO CHAR(8) NOT NULL, SITE CHAR(4) NOT NULL, GATE VARCHAR(20), PRIMARY KEY (CUSNO, SITE));
CREATE TABLE SLOT (SLOTID INTEGER NOT NULL PRIMARY KEY, SLDAT DECIMAL(7,0) NOT NULL, SLTIM DECIMAL(6,0) NOT NULL,
  SLNOTE VARCHAR(20));
CREATE TABLE TICKET (TICKID INTEGER NOT NULL PRIMARY KEY, TAREA CHAR(2) NOT NULL, TTEXT VARCHAR(20) NOT NULL);
CREATE TABLE INVOICE (INVNO VARCHAR(12) NOT NULL PRIMARY KEY, CUSNO CHAR(8) NOT NULL, INVAMT DECIMAL(11,0) NOT NULL,
  INVDT DECIMAL(7,0) NOT NULL);
CREATE TABLE CHECKS (CHKID INTEGER NOT NULL PRIMARY KEY, CUSNO CHAR(8) NOT NULL, CHKDT DECIMAL(7,0) NOT NULL);
CREATE TABLE SITE (SITE CHAR(4) NOT NULL PRIMARY KEY, SNAME VARCHAR(20) NOT NULL);
CREATE TABLE CENTER (CCODE CHAR(8) NOT NULL PRIMARY KEY, CCNAME VARCHAR(20) NOT NULL);
""",
    "mes.db": """\
CREATE TABLE RECEIPT (RCPNO VARCHAR(12) NOT NULL PRIMARY KEY, ORDNO VARCHAR(7) NOT NULL, CUSNO VARCHAR(8) NOT NULL);
""",
}
