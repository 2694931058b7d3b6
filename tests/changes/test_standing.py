"""What a document says in words is what `app.describe` writes: status, sunset, scope."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from app.changes.standing import Said, said_of, scope_of
from app.contract.model import Status
from app.describe import prose
from app.describe.fields import STATED, field
from app.plan.model import Plan, Version
from tests.plan import contracts

SUNSET = date(2027, 9, 1)


@pytest.mark.parametrize(
    ("status", "deprecated", "sunset"),
    [
        ("draft", None, None),
        ("current", None, None),
        ("deprecated", date(2026, 9, 1), None),
        ("deprecated", date(2026, 9, 1), SUNSET),
        ("retired", None, None),
        ("retired", date(2026, 9, 1), SUNSET),
    ],
)
def test_the_standing_is_read_back(status: Status, deprecated: date | None, sunset: date | None) -> None:
    """Whatever sentence a version's standing makes, its status and its sunset are read from it."""
    version = Version("v1", status, {}, deprecated_on=deprecated, sunset_on=sunset, successor="v2")
    document = {"info": {"description": prose.about(Plan("Shop", "A shop.", {"v1": version}, ""), version)}}
    assert said_of(document) == Said(status, sunset)


def test_the_scope_of_a_field_is_read_back(tmp_path: Path) -> None:
    """The sentence in a field's description tells its scope, beside whatever else stands there."""
    text = contracts.ORDERS.replace("total: {", "total: {scope: finance:read, description: All of it, ")
    fields = contracts.resource(tmp_path, {"v1/orders.yaml": text}, "orders").fields
    scopes = {name: scope_of(field(fields[name]).metadata[STATED]) for name in ("total", "status")}
    assert scopes == {"total": "finance:read", "status": ""}


def test_a_document_without_words_is_current() -> None:
    """What says nothing of its standing promises what it says."""
    assert said_of({}) == Said("current", None)
    assert scope_of(True) == ""
