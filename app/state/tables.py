"""The tables of the state.

In charge of their columns. `create_all` adds a table that is missing and leaves one that is there alone, so a state of an
earlier release goes on working, and an earlier release goes on working with it. A table that is there is never changed in
place: what is to be kept of something old goes into a new table beside it, keyed by the old one. Where that will not do, the
first such change brings a table of numbered steps, and runs those that are missing under the lock of `Database.writing`.

Times of what leaves the gateway (keys, links, revocations, purges) are seconds since 1970, by the clock on the wall.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

metadata: Final = sa.MetaData()

secret: Final = sa.Table(
    "secret",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.LargeBinary, nullable=False),
)

data_issue: Final = sa.Table(
    "data_issue",
    metadata,
    sa.Column("version", sa.Text, primary_key=True),
    sa.Column("resource", sa.Text, primary_key=True),
    sa.Column("field", sa.Text, primary_key=True),
    sa.Column("issue", sa.Text, primary_key=True),
    sa.Column("seen", sa.BigInteger, nullable=False),
    sa.Column("samples", sa.Text, nullable=False),
    sa.Column("last_seen", sa.String(32), nullable=False),
)

api_key: Final = sa.Table(
    "api_key",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("pepper", sa.Text, nullable=False),  # names the pepper that the hash was made with, and does not tell it
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("scopes", sa.Text, nullable=False),  # JSON: a list of texts
    sa.Column("claims", sa.Text, nullable=False),  # JSON: an object of lists of texts
    sa.Column("rate", sa.Text, nullable=False),
    sa.Column("networks", sa.Text, nullable=False),  # JSON: a list of texts
    sa.Column("created_at", sa.Double, nullable=False),
    sa.Column("expires_at", sa.Double),
    sa.Column("revoked_at", sa.Double),
    sa.Column("replaced_by", sa.Text),
    sa.Column("last_used_at", sa.Double),
)

order_link: Final = sa.Table(
    "order_link",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("path", sa.Text, nullable=False, index=True),
    sa.Column("fields", sa.Text, nullable=False),  # JSON: a list of texts
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("created_at", sa.Double, nullable=False, index=True),
    sa.Column("expires_at", sa.Double, nullable=False, index=True),
    sa.Column("revoked_at", sa.Double),
    sa.Column("last_used_at", sa.Double),
)

revocation: Final = sa.Table(
    "revocation",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("until", sa.Double, nullable=False),
)

revision: Final = sa.Table(
    "revision",
    metadata,
    sa.Column("value", sa.BigInteger, nullable=False),  # one row; none is 0
)

purge: Final = sa.Table(
    "purge",
    metadata,
    sa.Column("tag", sa.Text, primary_key=True),  # of each its last purge alone
    sa.Column("id", sa.BigInteger, nullable=False, unique=True),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
)

purge_log: Final = sa.Table(
    "purge_log",
    metadata,
    sa.Column("last", sa.BigInteger, nullable=False),  # one row, from the first question on
    sa.Column("floor", sa.BigInteger, nullable=False),  # the log is whole from here on
)

usage_day: Final = sa.Table(
    "usage_day",
    metadata,
    sa.Column("day", sa.String(10), primary_key=True),  # ISO, UTC
    sa.Column("caller", sa.Text, primary_key=True),
    sa.Column("form", sa.Text, primary_key=True),  # id of a usage_form
    sa.Column("calls", sa.BigInteger, nullable=False),
)

usage_form: Final = sa.Table(
    "usage_form",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),  # a hash of what it says
    sa.Column("said", sa.Text, nullable=False),  # JSON: names of what is read, never values
)

source_look: Final = sa.Table(
    "source_look",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("plan", sa.Text, primary_key=True),  # the digest of what was served
    sa.Column("due_at", sa.Double, nullable=False),
    sa.Column("checked_at", sa.Double),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("failure", sa.Text, nullable=False),
    sa.Column("breaking", sa.Integer, nullable=False),
    sa.Column("risky", sa.Integer, nullable=False),
    sa.Column("safe", sa.Integer, nullable=False),
    sa.Column("findings", sa.Text, nullable=False),  # JSON: a list of objects
)

history_minute: Final = sa.Table(
    "history_minute",
    metadata,
    sa.Column("minute", sa.BigInteger, primary_key=True, autoincrement=False),  # whole minutes since 1970
    sa.Column("said", sa.Text, nullable=False),  # JSON: a tree of numbers, of all processes together
)

cost_hour: Final = sa.Table(
    "cost_hour",
    metadata,
    sa.Column("hour", sa.BigInteger, primary_key=True, autoincrement=False),  # whole hours since 1970
    sa.Column("caller", sa.Text, primary_key=True),
    sa.Column("route", sa.Text, primary_key=True),  # as the document has it; empty: refused before it had one
    sa.Column("source", sa.Text, primary_key=True),  # empty: the requests themselves, whatever they asked
    sa.Column("requests", sa.BigInteger, nullable=False),
    sa.Column("statements", sa.BigInteger, nullable=False),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("milliseconds", sa.Double, nullable=False),
    sa.Column("longest", sa.Double, nullable=False),  # milliseconds
    sa.Column("last_at", sa.Double, nullable=False),
)

source_failure: Final = sa.Table(
    "source_failure",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("error", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),  # the driver's, cut; without what the contract keeps secret
    sa.Column("request_id", sa.Text, nullable=False),
    sa.Column("at", sa.Double, nullable=False),
)

source_change: Final = sa.Table(
    "source_change",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at", sa.Double, nullable=False),
)
