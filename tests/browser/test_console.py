"""The console in a real browser: the main way through each page, before the real admin API, and what it says when that is gone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from app.state import StateError
from app.web.console.pages import PAGES
from tests.browser.console_stage import Stage, staged
from tests.browser.devtools import DESKTOP, PHONE, Page
from tests.browser.test_pages import local

FORMS = [(size, dark) for size in (PHONE, DESKTOP) for dark in (False, True)]
FORM_NAMES = ["phone-light", "phone-dark", "desktop-light", "desktop-dark"]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A gateway with a day behind it."""
    with staged(tmp_path_factory.mktemp("console") / "plant") as made:
        yield made


@pytest.fixture
def console(page: Page, stage: Stage) -> Page:
    """A browser that has logged in, at the overview."""
    page.appear(*DESKTOP)
    stage.log_in(page)
    return page


def go(page: Page, stage: Stage, path: str) -> str:
    """Open a page of the console and wait for what it shows; its text."""
    page.open(f"{stage.origin}/console/{path}")
    page.until("!/^(Loading|Nothing can)/.test(document.getElementById('content').innerText.trim())")
    return text(page)


def text(page: Page) -> str:
    """What a page shows."""
    found: str = page.evaluate("document.getElementById('main').innerText")
    return found


def click(page: Page, name: str) -> None:
    """Press the button of that name, in the dialog where one is open."""
    place = "(document.querySelector('dialog[open]') ?? document)"
    buttons = f"[...{place}.querySelectorAll('button')]"
    said = f"(b => (b.getAttribute('aria-label') ?? b.innerText).trim() === {json.dumps(name)})"
    page.until(f"!!{buttons}.find{said}")
    page.evaluate(f"{buttons}.find{said}.click()")


@pytest.mark.parametrize(("size", "dark"), FORMS, ids=FORM_NAMES)
def test_every_page_is_for_everybody(page: Page, stage: Stage, size: tuple[int, int], *, dark: bool) -> None:
    """axe-core finds nothing, nothing has to be scrolled sideways, nobody else is asked, nothing is complained about."""
    page.appear(*size, dark=dark)
    page.open(f"{stage.origin}/console/log-in")
    assert (page.violations(), page.overflow()) == ([], 0)
    stage.log_in(page)
    for each in PAGES:
        go(page, stage, each.path)
        assert (each.script, page.violations(), page.overflow()) == (each.script, [], 0)
    assert local(page, stage.origin)
    assert page.complaints() == []


def test_who_is_not_logged_in_is_led_to_the_entrance(page: Page, stage: Stage) -> None:
    """And from there to the page that was wanted."""
    page.send("Page.navigate", url=f"{stage.origin}/console/traffic?span=day")
    page.until("location.pathname === '/console/log-in' && document.readyState === 'complete'")
    page.evaluate("document.getElementById('key').focus()")
    page.type(stage.key)
    page.press("Enter")
    page.until("location.pathname + location.search === '/console/traffic?span=day'")


def test_a_wrong_key_is_told(page: Page, stage: Stage) -> None:
    """In words, where a screen reader hears it; the field has the focus again."""
    page.open(f"{stage.origin}/console/log-in")
    page.evaluate("document.getElementById('key').focus()")
    page.type("bascule_nonsense")
    page.press("Enter")
    page.until("document.querySelector('[role=alert]').innerText.includes('not known here')")
    assert page.evaluate("document.activeElement.id") == "key"


def test_the_overview_says_how_it_stands(console: Page, stage: Stage) -> None:
    """Sources with their state, the hour in figures, drift, versions; it is refreshed by itself and keeps the focus."""
    shown = go(console, stage, "")
    for said in ("All sources are well", "erp", "mes", "1 breaking", "Requests", "Statements", "deprecated", "of 8"):
        assert said in shown
    before = console.evaluate("document.getElementById('fresh-text').textContent")
    console.evaluate("document.querySelector('#content a').focus()")
    console.until(f"document.getElementById('fresh-text').textContent !== {json.dumps(before)}")
    assert console.evaluate("document.activeElement.matches('#content a')")


def test_traffic_is_read_at_a_point_in_time(console: Page, stage: Stage) -> None:
    """All charts tell the same minute, by slider or by pointer; the numbers stand in a table; the day has its own axis."""
    go(console, stage, "traffic")
    console.evaluate("document.getElementById('point').focus()")
    for _ in range(3):
        console.press("ArrowLeft")
    told = console.until(
        "(point => point.value === '55' && point.getAttribute('aria-valuetext') ==="
        " document.querySelector('.slider output').textContent && point.getAttribute('aria-valuetext'))"
        "(document.getElementById('point'))"
    )
    assert re.fullmatch(r"(\d{4}-\d\d-\d\d )?\d\d:\d\d, 1 min", told)
    console.evaluate("document.querySelector('.numbers summary').click()")
    console.until("document.querySelectorAll('.numbers tbody tr').length === 60")
    row, shown = console.evaluate(  # at once: a minute may end between two questions
        "[document.querySelectorAll('.numbers tbody tr')[59 - 55].cells[1].innerText, document.querySelector('.chart .readout b').textContent]"
    )
    assert row == shown
    click(console, "Last day")
    console.until("document.getElementById('point').max === '95'")
    console.until("document.querySelector('.slider output').textContent.includes('15 min')")


