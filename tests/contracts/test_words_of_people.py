"""What people write into a request reaches no database with a NUL in it: PostgreSQL would refuse it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

STRIPPED = {"statement_of_reasons"}
"""Public reasons, out of which ingest takes such signs (`test_ingest_withdrawal.py`): contracts are not narrowed."""

DOCUMENTS = Path(__file__).parents[2] / "docs" / "api"


def _patterns(node: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Each text of a body with the pattern that it must have."""
    if isinstance(node, list):
        for one in node:
            yield from _patterns(one, name)
    elif isinstance(node, dict):
        if isinstance(node.get("pattern"), str):
            yield name, node["pattern"]
        for key, one in node.items():
            yield from _patterns(one, name if key in ("anyOf", "items", "properties") else key)


@pytest.mark.parametrize("service", ["ingest", "disclosure", "repair", "sync"])
def test_no_reason_may_hold_a_nul(service: str) -> None:
    paths = json.loads((DOCUMENTS / f"{service}.openapi.json").read_text(encoding="utf-8"))["paths"]
    bodies = [call.get("requestBody", {}) for path in paths.values() for call in path.values()]
    found = list(_patterns(bodies))
    assert found
    assert {name for name, pattern in found if re.search(pattern, "1a\x00b")} <= STRIPPED
