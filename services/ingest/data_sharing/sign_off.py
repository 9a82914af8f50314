"""A named officer confirms that he has checked a day of the list (每个工作日专人核对, 常应急〔2022〕19号 art. 6)."""

import json
from datetime import date

from services.ingest.data_sharing import store
from services.ingest.data_sharing.domain.figures import FIGURES
from services.ingest.duties.domain.duty import Duty, department_of, departments_with
from services.ingest.duties.store import read_duties
from shared.clock import legal_date
from shared.errors import CONFLICT, MALFORMED, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act
from shared.identifiers import strip_control
from shared.messaging.unit_of_work import UnitOfWork


async def sign_off(work: UnitOfWork, day: date, *, by: str, role: str, remark: str, digest: str) -> None:
    """Once a day, and only for the figures that he saw. Raises `Problem` when the day lies ahead, is signed already,
    or brought more since he looked, and for a post of a department that does not check the list (B14)."""
    today = legal_date(work.now)
    if day > today:
        raise Problem(CONFLICT, f"{day} lies after today, {today}.")
    duty = strip_control(role).strip()
    if not duty:
        raise Problem(MALFORMED, "The officer's role is missing.", errors=[{"field": "role", "reason": "empty"}])
    await _refuse_others(work, duty)
    signed = (await store.read_sign_offs(work.connection, day, day)).get(day)
    if signed is not None:
        raise Problem(
            CONFLICT, f"{day} is signed already.", signed_by=signed.signed_by, signed_at=signed.signed_at.isoformat()
        )
    present = await store.digest_day(work.connection, day)
    if present != digest:
        raise Problem(CONFLICT, f"The figures of {day} are not those that were looked at.", digest=present)
    sums = (await store.sum_days(work.connection, day, day)).get(day, dict.fromkeys(FIGURES, 0))
    row = {
        "on_day": day,
        "signed_by": by,
        "role": duty,
        "remark": strip_control(remark).strip(),
        "digest": present,
        "figures": json.dumps(sums),
    }
    await store.insert_sign_off(work, row)
    work.audit(Act(Action.DATA_SHARING_SIGNED, by, day.isoformat(), payload={"digest": present}))


async def _refuse_others(work: UnitOfWork, post: str) -> None:
    departments = departments_with(await read_duties(work.connection), Duty.DATA_SHARING)
    if department_of(post, departments) is None:
        reason = f"begin with the department that checks the list: {', '.join(departments)}"
        raise Problem(
            MALFORMED,
            "The post belongs to no department that checks the data-sharing list.",
            errors=[{"field": "role", "reason": reason}],
        )
