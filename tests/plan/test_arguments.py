"""Arguments are read without marshmallow, and agree with marshmallow: a property over every parameter of the demo plant.

The schema is made here from what the OpenAPI document says of each parameter, with marshmallow's own fields, and knows
nothing of how a query string is read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError, fields

from app.assembly import compile_folder
from app.demo.plant import contract_folder
from app.describe import parameters
from app.describe.fields import validators
from app.plan import query, read
from app.plan.model import Resource, Version
from app.problems import ProblemError

PLAN = compile_folder(contract_folder(), {}).plan
ZONES = [
    dt.UTC,
    dt.timezone(dt.timedelta(hours=5, minutes=45)),
    dt.timezone(-dt.timedelta(hours=5)),
]  # RFC 3339 has no seconds
MOVABLE = dt.datetime(2, 1, 1), dt.datetime(9998, 12, 31)  # noqa: DTZ001  # others cannot be moved to the source's zone
REFUSED = object()
NEVER_FREE = {"cursor"}  # bound to what it was given out for, which no schema knows


def field(said: Mapping[str, Any]) -> fields.Field[Any]:
    """The marshmallow field of a parameter's schema."""
    checks = [either(said["anyOf"])] if "anyOf" in said else validators(said)
    match said["type"], said.get("format"):
        case "array", _:
            one = field(said["items"])
            checks = [unique] if said.get("uniqueItems") else []
            return fields.Function(
                deserialize=lambda text: [one.deserialize(word) for word in text.split(",")], validate=checks
            )
        case "string", ("date" | "date-time") as kind:
            moment = fields.Date(format="iso") if kind == "date" else fields.AwareDateTime(format="iso")
            return fields.String(validate=[*checks, moment.deserialize])
        case "string", "uuid":
            return fields.String(validate=[*checks, fields.UUID().deserialize])
        case "string", _:
            return fields.String(validate=checks)
        case "integer", _:
            return fields.Integer(validate=checks)
    return fields.Boolean(truthy={"true"}, falsy={"false"}, validate=checks)


def either(choices: Sequence[Mapping[str, Any]]) -> Callable[[str], None]:
    """That a text keeps to one of some schemas."""

    def check(text: str) -> None:
        if all(loaded(each, text) is REFUSED for each in choices):
            raise ValidationError("it keeps to none of them")

    return check


def unique(words: list[str]) -> None:
    """Each field once, whatever the direction."""
    bare = [word.removeprefix("-") for word in words]
    if len(set(bare)) < len(bare):
        raise ValidationError("a word stands twice")


def of_list(version: Version, resource: Resource) -> dict[str, Mapping[str, Any]]:
    """The schema of each query parameter; of a filter that may be repeated, that of one value."""
    found: dict[str, Mapping[str, Any]] = {}
    for each in parameters.of_list(resource, version):
        if isinstance(each, dict) and each["name"] not in NEVER_FREE:
            said = each["schema"]
            found[each["name"]] = said["items"] if each.get("explode") else said
    return found


JUNK = [
    "",
    " ",
    "x",
    "-1",
    "0",
    "01",
    "1.0",
    "1e3",
    "99999999999999999999",
    "null",
    "true",
    "True",
    "2026-02-30",
    "é",
    "a,b",
    "'",
]


def texts(said: Mapping[str, Any]) -> st.SearchStrategy[str]:
    """Values that keep to a schema, values beside it, and any text."""
    good: list[str] = [str(each) for each in said.get("enum", ())]
    inside: st.SearchStrategy[str] = st.sampled_from(good) if good else st.nothing()
    match said["type"], said.get("format"):
        case "array", _:
            words = st.sampled_from(said["items"]["enum"])
            inside = st.lists(words, min_size=1, max_size=3).map(",".join)
        case "boolean", _:
            inside = st.sampled_from(["true", "false"])
        case "integer", _:
            inside = st.integers(-5, said.get("maximum", 10**6) + 3).map(str)
        case "string", "date":
            inside = st.dates().map(str)
        case "string", "date-time":
            inside = st.datetimes(*MOVABLE, timezones=st.sampled_from(ZONES)).map(lambda moment: moment.isoformat())
        case "string", _ if "pattern" in said and not good:
            inside = st.from_regex(said["pattern"], fullmatch=True)
    return inside | st.sampled_from(JUNK) | st.text(max_size=12)


def taken(version: Version, resource: Resource, name: str, text: str) -> Any:
    """What the reader makes of a value; REFUSED where it does not take it."""
    try:
        asked = query.list_query(version, resource, [(name, text), *together(resource, name, text)])
        read.page(asked, asked.fields, None)  # a value that the column cannot hold is refused here
    except ProblemError:
        return REFUSED
    found = [values[0] for each, values in asked.filters if each.parameter == name]
    return found[0] if found else getattr(asked, name)


def together(resource: Resource, name: str, text: str) -> list[tuple[str, str]]:
    """What has to stand beside a value: an expansion that `fields` names is expanded, as the document says in words."""
    named = [word for word in text.split(",") if word in resource.expansions] if name == "fields" else []
    return [("expand", ",".join(named))] if named else []


def loaded(said: Mapping[str, Any], text: str) -> Any:
    """What marshmallow makes of a value; REFUSED where it does not take it."""
    try:
        return Schema.from_dict({"it": field(said)})().load({"it": text})["it"]
    except (ValidationError, OverflowError):
        return REFUSED


def canonical(value: Any, text: str) -> bool:
    """Whether a text is the one spelling of its value: marshmallow takes ' 1 ', '1_000' and '20260131' as well."""
    return not isinstance(value, int) or isinstance(value, bool) or str(value) == text


PARAMETERS = [
    pytest.param(version, resource, name, said, id=f"{resource.path}?{name}")
    for version in PLAN.versions.values()
    for resource in version.resources.values()
    for name, said in of_list(version, resource).items()
]


@pytest.mark.parametrize(("version", "resource", "name", "said"), PARAMETERS)
@settings(max_examples=60, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(data=st.data())
def test_reader_and_schema_agree(
    version: Version, resource: Resource, name: str, said: Mapping[str, Any], data: st.DataObject
) -> None:
    """What the reader takes, the schema takes; what the schema takes in its usual spelling, the reader takes, as the same value."""
    text = data.draw(texts(said))
    ours, theirs = taken(version, resource, name, text), loaded(said, text)
    if ours is REFUSED:
        assert theirs is REFUSED or not canonical(theirs, text), f"{name}={text!r} keeps to its schema, and is refused"
        return
    assert theirs is not REFUSED, f"{name}={text!r} breaks its schema, and is taken for {ours!r}"
    if isinstance(theirs, int):
        assert ours == theirs, f"{name}={text!r} is read as {ours!r}"
