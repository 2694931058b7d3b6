"""Every operation of both versions under schemathesis, with every check that it has: what is promised is what is done.

Its checks hold each answer against the document (status, headers, media type, body), refuse a request that breaks the
document and was answered all the same, and refuse a request that keeps to it and was not. None is left out. Those that
are about credentials, or about what was created or deleted, have nothing to look at yet: the demo plant is open, and read.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig

from app.assembly import compile_folder
from app.demo.plant import contract_folder
from app.gateway import Gateway
from app.web.documents import document
from app.web.factory import create_app

EXAMPLES = 25  # of each operation, beside those that its document names and the edges of each parameter
SETTINGS = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),  # a finding is shown as it was found: shrinking it would take minutes
    suppress_health_check=list(HealthCheck),
)

# The documents bound years by a pattern; drawn from all years, nearly every day would be thrown away. Times of day with a
# fraction of a second are as rare.
FIRST, LAST = dt.datetime(1901, 1, 1), dt.datetime(2099, 12, 31)  # noqa: DTZ001  # bounds of a strategy that adds the zone
ZONES = st.sampled_from([dt.UTC, dt.timezone(dt.timedelta(hours=5, minutes=45)), dt.timezone(-dt.timedelta(hours=5))])
schemathesis.openapi.format("date", st.dates(FIRST.date(), LAST.date()).map(dt.date.isoformat))
schemathesis.openapi.format(
    "date-time",
    st.datetimes(FIRST, LAST, timezones=ZONES).map(lambda moment: moment.replace(microsecond=0).isoformat()),
)


class Door:
    """The application, once there is one: tests are made from the documents before the plant is built."""

    def __init__(self) -> None:
        self.application: Any = None

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Hand on a request. schemathesis takes codings, and in process nothing undoes them."""
        answer: Iterable[bytes] = self.application(environ | {"HTTP_ACCEPT_ENCODING": "identity"}, start_response)
        return answer


DOOR = Door()
PLAN = compile_folder(contract_folder(), {}).plan


def described(version: str) -> Any:
    """The document of a version, with the application behind it in process."""
    config = SchemathesisConfig(seed=1)
    rejecting = config.projects.default.checks.negative_data_rejection
    rejecting.expected_statuses = [*rejecting.expected_statuses, "414"]  # longer than a query may be: refused as well
    schema = schemathesis.openapi.from_dict(document(PLAN, version), config=config)
    schema.app = DOOR
    return schema


@pytest.fixture(scope="module", autouse=True)
def _open_door(gateway: Gateway) -> None:
    """Every request goes to the demo plant."""
    DOOR.application = create_app(gateway)


def consistent(case: Any) -> None:
    """Make a request keep the rules between its parts, which the document tells in words: no schema of one parameter can.

    `sort` names a field once, in one direction; an expansion in `fields` is expanded; a cursor was given out for this query.
    """
    query = case.query
    if "sort" in query:
        first = {word.removeprefix("-"): word for word in reversed(words(query["sort"]))}
        query["sort"] = ",".join(first.values())
    parameter = case.operation.query.get("expand")
    expansions = () if parameter is None else parameter.definition["schema"]["items"]["enum"]
    named = [word for word in words(query.get("fields", "")) if word in expansions]
    if named:
        query["expand"] = ",".join([*words(query.get("expand", "")), *named])
    if query.pop("cursor", None) is not None:
        following = json.loads(case.call().content or "{}").get("page", {}).get("next")
        query.update({"cursor": following} if following else {})


def words(value: str | list[str]) -> list[str]:
    """The words of a parameter, which schemathesis has as a list, or as it will be sent."""
    return [word for word in (value.split(",") if isinstance(value, str) else value) if word]


def answer(case: Any) -> None:
    """Send one request, and hold the answer against the document."""
    if case.meta.generation.mode.is_positive:
        consistent(case)
    case.call_and_validate()


@described("v1").parametrize()  # type: ignore[untyped-decorator]  # a schema made at run time is Any to mypy
@SETTINGS
def test_the_deprecated_version_keeps_its_promises(case: Any) -> None:
    """Nothing is found in any operation of v1."""
    answer(case)


@described("v2").parametrize()  # type: ignore[untyped-decorator]  # a schema made at run time is Any to mypy
@SETTINGS
def test_the_current_version_keeps_its_promises(case: Any) -> None:
    """Nothing is found in any operation of v2."""
    answer(case)
