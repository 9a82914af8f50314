"""A subscriber's copy of what is to be shown, kept from the change feed alone, and checked as docs/webhooks.md says.

It shares no code with the service: digests are made as an outsider would make them from that page.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

Key = tuple[str, str]


@dataclass
class FeedCopy:
    """By record and portal the generation of the newest order to show it."""

    held: dict[Key, int] = field(default_factory=dict)
    position: int = 0

    def follow(self, items: Iterable[dict[str, Any]], position: int) -> None:
        """Take in the items of one answer of the feed."""
        for one in items:
            key = (one["record_id"], one["portal"])
            if one["type"] == "display.show_ordered":
                self.held[key] = one["generation"]
            elif one["type"] == "display.hide_ordered":
                self.held.pop(key, None)
        self.position = position

    def buckets(self) -> dict[int, tuple[int, int]]:
        found: dict[int, tuple[int, int]] = {}
        for (record_id, portal), generation in self.held.items():
            key = f"{record_id}/{portal}"
            digest = _number(f"{key}\x1dgeneration\x1f{generation}", 6)
            entries, total = found.get(_number(key, 2), (0, 0))
            found[_number(key, 2)] = (entries + 1, total + digest)
        return found

    def groups(self) -> list[str]:
        buckets = self.buckets()
        return [
            sha256(
                ";".join("{}:{}".format(*buckets.get(group * 256 + one, (0, 0))) for one in range(256)).encode()
            ).hexdigest()[:16]
            for group in range(256)
        ]


def _number(text: str, size: int) -> int:
    return int.from_bytes(sha256(text.encode()).digest()[:size], "big")
