"""The keyring: which keys are accepted, what a refusal tells, and what it costs."""

from __future__ import annotations

import hmac
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.callers import keys as module
from app.callers.credentials import NotAccepted
from app.callers.key_manager import Grant, KeyManager
from app.callers.key_text import checksum, mint, parse
from app.callers.keys import Keyring
from app.exchange import Caller
from app.problems import document
from tests.callers.keys_scene import PEPPER, Scene, scene

__all__ = ["scene"]

GRANT = Grant("Acme", ("orders:read",), {"customer": ("C1001", "C1002")}, rate="slow", note="for the portal")


def refusal(keyring: Keyring, text: str, client: str = "") -> NotAccepted:
    """How a key is refused."""
    with pytest.raises(NotAccepted) as caught:
        keyring.caller(text, client)
    return caught.value


def forged(text: str) -> str:
    """A key of the same id with another secret, and a right checksum."""
    body = text[:17] + text[17:47][::-1]
    return body + checksum(body)


def test_a_key_is_its_caller(scene: Scene) -> None:
    """Scopes, claims, class and owner are those that it was given; the identity names the key and no secret."""
    text = scene.key(GRANT)
    caller = scene.keyring.caller(text, "10.0.0.1")
    identity = f"key:{parse(text)}"
    claims = {"customer": ("C1001", "C1002")}
    assert caller == Caller("Acme", identity, frozenset({"orders:read"}), claims, "slow")
    assert not caller.unrestricted


def test_a_known_key_is_the_very_same_caller(scene: Scene) -> None:
    """The second time nothing is proved, read or built."""
    text = scene.key(GRANT)
    first = scene.keyring.caller(text)
    asked = list(scene.state.asked)
    assert scene.keyring.caller(text) is first
    assert scene.state.asked == asked


WRONG: dict[str, Callable[[Scene, str], str]] = {
    "unknown": lambda _, __: mint(PEPPER).text,
    "wrong secret": lambda _, text: forged(text),
    "its length": lambda _, text: text[:-1],
    "its form": lambda _, text: text[:-1] + ("a" if text[-1] != "a" else "b"),
    "characters": lambda _, text: text[:-1] + "é",
    "BASCULE_PEPPER": lambda scene, _: KeyManager(scene.elsewhere, b"another").create(GRANT)[0],
}


@pytest.mark.parametrize("reason", [*WRONG, "revoked", "expired", "outside"])
def test_all_refusals_read_the_same(scene: Scene, reason: str) -> None:
    """A caller is told nothing of why; the operator is, by a reason that holds no secret."""
    text = scene.key(Grant("Acme", networks=("10.0.0.0/8",), lifetime=100.0))
    if reason in WRONG:
        text = WRONG[reason](scene, text)
    elif reason == "revoked":
        scene.manager.revoke(str(parse(text)))
    elif reason == "expired":
        scene.wall.at += 100.0
    scene.look_again()
    found = refusal(scene.keyring, text, "11.0.0.1")
    assert reason in found.reason
    assert text[17:] not in found.reason + str(found) + repr(found)
    told = document(found, "", "r1")
    assert told == document(NotAccepted("anything"), "", "r1")
    assert (told["status"], found.headers[0][0]) == (401, "WWW-Authenticate")


@pytest.mark.parametrize("known", [True, False])
def test_an_unknown_id_is_the_same_work(scene: Scene, monkeypatch: pytest.MonkeyPatch, known: bool) -> None:  # noqa: FBT001  # a case
    """One HMAC over the text and one comparison of 32 bytes, whether the id is one of ours or not."""
    text = scene.key()
    scene.keyring.caller(text)
    attempt = forged(text) if known else mint(PEPPER).text
    work: list[tuple[str, int]] = []
    digest, compare = hmac.digest, hmac.compare_digest

    def counted_digest(key: bytes, message: bytes, name: str) -> bytes:
        work.append((name, len(message)))
        return digest(key, message, name)

    def counted_compare(one: bytes, other: bytes) -> bool:
        work.append(("compare", len(one) + len(other)))
        return compare(one, other)

    monkeypatch.setattr(hmac, "digest", counted_digest)
    monkeypatch.setattr(hmac, "compare_digest", counted_compare)
    refusal(scene.keyring, attempt)
    assert work == [("sha256", 53), ("compare", 64)]


