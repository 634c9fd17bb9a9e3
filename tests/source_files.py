"""Which files are the project's own? The tree without what .gitignore names, and what each Python file
imports.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
LINES = {line.strip() for line in (ROOT / ".gitignore").read_text().splitlines() if line.strip()}
AT_THE_ROOT = {line.strip("/") for line in LINES if line.startswith("/")}
ANYWHERE = {line.strip("/") for line in LINES if not line.startswith("/")} | {".git", ".ruff_cache"}


def own_files(*suffixes: str, under: str = ".") -> list[Path]:
    """The project's files with one of `suffixes` (all files without any), sorted."""
    found = []
    for path in sorted((ROOT / under).rglob("*")):
        parts = path.relative_to(ROOT).parts
        ignored = parts[0] in AT_THE_ROOT or any(p in ANYWHERE or p.endswith(".egg-info") for p in parts)
        if path.is_file() and not ignored:
            if not suffixes or path.suffix in suffixes:
                found.append(path)
    return found


class Import(NamedTuple):
    """One imported module. `lazy`: inside a function, so that it runs only when the function does."""

    module: str
    line: int
    lazy: bool


def imports(path: Path) -> list[Import]:
    """Every import statement of a file as absolute module names, ``from a import b`` as ``a.b``; those for
    type checkers are left out.
    """
    return list(_imports(ast.parse(path.read_text(encoding="utf-8")), path.relative_to(ROOT), lazy=False))


def _imports(node: ast.AST, path: Path, lazy: bool):
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(alias.name, child.lineno, lazy)
        elif isinstance(child, ast.ImportFrom):
            package = path.parts[: len(path.parts) - child.level] if child.level else ()
            base = ".".join((*package, *([child.module] if child.module else [])))
            for alias in child.names:
                yield Import(f"{base}.{alias.name}", child.lineno, lazy)
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        else:
            yield from _imports(
                child, path, lazy or isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            )
