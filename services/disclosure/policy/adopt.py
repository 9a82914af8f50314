"""Put other packs in force: checked whole, refused with file, entry and reason, and told who wanted it and why.

The packs in force stay in force when anything is wrong. What follows for the records is `reevaluate`'s. Serves G03.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from services.disclosure.policy import store
from services.disclosure.rules import LawInForce
from shared.errors import CONFLICT, PACK_REFUSED, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act
from shared.messaging.unit_of_work import UnitOfWork
from shared.policy import PackError, Packs
from shared.policy.load import packs_of, plain
from shared.reasons import stated

log = structlog.get_logger()


@dataclass(frozen=True)
class Adoption:
    """What was put in force."""

    revision: int
    version: str


def checked(texts: Mapping[str, str]) -> Packs:
    """The packs of these files with every worked case run, or the problem that names file, entry and reason.

    Takes some tenths of a second: call it in a thread and before a transaction begins.
    """
    try:
        return packs_of(texts)
    except PackError as error:
        raise Problem(PACK_REFUSED, str(error), file=error.file, entry=error.entry, reason=error.reason) from None


async def adopt_pack(
    work: UnitOfWork, texts: Mapping[str, str], packs: Packs, book: LawInForce, *, by: str, reason: str
) -> Adoption:
    """Make these packs, which `checked` gave, the law in force from this transaction on (启用规则包)."""
    reason = stated(reason)
    await store.lock(work)
    in_force = (await book.current(work.connection)).evaluator.packs.version
    if packs.version == in_force:
        raise Problem(CONFLICT, f"The packs {in_force} are in force already.", version=in_force)
    new = store.NewAdoption(packs.version, store.ADOPTED, by, reason)
    revision = await store.adopt(work, plain(texts), new)
    payload = {"revision": revision, "version": packs.version, "before": in_force}
    work.audit(Act(Action.PACKS_ADOPTED, by, f"revision {revision}", reason=reason, payload=payload))
    log.info("packs_adopted", revision=revision, version=packs.version, before=in_force, by=by)
    return Adoption(revision, packs.version)
