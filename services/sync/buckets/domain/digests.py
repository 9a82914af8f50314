"""Digests by bucket, in two levels (分桶摘要): two sides that hold the same have the same digests, whatever the order.

Pure. An entry's digest has 48 bits; a bucket keeps the number of its entries and the sum of their digests, which a
writer keeps up to date by adding and taking away. A group's digest is a hash over its buckets.
"""

from collections.abc import Mapping
from hashlib import sha256

GROUPS = 256
BUCKETS_A_GROUP = 256
BUCKETS = GROUPS * BUCKETS_A_GROUP

_ENTRY_BYTES = 6
"""The sum over a bucket stays below 2^63 up to 32,768 entries: two thousand million on a portal."""

EMPTY = (0, 0)


def bucket_of(key: str) -> int:
    """The bucket of an entry, spread evenly by its key."""
    return int.from_bytes(sha256(key.encode()).digest()[:2], "big")


def entry_digest(key: str, values: Mapping[str, str]) -> int:
    """Of what is shown under a key; empty values do not count."""
    text = "\x1e".join(f"{name}\x1f{value}" for name, value in sorted(values.items()) if value)
    return int.from_bytes(sha256(f"{key}\x1d{text}".encode()).digest()[:_ENTRY_BYTES], "big")


def group_digests(buckets: Mapping[int, tuple[int, int]]) -> list[str]:
    """One digest a group; a bucket that is not named is empty."""
    filled = {number // BUCKETS_A_GROUP for number in buckets}
    return [group_digest(group, buckets) if group in filled else OF_NOTHING for group in range(GROUPS)]


def group_digest(group: int, buckets: Mapping[int, tuple[int, int]]) -> str:
    """Over number and sum of each bucket of a group, in order."""
    of_group = [buckets.get(number, EMPTY) for number in numbers_of(group)]
    text = ";".join(f"{entries}:{total}" for entries, total in of_group)
    return sha256(text.encode()).hexdigest()[:16]


def numbers_of(group: int) -> range:
    """The buckets of a group."""
    return range(group * BUCKETS_A_GROUP, (group + 1) * BUCKETS_A_GROUP)


OF_NOTHING = group_digest(0, {})
"""The digest of a group without an entry: a portal that shows little has little else."""
