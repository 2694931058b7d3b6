"""Names that no resource may have, against the addresses that are really taken."""

from __future__ import annotations

from app.contract.words import RESERVED_RESOURCES
from app.web import portal
from app.web.factory import create_app
from tests.http import plans


def test_every_page_of_a_version_has_a_reserved_name() -> None:
    """The pages that the portal serves below a version are those that the contract refuses as names of resources."""
    rules = create_app(plans.gateway()).url_map.iter_rules()
    below = [
        rule.rule for rule in rules if rule.endpoint.startswith(f"{portal.NAME}.") and rule.rule.startswith("/v1/")
    ]
    assert sorted(below) == [f"/v1/{name}" for name in sorted(RESERVED_RESOURCES)]
