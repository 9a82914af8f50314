"""Reconcile one portal (对账): everything it shows against everything that is wanted there.

The listing is streamed into the database page by page, compared there, and each difference is looked at once more
before it is called drift. `verified_through` moves only over a complete listing of which every difference is known
(guarantee G07); a run that finds more than its limit mends nothing and waits for people (guarantee G08). A run whose
portal may not be read any more is put off.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from services.sync import placements, sightings
from services.sync.budget import Budget, budget
from services.sync.domain.channel import Errand, QuietHours
from services.sync.look import Look, look_at
from services.sync.metrics import DIGESTS_LIED, DRIFTS, FLAPPING
from services.sync.portals.base import IncompleteListing, PortalAdapter
from services.sync.portals.spending import paid_by
from services.sync.reconciliation import findings, marks, runs, waits
from services.sync.reconciliation.by_digests import digests_agree, read_by_digests
from services.sync.reconciliation.compare import (
    Candidate,
    Question,
    Suspicion,
    all_of,
    is_answered,
    is_settled,
    suspicion,
)
from services.sync.reconciliation.confirm import confirmed_duplicates
from services.sync.reconciliation.domain.obstacle import after_refusal
from services.sync.reconciliation.domain.unsettled import Unsettled
from services.sync.reconciliation.domain.verdict import MendingLimit
from services.sync.reconciliation.explanations import said
from services.sync.reconciliation.findings import Finding, Findings
from services.sync.reconciliation.flapping import flapping
from services.sync.reconciliation.mend import order_again
from services.sync.reconciliation.obstacles import obstacle_met
from services.sync.reconciliation.runs import End, Method, Mode, Run
from services.sync.reconciliation.scan import RunLost, Scan, ScanDesk
from services.sync.reconciliation.scoped import size_of
from shared.clock import Clock, legal_date
from shared.database.engine import Database
from shared.errors import Unavailable
from shared.leases import BEATS_A_LEASE, renewed
from shared.messaging.unit_of_work import UnitOfWork, unit_of_work
from shared.vocabulary import DriftKind

log = structlog.get_logger()

LOOKS_AT_ONCE = 200


@dataclass(frozen=True)
class ReconcileDesk:
    """What is needed to reconcile one portal."""

    database: Database
    clock: Clock
    adapter: PortalAdapter
    limit: MendingLimit
    renew_every: timedelta = runs.LEASE / BEATS_A_LEASE
    quiet: QuietHours | None = None

    async def run(self, run: Run) -> None:
        """Carry out one run to its end, or as far as the portal may be read."""
        purse = budget(self.database, self.clock, self.adapter, Errand.ROUND)
        try:
            with paid_by(purse):
                await self._kept(run, purse)
        except RunLost:
            log.info("run_lost", portal=run.portal, run_id=run.run_id)
        except (IncompleteListing, Unavailable) as error:
            if not await self._put_off(run, purse, silent=isinstance(error, Unavailable)):
                log.warning("listing_incomplete", portal=run.portal, run_id=run.run_id)
                await self._end(run, said("unread", detail=error))
        except Exception as error:
            log.exception("listing_failed", portal=run.portal, run_id=run.run_id)
            await self._end(run, said("stumbled", error=type(error).__name__))

    async def _put_off(self, run: Run, purse: Budget, *, silent: bool) -> bool:
        """Let the run wait when more than its listing could not be read, and that passes by itself."""
        if purse.refused:
            held = after_refusal(purse.resumes_at, self.clock.now())
        else:
            async with self.database.reading() as connection:
                met = await obstacle_met(connection, run.portal, self.quiet, self.clock.now(), silent=silent)
            if met is None:
                return False
            held = met
        return await waits.put_off(self.database, self.clock, run, held)

    async def _kept(self, run: Run, purse: Budget) -> None:
        """Read and judge, with the lease renewed meanwhile: a listing takes minutes, and so may looks at a slow portal.
        Whoever lost the run learns it from its own writes."""

        async def read_and_judge() -> None:
            await self._judge(*await self._read(run), purse)

        async def renew() -> bool:
            async with unit_of_work(self.database, self.clock) as work:
                return await runs.go_on(work, run)

        await renewed(read_and_judge(), renew, every=self.renew_every, longest=runs.ABANDONED_AFTER)

    async def _read(self, run: Run) -> tuple[Scan, Sequence[int] | None]:
        desk = ScanDesk(self.database, self.clock, self.adapter)
        if run.wish.method is Method.DIGESTS:
            return await read_by_digests(desk, run)
        return await desk.read(run), None

    async def _judge(self, scan: Scan, buckets: Sequence[int] | None, purse: Budget) -> None:
        """Look again at each known record before accusing anybody; what agrees by now is no drift."""
        run = scan.run
        today = legal_date(self.clock.now())
        question = Question(run.run_id, run.portal, run.settled_before, today, run.wish.scope, buckets)
        async with self.database.reading() as connection:
            suspected = await suspicion(connection, question, at_most=self.limit.rereads)
        if suspected.total > self.limit.rereads:
            await self._leave_all(scan, question, suspected)
            return
        found, moved = await self._look_again(run, suspected.candidates)
        if found.unknown and await self._put_off(run, purse, silent=False):
            return
        if suspected.foreign:
            foreign, _ = await self._note_all(run, question, foreign_only=True)
            found = replace(found, foreign=foreign)
        await self._conclude(scan, found, suspected.unsettled + moved, partial=buckets)

    async def _look_again(self, run: Run, candidates: Sequence[Candidate]) -> tuple[Findings, Unsettled]:
        """Some at a time: what was seen is evidence at once, and only the findings stay in memory. Beside them how many
        are not judged because they were ordered or answered anew since the comparison."""
        found: list[Finding] = []
        moved = Unsettled()
        for at in range(0, len(candidates), LOOKS_AT_ONCE):
            some = candidates[at : at + LOOKS_AT_ONCE]
            looks, replaced = await self._looks(run, sorted({str(one.record_id) for one in some}))
            by_record = {str(look.placement.record_id): look for look in looks}
            judged = [(c, findings.judged(c, by_record.get(c.record_id or ""))) for c in some]
            stand = [(c, one) for c, one in judged if one and c.record_id not in replaced]
            judgeable = [one for c, one in stand if _may_be_judged(c, by_record.get(c.record_id or ""), run)]
            found += judgeable
            moved += _moved(by_record, {one.record_id for _, one in judged if one}, judgeable, replaced)
        return Findings(found), moved

    async def _looks(self, run: Run, record_ids: Sequence[str]) -> tuple[list[Look], set[str]]:
        """The looks, and the records that got a newer order meanwhile."""
        async with self.database.reading() as connection:
            rows = await placements.with_content(connection, run.portal, record_ids)
        today = legal_date(self.clock.now())
        looks = [
            replace(look, as_wanted=look.as_wanted and not findings.too_early(look.placement, today))
            for look in await look_at(self.adapter, rows)
        ]
        async with unit_of_work(self.database, self.clock) as work:
            if not await runs.go_on(work, run):
                raise RunLost
            fresh = await sightings.note_sights(work, run.portal, looks)
        still = {look.placement.record_id for look in fresh}
        return looks, {look.placement.record_id for look in looks} - still

    async def _conclude(self, scan: Scan, found: Findings, unsettled: Unsettled, partial: Sequence[int] | None) -> None:
        run = scan.run
        mends = len(found.mendable) + found.unknown
        async with self.database.reading() as connection:
            size = await size_of(connection, run.portal, run.wish.scope, at_most=self.limit.enough(mends))
        within = self.limit.allows(mends, min(scan.listed, size))
        async with unit_of_work(self.database, self.clock) as work:
            found = await confirmed_duplicates(work, run, found)
            again = await flapping(work, run.portal, found.mendable)
            waiting = await findings.awaiting_people(work, run.portal, [str(m.record_id) for m in found.mendable])
            plan = run.wish.mode is Mode.PLAN
            free = [one for one in found.mendable if one.record_id not in again | waiting]
            to_order = free if within and not plan else []
            held = set() if plan else {one.record_id for one in found.mendable} - {one.record_id for one in to_order}
            state, explanation = _verdict(found, len(free), len(again), len(waiting), within=within, plan=plan)
            told = _told(explanation, unsettled)
            if not await runs.finish(work, run, End(state, scan.listed, found.total, len(held), unsettled, told)):
                raise RunLost
            ordered = {one.record_id for one in await order_again(work, run.portal, to_order)}
            await findings.record(
                work, run.run_id, run.portal, found.drifts, ordered=ordered, held=held, flapping=again
            )
            await findings.supersede_rejected(work, run.run_id, run.portal)
            await self._after(work, run, moves=state == "mended" and partial is None, whole=partial is None)
            await runs.forget_scan(work, run.run_id)
        FLAPPING.labels(run.portal).inc(len(again))
        if partial is None and run.wish.scope.whole:
            await self._check_digests(run, found)
        for drift in found.drifts:
            DRIFTS.labels(run.portal, drift.kind).inc()
        DRIFTS.labels(run.portal, DriftKind.FOREIGN).inc(found.foreign)

    async def _after(self, work: UnitOfWork, run: Run, *, moves: bool, whole: bool) -> None:
        """What a complete reading says of what earlier runs had found, and how far the scope is verified now."""
        scope = run.wish.scope
        if scope.whole and whole:
            await findings.close_vanished(work, run.run_id, run.portal)
        await findings.look_at_the_rest(work, run.run_id, run.portal, scope)
        if moves:
            await marks.move(work, run.portal, scope, run.run_id, run.settled_before)

    async def _check_digests(self, run: Run, found: Findings) -> None:
        """Whether the portal's digests told of what the whole listing showed."""
        if found.total and await digests_agree(self.database, self.adapter):
            DIGESTS_LIED.labels(run.portal).inc()
            log.warning("portal_digests_lied", portal=run.portal, run_id=run.run_id, drifts=found.total)

    async def _leave_all(self, scan: Scan, question: Question, suspected: Suspicion) -> None:
        """Too many to look at: each is kept as a suspicion for people, who may have them mended one by one later."""
        run = scan.run
        noted, held = await self._note_all(run, question)
        told = _told(said("too_many", n=suspected.total), suspected.unsettled)
        left = "awaiting_approval" if held else "incomplete"
        state = "planned" if run.wish.mode is Mode.PLAN else left
        async with unit_of_work(self.database, self.clock) as work:
            if not await runs.finish(work, run, End(state, scan.listed, noted, held, suspected.unsettled, told)):
                raise RunLost
            await findings.supersede_rejected(work, run.run_id, run.portal)
            await runs.forget_scan(work, run.run_id)

    async def _note_all(self, run: Run, question: Question, *, foreign_only: bool = False) -> tuple[int, int]:
        """Keep differences at which nobody looks, slice by slice, however many there are; how many, and how many of
        them are left to people. Nothing of it counts before the run ends."""
        noted = held = 0
        async with self.database.reading() as connection:
            async for some in all_of(connection, question, LOOKS_AT_ONCE * 5, foreign_only=foreign_only):
                found = [findings.as_finding(one, confirmed=foreign_only) for one in some]
                for_people = [one for one in found if one.mendable and run.wish.mode is Mode.MEND]
                async with unit_of_work(self.database, self.clock) as work:
                    if not await runs.go_on(work, run):
                        raise RunLost
                    left = {one.record_id for one in for_people}
                    await findings.record(work, run.run_id, run.portal, found, held=left)
                noted, held = noted + len(found), held + len(for_people)
        return noted, held

    async def _end(self, run: Run, explanation: str) -> None:
        """End a run that concludes nothing."""
        async with unit_of_work(self.database, self.clock) as work:
            if await runs.finish(work, run, End("incomplete", explanation=explanation)):
                await runs.forget(work, [run.run_id])


