"""Sign the head of the chain now and then, and tell it outside the database (guarantee G14).

A head is signed only over links that were just walked, starting from the head that this house signed last and
remembers outside the database. So a rewritten or shortened history is never signed; it is reported.
"""

import asyncio
from dataclasses import dataclass

import structlog

from shared.clock import wall_time
from shared.database.engine import Database
from shared.evidence import store
from shared.evidence.anchors import Anchors
from shared.evidence.entry import GENESIS
from shared.evidence.heads import Head, sign_head
from shared.evidence.keys import SigningKeys
from shared.evidence.metrics import CHAIN_BROKEN, UNSEALED_OLDEST
from shared.evidence.verify import Broken, Verdict, verify_chain, verify_from

log = structlog.get_logger()


@dataclass(frozen=True)
class Seals:
    """With what heads are signed, and where they are kept besides; without a folder the log is the only anchor."""

    keys: SigningKeys
    anchors: Anchors | None = None


class Sealer:
    """Signs the heads of one service."""

    def __init__(self, database: Database, seals: Seals) -> None:
        self._database = database
        self._seals = seals
        self._known: Head | None = None

    async def seal(self) -> int:
        """Sign the head when it has moved. A history that does not hold is reported and not signed."""
        service = self._database.schema
        try:
            start = await self._start()
            seq, hash_ = await verify_from(self._database, start.seq, start.hash) if start else await self._whole()
        except Broken as broken:
            CHAIN_BROKEN.labels(service).set(1)
            log.error("audit_head_not_signed", service=service, explanation=str(broken))
            await self._tell_age()
            return 0
        if seq > (start.seq if start else 0):
            await self._sign(seq, hash_)
        await self._tell_age()
        return 0

    async def verify(self) -> Verdict:
        """Walk the whole chain and set the gauge that alarms hang on."""
        service, anchors = self._database.schema, self._seals.anchors
        kept = anchors.heads(service) if anchors else ()
        verdict = await verify_chain(self._database, self._seals.keys.public, kept, seals_wanted=False)
        CHAIN_BROKEN.labels(service).set(0 if verdict.holds else 1)
        if verdict.holds:
            log.info("audit_log_verified", service=service, entries=verdict.entries, heads=verdict.heads)
        else:
            log.error("audit_log_broken", service=service, explanation=verdict.broken)
        return verdict

    async def _start(self) -> Head | None:
        """The newest head that is remembered; it must still be true."""
        service = self._database.schema
        kept = await asyncio.to_thread(self._seals.anchors.last, service) if self._seals.anchors else None
        async with self._database.reading() as connection:
            stored = await store.last_head(connection, service)
            known = max((one for one in (self._known, kept, stored) if one), key=lambda one: one.seq, default=None)
            link = await store.link_at(connection, known.seq) if known else None
        if known and not known.is_genuine(self._seals.keys.public):
            raise Broken(f"The head of entry {known.seq} of {service} is not signed with a key of this house.")
        if known and (link is None or link.hash != known.hash):
            what = "is gone" if link is None else "has another hash"
            raise Broken(f"Entry {known.seq} of {service} {what}: its history is not the one that was signed.")
        return known

    async def _whole(self) -> tuple[int, str]:
        return await verify_from(self._database, 0, GENESIS)

    async def _sign(self, seq: int, hash_: str) -> None:
        """The anchor first: whoever is killed in between has told too much to others, never too little."""
        now, service = wall_time(), self._database.schema
        head = sign_head(service, seq, hash_, now, self._seals.keys)
        if self._seals.anchors:
            await asyncio.to_thread(self._seals.anchors.append, head)
        log.info("audit_head_signed", **head.members())
        async with self._database.writing() as connection:
            await store.insert_head(connection, self._database.dialect, head, now)
        self._known = head

    async def _tell_age(self) -> None:
        service = self._database.schema
        async with self._database.reading() as connection:
            stored = await store.last_head(connection, service)
            first = await store.first_link_after(connection, stored.seq if stored else 0)
        age = (wall_time() - first.linked_at).total_seconds() if first and first.linked_at else 0.0
        UNSEALED_OLDEST.labels(service).set(max(0.0, age))
