"""The portal's pages: what each says, made of the plan, and how it is sent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from adapters.port import Unavailable
from app.contract.model import CacheSpec
from app.plan.model import Change, Field, Plan
from app.problems import PROBLEMS
from app.web.factory import create_app
from app.web.portal import guides, history, mending, papers, resource, search
from tests.http import plans
from tests.http.test_pages import BROWSER


def text(client: FlaskClient, path: str) -> str:
    """A page, as a browser gets it."""
    answer = client.get(path, headers=BROWSER)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def changed(plan: Plan, name: str, **words: object) -> FlaskClient:
    """A client of the small plan, where a field of v2's orders has other words."""
    orders = plan.versions["v2"].resources["orders"]
    field: Field = replace(orders.fields[name], **words)  # type: ignore[arg-type]  # the test says which
    filters = {
        each: replace(one, field=field) if one.field.name == name else one for each, one in orders.filters.items()
    }
    object.__setattr__(orders, "fields", {**orders.fields, name: field})
    object.__setattr__(orders, "filters", filters)
    gateway = plans.gateway()
    object.__setattr__(gateway, "plan", plan)
    return create_app(gateway).test_client()


# One resource.


def test_a_resource_says_what_the_plan_knows(client: FlaskClient) -> None:
    """Summary, owner, age, fields, values, filters, order and what belongs to it."""
    found = text(client, "/resources/v2/orders")
    for said in (
        "<h1>orders</h1>", "Customer orders", 'href="mailto:order-desk@example.com"', "At most 30 seconds old.", "GET /v2/orders/{number}",
        "<code>released</code>", "<code>ordered_on[gte]</code>", "expand=lines", 'href="/resources/v2/order-lines"', 'href="/resources/v1/orders"',
    ):  # fmt: skip
        assert said in found, said


def test_a_resource_shows_an_item_that_was_fetched(client: FlaskClient) -> None:
    """The example is an item of the source, with the request that brought it."""
    found = text(client, "/resources/v2/orders")
    assert "Fetched example" in found
    assert "GET /v2/orders?limit=1" in found
    assert "4711" in found


def test_a_sleeping_source_is_told_of() -> None:
    """While the source is down the example is the document's, and the page says so."""
    client = create_app(plans.gateway(failure=Unavailable("gone"))).test_client()
    found = text(client, "/resources/v2/orders")
    assert "Made of the examples in the description, not fetched. Its source did not answer a moment ago." in found
    assert "Really fetched" not in found


@pytest.mark.parametrize("classification", ["confidential", "personal"])
def test_classified_values_are_in_no_example(classification: str) -> None:
    """A classified field is named and described; its values stand neither in the example nor beside the field, nor in a guide."""
    client = changed(plans.plan(), "customer", classification=classification)
    found = text(client, "/resources/v2/orders")
    assert f'<span class="tag warn">{classification}</span>' in found
    assert "fields=number,status," in found, "it is not even asked for"
    assert "C1001" not in found + text(client, "/guides/filter-and-sort")


@pytest.mark.parametrize(
    ("cache", "said"),
    [
        ((30.0, 0.0, 0.0), "at most 30 seconds old"),
        ((30.0, 60.0, 0.0), "at most 30 seconds old; up to 1 minute more while a new one is read"),
        ((5.0, 0.0, 28800.0), "at most 5 seconds old; up to 8 hours if the source is asleep, and says so"),
    ],
)
def test_the_age_of_answers_in_words(cache: tuple[float, float, float], said: str) -> None:
    """How old an answer may be, as a person says it."""
    assert resource.freshness(CacheSpec(*cache)) == said


def test_what_is_not_kept_is_read_with_each_request() -> None:
    """A resource without a cache says so."""
    assert resource.freshness(None) == "read from the source with each request"


@pytest.mark.parametrize(
    "path",
    ["/resources/v9", "/resources/v2/nothing", "/resources/v9/orders", "/changes/v9", "/guides/none", "/problems/none"],
)
def test_what_is_not_there_is_a_problem(client: FlaskClient, path: str) -> None:
    """A page that there is not is answered as any other path: 404, a problem."""
    answer = client.get(path, headers=BROWSER)
    assert (answer.status_code, answer.get_json()["code"]) == (404, "not-found")


# Changes, words, problems.


def test_changes_have_their_reasons(client: FlaskClient) -> None:
    """What a version changed stands under its resource, with the reason as a sentence."""
    found = text(client, "/changes/v2")
    assert 'href="/resources/v2/orders">orders</a>' in found
    assert "one word for it across the API." in found
    assert "What is different from v1" in found
    assert "The first of its kind" in text(client, "/changes/v1")
    listed = text(client, "/changes")
    assert listed.index('id="v2"') < listed.index('id="v1"')


