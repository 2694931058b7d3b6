"""Applications and plans that several tests look at."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app.assembly import compile_folder
from app.gateway import Gateway
from app.plan.model import Plan
from app.web.factory import create_app
from tests.http import plans
from tests.http.client import Client

PLANT = Path(__file__).parents[2] / "openapi" / "plant"


@pytest.fixture(scope="session")
def planned() -> Plan:
    """The demo plant's plan alone; its catalogs are files, so no database is needed."""
    return compile_folder(PLANT, {}).plan


@pytest.fixture
def client() -> FlaskClient:
    """A client of a gateway over the small plan."""
    return create_app(plans.gateway()).test_client()


@pytest.fixture(scope="session")
def ask(gateway: Gateway) -> Client:
    """A client of the demo plant that holds each answer against the document."""
    return Client(create_app(gateway))