def test_costs_are_told_as_sentences(console: Page, stage: Stage) -> None:
    """Who cost which source most, and every caller and resource with its share."""
    shown = go(console, stage, "costs")
    sentence = r"\(key \w{8}\) cost the SQLite file erp [\d,]+ statements, [\d,]+ rows, [\d.]+ (m?s|min).* in the last 24 hours"
    assert re.search(sentence, shown)
    assert "/v1/orders/{number}" in shown
    click(console, "Last hour")
    console.until("document.getElementById('main').innerText.includes('in the last hour')")


def test_data_issues_are_narrowed(console: Page, stage: Stage) -> None:
    """By field, with keys of rows to mend."""
    console.open(f"{stage.origin}/console/issues")
    console.until("document.getElementById('main').innerText.includes('ordered_on')")
    console.evaluate("document.querySelector('input[type=search]').focus()")
    console.type("no such field")
    console.until("document.getElementById('main').innerText.includes('None of that name')")


def test_drift_says_what_to_do(console: Page, stage: Stage) -> None:
    """What breaks first, with who stands on it; what hurts nobody is folded away."""
    shown = go(console, stage, "drift")
    assert shown.index("erp.ORDHDR.CUSPO") < shown.index("erp.ITMMST.STDCST")
    for said in ("v1/orders: customer_po", "1 finding that hurts nobody", "as the contract says"):
        assert said in shown
    assert "ORDCHN" not in shown


def test_a_caller_leads_to_its_key(console: Page, stage: Stage) -> None:
    """With its class of limits in numbers."""
    shown = go(console, stage, "callers")
    assert "6,000 requests in 1 min · 500 at once · 200,000 rows in 1 h" in shown
    console.evaluate("document.querySelector('td a').click()")
    console.until("location.pathname === '/console/keys'")
    console.until("document.querySelectorAll('tbody tr').length === 1")


def test_a_key_is_given_out_and_shown_once(console: Page, stage: Stage) -> None:
    """Its text opens what was wished; once the dialog is closed it stands nowhere; mistakes are told where they were made."""
    go(console, stage, "keys")
    click(console, "New key …")
    fields = "document.querySelector('dialog form').elements"
    console.evaluate(f"{fields}.owner.value = 'Night shift', {fields}.networks.value = 'nowhere'")
    click(console, "Make it")
    console.until("document.querySelector('dialog [role=alert]').innerText.includes('nowhere')")
    console.evaluate(
        f"{fields}.networks.value = '', {fields}.scopes.value = 'plant:read', {fields}.claims.value = 'line=7 line=8'"
    )
    click(console, "Make it")
    console.until("!!document.querySelector('.secret code')")
    made = console.evaluate("document.querySelector('.secret code').innerText")
    assert re.fullmatch(r"bascule_\w{8}_\w{36}", made)
    assert "no claim" in console.evaluate("document.querySelector('dialog').innerText")
    click(console, "Done")
    console.until("document.getElementById('main').innerText.includes('line 7 or 8')")
    console.until("!document.querySelector('dialog')")  # a browser tells of its end a moment later
    assert made not in console.evaluate("document.documentElement.outerHTML")


def test_the_cache_is_purged(console: Page, stage: Stage) -> None:
    """One item by its key, after a question; it stands among the recent purges, with who did it."""
    go(console, stage, "cache")
    form = "document.querySelector('form.line').elements"
    console.until(f"{form}.what.options.length > 20")
    console.evaluate(f"{form}.what.value = 'resources v1/orders', {form}.key.value = '4711'")
    click(console, "Purge …")
    click(console, "Cancel")
    assert "item:v1/orders/" not in text(console)
    click(console, "Purge …")
    click(console, "Purge it")
    console.until("document.getElementById('main').innerText.includes('item:v1/orders/0004711')")
    assert console.evaluate(f"{form}.what.value") == "resources v1/orders", "a refresh leaves what was chosen"
    assert "key:" in text(console)
    console.evaluate(f"{form}.key.value = 'no number'")
    click(console, "Purge …")
    click(console, "Purge it")
    console.until("!document.querySelector('dialog [role=alert]').hidden")


