"""What people call the fields that a portal shows, out of `field_words.toml`: one word on pages and in reports."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path


@cache
def field_words() -> Mapping[str, Mapping[str, str]]:
    """By the field's name, then by language (`zh`, `en`)."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def field_word(lang: str, name: str) -> str:
    """The word for a field; its own name when nobody gave it one."""
    return field_words()[name][lang] if name in field_words() else name