def _verdict(
    found: Findings, free: int, flaps: int, waiting: int, *, within: bool, plan: bool
) -> tuple[str, str | None]:
    told = [said("flapping", n=flaps)] if flaps else []
    told += [said("waiting", n=waiting)] if waiting else []
    unseen = [said("unseen", n=found.unknown)] if found.unknown else []
    if plan:
        foreseen = said("planned", n=free) if within else said("planned_over", n=len(found.mendable))
        return "planned", " ".join([foreseen, *told, *unseen])
    if not within:
        return "awaiting_approval", said("over_limit")
    if unseen:
        return "incomplete", unseen[0]
    return "mended", " ".join(told) or None


def _told(explanation: str | None, unsettled: Unsettled) -> str | None:
    """Also what was not judged, and when it will be worth asking again."""
    told = [explanation] if explanation else []
    if unsettled.settling:
        told.append(said("settling", n=unsettled.settling, seconds=round(runs.SETTLE.total_seconds())))
    if unsettled.unanswered:
        told.append(said("unanswered", n=unsettled.unanswered))
    return " ".join(told) or None


def _moved(
    looks: Mapping[str, Look], differing: Collection[str | None], judged: Sequence[Finding], replaced: Collection[str]
) -> Unsettled:
    """Records that differ and were not judged."""
    left = set(differing) - {one.record_id for one in judged}
    settling = sum(
        one not in replaced and look is not None and is_answered(look.placement)
        for one, look in ((one, looks.get(one or "")) for one in left)
    )
    return Unsettled(settling, len(left) - settling)


def _may_be_judged(candidate: Candidate, look: Look | None, run: Run) -> bool:
    """What got a newer order while the listing was read may lawfully look either way."""
    if look is None or candidate.kind is DriftKind.PREMATURE:
        return True
    return is_settled(look.placement, run.settled_before)
