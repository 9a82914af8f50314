"""The day on which a record left: never before the act that ended it, and never in a month that was counted already."""

from datetime import date

import pytest

from services.disclosure.forms.tables import ledger_entry
from shared.clock import legal_date
from shared.contracts.base import EventData
from shared.contracts.events import PublicationOffline
from shared.vocabulary import Audience
from tests.support import told
from tests.support.law import LAW_OFFICER, LawHouse
from tests.support.packs import agreeing, ordinary
from tests.support.services import RunningService

SHOWN, ADOPTED = date(2026, 4, 21), date(2026, 11, 22)


@pytest.fixture
async def house(disclosure: RunningService) -> LawHouse:
    disclosure.token = LAW_OFFICER
    return await LawHouse.opened(disclosure)


async def test_packs_that_shorten_windows_end_them_on_the_day_of_the_adoption(house: LawHouse) -> None:
    house.go_to(SHOWN)
    await house.hear(told.admitted(of=told.record(date(2026, 4, 20)), on=SHOWN))
    house.go_to(ADOPTED)
    counted = await exits(house, "2026-11")
    await house.service.take_told()
    await house.adopt(agreeing(ordinary("P6M")))
    await house.judge_anew()
    assert {one.offline_on for one in ordered_off(await house.service.take_told())} == {ADOPTED}
    assert await left(house) == [ADOPTED]
    house.go_to(date(2026, 12, 22))
    assert (await exits(house, "2026-11"), await exits(house, "2026-12")) == (counted, 1)


async def test_a_changed_day_of_decision_ends_the_display_on_the_day_that_it_is_told(house: LawHouse) -> None:
    house.go_to(date(2026, 8, 4))
    event = told.admitted(of=told.record(date(2026, 8, 3)), on=date(2026, 8, 4))
    await house.hear(event)
    house.go_to(date(2026, 11, 2))
    older = event.record.model_copy(update={"decided_on": date(2025, 8, 3)})
    await house.hear(told.amended(event.record_id, older))
    assert await left(house) == [date(2026, 11, 2)]
    assert [await exits(house, month) for month in ("2026-08", "2026-11")] == [0, 1]


async def test_a_window_that_was_over_before_the_packs_changed_ended_on_its_own_day(house: LawHouse) -> None:
    house.go_to(SHOWN)
    await house.hear(told.admitted(of=told.record(date(2026, 4, 20)), on=SHOWN))
    house.go_to(date(2027, 5, 3))  # nobody swept since 20 April
    await house.adopt(agreeing(ordinary("P6M")))
    await house.judge_anew()
    assert {one.offline_on for one in ordered_off(await house.service.take_told())} == {date(2027, 4, 21)}
    assert await left(house) == [date(2027, 4, 21)]


async def left(house: LawHouse) -> list[date]:
    return [row.on_day for row in await house.service.rows(ledger_entry) if row.what == "exited"]


async def exits(house: LawHouse, month: str) -> int:
    """Of form B, which refuses figures that do not add up."""
    assert month <= f"{legal_date(house.service.clock.now()):%Y-%m}"
    answer = await house.service.get(f"/v1/forms/B?month={month}&unit=320000")
    assert answer.status_code == 200, answer.text
    return int(answer.json()["total"]["exit_month"])


def ordered_off(events: list[EventData]) -> list[PublicationOffline]:
    return [one for one in events if isinstance(one, PublicationOffline) and one.audience is Audience.OWN_COLUMN]
