"""Access: a caller's view of a version hides what it must not see, everywhere, and its hash tells views apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.port import Compare, In
from app.exchange import ANYBODY, Caller
from app.plan import read
from app.plan.access import Views, sights
from app.plan.model import Resource, Version
from app.plan.query import list_query
from app.problems import ProblemError
from tests.plan import contracts
from tests.plan.contracts import JOBS, LINES, ORDERS, changed

RULES = """\
access:
  read: orders:read
  rows: {customer: claim:customer}
  rows_exempt: orders:all
"""
GUARDED = (
    changed(
        ORDERS,
        ("total: {column: ORDTOT,", "total: {scope: finance:read, column: ORDTOT,"),
        ("status, ordered_on, changed_at]", "status, ordered_on, changed_at, total]"),
        ("sort: [ordered_on, number]", "sort: [ordered_on, number, total]"),
    )
    + RULES
)


@pytest.fixture
def version(tmp_path: Path) -> Version:
    """The small contract, whose orders belong to customers and whose totals are a secret."""
    return contracts.plan(tmp_path, {"v1/orders.yaml": GUARDED}).versions["v1"]


def caller(*scopes: str, **claims: str) -> Caller:
    """A caller with the scope to read orders, and some more."""
    return Caller(scopes=frozenset(("orders:read", *scopes)), claims={name: (value,) for name, value in claims.items()})


def seen(version: Version, who: Caller) -> Resource:
    """The orders as a caller sees them."""
    return Views().view(version, who).resource("orders")


def test_rows_are_scoped_by_the_caller_s_claim(version: Version) -> None:
    """The predicate stands where no request can take it away, with the claim's value in the column's own form."""
    orders = seen(version, caller(customer="C1001"))
    assert orders.active == (Compare("ACREC", "="), Compare("CUSNO", "="))
    assert orders.active_values == ("A", "C1001")


def test_a_claim_with_several_values_shows_the_rows_of_each(version: Version) -> None:
    """Somebody who acts for two customers sees both."""
    who = replace(caller(), claims={"customer": ("C1001", "C1002")})
    orders = seen(version, who)
    assert orders.active[1] == In("CUSNO", 2)
    assert orders.active_values == ("A", "C1001", "C1002")


def test_who_is_exempt_sees_all_rows(version: Version) -> None:
    """With or without the claim."""
    for who in (caller("orders:all"), caller("orders:all", customer="C1001")):
        assert seen(version, who).active == (Compare("ACREC", "="),)


@pytest.mark.parametrize(
    ("who", "code"),
    [
        (Caller(), "insufficient-scope"),
        (Caller(scopes=frozenset({"orders:all"})), "insufficient-scope"),
        (caller(), "claim-required"),
        (caller(client="C1001"), "claim-required"),
        (caller(customer="much too long for the column"), "claim-required"),
    ],
)
def test_who_lacks_what_it_takes_is_refused(version: Version, who: Caller, code: str) -> None:
    """Never served unscoped: not without the scope, not without the claim, not with one that no row can have."""
    with pytest.raises(ProblemError) as caught:
        seen(version, who)
    assert caught.value.problem.code == code
    [(name, challenge)] = caught.value.headers
    assert name == "WWW-Authenticate"
    assert ('scope="orders:read"' in challenge) == (code == "insufficient-scope")


def test_an_empty_claim_is_none(version: Version) -> None:
    """Blanks in a column are an empty text, too: a claim that says nothing must not show the rows of nobody."""
    with pytest.raises(ProblemError):
        seen(version, replace(caller(), claims={"customer": ()}))
    with pytest.raises(ProblemError):
        seen(version, caller(customer=""))


def test_a_masked_field_is_nowhere(version: Version) -> None:
    """Not among the fields, filters and sorts; asking for it reads like asking for what there is not."""
    orders = seen(version, caller(customer="C1001"))
    assert "total" not in orders.fields
    assert not [name for name in orders.filters if name.startswith("total")]
    assert "total" not in orders.sorts
    view = Views().view(version, caller(customer="C1001"))
    for parameter in ("fields", "sort", "total", "total[gte]"):
        with pytest.raises(ProblemError) as caught:
            list_query(view.version, orders, [(parameter, "total")])
        with pytest.raises(ProblemError) as absent:
            list_query(view.version, orders, [(parameter.replace("total", "tatol"), "tatol")])
        assert caught.value.problem == absent.value.problem
        assert not any("total" in each.hint for each in caught.value.errors)


def test_a_masked_field_is_not_read(version: Version) -> None:
    """Its column is not selected."""
    orders = seen(version, caller(customer="C1001"))
    query = list_query(version, orders, [])
    assert "ORDTOT" not in read.page(query, query.fields, None).shape.columns
    whole = seen(version, caller("finance:read", customer="C1001"))
    query = list_query(version, whole, [])
    assert "ORDTOT" in read.page(query, query.fields, None).shape.columns


def test_every_statement_has_the_scope(version: Version) -> None:
    """Items, pages, counts and batches of an expansion: the value stands behind each of them."""
    who = caller(customer="C1001")
    orders = seen(version, who)
    query = list_query(version, orders, [("customer", "C2002"), ("count", "exact")])
    statements = [
        read.page(query, query.fields, None).values,
        read.count(query)[1],
        read.item(query, ["0000007"], query.fields).values,
    ]
    assert all("C1001" in values for values in statements)


def test_expansions_lead_only_to_what_is_seen(tmp_path: Path) -> None:
    """Neither to a resource that is refused, nor by a field that is masked there; and to scoped rows where it is scoped."""
    guarded = {
        "v1/orders.yaml": ORDERS,
        "v1/order-lines.yaml": LINES + "access: {read: lines:read, rows: {item: 'claim:item'}}\n",
        "v1/jobs.yaml": changed(JOBS, ("order: {column:", "order: {scope: plant, column:")),
    }
    version = contracts.plan(tmp_path, guarded).versions["v1"]
    assert list(seen(version, Caller()).expansions) == []
    assert list(seen(version, Caller(scopes=frozenset({"plant"}))).expansions) == ["jobs"]
    who = Caller(scopes=frozenset({"lines:read"}), claims={"item": ("A1",)})
    view = Views().view(version, who).version
    assert list(view.resources["orders"].expansions) == ["lines"]
    assert view.resources["order-lines"].active_values == ("A1",)


def test_the_hash_tells_views_apart(version: Version) -> None:
    """Other rows or other fields are another hash; the same are the same, whoever asks."""
    views = Views()
    callers = [
        caller(customer="C1001"),
        caller(customer="C1002"),
        caller("finance:read", customer="C1001"),
        caller("finance:read", "orders:all"),
    ]
    hashes = [views.view(version, who).resource("orders").sight for who in callers]
    assert len(set(hashes)) == len(callers)
    again = Views().view(version, replace(callers[0], identity="key:other", scopes=callers[0].scopes | {"more"}))
    assert again.resource("orders").sight == hashes[0]


def test_what_an_expansion_shows_is_in_the_hash(tmp_path: Path) -> None:
    """An answer with lines that differ is another answer, even where the orders are the same."""
    lines = LINES + "access: {rows: {item: 'claim:item'}}\n"
    version = contracts.plan(tmp_path, {"v1/order-lines.yaml": lines}).versions["v1"]
    views = [Views().view(version, Caller(claims={"item": (item,)})).version for item in ("A1", "B2")]
    plain = {sights(view, view.resources["orders"], {}) for view in views}
    expanded = {sights(view, view.resources["orders"], {"lines": {}}) for view in views}
    assert (len(plain), len(expanded)) == (1, 2)


def test_callers_with_the_same_rights_share_a_view(version: Version) -> None:
    """Views are kept; what no rule names makes no difference."""
    views = Views()
    first = views.view(version, caller("unheard:of", customer="C1001"))
    assert views.view(version, caller(customer="C1001", colour="red")) is first
    assert views.view(version, caller(customer="C1002")) is not first


def test_an_open_gateway_hides_nothing(version: Version) -> None:
    """`security: open` says that no rule holds."""
    assert Views().view(version, ANYBODY).version is version


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (
            ("rows: {customer: claim:customer}", "rows: {custmer: claim:customer}"),
            (
                "v1/orders.yaml:23:10: orders has no field 'custmer' that rows could be told apart by — did you mean 'customer'?"
                " [unknown-field]"
            ),
        ),
        (
            ("  rows: {customer: claim:customer}\n", ""),
            (
                "v1/orders.yaml:23:3: rows_exempt without rows: there is nothing to be exempt from; expected rows beside it"
                " [wrong-value]"
            ),
        ),
        (
            ("number: {column: ORDNO,", "number: {scope: x, column: ORDNO,"),
            (
                "v1/orders.yaml:7:12: 'number' is part of the key of orders, so that it cannot be hidden behind a scope"
                " [revealed-field]"
            ),
        ),
        (
            ("status: {column: ORDST,", "amount: {column: ORDTOT, type: decimal}\n  status: {column: ORDST,"),
            (
                "v1/orders.yaml:9:11: 'amount' reveals 'total': both are stored in ORDTOT; expected the scope finance:read at both"
                " [revealed-field]"
            ),
        ),
    ],
)
def test_rules_that_cannot_work_are_faults(tmp_path: Path, change: tuple[str, str], fault: str) -> None:
    """A column that is not there, a field that reveals a masked one, an exemption from nothing."""
    files: Mapping[str, str] = {"v1/orders.yaml": changed(GUARDED, change)}
    assert contracts.faults(tmp_path, files) == [fault]


def test_a_lens_takes_the_rules_along(tmp_path: Path) -> None:
    """A renamed field goes on scoping rows, and a retyped one stays behind its scope."""
    lens = """\
resource: orders
changes:
  - {rename: {customer: customer_number}, because: one word}
  - {retype: {total: {type: number}}, because: charts}
"""
    files = {
        "v1/orders.yaml": GUARDED,
        "v2/version.yaml": "extends: v1\n",
        "v2/orders.yaml": lens,
    }
    version = contracts.plan(tmp_path, files).versions["v2"]
    orders = seen(version, caller(customer="C1001"))
    assert orders.active_values == ("A", "C1001")
    assert "customer_number" in orders.fields
    assert "total" not in orders.fields


def test_a_lens_cannot_take_away_what_scopes_rows(tmp_path: Path) -> None:
    """The version would be served unscoped."""
    files = {
        "v1/orders.yaml": GUARDED,
        "v2/version.yaml": "extends: v1\n",
        "v2/orders.yaml": "resource: orders\nchanges: [{remove: customer, because: of course}]\n",
    }
    assert contracts.faults(tmp_path, files) == [
        (
            "v1/orders.yaml:23:10: orders has no field 'customer' that rows could be told apart by"
            " — known: changed_at, entered_on, number, ordered_on, status, total [unknown-field]"
        )
    ]
