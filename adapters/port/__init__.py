"""The port: what the gateway asks of a source, in the source's own vocabulary (tables, columns, rows).

In charge of the values that cross the border between `app` and a database kind, and of the failures that may come back.
It must not know SQL text, a driver, or what an API resource is.

A read is a `Shape` (all that decides the statement's text) and its values (all that a request brings). A shape is hashable
and is compiled once; the values are bound, never rendered. Values are consumed in this order: the predicate's values depth
first, left to right; then, where `shape.after` is given, one value for each order column whose flag is False; then the
limit where `shape.limited`.

The failures:

    SourceError
     ├─ Unavailable      nothing answers, or the connection died
     │   ├─ CircuitOpen  it failed so often that it is left alone for a moment
     │   └─ Quiet        it is in a quiet window of the contract
     ├─ TimedOut         the deadline passed (waiting for a connection included)
     ├─ Busy             no connection became free in time, or too many wait for one already
     ├─ Spent            the rows that the contract grants for a day were read
     ├─ Locked           a row or file is locked by somebody else
     │   └─ Deadlocked   the source chose this statement to end a deadlock
     ├─ Refused          the credentials were not accepted; never retried
     ├─ Denied           the credentials lack an authority
     ├─ Missing          a table or column is gone: the contract and the source have drifted apart
     ├─ BadData          the source itself cannot read what is stored
     ├─ TooCostly        the source estimated the statement as too long and refused it
     ├─ Conflict         a write broke a rule of the source: a duplicate key, a missing parent
     └─ Unknown          none of these; the driver's text is kept for the log, never for a client
"""

from __future__ import annotations

from adapters.port.catalog import Base, Catalog, Column, ColumnType, ForeignKey, Index, Listed, Table, TableKind
from adapters.port.examination import Examination, Finding
from adapters.port.failures import (
    BadData,
    Busy,
    CircuitOpen,
    Conflict,
    Deadlocked,
    Denied,
    Locked,
    Missing,
    Quiet,
    Refused,
    SourceError,
    Spent,
    TimedOut,
    TooCostly,
    Unavailable,
    Unknown,
)
from adapters.port.shape import All, Any_, Compare, In, Like, Null, Order, Predicate, Rows, Shape
from adapters.port.source import Kind, Option, Source, Traits
from adapters.port.terms import Health, Lane, Notice, Terms, Window

__all__ = [
    "All",
    "Any_",
    "BadData",
    "Base",
    "Busy",
    "Catalog",
    "CircuitOpen",
    "Column",
    "ColumnType",
    "Compare",
    "Conflict",
    "Deadlocked",
    "Denied",
    "Examination",
    "Finding",
    "ForeignKey",
    "Health",
    "In",
    "Index",
    "Kind",
    "Lane",
    "Like",
    "Listed",
    "Locked",
    "Missing",
    "Notice",
    "Null",
    "Option",
    "Order",
    "Predicate",
    "Quiet",
    "Refused",
    "Rows",
    "Shape",
    "Source",
    "SourceError",
    "Spent",
    "Table",
    "TableKind",
    "Terms",
    "TimedOut",
    "TooCostly",
    "Traits",
    "Unavailable",
    "Unknown",
    "Window",
]
