"""Content: sampled rows against what the contract promises of them.

In charge of nullability, codes, and what the published schema says of lengths, forms and ranges. Rows are decoded by the very
functions that serve them. It must not know where the rows come from. What it tells has no values in it: they may be somebody's
personal data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from marshmallow import ValidationError, fields

from app.conversions.codes import UNKNOWN_CODE
from app.describe.fields import field as described
from app.drift.codes import CODES
from app.drift.findings import Finding
from app.drift.sample import Sample
from app.drift.uses import Place, Use, merged
from app.plan import keys
from app.plan.model import Field, Resource
from app.plan.rows import BadRow, Dirt, Item, Projection, Row, projection

SAMPLES: Final = 5  # keys of one finding

Trouble = tuple[str, Field, str, str]
"""A code, the field, what tells two findings of a code apart, and what the message says."""


@dataclass(slots=True)
class _Tally:
    """What was found of one kind: the rows, by sample and number, the keys of some of them, and the uses."""

    message: str
    rows: set[tuple[int, int]] = field(default_factory=set)
    keys: dict[str, None] = field(default_factory=dict)
    uses: list[Use] = field(default_factory=list)


def content(place: Place, samples: Sequence[Sample]) -> Iterator[Finding]:
    """What in the rows of a table is not as promised; versions and resources that show the same columns share a finding.

    Samples differ in the rows that their resources show. A row that stands in two of them counts in each.
    """
    for (code, columns, detail), tally in _tallied(samples).items():
        rows, of = len(tally.rows), sum(len(each.rows) for each in samples if {*columns} <= {*each.columns})
        message = f"{tally.message} in {rows} of {of} sampled rows"
        grade, hit, shown = CODES[code].grade, merged(tally.uses), tuple(tally.keys)
        yield Finding(code, grade, place.source, place.name, message, columns, hit, detail, rows, of, shown)


def _tallied(samples: Sequence[Sample]) -> Mapping[tuple[str, tuple[str, ...], str], _Tally]:
    """The troubles of all samples by code, columns and detail: that is, by the finding that they are."""
    found: dict[tuple[str, tuple[str, ...], str], _Tally] = {}
    of_resources = ((which, sample, each) for which, sample in enumerate(samples) for each in sample.resources)
    for which, sample, resource in of_resources:
        for number, key, (code, planned, detail, message) in _troubles(resource, sample):
            columns = tuple(column.name for column in planned.columns)
            tally = found.setdefault((code, columns, detail), _Tally(message))
            tally.rows.add((which, number))
            tally.uses.append(Use(resource.version, resource.name, resource.owner, (planned.name,)))
            if key and len(tally.keys) < SAMPLES:
                tally.keys[key] = None
    return found


def _troubles(resource: Resource, sample: Sample) -> Iterator[tuple[int, str, Trouble]]:
    """Each trouble of each row: the row's number, and its key where that may be told."""
    made = projection(resource, tuple(resource.fields))
    checks = {name: described(planned) for name, planned in resource.fields.items()}
    for number, row in enumerate(sample.of(made.columns)):
        dirt, items = _decoded(made, row)
        for each in dirt:
            yield number, _key(resource, each.key), _undecoded(resource, each)
        for item in items:
            key = _key(resource, tuple(item[name] for name in resource.key))
            for trouble in _outside(resource, item, checks):
                yield number, key, trouble


def _decoded(made: Projection, row: Row) -> tuple[list[Dirt], list[Item]]:
    dirt: list[Dirt] = []
    try:
        return dirt, made.items([row], dirt)
    except BadRow:
        return dirt, []  # the row's dirt was told before it failed


def _key(resource: Resource, key: tuple[Any, ...]) -> str:
    return "" if resource.key_classified else keys.write(key)


def _undecoded(resource: Resource, dirt: Dirt) -> Trouble:
    planned = resource.fields[dirt.field]
    if dirt.issue == UNKNOWN_CODE:
        return "unknown-code", planned, "", f"{dirt.field} has a code that its map does not have"
    return "undecodable", planned, dirt.issue, f"{dirt.field} does not decode ({dirt.issue})"


def _outside(resource: Resource, item: Item, checks: Mapping[str, fields.Field[Any]]) -> Iterator[Trouble]:
    """The fields of an item that are not as their schema says."""
    issues = item.get("_issues", {})
    for name, check in checks.items():
        planned, value = resource.fields[name], item[name]
        if value is None:
            if not planned.nullable and name not in issues:
                yield "null-found", planned, "", f"{name} is null, which its schema never allows,"
            continue
        try:
            check.deserialize(value)
        except ValidationError as error:
            said = str(error.messages[0]).rstrip(".") if isinstance(error.messages, list) else "not as its schema says"
            yield "outside-schema", planned, "", f"{name} is outside its schema ({said})"
