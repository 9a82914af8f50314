"""An audit log on a real database, with what an intruder who has the database's password could do to it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert, select, update

from shared.clock import SystemClock
from shared.database.engine import Database
from shared.database.mechanics import audit_entry, audit_head
from shared.evidence.actions import Action
from shared.evidence.anchors import Anchors
from shared.evidence.entry import GENESIS, Act, entry_digest, link_hash
from shared.evidence.heads import sign_head
from shared.evidence.keys import SigningKeys, new_key_set, read_signing
from shared.evidence.link import link_entries
from shared.evidence.seal import Sealer, Seals
from shared.evidence.verify import Verdict, verify_chain
from shared.messaging.unit_of_work import unit_of_work

SERVICE = "public"


def new_keys() -> SigningKeys:
    return read_signing(new_key_set())


def act(number: int) -> Act:
    return Act(
        Action.REPAIR_DECIDED,
        actor=f"officer-{number}",
        subject=f"{number:032x}",
        record_id=f"{number + 1000:032x}",
        reason="条件齐备",
        payload={"decision": "approve"},
    )


@dataclass
class AuditLog:
    """The log of one service."""

    database: Database
    folder: Path
    keys: SigningKeys = field(default_factory=new_keys)
    clock: SystemClock = field(default_factory=SystemClock)

    @property
    def anchors(self) -> Anchors:
        return Anchors(self.folder)

    def sealer(self) -> Sealer:
        """A signer that has just started."""
        return Sealer(self.database, Seals(self.keys, self.anchors))

    async def write(self, *numbers: int) -> None:
        """One transaction an act, then linked and signed."""
        for number in numbers:
            async with unit_of_work(self.database, self.clock) as work:
                work.audit(act(number))
        await self.link()
        await self.sealer().seal()

    async def link(self) -> None:
        while await link_entries(self.database, self.clock):
            pass

    async def verify(self, *, anchors: bool = False) -> Verdict:
        kept = self.anchors.heads(SERVICE) if anchors else ()
        return await verify_chain(self.database, self.keys.public, kept)

    async def rows(self) -> list[dict[str, Any]]:
        async with self.database.reading() as connection:
            found = await connection.execute(select(audit_entry).order_by(audit_entry.c.seq))
            return [row._asdict() for row in found]

    async def heads(self) -> list[Any]:
        async with self.database.reading() as connection:
            return list((await connection.execute(select(audit_head).order_by(audit_head.c.seq))).all())

    async def alter(self, place: int, /, **values: Any) -> None:
        async with self.database.writing() as connection:
            await connection.execute(update(audit_entry).where(audit_entry.c.seq == place).values(values))

    async def put_back(self, rows: Iterable[dict[str, Any]]) -> None:
        """The log as it was."""
        async with self.database.writing() as connection:
            await connection.execute(delete(audit_entry))
            if given := list(rows):
                await connection.execute(insert(audit_entry), given)

    async def delete(self, *seqs: int) -> None:
        async with self.database.writing() as connection:
            await connection.execute(delete(audit_entry).where(audit_entry.c.seq.in_(seqs)))

    async def delete_heads(self, after: int = 0) -> None:
        async with self.database.writing() as connection:
            await connection.execute(delete(audit_head).where(audit_head.c.seq > after))

    async def forge_head(self, seq: int, keys: SigningKeys) -> None:
        """A head over the log as it is now, signed with a key of the intruder's own."""
        [row] = [row for row in await self.rows() if row["seq"] == seq]
        head = sign_head(SERVICE, seq, row["hash"], row["linked_at"], keys)
        values = {"seq": seq, "hash": head.hash, "signed_at": row["linked_at"]}
        async with self.database.writing() as connection:
            await connection.execute(insert(audit_head), {**values, "key_id": head.key_id, "signature": head.signature})


def rewritten(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same rows with every digest, place and link computed anew: a forger who knows the format."""
    previous, forged = GENESIS, []
    for seq, row in enumerate(rows, start=1):
        digest = entry_digest(SERVICE, row)
        hash_ = link_hash(seq, previous, digest, row["linked_at"])
        forged.append({**row, "seq": seq, "digest": digest, "previous": previous, "hash": hash_})
        previous = hash_
    return forged
