"""Keeps personal data and secrets out of the logs, whatever a caller passes by mistake (guarantee G12).

Two nets: a field whose name says that it is personal or secret is replaced, and within any text the shapes of
identity numbers, mobile numbers, tokens and passwords in addresses are. It never makes careless logging right.
"""

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

MASK = "[removed]"
_WORDS = frozenset(
    {
        "name",
        "phone",
        "mobile",
        "address",
        "email",
        "token",
        "authorization",
        "secret",
        "secrets",
        "password",
        "passwd",
        "cookie",
        "representative",
    }
)
_PHRASES = ("id_number", "id_card", "person_key", "private_key", "api_key")
_SHAPES = (
    # 公民身份号码: region, date of birth, serial, check digit.
    re.compile(
        r"(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![0-9A-Za-z])"
    ),
    re.compile(r"(?<![0-9A-Za-z.])1[3-9]\d{9}(?![0-9A-Za-z])"),
    re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*"),
    re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"),
)
_DEPTH = 6
_TEXT = 4000


def redact(_logger: object, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor."""
    for key, value in entry.items():
        entry[key] = MASK if _is_personal(key) else clean(value)
    return entry


def clean(value: Any, depth: int = 0) -> Any:
    """The same value without anything that looks personal or secret; beyond some depth, nothing of it."""
    if isinstance(value, str):
        return _clean_text(value)
    if value is None or isinstance(value, int | float):
        return value
    if depth >= _DEPTH:
        return MASK
    if isinstance(value, Mapping):
        return {str(k): MASK if _is_personal(str(k)) else clean(v, depth + 1) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [clean(item, depth + 1) for item in value]
    return _clean_text(str(value))


def _is_personal(key: str) -> bool:
    lowered = key.lower().replace("-", "_")
    return not _WORDS.isdisjoint(lowered.split("_")) or any(phrase in lowered for phrase in _PHRASES)


def _clean_text(text: str) -> str:
    for shape in _SHAPES:
        text = shape.sub(MASK, text)
    return text if len(text) <= _TEXT else text[:_TEXT] + "…"
