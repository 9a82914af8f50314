"""Reads a JSON object member by member, and a list in it row by row, where a row is too deep for the whole to be read.

What is too deep becomes `TOO_DEEP`, which is the fault of the row that it is; everything around it is read as usual.
"""

import re
from typing import Any

from services.ingest.files.json_rows.objects import DECODER, TOO_DEEP, Pairs
from services.ingest.files.json_rows.skim import NoStructure, Skim

_SPACE = re.compile(r"[ \t\r\n]*")


def read_apart(text: str) -> Pairs:
    """The members of the one object in the text. Raises `ValueError` when it is none."""
    members = Pairs()
    at = _sign(text, 0, "{")
    while True:
        key, at = DECODER.raw_decode(text, at)
        if not isinstance(key, str):
            raise NoStructure
        value, at = _value(text, _sign(text, at, ":"))
        members.append((key, value))
        if text[at : at + 1] == "}":
            return _alone(members, text, at + 1)
        at = _sign(text, at, ",")


def _alone(members: Pairs, text: str, at: int) -> Pairs:
    if _behind_space(text, at) != len(text):
        raise NoStructure
    return members


def _value(text: str, at: int) -> tuple[Any, int]:
    try:
        value, end = DECODER.raw_decode(text, at)
    except RecursionError:
        value, end = _list(text, at) if text[at] == "[" else _too_deep(text, at)
    return value, _behind_space(text, end)


def _list(text: str, at: int) -> tuple[list[Any], int]:
    """Only entered for a list that holds something too deep, so it has an element."""
    values: list[Any] = []
    at = _sign(text, at, "[")
    while True:
        value, at = _element(text, at)
        values.append(value)
        if text[at : at + 1] == "]":
            return values, at + 1
        at = _sign(text, at, ",")


def _element(text: str, at: int) -> tuple[Any, int]:
    try:
        value, end = DECODER.raw_decode(text, at)
    except RecursionError:
        value, end = _too_deep(text, at)
    return value, _behind_space(text, end)


def _too_deep(text: str, at: int) -> tuple[Any, int]:
    end = Skim().over(text, at)
    if end is None:
        raise NoStructure
    return TOO_DEEP, end


def _sign(text: str, at: int, wanted: str) -> int:
    """Behind the sign and the space around it."""
    at = _behind_space(text, at)
    if text[at : at + 1] != wanted:
        raise NoStructure
    return _behind_space(text, at + 1)


def _behind_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
