"""Comparing what a portal shows with what it should show, field by field."""

from collections.abc import Iterable, Mapping
from hashlib import blake2b


def digest(fields: Mapping[str, str]) -> str:
    """A short fingerprint of shown fields, equal when `differences` finds none."""
    return digest_of_sorted(sorted(fields.items()))


def digest_of_sorted(fields: Iterable[tuple[str, str]]) -> str:
    """The same of fields that come in the order of their names."""
    text = "\x1e".join([f"{name}\x1f{value}" for name, value in fields if value])
    return blake2b(text.encode(), digest_size=16).hexdigest()


def differences(wanted: Mapping[str, str], shown: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """The fields that differ: name to (wanted, shown); an absent field counts as empty."""
    return {
        name: (wanted.get(name, ""), shown.get(name, ""))
        for name in sorted(wanted.keys() | shown.keys())
        if wanted.get(name, "") != shown.get(name, "")
    }
