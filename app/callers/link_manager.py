"""Giving out order links and taking them back: what the command line and the admin API share.

In charge of what a link may show: one item that the plan has, some of its fields, the scopes that these take, and whose row
it has to be. It must not know a terminal, HTTP, or how a link is served.

No source is asked: whether the item is there is seen when somebody follows the link, and may change until then.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final, Literal

from app.callers.link_text import Seal
from app.callers.links import KIND, Said
from app.exchange import Caller
from app.plan import keys
from app.plan.access import View
from app.plan.model import Plan, Resource, Version
from app.problems import ProblemError
from app.shapes import nearest
from app.state import LinkRecord, State

LONGEST_LIFE: Final = 366 * 86_400.0  # seconds: an address is passed on, kept and forgotten; none is good forever
LONGEST_NOTE: Final = 200  # characters
LONGEST_PATH: Final = 1_000  # characters
PAGE: Final = 100  # links that are listed at a time where nothing else is said

Standing = Literal["active", "expired", "revoked"]


class BadLink(ValueError):
    """A link cannot be given out so; `args[0]` says what is wrong, in one line, and `word` which part of the wish it is."""

    def __init__(self, word: str, fault: str) -> None:
        super().__init__(fault)
        self.word = word


class UnknownLink(LookupError):
    """There is no link of that id."""

    def __init__(self, identifier: str) -> None:
        super().__init__(f"there is no link {identifier!r}")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a link is to show: `fields` of the item at `path`, for `lifetime` seconds.

    Where the rows of the resource are scoped, the link has either the claims that its row must have, or is `exempt`: it shows the
    item whosever it is.
    """

    path: str
    fields: tuple[str, ...]
    lifetime: float
    claims: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    exempt: bool = False
    note: str = ""


class LinkManager:
    """The links of a state and a plan. Every method raises StateError. `clock` is the one on the wall."""

    def __init__(self, secret: bytes, state: State, clock: Callable[[], float] = time.time) -> None:
        self._seal = Seal(secret)
        self._state = state
        self._clock = clock

    def create(self, plan: Plan, wish: Wish) -> tuple[str, LinkRecord]:
        """A new link: its text, which is kept nowhere, and what is kept of it. Raises BadLink."""
        now = self._clock()
        said = settled(plan, wish, now)
        identifier, text = self._seal.close(said.written())
        record = LinkRecord(identifier, said.path, said.fields, said.note, now, float(said.expires_at))
        self._state.add_link(record)
        return text, record

    def find(self, identifier: str) -> LinkRecord:
        """The link of that id. Raises UnknownLink."""
        found = self._state.link(identifier)
        if found is None:
            raise UnknownLink(identifier)
        return found

    def page(self, path: str = "", after: str = "", limit: int = PAGE) -> list[LinkRecord]:
        """At most `limit` links, the newest first, dead ones too: to one item or to any, older than the link `after`.

        Raises UnknownLink.
        """
        return self._state.links(path, self.find(after) if after else None, limit)

    def everything(self, path: str = "") -> Iterator[LinkRecord]:
        """All links, the newest first, dead ones too."""
        page = self.page(path)
        while page:
            yield from page
            page = self.page(path, page[-1].id)

    def revoke(self, identifier: str) -> LinkRecord:
        """End a link, for good; one that is revoked already stays so. Raises UnknownLink."""
        self._state.revoke_link(KIND, self.find(identifier))
        return self.find(identifier)


def standing(record: LinkRecord, now: float) -> Standing:
    """Where a link is in its life."""
    if record.revoked_at is not None:
        return "revoked"
    return "active" if record.lives(now) else "expired"


# What may be shown.


def settled(plan: Plan, wish: Wish, now: float) -> Said:
    """What a link says that does what is wished, checked against the plan. Raises BadLink."""
    version, resource, key = _item(plan, wish.path, datetime.fromtimestamp(now, UTC).date())
    fields = _fields(resource, wish.fields)
    _check_claims(resource, wish)
    if not 0 < wish.lifetime <= LONGEST_LIFE:
        most = f"{LONGEST_LIFE / 86_400:.0f} days"
        raise BadLink("lifetime", f"a link lives for more than nothing, and for at most {most}")
    if not (wish.note.isprintable() and len(wish.note) <= LONGEST_NOTE):
        raise BadLink("note", f"a note is printable, and of at most {LONGEST_NOTE} characters")
    scopes = _scopes(resource, fields, exempt=wish.exempt)
    _check_view(version, resource, Caller(scopes=frozenset(scopes), claims=wish.claims))
    return Said(f"{resource.path}/{key}", fields, scopes, dict(wish.claims), int(now + wish.lifetime), wish.note)


