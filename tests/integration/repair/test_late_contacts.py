"""A contact that comes after repair became possible is told of it too, once: the company does not ask when it came."""

import asyncio
from datetime import date
from typing import Any

from services.repair import handlers
from services.repair.reminders.catch_up import Late, catch_up
from services.repair.reminders.contacts import NewContact, Ways, enter
from services.repair.reminders.deliver import deliver_waiting
from services.repair.reminders.domain.notice import Channel, Party
from services.repair.reminders.tables import reminder_delivery
from shared.ids import new_id
from shared.vocabulary import Audience
from shared.web.caller import Caller
from tests.integration.repair.test_reminders import (
    COMPANY_TOKEN,
    HERE,
    SEALER,
    email,
    entered,
    possible,
    postman,
    repair,
    webhook,
)
from tests.support import told
from tests.support.rows import AUTHORITY, COMPANY, OTHER_AUTHORITY, company_code
from tests.support.services import RunningService, envelope
from tests.support.smtp import mail_server

__all__ = ["repair"]  # the fixture with a mail server


async def told_to(repair: RunningService, contact_id: str) -> list[str]:
    return sorted(row.record_id for row in await repair.rows(reminder_delivery) if row.contact_id == contact_id)


async def test_who_comes_late_is_told_once_of_what_may_be_repaired(repair: RunningService, tmp_path: Any) -> None:
    first, second = possible(), possible()
    await repair.hear(handlers.reminders, first, second)
    contact = await entered(repair, email(), **COMPANY_TOKEN)
    assert contact["reminders"] == 2
    await repair.hear(handlers.reminders, first)  # told again
    later = possible()
    await repair.hear(handlers.reminders, later)
    assert await told_to(repair, contact["contact_id"]) == sorted([first.record_id, second.record_id, later.record_id])
    async with mail_server() as box, postman(repair, tmp_path, box.port) as post:
        while await deliver_waiting(post):
            pass
    assert len(box.mails) == 3
    assert len({mail["Message-ID"] for mail in box.mails}) == 3


async def test_a_late_contact_hears_nothing_of_others_or_of_what_is_over(repair: RunningService) -> None:
    gone, others, foreign = possible(), possible(uscc=company_code(7)), possible(authority_code=OTHER_AUTHORITY)
    await repair.hear(handlers.publications, told.offline(gone.record_id, Audience.OWN_COLUMN))
    await repair.hear(handlers.reminders, gone, others, foreign)
    company = await entered(repair, email(), **COMPANY_TOKEN)
    bureau = await entered(repair, webhook(9))
    assert await told_to(repair, company["contact_id"]) == [foreign.record_id]  # the company's, whoever decided it
    assert await told_to(repair, bureau["contact_id"]) == [others.record_id]


async def test_the_same_address_entered_again_is_not_told_again(repair: RunningService, tmp_path: Any) -> None:
    sent, unsent = possible(), possible()
    first = await entered(repair, email(), **COMPANY_TOKEN)
    await repair.hear(handlers.reminders, sent)
    async with mail_server() as box, postman(repair, tmp_path, box.port) as post:
        await deliver_waiting(post)
    await repair.hear(handlers.reminders, unsent)
    await repair.post(f"/v1/contacts/{first['contact_id']}/removal", {"reason": "误删"}, **COMPANY_TOKEN)
    again = await entered(repair, email("POST@firm.example"), **COMPANY_TOKEN)
    assert await told_to(repair, again["contact_id"]) == [unsent.record_id]


async def test_where_there_are_too_many_the_newest_are_told(repair: RunningService) -> None:
    old, *new = [possible(repair_from_on=date(2026, 11, day)) for day in (2, 3, 4)]
    await repair.hear(handlers.reminders, old, *new)
    late = Late(new_id(), Party.SUBJECT, COMPANY, Channel.EMAIL, "no digest")
    async with repair.work() as work:
        assert await catch_up(work, late, most=2) == 2
    assert await told_to(repair, late.contact_id) == sorted(one.record_id for one in new)


async def test_a_contact_that_is_entered_while_a_reminder_is_taken_misses_nothing(repair: RunningService) -> None:
    """Whichever is stored first, the other one sees it."""
    officer = Caller("clerk", frozenset(), frozenset({AUTHORITY}))
    event, own = possible(), NewContact(Party.SUBJECT, COMPANY, Channel.EMAIL, "post@firm.example", AUTHORITY)
    heard, waiting = asyncio.Event(), asyncio.Event()

    async def take() -> None:
        async with repair.work() as work:
            await handlers.reminders(work, [envelope(event)])
            heard.set()
            await waiting.wait()

    async def come() -> str:
        await heard.wait()
        asyncio.get_running_loop().call_later(0.2, waiting.set)
        async with repair.work() as work:
            return (await enter(work, own, officer, Ways(HERE, mail=True), SEALER)).contact_id

    _, contact_id = await asyncio.gather(take(), come())
    assert await told_to(repair, contact_id) == [event.record_id]
