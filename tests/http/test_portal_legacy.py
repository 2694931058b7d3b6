"""No name of the old systems shows on any page of the portal, to anybody who may not see it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from zipfile import ZipFile

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.assembly import Compiled, compile_folder
from app.describe.clients import DOWNLOADS
from app.describe.names import item_names
from app.gateway import Gateway
from app.plan.model import Plan
from app.web.factory import create_app
from app.web.portal import guides
from tests.http.conftest import PLANT
from tests.http.test_pages import BROWSER

WORD = re.compile(r"[A-Za-z_#$@][\w#$@]*")
FILE = re.compile(r"\w+\.sql")


def legacy(compiled: Compiled) -> frozenset[str]:
    """Every table and column of the catalogs, and the files of queries, less the words that the API itself uses.

    A column that is called as the API calls things (`State`, `Quantity`) tells nobody anything.
    """
    found = set(compiled.contract.queries)
    for catalog in compiled.catalogs.values():
        for name, table in (*catalog.tables.items(), *catalog.queries.items()):
            found |= {name, *(column.name for column in table.columns)}
    ours = {word.lower() for word in _ours(compiled.plan)}
    return frozenset(name for name in found if name.lower() not in ours)


def _ours(plan: Plan) -> Iterator[str]:
    """The words of the API: names of resources and fields, whole and in parts, and what is said of them."""
    for version in plan.versions.values():
        yield from item_names(version.resources).values()
        for resource in version.resources.values():
            yield from (resource.name, *WORD.findall(f"{resource.summary} {resource.description}"))
            for field in resource.fields.values():
                yield from (field.name, *field.name.split("_"), *WORD.findall(field.description))


def addresses(plan: Plan) -> Iterator[str]:
    """Every page, and every file that is made of the plan."""
    yield from ("/", "/resources", "/changes", "/glossary", "/guides", "/problems", "/search.json", "/search?q=a")
    yield from (f"/guides/{name}" for name in guides.GUIDES)
    for version in plan.versions.values():
        yield from (f"/resources/{version.name}", f"/changes/{version.name}", f"/{version.name}/openapi.json")
        yield from (f"/resources/{version.name}/{name}" for name in version.resources)
        yield from (f"/downloads/{version.name}/{name}" for name in DOWNLOADS)


def _told(answer: TestResponse) -> str:
    """What an answer says; of an archive, what its files say."""
    if answer.mimetype != "application/zip":
        return answer.get_data(as_text=True)
    with ZipFile(BytesIO(answer.data)) as archive:
        return "\n".join(f"{name}\n{archive.read(name).decode()}" for name in archive.namelist())


def _words(text: str) -> set[str]:
    return {*WORD.findall(text), *FILE.findall(text)}


@pytest.fixture
def pages(gateway: Gateway) -> FlaskClient:
    """A client of the demo plant that asks like a browser."""
    return create_app(gateway).test_client()


def test_no_page_says_a_name_of_the_old_systems(pages: FlaskClient, gateway: Gateway) -> None:
    """Pages, the search index, fetched examples and documents of the demo plant name no table and no column of it."""
    names = legacy(compile_folder(PLANT, {}))
    assert {"ORDHDR", "CUSNO", "JobOrder", "PlannedStart", "ACREC", "late_jobs.sql"} <= names
    for address in addresses(gateway.plan):
        answer = pages.get(address, headers=BROWSER)
        assert answer.status_code == 200, address
        assert (address, names.intersection(_words(_told(answer)))) == (address, frozenset())


def test_the_examples_were_really_fetched(pages: FlaskClient, gateway: Gateway) -> None:
    """Each resource of the demo plant shows an item of its own data, and says when it was read."""
    for resource in gateway.plan.versions["v2"].resources.values():
        text = pages.get(f"/resources/v2/{resource.name}", headers=BROWSER).get_data(as_text=True)
        assert "Really fetched for this page, from data as of" in text, resource.name
