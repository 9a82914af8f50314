"""Texts of packs and rule files as tables: what is no TOML, or nests without end, is refused with its file."""

import tomllib
from typing import Any

from shared.policy.table import PackError

_MOST_LEVELS = 20


def toml_of(name: str, text: str) -> dict[str, Any]:
    """The tables of a text, or `PackError` that names the file."""
    try:
        data = tomllib.loads(text)
    except RecursionError:
        raise _too_deep(name) from None
    except ValueError as error:  # also a number with more digits than Python reads
        raise PackError(name, "file", f"is not TOML: {error}") from None
    if not _is_shallow(data):
        raise _too_deep(name)
    return data


def _too_deep(name: str) -> PackError:
    return PackError(name, "file", f"lists or tables are nested more than {_MOST_LEVELS} deep")


def _is_shallow(data: dict[str, Any]) -> bool:
    """Dotted keys nest without end; whoever prints such a value runs out of stack."""
    level: list[Any] = [data]
    for _ in range(_MOST_LEVELS):
        level = [inner for one in level for inner in (one.values() if isinstance(one, dict) else one)]
        level = [one for one in level if isinstance(one, dict | list)]
    return not level