def _item(plan: Plan, path: str, today: date) -> tuple[Version, Resource, str]:
    """What an item's path names, its key in the one form that it has."""
    if len(path) > LONGEST_PATH or not (path.isascii() and path.isprintable()):
        raise BadLink(
            "path", f"a path is of at most {LONGEST_PATH} characters, percent-encoded where they are not ASCII"
        )
    start, name, *rest = path.split("/", 3)
    if start or len(rest) < 2 or not rest[1] or "?" in path:
        raise BadLink("path", f"{path!r} is not the path of an item: /v1/orders/4711")
    version = plan.versions.get(name)
    if version is None:
        raise BadLink("path", _unknown("version", name, plan.versions))
    if version.ended(today):
        raise BadLink("path", f"{name} has been shut down")
    resource = version.resources.get(rest[0])
    if resource is None:
        raise BadLink("path", f"{name}: {_unknown('resource', rest[0], version.resources)}")
    try:
        return version, resource, keys.write(keys.read(resource, rest[1]))
    except UnicodeError:
        raise BadLink("path", "the key is not valid UTF-8") from None
    except ProblemError as error:
        wrong = [f"{each.parameter}: {each.detail}{each.hint and f' — {each.hint}'}" for each in error.errors]
        raise BadLink("path", "; ".join([error.detail, *wrong])) from None


def _fields(resource: Resource, names: tuple[str, ...]) -> tuple[str, ...]:
    """The fields, in the resource's own order."""
    if not names:
        raise BadLink("fields", "a link shows one field at least")
    for name in names:
        if name not in resource.fields:
            raise BadLink("fields", _unknown("field", name, resource.fields, resource.name))
    return tuple(name for name in resource.fields if name in names)


def _check_claims(resource: Resource, wish: Wish) -> None:
    """Whose row it may be is said once, and said where there is something to say. Raises BadLink."""
    access = resource.access
    wanted = {claim for _, claim in access.rows}
    for name in wish.claims:
        if name not in wanted:
            raise BadLink("claims", _unknown("claim", name, wanted, f"the rows of {resource.name}"))
    if wish.exempt and not access.exempt:
        raise BadLink("exempt", f"{resource.name} has no rows_exempt: nobody sees every row of it")
    if wish.exempt and wish.claims:
        raise BadLink("exempt", "a link has the claims of its row, or is exempt from them")
    missing = sorted(wanted.difference(wish.claims))
    if missing and not wish.exempt:
        way = ", or an exemption from it" if access.exempt else ""
        raise BadLink(
            "claims", f"{resource.name} shows each caller its own rows: the link needs {_listed(missing)}{way}"
        )


def _listed(claims: Iterable[str]) -> str:
    return " and ".join(f"the claim {name!r}" for name in claims)


def _scopes(resource: Resource, fields: Iterable[str], *, exempt: bool) -> tuple[str, ...]:
    """The scopes that it takes to see the fields, and no other."""
    taken = {resource.access.read, *(resource.fields[name].scope for name in fields)}
    return tuple(sorted((taken | ({resource.access.exempt} if exempt else set())) - {""}))


def _check_view(version: Version, resource: Resource, caller: Caller) -> None:
    """Ask the one function that decides what a caller sees: a claim may have a value that no row can have."""
    try:
        View(version, caller).resource(resource.name)
    except ProblemError:
        raise BadLink("claims", f"no row of {resource.name} can have these claims") from None


def _unknown(what: str, name: str, known: Iterable[str], of: str = "") -> str:
    said = f"{of} has no {what} {name!r}" if of else f"there is no {what} {name!r}"
    hint = nearest(name, known)
    return f"{said} — {hint}" if hint else said
