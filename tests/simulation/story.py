"""What happens in one run: which records there are, who does what on which day, and which portal misbehaves.

Bad days alternate with quiet ones. On a bad day everything may fail; on the quiet day after it nothing does, and by its
end every portal shows what the law wants.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from services.repair.applications.decide import Decision
from shared.clock import legal_date, start_of_legal_day
from shared.vocabulary import Portal
from tests.simulation.actors import Outside
from tests.simulation.checks import Checks
from tests.simulation.house import House
from tests.simulation.misdeeds import FAULTS_OF, MISDEEDS, STANDING
from tests.support.rows import company_code, penalty

EARLIEST = date(2026, 2, 16)
"""Some weeks before the rules of 1 April 2026, so that many runs live through the change."""


@dataclass(frozen=True)
class Length:
    """How long a story is."""

    records: int = 5
    bad_days: int = 3
    days: int = 100

    @classmethod
    def of(cls, seed: int) -> "Length":
        """Every third story is a long one. What fails in a short one is easier to follow."""
        return cls(records=2, bad_days=2, days=60) if seed % 3 else cls()


@dataclass
class Story:
    """One run from its first day to the quiet day at its end."""

    random: Random
    house: House
    outside: Outside
    checks: Checks
    length: Length
    sent: int = 0

    @staticmethod
    def begins(random: Random) -> datetime:
        return start_of_legal_day(EARLIEST + timedelta(days=random.randrange(120)))

    async def tell(self) -> None:
        first = self._today
        bad_days = sorted(
            {first}
            | {first + timedelta(days=self.random.randrange(2, self.length.days)) for _ in range(self.length.bad_days)}
        )
        last = first + timedelta(days=self.length.days)
        while (day := self._next_day(bad_days, last)) <= last:
            await self._go_to(day, 0, 1)
            if day in bad_days:
                await self._bad_day(initial=day == first)
                await self._go_to(day + timedelta(days=1), 0, 1)
            await self._quiet_day()
        await self.checks.at_the_end()
        await self._tell_the_rest()
        await self.checks.when_subscribers_heard_everything()

    async def _tell_the_rest(self) -> None:
        """Within the three days after which a delivery is given up."""
        for _ in range(_HALF_DAYS):
            await self.house.tell_subscribers()
            if not self.house.peeks["sync"].one("SELECT 1 FROM delivery WHERE state = 'pending' LIMIT 1"):
                break
            self.house.clock.advance(timedelta(hours=12))

    def _next_day(self, bad_days: list[date], last: date) -> date:
        """The next day on which something happens: chosen in advance, or the first day after some window."""
        ends = self.house.peeks["disclosure"].one(
            "SELECT min(offline_on) FROM publication WHERE state = 'online' AND offline_on > ?", self._today.isoformat()
        )
        later = [day for day in bad_days if day > self._today or not self.outside.receipts]
        later += [date.fromisoformat(ends)] if ends else []
        return min(later, default=last + timedelta(days=1))

    async def _bad_day(self, *, initial: bool) -> None:
        weather = self.house.weather
        self.house.journal.note("day", f"{self._today}: bad")
        weather.bad = True
        await self.house.each_day()
        if misdeeds_first := self.random.random() < _MISDEEDS_FIRST:
            await self._misdeeds()
        if not initial:
            await self.house.reconcile()
            await self._rest(minutes=2)
        if not misdeeds_first:
            await self._misdeeds()
        if self.random.random() < _BY_DIGESTS:
            await self.outside.compare_digests()
        await self._acts(initial=initial)
        if self._anything_renamed or self.random.random() < _PROBED:
            await self.house.probe()
        await self._rest(minutes=self.random.choice((1, 5, 90)))
        await self.checks.of_the_day()
        weather.bad = False
        for portal in Portal:
            await self.house.mocks[portal].faults()

    async def _quiet_day(self) -> None:
        self.house.journal.note("day", f"{self._today}: quiet")
        await self.house.each_day()
        await self.house.probe(only_stopped=self.random.random() >= _PROBED)
        await self._rest(minutes=30)
        await self.checks.of_the_day()
        await self._go_to(self._today, 2, 31)
        await self.house.reconcile()
        await self._rest(minutes=20)
        for _ in range(3):
            if not await self.outside.retry_what_is_red() + await self.outside.approve_what_waits():
                break
            await self._rest(minutes=20)
        if self.random.random() < _BY_DIGESTS:
            await self.outside.compare_digests()
            await self.house.keep_digests()
            await self._rest(minutes=20)
            self.checks.when_digests_were_compared()
        await self.checks.when_quiet()

    async def _acts(self, *, initial: bool) -> None:
        if initial:
            await self.outside.send([self._row() for _ in range(self.length.records)])
            return
        acts: list[Callable[[], Awaitable[object]]] = [
            self._send_more, self._resend, self._amend, self._withdraw, self._file, self._decide, self._year,
            self._packs, self.outside.compare_listings,
        ]  # fmt: skip
        for act in self.random.choices(acts, weights=(3, 3, 3, 3, 4, 4, 1, 0.2, 2), k=4):
            await act()
            if self.random.random() < 0.3:
                await self._rest(minutes=1)
            else:  # the next act comes while the messages of this one are still under way
                await self.house.stir(self.random.randrange(8))
                await self.house.tell_subscribers()

    async def _misdeeds(self) -> None:
        for portal in Portal:
            mock = self.house.mocks[portal]
            faults = self.random.sample(FAULTS_OF[portal], self.random.randrange(4))
            await mock.faults(*(fault | {"count": self.random.randrange(1, 4)} for fault in faults))
            for fault in faults:
                self.house.journal.note("misdeed", f"{portal} will {fault}")
            match self.random.randrange(6):
                case 0:
                    mock.back_up()
                case 1:
                    await mock.restore()
                case 2:
                    await mock.misbehave(self.random.choice(MISDEEDS), 1)

    @property
    def _anything_renamed(self) -> bool:
        """Whether a portal's answers are such that only a sentinel can tell."""
        return any(STANDING & mock.given.keys() for mock in self.house.mocks.values())

    async def _send_more(self) -> None:
        await self.outside.send([self._row()])

    async def _resend(self) -> None:
        if self.outside.records:
            rows = [known.row for known in self.outside.records.values() if not known.withdrawn_on]
            await self.outside.send(self.random.sample(rows, min(len(rows), 3)) or [self._row()])

    async def _amend(self) -> None:
        record_id = self._some(lambda known: not known.withdrawn_on)
        if record_id:
            row = self.outside.records[record_id].row
            amended = row | {"CF_SY": f"未按规定培训，第{self.random.randrange(1000)}次订正。"}
            if self.random.random() < 0.4:  # market supervision keeps the record under another key then
                amended |= {"CF_CFJG": self.random.choice(_NAMES)}
            await self.outside.send([amended])

    async def _withdraw(self) -> None:
        record_id = self._some(lambda known: not known.withdrawn_on)
        if record_id:
            await self.outside.withdraw(record_id)

    async def _file(self) -> None:
        record_id = self._some(lambda known: not known.ended and not known.application_id)
        if record_id:
            await self.outside.file_repair(record_id)

    async def _decide(self) -> None:
        record_id = self._some(lambda known: known.application_id is not None)
        if record_id:
            decision = Decision.APPROVE if self.random.random() < 0.8 else Decision.REFUSE
            await self.outside.decide_repair(record_id, decision)

    async def _year(self) -> None:
        await self.outside.load_year()

    async def _packs(self) -> None:
        await self.outside.adopt(f"2026.11-{self.random.randrange(100)}")

    def _some(self, wanted: Callable[[Any], bool]) -> str | None:
        found = [record_id for record_id, known in self.outside.records.items() if wanted(known)]
        return self.random.choice(found) if found else None

    def _row(self) -> dict[str, Any]:
        """A fine whose year ends within the story, or some time after it."""
        self.sent += 1
        decided = self._today - timedelta(days=self.random.choice((100, 180, 300, 340)))
        return penalty(
            self.sent,
            CF_XDR_MC=f"样例第{self.sent}公司",
            CF_XDR_SHXYM=company_code(self.sent),
            CF_JDRQ=decided.isoformat(),
            CF_YXQ="2099-12-31",
        )

    async def _rest(self, minutes: int) -> None:
        await self.house.rest(self.house.clock.now() + timedelta(minutes=minutes))
        await self.house.tell_subscribers()

    async def _go_to(self, day: date, hours: int, minutes: int) -> None:
        """Nothing else happens in between than what this day's rests let happen."""
        there = start_of_legal_day(day) + timedelta(hours=hours, minutes=minutes)
        self.house.clock.advance(max(there - self.house.clock.now(), timedelta()))

    @property
    def _today(self) -> date:
        return legal_date(self.house.clock.now())


_HALF_DAYS = 7
_MISDEEDS_FIRST = 0.5
"""How often a run meets a portal that misbehaves already."""
_BY_DIGESTS = 0.4
"""How often a day has a run by digests besides."""
_PROBED = 0.3
"""How often all sentinels come by: they ask so much that they would be a sixth of everything."""
_NAMES = ("南通市应急管理局", "南通市应急管理局（原安监局）", "南通市应急局")
