"""Fifteen months with a moving clock: forms A and B equal a recount that knows nothing of the ledger (G16)."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from shared.contracts.events import PublicationOffline, PublicationOnline
from shared.contracts.records import Record
from shared.vocabulary import Audience, RegistryStatus, TakeDownReason
from tests.support import told
from tests.support.register import APPROVE, HEAR, OPERATE, admit, code, move_to, penalty, run_expiry, today
from tests.support.services import RunningService

REGIONS = ("320685", "320613", "320602", "320684", "NT-KFQ", "320600", "320699", "320412", "CZ-JKQ", "320201", "330100")
ROW_OF = {"320602": "320613", "320684": "320614", "320699": "320600"}
CITY_OF = {"NT-KFQ": "320600", "CZ-JKQ": "320400"}
MONTHS = [(2026, 11), (2026, 12), *((2027, month) for month in range(1, 13)), (2028, 1)]
FIGURES = ("stock_3y", "exit_month", "exit_month_abnormal", "exit_month_repair", "exit_ytd", "new_month")


REPAIRED, VOIDED = TakeDownReason.REPAIR_APPROVED, TakeDownReason.DECISION_WITHDRAWN


@dataclass
class Seen:
    """What an onlooker noted about one record, from the orders that left the house."""

    record: Record
    shown_on: date
    ends_on: date
    generation: int = 1
    suspended: bool = False
    gone_on: date | None = None
    why: TakeDownReason | None = None

    @property
    def region(self) -> str:
        return self.record.region

    @property
    def decided_on(self) -> date:
        return self.record.decided_on

    @property
    def city(self) -> str:
        return CITY_OF.get(self.region, self.region[:4] + "00")

    def leave(self, on: date, why: TakeDownReason) -> None:
        assert self.gone_on is None
        self.gone_on, self.why = on, why


class Onlooker:
    """Notes orders for the own column day by day, and counts forms from these notes alone."""

    def __init__(self) -> None:
        self.seen: dict[str, Seen] = {}

    async def note(self, disclosure: RunningService) -> None:
        for event in await disclosure.take_told():
            if isinstance(event, PublicationOnline) and event.audience is Audience.OWN_COLUMN:
                fresh = Seen(event.record, today(disclosure), event.closes_on + timedelta(days=1))
                self.seen.setdefault(event.record_id, fresh).suspended = False
            if isinstance(event, PublicationOffline) and event.audience is Audience.OWN_COLUMN:
                one = self.seen[event.record_id]
                if event.reason is TakeDownReason.NO_LONGER_PUBLISHABLE:
                    one.suspended = True  # for want of a fact: it waits for a person and has not left
                    continue
                # Whatever ends it after its last day, because the timer slept, it left on its day.
                over = event.offline_on <= today(disclosure) and event.offline_on == one.ends_on
                one.leave(event.offline_on, TakeDownReason.WINDOW_EXPIRED if over else event.reason)

    def figures(self, month: tuple[int, int], rows: list[Seen]) -> dict[str, int]:
        first, last, year_first = days_of(*month)
        gone = [one for one in rows if one.gone_on and first <= one.gone_on <= last]
        return {
            "stock_3y": sum(
                one.shown_on <= last and date(last.year - 3, last.month, 20) < one.decided_on <= last for one in rows
            ),
            "exit_month": len(gone),
            "exit_month_abnormal": sum(one.why is TakeDownReason.SUBJECT_GONE for one in gone),
            "exit_month_repair": sum(one.why is TakeDownReason.REPAIR_APPROVED for one in gone),
            "exit_ytd": sum(bool(one.gone_on and year_first <= one.gone_on <= last) for one in rows),
            "new_month": sum(first <= one.shown_on <= last for one in rows),
        }

    def in_row(self, row: str) -> list[Seen]:
        return [one for one in self.seen.values() if ROW_OF.get(one.region, one.region) == row]

    def in_city(self, city: str) -> list[Seen]:
        return [one for one in self.seen.values() if one.city == city]


def days_of(year: int, month: int) -> tuple[date, date, date]:
    """From the 21st to the 20th, and the year from 21 December."""
    first = date(year - 1, 12, 21) if month == 1 else date(year, month - 1, 21)
    return first, date(year, month, 20), date(year - 1, 12, 21)


async def live(disclosure: RunningService, onlooker: Onlooker, until: date, chance: random.Random) -> None:
    """Every few days records arrive, are repaired, withdrawn, cleared, or expire; some days the timer sleeps."""
    number = 0
    while today(disclosure) < until:
        day = today(disclosure)
        arriving = []
        for _ in range(chance.randrange(0, 5)):
            number += 1
            decided_on = day - timedelta(days=chance.choice((1, 5, 40, 200, 340, 364, 400, 1200)))
            arriving.append(penalty(number, decided_on, chance.choice(REGIONS), company=number // 3 + 1))
        if arriving:
            await admit(disclosure, *arriving)
            await onlooker.note(disclosure)
        running = [record_id for record_id, one in onlooker.seen.items() if one.gone_on is None and not one.suspended]
        if running and chance.random() < 0.4:
            chosen = chance.choice(running)
            await disclosure.hear(HEAR.repairs, told.repaired(chosen, day))
            await disclosure.hear(HEAR.repairs, told.repaired(chosen, day))
        if running and chance.random() < 0.2:
            await disclosure.hear(HEAR.records, told.voided(chance.choice(running), 9, day))
        await onlooker.note(disclosure)
        await suspend_or_decide(disclosure, onlooker, chance)
        if chance.random() < 0.1:
            await clear(disclosure, chance.randrange(1, number // 3 + 2))
            await onlooker.note(disclosure)
        move_to(disclosure, day + timedelta(days=chance.randrange(1, 6)))
        if chance.random() < 0.8:
            await run_expiry(disclosure)
        await onlooker.note(disclosure)
    await run_expiry(disclosure)
    await onlooker.note(disclosure)


async def suspend_or_decide(disclosure: RunningService, onlooker: Onlooker, chance: random.Random) -> None:
    """A source loses the amount of a fine, and the record waits; later that is settled in one way or another."""
    day, left = today(disclosure), [(key, one) for key, one in onlooker.seen.items() if one.gone_on is None]
    running = [(key, one) for key, one in left if not one.suspended and one.generation < 8]
    if running and chance.random() < 0.4:
        record_id, one = chance.choice(running)
        await amend(disclosure, record_id, one, fine=None)
        await onlooker.note(disclosure)
    waiting = [(key, one) for key, one in left if one.suspended]
    if waiting and chance.random() < 0.4:
        record_id, one = chance.choice(waiting)
        await decide(disclosure, record_id, one, chance.choice(("amount", "repair", "withdrawal", "secret")), day)
        await onlooker.note(disclosure)


async def amend(disclosure: RunningService, record_id: str, one: Seen, fine: Decimal | None) -> None:
    one.generation += 1
    of = one.record.model_copy(update={"detail": one.record.detail.model_copy(update={"fine": fine})})
    await disclosure.hear(HEAR.records, told.amended(record_id, of, one.generation, one.shown_on))


async def decide(disclosure: RunningService, record_id: str, one: Seen, how: str, day: date) -> None:
    """Nothing but what comes online again is told; the onlooker notes by herself what left while it was suspended."""
    if how == "repair":
        await disclosure.hear(HEAR.repairs, told.repaired(record_id, day))
        one.leave(day, TakeDownReason.REPAIR_APPROVED)
    elif how == "withdrawal":
        await disclosure.hear(HEAR.records, told.voided(record_id, 9, day))
        one.leave(day, TakeDownReason.DECISION_WITHDRAWN)
    elif how == "secret":
        body = {"reason": "涉密", "secret": True}
        answer = await disclosure.post(f"/v1/confirmations/{record_id}", body, scope="disclosure:confirm")
        assert answer.status_code == 201, answer.text
        one.leave(day, TakeDownReason.NO_LONGER_PUBLISHABLE)
    else:
        await amend(disclosure, record_id, one, fine=Decimal(60_000))
        if one.ends_on <= day:
            one.leave(one.ends_on, TakeDownReason.WINDOW_EXPIRED)


async def clear(disclosure: RunningService, company: int) -> None:
    """The company is struck off, and its records are cleared in a campaign."""
    from shared.contracts.events import SubjectStatusChanged

    gone = SubjectStatusChanged(
        uscc=code(company),
        generation=1,
        status=RegistryStatus.DEREGISTERED,
        as_of=today(disclosure),
        proof_reference="样例公告",
    )
    await disclosure.hear(HEAR.subjects, gone)
    body = {"title": "清理", "decided_from": "2019-01-01", "decided_to": "2030-01-01", "reason": "样例"}
    formed = (await disclosure.post("/v1/campaigns", body, scope=OPERATE)).json()
    where = f"/v1/campaigns/{formed['campaign_id']}"
    seen = (await disclosure.get(f"{where}/preview?what=abnormal", scope=APPROVE)).json()
    if seen["records"]:
        approval = {"what": "abnormal", "digest": seen["digest"], "explanation": "已注销"}
        assert (await disclosure.post(f"{where}/take-downs", approval, scope=APPROVE)).status_code == 201


async def form(disclosure: RunningService, kind: str, unit: str, month: tuple[int, int]) -> Any:
    answer = await disclosure.get(f"/v1/forms/{kind}?unit={unit}&month={month[0]}-{month[1]:02d}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_forms_of_fifteen_months_equal_an_independent_recount(disclosure: RunningService) -> None:
    onlooker = Onlooker()
    await live(disclosure, onlooker, date(2028, 2, 1), random.Random(33))
    assert {one.why for one in onlooker.seen.values()} >= {
        TakeDownReason.WINDOW_EXPIRED,
        TakeDownReason.REPAIR_APPROVED,
        TakeDownReason.DECISION_WITHDRAWN,
        TakeDownReason.SUBJECT_GONE,
        TakeDownReason.NO_LONGER_PUBLISHABLE,
    }
    assert any(one.suspended and one.why is reason for one in onlooker.seen.values() for reason in (REPAIRED, VOIDED))
    assert any(one.generation > 2 and not one.suspended for one in onlooker.seen.values())
    for month in MONTHS:
        for city in ("320600", "320400"):
            sheet = await form(disclosure, "A", city, month)
            for row in sheet["rows"]:
                counted = {one.region for one in onlooker.in_row(row["code"])}
                assert row["figures"] == onlooker.figures(month, onlooker.in_row(row["code"])), (month, counted)
            assert sheet["total"] == onlooker.figures(month, onlooker.in_city(city))
        province = await form(disclosure, "B", "320000", month)
        for row in province["rows"]:
            assert row["figures"] == onlooker.figures(month, onlooker.in_city(row["code"]))
        assert set(province["total"]) == set(FIGURES)


async def test_every_figure_opens_into_exactly_its_records(disclosure: RunningService) -> None:
    onlooker = Onlooker()
    await live(disclosure, onlooker, date(2027, 5, 1), random.Random(7))
    sheet = await form(disclosure, "A", "320600", (2027, 3))
    for row, figures in [("total", sheet["total"]), *((row["code"], row["figures"]) for row in sheet["rows"])]:
        for column, figure in figures.items():
            found = await opened(disclosure, row, column)
            assert len(found) == len(set(found)) == figure
            assert set(found) <= set(onlooker.seen)
    province = await form(disclosure, "B", "320000", (2027, 3))
    for row, figures in [("total", province["total"]), *((row["code"], row["figures"]) for row in province["rows"])]:
        for column, figure in figures.items():
            found = await opened(disclosure, row, column, "B 320000")
            assert len(set(found)) == figure
            assert row == "total" or set(found) <= {key for key, one in onlooker.seen.items() if one.city == row}


async def opened(disclosure: RunningService, row: str, column: str, unit: str = "A 320600") -> list[str]:
    """The records of one figure, page by page."""
    kind, code_of_unit = unit.split()
    found: list[str] = []
    cursor = ""
    while True:
        where = f"/v1/forms/{kind}/figures/{row}/{column}?unit={code_of_unit}&month=2027-03&limit=7&total=true"
        page = (await disclosure.get(where + (f"&cursor={cursor}" if cursor else ""))).json()
        found += [item["record_id"] for item in page["items"]]
        if page["next"] is None:
            assert page["total"] == {"items": len(found), "or_more": False}
            return found
        cursor = page["next"]