def test_the_map_is_followed(console: Page, stage: Stage) -> None:
    """From one table to its callers; the same stands in words."""
    shown = go(console, stage, "map")
    assert "ORDHDR" in shown
    assert "work_center_load.sql" in shown
    console.evaluate(
        "(s => { s.value = [...s.options].find(o => o.text === 'CUSMAS').value; s.dispatchEvent(new Event('change')) })"
        "(document.querySelector('select'))"
    )
    console.until("document.querySelector('.node.lit') !== null")
    lit = console.evaluate("[...document.querySelectorAll('.node.lit title')].map(t => t.textContent)")
    assert any(each.startswith("CUSMAS") for each in lit)
    assert any(each.startswith("Web portal") for each in lit)
    assert not any(each.startswith(("ORDHDR", "mes")) for each in lit)


def test_by_keyboard_alone(page: Page, stage: Stage) -> None:
    """Log in, revoke a key, purge a resource: with Tab, arrows, Enter and Escape, and the focus where one left it."""
    page.appear(*DESKTOP)
    page.open(f"{stage.origin}/console/log-in")
    page.tab_to("Admin key")
    page.type(stage.key)
    page.press("Enter")
    page.until("document.querySelector('.tiles') !== null")
    page.tab_to("Keys")
    page.press("Enter")
    button = f"Revoke Reporting {stage.victim}"
    page.until(f"!!document.querySelector('[aria-label=\"{button}\"]')")
    page.tab_to(button)
    page.press("Enter")
    page.until("!!document.querySelector('dialog[open]')")
    page.press("Escape")
    page.until("!document.querySelector('dialog')")
    assert page.focused() == button
    page.press("Enter")
    page.until("!!document.querySelector('dialog[open]')")
    page.tab_to("Revoke it")
    page.press("Enter")
    page.until(f"!document.querySelector('[aria-label=\"{button}\"]')")
    page.until("document.getElementById('told')?.innerText.includes('is revoked')")
    page.evaluate("document.activeElement.blur()")
    page.tab_to("Cache")
    page.press("Enter")
    page.until("document.querySelector('form.line')?.elements.what.options.length > 20")
    page.tab_to("Purge …")
    page.press("Enter")
    page.until("!!document.querySelector('dialog[open]')")
    page.tab_to("Purge it")
    page.press("Enter")
    page.until("document.getElementById('told')?.innerText.includes('Purged: resource:')")
    assert page.complaints() == []


def test_a_gateway_that_does_not_answer_is_told(console: Page, stage: Stage) -> None:
    """What is shown stays, and says how old it is; it is fresh again by itself."""
    go(console, stage, "")
    line = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    console.send("Network.emulateNetworkConditions", offline=True, **line)
    console.until("document.getElementById('notice').innerText.includes('may be wrong by now')")
    assert "The gateway does not answer." in text(console)
    assert "All sources are well" in text(console)
    console.until("/\\d+ s old/.test(document.getElementById('freshness').innerText)")
    assert console.violations() == []
    console.send("Network.emulateNetworkConditions", offline=False, **line)
    console.until("document.getElementById('notice').innerText === ''")


def test_a_state_that_does_not_answer_is_told(console: Page, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The overview shows what one worker knows and says so; a page that lives by the state says that it has nothing."""

    def away(*_: object) -> None:
        raise StateError("gone")

    for name in ("history", "issues"):
        monkeypatch.setattr(stage.gateway.state, name, away)
    shown = go(console, stage, "")
    assert "erp" in shown
    console.until("document.getElementById('main').innerText.includes(\"The gateway's own memory does not answer\")")
    console.open(f"{stage.origin}/console/issues")
    console.until("document.getElementById('notice').innerText.includes('memory does not answer')")
    assert "Nothing can be shown yet." in text(console)


def test_a_session_that_ends_leaves_what_was_shown(console: Page, stage: Stage) -> None:
    """With a way back to this very page, and nothing is asked any more."""
    go(console, stage, "costs?x")
    console.send("Network.clearBrowserCookies")
    click(console, "Last hour")
    console.until("document.getElementById('notice').innerText.includes('Your session has ended')")
    link = console.evaluate("document.querySelector('#notice a').getAttribute('href')")
    assert link == "/console/log-in?next=%2Fconsole%2Fcosts%3Fx"


def test_logging_out_leaves_nothing(console: Page, stage: Stage) -> None:
    """The entrance is shown, and every page leads there again."""
    click(console, "Log out")
    console.until("location.pathname === '/console/log-in' && document.readyState === 'complete'")
    console.send("Page.navigate", url=f"{stage.origin}/console/keys")
    console.until("location.href.endsWith('/console/log-in?next=%2Fconsole%2Fkeys')")
