"""Form a list, preview a batch, and take it down with a reason and an approver (集中清理).

What was not previewed is never taken down: an approval names the digest of the list that the approver saw, and an
older one is refused. Grave conduct stays until a person clears it apart from the rest (苏应急函〔2022〕33号 §2(4)).
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.disclosure import store as publications
from services.disclosure.campaign import store
from services.disclosure.campaign.domain.words import REASONS, Clearing
from shared.clock import legal_date, start_of_legal_day
from shared.contracts.events import PublicationOffline
from shared.database.connection import AsyncConnection
from shared.errors import CONFLICT, MALFORMED, NOT_FOUND, Problem
from shared.evidence.actions import Action
from shared.evidence.entry import Act, effect_of
from shared.identifiers import mask_free_text, strip_control
from shared.ids import new_id
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import TakeDownReason

AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Window:
    """The days of decision that a campaign looks at."""

    decided_from: date
    decided_to: date


@dataclass(frozen=True, slots=True)
class Preview:
    """A dry run: what an approval of `digest` would take down. `more`: further batches follow this one."""

    what: Clearing
    reason: TakeDownReason
    record_ids: tuple[str, ...]
    by_region: Mapping[str, int]
    held_back: int
    more: bool
    digest: str


async def form_campaign(
    work: UnitOfWork, title: str, window: Window, reason: str, actor: str, abnormal: store.Statuses
) -> str:
    """名单梳理: the list with its groups as of today; returns the campaign's identifier."""
    if window.decided_to < window.decided_from:
        raise Problem(
            MALFORMED,
            "The window is empty.",
            errors=[{"field": "decided_to", "reason": "on or after decided_from"}],
        )
    today = legal_date(work.now)
    campaign_id = new_id()
    row = {
        "campaign_id": campaign_id,
        "title": cleaned(title, "title"),
        "decided_from": window.decided_from,
        "decided_to": window.decided_to,
        "reason": cleaned(reason, "reason"),
        "formed_on": today,
        "formed_by": actor,
    }
    await store.insert_campaign(work, row)
    await store.form_list(work, campaign_id, (window.decided_from, window.decided_to), today, abnormal)
    work.audit(Act(Action.CAMPAIGN_FORMED, actor, campaign_id, reason=reason))
    return campaign_id


async def preview(
    connection: AsyncConnection, campaign_id: str, what: Clearing, today: date, abnormal: store.Statuses
) -> Preview:
    """What would go, at most 5,000 records at once, and how many stay because they are grave."""
    await must_exist(connection, campaign_id)
    rows = await store.list_clearable(connection, campaign_id, what, today, AT_ONCE + 1, abnormal)
    chosen = rows[:AT_ONCE]
    record_ids = tuple(row.record_id for row in chosen)
    counts = what is Clearing.ABNORMAL
    held_back = await store.count_held_back(connection, campaign_id, today, abnormal) if counts else 0
    return Preview(
        what=what,
        reason=REASONS[what],
        record_ids=record_ids,
        by_region=Counter(row.region for row in chosen),
        held_back=held_back,
        more=len(rows) > AT_ONCE,
        digest=_digest(what, record_ids),
    )


async def approve(
    work: UnitOfWork,
    campaign_id: str,
    what: Clearing,
    digest: str,
    explanation: str,
    actor: str,
    abnormal: store.Statuses,
) -> tuple[str, int]:
    """Take down exactly what was previewed; returns the act and the number of records. Raises `Problem` otherwise."""
    today = legal_date(work.now)
    explanation = cleaned(explanation, "explanation")
    seen = await _as_previewed(work, campaign_id, what, digest, today, abnormal)
    await publications.lock_records(work, seen.record_ids)
    # Once more: whoever held a record until now may have found it grave.
    seen = await _as_previewed(work, campaign_id, what, digest, today, abnormal)
    taken = await _take_down(work, what, seen.record_ids, today)
    act_id = new_id()
    act = {
        "act_id": act_id,
        "campaign_id": campaign_id,
        "what": what,
        "explanation": explanation,
        "approved_by": actor,
        "records": len({row.record_id for row in taken}),
        "digest": digest,
    }
    rows = [
        {
            "act_id": act_id,
            "record_id": row.record_id,
            "audience": row.audience,
            "reason": seen.reason,
            "approved_by": actor,
        }
        for row in taken
    ]
    if not rows:
        raise Problem(CONFLICT, "Somebody else took these records down at this moment.")
    await store.insert_act(work, act, rows)
    effect = effect_of(f"{row.record_id} {row.audience} {row.generation}" for row in taken)
    told = {"campaign": campaign_id, "what": what.value}
    work.audit(Act(Action.CAMPAIGN_TOOK_DOWN, actor, act_id, reason=explanation, effect=effect, payload=told))
    _tell(work, taken, seen.reason, today)
    return act_id, int(str(act["records"]))


async def must_exist(connection: AsyncConnection, campaign_id: str) -> None:
    if await store.read_campaign(connection, campaign_id) is None:
        raise Problem(NOT_FOUND, "There is no such campaign.")


def cleaned(text: str, field: str) -> str:
    """A text of a person: without control signs, with personal numbers masked, and never empty (A16)."""
    kept = mask_free_text(strip_control(text)).strip()
    if not kept:
        raise Problem(MALFORMED, "A text is missing.", errors=[{"field": field, "reason": "cannot be empty"}])
    return kept


async def _as_previewed(
    work: UnitOfWork, campaign_id: str, what: Clearing, digest: str, today: date, abnormal: store.Statuses
) -> Preview:
    """The batch, which must still be the one that the approver saw."""
    seen = await preview(work.connection, campaign_id, what, today, abnormal)
    if not seen.record_ids:
        raise Problem(CONFLICT, "There is nothing to take down.")
    if seen.digest != digest:
        raise Problem(CONFLICT, "The list has changed since it was previewed.", digest=seen.digest)
    return seen


async def _take_down(
    work: UnitOfWork, what: Clearing, record_ids: Sequence[str], today: date
) -> list[publications.TakenDown]:
    if what is Clearing.OVERDUE:
        return await publications.take_down_overdue(work, record_ids, today)
    return await publications.take_down(work, record_ids, REASONS[what])


def _tell(work: UnitOfWork, taken: Sequence[publications.TakenDown], reason: TakeDownReason, today: date) -> None:
    work.tell(
        *(
            PublicationOffline(
                record_id=row.record_id,
                audience=row.audience,
                generation=row.generation,
                reason=reason,
                offline_on=min(row.offline_on or today, today),
                due_at=start_of_legal_day(min(row.offline_on or today, today)),
            )
            for row in taken
        )
    )


def _digest(what: Clearing, record_ids: Sequence[str]) -> str:
    return hashlib.blake2b("\n".join((what, *record_ids)).encode(), digest_size=16).hexdigest()
