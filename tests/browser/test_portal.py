"""The portal in a real browser: its main way with the pointer, and once with the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.devtools import DESKTOP, Page
from tests.browser.test_pages import local
from tests.http.callers import CLOSED, Shop, opened
from tests.http.test_documents_closed import PRIVATE
from tests.http.test_guides import served

CLICK = "(e => {{ e.scrollIntoView(); e.click(); }})(document.querySelector({selector!r}))"


def click(page: Page, selector: str) -> None:
    """Click the first element of a selector."""
    page.until(f"!!document.querySelector({selector!r})")
    page.evaluate(CLICK.format(selector=selector))


def arrive(page: Page, title: str) -> None:
    """Wait for the page of that title, with its scripts."""
    page.until(f"document.querySelector('h1')?.textContent === {title!r} && document.readyState === 'complete'")


def write(page: Page, selector: str, text: str) -> None:
    """Write a text into a field, in place of what stands there."""
    page.until(f"!!document.querySelector({selector!r})")
    page.evaluate(f"(e => {{ e.focus(); e.select?.(); }})(document.querySelector({selector!r}))")
    page.type(text)


@pytest.fixture
def shop(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Shop, str]]:
    """A closed shop that is served, with its address; the parameter is what its contract says of callers."""
    with opened(tmp_path / "shop", request.param) as found, served(found.gateway) as port:
        yield found, f"http://127.0.0.1:{port}"


def test_the_way_from_the_start_to_an_answer(page: Page, origin: str) -> None:
    """Start page, resource, and a request that is changed and sent: its status, its headers, its body."""
    page.appear(*DESKTOP)
    page.open(f"{origin}/")
    click(page, "#v2 .resources a")
    arrive(page, "orders")
    write(page, "#try-query", "limit=2&fields=number")
    click(page, ".ask button")
    page.until("document.querySelector('.answered .status')?.textContent.startsWith('200')")
    answered = page.evaluate("document.querySelector('.answered').innerText")
    assert all(said in answered for said in ("ETag", "Data-As-Of", "Server-Timing", "4711", "4712"))
    assert local(page, origin)
    assert page.complaints() == []


def test_the_same_way_by_keyboard_alone(page: Page, origin: str) -> None:
    """`/`, a word, an arrow, Enter: then Tab to the request, a change, Enter, and the answer is there."""
    page.appear(*DESKTOP)
    page.open(f"{origin}/")
    page.press("/")
    assert page.focused() == "Search"
    page.type("order")
    page.until("document.querySelectorAll('#hits [role=option]').length > 2")
    chosen = "document.getElementById(document.activeElement.getAttribute('aria-activedescendant'))?.innerText ?? ''"
    while "order-lines" not in page.evaluate(chosen):
        page.press("ArrowDown")
    assert page.violations() == []
    page.press("Enter")
    arrive(page, "order-lines")
    page.tab_to("GET /v2/order-lines?")
    page.press("End")
    page.type("&fields=part")
    page.press("Enter")
    page.until("document.querySelector('.answered .status')?.textContent.startsWith('200')")
    assert "A/7" in page.evaluate("document.querySelector('.answered').innerText")
    assert page.complaints() == []


def test_the_skip_link_comes_first(page: Page, origin: str) -> None:
    """The first Tab leads past the navigation."""
    page.open(f"{origin}/resources")
    page.press("Tab")
    assert page.focused() == "Skip to content"
    page.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_languages_are_tabs(page: Page, origin: str) -> None:
    """Arrows go from language to language; the one that was chosen stays chosen in the next guide."""
    page.open(f"{origin}/guides/retry")
    shown = "[...document.querySelectorAll('[role=tabpanel]')].filter(e => !e.hidden).map(e => e.id)"
    assert page.evaluate(shown) == ["curl"]
    page.tab_to("curl")
    page.press("ArrowRight")
    assert page.focused() == "Python"
    assert page.evaluate(shown) == ["python"]
    page.open(f"{origin}/guides/page-through")
    assert page.evaluate(shown) == ["python"]


def test_a_program_is_copied(page: Page, origin: str) -> None:
    """The button beside a program copies it, or selects it where the clipboard is refused."""
    page.open(f"{origin}/guides/retry")
    click(page, ".program .copy")
    page.until("['Copied', 'Selected'].includes(document.querySelector('.program .copy').textContent)")


def test_search_works_without_a_script(page: Page, origin: str) -> None:
    """Without JavaScript the search field leads to a page of results, and a guide shows every language."""
    page.send("Emulation.setScriptExecutionDisabled", value=True)
    page.open(f"{origin}/search?q=cursor")
    assert "invalid-cursor" in page.evaluate("document.querySelector('.hits').innerText")
    page.open(f"{origin}/guides/retry")
    assert page.evaluate("document.querySelectorAll('.program h2').length") == 3


def test_both_searches_find_the_same(page: Page, origin: str) -> None:
    """The script and the page of results have one rule: the same entries in the same order."""
    page.open(f"{origin}/")
    for query in ("order", "Order number", "cursor", "re", "v2 customer", "nothing at all"):
        titles = "[...document.querySelectorAll('.hits strong')].map(each => each.textContent)"
        page.open(f"{origin}/search?q={query.replace(' ', '+')}")
        script = (
            "Promise.all([import('/static/search.js'), fetch('/search.json').then(r => r.json())]).then(([search, {entries}]) =>"
            f" search.found(entries.map(search.searchable), {query!r}).slice(0, 50).map(each => each.title))"
        )
        assert page.evaluate(script) == page.evaluate(titles), query


@pytest.mark.parametrize("shop", [CLOSED], indirect=True)
def test_a_key_is_used_for_a_request(page: Page, shop: tuple[Shop, str]) -> None:
    """A key that is entered once is sent with requests of this tab, in a header alone, and is forgotten by a button."""
    found, origin = shop
    key = found.key("items:read", "items:all")
    page.open(f"{origin}/resources/v1/items")
    click(page, ".ask button")
    page.until("document.querySelector('.answered .status')?.textContent.startsWith('401')")
    click(page, "#use-key")
    page.until("document.querySelector('dialog').open")
    assert page.violations() == []
    page.type(key)
    page.press("Enter")
    page.until("document.getElementById('use-key').textContent === 'Your key is in use'")
    click(page, ".ask button")
    page.until("document.querySelector('.answered .status')?.textContent.startsWith('200')")
    assert "Spring" in page.evaluate("document.querySelector('.answered').innerText")
    assert not any(key in address for address in page.requests())
    assert page.evaluate("document.cookie + JSON.stringify(localStorage)") == "{}"
    click(page, "#use-key")
    page.evaluate("[...document.querySelectorAll('dialog button')].find(e => e.textContent === 'Forget it').click()")
    assert page.evaluate("sessionStorage.length") == 0


@pytest.mark.parametrize("shop", [CLOSED], indirect=True)
def test_where_a_field_lies_is_shown_to_whom_it_is_for(page: Page, shop: tuple[Shop, str]) -> None:
    """The glossary shows table and column beside a word, once a key that may know them is there; not to another."""
    found, origin = shop
    page.open(f"{origin}/glossary")
    for key, shown in ((found.key("items:read"), "takes the scope"), (found.key("bascule:lineage"), "written down")):
        page.evaluate(f"sessionStorage.setItem('bascule.key', {key!r}); dispatchEvent(new Event('bascule-key'))")
        page.evaluate("document.querySelector('#lineage button').click()")
        page.until(f"document.querySelector('#lineage [role=status]').textContent.includes({shown!r})")
        assert page.evaluate("document.querySelectorAll('.lies').length > 0") is (shown == "written down")
    assert "ITEM: ITNAM" in page.evaluate("document.getElementById('name').innerText")
    assert page.violations() == []


@pytest.mark.parametrize("shop", [PRIVATE], indirect=True)
def test_a_key_opens_private_pages(page: Page, shop: tuple[Shop, str]) -> None:
    """Where documents are for callers, a browser is asked for a key, then shows the page that was wanted, and signs out."""
    found, origin = shop
    page.send("Page.navigate", url=f"{origin}/glossary")
    arrive(page, "Sign in")
    assert page.violations() == []
    write(page, "#key", found.key("items:read", "items:all"))
    page.press("Enter")
    arrive(page, "Glossary")
    assert page.complaints() == []
    click(page, ".tools form button")
    page.until("document.querySelector('h1')?.textContent === 'Sign in'")
