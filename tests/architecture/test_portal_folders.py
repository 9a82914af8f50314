"""A portal's folder holds its adapter and its stand-in, and the two share no code: each states the wire by itself, so
that an error in one shows. Nor does one portal's folder read another's."""

import ast
from collections.abc import Iterator

import pytest

from shared.vocabulary import Portal
from tests.architecture.source import Module, modules

PORTALS = "services/sync/portals/"
COMMON = "services/sync/mock_portals/"


def breaches(module: Module) -> list[str]:
    return [f"{module.path}:{line} {name}" for line, name in imported(module) if not _may(module.path, name)]


def _may(path: str, name: str) -> bool:
    """`name` may be imported there, as far as portals go."""
    target = name.replace(".", "/") + "/"
    if not target.startswith((PORTALS, COMMON)):
        return True
    own, other = _portal_of(path), _portal_of(target)
    return _is_stand_in(path) == _is_stand_in(target) and other in ("", own)


def _is_stand_in(path: str) -> bool:
    return path.startswith(COMMON) or "/stand_in/" in path


def _portal_of(path: str) -> str:
    first = path.removeprefix(PORTALS).partition("/")[0] if path.startswith(PORTALS) else ""
    return first if first in [*Portal] else ""


def imported(module: Module) -> Iterator[tuple[int, str]]:
    """Line and full name of all that is imported, relative ones too."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = module.path.split("/")[: -node.level] if node.level else []
            base = ".".join([*package, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def test_adapters_and_stand_ins_of_a_folder_share_no_code() -> None:
    found = [one for one in modules("services") if one.path.startswith((PORTALS, COMMON))]
    assert {_is_stand_in(one.path) for one in found} == {True, False}
    assert [breach for one in found for breach in breaches(one)] == []


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("credit_china/stand_in/api.py", "from services.sync.portals.credit_china import mapping"),
        ("credit_china/stand_in/api.py", "from services.sync.portals.texts import clean"),
        ("credit_china/stand_in/api.py", "from ..mapping import COLUMNS"),
        ("credit_china/adapter.py", "from services.sync.portals.credit_china.stand_in.api import Row"),
        ("credit_china/adapter.py", "from .stand_in import api"),
        ("credit_china/adapter.py", "import services.sync.mock_portals.common.layout"),
        ("credit_china/adapter.py", "from services.sync.portals.credit_jiangsu import mapping"),
        ("credit_china/stand_in/api.py", "from services.sync.portals.credit_jiangsu.stand_in import intake"),
    ],
)
def test_code_that_two_sides_share_would_be_seen(path: str, code: str) -> None:
    assert breaches(Module(f"{PORTALS}{path}", code))
