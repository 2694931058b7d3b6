"""The bodies of what the operator's console reads: how the sources are, charts, costs, callers, issues, the map.

In charge of their form, as the document has it. It must not know where a number comes from.
"""

from __future__ import annotations

from typing import Final

from marshmallow import fields, validate

from app.metrics import costs_report, history_chart
from app.web.admin.fields import (
    Body,
    flag,
    many,
    maybe,
    moment,
    number,
    numbers,
    one_of,
    quantities,
    quantity,
    said,
    text,
    texts,
)

STATES: Final = ("up", "sick", "quiet", "open", "refused", "unknown")

_COMPLETE: Final = "Whether the gateway's own memory answered; if not, this is what one worker knows of it."


# How it stands.


class ServedVersion(Body):
    """A version that is served."""

    name = text("Its name.", "v1")
    status = text("preview, current, deprecated or retired.", "current")
    sunset_on = fields.String(
        required=True, allow_none=True, metadata=said("When it ends, if that is known.", "2027-06-30", format="date")
    )
    resources = number("How many resources it has.")


class LastFailure(Body):
    """With what a source failed last."""

    error = text("The class of failure.", "Unavailable")
    at = moment("When.", never=False)
    words = text("What that means.", "Nothing answers, or the connection broke.")
    advice = text("What to do.", "See whether the host and the network between are up.")
    text_ = text("The driver's own words, cut.", "connection refused", data_key="text")
    request_id = text("The request that met it, as logs and the audit have it; empty: none.")


class Connections(Body):
    """Connections to a source."""

    limit = number("How many the contract grants to all workers of a host.")
    open = number("How many the workers of this host have.")
    lost = number("How many of the answering worker's hang in statements that do not come back.")


class RowsToday(Body):
    """The rows of a day, where the contract bounds them."""

    read = number("How many the workers of this host have read since midnight, in the zone of the source.")
    limit = number("How many a day has.")


class Drifted(Body):
    """How far a source has drifted from the contract."""

    checked_at = moment("When it was looked at last; null: not yet.", never=True)
    breaking = number("How many findings break the contract.")
    risky = number("How many may.")
    safe = number("How many do not.")


class SourceState(Body):
    """How a source is, as far as is known without asking it."""

    name = text("Its name.", "erp")
    kind = text("The kind of its database.", "as400")
    state = text(
        "up; sick: it failed within the last two minutes, and no trial went well since; quiet: in a quiet window; open: left alone for some seconds, since it failed "
        "so often; refused: its credentials were not accepted, and are not tried again; unknown: nobody has asked it yet.",
        "up",
        validate=validate.OneOf(STATES),
    )
    since = moment("Since when, if that is known.", never=True)
    last_failure = maybe(LastFailure, "With what it failed last, however long ago.")
    quiet_until = moment("The end of the quiet window that is on.", never=True)
    quiet_reason = text("The contract's words for it.", "nightly save")
    connections = fields.Nested(Connections, required=True)
    rows_today = maybe(RowsToday, "Null where the contract bounds no day's rows.")
    drift = maybe(Drifted, "Null before the first look.")


class Figures(Body):
    """The last hour in numbers."""

    requests = number("How many were answered.")
    errors = number("How many of them with 5xx.")
    hit_ratio = quantity("The share that needed no read, of those that the cache was asked for.", 0.93, unknown=True)
    p95_ms = quantity("The milliseconds within which 95 of 100 were answered.", 12.5, unknown=True)
    statements_per_1000_requests = quantity("All sources together.", 41.0, unknown=True)


class Overview(Body):
    """How it stands: versions, sources, the last hour. No source is asked for it."""

    title = text("The contract's title.", "Plant")
    now = moment("When this was said.", never=False)
    complete = flag(_COMPLETE)
    versions = many(ServedVersion, "The versions, as the contract has them.")
    sources = many(SourceState, "The sources, as the contract has them.")
    hour = fields.Nested(Figures, required=True)


# Charts.


class ChartQuery(Body):
    """Which chart."""

    span = one_of("hour: 60 points of a minute; day: 96 points of 15 minutes.", history_chart.SPANS, "hour")


class ChartOfSource(Body):
    """What one source was asked."""

    statements = numbers("Statements that it answered.")
    per_1000_requests = quantities("Statements for a thousand requests of the gateway, whatever they asked.")
    failures = numbers("Statements that it did not answer.")
    p95_ms = quantities("The milliseconds within which 95 of 100 statements were answered.")


class Chart(Body):
    """A chart: rows of numbers, one for each point. The admin port is not counted."""

    span = text("As it was asked for.", "hour")
    step = number("The seconds of a point.")
    from_ = fields.String(
        required=True,
        data_key="from",
        metadata=said("When the first point begins.", "2026-01-31T09:30:00Z", format="date-time"),
    )
    to = moment("When this was said: the last point goes on.", never=False)
    complete = flag(_COMPLETE)
    at = texts("When each point begins.", ["2026-01-31T09:30:00Z"], required=True)
    requests = numbers("Requests that were answered.")
    errors = numbers("Of them with 5xx.")
    p50_ms = quantities("The milliseconds within which half of them were answered.")
    p95_ms = quantities("And 95 of 100.")
    p99_ms = quantities("And 99 of 100.")
    hit_ratio = quantities("The share that needed no read, of those that the cache was asked for.")
    sources = fields.Dict(keys=fields.String(), values=fields.Nested(ChartOfSource), required=True)


# Costs and callers.


