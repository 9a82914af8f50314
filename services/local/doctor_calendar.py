"""How far the calendar of one service reaches, and whether it has heard of everything and counted it."""

from datetime import date, timedelta

from services import house
from services.local.doubt import Doubt
from shared.calendars import store
from shared.calendars.book import CalendarBook
from shared.clock import legal_date
from shared.database.engine import Database
from shared.settings import HouseSettings

HORIZON_WARNING = timedelta(days=45)  # the notice for the next year usually comes in early November
_TELLS = "disclosure"


async def look_at_calendar(settings: HouseSettings, name: str) -> str:
    """One sentence, or `Doubt`."""
    until, edition, pending = await _calendar_of(settings, name)
    told = f"announced until {until}"
    if edition != (known := (await _calendar_of(settings, _TELLS))[1]):
        raise Doubt(f"{told}; notices heard: {edition[0]} of {known[0]}; events wait or are parked")
    if legal_date(settings.clock().now()) + HORIZON_WARNING > until:
        raise Doubt(f"{told} only; later deadlines are provisional")
    counting = ", deadlines are being counted again" if pending else ""
    return f"{told}, notices loaded: {edition[0]}{counting}"


async def _calendar_of(settings: HouseSettings, name: str) -> tuple[date, store.Edition, int]:
    years = house.SERVICES[name].tables.metadata.tables["calendar_year"]
    database = Database(settings.database_for(name), name)
    try:
        async with database.reading() as connection:
            calendar = await CalendarBook(years).current(connection)
            edition = await store.edition(connection, years)
            pending = await store.read_pending(connection, years)
    finally:
        await database.close()
    return calendar.announced_until, edition, len(pending)
