"""Moves the law in a test: adoptions, boundaries, and the re-evaluation that follows until nothing is due."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from services.disclosure.handlers import Handlers
from services.disclosure.policy.book import LawBook, note_packaged
from services.disclosure.policy.reevaluate import SLICE, reevaluate_due
from services.disclosure.take_down import expire
from shared.clock import start_of_legal_day
from shared.contracts.base import EventData
from tests.support.services import RunningService

LAW_OFFICER = {"scope": "disclosure:read disclosure:adopt disclosure:confirm", "sub": "law-officer"}


@dataclass
class LawHouse:
    """disclosure with a worker's book of law."""

    service: RunningService
    book: LawBook

    @classmethod
    async def opened(cls, service: RunningService, *approval_regions: str) -> "LawHouse":
        """With the packaged packs noted, as a worker does at its start."""
        await note_packaged(service.database, service.clock)
        return cls(service, LawBook(approval_regions))

    async def hear(self, *data: EventData) -> None:
        """Records arrive."""
        await self.service.hear(Handlers(self.book).records, *data)

    async def hear_repairs(self, *data: EventData) -> None:
        await self.service.hear(Handlers(self.book).repairs, *data)

    def go_to(self, day: date) -> None:
        """Move the clock to 00:00 of a day in Shanghai, forwards or backwards."""
        self.service.clock.advance(start_of_legal_day(day) - self.service.clock.now())

    def pass_days(self, days: int) -> None:
        self.service.clock.advance(timedelta(days=days))

    async def judge_anew(self, limit: int = SLICE) -> int:
        """Until nothing is due; returns how many records were judged."""
        judged = 0
        while done := await reevaluate_due(self.service.database, self.service.clock, self.book, limit):
            judged += done
        return judged

    async def expire(self) -> None:
        async with self.service.work() as work:
            await expire(work)

    async def adopt(self, files: dict[str, str], reason: str = "法规调整", **claims: Any) -> dict[str, Any]:
        answer = await self.service.post("/v1/policy/adoptions", {"files": files, "reason": reason}, **claims)
        assert answer.status_code == 201, answer.text
        receipt: dict[str, Any] = answer.json()
        return receipt
