"""What is kept for one is served to nobody else: each operation, through each door, cold and warm, fresh and stale, coded or not.

All queries of all callers through all doors would be hours. So each kind of key, of part and of age is met once at each operation
(`targets`), by those who see the most and by the other tenant (OTHERS), before A asks.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import brotli
import pytest
import zstandard

from app.formats import coding
from app.kept.tags import Wanted, tags_to_purge
from tests.security.kept_world import DOORS, KeptWorld, kept_world
from tests.security.operations import Operation, operations, owned, reads, values
from tests.security.tenants import ANYBODY, NOBODY, A, B, Owner
from tests.security.tenants_contract import FRESH, IN_NEED, WHILE_NEW
from tests.security.test_masks import HIDES
from tests.security.test_tenants import MASKED, assert_own, target
from tests.security.world import Reply

OTHERS: Final = (
    "B",
    "dashboard",
    "accountant of A",
)  # who see other rows than A, all rows, and more fields of the same
DECODERS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().decompress(body),
}

GETS: Final = [each for each in operations() if each.method == "get"]
SCOPED: Final = [each for each in GETS if owned(each, A)]
every = pytest.mark.parametrize("operation", GETS, ids=str)
scoped = pytest.mark.parametrize("operation", SCOPED, ids=str)
scoped_items = pytest.mark.parametrize("operation", [each for each in SCOPED if each.key], ids=str)
expanding = pytest.mark.parametrize("operation", [each for each in reads(key=False) if each.words("expand")], ids=str)
doors = pytest.mark.parametrize("door", DOORS)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeptWorld]:
    """A gateway that keeps every answer, of which nobody has asked anything."""
    with kept_world(tmp_path_factory.mktemp("kept") / "audit.jsonl") as world:
        yield world


def targets(operation: Operation) -> list[str]:
    """The operation asked plainly, with all expansions, a count, another tenant's value; an item of A, of B, and of nobody."""
    expand = ",".join(unmasked(operation))
    if operation.key:
        paths = [operation.at(owned(operation, owner, ANYBODY)[0].item) for owner in (A, B, NOBODY)]
        found = [*paths, *(f"{path}?expand={expand}" for path in paths[:2] if expand)]
    else:
        first = operation.filters[0]
        queries = ["", "limit=1&count=exact", f"limit=50&{first.name}={values(operation, first, B, ANYBODY)[0]}"]
        found = [
            target(operation.path, query) for query in (*queries, *([f"expand={expand}&limit=50"] if expand else []))
        ]
    return list(dict.fromkeys(found))


def unmasked(operation: Operation) -> list[str]:
    """The expansions that everybody may ask for who may read the resource."""
    return [word for word in operation.words("expand") if not MASKED.intersection(word.split("."))]


def said(reply: Reply) -> tuple[int, bytes, tuple[str, ...]]:
    """What an answer says, and what it says of itself, whether it was kept or not."""
    names = ("Content-Type", "ETag", "Link", "Vary", "Cache-Control", "Content-Length", "WWW-Authenticate")
    return reply.status, reply.body, tuple(map(reply.header, names))


def assert_own_answer(reply: Reply, cold: Reply, asked: str, operation: Operation, owner: Owner = A) -> None:
    """It is what its receiver gets from a gateway that has answered nobody yet, and that is the receiver's own."""
    assert said(reply) == said(cold), asked
    assert reply.without(asked).shows(*(each for each in (A, B, NOBODY) if each is not owner)) == [], asked
    if reply.status == 200:
        assert_own(operation.version, reply.json.get("data", reply.json), owner)


def is_hit(reply: Reply) -> bool:
    """Whether it was kept."""
    return "; hit" in reply.header("Cache-Status")


def others(operation: Operation) -> tuple[str, ...]:
    """Those who see something else than A: where no field is hidden from A, its accountant sees the same."""
    return OTHERS if operation in HIDES else OTHERS[:2]


def warm(world: KeptWorld, asked: str, door: str = "edge", roles: tuple[str, ...] = OTHERS) -> None:
    """Have others ask, twice: the second time they are answered from memory."""
    for each in ("edge", door):
        for role in roles:
            world.through(each, role, asked)