def test_a_slip_of_the_pen_costs_no_hash(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has not a key's form or checksum is refused before anything secret is touched."""
    text = scene.key()
    monkeypatch.setattr(module, "hashed", lambda *_: pytest.fail("it was hashed"))
    for wrong in (text[:-1], text + "0", text[:20] + "_" + text[21:], "x" * 100_000, "", "\ud800" * 53):
        refusal(scene.keyring, wrong)


def test_a_key_expires_by_the_clock_on_the_wall(scene: Scene) -> None:
    """To the moment, also when it was recognised just before; and it is not found among the recognised any more."""
    text = scene.key(Grant("Acme", lifetime=3_600.0))
    scene.wall.at += 3_599.9
    scene.keyring.caller(text)
    scene.wall.at += 0.1
    for _ in range(2):
        assert "has expired" in refusal(scene.keyring, text).reason
        assert not scene.keyring._kept[1]


def test_a_revoked_key_is_refused_a_second_later(scene: Scene) -> None:
    """As soon as the state is asked again; it is not found among the recognised any more, and others go on."""
    text, other = scene.key(), scene.key()
    for each in (text, other):
        scene.keyring.caller(each)
    scene.manager.revoke(str(parse(text)))
    scene.monotonic.at += 0.999
    scene.keyring.caller(text)
    scene.monotonic.at += 0.001
    assert "revoked" in refusal(scene.keyring, text).reason
    assert scene.keyring.caller(other).identity == f"key:{parse(other)}"
    assert [key.id for key in scene.keyring._kept[1].values()] == [parse(other)]


def test_both_keys_live_during_a_rotation(scene: Scene) -> None:
    """The old one to the end of the overlap, the new one from now on, with the same rights."""
    text = scene.key(GRANT)
    new, _ = scene.manager.rotate(str(parse(text)), 3_600.0)
    scene.look_again()
    old_caller, new_caller = scene.keyring.caller(text), scene.keyring.caller(new)
    assert (old_caller.claims, old_caller.scopes, old_caller.rate) == (new_caller.claims, new_caller.scopes, "slow")
    scene.wall.at += 3_600.0
    assert "expired" in refusal(scene.keyring, text).reason
    assert scene.keyring.caller(new) == new_caller


def test_a_key_is_used_from_its_networks(scene: Scene) -> None:
    """IPv4, IPv6 and mapped clients inside are let in, each time; outside and unknown ones never are."""
    text = scene.key(Grant("Acme", networks=("10.0.0.0/8", "2001:db8::/32")))
    for _ in range(2):
        for client in ("10.1.2.3", "2001:db8::5", "::ffff:10.1.2.3"):
            scene.keyring.caller(text, client)
        for client in ("11.1.2.3", "2001:db9::5", "::ffff:11.1.2.3", "", "nobody"):
            assert "network" in refusal(scene.keyring, text, client).reason or not client
    assert "nobody knows where" in refusal(scene.keyring, text).reason


def test_few_addresses_are_remembered(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that is used from everywhere takes no memory for it, and goes on working."""
    monkeypatch.setattr(module, "MOST_CLIENTS", 10)
    text = scene.key(Grant("Acme", networks=("10.0.0.0/8",)))
    for number in range(1_000):
        scene.keyring.caller(text, f"10.0.{number >> 8}.{number & 255}")
    (key,) = scene.keyring._kept[1].values()
    assert len(key.clients) <= 10


def test_what_is_recognised_holds_no_key(scene: Scene) -> None:
    """Only what was proved gets in, once a key, under a hash: no text, and no part of one."""
    text = scene.key()
    for attempt in (text, forged(text), mint(PEPPER).text, text):
        try:
            scene.keyring.caller(attempt)
        except NotAccepted:
            continue
    (digest, key), = scene.keyring._kept[1].items()  # fmt: skip
    assert len(digest) == 16
    assert text[17:] not in repr((digest, key, scene.keyring.watch.known(), vars(scene.keyring)))
    assert digest not in text.encode()


def test_whether_a_key_lives(scene: Scene) -> None:
    """What hangs on a key asks by its id: a token that was given out for it, say."""
    identifier = str(parse(scene.key(Grant("Acme", lifetime=10.0))))
    assert scene.keyring.lives(identifier)
    assert not scene.keyring.lives("unknown0")
    scene.wall.at += 10.0
    assert not scene.keyring.lives(identifier)
    scene.wall.at -= 10.0
    scene.manager.revoke(identifier)
    scene.look_again()
    assert not scene.keyring.lives(identifier)


def test_uses_are_written_when_the_keyring_closes(scene: Scene) -> None:
    """The last use of each key, as the clock on the wall had it; refused uses are none."""
    used, refused = scene.key(), scene.key(Grant("Acme", networks=("10.0.0.0/8",)))
    scene.keyring.caller(used)
    scene.wall.at += 7.0
    scene.keyring.caller(used)
    refusal(scene.keyring, refused, "11.0.0.1")
    scene.keyring.close()
    assert {each.id: each.last_used_at for each in scene.manager.list()} == {
        parse(used): 1_700_000_007.0,
        parse(refused): None,
    }


def test_threads_see_no_key_that_is_not_theirs(scene: Scene) -> None:
    """Callers are never mixed up while keys are created, recognised, revoked and read again by several threads."""
    texts = [scene.key(Grant(f"owner {number}")) for number in range(8)]
    revoked = str(parse(texts[0]))

    def use(number: int) -> None:
        for turn in range(200):
            if number == 1 and turn == 50:
                scene.manager.revoke(revoked)
            if (
                turn % 50 == 0
            ):  # so that the clock, which each look moves on, stays within the minute that an answer holds
                scene.look_again()
            assert scene.keyring.caller(texts[number]).name == f"owner {number}"

    with ThreadPoolExecutor(4) as crowd:
        list(crowd.map(use, range(1, 8)))
    scene.look_again()
    refusal(scene.keyring, texts[0])


def test_a_state_that_was_never_read_lets_nobody_in(scene: Scene) -> None:
    """A worker that starts while its state is away answers 503, and serves as soon as it is back."""
    text = scene.key()
    scene.state.down = True
    for _ in range(3):
        with pytest.raises(Exception, match="cannot be checked") as caught:
            scene.keyring.caller(text)
        assert caught.value.problem.status == 503  # type: ignore[attr-defined]  # a ProblemError, as the match says
    scene.state.down = False
    scene.look_again()
    assert scene.keyring.caller(text).name == "Acme"


def test_a_use_that_cannot_be_written_hurts_nobody(scene: Scene) -> None:
    """The request is served, and the use is written later."""
    text = scene.key()
    scene.keyring.caller(text)
    scene.state.down = True
    scene.keyring.close()
    assert scene.keyring.caller(text).name == "Acme"
    scene.state.down = False
    scene.keyring.close()
    assert scene.manager.list()[0].last_used_at == scene.wall.at


def test_a_key_without_an_end_has_none(scene: Scene) -> None:
    """It is good for ever, and a century is no end."""
    text = scene.key()
    scene.wall.at += 3e9
    assert scene.keyring.caller(text).name == "Acme"
    assert [key.expires_at for key in scene.keyring._kept[1].values()] == [math.inf]
