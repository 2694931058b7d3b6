"""Two tenants over every operation of the documents: neither ever sees a byte of what is the other's (OWASP API1:2023)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.security.operations import Operation, documents, operations, owned, queries, reads
from tests.security.tenants import ANYBODY, NOBODY, TRUTH, A, B, Item, Owner, Row, original
from tests.security.tenants_contract import RESOURCES
from tests.security.world import Reply, World

ROLE = {"A": A, "B": B, "accountant of A": A}
OTHERS = {"A": (B, NOBODY), "B": (A, NOBODY), "accountant of A": (B, NOBODY)}
FORGED = ("x.y", "AAAA.BBBB", "WyIiLFtdXQ.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "." * 40, "a" * 9000 + ".b")

lists = pytest.mark.parametrize("operation", reads(key=False), ids=str)
items = pytest.mark.parametrize("operation", reads(key=True), ids=str)
MASKED = {
    "margin",
    "cost_center",
    "credit",
    "center",
    "charged",
}  # without finance:read: fields, and what joins on them
every = pytest.mark.parametrize("operation", operations(), ids=str)


def target(path: str, query: str) -> str:
    """A path with a query behind it."""
    return f"{path}?{query}" if query else path


def pages(world: World, role: str, path: str, query: str) -> Iterator[Reply]:
    """A list from its first page to its last."""
    cursor = ""
    while True:
        reply = world.get(role, target(path, "&".join(filter(None, (query, cursor)))))
        assert reply.status == 200, reply.body
        yield reply
        if reply.json["page"]["next"] is None:
            return
        cursor = f"cursor={reply.json['page']['next']}"


def shown(row: Row, fields: Any) -> dict[str, Any]:
    """A row as an answer with these fields has it."""
    return {name: value for name, value in row.item.items() if name in fields}


def seen_issues(row: Row, fields: Any) -> tuple[str, ...]:
    """The issues of a row that an answer with these fields tells of."""
    return tuple(name for name in row.issues if name in fields)


def key_of(operation: Operation, item: Item) -> tuple[Any, ...]:
    """What tells the items of a list apart: the key that the item operation of the resource has."""
    one = next(each for each in reads(key=True) if each.path.startswith(f"{operation.path}/"))
    return tuple(item[name] for name in one.key)


def assert_own(version: str, found: Any, owner: Owner) -> None:
    """Every object in `found` that holds values of a row is, in all of them, a row of the owner or of anybody's."""
    mine = [row.item for rows in TRUTH[version].values() for row in rows if row.owner in {owner, ANYBODY}]
    for item in objects(found):
        plain = {name: value for name, value in item.items() if not isinstance(value, (dict, list))}
        own = {name: value for name, value in plain.items() if value is not None}
        assert any(own.items() <= each.items() for each in mine), f"no row of {owner.name}: {plain}"


def objects(found: Any) -> Iterator[dict[str, Any]]:
    """The items in an answer, at any depth."""
    for value in found if isinstance(found, list) else [found]:
        if isinstance(value, dict):
            yield value
            for name, below in value.items():
                if isinstance(below, (dict, list)) and name != "_issues":
                    yield from objects(below)


def test_every_operation_is_of_known_rows() -> None:
    """A resource that is added without rows of both tenants fails here, rather than pass for want of canaries."""
    for operation in operations():
        assert operation.resource in TRUTH[operation.version], operation
    unscoped = {"sites", "centers"}
    for resource in RESOURCES:
        owners = {row.owner for row in TRUTH["v1"][original(resource)]}
        assert owners == ({ANYBODY} if resource in unscoped else {A, B, NOBODY})


def test_the_documents_hold_nobody_s_rows(world: World) -> None:
    """Documents, pages and probes say nothing of any row, whoever asks."""
    for path in ("/", "/.well-known/api-catalog", "/problems", "/livez", "/readyz"):
        assert world.get("A", path).shows(A, B, NOBODY) == []
    for version in documents():
        for path in (f"/{version}/openapi.json", f"/{version}/docs"):
            assert world.get("A", path).shows(A, B, NOBODY) == []


