"""`bascule diff` and the log of `bascule openapi`: the demo plant's contract, edited in many ways."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.changes import log
from app.changes.published import LOG, read
from app.cli import main, openapi
from tests import shop
from tests.changes.documents import TODAY
from tests.changes.test_published import git
from tests.cli.conftest import Bascule
from tests.house.source import ROOT

PUBLISHED = ROOT / "openapi"


@pytest.fixture
def plant(tmp_path: Path) -> Path:
    """A copy of the demo plant's contract."""
    return Path(shutil.copytree(PUBLISHED / "plant", tmp_path / "plant"))


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the demo plant publishes, as its contract is now."""
    folder = tmp_path_factory.mktemp("published")
    assert CliRunner().invoke(main, ["openapi", str(PUBLISHED / "plant"), "--to", str(folder)]).exit_code == 0
    return folder


@pytest.fixture(autouse=True)
def _one_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every entry is made on the same day."""
    monkeypatch.setattr(openapi, "today", lambda: TODAY)


def edit(folder: Path, file: str, old: str, new: str) -> None:
    """Replace a text that stands in a file once."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit of the contract; `codes` are those of v1 but texts, `file` the first that is to blame."""

    file: str
    old: str
    new: str
    codes: Mapping[str, str]  # code -> grade
    blamed: str = ""


ORDERS = "v1/orders.yaml"
EDITS: Mapping[str, Edit] = {
    "a field renamed": Edit(
        "v1/items.yaml",
        "  weight_kg:",
        "  mass_kg:",
        {"field-renamed": "breaking", "parameter-enum-narrowed": "breaking", "parameter-enum-widened": "safe"},
        "v1/items.yaml",
    ),
    "a field removed": Edit(
        ORDERS,
        "  currency:\n    column: CURCD\n    type: string\n    description: Currency of the order, ISO 4217.\n    example: EUR\n",
        "",
        {"field-removed": "breaking", "parameter-enum-narrowed": "breaking"},
        ORDERS,
    ),
    "a field of another type": Edit(
        ORDERS,
        'type: decimal\n    stored_as: {packed: {scale: 1}}\n    description: Net weight of all lines, in kilograms.\n    example: "128.4"',
        "type: number\n    stored_as: {packed: {scale: 1}}\n    description: Net weight of all lines, in kilograms.\n    example: 128.4",
        {"field-type-changed": "breaking"},
        ORDERS,
    ),
    "a field added": Edit(
        ORDERS,
        "  changed_at:\n    columns",
        "  purchase: {column: CUSPO, type: string}\n  changed_at:\n    columns",
        {"field-added": "safe", "parameter-enum-widened": "safe"},
        ORDERS,
    ),
    "a name of an enum changed": Edit(
        ORDERS,
        '"15": held',
        '"15": waiting',
        {
            "parameter-enum-narrowed": "breaking",
            "parameter-enum-widened": "safe",
            "field-enum-widened": "risky",
            "field-enum-narrowed": "safe",
        },
        ORDERS,
    ),
    "a name of an enum added": Edit(
        ORDERS,
        '"15": held',
        '"15": held\n      "16": checked',
        {"parameter-enum-widened": "safe", "field-enum-widened": "risky"},
        ORDERS,
    ),
    "a smaller page": Edit(ORDERS, "max: 500", "max: 200", {"page-limit-lowered": "breaking"}, ORDERS),
    "a filter taken away": Edit(
        ORDERS, "status, ordered_on, rush", "status, rush", {"parameter-removed": "breaking"}, ORDERS
    ),
    "another default page": Edit(ORDERS, "default: 50", "default: 20", {"parameter-default-changed": "risky"}, ORDERS),
    "another wording": Edit(ORDERS, "How far the order has come.", "Where the order is.", {}),
    "a shorter key": Edit(
        ORDERS,
        "{integer: {digits: 7}}",
        "{integer: {digits: 6}}",
        {"parameter-pattern-changed": "risky", "field-pattern-changed": "risky"},
        ORDERS,
    ),
    "an expansion taken away": Edit(
        ORDERS,
        "  jobs: {resource: jobs, on: {number: order}, many: true}\n",
        "",
        {"field-removed": "breaking", "parameter-enum-narrowed": "breaking"},
        ORDERS,
    ),
    "a credential asked for": Edit(
        "gateway.yaml",
        "security: open                  # for a look on one's own machine; never on a network",
        "security: {}",
        {
            "credential-required": "breaking",
            "error-added": "safe",
        },
        "gateway.yaml",
    ),
    "an earlier sunset": Edit(
        "v1/version.yaml", "2027-09-01", "2027-03-01", {"sunset-brought-forward": "breaking"}, "v1/version.yaml"
    ),
    "a promise taken back": Edit(
        "v1/version.yaml",
        "status: deprecated",
        "status: draft",
        {"version-withdrawn": "breaking", "header-removed": "risky"},
        "v1/version.yaml",
    ),
}


