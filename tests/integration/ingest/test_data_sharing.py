"""The data-sharing list equals the receipts, a day is signed once for the figures that were seen, silence is told."""

import asyncio
import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from openpyxl import load_workbook
from prometheus_client import REGISTRY

from services.ingest import handlers
from services.ingest.data_sharing.tables import data_share, data_source
from services.ingest.data_sharing.watch import watch_sources
from services.ingest.tables import calendar_year
from services.ingest.timers import keep_years
from shared.calendars.book import CalendarBook
from shared.calendars.keep import GRACE
from shared.contracts.events import CalendarYearLoaded
from tests.support import rows
from tests.support.services import RunningService, statements

OFFICER = {"sub": "data-officer", "scope": "data-sharing:read data-sharing:check"}
TODAY = "2026-11-02"
FIGURES = ("received", "admitted", "amended", "unchanged", "quarantined", "voided", "late")


async def send(ingest: RunningService, *batch: rows.Row, kind: str = "penalty", **claims: Any) -> dict[str, Any]:
    answer = await ingest.post("/v1/batches", {"kind": kind, "rows": list(batch)}, **claims)
    assert answer.status_code == 201, answer.text
    receipt: dict[str, Any] = answer.json()
    return receipt


async def look(ingest: RunningService, day: str = TODAY, **more: Any) -> dict[str, Any]:
    query = "".join(f"&{name}={value}" for name, value in more.items())
    answer = await ingest.get(f"/v1/data-sharing?day={day}{query}", **OFFICER)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def sign(ingest: RunningService, digest: str, day: str = TODAY, **claims: Any) -> Any:
    body = {"role": "科技和信息化处", "remark": "已核对", "digest": digest}
    return await ingest.post(f"/v1/data-sharing/{day}/sign-off", body, **(OFFICER | claims))


def some_row(chance: random.Random) -> rows.Row:
    number = chance.randrange(1, 25)
    authority = chance.choice([rows.AUTHORITY, rows.OTHER_AUTHORITY])
    changed: rows.Row = {"CF_CFJGDM": authority, "CF_JDRQ": chance.choice(["2026-10-30", "2026-09-01"])}
    match chance.randrange(6):
        case 0:
            changed["CF_NR_FK"] = str(chance.randrange(2, 9))
        case 1:
            changed["CF_SY"] = ""
        case 2:
            changed["CF_CFJGDM"] = "nonsense"
    return rows.penalty(number) | changed


@pytest.mark.parametrize("seed", [1, 2])
async def test_the_sums_of_the_list_equal_the_receipts(ingest: RunningService, seed: int) -> None:
    chance, receipts = random.Random(seed), []
    for _ in range(12):
        client = chance.choice(["system-a", "system-b"])
        batch = [some_row(chance) for _ in range(chance.randrange(1, 30))]
        receipts.append(await send(ingest, *batch, sub=client, authorities=["*"]))
        ingest.clock.advance(timedelta(hours=chance.randrange(1, 9)))
    days = {receipt["received_at"]: receipt for receipt in receipts}
    expected: dict[str, Counter[str]] = {}
    for at, receipt in days.items():
        day = (datetime.fromisoformat(at) + timedelta(hours=8)).date().isoformat()
        expected.setdefault(day, Counter()).update({"received": receipt["rows"], **receipt["counts"]})
    for day, sums in expected.items():
        seen = await look(ingest, day)
        assert {name: seen["sums"][name] for name in FIGURES if name != "late"} == {
            name: sums[name] for name in FIGURES if name != "late"
        }
        lines = Counter[str]()
        for line in seen["items"]:
            lines.update({name: line[name] for name in FIGURES})
            assert line["received"] == sum(line[name] for name in FIGURES[1:6])
        assert dict(lines) == {**dict.fromkeys(FIGURES, 0), **seen["sums"]}
    overview = (await ingest.get(f"/v1/data-sharing/days?from={min(expected)}&to={max(expected)}", **OFFICER)).json()
    assert sum(one["sums"]["received"] for one in overview) == sum(receipt["rows"] for receipt in receipts)


