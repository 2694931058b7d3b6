"""Contracts that `bascule draft` has made, of databases whose own contract it has not seen."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import main
from app.demo import catalogs

GATEWAY = """\
title: Drafted
timezone: America/Detroit
sources:
  erp: {kind: sqlite, path: erp.db, deadline: 30s}
  mes: {kind: sqlite, path: mes.db, deadline: 30s}
security: open
"""


def drafted(folder: Path, *sources: str) -> Path:
    """The folder, every table of the sources drafted."""
    for source in sources:
        done = CliRunner().invoke(main, ["draft", str(folder), source, "--like", "*", "--yes"])
        assert done.exit_code == 0, done.output
    return folder


@pytest.fixture(scope="session")
def undocumented(plant: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo plant's databases, drafted from names of tables and columns alone, as SQLite keeps them; for reading only."""
    folder = tmp_path_factory.mktemp("undocumented")
    return drafted(_databases(plant, folder), "erp", "mes")


@pytest.fixture(scope="session")
def described(plant: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, with a catalog that has texts, as an AS/400 keeps them; for reading only."""
    folder = tmp_path_factory.mktemp("described")
    catalogs.write(folder / "catalog")
    return drafted(_databases(plant, folder), "erp", "mes")


def _databases(plant: Path, folder: Path) -> Path:
    for name in ("erp.db", "mes.db"):
        shutil.copyfile(plant / name, folder / name)
    (folder / "gateway.yaml").write_text(GATEWAY, encoding="utf-8")
    return folder
