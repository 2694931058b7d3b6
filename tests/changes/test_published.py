"""What was published is read from a folder, a file, or a git revision."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from app.changes.published import NoSuch, Published, Unreadable, read

DOCUMENT = json.dumps({"info": {"version": "v3"}})


def git(folder: Path, *arguments: str) -> None:
    """Run git as nobody in particular. Skips where there is none, fails where nothing may be skipped."""
    if shutil.which("git") is None:
        if os.environ.get("BASCULE_TEST_REQUIRE") == "all":
            pytest.fail("git is not installed")
        pytest.skip("git is not installed")
    who = ("-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A folder with two documents, a log, and files that are neither."""
    folder = tmp_path / "openapi"
    folder.mkdir()
    for name in ("v1.json", "v2.json", "notes.json", "v1.json.bak"):
        (folder / name).write_text(DOCUMENT, encoding="utf-8")
    (folder / "CHANGES.md").write_text("a log", encoding="utf-8")
    return folder


def test_a_folder(kept: Path, tmp_path: Path) -> None:
    """Documents of versions and the log are read, other files are not; a folder that is not there has nothing."""
    assert read(kept) == Published({"v1": DOCUMENT, "v2": DOCUMENT}, "a log")
    assert read(tmp_path, str(kept)) == read(kept)
    assert read(tmp_path / "none") == Published()


def test_a_file_is_a_document_of_the_version_that_it_says(kept: Path) -> None:
    """Its name does not matter."""
    assert read(kept, str(kept / "notes.json")).documents == {"v3": {"info": {"version": "v3"}}}


def test_a_revision_has_what_was_committed(kept: Path) -> None:
    """Neither what was changed since, nor what was never committed."""
    git(kept.parent, "init", "--quiet")
    git(kept.parent, "add", "openapi/v1.json", "openapi/CHANGES.md")
    git(kept.parent, "commit", "--quiet", "--message", "first")
    (kept / "v1.json").write_text("{}", encoding="utf-8")
    assert read(kept, "HEAD") == Published({"v1": DOCUMENT}, "a log")


@pytest.fixture
def committed(kept: Path) -> Path:
    """The folder, committed on the branch `main`, with a first commit before it that has nothing, tagged `empty`."""
    top = kept.parent
    git(top, "init", "--quiet", "--initial-branch", "main")
    git(top, "commit", "--quiet", "--allow-empty", "--message", "nothing")
    git(top, "tag", "empty")
    commit(top)
    return kept


def commit(top: Path) -> None:
    """Commit all that is there."""
    git(top, "add", "--all")
    git(top, "commit", "--quiet", "--message", "a change")


def test_a_folder_that_is_new_since_a_revision_has_nothing_there(committed: Path) -> None:
    """Also one that is not there yet, and one beside another that stays: a repository may have several contracts."""
    assert read(committed, "empty") == Published()
    assert read(committed.parent / "first" / "openapi", "main") == Published()
    assert read(committed.parent / "first" / "openapi", "empty") == Published()


def test_a_folder_that_is_gone_is_read_as_it_was(committed: Path) -> None:
    """The folder itself need not be there any more, nor the one above it."""
    published = read(committed, "main")
    shutil.rmtree(committed)
    assert read(committed, "main") == published != Published()


def test_a_folder_that_was_emptied_before_the_revision_is_not_new(committed: Path) -> None:
    """Its callers hold what it had; the error names the revision that has it."""
    for name in ("v1.json", "v2.json"):
        (committed / name).unlink()
    commit(committed.parent)
    with pytest.raises(
        NoSuch, match=r"no documents in it any more: (\w+) removed them — \1~1 has them \[unknown-folder\]"
    ):
        read(committed, "main")
    assert read(committed, "main~1").texts.keys() == {"v1", "v2"}


def test_a_folder_that_was_moved_is_not_new(committed: Path) -> None:
    """Where another of its name lost all its documents meanwhile; the error names it, and it can be compared with."""
    moved = committed.parent / "erp [new]" / "openapi"
    moved.parent.mkdir()
    shutil.copytree(committed, moved)
    assert read(moved, "main") == Published()
    (committed / "v1.json").unlink()
    assert read(moved, "main") == Published()
    shutil.rmtree(committed)
    with pytest.raises(NoSuch, match=rf"not there at main, .* — if it was moved: --to {committed} \[unknown-folder\]"):
        read(moved, "main")
    assert read(committed, "main").texts.keys() == {"v1", "v2"}


@pytest.mark.parametrize(
    ("revision", "said"),
    [
        ("mian", "mian: no folder, no file and no revision: .* — did you mean 'main'?"),
        ("emtpy", "did you mean 'empty'?"),
        ("{}/opnapi", "opnapi: no folder, no file and no revision: .* — did you mean '.*/openapi'?"),
        ("{}/bare", "bare: a folder without documents and no revision"),
        ("HEAD:openapi/v1.json", "no revision"),
        ("--output=x", "known: HEAD, empty, main"),
    ],
)
def test_what_is_no_revision_gets_the_nearest(committed: Path, revision: str, said: str) -> None:
    """An unknown name, a mistyped folder, a folder without documents, an option of git's, and a file of a revision are none."""
    (committed.parent / "bare").mkdir()
    with pytest.raises(NoSuch, match=said) as refused:
        read(committed, revision.format(committed.parent))
    assert refused.value.code == "unknown-revision"


def test_in_no_repository_there_is_no_revision(kept: Path) -> None:
    """Git's own words say so."""
    with pytest.raises(NoSuch, match="main: no folder, no file and no revision: fatal: not a git repository"):
        read(kept, "main")


@pytest.mark.parametrize(("text", "said"), [("{", "no JSON"), ("[]", "no OpenAPI document")])
def test_a_damaged_document_is_named(kept: Path, text: str, said: str) -> None:
    """The fault names the document."""
    (kept / "v2.json").write_text(text, encoding="utf-8")
    with pytest.raises(Unreadable, match=f"v2: {said}"):
        read(kept).documents  # noqa: B018 - the documents are parsed when they are asked for


def test_a_file_that_says_no_version_is_refused(kept: Path) -> None:
    """Any other JSON file is no document."""
    (kept / "notes.json").write_text('{"info": {}}', encoding="utf-8")
    with pytest.raises(Unreadable, match="does not say its version"):
        read(kept, str(kept / "notes.json"))
