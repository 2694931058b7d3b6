"""What a newcomer opens and pastes: the demo's pages, and requests that show something.

In charge of real keys and filters of the demo's data; a test holds them to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

ORDER = "0022455"  # released, six lines, four jobs that run
SPOILT_ORDER = "0004649"  # came in on 29 February 2023, says the table


@dataclass(frozen=True, slots=True)
class Link:
    """A page to open, or a request to paste: then `curl` is the command line."""

    title: str
    url: str
    curl: str = ""


PAGES = (
    ("Start page", "/"),
    ("Documentation of v2, the current version", "/v2/docs"),
    ("Documentation of v1, deprecated", "/v1/docs"),
)
APPS = (  # served where BASCULE_APPS is their folder
    ("Job board, an example app", "/apps/job-board/"),
    ("The same on a wall screen", "/apps/job-board/?kiosk"),
)
REQUESTS = (
    (
        "Released orders of this year, newest first, with their lines and jobs",
        "/v1/orders?status=released&ordered_on[gte]=2026-01-01&sort=-ordered_on&expand=lines,jobs&limit=20",
    ),
    (
        "One order across both systems, as version 2 shows it",
        f"/v2/orders/{ORDER}?expand=lines.item,jobs.operations,sold_to",
    ),
    (
        "An order with an impossible date: it is served, and says what is wrong with it",
        f"/v2/orders/{SPOILT_ORDER}",
    ),
)


def apps_folder() -> Path:
    """Where the example apps lie."""
    return Path(__file__).resolve().parent / "apps"


def links(base_url: str, *, apps: bool = False) -> tuple[Link, ...]:
    """The pages, then three requests; `base_url` has no slash at its end. `apps`: the example apps are served."""
    pages = (Link(title, base_url + path) for title, path in (*PAGES, *(APPS if apps else ())))
    return (*pages, *(_request(title, base_url + path) for title, path in REQUESTS))


def _request(title: str, url: str) -> Link:
    """A request with its command line: `-g` keeps curl from reading brackets as a range."""
    return Link(title, quote(url, safe=":/?=&,-.~"), f"curl -sg '{url}'")
