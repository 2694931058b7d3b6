"""What the settings say of traces, as a reader of observations.

In charge of the settings' meaning, and of what is said where the extra is missing. It must not know a span.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Final
from urllib.parse import urlsplit

from app.settings import PREFIX, BadSetting, Settings
from app.traces.statements import system
from app.traces.traces import Exporter, Traces

PATH: Final = "/v1/traces"  # of OTLP over HTTP, below the address of a collector
LIBRARY: Final = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")


def open_traces(settings: Settings, kinds: Mapping[str, str]) -> Traces | None:
    """The reader, for sources of these kinds; None where nobody wants traces. Raises BadSetting.

    The library is loaded now, so that workers share it; what it opens is opened in a worker.
    """
    if not settings.traces:
        return None
    endpoint, ratio = endpoint_of(settings.traces), ratio_of(settings.traces_ratio)
    if not all(map(_is_installed, LIBRARY)):
        raise BadSetting(f"{PREFIX}TRACES: the library for traces is missing: pip install 'bascule[traces]'")
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415  # only who traces needs it
        OTLPSpanExporter,
    )

    from app.traces.spans import Spans  # noqa: PLC0415  # as above

    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # an outage is told by us, once
    systems = {name: system(kind) for name, kind in kinds.items()}

    def exporter() -> Exporter:
        return Spans(OTLPSpanExporter(endpoint), systems)

    return Traces(ratio, exporter)


def endpoint_of(text: str) -> str:
    """Where OTLP is posted to. Raises BadSetting."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise BadSetting(f"{PREFIX}TRACES: {text!r}: expected the address of a collector, like http://127.0.0.1:4318")
    return text if parts.path.strip("/") else text.rstrip("/") + PATH


def ratio_of(text: str) -> float:
    """The share of requests that are traced. Raises BadSetting."""
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not 0.0 <= found <= 1.0:
        raise BadSetting(f"{PREFIX}TRACES_RATIO={text!r}: expected a number from 0 to 1, like 0.05")
    return found


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # not even the package that it would be in
        return False
