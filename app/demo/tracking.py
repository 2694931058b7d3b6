"""Orders that a newcomer can follow as a customer would: the links that the tracking page is opened with.

In charge of which items of the demo's data they show, and which fields of them. It must not know how a link is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from app.callers.link_manager import Wish

PAGE: Final = "/apps/order-tracking/"
LIFETIME: Final = 86_400.0  # seconds: each start of the demo makes new ones

# What a customer is shown of each kind of item; prices and remarks are nobody's who happens to hold a link.
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "order": ("number", "purchase_order", "status", "ordered_on", "requested_on", "promised_on"),
    "line": ("item_number", "unit", "quantity", "shipped_quantity", "status"),
    "job": ("state", "started_at", "finished_at"),
    "shipment": ("carrier", "tracking_number", "shipped_at", "delivered_at", "packages"),
}


@dataclass(frozen=True, slots=True)
class Followed:
    """An order, and the items that the page shows with it: kinds, as `FIELDS` has them, and paths."""

    title: str
    items: tuple[tuple[str, str], ...]


FOLLOWED: Final = (
    Followed(
        "An order in production",
        (
            ("order", "/v2/orders/0022849"),
            ("line", "/v2/order-lines/0022849,1"),
            ("line", "/v2/order-lines/0022849,2"),
            ("job", "/v2/jobs/J112263"),
            ("job", "/v2/jobs/J112264"),
        ),
    ),
    Followed(
        "One that was shipped in two parts",
        (
            ("order", "/v2/orders/0022185"),
            ("job", "/v2/jobs/J111347"),
            ("shipment", "/v2/shipments/59819"),
            ("shipment", "/v2/shipments/59820"),
        ),
    ),
)


def address(followed: Followed, create: Callable[[Wish], str]) -> str:
    """The page's address below the gateway's, with new links behind its `#`. `create` makes a link, and gives its text.

    Raises what `create` raises.
    """
    links = [(kind, create(Wish(path, FIELDS[kind], LIFETIME, note="demo"))) for kind, path in followed.items]
    return f"{PAGE}#{urlencode(links)}"
