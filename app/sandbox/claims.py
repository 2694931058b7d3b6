"""Claims: whose rows a caller of the sandbox sees.

In charge of one rule. A claim says whose rows somebody may see, in words of the real world (customer=C4711), and no invented row need
have them. Such a value stands for one that invented rows have, always the same one: so each customer sees some customer's
rows, everywhere the same customer's, and never another's. A value that rows have is what it says. It must not know credentials.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from app.conversions.base import Issue
from app.exchange import Caller
from app.plan.access import View, Views
from app.plan.model import Field, Resource, Version
from app.sandbox.draws import Draws
from app.sandbox.standing import fulfils
from app.sandbox.survey import Condition, columns_of, place_of
from app.sandbox.world import World

_OWNERS: Final = 8  # of an invented thing: those who have the most


class StandingIn(Views):
    """The views of callers whose claims stand for those of invented rows. Safe for threads."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world
        self._held: dict[str, Sequence[str]] = {}

    def view(self, version: Version, caller: Caller) -> View:
        """The view of a caller, with the claims that stand for the caller's own."""
        named = [name for name in version.named[1] if caller.claims.get(name)]
        if caller.unrestricted or not named:
            return super().view(version, caller)
        own = {name: tuple(self._stands_for(name, text) for text in caller.claims[name]) for name in named}
        return super().view(version, replace(caller, claims={**caller.claims, **own}))

    def _stands_for(self, claim: str, text: str) -> str:
        """The value that a claim's value stands for: itself, where rows have it, or where none has any."""
        held = self._held.get(claim)
        if held is None:
            held = self._held[claim] = self._values(claim)
        if not text.strip() or not held or text in held:
            return text
        return Draws(self._world.recipe.seed, "claim", claim, text).pick(held[:_OWNERS])

    def _values(self, claim: str) -> Sequence[str]:
        """The values that the rows have which a claim tells apart: those that the most resources have, and the most rows, first."""
        found: Counter[str] = Counter()
        rows: Counter[str] = Counter()
        for version in self._world.plan.versions.values():
            for resource in version.resources.values():
                for field, name in resource.access.rows:
                    if name == claim:
                        rows.update(texts := list(self._texts(resource, field)))
                        found.update(set(texts))
        return sorted(found, key=lambda text: (-found[text], -rows[text], text))

    def _texts(self, resource: Resource, field: Field) -> Iterator[str]:
        """The values of a field in all rows that are shown, as a claim says them."""
        made = self._world.table(place_of(resource))
        assert made is not None  # the plan reads it
        places = [made.columns.positions[name] for name in columns_of(field)]
        condition = Condition.of(resource)
        for row in made.rows:
            if not fulfils(condition, dict(zip(made.columns.positions, row, strict=True))):
                continue
            value = field.conversion.decode(*(row[place] for place in places))
            if value is not None and not isinstance(value, Issue):
                yield str(value).lower() if isinstance(value, bool) else str(value)  # as a request writes it
