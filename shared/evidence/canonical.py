"""One spelling of each JSON value (RFC 8785), so that equal values have equal digests whoever wrote them down.

The only door to the library. Numbers with a fraction are refused: their spelling is where implementations differ, and
nothing that is signed here needs them. Serves guarantee G14.
"""

import hashlib
from collections.abc import Mapping, Sequence

import rfc8785

Value = str | int | bool | None | Sequence["Value"] | Mapping[str, "Value"]


def canonical(value: Value) -> bytes:
    """The canonical form. Raises `ValueError` for what has none."""
    _refuse_fractions(value)
    return rfc8785.dumps(value)


def digest(value: Value) -> str:
    """SHA-256 of the canonical form, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(value)).hexdigest()


def _refuse_fractions(value: object) -> None:
    if isinstance(value, float):
        raise ValueError("a number with a fraction has no canonical form here; write it as text")
    if isinstance(value, Mapping):
        for member in value.values():
            _refuse_fractions(member)
    elif isinstance(value, list | tuple):
        for member in value:
            _refuse_fractions(member)
