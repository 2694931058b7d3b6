"""The same two endpoints by hand: Flask, SQLAlchemy Core and marshmallow, over the demo plant's order headers.

Written as a good engineer would write it for one table: a read-only engine with a warm pool, statements built once with
bound parameters (SQLAlchemy caches their compilation), rows as mappings, a schema whose fields know how a date or an amount
is stored. It answers the very items that the gateway's v1 answers; the benchmark compares them before it measures.

`PEER_DATABASE` says where the table is: the URL of a SQLite file or of a PostgreSQL server, as SQLAlchemy spells it.
"""

from __future__ import annotations

import os
from typing import Any

import marshmallow as ma
import sqlalchemy as sa
from flask import Flask, Response, abort, jsonify, request

from bench.peers.orders import COLUMNS, RUSH, STATUS, TERMS, amount, century_date, iso, kilograms, moment, plain_date

POOL = 8  # connections of a process, as many as it has threads


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

    number = ma.fields.Function(lambda row: f"{int(row['ORDNO']):07d}")
    customer = Padded(attribute="CUSNO")
    status = Code(STATUS, attribute="ORDST")
    ordered_on = ma.fields.Function(lambda row: iso(century_date(row["ORDDT"])))
    requested_on = ma.fields.Function(lambda row: iso(plain_date(row["REQDT"])))
    promised_at = ma.fields.Function(lambda row: moment(row["PRMDT"], row["PRMTM"]))
    total = ma.fields.Function(lambda row: amount(row["ORDTOT"]))
    currency = Padded(attribute="CURCD")
    rush = Code(RUSH, attribute="RUSHF")
    payment_terms = Code(TERMS, open_=True, attribute="PAYTC")
    weight_kg = ma.fields.Function(lambda row: kilograms(row["ORDWT"]))
    remarks = ma.fields.Function(lambda row: row["ORMRK"].decode("cp273").rstrip())
    changed_at = ma.fields.Function(lambda row: moment(row["UPDDT"], row["UPDTM"]))


ORDERS = sa.table("ORDHDR", *(sa.column(name) for name in (*COLUMNS, "ACREC")))
SELECT = sa.select(*(ORDERS.c[name] for name in COLUMNS)).where(ORDERS.c.ACREC == "A")
ONE = SELECT.where(sa.bindparam("number") == ORDERS.c.ORDNO)
PAGE = SELECT.where(sa.bindparam("after") < ORDERS.c.ORDNO).order_by(ORDERS.c.ORDNO).limit(sa.bindparam("limit"))


def engine_of(url: str) -> sa.Engine:
    """A warm pool of connections that only read."""
    sqlite = {"poolclass": sa.pool.QueuePool, "connect_args": {"check_same_thread": False}}
    options: dict[str, Any] = sqlite if url.startswith("sqlite") else {}
    return sa.create_engine(url, pool_size=POOL, isolation_level="AUTOCOMMIT", **options)


def create_app(url: str) -> Flask:
    """The application over one database."""
    app = Flask(__name__)
    engine = engine_of(url)
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
        following = int(rows[limit - 1]["ORDNO"]) if len(rows) > limit else None
        return jsonify({"data": many.dump(rows[:limit]), "page": {"limit": limit, "next": following}})

    return app


def wsgi() -> Flask:
    """What gunicorn calls."""
    return create_app(os.environ["PEER_DATABASE"])
