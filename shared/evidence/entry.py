"""One line of the audit log (留痕) as a value: its digest, and the link that fixes its place in the chain.

Pure. An entry says who did what to what, why and when, and fixes by a digest what followed. It holds identifiers and
digests only, never personal data (G12), so that content stays deletable while the chain stays whole (G14).
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from shared.evidence.actions import Action
from shared.evidence.canonical import canonical, digest
from shared.identifiers import mask_free_text, strip_control

GENESIS = "0" * 64
"""What stands in place of the hash before the first link."""

_ENTRY = "creditsync.audit-entry/1"
_LINK = "creditsync.audit-link/1"
_REASON = 2000
_SUBJECT = 80
_PAYLOAD_BYTES = 4096
_DIGITS = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class Effect:
    """What an act did to many rows: how many, and SHA-256 over one line a row. Nothing done: `Effect()`."""

    rows: int = 0
    digest: str | None = None


def effect_of(lines: Iterable[str]) -> Effect:
    """The effect of an act on the rows that the lines describe, in order. A line holds identifiers and digests."""
    found = list(lines)
    return Effect(len(found), hashlib.sha256("\n".join(found).encode()).hexdigest()) if found else Effect()


def system(part: str) -> str:
    """The actor of what the house does by itself: a timer or a queue by its name."""
    return f"system:{part}"


@dataclass(frozen=True)
class Act:
    """What a use case says of its decision. `subject` is what was acted on; `record_id` the record, if it is one."""

    action: Action
    actor: str
    subject: str
    record_id: str | None = None
    reason: str | None = None
    effect: Effect = field(default_factory=Effect)
    payload: Mapping[str, Any] = field(default_factory=dict)


def act_on(
    action: Action, actor: str, record_ids: Collection[str], effect: Effect, *, many: str, reason: str | None = None
) -> Act:
    """An act on records: about the one record, or about `many`, the name of the occasion, when there are several."""
    one = next(iter(record_ids)) if len(record_ids) == 1 else None
    return Act(action, actor, one or many, one, reason, effect)


def entry_row(act: Act, entry_id: str, service: str, at: datetime) -> dict[str, Any]:
    """The entry as it is stored, with its digest and without a link yet."""
    payload = canonical(act.payload).decode()
    if len(payload) > _PAYLOAD_BYTES or len(act.subject) > _SUBJECT:
        raise ValueError(f"the audit entry of {act.action} is too large: it names what happened, it does not repeat it")
    row = {
        "entry_id": entry_id,
        "action": act.action.value,
        "actor": act.actor[:120],
        "subject": act.subject,
        "record_id": act.record_id,
        "reason": _without_numbers(act.reason)[:_REASON] if act.reason else None,
        "at": at,
        "effect_rows": act.effect.rows,
        "effect_digest": act.effect.digest,
        "payload": payload,
    }
    return {**row, "digest": entry_digest(service, row)}


def _without_numbers(text: str) -> str:
    """What people write into a reason may hold numbers of persons; an entry is never deleted (G12)."""
    return mask_free_text(strip_control(text))


def entry_digest(service: str, row: Mapping[str, Any]) -> str:
    """SHA-256 over everything that an entry says, and over the service whose log it stands in."""
    said = {name: row[name] for name in _SAID}
    return digest({"type": _ENTRY, "service": service, **said, "at": instant(row["at"])})


_SAID = (
    "entry_id", "action", "actor", "subject", "record_id", "reason", "effect_rows", "effect_digest", "payload",
)  # fmt: skip


def link_hash(seq: int, previous: str, entry: str, linked_at: datetime) -> str:
    """The hash of a link: its place, the hash before it, the entry's digest and when it was linked."""
    return digest({"type": _LINK, "seq": seq, "previous": previous, "entry": entry, "linked_at": instant(linked_at)})


def instant(at: datetime) -> str:
    """An instant as it is hashed and signed: UTC to the microsecond, which is what both databases keep."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def is_sha256(text: object) -> bool:
    return isinstance(text, str) and len(text) == 64 and _DIGITS.issuperset(text)
