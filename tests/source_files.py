"""Which files are the project's own? The tree without what .gitignore names, and what each Python file
imports.
"""

from __future__ import annotations

import ast
import functools
import os
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
LINES = {line.strip() for line in (ROOT / ".gitignore").read_text().splitlines() if line.strip()}
AT_THE_ROOT = {line.strip("/") for line in LINES if line.startswith("/")}
ANYWHERE = {line.strip("/") for line in LINES if not line.startswith("/")} | {".git", ".ruff_cache"}


@functools.cache
def every_own_file() -> tuple[Path, ...]:
    """Sorted. What is ignored is not walked through: an environment has as many files as thirty projects."""
    paths = []
    for folder, inner, names in os.walk(ROOT):
        at_the_root = Path(folder) == ROOT
        kept = [
            name
            for name in (*inner, *names)
            if not (name in ANYWHERE or name.endswith(".egg-info") or (at_the_root and name in AT_THE_ROOT))
        ]
        paths += [Path(folder, name) for name in kept if name in names]
        inner[:] = [name for name in inner if name in kept]
    return tuple(sorted(path for path in paths if path.is_file()))


def own_files(*suffixes: str, under: str = ".") -> list[Path]:
    """The project's files with one of `suffixes` (all files without any), sorted."""
    return [
        path
        for path in every_own_file()
        if path.is_relative_to(ROOT / under) and (not suffixes or path.suffix in suffixes)
    ]


@functools.cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


class Import(NamedTuple):
    """One imported module. `lazy`: inside a function, so that it runs only when the function does."""

    module: str
    line: int
    lazy: bool


@functools.cache
def imports(path: Path) -> tuple[Import, ...]:
    """Every import statement of a file as absolute module names, ``from a import b`` as ``a.b``; those for
    type checkers are left out.
    """
    return tuple(_imports(ast.parse(text_of(path)), path.relative_to(ROOT), lazy=False))


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
