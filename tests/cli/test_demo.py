"""What `bascule demo` prints is there: its pages, its board, and orders that can be followed."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from app.assembly import compile_folder, open_gateway
from app.callers.link_manager import Wish
from app.demo import tracking
from app.demo.links import apps_folder, links
from app.gateway import Gateway
from app.observations import Observatory
from app.settings import Settings
from app.web.factory import create_app


def test_every_address_is_there(gateway: Gateway) -> None:
    """Pages, apps and requests answer 200."""
    client = create_app(replace(gateway, settings=Settings(apps=str(apps_folder())))).test_client()
    for link in links("", apps=True):
        assert (link.url, client.get(link.url).status_code) == (link.url, 200)
    assert not any("/apps/" in link.url for link in links(""))


def test_orders_can_be_followed(plant: Path) -> None:
    """Each link of the tracking page's address shows exactly its fields."""
    gateway = open_gateway(compile_folder(plant, {}), Settings(), Observatory())
    desk, client = gateway.desk, create_app(gateway).test_client()
    assert desk is not None

    def create(wish: Wish) -> str:
        return desk.links.create(gateway.plan, wish)[0]

    for followed in tracking.FOLLOWED:
        address = tracking.address(followed, create)
        assert address.startswith("/apps/order-tracking/#order=bascule_l_")
        found = re.findall(r"(\w+)=(bascule_l_[\w-]+)", address)
        assert [kind for kind, _ in found] == [kind for kind, _ in followed.items]
        for kind, text in found:
            answer = client.get(f"/links/{text}")
            assert (kind, answer.status_code) == (kind, 200)
            assert answer.get_json().keys() - {"_issues"} == set(tracking.FIELDS[kind])
    gateway.close()
