"""The pages about the API: start, resources, changes, glossary, problems; and the catalog of APIs.

In charge of their addresses, and of what each depends on. What they say is made by the modules beside this one.
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, request

from app.describe.examples import problem as example
from app.describe.glossary import glossary
from app.plan.model import Resource, Version
from app.problems import PROBLEMS
from app.web import overview
from app.web.documents import render
from app.web.exchanges import exchanged
from app.web.portal import history, lineage, mending, resource, samples
from app.web.portal.readers import HTML_OR_PROBLEM
from app.web.portal.site import Site, today, usable

LINKSET = 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'


def register(pages: Blueprint, site: Site) -> None:
    """Register every page."""
    _start(pages, site)
    _resources(pages, site)
    _changes(pages, site)
    _glossary(pages, site)
    _problems(pages, site)


def _start(pages: Blueprint, site: Site) -> None:
    def shown() -> overview.Object:
        return overview.of(site.gateway.plan, site.sight().versions, site.base(), today())

    @pages.get("/")
    def start() -> Response:
        """The start page: HTML for browsers, JSON for programs."""
        if request.accept_mimetypes.best_match(HTML_OR_PROBLEM[1:]) == "text/html":
            response = site.papers.page(site.depends(), "start.html", shown)
        else:
            response = site.papers.give(
                ("index", site.depends()), lambda: render(overview.index(shown())), "application/json"
            )
        response.vary.add("Accept")
        response.headers["Link"] = f'<{site.base()}/.well-known/api-catalog>; rel="api-catalog"'
        return response

    @pages.get("/.well-known/api-catalog")
    def api_catalog() -> Response:
        """The versions as a linkset (RFC 9727, RFC 9264)."""
        found = render(overview.linkset(site.sight().versions, site.base()))
        response = Response(found, headers={"Content-Type": LINKSET, "Cache-Control": "no-cache"})
        response.headers["Link"] = f'<{site.base()}/.well-known/api-catalog>; rel="api-catalog"'
        return response


def _resources(pages: Blueprint, site: Site) -> None:
    fetched = samples.Samples(site.gateway)

    def listed(version: Version) -> Response:
        return site.papers.page(
            site.depends(version.name),
            "resources.html",
            lambda: {"version": version, "versions": site.sight().newest_first(), "ended": version.ended(today())},
        )

    @pages.get("/resources")
    def resources() -> Response:
        """The resources of the newest version in use."""
        version = usable(site.sight())
        if version is None:
            return site.papers.page(site.depends(), "resources.html", lambda: {"version": None, "versions": []})
        return listed(version)

    @pages.get("/resources/<version>")
    def resources_of(version: str) -> Response:
        """The resources of a version."""
        return listed(_version(site, version))

    @pages.get("/resources/<version>/<name>", endpoint="resource")
    def one(version: str, name: str) -> Response:
        """One resource, with an example that was really fetched."""
        found, day = _version(site, version), today()
        each = _resource(found, name)
        sample = fetched.of(found, each, day)
        return site.papers.page(
            site.depends(each.path, sample),
            "resource.html",
            lambda: {**resource.shown(each, found, site.sight().versions), "sample": sample, "ended": found.ended(day)},
        )


def _changes(pages: Blueprint, site: Site) -> None:
    def told(*versions: Version) -> list[tuple[Version, list[history.Changed]]]:
        hidden = history.hidden(site.sight().versions, site.gateway.plan.versions)
        return [(version, history.changed(version, hidden)) for version in versions]

    @pages.get("/changes")
    def changes() -> Response:
        """What every version changed, the newest first."""
        return site.papers.page(
            site.depends(), "changes.html", lambda: {"told": told(*site.sight().newest_first()), "day": today()}
        )

    @pages.get("/changes/<version>")
    def change(version: str) -> Response:
        """What one version changed."""
        found = _version(site, version)
        before = history.predecessor(found, site.sight().newest_first())
        return site.papers.page(
            site.depends(found.name),
            "change.html",
            lambda: {"version": found, "changed": told(found)[0][1], "before": before, "day": today()},
        )


def _glossary(pages: Blueprint, site: Site) -> None:
    @pages.get("/glossary", endpoint="glossary")
    def words() -> Response:
        """One word for one thing."""
        return site.papers.page(
            site.depends(), "glossary.html", lambda: {"terms": glossary(site.sight().newest_first())}
        )

    @pages.get("/glossary/lineage.json", endpoint="lineage")
    def lies() -> Response:
        """Where each field really lies, for those who may know."""
        return exchanged(site.gateway, lambda exchange: lineage.answer(site.gateway, exchange))


def _problems(pages: Blueprint, site: Site) -> None:
    @pages.get("/problems")
    def problems() -> Response:
        """Every problem, by who can mend it."""
        return site.papers.page(
            site.depends(), "problems.html", lambda: {"groups": mending.grouped(), "menders": mending.MENDERS}
        )

    @pages.get("/problems/<code>")
    def problem(code: str) -> Response:
        """What the `type` of a problem links to."""
        if code not in PROBLEMS:
            abort(404)
        found = PROBLEMS[code]
        return site.papers.page(
            site.depends(code),
            "problem.html",
            lambda: {
                "problem": found,
                "example": render(example(code)).rstrip(),
                "mender": mending.MENDERS[mending.mender(found)],
                "siblings": mending.grouped()[mending.mender(found)],
            },
        )


def _version(site: Site, name: str) -> Version:
    """The version of that name, as the reader sees it; 404 where there is none."""
    found = site.sight().versions.get(name)
    return found if found is not None else abort(404)


def _resource(version: Version, name: str) -> Resource:
    """The resource of that name; 404 where the reader sees none."""
    found = version.resources.get(name)
    return found if found is not None else abort(404)
