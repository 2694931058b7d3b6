"""The OpenAPI documents: what flask-smorest and apispec assembled, put in order.

In charge of the document's final form: the same plan gives the same bytes, as they are published and compared. It must
not know how a resource is described.
"""

from __future__ import annotations

import json
import threading
from typing import Any

from cachetools import LRUCache, cached

from app.describe import Description
from app.plan.model import Plan
from app.web.resources import Nobody, VersionApi, register

ORDER = ("openapi", "info", "servers", "tags", "paths", "components")
MEMORY = (
    64 * 1024 * 1024
)  # bytes of rendered documents that a process keeps, under whatever addresses they were asked for
HERE = "/"  # a server's address that is the document's own host


def document(plan: Plan, version: str) -> dict[str, Any]:
    """The OpenAPI document of a version, outside a server. Raises KeyError for a version that the plan does not have."""
    return finished(*described(plan, version))


def described(plan: Plan, version: str) -> tuple[VersionApi, Description]:
    """What flask-smorest makes of a version, in an application that serves nobody. Raises KeyError as `document` does."""
    return register(Nobody(__name__, static_folder=None), plan, plan.versions[version])


def finished(api: VersionApi, description: Description, server: str = HERE) -> dict[str, Any]:
    """The document that `api` has assembled, with the parts that apispec has no word for, in a fixed order."""
    spec = api.spec.to_dict()
    spec["info"] = description.info
    spec["servers"] = [{"url": server, "description": "This gateway"}]
    spec["tags"] = description.tags
    spec["components"] = {kind: dict(sorted(parts.items())) for kind, parts in sorted(spec["components"].items())}
    return {name: spec[name] for name in ORDER}


def render(document: dict[str, Any]) -> str:
    """The document as it is published: indented JSON that ends with a line end."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


class Documents:
    """The documents of a running gateway, made and rendered when first asked for. Safe for threads."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.made: dict[str, tuple[VersionApi, Description]] = {}
        self.making = threading.Lock()
        self.rendered = cached(LRUCache(MEMORY, getsizeof=len), lock=threading.Lock())(self._render)

    def _render(self, version: str, server: str) -> bytes:
        with self.making:
            if version not in self.made:
                self.made[version] = described(self.plan, version)
            return render(finished(*self.made[version], server)).encode()
