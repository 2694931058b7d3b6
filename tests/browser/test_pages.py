"""The pages in a real browser: they show what they should, and ask nobody else for anything."""

from __future__ import annotations

from tests.browser.devtools import Page


def local(page: Page, origin: str) -> bool:
    """Whether every request went to the origin, or nowhere (data: and blob: addresses are no requests)."""
    asked = page.requests()
    assert asked
    return all(address.startswith((f"{origin}/", "data:", "blob:", "about:")) for address in asked)


def test_docs_page_shows_every_resource(page: Page, origin: str) -> None:
    """The docs page renders the document's operations, within its own origin and its Content-Security-Policy."""
    page.open(f"{origin}/v2/docs")
    for shown in ("List orders", "Test plant", "order-lines", "parts", "one word for it across the API"):
        page.until(f"document.body.innerText.includes({shown!r})")
    assert local(page, origin)
    assert page.complaints() == []


def test_docs_page_tries_a_request(page: Page, origin: str) -> None:
    """“Test Request” on an operation sends it to the gateway itself, and shows its answer."""
    page.open(f"{origin}/v2/docs")
    page.until("document.body.innerText.includes('List orders')")
    page.evaluate("[...document.querySelectorAll('a')].find(a => a.textContent.includes('List orders')).click()")
    button = "[...document.querySelectorAll('button')].find(b => b.textContent.includes('Test Request'))"
    page.until(f"!!{button}")
    page.evaluate(f"{button}.click()")
    send = "[...document.querySelectorAll('button')].find(b => /^Send/.test(b.textContent.trim()) && b.offsetParent)"
    page.until(f"!!{send}")
    page.evaluate(f"{send}.click()")
    page.until("document.body.innerText.includes('4712')")
    answered = [each["response"] for each in page.told("Network.responseReceived")]
    tried = [(each["url"], each["status"]) for each in answered if "/v2/orders" in each["url"]]
    assert tried == [(f"{origin}/v2/orders", 200)], "optional parameters are sent when they are switched on, not before"
    assert local(page, origin)
    assert page.complaints() == []


def test_start_page_copies_a_command(page: Page, origin: str) -> None:
    """The start page lists the versions, and its script runs under its Content-Security-Policy."""
    page.open(f"{origin}/")
    versions = "[...document.querySelectorAll('.version h2')].map(each => each.textContent)"
    assert page.evaluate(versions) == ["v2", "v1"]
    assert page.evaluate("document.querySelectorAll('.command button').length") == 2
    page.evaluate("document.querySelector('.command button').click()")
    page.until("['Copied', 'Selected'].includes(document.querySelector('.command button').textContent)")
    assert local(page, origin)
    assert page.complaints() == []


def test_start_page_fits_a_phone(page: Page, origin: str) -> None:
    """At the width of a phone nothing has to be scrolled sideways."""
    page.send("Emulation.setDeviceMetricsOverride", width=360, height=740, deviceScaleFactor=2, mobile=True)
    for path in ("/", "/problems", "/problems/cursor-mismatch"):
        page.open(f"{origin}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
