"""The law as this process holds it at one moment: packs, calendar, deadlines, and where approval is asked for.

A use case receives one `Law` for its whole transaction. `policy.book` reads the newest from the database.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from services.disclosure.policy.former import FormerPacks
from shared.calendars.book import packaged_calendar
from shared.calendars.dues import Due, due
from shared.database.connection import AsyncConnection
from shared.policy import Evaluator, load_packs
from shared.policy.answers import Answers
from shared.policy.pack import covers
from shared.workdays import WorkCalendar


@dataclass(frozen=True)
class Law:
    """Evaluates windows and turns working-day deadlines into instants.

    `revision` numbers the adoptions; 0 are the packs that came with the program, before any process noted them.
    `approval_regions` are the division codes whose records a person approves before display (审慎适度).
    """

    evaluator: Evaluator
    calendar: WorkCalendar
    revision: int = 0
    approval_regions: tuple[str, ...] = ()
    former: FormerPacks = field(default_factory=FormerPacks, compare=False)

    def due(self, deadline: str, event_on: date) -> Due:
        """The end of the last day of a deadline."""
        return due(self.calendar, deadline, event_on)

    def due_at(self, deadline: str, event_on: date) -> datetime:
        """The same as an instant alone."""
        return self.due(deadline, event_on).at

    def era_start(self, today: date) -> date:
        """The day on which the rules that govern today began; whatever was judged before it must be judged anew."""
        return max((day for day in self.evaluator.packs.boundaries if day <= today), default=date.min)

    @property
    def answers(self) -> Answers:
        """What the packs in force answer where the law leaves room."""
        return self.evaluator.packs.settings.answers

    def wants_approval(self, region: str) -> bool:
        code = self.evaluator.packs.settings.region_aliases.get(region, region)
        return any(region == wanted or covers(wanted, code) for wanted in self.approval_regions)

    async def current(self, _connection: AsyncConnection) -> "Law":
        """A law that never changes is its own book."""
        return self


class LawInForce(Protocol):
    """Who is asked for the law at the beginning of a transaction."""

    async def current(self, connection: AsyncConnection) -> Law: ...


def load_law() -> Law:
    """The packaged packs and the announced years. Raises `PackError` or `CalendarFileError` with file and entry."""
    return Law(Evaluator(load_packs()), packaged_calendar())
