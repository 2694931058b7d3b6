"""Collections as the programs see them that open them: read with their own libraries, and sent to a gateway."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from app.describe.clients import bruno, postman
from app.describe.clients.api import Api, Operation, described, read
from app.describe.clients.bruno import _value
from app.describe.clients.requests import example_key, text_of, variable
from tests.clients import node
from tests.describe import odd


def seen(folder: Path, archive: bytes, collection: str) -> dict[str, Any]:
    """What Bruno's and Postman's libraries see."""
    node.required()
    node.project(folder)
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        files.extractall(folder / "bruno")
    (root,) = (folder / "bruno").iterdir()
    (folder / "postman.json").write_text(collection, encoding="utf-8")
    script = (node.HERE / "read_collections.cjs").read_text(encoding="utf-8")
    (folder / "read.cjs").write_text(script, encoding="utf-8")
    done = node.run(folder, "read.cjs", str(root), "postman.json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def plant(address: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The demo plant's collections, as its gateway gives them out."""
    found = []
    for name in ("bruno.zip", "postman.json"):
        with urlopen(f"{address}/downloads/v2/{name}", timeout=60) as answer:
            found.append(answer.read())
    return seen(tmp_path_factory.mktemp("collections"), found[0], found[1].decode())


def fetched(url: str) -> tuple[int, Any]:
    """A status and a body."""
    try:
        with urlopen(url, timeout=60) as answer:
            return answer.status, json.load(answer)
    except HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)


def test_postman_sends_what_the_gateway_answers(plant: dict[str, Any], address: str) -> None:
    """Every request of the collection, with one parameter switched on, finds something; what is saved looks like it."""
    assert plant["auth"] == "noauth"
    assert len(plant["requests"]) == 22
    for each in plant["requests"]:
        assert each["method"] == "GET"
        assert each["url"].startswith(f"{address}/v2/{each['folder']}")
        saved = {answer["code"]: answer["body"] for answer in each["answers"]}
        assert {200, 406, 422, 503} <= set(saved)
        if ":" not in each["path"].split("/")[-1] and "limit=" in each["url"]:
            status, found = fetched(each["url"])
            assert (status, set(found)) == (200, set(saved[200]))


def test_bruno_sends_what_the_gateway_answers(plant: dict[str, Any], address: str) -> None:
    """Every request of the collection, as it is in its file, is one that the gateway understands; lists find something."""
    (settings,) = (each for path, each in plant["bruno"].items() if path.startswith("environments/"))
    assert [(each["name"], each["value"]) for each in settings["variables"]] == [("baseUrl", address)]
    requests = [each for each in plant["bruno"].values() if "http" in each]
    assert len(requests) == 22
    for each in requests:
        url = each["http"]["url"].replace("{{baseUrl}}", address)
        for parameter in each["params"]:
            if parameter["type"] == "path":
                url = url.replace(f":{parameter['name']}", parameter["value"])
        status, found = fetched(url)
        listed = ":" not in each["http"]["url"].rpartition("/")[2]
        assert status == 200 or (found["code"], listed) == (
            "not-found",
            False,
        )  # examples of fields need not be one row's


def test_collections_of_any_contract_are_read_as_they_were_meant(tmp_path: Path) -> None:
    """Whatever names and texts a contract has, nothing of a request gets lost or becomes something else."""
    api = read(odd.everything())
    found = seen(tmp_path, bruno.archive(api), postman.collection(api))
    operations = [each for resource in api.resources for each in (resource.list, resource.item)]
    assert [each["name"] for each in found["requests"]] == [each.summary for each in operations]
    assert [[answer["body"] for answer in each["answers"]] for each in found["requests"]] == [
        [example.body for example in each.examples] for each in operations
    ]
    in_bruno = {each["http"]["url"]: each for each in found["bruno"].values() if "http" in each}
    assert len(in_bruno) == len(operations)
    for operation in operations:
        check_bruno(in_bruno[address_in_bruno(operation)], operation)
    check_folders(found["bruno"], api)


def address_in_bruno(operation: Operation) -> str:
    """The address of a request."""
    before, _, last = operation.path.rpartition("/")
    return f"{{{{baseUrl}}}}{before}/{f':{variable(operation)}' if operation.key else last}"


def check_bruno(found: dict[str, Any], operation: Operation) -> None:
    """A request says what the operation takes."""
    assert (found["http"]["method"], found["http"]["auth"]) == ("get", "inherit")
    assert found["meta"]["name"] == described(operation.summary)
    query = [
        (each["name"], each["value"], each["enabled"]) for each in found.get("params", []) if each["type"] == "query"
    ]
    assert query == [(each.name, _value(text_of(each.example)), False) for each in operation.query]
    key = [each["value"] for each in found.get("params", []) if each["type"] == "path"]
    assert key == ([example_key(operation)] if operation.key else [])
    for each in operation.query:
        assert f"- `{each.name}`: " in found["docs"]


def check_folders(found: dict[str, Any], api: Api) -> None:
    """A folder is a resource, in the document's order."""
    folders = [each for path, each in found.items() if path.endswith("/folder.bru")]
    names = {int(each["meta"]["seq"]): each["meta"]["name"] for each in folders}
    assert [names[place] for place in sorted(names)] == [each.name for each in api.resources]
