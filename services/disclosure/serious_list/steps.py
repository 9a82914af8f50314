"""Take one step on an entry of the serious list: lock it, ask the machine, keep who did it, why and when (G14)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from services.disclosure.rules import Law
from services.disclosure.serious_list import store
from services.disclosure.serious_list.domain.entry import Entry, Step, StepRefused
from services.disclosure.serious_list.domain.machine import advance
from services.disclosure.serious_list.tell import changed
from shared.errors import CONFLICT, NOT_FOUND, Problem
from shared.evidence.actions import Action as Audited
from shared.evidence.entry import Act
from shared.identifiers import mask_free_text
from shared.messaging.unit_of_work import UnitOfWork
from shared.web.caller import Caller


@dataclass(frozen=True)
class Asked:
    """A step that a person asks for: on which version of the entry, why, and what is kept of it."""

    step: Step
    expected_version: int
    reason: str
    detail: Mapping[str, Any]


async def take_step(work: UnitOfWork, entry_id: str, asked: Asked, law: Law, caller: Caller) -> Entry:
    """The entry after the step, or a `Problem`: unknown, foreign, seen in an older version, or not allowed now."""
    locked = await store.lock_entry(work, entry_id)
    if locked is None:
        raise Problem(NOT_FOUND, f"The serious list has no entry {entry_id[:64]}.")
    caller.must_write_for(locked.authority_code)
    before, step = locked.entry, asked.step
    if before.version != asked.expected_version:
        seen = f"The entry has version {before.version}, not {asked.expected_version}."
        raise Problem(CONFLICT, seen, version=before.version)
    with allowed():
        after = advance(before, step, law.evaluator.packs)
    reason = mask_free_text(asked.reason)
    taken = store.Taken(step.action, before.state, caller.client_id, reason, step.on, asked.detail)
    await store.store_step(work, entry_id, after, taken)
    told = {"step": step.action.value, "from": before.state.value, "to": after.state.value, "version": after.version}
    work.audit(Act(Audited.LIST_STEP_TAKEN, caller.client_id, entry_id, reason=reason, payload=told))
    work.tell(changed(entry_id, locked.subject_key, locked.authority_code, after))
    return after


@contextmanager
def allowed() -> Iterator[None]:
    """A step that the machine refuses becomes the answer to the caller, with the day or the items that it names."""
    try:
        yield
    except StepRefused as refusal:
        members: dict[str, Any] = {}
        if refusal.possible_from is not None:
            members["possible_from"] = refusal.possible_from.isoformat()
        if refusal.missing:
            members["missing"] = list(refusal.missing)
        raise Problem(CONFLICT, refusal.reason, **members) from None
