"""Metrics with what tests observe, and their exposition as a scraper would read it."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client.parser import text_string_to_metric_families

from app.metrics.exposition import exposition
from app.metrics.layout import Layout
from app.metrics.metrics import Metrics
from app.metrics.samples import Scrape
from app.metrics.standing import Standing
from app.metrics.table import ADMIN, OTHER
from app.observations import Served, StatementRun

ORDERS, ORDER = "/v1/orders", "/v1/orders/{key}"
LAYOUT = Layout((ORDERS, ORDER, OTHER, ADMIN), ("erp", "mes"))

Numbers = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


def served(status: str = "", age: float = 0.0, took: float = 0.001, route: str = ORDERS, number: int = 200) -> Served:
    """A request with this Cache-Status."""
    return Served("r", "GET", "/v1/orders", number, took, cache=status, age=age, route=route)


def statement(source: str = "erp", took: float = 0.1, rows: int = 1, waited: float = 0.0) -> StatementRun:
    """A statement that was answered."""
    return StatementRun(source, "SELECT 1", rows, waited, took)


def scraped(metrics: Metrics, standing: Standing | None = None) -> Numbers:
    """Each series and its number, as Prometheus's own library reads them."""
    text, _ = exposition(Scrape.of(metrics, standing or Standing("1.2.3")), "")
    return parsed(text.decode())


def parsed(text: str) -> Numbers:
    """The series of an exposition."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def series(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    """The key of one series."""
    return name, frozenset(labels.items())
