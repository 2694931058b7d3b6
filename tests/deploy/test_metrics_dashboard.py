"""The dashboard: each expression is PromQL, and names what the table of metrics has; each metric is worth a look."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from app.metrics.table import METRICS
from tests.deploy.promql import grouped, selected
from tests.serving.running import ROOT

DASHBOARD: dict[str, Any] = json.loads((ROOT / "deploy" / "grafana" / "bascule.json").read_text(encoding="utf-8"))
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
VARIABLES = {"$__rate_interval": "5m", "$instance": ".*", "$source": ".*"}


def plain(expression: str) -> str:
    """An expression with Grafana's variables filled in."""
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    assert "$" not in expression
    return expression


def expressions() -> Iterator[str]:
    """All of the dashboard."""
    for panel in PANELS:
        yield from (plain(target["expr"]) for target in panel["targets"])
    yield from (plain(each["expr"]) for each in DASHBOARD["annotations"]["list"])


@pytest.mark.parametrize("expression", list(expressions()))
def test_an_expression_names_what_there_is(expression: str) -> None:
    """Series and labels of the table, and nothing that an aggregation has lost."""
    found = selected(expression)
    assert found
    assert [fault for each in found for fault in each.faults] == []
    for by, common in grouped(expression):
        assert by <= common


def test_every_metric_is_looked_at() -> None:
    """But for what only names the version, which the variable of hosts reads."""
    seen = {each.name for expression in expressions() for each in selected(expression)}
    unseen = {metric.name for metric in METRICS if not seen & set(metric.series)}
    assert unseen == {"bascule_build_info"}
    assert "bascule_build_info" in json.dumps(DASHBOARD["templating"])


def test_the_variables_read_what_there_is() -> None:
    """Hosts and sources, by `label_values`."""
    queries = {each["name"]: each.get("definition") for each in DASHBOARD["templating"]["list"]}
    assert queries == {
        "datasource": None,
        "instance": "label_values(bascule_build_info, instance)",
        "source": "label_values(bascule_source_state, source)",
    }


def test_panels_lie_beside_each_other() -> None:
    """No two on one place, none beyond the edge, each with a title and a number of its own."""
    cells = [
        (x, y)
        for panel in DASHBOARD["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) == 23
    assert all(panel["title"] for panel in DASHBOARD["panels"])
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
