"""The table of mistakes in the words of a source: quiet windows, budgets, and the options of its kind."""

from __future__ import annotations

from typing import Final

from tests.contract.mistake import Mistake, source


def of_source(words: str, *faults: str) -> Mistake:
    """A mistake among the words of the sound contract's source, behind those that it has."""
    return source("path: erp.db", f"path: erp.db, {words}", *faults)


MISTAKES: Final = (
    of_source(
        "quiet: []", "3:43: an empty list stands here; expected a list, each a quiet window (at least 1) [wrong-value]"
    ),
    of_source(
        "quiet: {from: 02:00}",
        "3:43: a mapping stands here; expected a list, each a quiet window (at least 1) [wrong-value]",
    ),
    of_source(
        "quiet: [{from: 2:00, to: 03:00}]",
        "3:51: '2:00' stands here; expected a time of day: 02:00, 23:59 [wrong-value]",
    ),
    of_source(
        "quiet: [{from: 24:00, to: 03:00}]",
        "3:51: '24:00' stands here; expected a time of day: 02:00, 23:59 — the midnight that ends a day is the next day's 00:00 [wrong-value]",
    ),
    of_source(
        "quiet: [{from: 02:60, to: 03:00}]",
        "3:51: '02:60' stands here; expected a time of day: 02:00, 23:59 — minute must be in 0..59 [wrong-value]",
    ),
    of_source(
        "quiet: [{from: 02:00, until: 03:00}]",
        "3:44: a quiet window needs 'to'; expected a time of day: 02:00, 23:59 [missing-word]",
        "3:58: a quiet window has no word 'until' — known: days, from, reason, to [unknown-word]",
    ),
    of_source(
        "quiet: [{from: 02:00, to: 03:00, days: monday}]",
        "3:75: 'monday' stands here; expected one of all, workdays, weekends, mon, tue, wed, thu, fri, sat, sun — did you mean 'mon'? [wrong-value]",
    ),
    of_source(
        "quiet: [{from: 02:00, to: 03:00, days: [mon, mon]}]", "3:81: 'mon' stands twice in this list [repeated-item]"
    ),
    of_source(
        "quiet: [{from: 02:00, to: 03:00, days: []}]",
        "3:75: an empty list stands here; expected a list, each one of all, workdays, weekends, mon, tue, wed, thu, fri, sat, sun (at least 1) [wrong-value]",
    ),
    of_source('quiet: [{from: 02:00, to: 03:00, reason: ""}]', "3:77: '' stands here; expected text [wrong-value]"),
    of_source(
        "quiet: [{from: 02:00, to: 02:00}]",
        "3:36: the quiet windows leave no minute of the week; expected times at which the source may be read [wrong-value]",
    ),
    of_source(
        "quiet: [{from: 06:00, to: 20:00}, {from: 20:00, to: 06:00, days: [workdays, weekends]}]",
        "3:36: the quiet windows leave no minute of the week; expected times at which the source may be read [wrong-value]",
    ),
    of_source("budget: 500", "3:44: '500' stands here; expected a budget of rows [wrong-value]"),
    of_source("budget: {request: 1}", "3:54: '1' stands here; expected a whole number of at least 2 [wrong-value]"),
    of_source(
        "budget: {day: 5_000_000}", "3:50: '5_000_000' stands here; expected a whole number of at least 2 [wrong-value]"
    ),
    of_source(
        "budget: {requests: 10}",
        "3:45: a budget of rows has no word 'requests' — did you mean 'request'? [unknown-word]",
    ),
    of_source(
        "budget: {request: 501, day: 500}",
        "3:45: the budget of a request, 501 rows, is more than that of a day; expected at most 500 [wrong-value]",
    ),
    of_source(
        'libraries: [PRODDTA, "PRODLIB,QGPL"]',
        "3:57: 'PRODLIB,QGPL' stands here; expected text without a comma [wrong-value]",
    ),
    of_source(
        "libraries: []",
        "3:47: an empty list stands here; expected a list, each text without a comma (at least 1) [wrong-value]",
    ),
    of_source("libraries: [PRODDTA, PRODDTA]", "3:57: 'PRODDTA' stands twice in this list [repeated-item]"),
    of_source(
        "libraries: {first: PRODDTA}", "3:47: a mapping stands here; expected text without a comma [wrong-value]"
    ),
    of_source(
        "naming: sys", "3:44: 'sys' stands here; expected one of sql, system — did you mean 'system'? [wrong-value]"
    ),
    of_source(
        'naming: "${TOKEN}"', "3:44: 'naming' resolves to something else; expected one of sql, system [wrong-value]"
    ),
    of_source(
        "ssl: True", "3:41: 'True' stands here; expected one of true, false — did you mean 'true'? [wrong-value]"
    ),
    of_source("ssl: yes", "3:41: 'yes' stands here; expected one of true, false [wrong-value]"),
    of_source("ssl: [true]", "3:41: a list stands here; expected one of true, false [wrong-value]"),
)