async def test_a_line_names_source_authority_and_kind_and_counts_what_was_reported_late(
    ingest: RunningService,
) -> None:
    late = rows.penalty(2, CF_JDRQ="2026-09-01")
    sent = rows.penalty(1), late, rows.penalty(3, CF_SY=""), rows.penalty(4, CF_CFJGDM="nonsense")
    await send(ingest, *sent, authorities=["*"])  # whoever writes for one authority alone has no row without one
    await send(ingest, rows.penalty(1), late, rows.penalty(2, CF_JDRQ="2026-09-01", CF_NR_FK="8"))
    await send(ingest, rows.licence(1), kind="licence")
    seen = await look(ingest)
    found = {(one["authority_code"], one["kind"]): one for one in seen["items"]}
    assert found.keys() == {("", "penalty"), (rows.AUTHORITY, "penalty"), (rows.AUTHORITY, "licence")}
    line = found[rows.AUTHORITY, "penalty"]
    assert [line[name] for name in FIGURES] == [6, 2, 1, 2, 1, 0, 1]
    assert found["", "penalty"]["quarantined"] == 1
    assert (seen["is_working_day"], seen["is_provisional"], seen["sign_off"]) == (True, False, None)


async def test_a_withdrawal_over_http_counts_as_a_row_that_was_received_and_voided(ingest: RunningService) -> None:
    receipt = await send(ingest, rows.penalty(1))
    body = {"kind": "revoked", "withdrawn_on": "2026-11-01", "statement_of_reasons": "决定已撤销。"}
    path = f"/v1/records/{receipt['verdicts'][0]['record_id']}/withdrawal"
    assert (await ingest.post(path, body)).status_code == 200
    sums = (await look(ingest))["sums"]
    assert (sums["received"], sums["admitted"], sums["voided"]) == (2, 1, 1)


async def test_a_day_beyond_the_calendar_is_provisional(ingest: RunningService) -> None:
    ingest.clock.advance(timedelta(days=500))
    await send(ingest, rows.penalty(1))
    assert (await look(ingest, "2028-03-16"))["is_provisional"] is True


async def test_late_rows_are_counted_again_when_their_year_is_loaded_and_a_signed_day_says_so(
    ingest: RunningService,
) -> None:
    day = "2027-02-17"
    ingest.clock.advance(datetime(2027, 2, 17, 2, tzinfo=UTC) - ingest.clock.now())
    before, within = rows.penalty(1, CF_JDRQ="2027-01-20"), rows.penalty(2, CF_JDRQ="2027-02-04")
    await send(ingest, before, within, rows.penalty(3, CF_JDRQ="2027-02-15"))
    seen = await look(ingest, day)
    assert (seen["is_provisional"], seen["sums"]["late"]) == (True, 2)
    assert (await sign(ingest, seen["digest"], day)).status_code == 201
    festival = tuple(date(2027, 2, 5) + timedelta(days=n) for n in range(7))
    told = CalendarYearLoaded(
        generation=1, year=2027, days_off=festival, days_on=(), sources=("样例",),
        loaded_by="law-officer", reason="放假安排", loaded_at=ingest.clock.now(),
    )  # fmt: skip
    await ingest.hear(handlers.calendar, told)
    book = CalendarBook(calendar_year)
    await keep_years(ingest.database, ingest.clock, book)
    assert (await look(ingest, day))["sums"]["late"] == 2  # what was counted without the year may still be stored
    ingest.clock.advance(GRACE)
    await keep_years(ingest.database, ingest.clock, book)
    after = await look(ingest, day)
    assert (after["is_provisional"], after["sums"]["late"], after["sums"]["admitted"]) == (False, 1, 3)
    assert after["sign_off"]["changed_since"] is True
    [notice] = await ingest.rows(calendar_year)
    assert notice.recounted_at is not None


async def test_a_batch_costs_one_more_statement_whatever_its_size(ingest: RunningService) -> None:
    with statements() as sent:
        await send(ingest, *(rows.penalty(number) for number in range(1, 201)))
    assert len([one for one in sent if "data_share" in one]) == 1
    [share] = await ingest.rows(data_share)
    assert (share.received, share.admitted) == (200, 200)


