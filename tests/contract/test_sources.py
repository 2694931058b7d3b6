"""The words of a source become its terms and the options of its kind."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from adapters.port import Window
from app.contract import quiet
from app.contract.load import load
from app.contract.model import SourceSpec
from tests.contract.conftest import GATEWAY, KINDS, Write

DAYS = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6}
EVERY_DAY = frozenset(range(7))


def source(folder: Path, **environ: str) -> SourceSpec:
    """The one source of the contract."""
    return load(folder, KINDS, environ).sources["erp"]


def with_words(write: Write, words: str) -> Path:
    """The sound contract, with more words in its source."""
    return write({"gateway.yaml": GATEWAY.replace("path: erp.db", f"path: erp.db, {words}")})


def test_without_words_a_source_is_always_awake_and_has_no_budget(write: Write) -> None:
    """What is left out leaves the source alone never, and counts nothing."""
    spec = source(write({}))
    assert (spec.quiet, spec.rows_per_request, spec.rows_per_day) == ((), None, None)


def test_a_window_has_its_times_days_and_reason(write: Write) -> None:
    """Unquoted times are text in YAML 1.2; a window that ends before it starts is kept as it was written."""
    words = (
        'quiet: [{from: 22:30, to: "01:00", days: [fri, weekends], reason: day-end closing}, {from: 12:00, to: 12:30}]'
    )
    assert source(with_words(write, words)).quiet == (
        Window(time(22, 30), time(1), frozenset({4, 5, 6}), "day-end closing"),
        Window(time(12), time(12, 30), EVERY_DAY, ""),
    )


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ("all", EVERY_DAY),
        ("workdays", frozenset(range(5))),
        ("weekends", frozenset({5, 6})),
        ("[mon, workdays]", frozenset(range(5))),
        *((name, frozenset({number})) for name, number in DAYS.items()),
    ],
)
def test_days_are_words_or_lists_of_them(write: Write, said: str, days: frozenset[int]) -> None:
    """Each word stands for its days; Monday is 0."""
    spec = source(with_words(write, f"quiet: [{{from: 02:00, to: 03:30, days: {said}}}]"))
    assert spec.quiet[0].days == days


@pytest.mark.parametrize(
    ("windows", "awake"),
    [
        ((), True),
        ((Window(time(0), time(0)),), False),
        ((Window(time(7), time(7), frozenset({6})),), True),
        ((Window(time(0), time(23, 59)),), True),
        ((Window(time(0), time(23, 59)), Window(time(23, 59), time(0))), False),
        ((Window(time(12), time(12), frozenset(range(6))), Window(time(12), time(12), frozenset({6}))), False),
        ((Window(time(12), time(11)),), True),
    ],
)
def test_a_source_is_awake_for_a_minute_at_least(windows: tuple[Window, ...], awake: bool) -> None:  # noqa: FBT001  # a table's column
    """Equal times are a whole day, windows run on over midnight and over the end of the week; a minute is enough."""
    assert quiet.ever_awake(windows) is awake


@pytest.mark.parametrize(
    ("windows", "hours"),
    [
        ((), 0),
        ((Window(time(22), time(4)),), 6),
        ((Window(time(7), time(7), frozenset({6})),), 24),
        ((Window(time(12), time(13)), Window(time(12, 30), time(14)), Window(time(20), time(21))), 2),
        ((Window(time(0), time(0), frozenset({5, 6})), Window(time(0), time(3), frozenset({0}))), 51),
    ],
)
def test_the_longest_quiet_is_that_of_windows_that_touch(windows: tuple[Window, ...], hours: int) -> None:
    """Over midnight and over the end of the week; an hour more, for the night in which clocks are set back."""
    assert quiet.longest(windows) == 3600 * (hours + 1 if windows else 0)


def test_a_budget_is_of_a_request_and_of_a_day(write: Write) -> None:
    """Either may stand alone."""
    spec = source(with_words(write, "budget: {request: 500, day: 5000000}"))
    assert (spec.rows_per_request, spec.rows_per_day) == (500, 5_000_000)
    spec = source(with_words(write, "budget: {day: 500}"))
    assert (spec.rows_per_request, spec.rows_per_day) == (None, 500)


@pytest.mark.parametrize(
    ("said", "given"),
    [
        ("libraries: [PRODDTA, PRODLIB]", {"libraries": "PRODDTA,PRODLIB"}),
        ("libraries: PRODDTA", {"libraries": "PRODDTA"}),
        ("libraries: [007, 'MY LIB']", {"libraries": "007,MY LIB"}),
        ("libraries: [PRODDTA, '${MORE}']", {"libraries": "PRODDTA,TEST,QGPL"}),
        ("ssl: true", {"ssl": "true"}),
        ("ssl: 'false'", {"ssl": "false"}),
        ("ssl: '${FLAG}'", {"ssl": "true"}),
        ("naming: system", {"naming": "system"}),
    ],
)
def test_options_are_given_to_the_kind_as_text(write: Write, said: str, given: dict[str, str]) -> None:
    """A list is joined by commas, one word is a list of one; a flag is its word; a variable may hold either."""
    options = source(with_words(write, said), MORE="TEST,QGPL", FLAG="true").options
    assert {name: value for name, value in options.items() if name != "path"} == given


def test_a_fault_of_a_reference_does_not_repeat_it(write: Write) -> None:
    """What a variable holds is in no message, even where it is no secret."""
    folder = with_words(write, "naming: '${TOKEN}'")
    with pytest.raises(Exception, match="'naming' resolves to something else; expected one of sql, system") as caught:
        source(folder, TOKEN="s3cret")
    assert "s3cret" not in str(caught.value)
