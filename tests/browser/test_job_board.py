"""The job board in a browser: late ones first, honest about its data's age, and no burden to the plant's system."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.devtools import DESKTOP, PHONE, Page
from tests.browser.plants import Plant, served
from tests.browser.test_pages import local

BOARD = "/apps/job-board/"
ROWS = "document.querySelectorAll('.center li')"
SHOWN = f"{ROWS}.length > 5 && document.querySelectorAll('#center option').length > 5"
BANNER = "document.getElementById('banner')"


@pytest.fixture(scope="module")
def lasting(plant: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    """An open plant whose answers are fresh for as long as a test lasts."""
    with served(plant, tmp_path_factory.mktemp("lasting") / "plant", fresh="1h") as found:
        yield found


@pytest.fixture
def brief(plant: Path, tmp_path: Path) -> Iterator[Plant]:
    """An open plant whose answers are fresh for a second, and which may be changed."""
    with served(plant, tmp_path / "plant", fresh="1s") as found:
        yield found


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_board_is_for_everybody(page: Page, lasting: Plant, size: tuple[int, int], *, dark: bool) -> None:
    """axe-core finds nothing, nothing is wider than the window, nobody else is asked, nothing is complained about."""
    page.appear(*size, dark=dark)
    for query in ("", "?kiosk"):
        page.open(f"{lasting.origin}{BOARD}{query}")
        page.until(SHOWN)
        assert (query, page.violations(), page.overflow()) == (query, [], 0)
    assert local(page, lasting.origin)
    assert page.complaints() == []


def test_late_jobs_come_first(page: Page, lasting: Plant) -> None:
    """By how late they are, in each work center; what is late says so, and due times are the plant's own."""
    page.open(f"{lasting.origin}{BOARD}")
    page.until(SHOWN)
    found = page.evaluate(
        "[...document.querySelectorAll('.center ol')].map(list => [...list.children].map(row => "
        "(row.querySelector('.lateness').innerText.match(/^\\d+ (d|h|min)/) ?? ['0 min'])[0]))"
    )
    minutes = {"d": 1440, "h": 60, "min": 1}
    late = [[int(text.split()[0]) * minutes[text.split()[1]] for text in section] for section in found]
    assert any(section[0] for section in late)
    assert all(section == sorted(section, reverse=True) for section in late)
    row = page.evaluate("[...document.querySelectorAll('li')].find(row => row.innerText.includes('J111691')).innerText")
    words = row.split()
    assert {"Hot", "Running", "HY-32/300", "0022435", "14:00"} <= set(words), row


def test_the_board_is_used_by_keyboard_alone(page: Page, lasting: Plant) -> None:
    """`/` leads to the search, Tab on to the rest; what is chosen stands in the address, and is there after a reload."""
    page.open(f"{lasting.origin}{BOARD}")
    page.until(SHOWN)
    page.press("/")
    page.type("J111691")
    page.until(f"{ROWS}.length === 1")
    page.tab_to("Late only")
    page.press(" ")
    assert page.evaluate("location.search") == "?q=J111691&late="
    page.open(f"{lasting.origin}{BOARD}?center=LAT-01&late=")
    page.until(f"{SHOWN} && document.querySelectorAll('.center').length === 1")
    assert page.evaluate("document.querySelector('.center h2').innerText").startswith("LAT-01")
    page.open(f"{lasting.origin}{BOARD}?q=nothing+of+the+kind")
    page.until("!document.getElementById('nothing').hidden")
    page.open(f"{lasting.origin}{BOARD}")
    page.until(SHOWN)
    before = page.evaluate(f"{ROWS}.length")
    page.tab_to("Show all 33")
    page.press("Enter")
    page.until(f"{ROWS}.length > {before}")
    assert page.focused() == "Show less"


def test_looking_again_costs_no_statement(page: Page, lasting: Plant) -> None:
    """What a board asks again is answered with 304, of what one board before it had read; the sources hear nothing."""
    page.open(f"{lasting.origin}{BOARD}")
    page.until(SHOWN)
    before = lasting.statements
    assert before > 0
    page.open(f"{lasting.origin}{BOARD}?late=")
    page.until(SHOWN)
    changed = page.evaluate(
        "import('./feed.js').then(async ({Reader}) => {"
        " const reader = new Reader(), found = [];"
        " const address = performance.getEntriesByType('resource').map(each => each.name)"
        "   .find(each => each.includes('/jobs?') && !each.includes('cursor='));"
        " for (let turn = 0; turn < 20; turn++) found.push((await reader.all(address)).changed);"
        " return found; })"
    )
    assert changed == [True] + [False] * 19
    answered = [
        each["response"] for each in page.told("Network.responseReceived") if "/v2/jobs?" in each["response"]["url"]
    ]
    assert [each["status"] for each in answered].count(304) == 19 * 3, "three pages of jobs, nineteen times"
    assert lasting.statements == before


