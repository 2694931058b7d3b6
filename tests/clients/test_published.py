"""The published documents of the demo plant, which clients are generated from: no change goes unseen."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import main
from app.demo.plant import contract_folder

PUBLISHED = Path(__file__).resolve().parents[2] / "openapi"


def test_the_published_documents_are_what_the_code_says() -> None:
    """`openapi/v1.json` and `v2.json` are the documents of the demo plant as it is; the difference is shown if not."""
    done = CliRunner().invoke(main, ["openapi", str(contract_folder()), "--to", str(PUBLISHED), "--check"])
    if done.exit_code:
        pytest.fail(
            f"{done.output}\nIf the change is meant: `make docs` writes the documents; commit them with it.",
            pytrace=False,
        )


def test_a_difference_would_be_shown(tmp_path: Path) -> None:
    """A document with one other word fails the comparison, which shows the line."""
    for path in PUBLISHED.glob("v*.json"):
        text = path.read_text(encoding="utf-8").replace("List customers", "List clients")
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    done = CliRunner().invoke(main, ["openapi", str(contract_folder()), "--to", str(tmp_path), "--check"])
    assert done.exit_code == 1
    assert '-        "summary": "List clients",' in done.output
    assert '+        "summary": "List customers",' in done.output
