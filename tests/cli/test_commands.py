"""What every command has in common: exit codes, faults as lines, no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli import COMMANDS
from tests import shop
from tests.cli.conftest import Bascule
from tests.house.source import ROOT


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(bascule: Bascule, command: str) -> None:
    """`--help` answers with a sentence and the command's own usage."""
    result = bascule(command, "--help")
    assert result.exit_code == 0
    assert f"{command} [OPTIONS]" in result.stdout
    assert ". " in result.stdout.replace(".\n", ". ")


def test_the_list_of_commands_is_whole(bascule: Bascule) -> None:
    """`bascule --help` names every command of the table; each module of the package is one, or shared."""
    listed = bascule("--help").stdout
    assert [command for command in COMMANDS if f"  {command} " not in listed] == []
    modules = {path.stem for path in (ROOT / "app" / "cli").glob("*.py")}
    assert modules == {*COMMANDS, "__init__", "terminal", "opened", "reads"}


def test_an_unknown_command_names_the_nearest(bascule: Bascule) -> None:
    """A typing mistake is a usage error."""
    result = bascule("chek")
    assert result.exit_code == 2
    assert "did you mean 'check'?" in result.stderr


@pytest.mark.parametrize("command", ["check", "plan", "openapi", "issues", "catalog"])
def test_faults_are_lines(bascule: Bascule, folder: Path, command: str) -> None:
    """Every command that compiles prints each fault with its place, then their number, and ends with 1."""
    (folder / "gateway.yaml").write_text("title: [\n", encoding="utf-8")
    result = bascule(command, folder)
    assert result.exit_code == 1
    assert "gateway.yaml:" in result.stderr
    assert result.stderr.rstrip().splitlines()[-1].startswith("Error: ")


def test_a_missing_folder_is_a_usage_error(bascule: Bascule, tmp_path: Path) -> None:
    """The folder that does not exist is named."""
    result = bascule("check", tmp_path / "nowhere")
    assert result.exit_code == 2
    assert "nowhere" in result.stderr


def test_the_module_is_the_command(folder: Path) -> None:
    """`python -m app` is `bascule`, with the same exit codes, and shows no traceback for a user's mistake."""
    shop.write_items(folder, shop.BROKEN_ITEMS)
    run = [sys.executable, "-m", "app", "check", str(folder)]
    done = subprocess.run(run, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "v1/items.yaml:4:1" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_cannot_be_written_is_said(bascule: Bascule, folder: Path) -> None:
    """A file where a folder is needed is one line, not a traceback."""
    (folder / "openapi").write_text("", encoding="utf-8")
    result = bascule("openapi", folder)
    assert result.exit_code == 1
    assert "openapi" in result.stderr


def test_a_bad_setting_is_a_usage_error(bascule: Bascule, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The setting is named, with the nearest valid one."""
    monkeypatch.setenv("BASCULE_RETRY_AFTR", "5")
    result = bascule("issues", folder)
    assert result.exit_code == 2
    assert "did you mean 'BASCULE_RETRY_AFTER'?" in result.stderr
