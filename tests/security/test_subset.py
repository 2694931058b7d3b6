"""Whatever is asked for, in whatever combination: what comes back is what the caller's own rows have of it, and no more."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.security.operations import Operation, Parameter, owned, reads, values
from tests.security.tenants import ANYBODY, NOBODY, A, B, Row
from tests.security.test_tenants import assert_own, key_of
from tests.security.world import World

SETTINGS: Final = settings(
    max_examples=12,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
ROLE: Final = "accountant of A"  # who may see and ask for every field


@dataclass(frozen=True)
class Asked:
    """What a list is asked."""

    filters: tuple[tuple[Parameter, tuple[str, ...]], ...]
    sort: tuple[str, ...]
    fields: tuple[str, ...]
    expand: tuple[str, ...]
    count: bool

    @property
    def query(self) -> str:
        """As a query string."""
        said = [(parameter.name, value) for parameter, wanted in self.filters for value in wanted]
        said += [(name, ",".join(words)) for name, words in self.words.items() if words]
        return urlencode([*said, ("limit", "50"), *([("count", "exact")] if self.count else [])])

    @property
    def words(self) -> Mapping[str, Sequence[str]]:
        """The parameters that take words."""
        return {"sort": self.sort, "fields": self.fields, "expand": self.expand}


@st.composite
def asked(draw: st.DrawFn, operation: Operation) -> Asked:
    """Some filters with values of both tenants, some order, some fields, some expansions."""
    chosen = draw(st.lists(st.sampled_from(operation.filters), max_size=3, unique_by=lambda each: each.name))
    filters = tuple((each, _values(draw, operation, each)) for each in chosen)
    expand = _some(draw, operation.words("expand"), 2)
    shown = {word.partition(".")[0] for word in expand}
    plain = [word for word in operation.words("fields") if word not in operation.words("expand")]
    fields = _some(draw, plain, 4)
    names = [word.removeprefix("-") for word in operation.words("sort")]
    sort = _some(draw, tuple(dict.fromkeys(names)), 2)
    sort = tuple(draw(st.sampled_from((name, f"-{name}"))) for name in sort)
    return Asked(filters, sort, (*fields, *sorted(shown)) if fields else (), expand, draw(st.booleans()))


def _values(draw: st.DrawFn, operation: Operation, parameter: Parameter) -> tuple[str, ...]:
    known = values(operation, parameter, A, B, NOBODY) or values(operation, parameter, ANYBODY)
    many = 3 if parameter.schema.get("type") == "array" else 1
    return tuple(draw(st.lists(st.sampled_from(known), min_size=1, max_size=many, unique=True)))


def _some(draw: st.DrawFn, words: Sequence[str], most: int) -> tuple[str, ...]:
    return tuple(draw(st.lists(st.sampled_from(words), max_size=most, unique=True))) if words else ()


# What a filter means, said once more: over values as the API has them.

_HOLDS: Final[Mapping[str, Callable[[Any, Sequence[Any]], bool]]] = {
    "eq": lambda value, wanted: value in wanted,
    "ne": lambda value, wanted: value not in wanted,
    "gt": lambda value, wanted: bool(value > wanted[0]),
    "gte": lambda value, wanted: bool(value >= wanted[0]),
    "lt": lambda value, wanted: bool(value < wanted[0]),
    "lte": lambda value, wanted: bool(value <= wanted[0]),
    "prefix": lambda value, wanted: str(value).startswith(wanted[0]),
    "contains": lambda value, wanted: wanted[0] in str(value),
}


def matches(row: Row, parameter: Parameter, wanted: Sequence[str]) -> bool:
    """Whether a row is one that the filter asks for."""
    value = row.item[parameter.field_name]
    if parameter.operator == "null":
        return (value is None) is (wanted[0] == "true")
    if value is None:
        return False
    if parameter.operator in {"prefix", "contains"}:
        return _HOLDS[parameter.operator](value, wanted)
    return _HOLDS[parameter.operator](_comparable(value), [_comparable(text) for text in wanted])


def _comparable(value: Any) -> Any:
    """Numbers compare as numbers, whatever type they have; dates and texts as texts."""
    text = str(value)
    return Decimal(text) if text.replace(".", "", 1).isdigit() else text


@pytest.mark.parametrize("operation", reads(key=False), ids=str)
def test_a_list_is_what_one_s_rows_have(world: World, operation: Operation) -> None:
    """Filters, order, fields and expansions at random: the keys are those that the test finds in A's rows by itself."""
    own = owned(operation, A, ANYBODY)

    @SETTINGS
    @given(asked(operation))
    def holds(said: Asked) -> None:
        reply = world.get(ROLE, f"{operation.path}?{said.query}")
        assert reply.status == 200, (said.query, reply.body)
        assert reply.without(f"{operation.path}?{said.query}").shows(B, NOBODY) == []
        assert_own(operation.version, reply.json["data"], A)
        wanted = [row for row in own if all(matches(row, *each) for each in said.filters)]
        unsure = {parameter.field_name for parameter, _ in said.filters}  # what does not decode may be found by any
        dirty = [row for row in own if unsure.intersection(row.issues)]
        least, most = len([row for row in wanted if row not in dirty]), len({id(row) for row in (*wanted, *dirty)})
        assert least <= len(reply.json["data"]) <= most, said.query
        assert "total" not in reply.json["page"] or reply.json["page"]["total"] == len(reply.json["data"])
        if not said.fields:
            keys = {key_of(operation, item) for item in reply.json["data"]}
            assert {key_of(operation, row.item) for row in wanted if row not in dirty} <= keys, said.query

    holds()
