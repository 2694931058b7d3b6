"""Order links: what one is good for, and when it is dead."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.callers import link_text
from app.callers.link import DETAIL, NoLink
from app.callers.link_text import PREFIX, Seal
from app.callers.links import SECRET, Links, Said
from app.callers.watch import Watch
from app.exchange import Caller
from app.problems import ProblemError
from app.state import State, StateError
from tests.callers.keys_scene import Clock
from tests.callers.links_scene import DAY, Scene, scene, wish

__all__ = ["scene"]

FOR_ACME = wish(fields=("number", "total"), note="order 4711, ACME")


def refusal(scene: Scene, text: str) -> NoLink:
    """How the text is refused."""
    with pytest.raises(NoLink) as caught:
        scene.open(text)
    return caught.value


def test_a_link_says_what_it_shows_and_who_its_holder_is(scene: Scene) -> None:
    """The item, the fields, and a caller with the scopes and the claim that these take, named by its note."""
    text, record = scene.manager.create(scene.plan, FOR_ACME)
    link = scene.open(text)
    assert (link.path, link.fields) == ("/v1/orders/0004711", ("number", "total"))
    scopes = frozenset({"orders:read", "finance:read"})
    assert link.caller == Caller("order 4711, ACME", f"link:{record.id}", scopes, {"customer": ("C1001",)})


def test_a_link_shows_nothing_of_what_it_says(scene: Scene) -> None:
    """Neither the key nor the claim nor a field can be read out of the text, however it is decoded."""
    text = scene.link(fields=("status",), note="for ACME")
    raw = base64.urlsafe_b64decode(text.removeprefix(PREFIX) + "===")
    for secret in (b"4711", b"C1001", b"status", b"orders", b"ACME", b"customer"):
        assert secret not in raw
        assert secret not in text.encode()


def test_two_links_to_one_item_are_two(scene: Scene) -> None:
    """Their texts share nothing but the prefix, so that one tells nothing of another."""
    first, second = scene.link(), scene.link()
    assert first[len(PREFIX) : len(PREFIX) + 8] != second[len(PREFIX) : len(PREFIX) + 8]
    assert scene.open(first).caller.identity != scene.open(second).caller.identity


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_altered_text_is_a_link(scene: Scene, data: st.DataObject) -> None:
    """One character another one, one more or one less, anywhere: there is one text for a link, and no near ones."""
    text = scene.link()
    at = data.draw(st.integers(0, len(text)))
    letter = data.draw(st.sampled_from("ABCDwxyz0189-_=+/ é\n"))
    for altered in (text[:at] + letter + text[at + 1 :], text[:at] + letter + text[at:], text[:at] + text[at + 1 :]):
        if altered != text:
            assert refusal(scene, altered).reason == "no link of this gateway"


@pytest.mark.parametrize(
    "text",
    ["", PREFIX, f"{PREFIX}AAAA", "A" * 60, PREFIX + "A" * 50, PREFIX + "A" * 100_000, f"{PREFIX}{'A' * 50}%41", "\0"],
    ids=["empty", "prefix", "short", "no-prefix", "zeros", "long", "encoded", "nul"],
)
def test_what_is_no_link_is_refused(scene: Scene, text: str) -> None:
    """Whatever it is, it reads like a link that has ended."""
    assert refusal(scene, text).detail == DETAIL


def test_the_last_characters_have_one_spelling(scene: Scene) -> None:
    """Base64 leaves bits unused at the end: a text that differs in them alone is not the link."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    texts = (scene.link(note="n" * length) for length in range(3))
    text = next(text for text in texts if len(text.removeprefix(PREFIX)) % 4)
    twin = text[:-1] + alphabet[alphabet.index(text[-1]) ^ 1]
    assert base64.urlsafe_b64decode(_padded(twin)) == base64.urlsafe_b64decode(_padded(text))
    assert refusal(scene, twin).reason == "no link of this gateway"


def _padded(text: str) -> str:
    return text.removeprefix(PREFIX) + "=="


