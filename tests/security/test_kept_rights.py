"""Rights that have ended or changed: nobody is served what was kept for the rights that a caller had before."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from app.callers.key_manager import Grant, KeyManager
from app.callers.key_text import pepper_of
from app.callers.link_manager import Wish
from app.state import State
from tests.security.kept_world import KeptWorld, kept_compiled, kept_world
from tests.security.operations import Operation, owned
from tests.security.tenants import NOBODY, A, B, Owner, original
from tests.security.test_functions import RULES, bearer, refused, token
from tests.security.test_kept import GETS, SCOPED, doors, every, is_hit, said, scoped_items, targets
from tests.security.test_masks import HIDES, path_of
from tests.security.world import PEPPER, READS, claims

PATIENCE: Final = 30.0  # seconds in which a worker has long learned of what became of a key
OWNER: Final = "tenant A, reorganised"


@dataclass(frozen=True)
class Changed:
    """A gateway that is warm with what a key was shown; then it was revoked, and its owner got one with other rights."""

    world: KeptWorld
    former: str
    present: str


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Changed]:
    """A's accountant has become B."""
    contract = kept_compiled().contract
    state = State(contract.state, Path(contract.folder))
    manager = KeyManager(state, pepper_of(PEPPER, state))
    former, record = manager.create(Grant(OWNER, (*READS, "finance:read"), claims(A)))
    present, _ = manager.create(Grant(OWNER, READS, claims(B)))
    with kept_world(tmp_path_factory.mktemp("changed") / "audit.jsonl") as world:
        for target in (target for operation in GETS for target in targets(operation)):
            for door in ("edge", "lane"):
                assert world.sent(door, "GET", target, bearer(former)).status in {200, 404}
        manager.revoke(record.id)
        state.close()
        until = time.monotonic() + PATIENCE
        while world.sent("lane", "GET", "/v1/orders", bearer(former)).status != 401 and time.monotonic() < until:
            time.sleep(0.05)
        yield Changed(world, former, present)


@doors
@every
def test_a_revoked_key_is_shown_nothing_that_is_kept(changed: Changed, operation: Operation, door: str) -> None:
    """By no door: all of it is still there, for who sees the same."""
    for asked in targets(operation):
        reply = changed.world.sent(door, "GET", asked, bearer(changed.former), changed.world.stranger())
        assert refused(reply)
        assert reply.without(asked).shows(A, B, NOBODY) == []
        alike = changed.world.through(door, "accountant of A", asked)
        assert is_hit(alike) is (alike.status == 200)


@doors
@every
def test_other_rights_are_other_answers(changed: Changed, operation: Operation, door: str) -> None:
    """The same owner, with other claims and fewer scopes, is shown what these show: byte by byte what B is shown."""
    for asked in targets(operation):
        reply = changed.world.sent(door, "GET", asked, bearer(changed.present))
        assert reply.without(asked).shows(A, NOBODY) == []
        assert said(reply) == said(changed.world.through(door, "B", asked))


@doors
@pytest.mark.parametrize("operation", HIDES, ids=str)
def test_a_narrower_token_is_not_shown_what_its_key_was(changed: Changed, operation: Operation, door: str) -> None:
    """A token of a key that sees more, asked for without the scope that shows it: what A is shown, who has it not."""
    narrow = bearer(narrow_token(changed.world))
    for asked in targets(operation):
        wide = changed.world.through(door, "accountant of A", asked)
        reply = changed.world.sent(door, "GET", asked, narrow)
        assert said(reply) == said(changed.world.through(door, "A", asked))
        assert wide.status != 200 or operation not in SCOPED or wide.body != reply.body or b'"data":[]' in reply.body


def narrow_token(world: KeptWorld) -> str:
    """A token of the accountant's that is good for what A may."""
    return token(world, "accountant of A", " ".join(READS))


@scoped_items
def test_a_link_is_shown_no_more_for_what_is_kept(changed: Changed, operation: Operation) -> None:
    """With A's item kept for A: a link that has B's claims leads nowhere, one with A's to the field that it names."""
    path, world = path_of(operation), changed.world
    own = world.through("edge", "A", path)
    assert own.status == 200
    field = operation.key[0]
    for owner in (B, A, B):
        reply = world.sent("lane", "GET", link(world, operation, owner, field), {})
        if owner is A:
            assert reply.json == {field: own.json[field]}
        else:
            assert (reply.status, reply.shows(A, B, NOBODY)) == (404, [])


def link(world: KeptWorld, operation: Operation, owner: Owner, field: str) -> str:
    """The address of a link to A's item, for this owner."""
    rules = RULES[original(operation.resource)]
    names = {claim.removeprefix("claim:") for claim in rules["rows"].values()}
    held = {name: values for name, values in claims(owner).items() if name in names}
    assert world.gateway.desk is not None
    wish = Wish(operation.at(owned(operation, A)[0].item), (field,), 3600.0, held)
    text, _ = world.gateway.desk.links.create(world.gateway.plan, wish)
    return f"/links/{text}"
