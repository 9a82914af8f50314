"""Other packs than the packaged ones: a text changed here or there, with worked cases that agree with the change."""

import json
import re
from collections.abc import Mapping

from shared.policy import PackError, Packs
from shared.policy.cases import FEWEST
from shared.policy.load import packs_of, parse_texts, texts_of

Texts = dict[str, str]
_CASE = re.compile(r"(?m)^\[\[case\]\]\n(?:(?!\[\[).*\n?)*")

ORDINARY_36 = """publish_to = ["credit_sites", "own_column"]
min = "P3M"
max = "P1Y"
repair = "after_min"
"""
SERIOUS_36 = """publish_to = ["credit_sites", "own_column"]
min = "P1Y"
max = "P3Y"
"""


def changed(name: str, old: str, new: str, texts: Mapping[str, str] | None = None) -> Texts:
    """The packaged files with one place of one file changed; its worked cases may now be wrong."""
    texts = dict(texts or texts_of())
    assert texts[name].count(old) == 1, f"{name} holds {old!r} {texts[name].count(old)} times"
    return {**texts, name: texts[name].replace(old, new)}


def parsed(texts: Mapping[str, str]) -> Packs:
    """The packs without running their worked cases."""
    return parse_texts(texts)[0]


def agreeing(texts: Mapping[str, str]) -> Texts:
    """The same without the worked cases that fail; a document keeps enough of those that hold."""
    texts = dict(texts)
    for _ in range(200):
        try:
            packs_of(texts)
        except PackError as error:
            texts[error.file] = _without(texts[error.file], error)
        else:
            return texts
    raise AssertionError("the packs cannot be made to agree with their worked cases")


def _without(text: str, error: PackError) -> str:
    assert "worked case fails" in error.reason, error
    found = re.match(r"case (\d+)", error.entry)
    assert found, error
    blocks = _CASE.findall(text)
    left = [block for number, block in enumerate(blocks, start=1) if number != int(found[1])]
    left += left[:1] * (FEWEST - len(left))
    return text[: text.index(blocks[0])] + "\n".join(left)


def ordinary(maximum: str, minimum: str = "P3M") -> Texts:
    """36号令 with other periods for the ordinary class."""
    new = ORDINARY_36.replace('max = "P1Y"', f'max = "{maximum}"').replace('min = "P3M"', f'min = "{minimum}"')
    return changed("ndrc-36-2026.toml", ORDINARY_36, new)


def answering(texts: Mapping[str, str] | None = None, **answers: str | list[str]) -> Texts:
    """The packaged files with other answers where the law leaves room; worked cases may now be wrong."""
    texts = dict(texts or texts_of())
    for name, value in answers.items():
        entry = re.compile(rf'(id = "{name}"\n(?:(?!\[\[).*\n)*?value = ).*')
        texts["answers.toml"], number = entry.subn(
            lambda found, value=value: found[1] + json.dumps(value), texts["answers.toml"]
        )
        assert number == 1, f"answers.toml holds {name} {number} times"
    return texts


def label(texts: Texts, name: str) -> Texts:
    """The same law under another label, which makes it another version."""
    return changed("selection.toml", 'version = "2026.11"', f'version = "{name}"', texts)
