"""Repair notices, talks, deliveries and reminders of a running disclosure, from the event to the letter."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from docx import Document

from services.disclosure.handlers import Handlers
from services.disclosure.metrics import NOTICES_SENT, NOTICES_WAITING
from services.disclosure.notices.library import load_letters
from services.disclosure.notices.remind import Mailroom, find_due, tell_waiting
from services.disclosure.notices.tables import delivery, reminder, talk
from services.disclosure.notices.timers import timers
from services.disclosure.rules import load_law
from shared.clock import legal_date
from shared.contracts.base import EventData
from shared.contracts.events import PublicationOnline, RepairBecamePossible
from shared.ids import new_id
from shared.sealing import Sealer
from shared.vocabulary import PenaltyType, Severity, SubjectKind
from tests.support.rows import AUTHORITY, COMPANY, OTHER_AUTHORITY, PERSON_NAME
from tests.support.services import RunningService, running_service
from tests.support.told import admitted, licence_record, record, repaired, voided

HANDLERS = Handlers(load_law())
LETTERS = load_letters()
KEY = "22" * 32
SERIOUS = PenaltyType.LICENCE_REVOCATION


@pytest.fixture
async def disclosure(database_url: str, tmp_path: Path) -> AsyncIterator[RunningService]:
    """disclosure on Monday 2 November 2026, called by an officer of the authority of the records."""
    token = {"scope": "disclosure:read disclosure:operate", "authorities": [AUTHORITY], "sub": "officer-1"}
    extra = {"person_key": KEY, "notice_consultation": "政策法规处"}
    async with running_service("disclosure", database_url, tmp_path, token, **extra) as service:
        yield service


async def known(disclosure: RunningService, *events: EventData) -> None:
    await disclosure.hear(HANDLERS.records, *events)


async def one_record(disclosure: RunningService, **changed: Any) -> str:
    record_id = new_id()
    await known(disclosure, admitted(record_id, **changed))
    return record_id


def move_to(disclosure: RunningService, day: date) -> None:
    disclosure.clock.advance(timedelta(days=(day - legal_date(disclosure.clock.now())).days))


async def test_the_letter_of_a_record_has_its_stored_days(disclosure: RunningService) -> None:
    record_id = await one_record(disclosure)
    letter = (await disclosure.get(f"/v1/records/{record_id}/repair-notice")).json()
    text = "\n".join(letter["paragraphs"])
    assert letter["letter_id"] == "ndrc-36-2026"
    for part in ("2027年10月30日", "最短公示期的最后一日为2027年1月30日", "2027年1月31日", "政策法规处"):
        assert part in text


async def test_a_minor_case_is_told_that_it_has_no_minimum(disclosure: RunningService) -> None:
    record_id = await one_record(disclosure, of=record(date(2026, 11, 1), PenaltyType.WARNING, fine=None))
    letter = (await disclosure.get(f"/v1/records/{record_id}/repair-notice")).json()
    text = "\n".join(letter["paragraphs"])
    assert "没有最短公示期，自2026年11月1日起" in text
    assert "2026年10月31日" not in text


async def test_the_letter_promises_no_day_that_repair_would_refuse(disclosure: RunningService) -> None:
    told_to_repair = admitted(of=record(fine=120_000))
    await known(disclosure, told_to_repair)
    [order, *_] = [one for one in await disclosure.take_told() if isinstance(one, PublicationOnline)]
    assert (order.needs_confirmation, order.confirmed_repair_from_on) == (True, date(2027, 10, 31))
    letter = (await disclosure.get(f"/v1/records/{told_to_repair.record_id}/repair-notice")).json()
    text = "\n".join(letter["paragraphs"])
    assert "最早不早于2027年10月31日" in text
    assert "2027年1月31日" not in text


async def test_the_letter_opens_as_word(disclosure: RunningService) -> None:
    odd = record().model_copy(
        update={"subject": record().subject.model_copy(update={"name": "样例 <化工> & 安全公司"})}
    )
    record_id = await one_record(disclosure, of=odd)
    answer = await disclosure.get(f"/v1/records/{record_id}/repair-notice.docx")
    assert answer.status_code == 200
    assert f"repair-notice-{record_id}.docx" in answer.headers["content-disposition"]
    lines = [paragraph.text for paragraph in Document(BytesIO(answer.content)).paragraphs]
    words = (await disclosure.get(f"/v1/records/{record_id}/repair-notice")).json()
    assert lines == [words["title"], *words["paragraphs"], "南通市应急管理局", "2026年10月30日"]
    assert lines[1] == "样例 <化工> & 安全公司："


async def test_a_record_without_a_letter_is_answered_with_the_reason(disclosure: RunningService) -> None:
    serious = await one_record(disclosure, of=record(date(2025, 6, 20), SERIOUS), on=date(2025, 6, 23))
    answer = await disclosure.get(f"/v1/records/{serious}/repair-notice")
    assert (answer.status_code, "serious" in answer.json()["detail"]) == (409, True)
    two_letters = await one_record(disclosure, of=record(date(2025, 6, 23), SERIOUS), on=date(2025, 6, 23))
    assert (await disclosure.get(f"/v1/records/{two_letters}/repair-notice")).json()["letter_id"] == "sc-22-2025"
    person = await one_record(disclosure, of=record(subject_kind=SubjectKind.NATURAL_PERSON))
    assert (await disclosure.get(f"/v1/records/{person}/repair-notice.docx")).status_code == 409
    assert (await disclosure.get(f"/v1/records/{'f' * 32}/repair-notice")).status_code == 404
    assert (await disclosure.get("/v1/records/none/repair-notice")).status_code == 404


DELIVERY = {
    "method": "with_decision",
    "delivered_on": "2026-11-02",
    "recipient": PERSON_NAME,
    "receipt": "送达回证〔2026〕1号",
}
TALK = {
    "kind": "warning",
    "held_on": "2026-10-30",
    "held_by": "南通市应急管理局监察支队",
    "attendee": PERSON_NAME,
    "content": "告知可能产生的影响、拟列入的理由和依据以及提出异议的权利，督促履行。",
}


async def test_a_delivery_is_bound_to_its_text_and_its_recipient_sealed(disclosure: RunningService) -> None:
    record_id = await one_record(disclosure)
    path = f"/v1/records/{record_id}/repair-notice"
    assert (await disclosure.post(f"{path}/deliveries", DELIVERY)).status_code == 201
    [seen] = (await disclosure.get(f"{path}/deliveries")).json()["items"]
    letter = (await disclosure.get(path)).json()
    assert (seen["letter_id"], seen["text_sha256"]) == (letter["letter_id"], letter["text_sha256"])
    assert (seen["recipient"], seen["actor"], seen["receipt"]) == ("欧阳***", "officer-1", DELIVERY["receipt"])
    [row] = await disclosure.rows(delivery)
    sealer = Sealer(bytes.fromhex(KEY))
    assert sealer.open(row.sealed_recipient, f"notice_delivery:{row.delivery_id}") == PERSON_NAME


async def test_a_talk_is_kept_with_who_noted_it(disclosure: RunningService) -> None:
    record_id = await one_record(disclosure)
    assert (await disclosure.post(f"/v1/records/{record_id}/talks", TALK)).status_code == 201
    [seen] = (await disclosure.get(f"/v1/records/{record_id}/talks")).json()["items"]
    assert (seen["kind"], seen["attendee"], seen["actor"]) == ("warning", "欧阳***", "officer-1")
    assert PERSON_NAME not in str(await disclosure.rows(talk))


@pytest.mark.parametrize(
    ("part", "body", "field"),
    [
        ("talks", TALK, "held_on"),
        ("repair-notice/deliveries", DELIVERY, "delivered_on"),
    ],
)
async def test_notes_lie_between_the_decision_and_today_and_belong_to_the_authority(
    disclosure: RunningService, part: str, body: dict[str, Any], field: str
) -> None:
    record_id = await one_record(disclosure)
    path = f"/v1/records/{record_id}/{part}"
    for day in ("2026-10-29", "2026-11-03"):
        refused = await disclosure.post(path, body | {field: day})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)
    assert (await disclosure.post(path, body, authorities=[OTHER_AUTHORITY])).status_code == 403
    assert (await disclosure.post(path, body, scope="disclosure:read")).status_code == 403
    assert (await disclosure.get(path)).json()["items"] == []


def mailroom(disclosure: RunningService) -> Mailroom:
    return Mailroom(disclosure.database, disclosure.clock, LETTERS.reminder, "政策法规处")


async def reminded(disclosure: RunningService) -> list[RepairBecamePossible]:
    """What repair would hear; the outbox is empty afterwards."""
    return [one for one in await disclosure.take_told() if isinstance(one, RepairBecamePossible)]


async def found(disclosure: RunningService) -> int:
    find, _tell = timers(mailroom(disclosure), 600.0)
    return await find.job()


async def test_repair_is_told_of_each_record_once_on_its_first_day(disclosure: RunningService) -> None:
    record_id = await one_record(disclosure)
    office = mailroom(disclosure)
    move_to(disclosure, date(2027, 1, 30))
    assert await found(disclosure) == 0
    move_to(disclosure, date(2027, 1, 31))
    assert await found(disclosure) == 1
    assert await tell_waiting(office) == 1
    assert await found(disclosure) == 0
    assert await tell_waiting(office) == 0
    [told] = await reminded(disclosure)
    assert (told.record_id, told.subject, told.uscc) == (record_id, "南通样例化工有限公司", COMPANY)
    assert (told.authority_code, told.repair_from_on, told.title) == (AUTHORITY, date(2027, 1, 31), "信用修复提醒")
    assert any("2027年1月31日" in one for one in told.paragraphs)
    [seen] = (await disclosure.get("/v1/reminders")).json()["items"]
    assert (seen["record_id"], seen["channel"], seen["outcome"]) == (record_id, "repair", "sent")


async def test_serious_cases_licences_and_persons_get_no_reminder(disclosure: RunningService) -> None:
    await known(
        disclosure,
        admitted(of=record(date(2026, 10, 30), SERIOUS)),
        admitted(of=licence_record()),
        admitted(of=record(subject_kind=SubjectKind.NATURAL_PERSON)),
    )
    move_to(disclosure, date(2027, 10, 31))
    assert await found(disclosure) == 0
    everyone = replace(LETTERS.reminder, severities=frozenset(Severity))
    async with disclosure.work() as work:
        assert await find_due(work, everyone) == 1  # only the rule about severities keeps the serious case out


async def test_what_waits_for_a_word_on_its_class_gets_no_reminder_yet(disclosure: RunningService) -> None:
    await known(disclosure, admitted(of=record(fine=130_000)))
    move_to(disclosure, date(2027, 1, 31))
    assert await found(disclosure) == 0


async def test_what_was_repaired_or_withdrawn_meanwhile_is_not_reminded_of(disclosure: RunningService) -> None:
    stays, mended, gone = [await one_record(disclosure) for _ in range(3)]
    move_to(disclosure, date(2027, 1, 31))
    assert await found(disclosure) == 3
    await disclosure.hear(HANDLERS.repairs, repaired(mended))
    await known(disclosure, voided(gone))
    assert await tell_waiting(mailroom(disclosure)) == 3
    assert [one.record_id for one in await reminded(disclosure)] == [stays]
    outcomes = {row.record_id: row.outcome for row in await disclosure.rows(reminder)}
    assert outcomes == {stays: "sent", mended: "not_needed", gone: "not_needed"}
    late = await one_record(disclosure, generation=1)
    await disclosure.hear(HANDLERS.repairs, repaired(late))
    move_to(disclosure, date(2027, 5, 3))
    assert await found(disclosure) == 0


async def test_a_notice_is_due_until_it_was_delivered_and_only_where_a_letter_belongs(
    disclosure: RunningService,
) -> None:
    due, delivered = await one_record(disclosure), await one_record(disclosure)
    await known(
        disclosure,
        admitted(of=licence_record()),
        admitted(of=record(subject_kind=SubjectKind.NATURAL_PERSON)),
        admitted(of=record(date(2025, 6, 20), SERIOUS), on=date(2025, 6, 23)),  # 7号: none for serious cases
    )
    later = new_id()
    await known(disclosure, admitted(later, of=record(date(2025, 6, 23), SERIOUS), on=date(2025, 6, 23)))
    await disclosure.post(f"/v1/records/{delivered}/repair-notice/deliveries", DELIVERY)
    listed = [one["record_id"] for one in (await disclosure.get("/v1/repair-notices/due")).json()["items"]]
    assert listed == sorted((due, later))
    for record_id in listed:
        assert (await disclosure.get(f"/v1/records/{record_id}/repair-notice")).status_code == 200
    first = (await disclosure.get("/v1/repair-notices/due?limit=1")).json()
    second = (await disclosure.get(f"/v1/repair-notices/due?limit=1&cursor={first['next']}")).json()
    assert [page["items"][0]["record_id"] for page in (first, second)] == listed


async def test_talks_and_deliveries_come_page_by_page(disclosure: RunningService) -> None:
    record_id = await one_record(disclosure)
    for part, body in (("talks", TALK), ("repair-notice/deliveries", DELIVERY)):
        for _ in range(3):
            assert (await disclosure.post(f"/v1/records/{record_id}/{part}", body)).status_code == 201
        first = (await disclosure.get(f"/v1/records/{record_id}/{part}?limit=2")).json()
        second = (await disclosure.get(f"/v1/records/{record_id}/{part}?limit=2&cursor={first['next']}")).json()
        assert (len(first["items"]), len(second["items"]), second["next"]) == (2, 1, None)
        for cursor in ("WyJcdTAwMDAiXQ", "WzFd"):  # a NUL, a number
            answer = await disclosure.get(f"/v1/records/{record_id}/{part}?cursor={cursor}")
            assert answer.status_code == 422


async def test_reminders_are_counted_when_they_wait_and_when_they_are_told(disclosure: RunningService) -> None:
    sent = NOTICES_SENT.labels("repair")._value.get()
    await one_record(disclosure)
    move_to(disclosure, date(2027, 1, 31))
    await found(disclosure)
    await tell_waiting(mailroom(disclosure))
    assert NOTICES_WAITING.labels("repair")._value.get() == 1
    await tell_waiting(mailroom(disclosure))
    assert NOTICES_WAITING.labels("repair")._value.get() == 0
    assert NOTICES_SENT.labels("repair")._value.get() == sent + 1
