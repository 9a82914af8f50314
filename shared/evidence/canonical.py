"""One spelling of each JSON value (RFC 8785), so that equal values have equal digests whoever wrote them down.

The only door to the library. Numbers with a fraction are refused: their spelling is where implementations differ, and
nothing that is signed here needs them. Serves guarantee G14.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence

import rfc8785

Value = str | int | bool | None | Sequence["Value"] | Mapping[str, "Value"]


def canonical(value: Value) -> bytes:
    """The canonical form. Raises `ValueError` for what has none."""
    if _is_plain(value):
        return _PLAIN(value).encode()
    return rfc8785.dumps(value)


def digest(value: Value) -> str:
    """SHA-256 of the canonical form, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(value)).hexdigest()


_PLAIN = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
"""Writes what is plain exactly as the library does, ten times as fast."""
_EXACT = 2**53


def _is_plain(value: object) -> bool:
    """Whether nothing in it is spelled in a way of its own: keys that are not ASCII are sorted by UTF-16."""
    match value:
        case None | bool() | str():
            return True
        case int():
            return -_EXACT < value < _EXACT
        case float():
            raise ValueError("a number with a fraction has no canonical form here; write it as text")
        case dict():
            ascii_names = all(isinstance(name, str) and name.isascii() for name in value)
            return _are_plain(value.values()) and ascii_names
        case list() | tuple():
            return _are_plain(value)
        case _:
            return False


def _are_plain(members: Iterable[object]) -> bool:
    """Every one is asked: a fraction is refused wherever it stands."""
    found = [_is_plain(member) for member in members]
    return all(found)
