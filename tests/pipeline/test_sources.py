"""Sources behind an answer: how many statements it takes, what is kept, and what is said when one is down."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from adapters import port
from adapters.port import SourceError
from app.assembly import compile_folder
from app.demo.plant import contract_folder
from app.explain import explain
from app.gateway import Gateway
from app.kept.memory import Memory
from app.kept.store import Store
from app.observations import DataIssueFound, Observation, SourceFailed
from app.settings import Settings
from app.stages.cache import Cache, alone
from tests.adapters.guard.fakes import PATIENCE
from tests.pipeline.sources import watched
from tests.pipeline.standing import now, time_stands
from tests.plan.depot import body, get, header

ACCEPTANCE = "/v1/orders?status=released&ordered_on[gte]=2026-01-01&sort=-ordered_on&expand=lines,jobs&limit=20"
FAILURES = [each for each in vars(port).values() if isinstance(each, type) and issubclass(each, SourceError)]


@pytest.fixture
def standing() -> Iterator[Cache]:
    """A cache for which no time passes."""
    with time_stands():
        yield Cache(Store(Memory(1_000_000)), clock=now)


def test_the_acceptance_request(gateway: Gateway) -> None:
    """Twenty orders with lines and jobs: three statements to two sources, each finding its rows by an index."""
    answer, statements = explain(gateway, ACCEPTANCE)
    assert answer.status == 200
    data = body(answer)["data"]
    assert len(data) == 20
    assert {item["status"] for item in data} == {"released"}
    assert [item["ordered_on"] for item in data] == sorted((item["ordered_on"] for item in data), reverse=True)
    assert all(item["lines"] for item in data)
    assert any(item["jobs"] for item in data)
    assert [each.source for each in statements] == ["erp", "erp", "mes"]
    for statement in statements:
        assert any(step.startswith("SEARCH") for step in statement.steps)
        assert not any(step.startswith("SCAN") for step in statement.steps)
    assert statements[0].steps == ("SEARCH ORDHDR USING INDEX ORDHDRL1 (ORDST=? AND ORDDT>?)",)
    assert statements[0].rows == 21
    assert "1260101" in statements[0].statement


def test_an_explanation_is_past_the_cache(gateway: Gateway) -> None:
    """Explaining twice sends the statements twice; names may be typed as people type them."""
    for _ in range(2):
        assert len(explain(gateway, "/v1/customers?name[prefix]=Hydraulik Mü")[1]) == 1
    assert explain(gateway, "/v1/customers?nme=x")[0].status == 422


@pytest.mark.parametrize(
    ("path", "expand", "statements"),
    [
        ("/v1/orders", "", ["erp"]),
        ("/v1/orders", "lines", ["erp", "erp"]),
        ("/v1/orders", "lines,jobs,shipments,sold_to", ["erp", "erp", "mes", "mes", "erp"]),
        ("/v1/orders", "lines.item.components", ["erp", "erp", "erp", "erp"]),
        ("/v1/orders", "jobs.operations.work_center", ["erp", "mes", "mes", "mes"]),
    ],
)
def test_one_statement_an_expansion_and_page(gateway: Gateway, path: str, expand: str, statements: list[str]) -> None:
    """A page of 200 items costs one statement for itself and one for each expansion, however deep."""
    opened, sources = watched(gateway)
    parameters = [("limit", "200"), ("sort", "-number"), *([("expand", expand)] if expand else [])]
    answer = get(opened, path, parameters)
    assert answer.status == 200
    assert len(body(answer)["data"]) == 200
    assert {name: len(source.asked) for name, source in sources.items()} == {
        name: statements.count(name) for name in sources
    }
    timed = re.findall(r"(erp|mes);", header(answer, "Server-Timing") or "")
    assert timed == statements


def test_fields_that_leave_an_expansion_out_do_not_read_it(gateway: Gateway) -> None:
    """What nobody wants to see is not asked for."""
    opened, sources = watched(gateway)
    answer = get(opened, "/v1/orders", [("fields", "number"), ("expand", "lines"), ("limit", "3")])
    assert list(body(answer)["data"][0]) == ["number"]
    assert len(sources["erp"].asked) == 1


def test_a_count_is_one_more_statement(gateway: Gateway) -> None:
    """`count=exact` is the one thing that asks twice of a list."""
    opened, sources = watched(gateway)
    page = body(get(opened, "/v1/orders", [("count", "exact"), ("limit", "1"), ("status", "held")]))["page"]
    assert [shape.count for shape in sources["erp"].asked] == [False, True]
    assert page["total"] > 1


def test_a_bad_request_asks_no_source(gateway: Gateway) -> None:
    """400, 404, 405, 406, 422 and redirects end before a connection is reached for."""
    opened, sources = watched(gateway)
    for path, parameters, more in (
        ("/v1/orders", [("statsu", "x")], {}),
        ("/v1/orders", [("cursor", "x")], {}),
        ("/v1/orders/x", [], {}),
        ("/v1/ordres", [], {}),
        ("/v1/orders/", [], {}),
        ("/v1/orders", [], {"method": "POST"}),
        ("/v1/orders", [], {"accept": "text/csv"}),
    ):
        assert get(opened, path, parameters, **more).status >= 300
    assert not any(source.asked for source in sources.values())


def test_what_is_fresh_comes_from_memory(gateway: Gateway, standing: Cache) -> None:
    """The second answer is the first, byte by byte, and says that it is a hit and how old; 304 and HEAD are hits, too."""
    opened, sources = watched(gateway)
    opened = replace(opened, cache=standing)
    first, second = (get(opened, "/v2/orders", [("limit", "5"), ("status", "held")]) for _ in range(2))
    assert first.body == second.body
    assert header(first, "Cache-Status") == "bascule; fwd=uri-miss; stored"
    assert re.fullmatch(r"bascule; hit; ttl=(29|30)", header(second, "Cache-Status") or "")
    for name in ("ETag", "Data-As-Of", "Cache-Control"):
        assert header(first, name) == header(second, name)
    assert (header(first, "Age"), header(first, "Cache-Control")) == ("0", "public, max-age=30")
    other = get(opened, "/v2/orders", [("status", "held"), ("limit", "5")], method="HEAD")
    assert (header(other, "Cache-Status") or "").startswith("bascule; hit")
    assert (
        get(
            opened, "/v2/orders", [("status", "held"), ("limit", "5")], if_none_match=header(first, "ETag") or ""
        ).status
        == 304
    )
    assert len(sources["erp"].asked) == 1


def test_what_the_contract_does_not_keep_is_read_each_time(gateway: Gateway) -> None:
    """Without `cache` an answer is nobody's to keep without asking, and says so."""
    opened, sources = watched(gateway)
    for _ in range(2):
        answer = get(opened, "/v1/job-operations", [("limit", "1")])
        assert header(answer, "Cache-Status") == "bascule; fwd=bypass"
        assert header(answer, "Cache-Control") == "no-cache"
        assert header(answer, "Age") is None
    assert len(sources["mes"].asked) == 2


