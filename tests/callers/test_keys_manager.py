"""Giving out keys and taking them back."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from app.callers.credentials import ADMIN
from app.callers.key_manager import BadGrant, EndedKey, Grant, KeyManager, UnknownKey, faults, standing, unnamed
from app.callers.key_text import hashed, parse
from app.contract.model import (
    AccessSpec,
    ChangeSpec,
    Contract,
    FieldSpec,
    LensSpec,
    LimitSpec,
    ResourceSpec,
    VersionSpec,
)
from tests.callers.keys_scene import PEPPER, PLAIN, Scene, scene

__all__ = ["scene"]

GRANT = Grant("Acme", ("orders:read",), {"customer": ("C1001",)}, ("10.0.0.0/8",), "slow", "a note", 86_400.0)


def test_a_new_key_is_kept_without_its_text(scene: Scene) -> None:
    """What it is good for, and a hash."""
    text, record = scene.manager.create(GRANT)
    assert scene.manager.list() == (record,)
    assert (record.id, record.hash) == (parse(text), hashed(text, PEPPER))
    assert (record.owner, record.scopes, record.claims, record.networks, record.rate, record.note) == (
        "Acme", ("orders:read",), {"customer": ("C1001",)}, ("10.0.0.0/8",), "slow", "a note",
    )  # fmt: skip
    assert (record.created_at, record.expires_at) == (1_700_000_000.0, 1_700_086_400.0)
    assert text[17:] not in repr(record)
    assert "C1001" not in repr(record)
    scene.elsewhere.close()
    assert text[17:47].encode() not in (scene.folder / "state.db").read_bytes()


def test_networks_are_kept_in_one_spelling(scene: Scene) -> None:
    """An IPv4 network that was written as a mapped one is the IPv4 network."""
    _, record = scene.manager.create(replace(PLAIN, networks=("::ffff:10.0.0.0/104", "192.0.2.7", "2001:DB8::/32")))
    assert record.networks == ("10.0.0.0/8", "192.0.2.7/32", "2001:db8::/32")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"owner": " "}, "an owner"),
        ({"owner": "Acme\x1b[2J"}, "printable"),
        ({"note": "two\nlines"}, "printable"),
        ({"note": "x" * 1_001}, "1000 characters"),
        ({"scopes": ("orders read",)}, "'orders read'"),
        ({"scopes": ("",)}, "''"),
        ({"claims": {"": ("C1",)}}, "claim ''"),
        ({"claims": {"customer": ()}}, "and a value"),
        ({"claims": {"customer": ("C1", "")}}, "and a value"),
        ({"claims": {"customer": ("C\x00",)}}, "printable"),
        ({"rate": "Slow!"}, "'Slow!'"),
        ({"lifetime": 0.0}, "more than nothing"),
        ({"lifetime": 1e12}, "a hundred years"),
        ({"lifetime": float("nan")}, "more than nothing"),
        ({"networks": ("10.0.0.1/8",)}, "did you mean '10.0.0.0/8'?"),
    ],
)
def test_what_cannot_be_given_is_refused(scene: Scene, wrong: dict[str, Any], said: str) -> None:
    """One thing wrong with a grant is one sentence that names it, and nothing is kept."""
    (fault,) = faults(replace(GRANT, **wrong))
    assert said in fault
    with pytest.raises(BadGrant, match=r"^[^\n]+$"):
        scene.manager.create(replace(GRANT, **wrong))
    assert scene.manager.list() == ()


def test_a_sound_grant_has_no_fault() -> None:
    """The one that the others are made of."""
    assert list(faults(GRANT)) == []


def test_a_rotated_key_is_good_for_the_same(scene: Scene) -> None:
    """The new one lives as long as the old one was to live, from now; the old one ends after the overlap."""
    _, old = scene.manager.create(GRANT)
    scene.wall.at += 3_600.0
    text, new = scene.manager.rotate(old.id, 600.0)
    assert replace(new, id=old.id, hash=old.hash, created_at=old.created_at, expires_at=old.expires_at) == old
    assert (new.id, new.created_at, new.expires_at) == (parse(text), scene.wall.at, scene.wall.at + 86_400.0)
    kept = scene.manager.find(old.id)
    assert (kept.replaced_by, kept.expires_at) == (new.id, scene.wall.at + 600.0)
    assert [standing(each, scene.wall.at) for each in (kept, new)] == ["replaced", "active"]
    assert standing(kept, scene.wall.at + 600.0) == "expired"


@pytest.mark.parametrize(
    ("lifetime", "overlap", "left"), [(100.0, 600.0, 100.0), (None, 600.0, 600.0), (None, 0.0, 0.0)]
)
def test_an_overlap_makes_no_key_live_longer(scene: Scene, lifetime: float | None, overlap: float, left: float) -> None:
    """The old key ends after the overlap, or when it was to end, whichever is sooner."""
    _, old = scene.manager.create(replace(PLAIN, lifetime=lifetime))
    scene.manager.rotate(old.id, overlap)
    assert scene.manager.find(old.id).expires_at == scene.wall.at + left


ENDED: list[tuple[Callable[[Scene, str], object], str]] = [
    (lambda scene, identifier: scene.manager.revoke(identifier), "was revoked"),
    (lambda scene, identifier: scene.manager.rotate(identifier, 60.0), "was replaced by"),
    (lambda scene, _: setattr(scene.wall, "at", scene.wall.at + 86_400.0), "has expired"),
]


@pytest.mark.parametrize(("end", "said"), ENDED)
def test_a_key_that_has_ended_is_not_rotated(scene: Scene, end: Callable[[Scene, str], object], said: str) -> None:
    """It is said how it ended; there is one new key at most."""
    _, old = scene.manager.create(GRANT)
    end(scene, old.id)
    before = scene.manager.list()
    with pytest.raises(EndedKey, match=said):
        scene.manager.rotate(old.id, 60.0)
    assert scene.manager.list() == before


@pytest.mark.parametrize("overlap", [-1.0, float("nan"), float("inf")])
def test_an_overlap_is_a_time(scene: Scene, overlap: float) -> None:
    """What is none changes nothing."""
    _, old = scene.manager.create(GRANT)
    with pytest.raises(BadGrant):
        scene.manager.rotate(old.id, overlap)
    assert scene.manager.list() == (old,)


def test_one_of_many_rotates(scene: Scene) -> None:
    """Whoever is slower is told that the key was replaced."""
    _, old = scene.manager.create(GRANT)

    def rotate(_: int) -> bool:
        try:
            scene.manager.rotate(old.id, 60.0)
        except EndedKey:
            return False
        return True

    with ThreadPoolExecutor(4) as crowd:
        assert list(crowd.map(rotate, range(4))).count(True) == 1
    assert len(scene.manager.list()) == 2


def test_revoking_is_for_good(scene: Scene) -> None:
    """The first time stays, and a key that it was rotated to goes on."""
    _, old = scene.manager.create(GRANT)
    _, new = scene.manager.rotate(old.id, 600.0)
    assert scene.manager.revoke(old.id).revoked_at == 1_700_000_000.0
    scene.wall.at += 5.0
    assert scene.manager.revoke(old.id).revoked_at == 1_700_000_000.0
    assert [standing(each, scene.wall.at) for each in scene.manager.list()].count("active") == 1
    assert scene.manager.find(new.id).revoked_at is None


@pytest.mark.parametrize("method", ["find", "revoke", "rotate"])
def test_an_unknown_id_names_the_nearest(scene: Scene, method: str) -> None:
    """A slip of the pen is shown what was meant; without any key there is no hint."""
    arguments = (60.0,) if method == "rotate" else ()
    with pytest.raises(UnknownKey, match=r"^there is no key 'nothing'$"):
        getattr(scene.manager, method)("nothing", *arguments)
    _, record = scene.manager.create(GRANT)
    with pytest.raises(UnknownKey, match=f"did you mean '{record.id}'"):
        getattr(scene.manager, method)(record.id[:-1], *arguments)


def test_keys_of_another_pepper_are_found(scene: Scene) -> None:
    """Living ones: an operator who forgot BASCULE_PEPPER is told, before anybody is refused."""
    other = KeyManager(scene.elsewhere, b"another", scene.wall)
    _, living = other.create(PLAIN)
    _, dead = other.create(PLAIN)
    scene.manager.revoke(dead.id)
    scene.manager.create(PLAIN)
    assert scene.manager.strangers() == (living,)


def contract() -> Contract:
    """A contract that names scopes and claims in every place where one can stand."""
    field = FieldSpec("margin", "decimal", ("M",), scope="orders:margin")
    plain = FieldSpec("number", "string", ("N",))
    access = AccessSpec("orders:read", {"customer": "customer"}, "orders:all")
    orders = ResourceSpec("orders", "erp", ("number",), {"margin": field, "number": plain}, access=access)
    change = ChangeSpec("add", "because", fields={"cost": FieldSpec("cost", "decimal", ("C",), scope="orders:cost")})
    versions = {
        "v1": VersionSpec("v1", resources={"orders": orders}),
        "v2": VersionSpec("v2", extends="v1", lenses={"orders": LensSpec("orders", (change,))}),
    }
    return Contract("Plant", "plant", {}, versions, limits={"slow": LimitSpec("slow")})


@pytest.mark.parametrize("scope", ["orders:read", "orders:all", "orders:margin", "orders:cost", ADMIN])
def test_what_the_contract_names_needs_no_remark(scope: str) -> None:
    """Scopes to read, to be exempt, of fields, of fields that a later version adds, and of managers."""
    assert list(unnamed(Grant("Acme", (scope,), {"customer": ("C1",)}, rate="slow"), contract())) == []


@pytest.mark.parametrize(
    ("grant", "said"),
    [
        (Grant("Acme", ("orders:raed",)), "no scope 'orders:raed' — did you mean 'orders:read'?"),
        (Grant("Acme", (), {"custmer": ("C1",)}), "no claim 'custmer' — did you mean 'customer'?"),
        (Grant("Acme", rate="slwo"), "no class of limits 'slwo' — did you mean 'slow'?"),
    ],
)
def test_what_the_contract_never_names_is_remarked(grant: Grant, said: str) -> None:
    """With what it was most likely meant to be."""
    assert [said in remark for remark in unnamed(grant, contract())] == [True]