def test_changes_that_tell_of_what_is_hidden_are_left_out() -> None:
    """A reader to whom a field or a resource is hidden reads of no change that names it."""
    plan = plans.plan()
    new = plan.versions["v2"]
    told = (
        Change("orders", "secret renamed to total", "x"),
        Change("parts", "name added", "y"),
        Change("", "resource bits renamed to parts", "z"),
        Change("orders", "number added", "w"),
    )
    whole = {**plan.versions, "v2": replace(new, changes=told)}
    orders = {name: each for name, each in new.resources["orders"].fields.items() if name != "total"}
    kept = {"orders": replace(new.resources["orders"], fields=orders)}
    seen = {"v2": replace(whole["v2"], resources=kept), "v1": replace(plan.versions["v1"], resources=kept)}
    found = history.changed(seen["v2"], history.hidden(seen, whole))
    assert [what for each in found for reason in each.reasons for what in reason.changes] == ["number added"]


def test_the_glossary_leads_to_its_places(client: FlaskClient) -> None:
    """Each word stands once, with links to the fields where it is used."""
    found = text(client, "/glossary")
    assert found.count('id="number"') == 1
    assert 'href="/resources/v2/orders#number"' in found
    assert "<code>orders.number</code>" in found


def test_every_problem_is_in_one_group() -> None:
    """Each problem is mended by somebody, and listed once."""
    groups = mending.grouped()
    assert sorted(each.code for found in groups.values() for each in found) == sorted(PROBLEMS)
    assert all(problem.retryable for problem in groups["time"])
    assert {problem.code for problem in groups["access"]} == {"unauthorized", "insufficient-scope", "claim-required"}
    assert "internal-error" in {problem.code for problem in groups["operator"]}
    assert "unknown-parameter" in {problem.code for problem in groups["you"]}


# Search.


def test_the_index_has_everything(client: FlaskClient) -> None:
    """Resources, words, guides, changes and problems are in the index, each with an address that is answered."""
    entries = client.get("/search.json").get_json()["entries"]
    assert {entry["kind"] for entry in entries} == {"guide", "resource", "word", "changes", "change", "problem"}
    titles = {entry["title"] for entry in entries}
    assert {"orders", "number", "cursor-mismatch", "Retry"} <= titles
    assert {client.get(entry["href"].partition("#")[0], headers=BROWSER).status_code for entry in entries} == {200}


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("orders", "orders"),
        ("order-l", "order-lines"),
        ("invalid cursor", "invalid-cursor"),
        ("CURSOR MISMATCH", "cursor-mismatch"),
    ],
)
def test_the_best_result_comes_first(client: FlaskClient, query: str, first: str) -> None:
    """A title that is the query comes before one that begins with it, and that before one that holds it."""
    found = text(client, f"/search?q={query.replace(' ', '+')}")
    assert found.index(f"<strong>{first}</strong>") == found.index("<strong>")


def test_search_says_when_it_finds_nothing(client: FlaskClient) -> None:
    """A query without results is answered in words, and is no markup."""
    assert "Nothing is called “&lt;b&gt;xyzzy”" in text(client, "/search?q=<b>xyzzy")
    assert "what are you looking for?" in text(client, "/search?q=")


def test_the_index_of_a_search_is_made_once(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever `Host` strangers send: it says nothing of one, and takes long to make for a large contract."""
    whole, made = search.index, list[object]()

    def index(*said: Any) -> list[search.Entry]:
        made.append(said)
        return whole(*said)

    monkeypatch.setattr(search, "index", index)
    for host in ("one.example", "other.example"):
        for path in ("/search.json", "/search?q=item"):
            assert client.get(path, base_url=f"http://{host}").status_code == 200
    assert len(made) == 1


# How pages are sent.


@pytest.mark.parametrize(
    "path",
    ["/", "/resources", "/resources/v2/orders", "/changes", "/glossary", "/guides/retry", "/problems", "/search.json"],
)
def test_pages_are_revalidated(client: FlaskClient, path: str) -> None:
    """Each page has an ETag, and is not sent again to whoever has it."""
    first = client.get(path, headers=BROWSER)
    assert first.headers["Cache-Control"] == "no-cache"
    again = client.get(path, headers={**BROWSER, "If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(path, headers=BROWSER).data == first.data


def test_pages_are_rendered_once(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second reader of a page has nothing rendered for them."""
    first = text(client, "/glossary")
    monkeypatch.setattr(papers, "render_template", pytest.fail)
    assert text(client, "/glossary") == first


def test_starting_renders_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """An application is made without a page, an index or a fetched example being made."""
    for module, name in ((papers, "render_template"), (search, "index"), (guides, "subject")):
        monkeypatch.setattr(module, name, pytest.fail)
    assert create_app(plans.gateway()).test_client().get("/livez").status_code == 200


def test_json_in_colours_is_escaped() -> None:
    """Names, texts and values are told apart, and what a value holds is no markup."""
    shown = papers.coloured('{"a": "<b>", "c": [-1.5, null]}')
    assert '<span class="name">&#34;a&#34;</span>: <span class="text">&#34;&lt;b&gt;&#34;</span>' in shown
    assert '<span class="value">-1.5</span>, <span class="value">null</span>' in shown