def _changes(output: str, version: str = "v1") -> list[dict[str, Any]]:
    versions = json.loads(output)["versions"]
    return next(each["changes"] for each in versions if each["version"] == version)


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_of_the_plant_is_found_graded_and_attributed(
    bascule: Bascule, plant: Path, published: Path, name: str
) -> None:
    """The kinds of the change in v1, their grades, the file that is to blame, and the exit code for each level."""
    edit_ = EDITS[name]
    edit(plant, edit_.file, edit_.old, edit_.new)
    result = bascule("diff", plant, "--to", published, "--json")
    changes = [each for each in _changes(result.stdout) if each["code"] != "text-changed"]
    found = {each["code"]: each["grade"] for each in changes}
    assert edit_.codes.items() <= found.items()
    assert {grade for grade in found.values() if grade != "safe"} == {g for g in edit_.codes.values() if g != "safe"}
    assert (result.exit_code == 1) == ("breaking" in edit_.codes.values())
    for each in changes:
        if each["code"] in edit_.codes and edit_.blamed and each["files"]:
            assert each["files"][0].startswith(edit_.blamed)
    assert any(each["files"] for each in changes) == bool(edit_.blamed)


def test_the_plant_is_as_it_was_published(bascule: Bascule, plant: Path, published: Path) -> None:
    """Nothing differs, of no grade."""
    result = bascule("diff", plant, "--to", published, "--level", "safe")
    assert (result.exit_code, result.stdout) == (0, "v1, published: no change\n\nv2, published: no change\n")


def test_a_change_is_told_with_place_file_and_remedy(bascule: Bascule, plant: Path, published: Path) -> None:
    """A line says grade, resource and what; the next ones where, which line of the contract, why, and what to do."""
    edit(plant, ORDERS, "max: 500", "max: 200")
    result = bascule("diff", plant, "--to", published)
    assert (
        "  breaking  orders: a page has `200` items at most, was `500` [page-limit-lowered]\n"
        "            GET /v1/orders, v1/orders.yaml:102:1\n"
        "            A larger `limit` is refused with 422, not cut. Keep `page: {max: …}`, and write the resource anew in a"
        " new version.\n"
    ) in result.stdout
    assert "Error: 2 changes breaking" in result.stderr


def test_levels(bascule: Bascule, plant: Path, published: Path) -> None:
    """A risky change passes unless the level is risky; milder ones are counted and not listed."""
    edit(plant, ORDERS, "default: 50", "default: 20")
    lenient, strict = (bascule("diff", plant, "--to", published, "--level", level) for level in ("breaking", "risky"))
    assert (lenient.exit_code, strict.exit_code) == (0, 1)
    assert "v1, published: 1 risky" in lenient.stdout
    assert "parameter-default-changed" not in lenient.stdout
    assert "parameter-default-changed" in strict.stdout