def test_versions_do_not_share_answers(gateway: Gateway) -> None:
    """The same row under two versions is two answers."""
    opened, sources = watched(gateway)
    number = body(get(opened, "/v1/orders", [("limit", "1")]))["data"][0]["number"]
    answers = [body(get(opened, f"/{version}/orders/{number}")) for version in ("v1", "v2")]
    assert "customer" in answers[0]
    assert "customer_number" in answers[1]
    assert len(sources["erp"].asked) == 3


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.__name__)
def test_a_source_that_fails_is_a_problem_without_a_legacy_name(gateway: Gateway, failure: type[SourceError]) -> None:
    """Whatever goes wrong at the source, the client reads no table, column, host or SQL; failures are not kept."""
    told: list[Observation] = []
    text = 'SELECT "ORDNO" FROM "PRODDTA"."ORDHDR" at as400-prod:8471 user BASCULE failed'
    opened, sources = watched(gateway, told.append, erp=failure(text))
    for _ in range(2):
        answer = get(opened, "/v1/orders", [("limit", "1")])
        assert answer.status >= 422
        assert (header(answer, "Retry-After") is not None) == failure.retryable == body(answer)["retryable"]
        sent = answer.body.decode() + repr(answer.headers)
        assert not re.search(r"ORD|PRODDTA|as400|8471|BASCULE|SELECT", sent)
    assert len(sources["erp"].asked) == 2
    assert [each.text for each in told if isinstance(each, SourceFailed)] == [text, text]


