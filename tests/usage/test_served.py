"""A gateway of its own processes, with its lane: what it has counted when it has ended is what it was asked."""

from __future__ import annotations

import http.client
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from app.callers.key_manager import Grant, KeyManager
from app.callers.key_text import pepper_of
from app.state import State
from tests import shop
from tests.serving.running import PATIENCE, Running

pytestmark = pytest.mark.usefixtures("patient_gateways")

ITEMS = shop.ITEMS.replace("name: {column: ITNAM, type: string}", "name: {column: ITNAM, type: string, scope: names}")
CACHE = "cache: {fresh: 1h}\n"
ASKED = ("/v1/items/0001", "/v1/items?fields=number&sort=-number", "/v1/items?number=0001", "/v1/items/0009")
EACH = 40  # requests of a caller for each of them


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A closed shop, whose answers are kept, and whose names take a scope."""
    built = shop.build(tmp_path / "shop", open_=False)
    (built / "gateway.yaml").write_text(shop.GATEWAY + "security: closed\n", encoding="utf-8")
    shop.write_items(built, ITEMS + CACHE)
    return built


@pytest.fixture
def keys(folder: Path) -> dict[str, str]:
    """The texts of two keys by their callers' identities: the first one may see names."""
    state = State("sqlite:///state.db", folder)
    manager = KeyManager(state, pepper_of("", state))
    made = [manager.create(Grant(owner, scopes)) for owner, scopes in (("first", ("names",)), ("second", ()))]
    state.close()
    return {f"key:{record.id}": text for text, record in made}


@pytest.fixture
def running(folder: Path, keys: dict[str, str], tmp_path: Path) -> Iterator[Running]:
    """The gateway, with two workers and the lane; its keys are there before it."""
    assert keys
    found = Running.start(folder, tmp_path / "gateway.log", "--workers", "2", "--threads", "2")
    yield found
    found.end()


def ask(port: int, key: str) -> Counter[int]:
    """Ask for everything, over one connection; how many answers had each status."""
    found: Counter[int] = Counter()
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        for path in ASKED * EACH:
            connection.request("GET", path, headers={"X-Api-Key": key})
            response = connection.getresponse()
            response.read()
            found[response.status] += 1
    return found


def test_counts_are_what_was_asked(running: Running, folder: Path, keys: dict[str, str]) -> None:
    """Of two callers over two connections each, by both workers, lane or not: none is lost, and none counts twice."""
    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(lambda key: ask(running.port, key), [*keys.values(), *keys.values()]))
    assert statuses == [Counter({200: 3 * EACH, 404: EACH})] * 4
    assert running.end() == 0
    assert any(int(each) for each in _by_the_lane(running)), running.log()
    state = State("sqlite:///state.db", folder)
    found = {(each.caller, each.form.item, each.form.filters, each.form.sorts): each for each in state.usage("")}
    state.close()
    first, second = keys
    for caller, fields in ((first, ("number", "name", "since")), (second, ("number", "since"))):
        item, listed = found[caller, True, (), ()], found[caller, False, (), ("number",)]
        filtered = found[caller, False, ("number",), ()]
        assert [each.calls for each in (item, listed, filtered)] == [2 * EACH] * 3
        assert [each.form.fields for each in (item, listed, filtered)] == [fields, ("number",), fields]
    assert len(found) == 6


def _by_the_lane(running: Running) -> list[str]:
    """How many requests each worker's lane has answered, as its log says."""
    return [
        line.partition("answered ")[2].split()[0] for line in running.log().splitlines() if "lane has answered" in line
    ]


def test_counting_can_be_off(folder: Path, keys: dict[str, str], tmp_path: Path) -> None:
    """By a setting: nothing is kept then."""
    running = Running.start(folder, tmp_path / "off.log", "--workers", "1", settings={"BASCULE_USAGE_DAYS": "0"})
    try:
        assert ask(running.port, next(iter(keys.values())))[200] == 3 * EACH
    finally:
        assert running.end() == 0
    state = State("sqlite:///state.db", folder)
    assert state.usage("") == []
    state.close()
