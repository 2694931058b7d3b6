"""The alerts: each is PromQL over the table of metrics, says what to do, and fires when it should."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from adapters.port import Health
from app.metrics.exposition import exposition
from app.metrics.metrics import Metrics
from app.metrics.samples import Scrape
from app.metrics.standing import Standing
from app.metrics.table import ERRORS, STATES, STATUSES
from app.web.scrape import PATH
from tests.deploy.promql import grouped, selected
from tests.deploy.promtool import promtool
from tests.metrics.numbers import LAYOUT, served, statement
from tests.serving.running import ROOT

FOLDER = ROOT / "deploy" / "prometheus"
ALERTS: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((FOLDER / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
every = pytest.mark.parametrize("alert", ALERTS, ids=[alert["alert"] for alert in ALERTS])


@every
def test_an_alert_names_what_there_is(alert: dict[str, Any]) -> None:
    """Series and labels of the table; the words that it matches are of their lists."""
    found = selected(alert["expr"])
    assert found
    assert [fault for each in found for fault in each.faults] == []
    for by, common in grouped(alert["expr"]):
        assert by <= common
    words = {
        word
        for _, text in re.findall(r"(?:state|status|error)(=~|!=|=)\"([^\"]+)\"", alert["expr"])
        for word in text.split("|")
    }
    assert words <= {*STATES, *STATUSES, *ERRORS}


@every
def test_an_alert_says_what_to_do(alert: dict[str, Any]) -> None:
    """How grave it is, how long it has to last, what it is about, and a heading of the docs."""
    assert alert["labels"]["severity"] in {"critical", "warning", "info"}
    assert re.fullmatch(r"\d+[smh]", alert["for"])
    assert {"summary", "description"} <= alert["annotations"].keys()
    page, _, anchor = alert["annotations"]["runbook"].partition("#")
    headings = re.findall(r"^### (\w+)$", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)
    assert alert["alert"] in headings
    assert anchor == alert["alert"].lower()


@every
def test_a_summary_names_labels_that_are_left(alert: dict[str, Any]) -> None:
    """Those that its expression groups by, or that every series has."""
    named = set(re.findall(r"\$labels\.(\w+)", str(alert["annotations"])))
    outer = next((by for by, _ in grouped(alert["expr"])), None)
    assert named <= ({"instance", "job"} if outer is None else outer)


def test_each_heading_has_its_alert() -> None:
    """So that nothing is explained that there is not."""
    page = (ROOT / "docs" / "how-to" / "watch-it.md").read_text(encoding="utf-8")
    assert re.findall(r"^### (\w+)$", page, re.MULTILINE) == [alert["alert"] for alert in ALERTS]


def test_the_configuration_scrapes_what_is_served() -> None:
    """The path, by a key; and it loads the alerts."""
    said = yaml.safe_load((FOLDER / "prometheus.yml").read_text(encoding="utf-8"))
    (job,) = said["scrape_configs"]
    assert (job["job_name"], job["metrics_path"], job["authorization"]["type"]) == ("bascule", PATH, "Bearer")
    assert said["rule_files"] == ["alerts.yml"]


def test_prometheus_takes_the_files() -> None:
    """By its own tool: the configuration, and the rules."""
    promtool("check", "config", "--syntax-only", str(FOLDER / "prometheus.yml"))
    promtool("check", "rules", "--lint-fatal", str(FOLDER / "alerts.yml"))


def test_prometheus_takes_the_exposition() -> None:
    """And finds nothing against the names."""
    metrics = Metrics(LAYOUT)
    metrics(served("bascule; hit; ttl=1"))
    metrics(statement())
    text, _ = exposition(Scrape.of(metrics, Standing("1", {"erp": Health("ok")}, {"erp": 8})), "")
    assert promtool("check", "metrics", text=text.decode()) == ""


def test_alerts_fire_when_they_should() -> None:
    """A source that is down, that is quiet, that comes and goes, errors, stale answers, missing workers: by Prometheus's own clock."""
    promtool("test", "rules", str(ROOT / "tests" / "deploy" / "alerts_scenes.yml"))