def test_no_legacy_name_in_any_answer(gateway: Gateway) -> None:
    """Tables, columns, indexes and libraries of the demo are in no body and no header, of answers good and bad."""
    catalogs = compile_folder(contract_folder(), {}).catalogs
    tables = [table for catalog in catalogs.values() for table in catalog.tables.values()]
    names = {table.name for table in tables} | {column.name for table in tables for column in table.columns}
    legacy = {name for name in names if not re.fullmatch(r"[A-Z][a-z]+", name)}
    known: Any = {"erp": port.Missing("ORDHDR"), "mes": port.Missing("JobOrder")}
    broken, _ = watched(gateway, **known)
    for opened in (gateway, broken):
        for path in ("/v1/orders", "/v1/orders/0022973", "/v2/components", "/v1/late-jobs", "/v1/orders?expand=lines,jobs&limit=3",
                     "/v1/orders?x=1&status=y&sort=ORDNO", "/v1/orders/ü"):  # fmt: skip
            answer, _ = explain(opened, path)
            words = set(re.findall(r"\w+", answer.body.decode() + repr(answer.headers)))
            assert words & legacy <= ({"ORDNO"} if "ORDNO" in path else set()), path


def test_an_expansion_that_is_down_leaves_a_hole(gateway: Gateway) -> None:
    """The item answers without it: null, an issue, no-store; the next one asks again, and nobody keeps the hole."""
    told: list[Observation] = []
    opened, sources = watched(gateway, told.append, mes=port.Unavailable("mes01"))
    for _ in range(2):
        answer = get(opened, "/v1/orders", [("limit", "2"), ("expand", "lines,jobs")])
        assert answer.status == 200
        for item in body(answer)["data"]:
            assert item["lines"]
            assert item["jobs"] is None
            assert item["_issues"]["jobs"] == "source-unavailable"
        assert header(answer, "Cache-Control") == "no-store"
        assert header(answer, "Cache-Status") == "bascule; fwd=uri-miss"
    assert (len(sources["erp"].asked), len(sources["mes"].asked)) == (4, 2)
    sources["mes"].failure = None
    assert header(get(opened, "/v1/orders", [("limit", "2"), ("expand", "lines,jobs")]), "Cache-Status") == (
        "bascule; fwd=uri-miss; stored"
    )


def test_an_expansion_of_too_many_rows_is_said(gateway: Gateway) -> None:
    """More related rows than the setting allows are not served, not even some of them."""
    opened, _ = watched(replace(gateway, settings=Settings(max_expanded_rows=10)))
    few = body(get(opened, "/v1/orders", [("limit", "1"), ("expand", "lines")]))["data"][0]
    assert 0 < len(few["lines"]) <= 10
    many = body(get(opened, "/v1/orders", [("limit", "100"), ("expand", "lines")]))["data"][0]
    assert (many["lines"], many["_issues"]["lines"]) == (None, "too-many-rows")


def test_many_who_want_the_same_cost_one_statement(gateway: Gateway) -> None:
    """Twenty requests at once: one statement, one body."""
    opened, sources = watched(gateway)
    barrier = threading.Barrier(20)

    def ask() -> bytes:
        barrier.wait(PATIENCE)
        return get(opened, "/v1/orders", [("limit", "100")]).body

    with ThreadPoolExecutor(20) as pool:
        bodies = {future.result() for future in [pool.submit(ask) for _ in range(20)]}
    assert len(bodies) == 1
    assert len(sources["erp"].asked) == 1


