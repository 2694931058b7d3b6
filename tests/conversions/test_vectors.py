"""Every row of the vector table, through the registry, in both directions."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it has no stubs of its own

from app.conversions import registry
from app.conversions.base import ApiType, BadValue, Issue, Stored
from tests.conversions.table import Group, Vector, groups

GROUPS = groups()
PAIRS = [(group, vector) for group in GROUPS for vector in group.vectors]
ROWS = [pytest.param(*pair, id=f"{pair[0]}-{pair[1].stored}") for pair in PAIRS]
VALUES = [row for row, (_, vector) in zip(ROWS, PAIRS, strict=True) if vector.value is not None]
REGISTERED = sorted((entry.name, api_type) for entry in registry.ENTRIES for api_type in entry.types)


def unpadded(stored: Stored) -> Stored:
    """Stored values without the blanks that an adapter adds to those of a char column."""
    return tuple(value.rstrip(" ") if isinstance(value, str) else value for value in stored)


def same(left: Any, right: Any) -> bool:
    """Equal, and of one JSON type: 1 is no true."""
    return bool(left == right) and isinstance(left, bool) == isinstance(right, bool)


@pytest.mark.parametrize(("group", "vector"), ROWS)
def test_a_stored_value_decodes(group: Group, vector: Vector) -> None:
    """A stored value becomes the API value of its row, or the issue."""
    found = group.bind().decode(*vector.stored)
    assert same(found, Issue(vector.issue) if vector.issue else vector.value), found


@pytest.mark.parametrize(("group", "vector"), VALUES)
def test_an_api_value_encodes(group: Group, vector: Vector) -> None:
    """An API value becomes the stored value of its row; where the row is one-way, another one that reads alike, or none."""
    conversion = group.bind()
    try:
        encoded = conversion.encode(vector.value)
    except BadValue:
        assert vector.one_way
        return
    assert (unpadded(encoded) == unpadded(vector.stored)) is not vector.one_way
    assert conversion.decode(*encoded) == vector.value


@pytest.mark.parametrize(("group", "vector"), VALUES)
def test_an_api_value_has_the_schema_that_is_published(group: Group, vector: Vector) -> None:
    """What a row shows to clients is what the document promises, and so is the schema's own example."""
    schema = group.bind().schema
    check = Draft202012Validator(schema)
    assert check.is_valid(vector.value)
    assert check.is_valid(schema["example"])


@pytest.mark.parametrize("group", GROUPS, ids=str)
def test_an_example_is_a_value(group: Group) -> None:
    """A request may write the example of the schema."""
    conversion = group.bind()
    example = conversion.schema["example"]
    text = str(example).lower() if isinstance(example, bool) else str(example)
    assert conversion.parse(text) == example


@pytest.mark.parametrize(("name", "api_type"), REGISTERED)
def test_every_conversion_has_vectors(name: str, api_type: ApiType) -> None:
    """No conversion is registered without a row of the table."""
    assert any((group.conversion, group.type) == (name, api_type) for group in GROUPS)


def test_every_issue_has_a_vector_and_an_explanation() -> None:
    """The codes that rows show are those that are documented."""
    assert {vector.issue for group in GROUPS for vector in group.vectors if vector.issue} == set(registry.ISSUES)


@pytest.mark.parametrize("group", GROUPS, ids=str)
def test_null_stays_null(group: Group) -> None:
    """NULL in each column is null; null is written as a sentinel, or as NULL, and reads as null again."""
    conversion = group.bind()
    assert conversion.decode(*(None,) * conversion.arity) is None
    assert conversion.decode(*conversion.encode(None)) is None
    assert all(conversion.decode(*sentinel) is None for sentinel in conversion.nulls)