def test_every_answer_is_kept(kept: KeptWorld) -> None:
    """What these tests warm is warm: each operation's second answer is kept, and the lane gives it."""
    for operation in GETS:
        path = targets(operation)[0]
        first, second = kept.through("edge", "A", path), kept.through("edge", "A", path)
        assert (first.status, is_hit(second)) == (200, True), operation
        before = kept.recalled
        assert said(kept.through("lane", "A", path)) == said(first)
        assert (kept.recalled > before) is (operation.resource != "invoices"), (
            "what must be audited waits for its audit"
        )


@doors
@every
def test_what_others_have_warmed_is_not_mine(kept: KeptWorld, operation: Operation, door: str) -> None:
    """Cold, warm by others, and warm by A: the same answer, A's own; and the others go on getting theirs."""
    for asked in targets(operation):
        kept.forget()
        cold = kept.through(door, "A", asked)
        theirs = kept.through(door, "B", asked)
        assert theirs.without(asked).shows(A, NOBODY) == []
        kept.forget()
        warm(kept, asked, door, others(operation))
        reply = kept.through(door, "A", asked)
        assert_own_answer(reply, cold, asked, operation)
        assert not (operation in SCOPED and is_hit(reply)), asked
        assert_own_answer(kept.through(door, "A", asked), cold, asked, operation)
        assert said(kept.through(door, "B", asked)) == said(theirs)


@scoped
def test_a_stale_answer_is_for_who_had_it(kept: KeptWorld, operation: Operation) -> None:
    """While a new one is read: A and B each get their own old one; who had none gets none of theirs."""
    for asked in targets(operation):
        kept.forget()
        cold = {role: kept.through("edge", role, asked) for role in ("A", "B")}
        with kept.later((FRESH + WHILE_NEW) / 2):
            for role, owner in (("B", B), ("A", A)):
                reply = kept.through("edge", role, asked)
                assert_own_answer(reply, cold[role], asked, operation, owner)
                assert is_hit(reply) is (reply.status == 200), asked
            assert not is_hit(kept.through("edge", "dashboard", asked))
        assert_own_answer(kept.through("edge", "A", asked), cold["A"], asked, operation)


@pytest.mark.parametrize("mood", ["away", "quiet"])
@scoped
def test_in_need_nobody_gets_another_s(kept: KeptWorld, operation: Operation, mood: str) -> None:
    """With the source away, or in its quiet window, who had an answer has it still; who had none is told so, and no more."""
    for asked in targets(operation):
        for had, has_not in (("A", "B"), *((role, "A") for role in others(operation))):
            kept.forget()
            cold = kept.through("edge", had, asked)
            with kept.later((WHILE_NEW + IN_NEED) / 2, mood):
                reply, other = kept.through("edge", had, asked), kept.through("edge", has_not, asked)
            assert other.code == {"away": "source-unavailable", "quiet": "source-quiet"}[mood], (asked, had)
            assert other.without(asked).shows(A, B, NOBODY) == [], asked
            assert said(reply) == said(cold) if cold.status == 200 else reply.code == other.code


@doors
@every
def test_another_s_etag_tells_nothing(kept: KeptWorld, operation: Operation, door: str) -> None:
    """With it, warm or cold, A gets what A gets without it, but where the two answers are the same bytes."""
    for asked in targets(operation):
        kept.forget()
        mine = kept.through(door, "A", asked)
        theirs = [kept.through(door, role, asked) for role in OTHERS]
        kept.forget()
        for _ in ("cold", "warm", "warm"):
            for other in theirs:
                reply = kept.through(door, "A", asked, if_none_match=other.header("ETag") or '"none"')
                same = mine.status == 200 and mine.body == other.body
                assert reply.status == 304 if same else said(reply) == said(mine), asked
        every_one = ", ".join(each.header("ETag") for each in theirs if each.body != mine.body and each.status == 200)
        assert said(kept.through(door, "A", asked, if_none_match=every_one or '"none"')) == said(mine)
        own = kept.through(door, "A", asked, if_none_match=mine.header("ETag") or '"none"')
        assert own.status == (304 if mine.status == 200 else mine.status)


