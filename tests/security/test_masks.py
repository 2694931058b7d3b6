"""A field behind a scope is nowhere without it: not in values, not in what can be asked, not in what an error suggests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.security.operations import Operation, documents, operations, owned, reads
from tests.security.tenants import ANYBODY, A, Row
from tests.security.test_tenants import MASKED, objects, pages
from tests.security.world import Reply, World

every = pytest.mark.parametrize("operation", operations(), ids=str)
HIDES = [each for each in operations() if MASKED.intersection((*each.words("fields"), *each.words("expand")))]
hiding = pytest.mark.parametrize("operation", HIDES, ids=str)
SCOPE = "finance:read"
NOWHERE = "qqmasked"  # a name that no field has


def path_of(operation: Operation) -> str:
    """Where the operation has something of A's to show."""
    row = owned(operation, A, ANYBODY)[0]
    return operation.at(row.item) if operation.key else operation.path


def answers(world: World, role: str, operation: Operation) -> Iterator[Reply]:
    """What a role is shown of all that is its own, with every expansion that it may ask for."""
    own: list[Row] = owned(operation, A, ANYBODY)
    expand = [word for word in operation.words("expand") if not MASKED.intersection(word.split("."))]
    query = f"expand={','.join(expand)}" if expand else ""
    if operation.key:
        for row in own:
            yield world.get(role, f"{operation.at(row.item)}?{query}")
    else:
        yield from pages(world, role, operation.path, query)


@every
def test_a_masked_field_is_in_no_item(world: World, operation: Operation) -> None:
    """At no depth: neither its name nor its value, which is a number that nothing else has."""
    values = [
        str(row.item[name]).encode()
        for row in owned(operation, A)
        for name in ("margin", "credit")
        if row.item.get(name)
    ]
    for reply in answers(world, "A", operation):
        data = reply.json.get("data", reply.json)
        assert [item for item in objects(data) if MASKED.intersection((*item, *item.get("_issues", ())))] == []
        assert [value for value in values if value in reply.body] == []


@hiding
def test_with_the_scope_it_is_there(world: World, operation: Operation) -> None:
    """The same fields and expansions are in the answers to who has the scope: what is searched for can be found."""
    names = MASKED.intersection((*operation.words("fields"), *operation.words("expand")))
    for name in names:
        more = f"&expand={name}" if name in operation.words("expand") else ""
        reply = world.get("accountant of A", f"{path_of(operation)}?fields={name}{more}")
        data = reply.json.get("data", [reply.json])
        assert reply.status == 200
        assert all(set(item) - {"_issues"} == {name} for item in data)


@hiding
def test_asking_for_it_is_asking_for_nothing(world: World, operation: Operation) -> None:
    """In every parameter, the answer is that for a name that there is not: the same bytes, but for the name and its hint."""
    hidden = [each for each in operation.query if each.field_name in MASKED]
    asked = [(f"{each.name}=1", f"{each.name.replace(each.field_name, NOWHERE)}=1") for each in hidden]
    for parameter in ("fields", "sort", "expand"):
        known = {word.removeprefix("-") for word in operation.words(parameter)}
        asked += [(f"{parameter}={name}", f"{parameter}={NOWHERE}") for name in sorted(MASKED.intersection(known))]
    assert asked
    for query, control in asked:
        reply = world.get("A", f"{path_of(operation)}?{query}")
        absent = world.get("A", f"{path_of(operation)}?{control}")
        assert (reply.status, reply.code) == (absent.status, absent.code) == (422, absent.code), query
        told, wanted = errors(reply), errors(absent)
        assert [name for error in reply.json["errors"] for name in MASKED if name in error.get("hint", "")] == []
        assert len(told) == len(wanted)


def errors(reply: Reply) -> list[str]:
    """What is wrong, one code each."""
    return [error["code"] for error in reply.json["errors"]]


@hiding
def test_no_hint_leads_to_it(world: World, operation: Operation) -> None:
    """A name that is nearly the hidden one is met with another suggestion, or with none."""
    for name in sorted(MASKED):
        for near in (name[:-1], f"{name}s", name.upper(), f"{name[:2]}{name[3:]}"):
            for query in (
                f"fields={near}",
                f"sort={near}",
                f"expand={near}",
                f"{near}=1",
                f"{near}[gte]=1",
                f"{name}[gt]=1",
            ):
                reply = world.get("A", f"{path_of(operation)}?{query}")
                assert reply.status == 422
                hints = " ".join(error.get("hint", "") for error in reply.json["errors"])
                assert [each for each in MASKED if each in hints.split()] == [], (query, hints)


@pytest.mark.parametrize("version", documents())
def test_the_document_says_which_scope_it_takes(version: str) -> None:
    """The document is the same for everybody: it describes a masked field, and names the scope."""
    found = 0
    for schema in documents()[version]["components"]["schemas"].values():
        for name, words in schema.get("properties", {}).items():
            if name in {"margin", "cost_center", "credit"}:
                assert SCOPE in str(words), name
                assert name not in schema.get("required", ())
                found += 1
    assert found >= 3


@pytest.mark.parametrize("operation", reads(key=False), ids=str)
def test_a_cursor_does_not_carry_it(world: World, operation: Operation) -> None:
    """A's cursor does not work for who sees more of the same rows, nor the other way round, wherever something is masked."""
    if operation not in HIDES or operation.resource in {"sites", "plants"}:
        return
    for giver, taker in (("A", "accountant of A"), ("accountant of A", "A")):
        cursor = world.get(giver, f"{operation.path}?limit=1").json["page"]["next"]
        assert world.get(taker, f"{operation.path}?limit=1&cursor={cursor}").code == "cursor-mismatch"