class CostQuery(Body):
    """Since when."""

    span = one_of(
        "The hour, the 24 or the 168 hours before the one that goes on, and that one.", costs_report.SPANS, "day"
    )


class CostAtSource(Body):
    """What something has cost at a source."""

    statements = number("How many statements.")
    rows = number("How many rows they brought.")
    milliseconds = quantity("How long the source took for them.", 1250.0)


class CallerCost(CostAtSource):
    """What a caller has cost, all sources together and each."""

    caller = text(
        "The credential; `links`: all holders of links; `other`: those for whom there was no room.", "key:4f9Zk2Qa"
    )
    name = text("Whose key it is; empty where it is none.", "ACME")
    requests = number("Requests that were answered.")
    share = quantity("Its share of all milliseconds at sources, 0 to 1.", 0.4)
    sources = fields.Dict(keys=fields.String(), values=fields.Nested(CostAtSource), required=True)


class ResourceCost(CostAtSource):
    """What a resource has cost."""

    route = text("Its path as the document has it.", "/v1/orders/{key}")
    requests = number("Requests that were answered.")
    mean_ms = quantity("How long an answer took, on the average.", 3.5)
    max_ms = quantity("And at most.", 410.0)


class Costs(Body):
    """Who and what has cost the sources how much, the costliest first; refreshes behind requests are nobody's."""

    since = moment("From then on.", never=False)
    counted = flag("Whether callers are counted at all: `BASCULE_USAGE_DAYS=0` says no.")
    complete = flag(_COMPLETE)
    callers = many(CallerCost, "The fifty costliest callers.")
    resources = many(ResourceCost, "The fifty costliest resources.")


class LimitRate(Body):
    """So much in so many seconds."""

    amount = number("How much.")
    seconds = quantity("In how many seconds.", 60.0)


class CallerLimits(Body):
    """What a class of limits grants to each of its callers; null: any number."""

    name = text("The class.", "default")
    requests = maybe(LimitRate, "Requests.")
    burst = number("How many of them may come at once.")
    rows = maybe(LimitRate, "Rows, at each source.")
    milliseconds = maybe(LimitRate, "Milliseconds of statements, at each source.")


class SeenCaller(Body):
    """A caller who asked for something."""

    caller = text("The credential.", "key:4f9Zk2Qa")
    kind = text("key, token, links, anonymous or other.", "key")
    key = fields.String(
        required=True, allow_none=True, metadata=said("The id of its key, to revoke it by.", "4f9Zk2Qa")
    )
    name = text("Whose key it is; empty where it is none.", "ACME")
    state = fields.String(required=True, allow_none=True, metadata=said("The standing of its key.", "active"))
    limits = maybe(CallerLimits, "What it is granted; null: nothing bounds it, or nobody can tell.")
    requests = number("Requests that were answered.")
    refused = number("Requests that came too often (429).")
    statements = number("Statements that they cost.")
    milliseconds = quantity("And how long the sources took for them.", 1250.0)
    last_seen_at = moment("When it asked last.", never=False)


class Callers(Body):
    """Who called, the busiest first."""

    since = moment("From then on.", never=False)
    counted = flag("Whether callers are counted at all: `BASCULE_USAGE_DAYS=0` says no.")
    complete = flag(_COMPLETE)
    data = many(SeenCaller, "At most a thousand.")


# Data issues.


class Issue(Body):
    """A kind of data that does not decode. What is classified is hidden."""

    version = text("The version.", "v1")
    resource = text("The resource.", "orders")
    field = text("The field.", "due")
    issue = text("What is wrong.", "bad-date")
    seen = number("How often it was served; a row that is served twice counts twice.")
    last_seen = moment("When, last.", never=False)
    keys = texts("The API keys of some of the rows.", ["4711"], required=True)


class Issues(Body):
    """Data issues, the most frequent first."""

    data = many(Issue, "Of each version, resource and field.")


# The map.


class Reader(Body):
    """Who reads."""

    id = text("The credential.", "key:4f9Zk2Qa")
    name = text("Whose key it is; empty where it is none.", "ACME")
    calls = number("How often.")
    last = text("The last day (UTC).", "2026-01-31")


class ReadVersion(Body):
    """A version that serves a resource."""

    name = text("Its name.", "v1")
    status = text("preview, current, deprecated or retired.", "current")
    calls = fields.Integer(
        required=True, allow_none=True, metadata=said("How often it was read; null: it is not counted.", 120)
    )
    callers = many(Reader, "Who reads it, the most frequent first.")


class MappedResource(Body):
    """A resource."""

    name = text("Its name.", "orders")
    owner = text("Who answers for it.", "sales")
    versions = many(ReadVersion, "The versions that serve it.")


class MappedTable(Body):
    """What resources are read from."""

    name = text("Its name at the source, or the file of the query.", "ORDHDR")
    kind = text("table or query.", "table")
    resources = many(MappedResource, "What is read from it.")


class MappedSource(Body):
    """A source."""

    name = text("Its name.", "erp")
    kind = text("The kind of its database.", "as400")
    tables = many(MappedTable, "Tables, then named queries.")


class Map(Body):
    """Who stands on what: from the sources to those who read."""

    complete = flag("Whether the gateway's own memory answered; if not, nobody knows who reads.")
    title = text("The contract's title.", "Plant")
    days = fields.Integer(
        required=True,
        allow_none=True,
        metadata=said("How many days were counted; null: nobody counts, or nobody knows.", 30),
    )
    sources = many(MappedSource, "The sources.")
