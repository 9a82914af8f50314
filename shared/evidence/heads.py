"""The signed head of the chain (链头): a short statement that fixes everything up to one entry. Pure.

Who keeps a head elsewhere, as an anchor, notices any later change of what lies before it. Serves guarantee G14.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.evidence.canonical import canonical
from shared.evidence.entry import instant, is_sha256
from shared.evidence.keys import PublicKeys, SigningKeys

_HEAD = "creditsync.audit-head/1"


@dataclass(frozen=True)
class Head:
    """Entry `seq` of a service has this hash; with the signature of whoever saw it so."""

    service: str
    seq: int
    hash: str
    signed_at: str
    key_id: str
    signature: str

    def line(self) -> str:
        """As it stands in an anchor file."""
        return json.dumps(self.members(), separators=(",", ":"))

    def members(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in _MEMBERS}

    def is_genuine(self, keys: PublicKeys) -> bool:
        try:
            signature = bytes.fromhex(self.signature)
        except ValueError:
            return False
        return keys.holds(self.key_id, _statement(self.service, self.seq, self.hash, self.signed_at), signature)


_MEMBERS = ("service", "seq", "hash", "signed_at", "key_id", "signature")


def sign_head(service: str, seq: int, hash_: str, at: datetime, keys: SigningKeys) -> Head:
    signed_at = instant(at)
    # Hexadecimal, as it also goes to the log: no run of its digits looks like a number of a person.
    signature = keys.sign(_statement(service, seq, hash_, signed_at)).hex()
    return Head(service, seq, hash_, signed_at, keys.key_id, signature)


def head_of(line: str) -> Head | None:
    """The head in a line of an anchor file; None for what is none, such as half a line of a killed process."""
    try:
        given = json.loads(line)
        head = Head(**given)
    except (ValueError, TypeError, RecursionError):
        return None
    texts = (head.service, head.signed_at, head.key_id, head.signature)
    well = (
        type(head.seq) is int and head.seq > 0 and is_sha256(head.hash) and all(isinstance(one, str) for one in texts)
    )
    return head if well else None


def _statement(service: str, seq: int, hash_: str, signed_at: str) -> bytes:
    return canonical({"type": _HEAD, "service": service, "seq": seq, "hash": hash_, "signed_at": signed_at})
