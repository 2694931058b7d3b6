"""A largest page that can never be read within its source's budget is a fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plan.contracts import GATEWAY, ORDERS, changed, faults


@pytest.mark.parametrize(
    ("budget", "page", "said"),
    [
        ("", "{max: 500}", None),
        ("budget: {request: 501}", "{max: 500}", None),
        ("budget: {request: 501, day: 501}", "{max: 500}", None),
        (
            "budget: {request: 500}",
            "{default: 10, max: 500}",
            "16:21: a page of 500 items reads 501 rows, one of them to know whether another page follows; the budget of a request at 'erp' is 500; expected a max of at most 499 — or a larger budget, at gateway.yaml:3:58 [over-budget]",
        ),
        (
            "budget: {day: 100}",
            "{default: 10, max: 500}",
            "16:21: a page of 500 items reads 501 rows, one of them to know whether another page follows; the budget of a day at 'erp' is 100; expected a max of at most 99 — or a larger budget, at gateway.yaml:3:58 [over-budget]",
        ),
        (
            "budget: {request: 100, day: 200}",
            "{default: 10}",
            "16:1: a page of 500 items reads 501 rows, one of them to know whether another page follows; the budget of a request at 'erp' is 100; expected a max of at most 99 — or a larger budget, at gateway.yaml:3:58 [over-budget]",
        ),
    ],
)
def test_a_page_fits_into_the_budget(budget: str, page: str, said: str | None, tmp_path: Path) -> None:
    """The page and the row ahead of it, within the smaller of a request's and a day's rows; 500 where no max is said."""
    files = {
        "gateway.yaml": changed(GATEWAY, ("America/Detroit}", f"America/Detroit, {budget}}}")),
        "v1/orders.yaml": changed(ORDERS, ("page: {default: 2, max: 5}", f"page: {page}")),
        "v1/order-lines.yaml": "resource: order-lines\nsource: erp\ntable: ORDLIN\nkey: line\n"
        "fields: {line: {column: LINNO, type: integer}, order: {column: ORDNO, type: string, stored_as: {integer: {digits: 7}}}}\n"
        "page: {default: 1, max: 9}\n",
    }
    assert faults(tmp_path, files) == ([] if said is None else [f"v1/orders.yaml:{said}"])


def test_an_inherited_page_is_one_fault(tmp_path: Path) -> None:
    """Two versions with one resource do not say it twice."""
    files = {
        "gateway.yaml": changed(GATEWAY, ("America/Detroit}", "America/Detroit, budget: {request: 5}}")),
        "v2/version.yaml": "extends: v1\n",
    }
    found = faults(tmp_path, files)
    assert sorted(fault.partition(":")[0] for fault in found) == ["v1/order-lines.yaml", "v1/orders.yaml"]
