"""Order tracking in a browser: where an order is, for whoever holds its links, whatever state it and its plant are in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.callers import link_text
from app.callers.link_manager import Wish
from app.demo import tracking
from app.web.factory import create_app
from tests.browser.devtools import DESKTOP, PHONE, Page
from tests.browser.plants import Plant, served
from tests.browser.test_pages import local

IN_PRODUCTION, SHIPPED = tracking.FOLLOWED
READY = "!document.getElementById('order').hidden && document.getElementById('age').innerText.includes('As of')"
NOW = "document.getElementById('now').innerText"
BANNER = "document.getElementById('banner')"
STEPS = "[...document.querySelectorAll('#steps li')].map(each => each.className.trim())"


@pytest.fixture(scope="module", params=["open", "closed"])
def standing(request: pytest.FixtureRequest, plant: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    """A plant that is not changed, its contract open or closed: a link is followed without a key in both."""
    closed = request.param == "closed"
    with served(plant, tmp_path_factory.mktemp("standing") / "plant", fresh="1h", closed=closed) as found:
        yield found


@pytest.fixture
def brief(plant: Path, tmp_path: Path) -> Iterator[Plant]:
    """A plant whose answers are fresh for a second, and which may be put to sleep."""
    with served(plant, tmp_path / "plant", fresh="1s") as found:
        yield found


def order(plant: Plant, number: str, *fields: str, lifetime: float = 3600.0) -> str:
    """The page's address with a link to that order alone."""
    shown = fields or tracking.FIELDS["order"]
    return f"{plant.origin}{tracking.PAGE}#{plant.link(Wish(f'/v2/orders/{number}', shown, lifetime))}"


def follow(page: Page, address: str) -> None:
    """Open the page anew: an address that differs behind its # alone is the same page to a browser."""
    page.open("about:blank")
    page.open(address)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_page_is_for_everybody(page: Page, standing: Plant, size: tuple[int, int], *, dark: bool) -> None:
    """axe-core finds nothing, nothing is wider than the window, nobody else is asked, nothing is complained about."""
    page.appear(*size, dark=dark)
    for followed in tracking.FOLLOWED:
        follow(page, standing.origin + tracking.address(followed, standing.link))
        page.until(READY)
        assert (followed.title, page.violations(), page.overflow()) == (followed.title, [], 0)
    assert local(page, standing.origin) or "about:blank" in page.requests()
    assert page.complaints() == []


def test_an_order_in_production(page: Page, standing: Plant) -> None:
    """What its links grant is shown: its steps with dates, how much of it is made, and its lines."""
    follow(page, standing.origin + tracking.address(IN_PRODUCTION, standing.link))
    page.until(f"{READY} && document.querySelectorAll('#lines li').length === 2")
    page.until("document.getElementById('steps').innerText.includes('0 of 2 finished')")
    assert page.evaluate(NOW) == "Your order is being made."
    assert page.evaluate(STEPS) == ["done", "done", "current", "open", "open"]
    text = page.evaluate("document.querySelector('main').innerText")
    for shown in ("Order 0022849", "PO 1047-71/849", "Fri, Nov 20, 2026", "HY-32/800", "3 pcs"):
        assert shown in text, text


def test_an_order_that_was_shipped(page: Page, standing: Plant) -> None:
    """With its shipments, which it has a date from."""
    follow(page, standing.origin + tracking.address(SHIPPED, standing.link))
    page.until(f"{READY} && document.querySelectorAll('#shipments li').length === 2")
    assert page.evaluate(NOW) == "Your order has left the plant."
    assert page.evaluate(STEPS) == ["done", "done", "done", "done", "current"]
    assert "DHL, " in page.evaluate("document.getElementById('shipments').innerText")


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("held", "Your order is on hold. Nothing is made until that is settled."),
        ("cancelled", "This order was cancelled."),
        ("entered", "We have your order."),
        ("packed", "Your order is made, and is being packed."),
    ],
)
def test_states_beside_the_way(page: Page, standing: Plant, state: str, told: str) -> None:
    """Each has its sentence; nothing is promised of an order that was cancelled."""
    follow(page, order(standing, _one(standing, state)))
    page.until(READY)
    assert page.evaluate(NOW) == told
    assert page.evaluate("document.getElementById('steps').hidden") is (state == "cancelled")
    assert page.violations() == []


def _one(plant: Plant, state: str) -> str:
    """The newest order in that state."""
    client = create_app(plant.gateway).test_client()
    path = f"/v2/orders?status={state}&sort=-number&limit=1"
    got = client.get(path, headers={"X-Api-Key": plant.key("orders:read")})
    number: str = got.get_json()["data"][0]["number"]
    return number


