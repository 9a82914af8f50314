"""Reminders from the event to the company: by file, by signed webhook and by mail over real sockets, each once."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from services.local.ports import LOOPBACK, free_port
from services.repair import handlers
from services.repair.metrics import REMINDERS_FAILED, REMINDERS_WAITING
from services.repair.reminders import tables
from services.repair.reminders.channels import Channels, FileChannel, MailChannel, WebhookChannel
from services.repair.reminders.deliver import LEASE, Postman, deliver_waiting
from services.repair.reminders.domain.notice import MOST_ATTEMPTS, Channel, Notice
from services.repair.reminders.wiring import mail_server as configured
from services.repair.settings import RepairSettings
from shared.contracts.events import RepairBecamePossible
from shared.database.mechanics import idempotency_key
from shared.errors import Unavailable
from shared.ids import new_id
from shared.outbound.egress import Egress
from shared.outbound.guard import EgressRules
from shared.outbound.mail import Mailer
from shared.sealing import Sealer
from shared.vocabulary import Audience
from tests.support import told
from tests.support.rows import AUTHORITY, COMPANY, OTHER_AUTHORITY, company_code
from tests.support.services import RunningService, running_service
from tests.support.smtp import mail_server

KEY = "33" * 32
SEALER = Sealer(bytes.fromhex(KEY))
HERE = EgressRules([ip_network("127.0.0.0/8")], https_only=False)
SCOPES = "repair:write repair:handle repair:read"
COMPANY_TOKEN: dict[str, Any] = {
    "scope": "repair:write repair:read",
    "sub": "company",
    "authorities": [],
    "subjects": [COMPANY],
}


@pytest.fixture
async def repair(database_url: str, tmp_path: Path) -> AsyncIterator[RunningService]:
    """repair with a mail server in its settings; webhooks may go to loopback."""
    token = {"scope": SCOPES, "sub": "clerk", "authorities": [AUTHORITY]}
    extra = {"person_key": KEY, "smtp_host": LOOPBACK, "webhook_networks": ("127.0.0.0/8",)}
    async with running_service("repair", database_url, tmp_path, token, **extra) as service:
        yield service


def possible(record_id: str = "", **changed: Any) -> RepairBecamePossible:
    values: dict[str, Any] = {
        "record_id": record_id or new_id(),
        "authority_code": AUTHORITY,
        "uscc": COMPANY,
        "subject": "南通样例化工有限公司",
        "document_number": "（苏通）应急罚〔2026〕1号",
        "repair_from_on": date(2026, 11, 2),
        "title": "信用修复提醒",
        "paragraphs": ("南通样例化工有限公司：", "自2026年11月2日起可以申请信用修复。"),
    }
    return RepairBecamePossible(**(values | changed))


def email(address: str = "post@firm.example", **changed: Any) -> dict[str, Any]:
    return {"party": "subject", "party_key": COMPANY, "channel": "email", "address": address} | changed


def webhook(port: int, **changed: Any) -> dict[str, Any]:
    address = f"http://{LOOPBACK}:{port}/hook"
    return {"party": "bureau", "party_key": AUTHORITY, "channel": "webhook", "address": address} | changed


async def entered(repair: RunningService, body: dict[str, Any], **claims: Any) -> dict[str, Any]:
    answer = await repair.post("/v1/contacts", body, **claims)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


@dataclass
class Endpoint:
    """A receiver of webhooks: its requests, and the status of its answers."""

    port: int = 0
    status: int = 204
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@asynccontextmanager
async def endpoint() -> AsyncIterator[Endpoint]:
    here = Endpoint()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii").split("\r\n")[1:-2]
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head)}
        here.requests.append((headers, await reader.readexactly(int(headers["content-length"]))))
        writer.write(f"HTTP/1.1 {here.status} Said\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode("ascii"))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, LOOPBACK, 0)
    here.port = server.sockets[0].getsockname()[1]
    try:
        yield here
    finally:
        server.close()


@asynccontextmanager
async def postman(repair: RunningService, folder: Path, smtp_port: int = 0) -> AsyncIterator[Postman]:
    """Every channel as a process has it, over real sockets."""
    egress = Egress(HERE)
    settings = RepairSettings(
        data_dir=folder,
        smtp_host=LOOPBACK,
        smtp_port=smtp_port or free_port(),
        smtp_sender="reminders@bureau.example",
        smtp_starttls=False,
    )
    server = configured(settings)
    assert server is not None
    channels: Channels = {
        Channel.FILE: FileChannel(folder / "reminders"),
        Channel.WEBHOOK: WebhookChannel(egress),
        Channel.EMAIL: MailChannel(Mailer(server, repair.clock)),
    }
    try:
        yield Postman(repair.database, repair.clock, SEALER, channels)
    finally:
        await egress.close()


async def states(repair: RunningService) -> dict[str, tuple[str, int]]:
    return {row.channel: (row.state, row.attempts) for row in await repair.rows(tables.reminder_delivery)}


async def test_a_reminder_reaches_the_company_the_bureau_and_the_file_outbox_each_once(
    repair: RunningService, tmp_path: Path
) -> None:
    async with mail_server() as box, endpoint() as hook, postman(repair, tmp_path, box.port) as post:
        await entered(repair, email(), **COMPANY_TOKEN)
        bureau = await entered(repair, webhook(hook.port))
        event = possible()
        await repair.hear(handlers.reminders, event, event)
        await repair.hear(handlers.reminders, event)
        assert await deliver_waiting(post) == 3
        assert await deliver_waiting(post) == 0
    assert await states(repair) == {"file": ("sent", 1), "webhook": ("sent", 1), "email": ("sent", 1)}
    [mail] = box.mails
    assert (mail["To"], mail["From"], mail["Subject"]) == (
        "post@firm.example",
        "reminders@bureau.example",
        "信用修复提醒",
    )
    assert mail["Message-ID"].startswith(f"<{event.record_id}-")
    assert "自2026年11月2日起可以申请信用修复。" in box.texts()[0]
    [(headers, body)] = hook.requests
    assert json.loads(body)["data"]["record_id"] == event.record_id
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.digest(bytes.fromhex(bureau["secret"]), signed, hashlib.sha256)
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"
    written = json.loads((tmp_path / "reminders" / f"{event.record_id}.json").read_text(encoding="utf-8"))
    assert (written["subject"], written["repair_from_on"]) == ("南通样例化工有限公司", "2026-11-02")
    assert (tmp_path / "reminders" / f"{event.record_id}.txt").read_text(encoding="utf-8").startswith("信用修复提醒\n")


async def test_nobody_hears_of_another_company_or_authority(repair: RunningService, tmp_path: Path) -> None:
    async with mail_server() as box, postman(repair, tmp_path, box.port) as post:
        await entered(repair, email(party_key=company_code(7), authority_code=AUTHORITY))
        other = {"party": "bureau", "party_key": OTHER_AUTHORITY}
        await entered(repair, email("b@bureau.example", **other), authorities=[OTHER_AUTHORITY])
        await repair.hear(handlers.reminders, possible())
        assert await deliver_waiting(post) == 1
    assert (box.mails, await states(repair)) == ([], {"file": ("sent", 1)})


async def test_an_outage_is_tried_again_and_ends_with_one_mail(repair: RunningService, tmp_path: Path) -> None:
    await entered(repair, email(), **COMPANY_TOKEN)
    await repair.hear(handlers.reminders, possible())
    async with postman(repair, tmp_path) as post:  # nobody listens there
        assert await deliver_waiting(post) == 2
        assert await deliver_waiting(post) == 0
    assert await states(repair) == {"file": ("sent", 1), "email": ("waiting", 1)}
    async with mail_server() as box, postman(repair, tmp_path, box.port) as post:
        box.answers = ["451 greylisted, come again"]
        for _ in range(3):
            repair.clock.advance(timedelta(minutes=5))
            await deliver_waiting(post)
    assert (len(box.mails), (await states(repair))["email"]) == (1, ("sent", 3))


async def test_an_outage_without_end_is_given_up_and_a_person_orders_another_try(
    repair: RunningService, tmp_path: Path
) -> None:
    async with endpoint() as hook, postman(repair, tmp_path) as post:
        hook.status = 503
        await entered(repair, webhook(hook.port))
        await repair.hear(handlers.reminders, possible())
        for _ in range(MOST_ATTEMPTS + 2):
            await deliver_waiting(post)
            repair.clock.advance(timedelta(hours=9))
        await deliver_waiting(post)
        assert (await states(repair))["webhook"] == ("failed", MOST_ATTEMPTS)
        assert (len(hook.requests), REMINDERS_FAILED._value.get(), REMINDERS_WAITING._value.get()) == (
            MOST_ATTEMPTS,
            1,
            0,
        )
        [failed] = (await repair.get("/v1/reminders?state=failed")).json()["items"]
        assert (failed["failure"], failed["address"]) == ("the endpoint answered 503", f"http://{LOOPBACK}/…")
        hook.status = 200
        foreign = await repair.post("/v1/reminders/retries", {"reason": "催办"}, authorities=[OTHER_AUTHORITY])
        assert foreign.json() == {"deliveries": 0, "more": False}
        retried = await repair.post("/v1/reminders/retries", {"reason": "对方已恢复"})
        assert retried.json() == {"deliveries": 1, "more": False}
        await deliver_waiting(post)
        assert (await states(repair))["webhook"] == ("sent", 1)
    assert len({headers["webhook-id"] for headers, _ in hook.requests}) == 1


@pytest.mark.parametrize("answer", ["550 no such user", "404"])
async def test_what_the_other_side_never_takes_is_not_tried_again(
    repair: RunningService, tmp_path: Path, answer: str
) -> None:
    async with mail_server() as box, endpoint() as hook, postman(repair, tmp_path, box.port) as post:
        if answer.startswith("550"):
            box.answers = [answer]
            await entered(repair, email(), **COMPANY_TOKEN)
        else:
            hook.status = 404
            await entered(repair, webhook(hook.port))
        await repair.hear(handlers.reminders, possible())
        await deliver_waiting(post)
    [failed] = [row for row in await repair.rows(tables.reminder_delivery) if row.channel != "file"]
    assert (failed.state, failed.attempts) == ("failed", 1)
    assert "@" not in failed.failure


async def test_a_deliverer_that_was_killed_is_followed_by_another_with_the_same_key(
    repair: RunningService, tmp_path: Path
) -> None:
    await entered(repair, email(), **COMPANY_TOKEN)
    await repair.hear(handlers.reminders, possible())
    async with mail_server() as box, postman(repair, tmp_path, box.port) as post:
        box.hangs_up_after_data = True  # taken, and nobody could note it
        await deliver_waiting(post)
        box.hangs_up_after_data = False
        repair.clock.advance(LEASE)
        await deliver_waiting(post)
    assert len(box.mails) == 2
    assert len({mail["Message-ID"] for mail in box.mails}) == 1
    assert (await states(repair))["email"] == ("sent", 2)


async def test_two_deliverers_at_once_send_each_reminder_once(repair: RunningService, tmp_path: Path) -> None:
    async with mail_server() as box, postman(repair, tmp_path, box.port) as post:
        await entered(repair, email(), **COMPANY_TOKEN)
        await repair.hear(handlers.reminders, *(possible() for _ in range(10)))
        await asyncio.gather(*(deliver_waiting(post) for _ in range(3)))
        while await deliver_waiting(post):
            pass
    assert len(box.mails) == 10


async def test_what_is_shown_no_more_and_whom_was_removed_needs_no_reminder(
    repair: RunningService, tmp_path: Path
) -> None:
    contact = await entered(repair, email(), **COMPANY_TOKEN)
    gone, stays = possible(), possible()
    await repair.hear(handlers.publications, told.online(stays.record_id, Audience.OWN_COLUMN))
    await repair.hear(handlers.publications, told.offline(gone.record_id, Audience.OWN_COLUMN))
    await repair.hear(handlers.reminders, gone, stays)
    removal = await repair.post(f"/v1/contacts/{contact['contact_id']}/removal", {"reason": "离职"}, **COMPANY_TOKEN)
    assert removal.status_code == 200
    async with mail_server() as box, postman(repair, tmp_path, box.port) as post:
        await deliver_waiting(post)
    rows = await repair.rows(tables.reminder_delivery)
    assert {(row.record_id, row.channel): row.state for row in rows} == {
        (gone.record_id, "file"): "not_needed",
        (gone.record_id, "email"): "not_needed",
        (stays.record_id, "file"): "sent",
        (stays.record_id, "email"): "not_needed",
    }
    assert box.mails == []


class Broken:
    """A channel with a fault of its own."""

    async def send(self, notice: Notice, key: str, address: str, secret: bytes) -> None:
        raise RuntimeError("a fault")


class Away:
    """A channel that cannot be reached."""

    async def send(self, notice: Notice, key: str, address: str, secret: bytes) -> None:
        raise Unavailable("away")


async def test_a_channel_with_a_fault_delays_only_its_own_reminders(repair: RunningService, tmp_path: Path) -> None:
    await entered(repair, email(), **COMPANY_TOKEN)
    await entered(repair, webhook(9))
    await repair.hear(handlers.reminders, possible())
    channels: Channels = {
        Channel.FILE: FileChannel(tmp_path / "reminders"),
        Channel.WEBHOOK: Away(),
        Channel.EMAIL: Broken(),
    }
    await deliver_waiting(Postman(repair.database, repair.clock, SEALER, channels))
    assert await states(repair) == {"file": ("sent", 1), "webhook": ("waiting", 1), "email": ("waiting", 1)}


async def test_an_address_is_sealed_masked_and_forgotten_with_its_contact(repair: RunningService) -> None:
    contact = await entered(repair, email("zhang@firm.example"), **COMPANY_TOKEN)
    [row] = await repair.rows(tables.contact)
    assert b"zhang" not in row.sealed_address
    assert row.shown_address == "z***@firm.example"
    stored = b"".join(one.response for one in await repair.rows(idempotency_key))
    assert b"zhang" not in stored
    [seen] = (await repair.get("/v1/contacts", **COMPANY_TOKEN)).json()["items"]
    assert (seen["contact_id"], seen["address"]) == (contact["contact_id"], "z***@firm.example")
    assert (await repair.get("/v1/contacts")).json()["items"] == []  # not the bureau's, and not entered by it
    path, why = f"/v1/contacts/{contact['contact_id']}/removal", {"reason": "离职，电话13912345678"}
    assert (await repair.post(path, why)).status_code == 404
    assert (await repair.post(path, why, **COMPANY_TOKEN)).status_code == 200
    [row] = await repair.rows(tables.contact)
    assert (row.sealed_address, row.removed_by, row.removal_reason) == (b"", "company", "离职，电话139****5678")
    assert (await repair.post(path, why, **COMPANY_TOKEN)).status_code == 404
    await entered(repair, email("zhang@firm.example"), **COMPANY_TOKEN)


async def test_the_secret_of_a_webhook_is_shown_once_and_stored_nowhere(repair: RunningService) -> None:
    first = await repair.post("/v1/contacts", webhook(9), key="once")
    again = await repair.post("/v1/contacts", webhook(9), key="once")
    assert (first.status_code, again.status_code, again.json()["secret"]) == (201, 201, None)
    assert len(bytes.fromhex(first.json()["secret"])) == 32
    assert again.json()["contact_id"] == first.json()["contact_id"]
    stored = b"".join(one.response for one in await repair.rows(idempotency_key))
    assert first.json()["secret"].encode() not in stored


UNUSABLE = [
    (email("no address", authority_code=AUTHORITY), "address"),
    (email("a@b.example,c@d.example", authority_code=AUTHORITY), "address"),
    (email("a@b.example\r\nBcc: x@y.example", authority_code=AUTHORITY), "address"),
    (webhook(9, address="http://10.0.0.1/hook", party="bureau"), "address"),
    (webhook(9, address="ftp://x.example/"), "address"),
    (webhook(9, channel="file"), "channel"),
    (email(party_key="A" * 18, authority_code=AUTHORITY), "party_key"),
    (email(), "authority_code"),  # of a company, by the bureau, without saying for which authority
]


async def test_a_contact_that_cannot_be_used_is_refused_by_field_and_not_repeated(repair: RunningService) -> None:
    for body, named in UNUSABLE:
        answer = await repair.post("/v1/contacts", body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, named), body
        assert body["address"] not in answer.text
    assert await repair.rows(tables.contact) == []


async def test_the_same_address_is_a_contact_once_and_there_are_not_too_many(repair: RunningService) -> None:
    await entered(repair, email(), **COMPANY_TOKEN)
    assert (await repair.post("/v1/contacts", email("POST@firm.example"), **COMPANY_TOKEN)).status_code == 409
    for number in range(16):
        await entered(repair, email(f"p{number}@firm.example"), **COMPANY_TOKEN)
    at_once = [repair.post("/v1/contacts", email(f"q{number}@firm.example"), **COMPANY_TOKEN) for number in range(6)]
    answers = sorted(one.status_code for one in await asyncio.gather(*at_once))
    assert answers == [201, 201, 201, 409, 409, 409]
    full = await repair.post("/v1/contacts", email("last@firm.example"), **COMPANY_TOKEN)
    assert (full.status_code, full.json()["limit"]) == (409, 20)
    foreign = await repair.post("/v1/contacts", webhook(9, party_key=OTHER_AUTHORITY))
    assert foreign.status_code == 403


def test_a_login_at_the_mail_server_is_whole_and_is_not_shown(tmp_path: Path) -> None:
    given = RepairSettings(data_dir=tmp_path, smtp_host="m.example", smtp_user="u", smtp_password=SecretStr("geheim"))
    server = configured(given)
    assert server is not None
    assert (server.user, server.password, server.starttls) == ("u", "geheim", True)
    assert "geheim" not in repr(server)
    with pytest.raises(ValueError, match="belong together"):
        RepairSettings(data_dir=tmp_path, smtp_host="m.example", smtp_user="u")
