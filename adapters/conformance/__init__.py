"""The suite that every kind must pass, shipped beside the port: what the port promises, as tests.

In charge of the promises that hold for all kinds. It must not know a kind: what a database spells differently comes from
the hooks of `Bench`, which a kind's test class fills in. It is imported by tests only, and needs pytest.

    class TestMine(SourceConformance):
        def open_source(self, connections=4, seconds=5.0): return KIND.open("mine", {…}, connections, seconds)
        def execute(self, *statements): …
"""

from __future__ import annotations

from adapters.conformance.bench import Bench, Limit
from adapters.conformance.catalogs import CatalogPromises
from adapters.conformance.failures import FailurePromises
from adapters.conformance.filters import FilterPromises
from adapters.conformance.paging import PagingPromises
from adapters.conformance.prepared import PreparedPromises
from adapters.conformance.stored_values import ValuePromises

__all__ = ["Bench", "Limit", "SourceConformance"]


class SourceConformance(
    ValuePromises, FilterPromises, PagingPromises, CatalogPromises, PreparedPromises, FailurePromises
):
    """All that the port promises."""