def test_a_link_of_another_gateway_is_none(scene: Scene, tmp_path: Path) -> None:
    """Another state has another secret; nor is anything else a link that was sealed with this one."""
    other = Scene(tmp_path / "contract", scene.plan)
    text = other.link()
    other.close()
    assert refusal(scene, text).reason == "no link of this gateway"
    identifier, _ = Seal(b"k" * 32).close({})
    assert len(bytes.fromhex(identifier)) * 8 >= 96


def test_a_link_ends_with_its_time(scene: Scene) -> None:
    """A second before it is good, at that time it is not."""
    text = scene.link(lifetime=DAY)
    scene.wall.at += DAY - 1
    assert scene.open(text)
    scene.wall.at += 1
    assert "has expired" in refusal(scene, text).reason


def test_a_revoked_link_is_dead_on_every_worker(scene: Scene) -> None:
    """The next time that a worker asks what has changed; another link to the same item goes on."""
    text, other = scene.link(), scene.link()
    link = scene.open(text)
    scene.manager.revoke(link.caller.identity.removeprefix("link:"))
    assert "is revoked" in refusal(scene, text).reason
    assert scene.open(other)
    state = State("sqlite:///state.db", scene.folder, scene.wall)
    worker = Links(state.secret(SECRET), state, Watch(state), scene.wall)
    with pytest.raises(NoLink):
        worker.open(text)
    state.close()


def test_every_refusal_reads_the_same(scene: Scene) -> None:
    """Forged, expired, revoked: one problem with one detail and no headers; the reason is not in it."""
    expired, revoked = scene.link(lifetime=60), scene.link()
    scene.manager.revoke(link_text.identifier(revoked))
    scene.wall.at += 61
    found = [refusal(scene, text) for text in (expired, revoked, PREFIX + "A" * 60)]
    assert {(each.problem.code, each.detail, each.headers, str(each)) for each in found} == {
        ("not-found", DETAIL, (), DETAIL)
    }
    assert len({each.reason for each in found}) == 3


def test_a_link_needs_no_look_at_the_state(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its text says everything: with the revocations known, nothing is asked."""
    text = scene.link()
    scene.open(text)

    def gone(*_: object) -> None:
        raise AssertionError("the state was asked")

    monkeypatch.setattr(scene.state.database, "reading", gone)
    assert scene.links.open(text)


def test_a_state_that_is_away_for_long_refuses_nobody_for_good(scene: Scene) -> None:
    """Revocations that nobody knows: 503, and not that there is no such link."""
    text = scene.link()
    fresh = Watch(_Away("sqlite://", scene.folder), Clock(0.0))
    links = Links(scene.state.secret(SECRET), scene.state, fresh, scene.wall)
    with pytest.raises(ProblemError) as caught:
        links.open(text)
    assert caught.value.problem.status == 503


class _Away(State):
    def revision(self) -> int:
        """Nobody can say."""
        raise StateError("gone")


def test_the_last_use_is_noted(scene: Scene) -> None:
    """Once it is written down, the list has it."""
    text = scene.link()
    scene.wall.at += 100
    scene.open(text)
    scene.links.close()
    assert scene.manager.find(link_text.identifier(text)).last_used_at == scene.wall.at


def test_what_names_a_link(scene: Scene) -> None:
    """Its id, the id as the audit has it, its text, its address; nothing else is changed."""
    text, record = scene.manager.create(scene.plan, FOR_ACME)
    for said in (record.id, f"link:{record.id}", text, f"https://api.example.com/links/{text}"):
        assert link_text.identifier(said) == record.id
    assert link_text.identifier("link:nobody") == "link:nobody"


def test_secrets_stay_out_of_representations(scene: Scene) -> None:
    """The key of the item is in no repr of what travels, nor of what it is opened by."""
    text = scene.link()
    assert "4711" not in repr(scene.open(text))
    sealed = Seal(scene.state.secret(SECRET)).open(text)
    assert sealed is not None
    assert "4711" not in repr((sealed, Said.read(sealed.said)))
