"""Ask for reconciliation runs: a worker takes each within some seconds, or as soon as its portal may be read.

Who asks while a portal may not be read gets a run that waits, and whoever asks for the same meanwhile joins it.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

from sqlalchemy import bindparam, text, update

from services.sync import wake
from services.sync.reconciliation.domain.obstacle import PATIENCE, Held, QuietAt
from services.sync.reconciliation.explanations import said
from services.sync.reconciliation.obstacles import obstacles
from services.sync.reconciliation.runs import Wish
from services.sync.tables import reconciliation
from shared.database.upsert import insert_for
from shared.evidence.actions import Action
from shared.evidence.entry import Act, system
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import Portal

_DAILY = system("sync.daily_reconciliation")


async def request(
    work: UnitOfWork,
    portals: Iterable[Portal],
    actor: str = _DAILY,
    wish: Wish | None = None,
    quiet_at: QuietAt = lambda _: None,
) -> list[str]:
    """Ask for a run of each portal; a worker takes it within some seconds, or as soon as the portal may be read."""
    wish, portals = wish or Wish(), list(portals)
    held = await obstacles(work.connection, {portal: quiet_at(portal) for portal in portals}, work.now)
    run_ids = [await _asked(work, portal, actor, wish, held.get(portal)) for portal in portals]
    work.wake(*(wake.runs(portal) for portal in portals), everywhere=True)
    return run_ids


async def _asked(work: UnitOfWork, portal: Portal, actor: str, wish: Wish, held: Held | None) -> str:
    """The run that waits for the same, asked for anew; or a new one."""
    same = {"on_portal": portal, "of_district": wish.scope.district, "of_kind": wish.scope.kind}
    same |= {"in_mode": wish.mode, "by_method": wish.method}
    waits = held is not None and held.until <= work.now + PATIENCE
    # What an earlier worker had read is older than what is asked for now.
    anew: dict[str, object] = {"patience_ends_at": work.now + PATIENCE, "checkpoint": None, "listed": 0}
    anew["waits_until"] = held.until if held and waits else work.now
    run_id = await work.connection.scalar(_JOINED, same | anew)
    joined = run_id is not None
    if run_id is None:
        row = {
            "run_id": new_id(),
            "portal": portal,
            "district": wish.scope.district,
            "kind": wish.scope.kind,
            "mode": wish.mode,
            "method": wish.method,
            "state": "requested",
            "requested_at": work.now,
            "requested_by": actor,
            "listed": 0,
            "drifts": 0,
            "patience_ends_at": work.now + PATIENCE,
        }
        if held and waits:
            row |= waiting_for(held)
        run_id = await work.connection.scalar(_insert(work.dialect), row)
        joined = run_id != row["run_id"]
    told = {"portal": str(portal), "mode": str(wish.mode), "method": str(wish.method)}
    told |= {"district": wish.scope.district, "kind": wish.scope.kind} | ({"joined": "true"} if joined else {})
    work.audit(Act(Action.RECONCILIATION_REQUESTED, actor, str(run_id), payload=told))
    return str(run_id)


def waiting_for(held: Held) -> dict[str, object]:
    """What the row of a run says while it waits."""
    why = said(f"waits_{held.by}")
    return {"state": "waiting", "waits_for": held.by, "waits_until": held.until, "explanation": why}


_R = reconciliation.c
_JOINED = (
    update(reconciliation)
    .where(
        _R.portal == bindparam("on_portal"),
        _R.district == bindparam("of_district"),
        _R.kind == bindparam("of_kind"),
        _R.mode == bindparam("in_mode"),
        _R.method == bindparam("by_method"),
        _R.state == "waiting",
    )
    .returning(_R.run_id)
)


@cache
def _insert(dialect: str) -> Any:
    """A new run; one that waits gives way to the one that already does."""
    statement = insert_for(dialect, reconciliation)
    taken = ("patience_ends_at", "checkpoint", "listed", "waits_until", "waits_for", "explanation")
    return statement.on_conflict_do_update(
        index_elements=[_R.portal, _R.district, _R.kind, _R.mode, _R.method],
        index_where=text("state = 'waiting'"),
        set_={name: statement.excluded[name] for name in taken},
    ).returning(_R.run_id)
