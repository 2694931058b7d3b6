"""The exposition: the samples of all metrics as Prometheus reads them, by its own library.

In charge of the text: that of Prometheus, or OpenMetrics, by what a scraper accepts. It must not know how anything is counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from app.metrics.bounds import BOUNDS
from app.metrics.samples import Scrape, samples
from app.metrics.table import METRICS, Metric

_NAMES = (*map(str, BOUNDS), "+Inf")  # of the buckets


def exposition(scrape: Scrape, accept: str) -> tuple[bytes, str]:
    """The text, and its media type, for a scraper that sends this `Accept`."""
    encode, media_type = choose_encoder(accept)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected(scrape))
    return encode(registry), media_type


class _Collected(Collector):
    """The families of one scrape, as the library asks for them."""

    def __init__(self, scrape: Scrape) -> None:
        self._scrape = scrape

    def collect(self) -> Iterator[Family]:
        """Each metric of the table that has a sample."""
        for metric in METRICS:
            family = _family(metric)
            for labels, value in samples(self._scrape, metric.name):
                _add(family, labels, value)
            if family.samples:
                yield family


def _family(metric: Metric) -> Family:
    kinds = {"counter": CounterMetricFamily, "gauge": GaugeMetricFamily, "histogram": HistogramMetricFamily}
    made: Family = kinds[metric.kind](metric.name, metric.help, labels=metric.labels, unit=metric.unit)
    return made


def _add(family: Family, labels: Sequence[str], value: float | Sequence[float]) -> None:
    if isinstance(family, HistogramMetricFamily):
        assert isinstance(value, Sequence)
        *counts, total = value
        family.add_metric(labels, list(zip(_NAMES, accumulate(counts), strict=True)), total)
    elif isinstance(family, CounterMetricFamily | GaugeMetricFamily):
        assert not isinstance(value, Sequence)
        family.add_metric(labels, value)
