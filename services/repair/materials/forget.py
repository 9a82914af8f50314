"""Removes the papers of cases that ended longer ago than the rule lets them be kept (保存期限届满).

The rows stay and say when and by what rule; the files go with the next tidying, unless another case refers to them.
Level-driven and bounded. Serves G12 and G14.
"""

from dataclasses import dataclass

from sqlalchemy import select, update

from services.repair.applications.domain.case import OPEN_STATES
from services.repair.applications.tables import application
from services.repair.materials.domain.retention import parse_retention
from services.repair.materials.tables import material
from shared.clock import Clock, legal_date, start_of_legal_day
from shared.database.engine import Database
from shared.evidence.actions import Action
from shared.evidence.entry import Act, effect_of, system
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.rule_files import RuleFile

AT_ONCE = 500
ACTOR = system("repair.materials.forget")


FILE = RuleFile("repair/retention.toml", "services.repair.materials", parse_retention)

retention = FILE.read
"""The term in force."""


@dataclass
class Forgetting:
    """The timer."""

    database: Database
    clock: Clock

    async def run(self) -> int:
        """How many papers were removed; the next round goes on where more are left."""
        async with unit_of_work(self.database, self.clock) as work:
            return await forget(work)


async def forget(work: UnitOfWork, at_once: int = AT_ONCE) -> int:
    rule = retention()
    ended_before = start_of_legal_day(rule.ended_before(legal_date(work.now)))
    theirs = material.join(application, application.c.application_id == material.c.application_id)
    over = application.c.state.not_in(sorted(OPEN_STATES)) & (application.c.state_since < ended_before)
    present = material.c.removed_at.is_(None)
    statement = select(material.c.material_id).select_from(theirs).where(over, present)
    ordered = statement.order_by(material.c.material_id).limit(at_once).with_for_update(of=material, skip_locked=True)
    ids = (await work.connection.scalars(ordered)).all()
    if not ids:
        return 0
    reason = f"保存期限届满 ({rule.kept.text})"
    await work.connection.execute(
        update(material)
        .where(material.c.material_id.in_(ids))
        .values(removed_by=ACTOR, removed_at=work.now, removal_reason=reason)
    )
    about = ids[0] if len(ids) == 1 else f"{len(ids)} papers"
    work.audit(Act(Action.MATERIALS_FORGOTTEN, ACTOR, about, reason=reason, effect=effect_of(ids)))
    return len(ids)
