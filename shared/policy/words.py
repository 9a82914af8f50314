"""Texts with places for values, as rule files and letters hold them: only named places that somebody fills."""

from collections.abc import Collection
from string import Formatter

from shared.policy.table import Table


def check_placeholders(table: Table, key: str, text: str, allowed: Collection[str]) -> None:
    """Names only: a format string could otherwise reach into the values (`{subject.__class__}`)."""
    try:
        fields = [(name, spec, conversion) for _, name, spec, conversion in Formatter().parse(text) if name is not None]
    except ValueError as error:
        raise table.refuse(f"{key}: {error}") from None
    if unknown := sorted(name for name, spec, conversion in fields if name not in allowed or spec or conversion):
        raise table.refuse(f"{key}: unknown placeholder {', '.join(unknown)}")