@doors
@expanding
def test_each_coding_is_of_one_s_own_answer(kept: KeptWorld, operation: Operation, door: str) -> None:
    """Coded for others first, in each coding: A's body is A's, in each coding and in none, and no coding's ETag mixes them up."""
    asked = f"{operation.path}?limit=50&expand={','.join(unmasked(operation))}"
    kept.forget()
    cold = kept.through(door, "A", asked)
    assert len(cold.body) >= coding.SMALLEST, "large enough to be coded"
    for name in coding.CODINGS:
        theirs = [kept.through(door, role, asked, accept_encoding=name) for role in (*OTHERS, *OTHERS)]
        for _ in ("made", "kept"):
            reply = kept.through(door, "A", asked, accept_encoding=name)
            assert (reply.status, reply.header("Content-Encoding")) == (200, name)
            assert DECODERS[name](reply.body) == cold.body
            etags = ", ".join(each.header("ETag") for each in theirs)
            assert kept.through(door, "A", asked, accept_encoding=name, if_none_match=etags).status == 200
        assert said(kept.through(door, "A", asked)) == said(cold)


@every
def test_parts_are_shared_by_who_sees_the_same(kept: KeptWorld, operation: Operation) -> None:
    """Counts and batches of expansions that others have warmed, in pages that are not A's: A's are those of A's own rows."""
    path = targets(operation)[0].partition("?")[0]
    own = len(owned(operation, A, ANYBODY))
    kept.forget()
    for number, word in enumerate(("", *unmasked(operation))):
        expand = f"expand={word}&" if word else ""
        for role in ("dashboard", "B"):  # who sees all rows is the first: the two tenants have as many
            kept.through("edge", role, f"{path}?{expand}" + ("" if operation.key else "limit=40&count=exact"))
        if operation.key:
            fields = f"fields={operation.key[0]},{word.partition('.')[0]}" if word else ""
            reply = kept.through("edge", "A", f"{path}?{expand}{fields}")
        else:
            reply = kept.through("edge", "A", f"{path}?{expand}limit={41 + number}&count=exact")
            assert reply.json["page"]["total"] == own
        assert reply.status == 200
        assert reply.shows(B, NOBODY) == []
        assert_own(operation.version, reply.json.get("data", reply.json), A)


@doors
@scoped_items
def test_that_there_is_nothing_is_true_for_who_was_told(kept: KeptWorld, operation: Operation, door: str) -> None:
    """A 404 that is kept for one is none for who may see the row, and a row that is kept is none for who may not."""
    absent = kept.through(door, "A", operation.absent).without(operation.absent)
    for owner, other in ((A, "B"), (B, "A"), (NOBODY, "A")):
        path = operation.at(owned(operation, owner)[0].item)
        holder = {A: "A", B: "B", NOBODY: "dashboard"}[owner]
        kept.forget()
        first = kept.through(door, holder, path)
        for order in ((holder, other), (other, holder)):
            kept.forget()
            for role in (*order, *order):
                reply = kept.through(door, role, path)
                assert said(reply) == said(first) if role == holder else said(reply.without(path)) == said(absent)
        assert first.status == 200 or (operation.resource == "checks" and owner is not A)
        kept.statements()
        assert kept.through(door, other, path).status == 404
        assert kept.statements() == [], "it was kept"


@every
def test_after_a_purge_each_reads_their_own(kept: KeptWorld, operation: Operation) -> None:
    """Whatever was purged: what B reads anew is B's, what A reads after that is A's, and nobody gets what was before."""
    asked = targets(operation)[0]
    place = operation.path.removeprefix("/").partition("/{")[0]
    source = kept.gateway.plan.versions[operation.version].resources[operation.resource].source
    item = (asked.removeprefix("/"),) if operation.key else ()
    wishes = [Wanted(everything=True), Wanted(resources=(place,)), Wanted(sources=(source,)), Wanted(items=item)]
    cold = {role: kept.through("edge", role, asked) for role in ("A", "B")}
    for wish in wishes if item else wishes[:-1]:
        warm(kept, asked, "lane", ("A", "B"))
        assert kept.gateway.purges is not None
        kept.gateway.purges.purge(tags_to_purge(kept.gateway.plan, wish), "test")
        for role in ("B", "A"):
            reply = kept.through("lane", role, asked)
            assert said(reply) == said(cold[role])
            assert not (operation in SCOPED and is_hit(reply)), (role, wish)
