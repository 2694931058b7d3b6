"""The scrape: `/metrics` of the admin port, for Prometheus and whatever reads its format.

In charge of looking up how the gateway stands, beside what was counted, without asking any source. Any worker answers for all of
a host. It must not know how numbers are kept, nor written.

A scrape takes a credential with the scope `bascule:metrics`, which is good for nothing else, or `bascule:admin`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.metadata import version

from flask import Response

from app.callers.credentials import METRICS
from app.callers.desk import Desk
from app.exchange import Answer
from app.gateway import Gateway
from app.metrics.exposition import exposition
from app.metrics.metrics import Metrics
from app.metrics.samples import Scrape
from app.metrics.standing import Drifted, Standing
from app.web.exchanges import NO_STORE, Exchange, exchanged
from app.web.operations import Drift

PATH = "/metrics"


def view(gateway: Gateway, desk: Desk, port: str) -> Callable[[], Response]:
    """What answers a scrape; `port` is as in `exchanges`."""
    assert gateway.metrics is not None
    metrics, drift = gateway.metrics, Drift(gateway)

    def answer(exchange: Exchange) -> Answer:
        exchange.admit_admin(METRICS)
        return _answer(metrics, standing(gateway, desk, drift), exchange.inbound.headers.get("accept", ""))

    return lambda: exchanged(gateway, answer, port)


def _answer(metrics: Metrics, found: Standing, accept: str) -> Answer:
    text, media_type = exposition(Scrape.of(metrics, found), accept)
    return Answer(200, text, media_type, NO_STORE)


def standing(gateway: Gateway, desk: Desk, drift: Drift) -> Standing:
    """How the gateway stands. Waits for the state for as long as a probe does, and for nothing else."""
    host = gateway.cache.store.host
    return Standing(
        version("bascule"),
        {name: source.health() for name, source in gateway.sources.items()},
        {name: spec.connections for name, spec in desk.contract.sources.items()},
        dict(_drifted(drift)),
        0 if host is None else host.size,
        0 if host is None else host.used,
        0 if host is None else host.evicted,
    )


def _drifted(drift: Drift) -> Iterator[tuple[str, Drifted]]:
    for each in drift.looks():
        if each.checked_at is not None:
            findings = {"breaking": each.breaking, "risky": each.risky, "safe": each.safe}
            yield each.source, Drifted(findings, each.checked_at)
