"""The pages that show how: the guides, and the search over everything.

In charge of their addresses, and of filling the programs of a guide with what this API has. It must not know what a guide teaches.
"""

from __future__ import annotations

import json
import shlex
from threading import Lock
from typing import Any, Final

from cachetools import LRUCache, cached
from flask import Blueprint, Response, abort, render_template, request, url_for

from app.describe.glossary import glossary
from app.formats import json_text
from app.web.portal import guides, history, search
from app.web.portal.site import Site, usable

LONGEST: Final = 200  # characters of a query that are searched for
INDEXES: Final = 8  # that are kept: one for readers of the same rights


def register(pages: Blueprint, site: Site) -> None:
    """Register every page."""
    _guides(pages, site)
    _search(pages, site)


def _guides(pages: Blueprint, site: Site) -> None:
    @pages.get("/guides", endpoint="guides")
    def overview() -> Response:
        """All guides."""
        return site.papers.page(site.depends(), "guides.html", lambda: {"guides": guides.GUIDES.values()})

    @pages.get("/guides/<name>")
    def guide(name: str) -> Response:
        """One guide, with programs to copy."""
        if name not in guides.GUIDES:
            abort(404)
        return site.papers.page(site.depends(name), "guide.html", lambda: _shown(site, guides.GUIDES[name]))


def _shown(site: Site, guide: guides.Guide) -> dict[str, Any]:
    """A guide, with its programs in each language; none where the version that is meant has nothing to ask for."""
    version = usable(site.sight())
    subject = guides.subject(version) if version is not None else None
    names = list(guides.GUIDES)
    following = names[names.index(guide.name) + 1 :]
    shown = {
        "guide": guide,
        "guides": guides.GUIDES.values(),
        "following": guides.GUIDES[following[0]] if following else None,
        "subject": subject,
        "closed": site.closed,
        "base": site.base(),
        "languages": guides.LANGUAGES,
        "programs": {},
    }
    if subject is not None:
        shown["programs"] = {language: _program(guide, language, subject, site) for language in guides.LANGUAGES}
    return shown


def _program(guide: guides.Guide, language: str, subject: guides.Subject, site: Site) -> str:
    """A program, filled in. `text` and `quoted` write a value as languages do; `up_to` is a limit that a resource takes."""
    return render_template(
        f"guides/{guide.name}.{language}",
        subject=subject,
        closed=site.closed,
        base=site.base(),
        url=f"{site.base()}{subject.resource.path}",
        up_to=lambda number, resource=subject.resource: min(number, resource.page.max),
        text=lambda value: json.dumps(value, ensure_ascii=False),
        quoted=shlex.quote,
    ).strip()


def _search(pages: Blueprint, site: Site) -> None:
    @cached(LRUCache(INDEXES), key=lambda: (request.script_root, site.sight().key), lock=Lock())
    def index() -> list[search.Entry]:
        """Everything that the reader may find. Making it takes half a second for two thousand resources, so that no `Host` does."""
        versions = site.sight().newest_first()
        hidden = history.hidden(site.sight().versions, site.gateway.plan.versions)
        return search.index(versions, glossary(versions), hidden, url_for)

    @pages.get("/search.json", endpoint="index")
    def as_json() -> Response:
        """The index, for the script of every page."""
        return site.papers.give(
            ("search", site.sight().key),
            lambda: json_text.encode({"entries": search.plain(index())}),
            "application/json",
        )

    @pages.get("/search", endpoint="search")
    def results() -> Response:
        """What a query finds, for whoever has no script running."""
        query = request.args.get("q", "").strip()[:LONGEST]
        return site.papers.page(
            site.depends(query.lower()), "search.html", lambda: {"query": query, "hits": search.found(index(), query)}
        )
