"""Rooms stay small: a module that needs scrolling for minutes wants two names."""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.source import CODE, Module, modules

MODULE_LINES = 300
TEST_MODULE_LINES = 500
FUNCTION_LINES = 60


@pytest.mark.parametrize(
    ("folder", "limit"), [*((folder, MODULE_LINES) for folder in CODE), ("tests", TEST_MODULE_LINES)]
)
def test_no_module_is_longer_than_its_limit(folder: str, limit: int) -> None:
    found = [one for one in modules(folder) if not one.is_migration]  # written by Alembic
    assert found
    assert [f"{one.path}: {one.lines} lines" for one in found if one.lines > limit] == []


@pytest.mark.parametrize("folder", CODE)
def test_no_function_is_longer_than_sixty_lines(folder: str) -> None:
    found = [line for one in modules(folder) if not one.is_migration for line in _long_functions(one)]
    assert found == []


@pytest.mark.parametrize("folder", CODE)
def test_every_module_with_code_says_what_it_is_for(folder: str) -> None:
    assert [one.path for one in modules(folder) if _is_silent(one.tree)] == []


def _is_silent(tree: ast.Module) -> bool:
    return bool(tree.body) and not ast.get_docstring(tree)


def _long_functions(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES:
                yield f"{module.path}:{node.lineno} {node.name}: {lines} lines"
