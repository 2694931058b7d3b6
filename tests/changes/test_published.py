"""What was published is read from a folder, a file, or a git revision."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from app.changes.published import Published, Unreadable, read

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


@pytest.mark.parametrize("revision", ["no-such-branch", "--output=x", "HEAD:v1.json"])
def test_what_is_no_revision_is_refused(kept: Path, revision: str) -> None:
    """An unknown name, an option of git's and a file of a revision are none; in no repository there is none at all."""
    with pytest.raises(Unreadable):
        read(kept, revision)
    git(kept.parent, "init", "--quiet")
    with pytest.raises(Unreadable, match="no revision"):
        read(kept, revision)


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
