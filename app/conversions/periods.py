"""Months and weeks in digits: accounting periods, planning weeks.

In charge of their stored forms. It must not know days: a period is not its first day.
"""

from __future__ import annotations

from typing import Any, Final

from app.conversions.base import DataIssue, Entry
from app.conversions.digits import Layout, YearDigits, layout_entry
from app.conversions.moments import NOT_A_DATE, is_week, parse_month, parse_week

MONTHS: Final = (
    Layout("yyyymm", "202402 is 2024-02.", (0, 999999)),
    Layout("cyymm", "C counts the centuries after 1900: 12402 is 2024-02.", (0, 99999)),
    Layout("yymm", "2402 is 2024-02; the option `window` says where the hundred years start.", (0, 9999)),
)
WEEKS: Final = (
    Layout("yyyyww", "Year and ISO week: 202409 is 2024-W09.", (0, 999999)),
    Layout("yyww", "Two-digit year and ISO week: 2409 is 2024-W09; the option `window` says where the hundred years start.",
           (0, 9999)),
)  # fmt: skip


class DigitMonth(YearDigits):
    """A month in digits."""

    def _value(self, digits: str) -> str:
        year, month = self._year(digits), self._number(digits, "mm")
        if not 1 <= month <= 12:
            raise DataIssue(NOT_A_DATE)
        self.years.check_stored(year)
        return f"{year:04}-{month:02}"

    def _digits(self, value: Any) -> str:
        year, month = parse_month(value)
        self.years.check_value(year)
        return self._joined(year, mm=month)

    def parse(self, text: str) -> str:
        """The month, as it stands."""
        parse_month(text)
        return text

    @property
    def schema(self) -> dict[str, Any]:
        """ISO 8601 year and month."""
        return {"type": "string", "pattern": r"^\d{4}-(0[1-9]|1[0-2])$", "example": "2026-02"}


class DigitWeek(YearDigits):
    """A week in digits, by the ISO calendar: Monday to Sunday, week 1 holds the year's first Thursday."""

    def _value(self, digits: str) -> str:
        year, week = self._year(digits), self._number(digits, "ww")
        if not is_week(year, week):
            raise DataIssue(NOT_A_DATE)
        self.years.check_stored(year)
        return f"{year:04}-W{week:02}"

    def _digits(self, value: Any) -> str:
        year, week = parse_week(value)
        self.years.check_value(year)
        return self._joined(year, ww=week)

    def parse(self, text: str) -> str:
        """The week, as it stands."""
        parse_week(text)
        return text

    @property
    def schema(self) -> dict[str, Any]:
        """ISO 8601 week."""
        return {"type": "string", "pattern": r"^\d{4}-W\d{2}$", "example": "2026-W09"}


ENTRIES: Final[tuple[Entry, ...]] = (
    *(layout_entry(DigitMonth, "month", layout) for layout in MONTHS),
    *(layout_entry(DigitWeek, "week", layout) for layout in WEEKS),
)
