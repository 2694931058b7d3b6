"""Dates and times bound for tests: by name, without the registry, in Detroit."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from adapters.port import Base, ColumnType
from app.conversions import dates, natives, periods, textual, times
from app.conversions.base import ApiType, Binding, Conversion
from app.conversions.datetimes import DateTimePair

DETROIT = "America/Detroit"
MODULES = (dates, periods, times, natives, textual)
ENTRIES = {(entry.name, api_type): entry for module in MODULES for entry in module.ENTRIES for api_type in entry.types}


def column(base: Base, length: int | None = None) -> ColumnType:
    """A column type; numeric ones without a precision."""
    return ColumnType(base, length)


def bound(
    name: str,
    api_type: ApiType,
    *columns: ColumnType,
    timezone: str = DETROIT,
    **options: Any,
) -> Conversion:
    """A conversion; one integer column where none is given."""
    binding = Binding(api_type, columns or (column("integer"),), options, timezone)
    conversion: Conversion = ENTRIES[name, api_type].bind(binding)
    return conversion


def pair(date_name: str = "cyymmdd", time_name: str = "hhmmss", **time_options: Any) -> DateTimePair:
    """Two integer columns in Detroit."""
    return DateTimePair(bound(date_name, "date"), bound(time_name, "time", **time_options), DETROIT)


def at(text: str) -> datetime:
    """A wall clock time, as a driver brings it."""
    return datetime.fromisoformat(text)
