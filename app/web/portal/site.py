"""The site: what all pages of the portal have in common.

In charge of the navigation, of the address that examples start with, and of which version is meant where nobody names one. It must
not know a single page.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from flask import request

from app.describe.clients import DOWNLOADS, Download
from app.gateway import Gateway
from app.plan.model import Version
from app.web.bridge import own_url
from app.web.portal.papers import Papers
from app.web.portal.readers import Readers, Sight

SECTIONS: Final = tuple(
    (name.capitalize(), name) for name in ("resources", "guides", "changes", "glossary", "problems")
)
"""What the navigation leads to: a word, and the endpoint of the portal behind it."""


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a page: the title of the API, the version that "Reference" leads to, whether callers need a key."""

    title: str
    reference: str
    closed: bool
    private: bool
    sections: tuple[tuple[str, str], ...] = SECTIONS
    downloads: tuple[Download, ...] = tuple(DOWNLOADS.values())


class Site:
    """The portal of one gateway."""

    def __init__(self, gateway: Gateway, readers: Readers) -> None:
        self.gateway = gateway
        self.readers = readers
        self.papers = Papers(private=readers.private)
        self.closed = any(version.closed for version in gateway.plan.versions.values())

    def base(self) -> str:
        """The address that links and examples start with, without a slash at its end."""
        return self.gateway.settings.base_url or own_url(request.environ)

    def sight(self) -> Sight:
        """What the reader of the request at hand sees."""
        return self.readers.sight()

    def depends(self, *more: Hashable) -> Hashable:
        """What every page about versions depends on: who reads, under which address, and the day, which ends versions."""
        return self.sight().key, self.base(), today(), *more

    def around(self) -> Around:
        """What stands around the page at hand."""
        newest = usable(self.sight())
        reference = newest.name if newest is not None else ""
        return Around(self.gateway.plan.title, reference, self.closed, self.readers.private)


def usable(sight: Sight) -> Version | None:
    """The newest version that serves: one in use, else a draft; None where there is none."""
    found = [each for each in sight.newest_first() if each.resources and not each.ended(today())]
    return next((each for each in found if each.status == "current"), found[0] if found else None)


def today() -> date:
    """The day, which decides whether a version has ended."""
    return datetime.now(UTC).date()
