"""Which rule files a service works by, in its audit log: an entry when it starts with others than the last entry names.

Several processes may start at once; one of them writes. Decides nothing about rules. Serves G11 and G14.
"""

import json
from importlib.metadata import version

import structlog
from sqlalchemy import select, text

from shared.clock import Clock
from shared.database.connection import AsyncConnection
from shared.database.engine import Database
from shared.database.mechanics import audit_entry
from shared.evidence.actions import Action
from shared.evidence.entry import Act, system
from shared.evidence.metrics import RULES_IN_FORCE
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.rule_files import digest_of, in_force, states

log = structlog.get_logger()

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ' rules in force', 0))")


async def note_rules(database: Database, clock: Clock) -> None:
    """Called once at the start of a process, after `take_rules`."""
    service = database.schema
    digest = digest_of(states(service))
    RULES_IN_FORCE.labels(service, digest[:12]).set(1)
    log.info("rules_in_force", service=service, digest=digest, origin=in_force().origin)
    async with database.reading() as connection:
        if await last_noted(connection) == digest:
            return
    async with unit_of_work(database, clock) as work:
        await _note(work, service, digest)


async def _note(work: UnitOfWork, service: str, digest: str) -> None:
    if work.dialect == "postgresql":
        await work.connection.execute(_LOCK)
    before = await last_noted(work.connection)
    if before == digest:
        return
    rules = in_force()
    changed = {one.name: one.digest[:16] for one in states(service) if one.name in rules.texts}
    payload = {"digest": digest, "before": before, "files": changed}
    if adopted := rules.adoption:
        payload["on"] = adopted.on.isoformat()
    by = adopted.by if adopted else system("rules")
    reason = adopted.reason if adopted else f"the rule files that come with creditsync {version('creditsync')}"
    work.audit(Act(Action.RULES_PUT_IN_FORCE, by, digest, reason=reason, payload=payload))


async def last_noted(connection: AsyncConnection) -> str | None:
    """The digest with which a process of this service started last; None before the first."""
    columns = audit_entry.c
    newest = select(columns.payload).where(columns.action == Action.RULES_PUT_IN_FORCE.value)
    payload = await connection.scalar(newest.order_by(columns.entry_id.desc()).limit(1))
    return str(json.loads(payload)["digest"]) if payload else None
