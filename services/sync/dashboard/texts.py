"""Every word that the pages say, in both languages, out of `texts/*.toml`: one file a page, `common.toml` for all;
fields of records are named with the portals, portals by their own statements.

A key is `file.name`; its value has a `zh` and an `en`. What is missing is an error at the start, never an empty place
on a page. Words of the law come from the services, which take them from the packs, never from here.
"""

import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from services.sync.portals.field_words import field_words
from shared.vocabulary import PORTAL_STATEMENTS

Lang = Literal["zh", "en"]
LANGUAGES: tuple[Lang, ...] = ("zh", "en")
_FOLDER = Path(__file__).parent / "texts"

Translate = Callable[..., str]


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """All texts by key. Raises `ValueError` for an entry without one of the languages."""
    texts: dict[str, Mapping[str, str]] = {}
    for file in sorted(_FOLDER.glob("*.toml")):
        for name, entry in tomllib.loads(file.read_text(encoding="utf-8")).items():
            if set(entry) != set(LANGUAGES):
                raise ValueError(f"{file.name}: {name} needs exactly zh and en")
            texts[f"{file.stem}.{name}"] = entry
    texts |= {f"words.portal-{name}": stated.short for name, stated in PORTAL_STATEMENTS.items()}
    return texts | {f"words.field-{name}": entry for name, entry in field_words().items()}


def translate(lang: Lang) -> Translate:
    """`t("common.sign_out")`, `t("overview.waiting", count=3)`. An unknown key is a `KeyError`."""
    texts = catalogue()

    def t(key: str, /, **values: Any) -> str:
        text = texts[key][lang]
        return text.format(**values) if values else text

    return t


def word(lang: Lang, group: str, code: object) -> str:
    """The word for a code of the vocabulary, such as `word("zh", "portal", "credit_china")`; the code itself when the
    catalogue has none, since a service may be newer than the dashboard."""
    entry = catalogue().get(f"words.{group}-{code}")
    return entry[lang] if entry else str(code)
