"""Which file of the contract is to blame for a difference."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.changes import KINDS, Difference, culprits
from tests.plan import contracts

FILES = {
    "v2/version.yaml": "extends: v1\nchanges:\n  - {rename: {jobs: works}, because: a reason}\n",
    "v2/orders.yaml": "resource: orders\nchanges:\n  - {rename: {customer: buyer}, because: a reason}\n",
}


@pytest.mark.parametrize(
    ("code", "version", "resource", "subject", "expected"),
    [
        ("field-type-changed", "v1", "orders", "total", "v1/orders.yaml:13:10"),
        ("field-removed", "v1", "orders", "weight", "v1/orders.yaml:6:1"),
        ("parameter-removed", "v1", "orders", "weight", "v1/orders.yaml:14:1"),
        ("page-limit-lowered", "v1", "orders", "limit", "v1/orders.yaml:16:1"),
        ("field-removed", "v2", "orders", "customer", "v2/orders.yaml:3:5"),
        ("field-type-changed", "v2", "orders", "total", "v1/orders.yaml:13:10"),
        ("field-removed", "v2", "works", "order", "v1/jobs.yaml:7:10"),
        ("credential-required", "v1", "orders", "", "gateway.yaml"),
        ("sunset-put-off", "v1", "", "", "v1/version.yaml"),
        ("header-removed", "v1", "", "ETag", ""),
        ("field-removed", "v9", "orders", "total", ""),
    ],
)
def test_the_likeliest_place(
    tmp_path: Path, code: str, version: str, resource: str, subject: str, expected: str
) -> None:
    """A field's own lines, the word of the resource, the lens that names it, the file of a version; nothing if that is not known."""
    contract = contracts.contract(tmp_path, FILES)
    found = culprits(contract, Difference(KINDS[code], version, subject, None, None, resource))
    assert (found[0] if found else "") == expected
