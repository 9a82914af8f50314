"""What an upheld objection proved wrong about a record, so that its source cannot bring it back: most sources send
everything every day, the old mistake included. Pure.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from services.ingest.mapping.back import value_of
from shared.contracts.records import Record

_MOST_DIGESTS = 20


@dataclass(frozen=True, slots=True)
class Disproved:
    """Whole contents by their digest, newest last, and single values by their field."""

    digests: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)

    def also(self, digest: str, values: Mapping[str, str]) -> "Disproved":
        """With one more objection."""
        kept = (*(one for one in self.digests if one != digest), digest)[-_MOST_DIGESTS:]
        return Disproved(kept, {**self.values, **values})

    def without(self, digest: str, record: Record) -> "Disproved":
        """Less what holds now: a later objection may prove an earlier one wrong."""
        repeated = self.repeated_in(record)
        values = {name: value for name, value in self.values.items() if name not in repeated}
        return Disproved(tuple(one for one in self.digests if one != digest), values)

    def repeated_in(self, record: Record) -> list[str]:
        """The fields that say again what was proved wrong."""
        return sorted(name for name, value in self.values.items() if value_of(record, name) == value)

    def as_text(self) -> str:
        return json.dumps({"digests": self.digests, "values": dict(self.values)}, ensure_ascii=False)


def disproved_of(text: str | None) -> Disproved:
    """As it is stored; nothing was proved wrong where nothing is stored."""
    if not text:
        return Disproved()
    stored = json.loads(text)
    return Disproved(tuple(stored["digests"]), stored["values"])
