"""Why a field was refused is told on a Chinese page in Chinese, whichever service says so."""

import ast
from collections.abc import Iterator
from pathlib import Path

from services.sync.dashboard.problem_words import field_fault

_OF_TERMINALS = ("cli.py", "terminal", "services/local/", "services/accounts/", "mock_")
_BODIES = ("bodies.py", "views.py", "decision.py")
_Function = (ast.FunctionDef, ast.AsyncFunctionDef)


def _texts(node: ast.expr) -> Iterator[str]:
    """Sentences that stand here, a 7 in place of each value."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values)
    elif isinstance(node, ast.IfExp):
        yield from (*_texts(node.body), *_texts(node.orelse))


def _faults(tree: ast.AST) -> Iterator[ast.expr]:
    """What stands as the reason beside a field."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            told = {
                key.value: value
                for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant)
            }
            if {"field", "reason"} <= told.keys():
                yield told["reason"]


def _reasons(tree: ast.AST) -> Iterator[str]:
    """Written beside the field, given a name before, or handed to the function that writes it there."""
    takes: dict[str, int] = {}
    for function in (node for node in ast.walk(tree) if isinstance(node, _Function)):
        names = [one.arg for one in function.args.args]
        for fault in _faults(function):
            yield from _texts(fault)
            if isinstance(fault, ast.Name) and fault.id in names:
                takes[function.name] = names.index(fault.id)
            elif isinstance(fault, ast.Name):
                for node in ast.walk(function):
                    if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == fault.id:
                        yield from _texts(node.value)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (at := takes.get(ast.unparse(node.func))) is not None and at < len(node.args):
            yield from _texts(node.args[at])


def _of_bodies(tree: ast.AST) -> Iterator[str]:
    """What the checks of a body say; pydantic writes "Value error" before it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "ValueError":
            yield from (f"Value error, {text}" for one in node.args[:1] for text in _texts(one))


def test_every_reason_of_a_field_has_chinese_words() -> None:
    found: set[str] = set()
    for file in (*Path("services").rglob("*.py"), *Path("shared").rglob("*.py")):
        path = file.as_posix()
        if any(part in path for part in _OF_TERMINALS):
            continue
        tree = ast.parse(file.read_text("utf-8"))
        found |= set(_reasons(tree))
        if "/api/" in path or file.name in _BODIES:
            found |= set(_of_bodies(tree))
    assert len(found) > 40
    assert {one for one in found if field_fault("zh", one) in (one, one.removeprefix("Value error, "))} == set()


def test_values_stand_in_the_chinese_reason() -> None:
    told = field_fault("zh", "Value error, no template for this kind yet; one of penalty, licence")
    assert told == "该类别尚无模板，可选：penalty、licence"
    assert field_fault("zh", "2026-11-30 lies after today, 2026-11-22") == "2026-11-30 晚于今天（2026-11-22）"
