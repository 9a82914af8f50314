"""Who acts upon the house: sources, companies, approvers, the law officer, and the operator who settles what is red.

Each act is the service's own use case in one transaction. A caller who hears nothing asks again, as clients do.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from services.disclosure.calendar.load_year import checked as checked_year
from services.disclosure.calendar.load_year import load_year
from services.disclosure.policy.adopt import adopt_pack
from services.disclosure.policy.adopt import checked as checked_packs
from services.ingest.admit import admit, judge_rows
from services.ingest.day import DayBook
from services.ingest.known import find_known
from services.ingest.receipt import Receipt
from services.ingest.submission import Submission
from services.ingest.withdraw import Sender, withdraw
from services.repair.applications.decide import Decided, Decision, decide
from services.repair.applications.domain.case import Action
from services.repair.applications.file import file
from services.repair.applications.serve import Way, serve
from services.repair.applications.step import Asked, take_step
from services.repair.materials.domain.content import FileFormat
from services.repair.materials.domain.papers import PaperKind
from services.repair.materials.hand_in import Paper, hand_in
from services.repair.materials.receive import Received
from services.sync.problems.choose import choose
from services.sync.problems.domain.chosen import Chosen, Remedy
from services.sync.problems.settle import settle
from services.sync.reconciliation import approvals
from services.sync.reconciliation.ask import request
from services.sync.reconciliation.runs import Method, Wish
from shared.calendars.book import packaged_calendar
from shared.clock import legal_date
from shared.contracts.events import Withdrawal
from shared.errors import Problem, Unavailable
from shared.policy.load import texts_of
from shared.sealing import Sealer
from shared.vocabulary import Portal, RecordKind, Verdict, WithdrawalKind
from shared.web.caller import EVERY_AUTHORITY, Caller
from tests.simulation.chance import Killed
from tests.simulation.house import House

_PAPERS = (PaperKind.COMMITMENT, PaperKind.PERFORMANCE_PROOF, PaperKind.AUTHORIZATION)
"""Enough for an ordinary record under every rule since 2023."""
_SEALER = Sealer(bytes(range(32)))
_CLERK, _FIRST, _SECOND = (
    Caller(name, frozenset(), frozenset({EVERY_AUTHORITY})) for name in ("clerk", "first", "second")
)
_HANDLED = ((Action.ACCEPT, _CLERK), (Action.FIRST_REVIEW, _FIRST), (Action.SECOND_REVIEW, _SECOND))
_YEAR = """year = 2027
sources = ["样例通知"]
off = [2027-01-01, 2027-01-02, 2027-01-03]
on = []
"""
_ASKS = 6

T = TypeVar("T")


def _received(kind: PaperKind) -> Received:
    """A paper as it lies in the cabinet; the story opens none."""
    return Received(hashlib.sha256(kind.encode()).hexdigest(), 1, FileFormat.PDF)


@dataclass
class Known:
    """What the outside knows of one accepted record."""

    row: dict[str, Any]
    withdrawn_on: date | None = None
    application_id: str | None = None
    approved_on: date | None = None

    @property
    def ended(self) -> bool:
        return self.withdrawn_on is not None or self.approved_on is not None


@dataclass
class Outside:
    """The people and systems around the house, and what they remember."""

    house: House
    records: dict[str, Known] = field(default_factory=dict)
    receipts: list[Receipt] = field(default_factory=list)
    days: DayBook = field(default_factory=DayBook)

    @property
    def today(self) -> date:
        return legal_date(self.house.clock.now())

    async def send(self, rows: list[dict[str, Any]]) -> Receipt | None:
        """A source hands in a batch; what was answered is what counts as accepted."""
        receipt = await self._ask("send", lambda: self._send(rows))
        if receipt is None:
            return None
        self.receipts.append(receipt)
        for row, verdict in zip(rows, receipt.verdicts, strict=True):
            if verdict.record_id and verdict.verdict in (Verdict.ADMITTED, Verdict.AMENDED, Verdict.UNCHANGED):
                known = self.records.setdefault(verdict.record_id, Known(row))
                known.row = row
                self._note("source", f"{verdict.verdict} {row['CF_WSH']}", verdict.record_id)
        return receipt

    async def withdraw(self, record_id: str) -> None:
        today = self.today
        said = Withdrawal(kind=WithdrawalKind.REVOKED, statement_of_reasons="行政复议决定撤销。", withdrawn_on=today)

        async def act() -> bool:
            async with self.house.work("ingest") as work:
                await withdraw(work, record_id, said, Sender("source", None))
            return True

        if await self._ask("withdraw", act):
            self.records[record_id].withdrawn_on = today
            self._note("withdrawn", "by its authority", record_id)

    async def file_repair(self, record_id: str) -> None:
        async def act() -> str:
            async with self.house.work("repair") as work:
                filed = await file(work, [record_id], _CLERK, packaged_calendar())
                for kind in _PAPERS:
                    await hand_in(work, Paper(filed.application_id, kind), _received(kind), _CLERK, len(_PAPERS))
                return filed.application_id

        application_id = await self._ask("file", act)
        if application_id:
            self.records[record_id].application_id = application_id
            self._note("repair", "filed", record_id)

    async def decide_repair(self, record_id: str, decision: Decision) -> None:
        known, today = self.records[record_id], self.today

        async def act() -> bool:
            of, calendar, why = known.application_id or "", packaged_calendar(), "已履行义务"
            async with self.house.work("repair") as work:
                for version, (action, person) in enumerate(_HANDLED, 1):
                    await take_step(work, of, Asked(action, version, why), person, calendar)
                await decide(work, of, Decided(decision, len(_HANDLED) + 1, why, {}), _CLERK, calendar)
                await serve(work, of, len(_HANDLED) + 2, why, Way.ONLINE, _CLERK, calendar)
            return True

        if await self._ask("decide", act):
            known.application_id = None
            known.approved_on = today if decision is Decision.APPROVE else None
            self._note("repair", decision, record_id)

    async def load_year(self) -> None:
        async def act() -> bool:
            async with self.house.work("disclosure") as work:
                await load_year(work, _YEAR, checked_year("2027.toml", _YEAR), by="law-officer", reason="国务院通知")
            return True

        await self._ask("year", act)

    async def adopt(self, version: str) -> None:
        """The same law under another label: every record is judged once more, and nothing may come of it."""
        texts = {
            name: text.replace('version = "2026.11"', f'version = "{version}"') for name, text in texts_of().items()
        }
        packs = checked_packs(texts)

        async def act() -> bool:
            async with self.house.work("disclosure") as work:
                await adopt_pack(work, texts, packs, self.house.law, by="law-officer", reason="样例")
            return True

        await self._ask("adopt", act)

    async def retry_what_is_red(self) -> int:
        """The operator orders anew whatever a portal refused or did not obey."""
        causes = self.house.peeks["sync"].rows(_CAUSES)
        for row in causes:
            chosen = Chosen(Portal(row["portal"]), row["cause"], Remedy.RETRY)

            async def act(chosen: Chosen = chosen) -> bool:
                async with self.house.work("sync") as work:
                    orders = await choose(work, chosen)
                    await settle(work, chosen, orders, actor="operator", reason="门户已恢复")
                return True

            await self._ask("retry", act)
            self._note("operator", f"retried {chosen.portal} {chosen.cause}", "")
        return len(causes)

    async def compare_digests(self) -> None:
        """The operator asks for a run by digests of the portal that keeps some."""
        await self._reconcile([Portal.CREDIT_CHINA], Method.DIGESTS)

    async def compare_listings(self) -> None:
        """The operator asks for a run of every portal, whatever is under way."""
        await self._reconcile(list(Portal), Method.LISTING)

    async def _reconcile(self, portals: list[Portal], method: Method) -> None:
        async def act() -> bool:
            async with self.house.work("sync") as work:
                await request(work, portals, "operator", Wish(method=method))
            return True

        await self._ask(f"reconcile by {method}", act)

    async def approve_what_waits(self) -> int:
        """Two people allow the mending that a reconciliation would not do by itself."""
        runs = [row["run_id"] for row in self.house.peeks["sync"].rows(_WAITING)]
        for run_id in runs:

            async def propose(run_id: str = run_id) -> bool:
                async with self.house.work("sync") as work:
                    await approvals.propose(work, run_id, "operator", "备份恢复")
                return True

            async def approve(run_id: str = run_id) -> bool:
                async with self.house.work("sync") as work:
                    await approvals.decide(work, run_id, "approver", "同意", approve=True)
                return True

            await self._ask("propose", propose)
            await self._ask("approve", approve)
            self._note("approved", run_id, "")
        return len(runs)

    async def _send(self, rows: list[dict[str, Any]]) -> Receipt:
        submission = Submission("source", RecordKind.PENALTY, rows, None)
        database = self.house.databases["ingest"]
        async with database.reading() as connection:
            known = await find_known(connection, submission, _SEALER)
            day = await self.days.on(connection, self.today)
        judged = judge_rows(submission, known, day, _SEALER)
        async with self.house.work("ingest") as work:
            return await admit(work, submission, judged, _SEALER)

    async def _ask(self, what: str, act: Callable[[], Awaitable[T]]) -> T | None:
        """Until there is an answer; a refusal is one."""
        for _ in range(_ASKS):
            try:
                return await act()
            except (Killed, Unavailable) as reason:
                self._note("unanswered", f"{what}: {reason}", "")
            except Problem as problem:
                self._note("refused", f"{what}: {problem}", "")
                return None
        return None

    def _note(self, what: str, about: str, record_id: str) -> None:
        self.house.journal.note(what, about, record_id)


_WAITING = """SELECT DISTINCT r.run_id FROM reconciliation r JOIN drift d ON d.run_id = r.run_id
WHERE d.held AND d.mended_at IS NULL AND r.finished_at = (
 SELECT max(finished_at) FROM reconciliation newer WHERE newer.portal = r.portal)
AND NOT EXISTS (SELECT 1 FROM mending_approval a WHERE a.run_id = r.run_id) ORDER BY 1"""
_CAUSES = """SELECT DISTINCT portal,
 CASE WHEN refusal IS NOT NULL THEN coalesce(refusal_code, '') ELSE 'not_obeyed' END AS cause
FROM placement WHERE refusal IS NOT NULL OR (mends >= 3 AND observed_generation < generation) ORDER BY 1, 2"""