def test_a_new_version_may_change_what_it_likes(bascule: Bascule, plant: Path, published: Path) -> None:
    """It is compared with the version that it extends; its lenses' reasons are told, and it ends with 0."""
    (plant / "v3").mkdir()
    (plant / "v3" / "version.yaml").write_text("extends: v2\nstatus: draft\n", encoding="utf-8")
    lens = "resource: customers\nchanges:\n  - {remove: email, because: Nobody writes}\n"
    (plant / "v3" / "customers.yaml").write_text(lens, encoding="utf-8")
    result = bascule("diff", plant, "--to", published)
    assert result.exit_code == 0
    assert "v3, new, beside v2, which it extends: 2 breaking" in result.stdout
    assert "  customers: email removed. Nobody writes\n" in result.stdout
    assert "[field-removed]\n            schema Customer, v3/customers.yaml:3:5" in result.stdout


def test_a_version_that_is_gone_breaks_its_promise(bascule: Bascule, folder: Path) -> None:
    """A document that was published and has no version any more is refused."""
    bascule("openapi", folder)
    shutil.copy(folder / "openapi" / "v1.json", folder / "openapi" / "v2.json")
    result = bascule("diff", folder)
    assert result.exit_code == 1
    assert "v2, published, and gone: 1 breaking" in result.stdout


def test_where_nothing_was_published_nothing_breaks(bascule: Bascule, folder: Path) -> None:
    """A contract without documents is new; what publishes them is said."""
    result = bascule("diff", folder)
    assert (result.exit_code, result.stdout) == (0, "v1, new: 1 safe\n")
    assert "`bascule openapi` does" in result.stderr


def test_against_a_file_only_its_version_is_compared(bascule: Bascule, plant: Path, published: Path) -> None:
    """One downloaded document is enough to ask what a change does to whoever holds it."""
    edit(plant, ORDERS, "max: 500", "max: 200")
    result = bascule("diff", plant, "--against", published / "v2.json")
    assert result.exit_code == 1
    assert result.stdout.startswith("v2, published: 1 breaking")
    assert "v1, " not in result.stdout


def test_what_cannot_be_read_is_said(bascule: Bascule, folder: Path) -> None:
    """No folder, no file and no revision: a line with its code, and 2. A document that is damaged is no mistyped name: 1."""
    bascule("openapi", folder)
    for command in ("diff", "openapi"):
        result = bascule(command, folder, "--against", "no-such-thing")
        assert result.exit_code == 2
        assert "Error: no-such-thing: no folder, no file and no revision" in result.stderr
        assert "[unknown-revision]" in result.stderr
    (folder / "openapi" / "v1.json").write_text("{", encoding="utf-8")
    assert bascule("diff", folder).exit_code == 1


def test_a_mistyped_folder_is_no_contract_without_documents(bascule: Bascule, folder: Path) -> None:
    """Whoever names the folder of the documents means one that is there."""
    bascule("openapi", folder)
    result = bascule("diff", folder, "--to", folder / "opnapi")
    assert result.exit_code == 2
    assert (
        f"{folder}/opnapi: there is no such folder — did you mean '{folder}/openapi'? [unknown-folder]" in result.stderr
    )


@pytest.fixture
def repository(bascule: Bascule, folder: Path) -> Path:
    """The shop's contract, published and committed."""
    bascule("openapi", folder)
    git(folder, "init", "--quiet")
    _commit(folder)
    return folder


def _commit(folder: Path) -> None:
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "published")


def _log(folder: Path) -> str:
    return (folder / "openapi" / LOG).read_text(encoding="utf-8")


def test_against_a_revision_documents_that_were_written_meanwhile_hide_nothing(
    bascule: Bascule, repository: Path
) -> None:
    """Where contract and documents change in one commit, the branch that it goes to still has what callers hold."""
    shop.write_items(repository, shop.RENAMED_ITEMS)
    bascule("openapi", repository, "--against", "HEAD")
    assert bascule("diff", repository).exit_code == 0
    result = bascule("diff", repository, "--against", "HEAD")
    assert result.exit_code == 1
    assert "items: `name` is called `label` [field-renamed]" in result.stdout


