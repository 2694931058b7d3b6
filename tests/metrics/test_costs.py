"""Costs: bounds of what waits, names that no state could keep, and the report that is made of what was kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.metrics import costs
from app.metrics.costs import Costs
from app.metrics.costs_report import SHOWN, by_caller, report
from app.metrics.history import History
from app.metrics.metrics import Metrics
from app.state import CostRecord, CostTally, State
from app.state.usage import OTHER
from tests.metrics.history_scene import NOON, read, served
from tests.metrics.numbers import LAYOUT
from tests.patient import FILE


def test_what_waits_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound a request counts as another's; who is known already goes on being counted."""
    monkeypatch.setattr(costs, "MOST", 3)
    made = Costs()
    made.begin(1)
    for number in range(10):
        made.note(served(caller=f"key:{number}"), NOON)
        made.note(served(caller="key:0"), NOON)
    found = {key[1]: tally.requests for key, tally in made.taken().items()}
    assert found == {"key:0": 11, "key:1": 1, "key:2": 1, OTHER: 7}


def test_what_is_put_back_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no room any more, as another's; no request is lost."""
    monkeypatch.setattr(costs, "MOST", 2)
    made = Costs()
    made.begin(1)
    made.note(served(), NOON)
    waiting = {(0, f"key:{number}", "/v1/orders", ""): CostTally(requests=1) for number in range(4)}
    made.put_back(waiting)
    found = made.taken()
    assert sum(tally.requests for tally in found.values()) == 5
    assert found[0, OTHER, "/v1/orders", ""].requests == 3


@pytest.mark.parametrize("name", ["token:x/" + "a" * 300, "token:x/\ud800", "token:x/\0", "token:x/a\nb"])
def test_a_name_that_no_state_could_keep_is_anothers(name: str, tmp_path: Path) -> None:
    """An issuer names its subjects as it likes: nothing that it says stops the others from being counted."""
    state = State(FILE, tmp_path)
    history = History(Metrics(LAYOUT), state.add_history, 400, 3600.0)
    history(read(caller=name))
    history(served(caller="token:x/Ada Märsh"))
    history.close()
    assert {each.caller for each in state.costs(0)} == {OTHER, "token:x/Ada Märsh"}
    state.close()


def test_two_names_that_cannot_be_kept_are_one() -> None:
    """Their counts add up: none of them takes the other's place."""
    made = Costs()
    made.begin(1)
    for name in ("token:x/a\n", "token:x/b\n"):
        made.note(served(caller=name), NOON)
    assert {key[1]: tally.requests for key, tally in made.taken().items()} == {OTHER: 2}


RECORDS = (
    CostRecord("key:a", "/v1/orders", "", CostTally(10, 0, 0, 500.0, 200.0, NOON)),
    CostRecord("key:a", "/v1/orders", "erp", CostTally(4, 4, 90, 300.0, 150.0, NOON)),
    CostRecord("key:a", "/v1/orders", "mes", CostTally(1, 1, 1, 50.0, 50.0, NOON)),
    CostRecord("key:b", "/v1/jobs", "", CostTally(90, 0, 0, 90.0, 5.0, NOON)),
    CostRecord("key:b", "/v1/jobs", "mes", CostTally(5, 5, 5, 50.0, 20.0, NOON)),
    CostRecord("key:b", "", "", CostTally(7, 0, 0, 1.0, 1.0, NOON + 1)),
    CostRecord("links", "/v1/orders", "", CostTally(3, 0, 0, 1.0, 1.0, NOON)),
)


def test_the_costliest_come_first() -> None:
    """Callers with their share and each source, resources with the time of their answers; a refused request is no resource's."""
    found = report(RECORDS, {"key:a": "ACME"})
    assert [(each["caller"], each["name"], each["requests"], each["share"]) for each in found["callers"]] == [
        ("key:a", "ACME", 10, 0.875),
        ("key:b", "", 90, 0.125),
        ("links", "", 3, 0.0),
    ]
    assert found["callers"][0]["sources"] == {
        "erp": {"statements": 4, "rows": 90, "milliseconds": 300.0},
        "mes": {"statements": 1, "rows": 1, "milliseconds": 50.0},
    }
    orders, jobs = found["resources"]
    assert orders == {
        "route": "/v1/orders", "requests": 13, "mean_ms": 38.54, "max_ms": 200.0, "statements": 5, "rows": 91,
        "milliseconds": 350.0,
    }  # fmt: skip
    assert (jobs["route"], jobs["requests"], jobs["mean_ms"]) == ("/v1/jobs", 90, 1.0)
    assert by_caller(RECORDS)["key:b"].refused.requests == 7


def test_nothing_is_a_report_too() -> None:
    """No request: nobody, nothing, and no division by it."""
    assert report((), {}) == {"callers": [], "resources": []}
    free = report([RECORDS[-1]], {})
    assert (free["callers"][0]["share"], free["resources"][0]["milliseconds"]) == (0.0, 0.0)


def test_a_report_has_an_end() -> None:
    """The costliest, and no more of them than somebody reads."""
    many = [CostRecord(f"key:{n}", f"/v1/r{n}", "erp", CostTally(1, 1, 1, float(n), 1.0, NOON)) for n in range(80)]
    found = report(many, {})
    assert [len(found["callers"]), len(found["resources"])] == [SHOWN, SHOWN]
    assert found["callers"][0]["caller"] == "key:79"
