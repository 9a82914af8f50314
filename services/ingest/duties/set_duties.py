"""Set the duties of a department (职责分工, B14), and keep who did it and why (G14)."""

from collections.abc import Collection
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.ingest.duties import store
from services.ingest.duties.domain.duty import Duty, departments_with
from shared.errors import CONFLICT, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act
from shared.messaging.unit_of_work import UnitOfWork


class DutiesBody(BaseModel):
    """All duties of one department; they replace those that it had. None takes it out of the table."""

    model_config = ConfigDict(extra="forbid")
    department: Annotated[str, Field(pattern=r"^[^\x00-\x20\x7f](?:[^\x00-\x1f\x7f]{0,58}[^\x00-\x20\x7f])?$")]
    duties: frozenset[Duty]
    reason: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]


async def set_duties(work: UnitOfWork, department: str, duties: Collection[Duty], by: str, reason: str) -> None:
    """Raises `Problem` when nobody would check the data-sharing list any more: every working day needs a signature."""
    before = await store.read_duties(work.connection)
    after = {**before, department: frozenset(duties)}
    if not departments_with(after, Duty.DATA_SHARING):
        raise Problem(
            CONFLICT,
            f"{department} is the only department that checks the data-sharing list (数据共享清单); give the duty "
            "data_sharing to another one first.",
        )
    await store.write_duties(work, department, duties, by, reason)
    work.audit(Act(Action.DUTIES_SET, by, department, reason=reason, payload={"duties": sorted(duties)}))