@pytest.mark.parametrize("role", ROLE)
@every
def test_no_answer_has_another_s_canary(world: World, operation: Operation, role: str) -> None:
    """Each parameter alone with values of both tenants, at keys of both: headers, bodies, errors, hints and cursors."""
    keys = [row.item for row in owned(operation, A, B)][::3] if operation.key else [{}]
    usual = {200, 404} if role == "accountant of A" else {200, 404, 422}  # who may not see a field cannot ask for it
    if operation.resource == "checks" and role == "B":
        usual.add(502)  # B's own rows are damaged
    for query in queries(operation):
        for key in keys:
            asked = target(operation.at(key), query)
            reply = world.get(role, asked).without(asked)
            assert reply.shows(*OTHERS[role]) == [], f"{asked}: {reply}"
            assert reply.status in usual, reply.body


@pytest.mark.parametrize("role", ROLE)
@lists
def test_a_list_is_one_s_own_rows(world: World, operation: Operation, role: str) -> None:
    """From the first page to the last, by ones and by twos, just the rows of the caller: none more, and none missing."""
    if operation.resource == "checks" and role == "B":
        assert world.get(role, operation.path).code == "bad-data"
        return
    own = owned(operation, ROLE[role], ANYBODY)
    for query in ("count=exact", "limit=1&count=exact", *(f"sort={word}" for word in sorts(operation, role))):
        found = [(page, item) for page in pages(world, role, operation.path, query) for item in page.json["data"]]
        keys = [key_of(operation, item) for _, item in found]
        assert sorted(keys, key=repr) == sorted((key_of(operation, row.item) for row in own), key=repr), query
        assert all(page.json["page"].get("total", len(own)) == len(own) for page, _ in found)
        for _, item in found:
            row = next(row for row in own if key_of(operation, row.item) == key_of(operation, item))
            issues = item.pop("_issues", {})
            assert (item, tuple(issues)) == (shown(row, item), seen_issues(row, item))


def sorts(operation: Operation, role: str) -> list[str]:
    """The orders that a role can ask for."""
    hidden = set() if role.startswith("accountant") else MASKED
    return [word for word in operation.words("sort") if word.removeprefix("-") not in hidden]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@items
def test_another_s_item_is_as_one_that_is_not(world: World, operation: Operation, method: str) -> None:
    """The same status, headers and bytes for B's key as for a key of nobody, warm or cold, asked for anew or with any ETag."""
    for row in owned(operation, B, NOBODY):
        owner = "B" if row.owner is B else "dashboard"
        etag = world.get(owner, operation.at(row.item)).header("ETag") or '"none"'
        for more in ({}, {"If-None-Match": etag}, {"If-None-Match": "*"}):
            headers = {"Authorization": f"Bearer {world.keys['A']}", **more}
            hidden = world.ask(method, operation.at(row.item), headers).without(operation.at(row.item))
            absent = world.ask(method, operation.absent, headers).without(operation.absent)
            assert hidden.timeless == absent.timeless
            assert hidden.status == 404
            assert bool(hidden.body) is (method == "GET")


@items
def test_one_s_own_item_is_found(world: World, operation: Operation) -> None:
    """Each of A's keys answers A with the row, and with 304 where A has it already."""
    for row in owned(operation, A, ANYBODY):
        reply = world.get("A", operation.at(row.item))
        item = reply.json
        assert (reply.status, tuple(item.pop("_issues", {}))) == (200, seen_issues(row, item))
        assert item == shown(row, item)
        assert set(row.item) - set(item) <= MASKED
        assert world.get("A", operation.at(row.item), if_none_match=reply.header("ETag")).status == 304


