"""Sentences that are written in English and told in the reader's language: one catalogue a subject, read both ways.

What was said is matched with the English forms again and its values go into the Chinese one, so that nothing is kept
twice and what was stored on earlier days is told too. A sentence that no form fits stays as it is. Pure.
"""

import re
from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Literal, NamedTuple

Lang = Literal["zh", "en"]
Forms = Mapping[str, tuple[str, str]]
"""The English and the Chinese form by a key; values stand in braces. The Chinese form may leave values out."""

_KEPT = 10_000
_PLACE = re.compile(r"\{(\w+)\}")


class _Read(NamedTuple):
    """An English form as it is recognised: its longest fixed part, the whole pattern, and what is told instead."""

    part: str
    pattern: re.Pattern[str]
    chinese: str


class Sentences:
    """A catalogue. `within` turns values of a name, such as a list or another sentence, into Chinese."""

    def __init__(self, forms: Forms, within: Mapping[str, Callable[[str], str]] | None = None) -> None:
        self.forms: Forms = MappingProxyType(dict(forms))
        self._within = dict(within or {})
        self._told = lru_cache(maxsize=_KEPT)(self._tell)

    def said(self, key: str, /, **values: object) -> str:
        """The English sentence. An unknown key is a `KeyError`."""
        return self.forms[key][0].format(**values)

    def in_chinese(self, sentence: str) -> str | None:
        """What was said, in Chinese; None for a sentence that is not of this catalogue."""
        return self._told(sentence)

    def _tell(self, sentence: str) -> str | None:
        for form in self._read:
            if form.part in sentence and (found := form.pattern.fullmatch(sentence)):
                values = {name: self._value(name, text) for name, text in found.groupdict().items()}
                return form.chinese.format(**values)
        return None

    def _value(self, name: str, text: str) -> str:
        turn = self._within.get(name)
        return turn(text) if turn else text

    @cached_property
    def _read(self) -> tuple[_Read, ...]:
        """Those with the most fixed text first: a form of few words fits much that another one means."""
        forms = sorted(self.forms.values(), key=lambda form: -len("".join(_fixed(form[0]))))
        return tuple(
            _Read(max(_fixed(english), key=len), re.compile(pattern(english), re.DOTALL), chinese)
            for english, chinese in forms
        )


def in_language(sentence: str, lang: Lang, *catalogues: Sentences) -> str:
    """The sentence as a reader of this language reads it; as it is when no catalogue knows it."""
    if lang == "en":
        return sentence
    return next((told for one in catalogues if (told := one.in_chinese(sentence)) is not None), sentence)


def pattern(english: str) -> str:
    """The sentence as a pattern. A value at the end of a sentence reaches to the end of the text."""
    pieces = _PLACE.split(english)
    parts = [re.escape(piece) if at % 2 == 0 else f"(?P<{piece}>.+?)" for at, piece in enumerate(pieces)]
    if len(pieces) > 1 and not pieces[-1]:
        parts[-2] = f"(?P<{pieces[-2]}>.+)"
    return "".join(parts)


def listed(text: str) -> str:
    """A list as Chinese writes it: `a, b or c` is a、b或c."""
    return text.replace(", ", "、").replace(" and ", "和").replace(" or ", "或")


def _fixed(english: str) -> list[str]:
    return _PLACE.split(english)[::2]
