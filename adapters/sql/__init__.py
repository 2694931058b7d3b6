"""From the port's shapes to SQL text: the only place that builds SQL.

In charge of what every SQL database shares; what differs comes in as a `Backend`, which each kind declares. It must not
know any one database, nor how connections are kept (that is `guard`).
"""

from __future__ import annotations

from adapters.sql.faults import Faults
from adapters.sql.fetching import Fetcher, Turns, fetch
from adapters.sql.query_text import bare, reading
from adapters.sql.source import Backend, Gate, Roomy, SqlSource
from adapters.sql.types import Convert, Unfit, integer, parse_type, to_decimal, to_float, to_integer, to_text

__all__ = [
    "Backend",
    "Convert",
    "Faults",
    "Fetcher",
    "Gate",
    "Roomy",
    "SqlSource",
    "Turns",
    "Unfit",
    "bare",
    "fetch",
    "integer",
    "parse_type",
    "reading",
    "to_decimal",
    "to_float",
    "to_integer",
    "to_text",
]
