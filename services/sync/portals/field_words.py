"""What people call the fields that a portal shows: one word on pages and in reports. Out of `field_words.toml`, and for
fields that one portal alone shows out of its statement."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from shared.vocabulary import PORTAL_STATEMENTS


@cache
def field_words() -> Mapping[str, Mapping[str, str]]:
    """By the field's name, then by language (`zh`, `en`)."""
    common = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    own = {name: words for stated in PORTAL_STATEMENTS.values() for name, words in stated.fields.items()}
    return {**own, **common}


def field_word(lang: str, name: str) -> str:
    """The word for a field; its own name when nobody gave it one."""
    return field_words()[name][lang] if name in field_words() else name
