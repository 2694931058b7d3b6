"""Every page: used by everybody, on a phone and on a desk, in light and dark, within its own origin."""

from __future__ import annotations

import pytest

from app.web.portal import guides
from tests.browser.devtools import DESKTOP, PHONE, Page
from tests.browser.test_pages import local

PAGES = (
    "/", "/resources", "/resources/v1", "/resources/v2/orders", "/resources/v2/parts", "/changes", "/changes/v1", "/changes/v2",
    "/glossary", "/guides", *(f"/guides/{name}" for name in guides.GUIDES), "/problems", "/problems/cursor-mismatch",
    "/problems/source-quiet", "/search", "/search?q=order", "/search?q=nothing",
)  # fmt: skip


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_page_is_for_everybody(page: Page, origin: str, size: tuple[int, int], *, dark: bool) -> None:
    """axe-core finds nothing, nothing has to be scrolled sideways, nobody else is asked, nothing is complained about."""
    page.appear(*size, dark=dark)
    for path in PAGES:
        page.open(f"{origin}{path}")
        assert (path, page.violations()) == (path, [])
        assert (path, page.overflow()) == (path, 0)
    assert local(page, origin)
    assert page.complaints() == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_the_reference_is_for_everybody(
    page: Page, origin: str, version: str, size: tuple[int, int], *, dark: bool
) -> None:
    """The same of the vendored reference, at its start and where an operation is shown."""
    page.appear(*size, dark=dark)
    for place in ("", "#tag/orders"):
        page.open("about:blank")  # a fragment alone would load nothing
        page.open(f"{origin}/{version}/docs{place}")
        page.until("document.querySelectorAll('ul.endpoints').length > 0")
        page.until(f"document.body.classList.contains('{'dark' if dark else 'light'}-mode')")
        assert (place, page.violations()) == (place, [])
        assert (place, page.overflow()) == (place, 0)