async def test_the_list_is_read_page_by_page_and_taken_away_as_a_file(ingest: RunningService) -> None:
    for client in ("=cmd|'/c calc'!A1", "b", "c"):
        await send(ingest, rows.penalty(1), sub=client)
    first = await look(ingest, limit=2)
    second = await look(ingest, limit=2, cursor=first["next"])
    assert [one["source"] for one in first["items"] + second["items"]] == ["=cmd|'/c calc'!A1", "b", "c"]
    text = (await ingest.get(f"/v1/data-sharing.csv?day={TODAY}", **OFFICER)).content.decode("utf-8-sig")
    assert [line.split(",")[1] for line in text.splitlines()[1:]] == ["'=cmd|'/c calc'!A1", "b", "c"]
    book = await ingest.get(f"/v1/data-sharing.xlsx?day={TODAY}", **OFFICER)
    from io import BytesIO

    sheet = load_workbook(BytesIO(book.content)).active
    assert sheet is not None
    assert [cell.data_type for cell in sheet["B"][2:]] == ["s", "s", "s"]
    assert sheet.max_row == 5


async def test_a_day_is_signed_once_by_whoever_comes_first(ingest: RunningService) -> None:
    await send(ingest, rows.penalty(1))
    digest = (await look(ingest))["digest"]
    answers = await asyncio.gather(*(sign(ingest, digest, sub=f"officer-{number}") for number in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    [signed] = [answer.json() for answer in answers if answer.status_code == 201]
    seen = (await look(ingest))["sign_off"]
    assert (seen["signed_by"], seen["role"], seen["changed_since"]) == (signed["signed_by"], "科技和信息化处", False)


async def test_figures_that_grew_since_the_officer_looked_cannot_be_signed(ingest: RunningService) -> None:
    digest = (await look(ingest))["digest"]
    await send(ingest, rows.penalty(1))
    refused = await sign(ingest, digest)
    assert (refused.status_code, refused.json()["digest"]) == (409, (await look(ingest))["digest"])


async def test_figures_that_change_after_the_signature_are_shown_as_changed(ingest: RunningService) -> None:
    await send(ingest, rows.penalty(1))
    assert (await sign(ingest, (await look(ingest))["digest"])).status_code == 201
    await send(ingest, rows.penalty(2))
    seen = await look(ingest)
    assert seen["sign_off"]["changed_since"] is True
    assert (seen["sign_off"]["figures"]["received"], seen["sums"]["received"]) == (1, 2)
    [day] = (await ingest.get(f"/v1/data-sharing/days?from={TODAY}&to={TODAY}", **OFFICER)).json()
    assert (day["signed_by"], day["changed_since"]) == ("data-officer", True)


async def test_only_an_officer_signs_and_never_a_day_to_come(ingest: RunningService) -> None:
    digest = (await look(ingest))["digest"]
    assert (await sign(ingest, digest, scope="data-sharing:read")).status_code == 403
    assert (await sign(ingest, digest, day="2026-11-03")).status_code == 409
    assert (await ingest.get(f"/v1/data-sharing?day={TODAY}")).status_code == 403


async def test_holidays_and_days_before_the_first_batch_need_no_signature(ingest: RunningService) -> None:
    await send(ingest, rows.penalty(1))
    ingest.clock.advance(timedelta(days=9))  # Wednesday 11 November
    await sign(ingest, (await look(ingest, "2026-11-05"))["digest"], day="2026-11-05")
    unsigned = (await ingest.get("/v1/data-sharing/unsigned", **OFFICER)).json()
    days = ["2026-11-02", "2026-11-03", "2026-11-04", "2026-11-06", "2026-11-09", "2026-11-10"]
    assert [one["day"] for one in unsigned] == days
    assert [one["sums"]["received"] for one in unsigned] == [1, 0, 0, 0, 0, 0]


async def test_a_ticket_is_opened_for_a_day_and_resolved_once_with_a_reason(ingest: RunningService) -> None:
    body = {"source": "enforcement-system", "description": f"缺少当日数据 {rows.PERSON_NUMBER}"}
    opened = (await ingest.post(f"/v1/data-sharing/{TODAY}/anomalies", body, **OFFICER)).json()
    assert (opened["state"], opened["opened_by"]) == ("open", "data-officer")
    path = f"/v1/data-sharing/anomalies/{opened['anomaly_id']}/resolution"
    assert (await ingest.post(path, {"resolution": " \u200b"}, **OFFICER)).status_code == 422
    answers = await asyncio.gather(*(ingest.post(path, {"resolution": "接口已恢复"}, **OFFICER) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    listed = (await ingest.get("/v1/data-sharing/anomalies?state=resolved", **OFFICER)).json()["items"]
    assert [one["resolution"] for one in listed] == ["接口已恢复"]
    assert (await ingest.get("/v1/data-sharing/anomalies?state=open", **OFFICER)).json()["items"] == []


def silent(source: str, name: str = "g02_source_silent_working_days") -> float | None:
    return REGISTRY.get_sample_value(name, {"source": source, "kind": "penalty"})


async def watch_on(ingest: RunningService, day: date) -> None:
    ingest.clock.advance(datetime(day.year, day.month, day.day, 2, tzinfo=UTC) - ingest.clock.now())
    await watch_sources(ingest.database, ingest.clock, CalendarBook(calendar_year), 1)


async def test_a_source_is_silent_by_working_days_and_spring_festival_counts_none(ingest: RunningService) -> None:
    ingest.clock.advance(datetime(2026, 2, 14, 8, tzinfo=UTC) - ingest.clock.now())  # a Saturday that is worked
    await send(ingest, rows.penalty(1, CF_JDRQ="2026-02-12"), sub="festival")
    for day, expected in ((15, 0), (20, 0), (23, 0), (24, 0), (25, 1), (26, 2)):
        await watch_on(ingest, date(2026, 2, day))
        assert silent("festival") == expected, day
    assert silent("festival", "g02_source_expected_working_days") == 1
    [source] = (await ingest.get("/v1/data-sharing/sources", **OFFICER)).json()["items"]
    assert (source["silent_working_days"], source["is_silent"]) == (2, True)
    body = {"source": "festival", "kind": "penalty", "expected_working_days": 3, "reason": "每周报送两次"}
    changed = (await ingest.post("/v1/data-sharing/rhythms", body, **OFFICER)).json()
    assert (changed["is_silent"], changed["expectation_is_set"]) == (False, True)
    await send(ingest, rows.penalty(1, CF_JDRQ="2026-02-12"), sub="festival")
    await watch_on(ingest, date(2026, 2, 27))
    assert (silent("festival"), silent("festival", "g02_source_expected_working_days")) == (0, 3)
    [stored] = await ingest.rows(data_source)
    assert (stored.first_received_on, stored.last_received_on) == (date(2026, 2, 14), date(2026, 2, 26))


async def test_a_rhythm_is_set_only_for_a_source_that_has_sent(ingest: RunningService) -> None:
    body = {"source": "nobody", "kind": "penalty", "expected_working_days": 3, "reason": "?"}
    assert (await ingest.post("/v1/data-sharing/rhythms", body, **OFFICER)).status_code == 404


async def test_completeness_tells_each_lower_level_by_its_present_region(ingest: RunningService) -> None:
    from shared.identifiers import with_check_digit

    former = with_check_digit("11320684YL0000019")  # 海门市, now 海门区
    old = rows.penalty(1, CF_CFJGDM=former, CF_JDRQ="2026-09-01")
    await send(ingest, old, rows.penalty(2), rows.penalty(3, CF_SY=""), authorities=["*"])
    ingest.clock.advance(timedelta(days=5))  # Saturday
    await send(ingest, rows.penalty(4), authorities=["*"])
    query = "from=2026-11-02&to=2026-11-08"
    answer = (await ingest.get(f"/v1/data-sharing/completeness?{query}", **OFFICER)).json()
    found = {one["region"]: one for one in answer}
    assert found.keys() == {"320600", "320614"}
    assert (found["320614"]["region_name"], found["320614"]["on_time_percent"]) == ("海门区", 0.0)
    city = found["320600"]
    assert (city["received"], city["quarantined_percent"], city["working_days"], city["days_with_data"]) == (
        3, 33.3, 5, 1,
    )  # fmt: skip
    text = (await ingest.get(f"/v1/data-sharing/completeness.csv?{query}", **OFFICER)).content.decode("utf-8-sig")
    assert len(text.splitlines()) == 3
    assert (
        await ingest.get("/v1/data-sharing/completeness?from=2026-11-08&to=2026-11-02", **OFFICER)
    ).status_code == 422
