"""Issue a take-down certificate (下线证明) when absence was observed everywhere, and never before (G05, G14).

Asked for again, the same certificate is given as long as nothing has been seen since and its signature holds; a record
that rose again and was taken down anew gets a new one, and the old one says so on its check page.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.sync.certificates import store
from services.sync.certificates.domain.statement import (
    KIND,
    Heading,
    Standing,
    is_later,
    looks_of,
    open_portals,
    statement,
)
from shared.database.types import AnyRow
from shared.errors import ABSENCE_NOT_OBSERVED, NOT_FOUND, Problem
from shared.evidence.actions import Action
from shared.evidence.documents import NotGenuine, sign, verified
from shared.evidence.entry import Act, Effect
from shared.evidence.keys import SigningKeys
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Press:
    """With what certificates are signed, and under which address the public can check them."""

    keys: SigningKeys
    public_url: str

    def check_url(self, certificate_id: str) -> str:
        return f"{self.public_url.rstrip('/')}/certificates/{certificate_id}"


async def certificate_for(work: UnitOfWork, record_id: str, press: Press, actor: str) -> str:
    """The signed document, or the `Problem` that names the portals that still have to be seen without the record."""
    standings = await store.lock_standings(work, record_id)
    record = await store.read_content(work.connection, record_id)
    if record is None or not any(one.named for one in standings):
        raise Problem(NOT_FOUND, f"No portal was ever ordered to show a record {record_id}.")
    if left := open_portals(standings):
        raise _not_observed(left)
    earlier = await store.newest_of(work.connection, record_id)
    if earlier and _holds(earlier, press) and await _still_says_it(work, earlier, standings):
        return str(earlier.document)
    certificate_id = new_id()
    heading = Heading(certificate_id, press.check_url(certificate_id), work.now, press.keys.key_id)
    text = json.dumps(sign(statement(record_id, record, standings, heading), press.keys), ensure_ascii=False, indent=1)
    row = {
        "certificate_id": certificate_id,
        "record_id": record_id,
        "issued_at": work.now,
        "issued_by": actor,
        "key_id": press.keys.key_id,
        "document": text,
    }
    await store.insert(work, row)
    effect = Effect(1, hashlib.sha256(text.encode()).hexdigest())
    work.audit(Act(Action.CERTIFICATE_ISSUED, actor, certificate_id, record_id, effect=effect))
    return text


def _not_observed(left: Sequence[Standing]) -> Problem:
    portals = [
        {
            "portal": one.portal,
            "state": one.why_not(),
            "former_entry": one.former,
            "observed_at": one.observed_at.isoformat() if one.observed_at else None,
        }
        for one in left
    ]
    names = ", ".join(f"{one.portal} (a former entry)" if one.former else one.portal for one in left)
    return Problem(ABSENCE_NOT_OBSERVED, f"The record was not seen to be gone from {names}.", portals=portals)


def _holds(earlier: AnyRow, press: Press) -> bool:
    """Whether anybody would take it: its key may have been withdrawn, or what is on file was altered."""
    try:
        verified(earlier.document.encode(), KIND, press.keys.public)
    except NotGenuine:
        return False
    return True


async def _still_says_it(work: UnitOfWork, earlier: AnyRow, standings: Sequence[Standing]) -> bool:
    """Whether an earlier certificate speaks of the present orders, and no look has seen the record since."""
    looks = looks_of(said_by(earlier))
    present = {(one.portal.value, one.entry): one.generation for one in standings if one.named}
    seen = await store.seen_since(work.connection, {entry for _, entry in looks})
    same = present == {named: generation for named, (generation, _) in looks.items()}
    return same and not any(_after(row, looks) for row in seen)


def _after(row: AnyRow, looks: Mapping[tuple[str, str], tuple[int, int]]) -> bool:
    """Whether a look came after the one that the certificate rests on."""
    named = (row.portal, row.record_id)
    return named in looks and is_later(row.generation, row.observation_id, looks[named])


def said_by(row: AnyRow) -> dict[str, Any]:
    """What a stored certificate says."""
    said: dict[str, Any] = json.loads(row.document)["statement"]
    return said
