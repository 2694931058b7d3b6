"""The TypeScript client that a gateway gives out: compiled strictly, and run against a gateway."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from app.describe.clients import typescript
from app.describe.clients.api import read
from tests.clients import node
from tests.clients.scripted import Answer, problem, scripted
from tests.describe import odd

MISTAKES = (
    ('"2026-01-01"', "20260101"),
    ('["released", "held"]', '["released", "lost"]'),
    ('["lines", "jobs"]', '["lines", "job"]'),
    ("limit: 5", 'limit: "five"'),
    ("line.quantity", "line.quantities"),
    ("order.total?.toFixed", "order.total.toFixed"),
    ("client.lateJobs", "client.lateJob"),
    ('["HY-50/225", component, sequence]', '["HY-50/225", component]'),
    ("error.retryable", "error.retriable"),
    ('"ordered_on[gte]"', '"ordered_on[gt]]"'),
)


@pytest.fixture(scope="module")
def folder(address: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the client as the gateway gives it out, and programs of it, compiled."""
    node.required()
    made = node.project(tmp_path_factory.mktemp("typescript"))
    (made / "types.ts").write_text(fetched(f"{address}/downloads/v2/types.ts"), encoding="utf-8")
    for program in ("own_client.ts", "asking.ts"):
        shutil.copy(node.HERE / program, made)
    done = node.compiled(made, "own_client.ts", "asking.ts")
    assert done.returncode == 0, done.stdout
    return made


def fetched(url: str) -> str:
    """What an address answers."""
    with urlopen(url, timeout=60) as answer:
        text: str = answer.read().decode()
    return text


def test_a_program_finds_what_is_there(folder: Path, address: str) -> None:
    """Filters, expansions, pages, keys of several parts and with slashes, kept answers, a problem: as anybody sees them."""
    ran = node.run(folder, "out/own_client.js", address)
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    asked = "status=released&status=held&ordered_on[gte]=2026-01-01&sort=-ordered_on,number&expand=lines,jobs&limit=5"
    orders = json.loads(fetched(f"{address}/v2/orders?{asked}"))["data"]
    assert len(orders) == 5
    assert found["orders"] == [
        {
            "number": order["number"],
            "total": f"{order['total']:.2f}",
            "lines": [line["quantity"] for line in order["lines"]],
            "jobs": [job["state"] for job in order["jobs"]],
        }
        for order in orders
    ]
    total = json.loads(fetched(f"{address}/v2/late-jobs?count=exact&limit=1"))["page"]["total"]
    assert len(set(found["late"])) == len(found["late"]) == total
    item = json.loads(fetched(f"{address}/v2/items/HY-50%2F225?expand=components"))
    assert found["components"] == [each["component"] for each in item["components"]]
    assert found["same"]
    assert found["first"] == item["components"][0]
    assert found["missing"] == {"code": "not-found", "retryable": False}
    assert found["asOf"].endswith("Z")


def test_a_mistake_does_not_compile(folder: Path) -> None:
    """The types know parameters, their values, fields, keys, resources and problems: a mistake in any of them is found."""
    program = (node.HERE / "own_client.ts").read_text(encoding="utf-8")
    names = [f"mistake{number}.ts" for number in range(len(MISTAKES))]
    for name, (right, wrong) in zip(names, MISTAKES, strict=True):
        assert right in program
        (folder / name).write_text(program.replace(right, wrong), encoding="utf-8")
    done = node.compiled(folder, *names)
    assert {name for name in names if f"{name}(" in done.stdout} == set(names), done.stdout


def asking(folder: Path, times: int, *answers: Answer) -> tuple[list[Any], list[dict[str, str]]]:
    """What a program found that asked for one order so often, and the headers that it sent."""
    with scripted(*answers) as told:
        ran = node.run(folder, "out/asking.js", told.url, str(times))
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout), [dict(each.headers) for each in told.asked]


def test_what_has_not_changed_is_not_sent_again(folder: Path) -> None:
    """An ETag is shown the next time, and the answer to 304 is the one that is kept."""
    found, sent = asking(folder, 2, Answer(200, {"number": "1"}, {"ETag": '"a"'}), Answer(304))
    assert found == [{"number": "1"}, {"number": "1"}]
    assert [each.get("if-none-match") for each in sent] == [None, '"a"']
    assert {each["authorization"] for each in sent} == {"Bearer k"}


def test_what_may_pass_is_asked_again(folder: Path) -> None:
    """After the time that the gateway asks for, or a short one; not at all where that does not help, or takes too long."""
    busy = problem(503, "source-busy", retryable=True, after="0")
    found, sent = asking(folder, 1, busy, Answer(0), Answer(200, {"number": "1"}))
    assert (found, len(sent)) == ([{"number": "1"}], 3)
    for answer in (
        problem(404, "not-found", retryable=False),
        problem(503, "source-quiet", retryable=True, after="3600"),
    ):
        (refused,), sent = asking(folder, 1, answer)
        assert (refused["problem"], refused["status"], refused["code"], len(sent)) == (
            answer.body, answer.status, answer.body["code"], 1,
        )  # fmt: skip
    (refused,), sent = asking(folder, 1, busy)
    assert (refused["code"], refused["retryAfter"], len(sent)) == ("source-busy", 0, 3)


def test_what_is_no_problem_document_is_a_problem_all_the_same(folder: Path) -> None:
    """A proxy's page has a status, and no code; a redirect leads nowhere."""
    (refused,), _ = asking(folder, 1, Answer(502, "<html>", {"Retry-After": "0"}))
    assert (refused["status"], refused["code"], refused["retryable"]) == (502, "", True)
    with scripted(Answer(200, {"number": "2"})) as other:
        elsewhere = Answer(302, "", {"Location": f"{other.url}/v2/orders/1"})
        found, _ = asking(folder, 1, elsewhere)
        assert (found, other.asked) == (["TypeError: fetch failed"], [])


def test_any_contract_compiles(tmp_path: Path) -> None:
    """Reserved words, names of globals, texts with everything in them; and a version without resources."""
    node.required()
    made = node.project(tmp_path)
    for name, document in (("hard.ts", odd.everything()), ("empty.ts", odd.described(odd.planned({})))):
        (made / name).write_text(typescript.client(read(document)), encoding="utf-8")
    done = node.compiled(made, "hard.ts", "empty.ts")
    assert done.returncode == 0, done.stdout