@lists
def test_a_cursor_is_its_caller_s_own(world: World, operation: Operation) -> None:
    """A's cursor in B's hands, or in those of who sees more, is another query's; so it is with another filter."""
    first = world.get("A", f"{operation.path}?limit=1")
    cursor = first.json["page"]["next"]
    if cursor is None:
        assert len(owned(operation, A, ANYBODY)) == 1
        return
    scoped = bool(owned(operation, A))
    for role in ("B", "dashboard"):
        reply = world.get(role, f"{operation.path}?limit=1&cursor={cursor}")
        assert reply.code == "cursor-mismatch" if scoped else reply.status == 200, (role, reply.body)
        assert not scoped or reply.shows(A, B, NOBODY) == []
    other = operation.filters[0]
    value = value_of(operation, other.field_name)
    assert world.get("A", f"{operation.path}?limit=1&{other.name}={value}&cursor={cursor}").code == "cursor-mismatch"


def value_of(operation: Operation, name: str) -> Any:
    """A value that the field has in a row of A's."""
    return next(row.item[name] for row in owned(operation, A, ANYBODY))


@lists
def test_a_cursor_cannot_be_made_or_mended(world: World, operation: Operation) -> None:
    """Forged, cut, joined from two, with another payload or without a signature: none is read."""
    found = world.get("A", f"{operation.path}?limit=1").json["page"]["next"] or "WyIiLFtdXQ.AAAA"
    payload, _, signature = found.partition(".")
    swapped = payload[:-2] + ("AA" if payload[-2:] != "AA" else "BB")
    for text in (
        *FORGED,
        found[:-1],
        found[1:],
        f"{swapped}.{signature}",
        payload,
        f"{payload}.",
        f"{found}.{signature}",
    ):
        reply = world.get("A", f"{operation.path}?limit=1&cursor={text}")
        assert reply.code == "invalid-cursor", text
        assert reply.shows(B, NOBODY) == []


@every
def test_a_kept_answer_is_for_who_sees_the_same(world: World, operation: Operation) -> None:
    """What B or the dashboard has warmed is no hit for A, who gets A's own, with the very ETag of an answer that was cold."""
    paths = [operation.at(row.item) for row in owned(operation, A, ANYBODY)[:2]] if operation.key else [operation.path]
    scoped = bool(owned(operation, A))
    for path in paths:
        asked = f"{path}?expand={operation.words('expand')[0]}" if operation.words("expand") else path
        cold = world.get("A", asked)
        world.forget()
        for role in ("dashboard", "B", "auditor"):
            world.get(role, asked)
        warm = world.get("A", asked)
        assert not (scoped and "hit" in warm.header("Cache-Status"))
        assert warm.shows(B, NOBODY) == []
        if "page" not in cold.json:
            assert (warm.status, warm.body, warm.header("ETag")) == (cold.status, cold.body, cold.header("ETag"))
        assert world.get("A", asked).header("Cache-Control").startswith(("private", "no-store"))


@lists
def test_an_etag_is_no_key(world: World, operation: Operation) -> None:
    """B's ETag of a list brings A no 304, unless the two lists are the same bytes."""
    theirs, mine = world.get("B", operation.path), world.get("A", operation.path)
    reply = world.get("A", operation.path, if_none_match=theirs.header("ETag") or '"none"')
    assert (reply.status == 304) is (theirs.body == mine.body)


@pytest.mark.parametrize("role", ROLE)
@every
def test_expansions_lead_to_one_s_own_rows(world: World, operation: Operation, role: str) -> None:
    """Each path of expansions, through parents of one's own and of anybody's: all that hangs there is the caller's."""
    hidden = set() if role.startswith("accountant") else MASKED
    paths = (
        [operation.at(row.item) for row in owned(operation, ROLE[role], ANYBODY)] if operation.key else [operation.path]
    )
    for word in operation.words("expand"):
        for path in paths:
            reply = world.get(role, f"{path}?expand={word}" + ("" if operation.key else "&limit=50"))
            if hidden.intersection(word.split(".")):
                assert reply.status == 422
                continue
            assert reply.status == 200
            assert_own(operation.version, reply.json.get("data", reply.json), ROLE[role])
            assert reply.shows(*OTHERS[role]) == []
