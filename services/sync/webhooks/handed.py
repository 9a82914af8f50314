"""A delivery (推送订阅) that is dealt out as claimed by this process, with all that its sending needs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Handed:
    """What a claim finds, under the same names; beside it where it goes, and the sealed keys that sign."""

    subscriber_id: str
    sequence: int
    attempts: int
    stored_at: datetime
    told: int
    is_followed: bool
    position: int
    type: str
    at: datetime
    record_id: str
    portal: str
    generation: int
    kind: str | None
    region: str | None
    detail: str | None
    url: str
    signing: str | None = field(repr=False)

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Handed":
        return cls(*(row[one.name] for one in fields(cls)))

    def sealed_keys(self) -> Sequence[Mapping[str, Any]]:
        """The newest first, as rows of `subscriber_key`. To have them in order, the server read all keys there are."""
        return [
            {"key_id": key_id, "algorithm": algorithm, "sealed": bytes.fromhex(sealed)}
            for key_id, algorithm, sealed in sorted(json.loads(self.signing or "[]"), reverse=True)
        ]
