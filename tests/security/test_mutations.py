"""Mutation proof: with a rule taken out of the gateway, the suite's own checks fail. A suite that could not fail proves nothing.

Each mutant is a gateway of its own with one part replaced. The checks are the very functions of the other modules, over the
operations that the part is about; each of them must fail. The gateway still serves: what fails is what the check is for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pytest

from app.plan import access, read
from tests.security import test_functions, test_masks, test_subset, test_tenants
from tests.security.operations import Operation, operations
from tests.security.test_masks import HIDES
from tests.security.test_tenants import MASKED
from tests.security.world import World, opened_world

Check = Callable[[World, Operation], None]

_seen, _rows, _view = access._seen, access._rows, access.Views.view
_count, _item, _batches = read.count, read.item, read.batches


def unscoped(resource: Any) -> Any:
    """A view's resource with the predicate of the one that it was made of."""
    whole = resource.whole or resource
    return replace(resource, active=whole.active, active_values=whole.active_values)


def all_fields(resource: Any, caller: Any) -> Any:
    """What a caller sees who has every scope that hides a field."""
    return _seen(resource, replace(caller, scopes=caller.scopes | {"finance:read"}))


def all_filters(resource: Any, caller: Any) -> Any:
    """A mask over what is shown, and not over what can be asked."""
    seen = _seen(resource, caller)
    return replace(seen, filters=resource.filters, sorts=resource.sorts)


def first_claim(resource: Any, caller: Any) -> Any:
    """The first of several predicates."""
    terms, values = _rows(resource, caller)
    return terms[:1], values[: getattr(terms[0], "count", 1)] if terms else ()


@dataclass(frozen=True)
class Mutant:
    """A part of the gateway, what takes its place, and the checks that must fail: each at all of its operations."""

    place: str
    instead: Any
    checks: Mapping[Check, tuple[str, ...]]


def as_a(check: Callable[[World, Operation, str], None]) -> Check:
    """A check of one role, as A."""
    return lambda world, operation: check(world, operation, "A")


def as_get(check: Callable[[World, Operation, str], None]) -> Check:
    """A check of one method, by GET."""
    return lambda world, operation: check(world, operation, "GET")


def in_the_matrix(role: str) -> Check:
    """A row of the matrix."""
    return lambda world, operation: test_functions.test_the_matrix_of_roles_and_operations(world, operation, role)


canary = as_a(test_tenants.test_no_answer_has_another_s_canary)
own_list = as_a(test_tenants.test_a_list_is_one_s_own_rows)
expansion = as_a(test_tenants.test_expansions_lead_to_one_s_own_rows)
hidden = as_get(test_tenants.test_another_s_item_is_as_one_that_is_not)
cursor = test_tenants.test_a_cursor_is_its_caller_s_own
forged = test_tenants.test_a_cursor_cannot_be_made_or_mended
kept = test_tenants.test_a_kept_answer_is_for_who_sees_the_same
subset = test_subset.test_a_list_is_what_one_s_rows_have
masked = test_masks.test_a_masked_field_is_in_no_item
nothing = test_masks.test_asking_for_it_is_asking_for_nothing
near = test_functions.test_what_is_nearly_a_key_is_none

OPEN: Final = {"sites", "plants", "centers"}
SCOPED: Final = [each for each in operations() if each.resource not in OPEN]
LISTS: Final = tuple(str(each) for each in SCOPED if not each.key)
SOUND: Final = tuple(name for name in LISTS if not name.endswith("/checks"))  # whose other rows can be read at all
ITEMS: Final = tuple(str(each) for each in SCOPED if each.key)
SITES: Final = ("GET /v1/sites", "GET /v2/plants")
ORDERS: Final = ("GET /v1/orders", "GET /v2/orders")
HIDING: Final = tuple(str(each) for each in HIDES if each.resource in {"orders", "customers"})
MASKED_LISTS: Final = tuple(str(each) for each in HIDES if not each.key and MASKED.intersection(each.words("sort")))

MUTANTS: Final[Mapping[str, Mutant]] = {
    "no row scope": Mutant(
        "app.plan.access._rows",
        lambda *_: ((), ()),
        {canary: LISTS, own_list: LISTS, hidden: ITEMS, subset: LISTS, expansion: (*SITES, *ORDERS), cursor: SOUND},
    ),
    "the first claim alone": Mutant(
        "app.plan.access._rows", first_claim, {own_list: ("GET /v1/deliveries",), canary: ("GET /v2/deliveries",)}
    ),
    "everybody exempt": Mutant("app.plan.access._exempt", lambda rules, _: bool(rules.exempt), {own_list: LISTS}),
    "no claim needed": Mutant("app.plan.access._refusal", lambda *_: "", {in_the_matrix("without a claim"): LISTS}),
    "no scope needed": Mutant("app.plan.access._refusal", lambda *_: "", {in_the_matrix("without a scope"): ORDERS}),
    "an item without the scope": Mutant(
        "app.plan.read.item",
        lambda query, *rest: _item(replace(query, resource=unscoped(query.resource)), *rest),
        {hidden: ITEMS},
    ),
    "a count without the scope": Mutant(
        "app.plan.read.count",
        lambda query: _count(replace(query, resource=unscoped(query.resource))),
        {own_list: LISTS},
    ),
    "a batch without the scope": Mutant(
        "app.plan.read.batches",
        lambda target, *rest: _batches(unscoped(target), *rest),
        {expansion: SITES},
    ),
    "a cursor without the sight": Mutant(
        "app.reading.digest", lambda scope, _, order: f"{scope}{order}"[:16], {cursor: SOUND}
    ),
    "a cursor without its signature": Mutant("itsdangerous.Signer.verify_signature", lambda *_: True, {forged: SOUND}),
    "no mask": Mutant("app.plan.access._seen", all_fields, {masked: HIDING, nothing: HIDING}),
    "a mask over values alone": Mutant("app.plan.access._seen", all_filters, {nothing: MASKED_LISTS}),
    "expansions to what is masked": Mutant("app.plan.access._led", dict, {nothing: SITES}),
    "kept without the sight": Mutant(
        "app.keeping.sights", lambda *_: "", {kept: (*ORDERS, "GET /v1/receipts", "GET /v2/receipts", *SITES)}
    ),
    "kept without what is expanded": Mutant(
        "app.keeping.sights", lambda _, resource, __: resource.sight, {kept: SITES}
    ),
    "keys by their id alone": Mutant("hmac.compare_digest", lambda *_: True, {near: LISTS[:2]}),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_caught(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each check that is named for a mutant fails at each of its operations, and only for what A is shown or refused."""
    mutant = MUTANTS[name]
    known = {str(operation): operation for operation in operations()}
    with opened_world(tmp_path / "audit.jsonl") as world:
        monkeypatch.setattr(mutant.place, mutant.instead)
        assert world.get("A", "/v1/centers").status == 200, "it serves"
        for check, named in mutant.checks.items():
            assert named
            survived = [each for each in named if passes(check, world, known[each])]
            assert survived == [], "the suite has not noticed"


def passes(check: Check, world: World, operation: Operation) -> bool:
    """Whether a check finds nothing. What is not its own finding, an error of the check itself, is raised."""
    try:
        check(world, operation)
    except AssertionError:
        return False
    return True