def test_german_is_spoken_to_who_asks_for_it(page: Page, standing: Plant) -> None:
    """In its dates as well."""
    address = standing.origin + tracking.address(IN_PRODUCTION, standing.link)
    follow(page, f"{address}&lang=de")
    page.until("!document.getElementById('order').hidden")
    page.until(f"{NOW} === 'Ihr Auftrag wird gefertigt.'")
    text = page.evaluate("document.querySelector('main').innerText")
    assert "Zugesagt für Fr., 20. Nov. 2026" in text, text
    assert page.evaluate("document.documentElement.lang") == "de"
    assert page.violations() == []


def test_a_link_that_shows_nothing_says_so_kindly(page: Page, standing: Plant) -> None:
    """Whether it was never one, has ended, or was taken back; and it is not asked for again."""
    ended = order(standing, "0022849", lifetime=0.001)
    revoked = order(standing, "0022849")
    standing.desk.links.revoke(link_text.identifier(revoked.partition("#")[2]))
    keyring = standing.gateway.credentials.kinds[-1][1].__self__  # type: ignore[attr-defined]  # the keyring's own method
    keyring.watch._inquiry.ring()
    for address in (ended, revoked, f"{standing.origin}{tracking.PAGE}#order=bascule_l_{'x' * 60}"):
        follow(page, address)
        page.until("document.getElementById('entry-title').innerText === 'This link shows nothing any more'")
        assert page.evaluate("document.getElementById('order').hidden")
        assert page.violations() == []


def test_a_link_is_pasted_by_keyboard(page: Page, standing: Plant) -> None:
    """A page without a link asks for one, says what is none, and shows the order of one, from wherever it was copied."""
    follow(page, f"{standing.origin}{tracking.PAGE}")
    page.until("!document.getElementById('entry').hidden")
    page.tab_to("Link")
    page.type("no link at all")
    page.press("Enter")
    page.until("document.getElementById('entry-wrong').innerText.startsWith('That is no link')")
    page.evaluate("document.getElementById('link').value = ''; 0")
    page.type(order(standing, "0022849"))
    page.press("Enter")
    page.until(f"{READY} && document.getElementById('entry').hidden")


def test_a_link_is_told_to_nobody(page: Page, standing: Plant) -> None:
    """It stands in the address of the question to the gateway and in no other, and no request has a Referer."""
    address = order(standing, "0022849")
    follow(page, address)
    page.until(READY)
    text = address.partition("#")[2]
    sent = [each["request"] for each in page.told("Network.requestWillBeSent")]
    assert {each["url"] for each in sent if text in each["url"]} == {f"{standing.origin}/links/{text}"}
    assert [(each["url"], each["headers"]["Referer"]) for each in sent if each["headers"].get("Referer")] == []


def test_a_sleeping_plant_is_told_of(page: Page, brief: Plant) -> None:
    """What was known is shown with its time until the plant is back; the page finds that out by itself."""
    follow(page, order(brief, "0022849"))
    page.until(READY)
    brief.sleep()
    page.until(f"{BANNER}.innerText.startsWith('The plant\\'s system is asleep. This is what was known at')")
    assert page.evaluate(NOW) == "Your order is released to the shop floor."
    assert page.violations() == []
    brief.sleep(asleep=False)
    page.until(f"{BANNER}.hidden")


def test_an_order_that_nobody_knows_yet_is_waited_for(page: Page, brief: Plant) -> None:
    """The plant is asleep and nothing was kept: the page says so, and has it when the plant is awake."""
    brief.sleep()
    follow(page, order(brief, "0022849"))
    page.until(f"{BANNER}.innerText.includes('You may leave this page open')")
    assert page.evaluate("document.getElementById('order').hidden")
    brief.sleep(asleep=False)
    page.until(f"{READY} && {BANNER}.hidden")


def test_looking_again_costs_no_statement(page: Page, standing: Plant) -> None:
    """Of what the gateway keeps: a second reader, and a reader who looks again, cost the plant nothing."""
    address = order(standing, "0022849")
    follow(page, address)
    page.until(READY)
    before = standing.statements
    for _ in range(3):
        follow(page, address)
        page.until(READY)
    assert standing.statements == before


def test_who_is_away_for_long_is_expected_back(page: Page, brief: Plant) -> None:
    """In its quiet hours the gateway says how long they last: the page says until when, and asks no sooner."""
    brief.sleep(seconds=7200.0)
    follow(page, order(brief, "0022849"))
    page.until(f"{BANNER}.innerText.includes('expected back at about')")
    assert "Asking again at" in page.evaluate("document.getElementById('age').innerText")
    asked = len([address for address in page.requests() if "/links/" in address])
    page.until("performance.now() > 5000")
    assert len([address for address in page.requests() if "/links/" in address]) == asked == 1
