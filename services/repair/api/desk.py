"""What every endpoint of repair stands on, put on `app.state`."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from shared.calendars.book import CalendarBook
from shared.clock import Clock
from shared.database.engine import Database


@dataclass(frozen=True)
class RepairDesk:
    """The parts of one running repair."""

    database: Database
    clock: Clock
    calendars: CalendarBook


async def _desk(request: Request) -> RepairDesk:
    desk: RepairDesk = request.app.state.desk
    return desk


Desk = Annotated[RepairDesk, Depends(_desk)]