def test_only_what_has_changed_is_touched(page: Page, brief: Plant) -> None:
    """Looks that bring nothing new change nothing in the page; one job that goes on changes its row alone."""
    page.open(f"{brief.origin}{BOARD}")
    page.until(SHOWN)
    page.evaluate(
        "globalThis.touched = new Set(); new MutationObserver(all => all.forEach(each => touched.add("
        "(each.target.closest ? each.target : each.target.parentElement).closest('li')?.innerText.slice(0, 7) ?? 'else')))"
        ".observe(document.getElementById('board'), {subtree: true, childList: true, characterData: true, attributes: true}); 0"
    )
    asked = "performance.getEntriesByType('resource').filter(each => each.name.includes('/jobs?')).length"
    page.until(f"{asked} >= 12")
    assert page.evaluate("[...touched]") == []
    brief.write("UPDATE JobOrder SET State = 4 WHERE JobNo = 'J111691'")
    page.until(
        "[...document.querySelectorAll('li')].find(row => row.innerText.includes('J111691')).innerText.includes('On hold')"
    )
    assert page.evaluate("[...touched]") == ["J111691"]


def test_a_job_whose_operations_are_too_many_is_shown(page: Page, tmp_path: Path, plant: Path) -> None:
    """An expansion that is not served whole is null: such a job is listed without its way."""
    with served(plant, tmp_path / "plant", fresh="1h", max_expanded_rows=1) as found:
        page.open(f"{found.origin}{BOARD}")
        page.until(f"{ROWS}.length > 5")
        assert page.complaints() == []


def test_a_sleeping_plant_is_told_of(page: Page, brief: Plant) -> None:
    """What was known is shown with its time, and a sentence says why; when the plant is back, it is gone by itself."""
    page.open(f"{brief.origin}{BOARD}")
    page.until(SHOWN)
    before = page.evaluate(f"{ROWS}.length")
    brief.sleep()
    page.until(f"!{BANNER}.hidden")
    told = page.evaluate(f"{BANNER}.innerText")
    assert told.startswith("The plant's system is asleep: no word from it since ")
    assert page.evaluate(f"{ROWS}.length") == before
    assert page.violations() == []
    brief.sleep(asleep=False)
    page.until(f"{BANNER}.hidden")
    assert page.evaluate("document.getElementById('age-text').innerText").startswith("As of ")
    assert page.complaints() == []


def test_a_plant_that_was_asleep_at_first_is_waited_for(page: Page, brief: Plant) -> None:
    """Nothing is known: the board says so and when it asks again, and has the jobs as soon as there are some."""
    brief.sleep()
    page.open(f"{brief.origin}{BOARD}")
    page.until(f"!{BANNER}.hidden && document.getElementById('age-text').innerText.startsWith('asking again at')")
    assert page.evaluate(f"{BANNER}.innerText") == "The plant's system is asleep."
    brief.sleep(asleep=False)
    page.until(f"{SHOWN} && {BANNER}.hidden")


def test_a_closed_contract_takes_a_scoped_key(page: Page, plant: Path, tmp_path: Path) -> None:
    """The board asks for one, says what is wrong with another, and keeps it for its screen; it is in no address."""
    with served(plant, tmp_path / "closed", fresh="1h", closed=True) as closed:
        right, poor = closed.key("floor:read"), closed.key("orders:read")
        page.open(f"{closed.origin}{BOARD}")
        page.until("document.activeElement.id === 'key'")
        for text in ("bascule_k_wrong", poor):
            page.type(text)
            page.press("Enter")
            page.until("document.getElementById('entry').hidden === false && document.activeElement.value === ''")
        page.type(right)
        page.press("Enter")
        page.until(SHOWN)
        page.open(f"{closed.origin}{BOARD}?late=")
        page.until(SHOWN)
        assert not any(right in address for address in page.requests())
    assert all("Failed to load resource" in each for each in page.complaints()), "refusals are all that the console has"
