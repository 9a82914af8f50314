"""Judge records by the law in force and order what follows: the one way in which a window changes or a record is shown.

Used for what ingest tells, for the re-evaluation after an adoption or a version boundary, and for what a person
confirms or approves. Never lengthens a stored window while the facts are the same, and never shows again what left the
public's sight (guarantees G03, G04 and G06).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from services.disclosure import judged
from services.disclosure.confirmations.store import find_approvals
from services.disclosure.domain.display import Approval, PublicationState, standing_of
from services.disclosure.domain.foresee import Foreseen, foresee
from services.disclosure.domain.former import former_version, window_then
from services.disclosure.domain.graver import confirmed_repair_from
from services.disclosure.domain.settle import Settled, settle
from services.disclosure.retell import told_again
from services.disclosure.rules import Law
from shared.calendars.dues import Due
from shared.clock import legal_date, start_of_legal_day
from shared.contracts.events import PublicationOffline, PublicationOnline, PublicationRetold
from shared.contracts.records import Record
from shared.evidence.actions import Action
from shared.evidence.entry import Act, act_on, effect_of, system
from shared.messaging.unit_of_work import UnitOfWork
from shared.policy import Evaluator, Facts, Window
from shared.vocabulary import TakeDownReason


@dataclass(frozen=True)
class Case:
    """One record to judge. `record` is its content when that is new; otherwise it is read when an order needs it.
    `changed_on` is the day on which the authority changed its decision (变更), when it has just done so."""

    record_id: str
    facts: Facts
    ended_by: TakeDownReason | None
    record: Record | None = None
    changed_on: date | None = None


class _Computed(NamedTuple):
    """One audience of one record by the packs in force, beside what is stored; and the version of the packs that must
    be asked, too, because the facts have changed since."""

    case: Case
    window: Window
    before: judged.StoredPublication | None
    former: str | None


@dataclass(frozen=True)
class Judgment:
    """One audience of one record: what held, what holds now, and what must be ordered because of it."""

    case: Case
    settled: Settled
    state: PublicationState
    reason: TakeDownReason | None
    before: judged.StoredPublication | None
    foreseen: Foreseen | None

    @property
    def window(self) -> Window:
        return self.settled.window

    @property
    def goes_online(self) -> bool:
        """Shown, and the portals must be told: it is new, or its content or a day of its window is another."""
        if self.state is not PublicationState.ONLINE:
            return False
        if self.case.record is not None or self.before is None or self.before.state is not PublicationState.ONLINE:
            return True
        return _told_days(self.window) != _told_days(self.before.settled.window)

    @property
    def goes_offline(self) -> bool:
        was_online = self.before is not None and self.before.state is PublicationState.ONLINE
        return was_online and self.state is not PublicationState.ONLINE

    @property
    def is_retold(self) -> bool:
        """Shown as before, and a person's word about its class is needed now, or no longer (R07)."""
        if self.goes_online or self.before is None or self.state is not PublicationState.ONLINE:
            return False
        return self.window.needs_confirmation is not self.before.settled.window.needs_confirmation

    @property
    def is_changed(self) -> bool:
        if self.before is None or self.case.record is not None or self.state is not self.before.state:
            return True
        if self.foreseen != self.before.foreseen:
            return True
        return self.settled != self.before.settled and _seen(self.window) != _seen(self.before.settled.window)

    def left_on(self, today: date) -> date:
        """The day on which display ended: that on which it was over by what held until now; for the rest, today.

        What packs or facts say anew ends it today, however early the window is over by them: nothing leaves before
        somebody could have known, nor in a month that was counted already (G16).
        """
        if self.before is None:
            return today
        foreseen = self.before.foreseen
        known = (self.before.settled.window.offline_on, foreseen.ends_on if foreseen else None)
        return min((day for day in known if day is not None and day <= today), default=today)

    @property
    def generation(self) -> int:
        """Grows with every order, and with nothing else."""
        return self.before.generation + (self.goes_online or self.goes_offline) if self.before else 1


def _told_days(window: Window) -> tuple[date | None, ...]:
    return window.opens_on, window.closes_on, window.repair_from_on


def _seen(window: Window) -> tuple[object, ...]:
    """All that a window says, apart from the day and the packs by which it was computed."""
    return (
        window.publishability,
        window.severity,
        *_told_days(window),
        window.offline_on,
        window.needs_confirmation,
        window.grounds,
    )


async def judge(work: UnitOfWork, cases: Sequence[Case], law: Law) -> list[Judgment]:
    """Store and tell what follows for these records; returns what changed. Lock the records first."""
    if not cases:
        return []
    today = legal_date(work.now)
    before = await judged.find_publications(work, [case.record_id for case in cases])
    computed = _computed(cases, before, law, today)
    former = await law.former.of(work.connection, {one.former for one in computed if one.former is not None})
    wanting = [case.record_id for case in cases if law.wants_approval(case.facts.authority_region)]
    approvals = await find_approvals(work, wanting)
    judgments = [
        _judgment(one, approvals.get(one.case.record_id, Approval.NOT_NEEDED), law, today, former) for one in computed
    ]
    changed = [judgment for judgment in judgments if judgment.is_changed]
    await judged.store_publications(work, [_change(judgment, law, today) for judgment in changed])
    work.tell(*_orders(await _with_content(work, changed), law, today))
    work.tell(*await _retold(work, changed, law, today))
    if changed:
        work.audit(_act(changed, law))
    return changed


def _computed(
    cases: Sequence[Case], before: Mapping[tuple[str, str], judged.StoredPublication], law: Law, today: date
) -> list[_Computed]:
    return [
        _Computed(case, window, stored, former_version(stored.settled, window) if stored else None)
        for case in cases
        for window in law.evaluator.evaluate(case.facts, today)
        for stored in [before.get((case.record_id, window.audience))]
    ]