def test_who_waits_too_long_for_anothers_read_is_told(
    gateway: Gateway, standing: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request does not wait longer than its deadlines together, and does not add to the load of a slow source."""
    opened, sources = watched(gateway)
    opened = replace(opened, cache=standing)
    waits: list[float] = []

    class Landed:
        """A flight that does not land."""

        def wait(self, seconds: float) -> bool:
            """Not yet."""
            waits.append(seconds)
            return False

        def set(self) -> None:
            """Nobody waits."""

    seen_by_flights = SimpleNamespace(Event=Landed, Lock=threading.Lock)  # other threads go on with events of their own
    monkeypatch.setattr("app.stages.cache.threading", seen_by_flights)
    inner: list[Any] = []
    busy: Any = _Calls(sources["erp"].source, lambda: inner.append(get(opened, "/v1/orders", [("expand", "jobs")])))
    sources["erp"].source = busy
    assert get(opened, "/v1/orders", [("expand", "jobs")]).status == 200
    (waited,) = inner
    assert (waited.status, header(waited, "Retry-After")) == (504, "5")
    assert body(waited)["code"] == "source-timeout"
    assert waits == [pytest.approx(sum(gateway.deadlines.values()), abs=0.001)]


class _Calls:
    """A source that, once, does something before it answers."""

    def __init__(self, source: Any, before: Any) -> None:
        self.source, self.before = source, before

    def run(self, *arguments: Any) -> Any:
        """The rows."""
        before, self.before = self.before, lambda: None
        before()
        return self.source.run(*arguments)


def test_dirt_is_told_with_its_row(gateway: Gateway) -> None:
    """A value that does not decode is served as null with its issue, and told with the row's key and what is stored."""
    told: list[Observation] = []
    opened, _ = watched(gateway, told.append)
    found = [item for number in (1, 2) for item in _dirty(opened, number)]
    assert found
    issues = [each for each in told if isinstance(each, DataIssueFound)]
    assert {(each.key, each.field, each.issue) for each in issues} == {
        (item["number"], name, code) for item in found for name, code in item["_issues"].items()
    }
    assert all(len(each.stored) <= 80 for each in issues)
    assert {each.version for each in issues} == {"v1"}


def _dirty(gateway: Gateway, pages: int) -> list[dict[str, Any]]:
    parameters = [("limit", "500"), ("sort", "number" if pages == 1 else "-number")]
    return [item for item in body(get(gateway, "/v1/orders", parameters))["data"] if "_issues" in item]


def test_data_that_must_not_fail_is_a_problem_that_names_the_row(gateway: Gateway) -> None:
    """`on_issue: fail` answers 502 with the field and the key as clients know them."""
    versions = gateway.plan.versions
    orders = versions["v1"].resources["orders"]
    strict = replace(orders, fields={**orders.fields, "status": replace(orders.fields["status"], on_issue="fail")})
    plan = replace(
        gateway.plan,
        versions={"v1": replace(versions["v1"], resources={**versions["v1"].resources, "orders": strict})},
    )
    opened, sources = watched(replace(gateway, plan=plan, cache=alone(0)))
    rows = sources["erp"].source.run(_unknown_status(), ("77",)).rows
    answer = get(opened, f"/v1/orders/{rows[0][0]:07}")
    assert answer.status == 502
    assert body(answer)["code"] == "bad-data"
    assert body(answer)["detail"] == f"status of {rows[0][0]:07} cannot be read: unknown-code"
    assert "77" not in orjson.dumps(body(answer)["detail"]).decode().replace(f"{rows[0][0]:07}", "")


def _unknown_status() -> port.Shape:
    return port.Shape(("ORDNO",), "ORDHDR", where=port.Compare("ORDST", "="))
