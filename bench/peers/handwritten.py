"""The same two endpoints by hand: Flask, SQLAlchemy Core and marshmallow, over the demo plant's order headers.

Written as a good engineer would write it for one table: a read-only engine with a warm pool, statements built once with
bound parameters (SQLAlchemy caches their compilation), rows as mappings, a schema whose fields know how a date or an amount
is stored, look-ups cached where values repeat. It answers the very items that the gateway's v1 answers; the benchmark
compares them before it measures.
"""

from __future__ import annotations

import os
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import marshmallow as ma
import sqlalchemy as sa
from flask import Flask, Response, abort, jsonify, request

ZONE = ZoneInfo("America/Detroit")
STATUS = {
    "10": "entered", "15": "held", "20": "released", "30": "picking",
    "40": "packed", "50": "shipped", "60": "invoiced", "90": "cancelled",
}  # fmt: skip
TERMS = {"N30": "net-30", "N60": "net-60", "2T1": "2-percent-10-days", "COD": "cash-on-delivery", "PRE": "prepaid"}
RUSH = {"Y": True, "J": True, "N": False, "": False}


@lru_cache(maxsize=4096)
def century_date(stored: int) -> date | None:
    """CYYMMDD; 0 and 9999999 mean none, and so does what is no date."""
    if stored in {0, 9999999}:
        return None
    try:
        return date(1900 + stored // 10000, stored // 100 % 100, stored % 100)
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def plain_date(stored: int) -> date | None:
    """YYYYMMDD; 0 and 99999999 mean none."""
    if stored in {0, 99999999}:
        return None
    try:
        return date(stored // 10000, stored // 100 % 100, stored % 100)
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def clock(stored: int) -> time | None:
    """HHMMSS."""
    try:
        return time(stored // 10000, stored // 100 % 100, stored % 100)
    except ValueError:
        return None


def moment(day: int, seconds: int) -> str | None:
    """A date and a time, local to the plant, with its offset."""
    found, at = century_date(day), clock(seconds)
    if found is None or at is None:
        return None
    return datetime.combine(found, at, ZONE).isoformat()


def packed(stored: bytes) -> Decimal | None:
    """Packed decimal with one decimal place."""
    text = stored.hex()
    if not text[:-1].isdigit():
        return None
    value = Decimal(text[:-1]).scaleb(-1)
    return -value if text[-1] in "bd" else value


class Padded(ma.fields.Field[Any]):
    """Blank-padded text."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:  # noqa: ARG002  # marshmallow's
        return None if value is None else value.rstrip()


class Code(ma.fields.Field[Any]):
    """A code of a table; with `open`, an unknown one stays as it is."""

    def __init__(self, table: dict[str, Any], *, open_: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.table, self.open = table, open_

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:  # noqa: ARG002  # marshmallow's
        code = value.rstrip()
        return self.table.get(code, code if self.open else None)


class OrderSchema(ma.Schema):
    """One order."""

    number = ma.fields.Function(lambda row: f"{row['ORDNO']:07d}")
    customer = Padded(attribute="CUSNO")
    status = Code(STATUS, attribute="ORDST")
    ordered_on = ma.fields.Function(lambda row: _iso(century_date(row["ORDDT"])))
    requested_on = ma.fields.Function(lambda row: _iso(plain_date(row["REQDT"])))
    promised_at = ma.fields.Function(lambda row: moment(row["PRMDT"], row["PRMTM"]))
    total = ma.fields.Function(lambda row: f"{Decimal(row['ORDTOT']).scaleb(-2):.2f}")
    currency = Padded(attribute="CURCD")
    rush = Code(RUSH, attribute="RUSHF")
    payment_terms = Code(TERMS, open_=True, attribute="PAYTC")
    weight_kg = ma.fields.Function(lambda row: _text(packed(row["ORDWT"])))
    remarks = ma.fields.Function(lambda row: row["ORMRK"].decode("cp273").rstrip())
    changed_at = ma.fields.Function(lambda row: moment(row["UPDDT"], row["UPDTM"]))


def _iso(found: date | None) -> str | None:
    return None if found is None else found.isoformat()


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:.1f}"


COLUMNS = [
    "ORDNO",
    "CUSNO",
    "ORDST",
    "ORDDT",
    "REQDT",
    "PRMDT",
    "PRMTM",
    "ORDTOT",
    "CURCD",
    "RUSHF",
    "PAYTC",
    "ORDWT",
    "ORMRK",
    "UPDDT",
    "UPDTM",
]
ORDERS = sa.table("ORDHDR", *(sa.column(name) for name in (*COLUMNS, "ACREC")))
SELECT = sa.select(*(ORDERS.c[name] for name in COLUMNS)).where(ORDERS.c.ACREC == "A")
ONE = SELECT.where(sa.bindparam("number") == ORDERS.c.ORDNO)
PAGE = SELECT.where(sa.bindparam("after") < ORDERS.c.ORDNO).order_by(ORDERS.c.ORDNO).limit(sa.bindparam("limit"))


def create_app(database: str) -> Flask:
    """The application over one SQLite file."""
    app = Flask(__name__)
    engine = sa.create_engine(
        f"sqlite:///file:{database}?mode=ro&uri=true",
        poolclass=sa.pool.QueuePool,
        pool_size=8,
        connect_args={"check_same_thread": False},
        isolation_level="AUTOCOMMIT",
    )
    one, many = OrderSchema(), OrderSchema(many=True)

    @app.get("/v1/orders/<int:number>")
    def order(number: int) -> Response:
        with engine.connect() as connection:
            row = connection.execute(ONE, {"number": number}).mappings().first()
        if row is None:
            abort(404)
        return jsonify(one.dump(row))

    @app.get("/v1/orders")
    def orders() -> Response:
        limit = request.args.get("limit", 50, int)
        if not 1 <= limit <= 500:
            abort(422)
        after = request.args.get("after", 0, int)
        with engine.connect() as connection:
            rows = connection.execute(PAGE, {"after": after, "limit": limit + 1}).mappings().all()
        following = rows[limit - 1]["ORDNO"] if len(rows) > limit else None
        return jsonify({"data": many.dump(rows[:limit]), "page": {"limit": limit, "next": following}})

    return app


def wsgi() -> Flask:
    """What gunicorn calls."""
    return create_app(os.environ["PLANT_ERP"])