def _act(changed: Sequence[Judgment], law: Law) -> Act:
    effect = effect_of(
        f"{one.case.record_id} {one.window.audience} {one.generation} {one.state} {one.window.closes_on}"
        for one in changed
    )
    record_ids = {one.case.record_id for one in changed}
    actor = system("disclosure.judge")
    return act_on(Action.PUBLICATIONS_JUDGED, actor, record_ids, effect, many=f"law revision {law.revision}")


def _judgment(one: _Computed, approval: Approval, law: Law, today: date, former: Mapping[str, Evaluator]) -> Judgment:
    case, window, stored = one.case, one.window, one.before
    then = window_then(stored.settled, case.facts, former) if stored and one.former else None
    keeps_repair = law.answers.keeps_reached_repair
    settled = settle(stored.settled if stored else None, window, today, then=then, keeps_repair=keeps_repair)
    standing = (stored.state, stored.reason) if stored else None
    was_shown = stored is not None and stored.was_shown
    state, reason = standing_of(settled.window, standing, case.ended_by, approval, today, was_shown=was_shown)
    foreseen = foresee(settled.window, case.facts, law.evaluator, today) if state is PublicationState.ONLINE else None
    return Judgment(case, settled, state, reason, stored, foreseen)


def _change(judgment: Judgment, law: Law, today: date) -> judged.PublicationChange:
    return judged.PublicationChange(
        record_id=judgment.case.record_id,
        generation=judgment.generation,
        state=judgment.state,
        settled=judgment.settled,
        reason=judgment.reason,
        due=_due(judgment, law, today),
        left_on=judgment.left_on(today),
        foreseen=judgment.foreseen,
        was_foreseen=judgment.before is not None and judgment.before.foreseen is not None,
    )


def _due(judgment: Judgment, law: Law, today: date) -> Due | None:
    """When the order must be carried out; a window that merely changed inside keeps its reporting deadline."""
    if judgment.state is PublicationState.ONLINE:
        return _shown_by(judgment.case, law)
    return Due(start_of_legal_day(_offline_on(judgment, today))) if judgment.goes_offline else None


def _shown_by(case: Case, law: Law) -> Due:
    """By when a content must be seen: a changed one takes the old one's place within the term of a withdrawal."""
    if case.changed_on is not None:
        return law.due("withdrawal", case.changed_on)
    return law.due("reporting", case.facts.decided_on)


def _offline_on(judgment: Judgment, today: date) -> date:
    """The day on which the window was over; for everything else, today."""
    return judgment.left_on(today) if judgment.reason is TakeDownReason.WINDOW_EXPIRED else today


async def _with_content(work: UnitOfWork, changed: Sequence[Judgment]) -> list[Judgment]:
    """Those that order something, each that goes online with the content to show."""
    missing = sorted({one.case.record_id for one in changed if one.goes_online and one.case.record is None})
    contents = await judged.find_contents(work, missing) if missing else {}
    ordering = [one for one in changed if one.goes_online or one.goes_offline]
    return [_filled(one, contents) if one.goes_online else one for one in ordering]


async def _retold(work: UnitOfWork, changed: Sequence[Judgment], law: Law, today: date) -> list[PublicationRetold]:
    """What is shown as before and of which a person decided, or has to: repair must know, no portal."""
    again = [one for one in changed if one.is_retold]
    contents = await judged.find_contents(work, sorted({one.case.record_id for one in again})) if again else {}
    ids = [one.case.record_id for one in again]
    return [
        told_again(record_id, one.generation, one.window, contents[record_id], _graver(one, law, today))
        for record_id, one in zip(ids, again, strict=True)
    ]


def _filled(judgment: Judgment, contents: Mapping[str, Record]) -> Judgment:
    record = judgment.case.record or contents[judgment.case.record_id]
    return replace(judgment, case=replace(judgment.case, record=record))


def _orders(ordering: Sequence[Judgment], law: Law, today: date) -> Iterator[PublicationOnline | PublicationOffline]:
    for judgment in ordering:
        if judgment.state is PublicationState.ONLINE:
            yield _online(judgment, law, today)
        else:
            offline_on = _offline_on(judgment, today)
            yield PublicationOffline(
                record_id=judgment.case.record_id,
                audience=judgment.window.audience,
                generation=judgment.generation,
                reason=judgment.reason or TakeDownReason.NO_LONGER_PUBLISHABLE,
                offline_on=offline_on,
                due_at=start_of_legal_day(offline_on),
            )


def _online(judgment: Judgment, law: Law, today: date) -> PublicationOnline:
    window, case = judgment.window, judgment.case
    if window.opens_on is None or window.closes_on is None or case.record is None:
        raise ValueError(f"record {case.record_id} is shown and has no dates or no content")
    due = _shown_by(case, law)
    return PublicationOnline.model_construct(
        record_id=case.record_id,
        audience=window.audience,
        generation=judgment.generation,
        record=case.record,
        opens_on=window.opens_on,
        closes_on=window.closes_on,
        repair_from_on=window.repair_from_on,
        rule_id=window.provenance.rule_id,
        due_at=due.at,
        term=due.term,
        severity=window.severity,
        article=window.provenance.article,
        repair_rule_id=window.provenance.repair_rule_id,
        repair_article=window.provenance.repair_article,
        needs_confirmation=window.needs_confirmation,
        confirmed_repair_from_on=_graver(judgment, law, today),
    )


def _graver(judgment: Judgment, law: Law, today: date) -> date | None:
    return confirmed_repair_from(judgment.window, judgment.case.facts, law.evaluator, today)
