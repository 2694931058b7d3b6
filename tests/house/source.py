"""The files that the house rules are about, and what is asked of them."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("adapters", "app", "bench", "docs", "tests")
TEXT = {".md", ".py", ".sh", ".sql", ".toml", ".yaml", ".yml", ""}  # "": Makefile, Dockerfile, LICENSE, .ci/run

_PRUNED = {"node_modules", "build", "dist", "demo-plant", "__pycache__"}
_DIRECTIVE = re.compile(r"#\s*(noqa(:\s*[A-Z]+\d+(,\s*[A-Z]+\d+)*)?|type:\s*ignore(\[[\w, -]+\])?)")
_REASON = re.compile(r"\w+\W+\w+")  # two words at least


def modules(*packages: str) -> list[Path]:
    """The Python files of these packages (none named: of all), sorted."""
    return sorted(path for package in packages or PACKAGES for path in (ROOT / package).rglob("*.py") if _kept(path))


def texts() -> list[Path]:
    """Every text file of the project that a person wrote."""
    return sorted(path for path in ROOT.rglob("*") if path.suffix in TEXT and path.is_file() and _kept(path))


def named(path: Path) -> str:
    """The path as messages show it, from the project's root."""
    return path.relative_to(ROOT).as_posix()


def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function, nested ones and methods too."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def long_functions(tree: ast.AST, most: int) -> list[str]:
    """The functions of more than `most` lines, docstring included, as `name (lines)`."""
    lengths = ((each.name, (each.end_lineno or each.lineno) - each.lineno + 1) for each in functions(tree))
    return [f"{name} ({length})" for name, length in lengths if length > most]


def bare_directives(text: str) -> list[str]:
    """The comments that silence a checker without saying why."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    comments = [token.string for token in tokens if token.type == tokenize.COMMENT]
    return [each for each in comments if _DIRECTIVE.search(each) and not _REASON.search(_DIRECTIVE.sub("", each))]


def _kept(path: Path) -> bool:
    inside = path.relative_to(ROOT).parts
    hidden = any(part.startswith(".") and part != ".ci" for part in inside[:-1])
    return not hidden and not _PRUNED.intersection(inside)