def test_a_contract_that_is_new_since_a_revision_is_no_error(bascule: Bascule, repository: Path) -> None:
    """Its folder was never there; one that is there at the revision and gone since is compared all the same."""
    other = shop.build(repository / "other")
    result = bascule("diff", other, "--against", "HEAD")
    assert (result.exit_code, result.stdout) == (0, "v1, new: 1 safe\n")
    assert f"nothing was published in {other}/openapi at HEAD yet" in result.stderr
    assert bascule("openapi", other, "--against", "HEAD").exit_code == 0
    shop.write_items(repository, shop.RENAMED_ITEMS)
    shutil.rmtree(repository / "openapi")
    result = bascule("diff", repository, "--against", "HEAD")
    assert result.exit_code == 1
    assert "items: `name` is called `label` [field-renamed]" in result.stdout


def test_a_contract_that_was_moved_is_no_new_one(bascule: Bascule, repository: Path) -> None:
    """What its callers hold lies where it was; the error says how to compare with that."""
    moved = repository / "moved"
    shutil.copytree(repository, moved, ignore=shutil.ignore_patterns(".git"))
    shutil.rmtree(repository / "openapi")
    shop.write_items(moved, shop.RENAMED_ITEMS)
    result = bascule("diff", moved, "--against", "HEAD")
    assert result.exit_code == 2
    assert f"if it was moved: --to {repository}/openapi [unknown-folder]" in result.stderr
    assert bascule("diff", moved, "--against", "HEAD", "--to", repository / "openapi").exit_code == 1


def test_the_log_is_made_of_what_is_committed(bascule: Bascule, repository: Path) -> None:
    """However often it is written before a commit, it has one entry; afterwards it is the same again from the commit before."""
    shop.write_items(repository, shop.ITEMS.replace("sort: [number, since]", "sort: [number]"))
    bascule("openapi", repository, "--against", "HEAD")
    shop.write_items(repository, shop.RENAMED_ITEMS)
    bascule("openapi", repository, "--against", "HEAD")
    log = _log(repository)
    assert "- **items**: `name` is called `label` (breaking)." in log
    assert "`sort`" not in log
    bascule("openapi", repository, "--against", "HEAD")
    _commit(repository)
    bascule("openapi", repository, "--against", "HEAD~1")
    assert _log(repository) == log
    bascule("openapi", repository, "--against", "HEAD")
    assert _log(repository) == log


def test_a_change_that_is_taken_back_leaves_no_entry(bascule: Bascule, repository: Path) -> None:
    """The log tells what came of it, not the way there."""
    before = _log(repository)
    for text in (shop.RENAMED_ITEMS, shop.ITEMS):
        shop.write_items(repository, text)
        bascule("openapi", repository, "--against", "HEAD")
    assert _log(repository) == before


def test_without_a_revision_each_writing_is_a_publication(bascule: Bascule, folder: Path) -> None:
    """A folder that is in no repository gets an entry whenever a document becomes another one, and none otherwise."""
    for text in (shop.ITEMS, shop.RENAMED_ITEMS, shop.RENAMED_ITEMS, shop.ITEMS):
        shop.write_items(folder, text)
        bascule("openapi", folder)
    log = _log(folder)
    assert log.count("is called") == 2 * 2  # a field and its filter, there and back
    assert log.count("### v1, new") == 1


def test_a_log_that_was_left_behind_is_a_difference(bascule: Bascule, folder: Path) -> None:
    """`bascule openapi --check` finds documents that were written without their log; who keeps none needs none."""
    bascule("openapi", folder)
    log = folder / "openapi" / LOG
    text = log.read_text(encoding="utf-8")
    log.write_text(text.replace("v1 ", "v1 0", 1), encoding="utf-8")
    result = bascule("openapi", folder, "--check")
    assert result.exit_code == 1
    assert "CHANGES.md (published)" in result.stdout
    log.unlink()
    assert bascule("openapi", folder, "--check").exit_code == 0


def test_the_log_of_the_demo_plant_is_fresh() -> None:
    """openapi/CHANGES.md has come to the documents beside it; `make docs` writes them together."""
    kept = read(PUBLISHED)
    assert kept.log == log.come_to(kept.log, kept.texts)
