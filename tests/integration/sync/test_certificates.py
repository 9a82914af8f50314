"""A take-down certificate says only what was seen, and anybody can check it (guarantees G05 and G14)."""

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import update

from services.sync.app import create_app
from services.sync.certificates.tables import certificate
from services.sync.domain.patience import LOOK_LEASE
from services.sync.settings import SyncSettings
from services.sync.verify import verify
from services.sync.watch.ask_again import look_now
from shared.clock import SystemClock
from shared.database.mechanics import audit_entry
from shared.evidence.key_file import rotate
from shared.evidence.keys import new_key_set, read_signing
from shared.messaging.unit_of_work import unit_of_work
from shared.vocabulary import PORTALS_OF, Audience, Portal
from shared.web.rate import Buckets
from tests.support.messaging_house import until
from tests.support.portal_fake import Act, PortalFake
from tests.support.sync_house import CHINA, MINUTE, SyncHouse, offline, online, record, record_id
from tests.support.web import AUDIENCE, ISSUER, TestIssuer, calling

PORTALS = PORTALS_OF[Audience.CREDIT_SITES]
PUBLIC_URL = "https://check.example/creditsync"


@pytest.fixture
def settings(tmp_path: Path) -> SyncSettings:
    return SyncSettings(
        issuer=ISSUER,
        audience=AUDIENCE,
        jwks=str(tmp_path / "jwks.json"),
        data_dir=tmp_path,
        certificate_url=PUBLIC_URL,
    )


@pytest.fixture
def operator(settings: SyncSettings) -> dict[str, str]:
    """The token of an operator."""
    issuer = TestIssuer()
    keys = {"keys": [key.as_dict(private=False) for key in issuer.keys]}
    Path(settings.jwks_source()).write_text(json.dumps(keys))
    now = int(SystemClock().now().timestamp())
    return issuer.bearer(scope="sync:read sync:operate", nbf=now - 1, exp=now + 600)


@pytest.fixture
async def client(
    house: SyncHouse, settings: SyncSettings, operator: dict[str, str]
) -> AsyncIterator[httpx.AsyncClient]:
    async with started(house, settings, operator) as caller:
        yield caller


@asynccontextmanager
async def started(
    house: SyncHouse, settings: SyncSettings, operator: dict[str, str]
) -> AsyncIterator[httpx.AsyncClient]:
    """A process that serves sync, and an operator who calls it."""
    async with calling(create_app(settings, house.database)) as caller:
        caller.headers.update(operator)
        yield caller


async def taken_down(house: SyncHouse, *portals: Portal, number: int = 1) -> None:
    """Shown everywhere, ordered offline, and seen to be gone from these portals."""
    await house.hear(online(number))
    for portal in PORTALS:
        await house.push(portal)
        await house.look(portal)
    house.clock.advance(MINUTE)
    await house.hear(offline(number))
    for portal in portals:
        await house.push(portal)
        await house.look(portal)
    house.clock.advance(MINUTE)


async def issued(client: httpx.AsyncClient, number: int = 1) -> dict[str, Any]:
    answer = await client.get(f"/v1/records/{record_id(number)}/certificate")
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def page(client: httpx.AsyncClient, certificate_id: str, **query: str) -> httpx.Response:
    """As a visitor sees it: without a token."""
    return await client.get(f"/certificates/{certificate_id}", params=query, headers={"Authorization": ""})


def check_with_nothing_of_ours(document: dict[str, Any], jwk: dict[str, str]) -> None:
    """The way of docs/operations/certificates.md: the standard library and a cryptography library."""
    canonical = json.dumps(document["statement"], sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    assert document["signature"]["kid"] == jwk["kid"]
    key = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(jwk["x"] + "="))
    key.verify(base64.urlsafe_b64decode(document["signature"]["value"] + "=="), canonical)


async def test_a_certificate_is_refused_while_one_portal_still_shows(
    house: SyncHouse, client: httpx.AsyncClient
) -> None:
    await taken_down(house, CHINA)
    answer = await client.get(f"/v1/records/{record_id(1)}/certificate")
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("absence-not-observed")
    assert [one["portal"] for one in answer.json()["portals"]] == [Portal.CREDIT_JIANGSU]
    assert await house.count(certificate) == 0


async def test_a_portal_that_answered_and_keeps_showing_gets_no_certificate(
    house: SyncHouse, client: httpx.AsyncClient
) -> None:
    await taken_down(house, Portal.CREDIT_JIANGSU)
    house.china.plan(record(1), *[Act.KEEP] * 5)
    await house.push(CHINA)
    await house.look(CHINA)
    answer = await client.get(f"/v1/records/{record_id(1)}/certificate")
    assert (answer.status_code, answer.json()["portals"][0]["state"]) == (409, "still_shown")


async def test_a_certificate_says_what_was_ordered_acknowledged_and_seen_on_each_portal(
    house: SyncHouse, client: httpx.AsyncClient
) -> None:
    await taken_down(house, *PORTALS)
    document = await issued(client)
    said = document["statement"]
    assert (said["record_id"], said["grounds"]) == (record_id(1), ["window_expired"])
    assert said["document_number"] == record(1).document_number
    assert said["check_url"] == f"{PUBLIC_URL}/certificates/{said['certificate_id']}"
    assert [line["portal"] for line in said["portals"]] == sorted(PORTALS)
    for line in said["portals"]:
        assert line["absent_in"] == ["detail", "search", "list"]
        assert line["ordered_at"] <= line["acknowledged_at"] <= line["absence_observed_at"]
    name = record(1).subject.name
    assert said["subject"]["name"] != name
    assert said["subject"]["name"].startswith(name[:2])
    assert name not in json.dumps(document, ensure_ascii=False)


async def test_a_certificate_is_verified_by_an_independent_route(house: SyncHouse, client: httpx.AsyncClient) -> None:
    await taken_down(house, *PORTALS)
    document = await issued(client)
    [jwk] = (await client.get("/.well-known/creditsync-keys.json", headers={"Authorization": ""})).json()["keys"]
    assert "d" not in jwk
    check_with_nothing_of_ours(document, jwk)
    document["statement"]["grounds"] = ["repair_approved"]
    with pytest.raises(InvalidSignature):
        check_with_nothing_of_ours(document, jwk)


async def test_asked_for_again_the_same_certificate_is_given_and_the_issue_is_audited(
    house: SyncHouse, client: httpx.AsyncClient
) -> None:
    await taken_down(house, *PORTALS)
    first, second = await issued(client), await issued(client)
    assert first == second
    assert await house.count(certificate) == 1
    rows = [row for row in await house.rows(audit_entry.select()) if row.action == "certificate.issued"]
    [row] = rows
    assert (row.subject, row.record_id) == (first["statement"]["certificate_id"], record_id(1))
    text = (await house.rows(certificate.select()))[0].document
    assert row.effect_digest == hashlib.sha256(text.encode()).hexdigest()


async def test_a_record_that_is_seen_again_is_said_to_be_and_gets_a_new_certificate_only_when_gone_again(
    house: SyncHouse, client: httpx.AsyncClient
) -> None:
    await taken_down(house, *PORTALS)
    old = (await issued(client))["statement"]["certificate_id"]
    assert "历次核验均未再看到该信息" in (await page(client, old)).text
    house.china.resurrect(record(1), "detail", "search", "list")
    await house.reconcile()
    shown = (await page(client, old)).text
    assert "签发之后又看到该信息" in shown
    assert "目前尚未核验其再次下线" in shown
    refused = await client.get(f"/v1/records/{record_id(1)}/certificate")
    assert refused.status_code == 409
    assert refused.json()["portals"][0]["state"] == "still_shown"
    await house.settle(rounds=5)
    assert await house.green(1)
    new = (await issued(client))["statement"]["certificate_id"]
    assert new != old
    assert "之后核验已不再展示" in (await page(client, old)).text
    assert "历次核验均未再看到该信息" in (await page(client, new)).text


async def test_a_late_look_at_the_order_before_the_take_down_is_no_sight_of_the_record_since(
    house: SyncHouse, client: httpx.AsyncClient
) -> None:
    """A worker that was paused began it while the record was lawfully shown."""
    await house.hear(online(1))
    for portal in PORTALS:
        await house.push(portal)
    slow = house.china
    slow.gate.clear()
    late = asyncio.create_task(verify(house.database, house.clock, slow))
    await until(lambda: _looked_at(house))
    house.clock.advance(LOOK_LEASE)
    house.fakes[CHINA] = PortalFake(CHINA)  # type: ignore[index]
    await house.hear(offline(1))
    for portal in PORTALS:
        await house.push(portal)
        await house.look(portal)
    number = (await issued(client))["statement"]["certificate_id"]
    slow.gate.set()
    assert await late == 1
    seen = [row for row in await house.observations(1) if row.portal == CHINA]
    assert [(row.sight, row.generation) for row in seen] == [("absent", 2), ("present", 1)]
    assert "历次核验均未再看到该信息" in (await page(client, number)).text
    assert [(await issued(client))["statement"]["certificate_id"] for _ in range(2)] == [number] * 2
    assert await house.count(certificate) == 1


async def _looked_at(house: SyncHouse) -> bool:
    return bool((await house.placement(1)).looks)


async def test_a_record_that_a_look_sees_again_at_the_order_of_its_take_down_is_said_to_be(
    house: SyncHouse, client: httpx.AsyncClient
) -> None:
    await taken_down(house, *PORTALS)
    number = (await issued(client))["statement"]["certificate_id"]
    house.china.resurrect(record(1), "list")
    async with unit_of_work(house.database, house.clock) as work:
        await look_now(work, record_id(1), CHINA, "operator")
    await house.look()
    assert [(row.sight, row.generation) for row in await house.observations(1)][-1] == ("present", 2)
    assert "目前尚未核验其再次下线" in (await page(client, number)).text


async def test_a_record_that_is_published_once_more_is_said_to_be(house: SyncHouse, client: httpx.AsyncClient) -> None:
    await taken_down(house, *PORTALS)
    number = (await issued(client))["statement"]["certificate_id"]
    await house.hear(online(1, generation=3))
    assert "published once more" in (await page(client, number, lang="en")).text


async def test_the_page_is_open_chinese_first_and_needs_neither_cookie_nor_script(
    house: SyncHouse, client: httpx.AsyncClient
) -> None:
    await taken_down(house, *PORTALS)
    said = (await issued(client))["statement"]
    answer = await page(client, said["certificate_id"])
    assert answer.status_code == 200
    assert 'lang="zh-CN"' in answer.text
    assert said["document_number"] in answer.text
    assert "set-cookie" not in answer.headers
    assert "<script" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-robots-tag"] == "noindex"
    assert "<svg" in answer.text
    assert said["check_url"] in answer.text
    english = await page(client, said["certificate_id"], lang="en")
    assert "Take-down certificate" in english.text
    document = await client.get(f"/certificates/{said['certificate_id']}/document", headers={"Authorization": ""})
    assert document.json()["statement"] == said
    assert (await client.get("/certificates/style.css", headers={"Authorization": ""})).status_code == 200


async def test_a_visitor_with_any_other_language_reads_the_page_in_chinese(
    house: SyncHouse, client: httpx.AsyncClient
) -> None:
    await taken_down(house, *PORTALS)
    number = (await issued(client))["statement"]["certificate_id"]
    answer = await page(client, number, lang="fr")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.text == (await page(client, number)).text


async def test_a_page_is_asked_for_by_head_as_by_get_and_answers_without_a_body(
    house: SyncHouse, client: httpx.AsyncClient
) -> None:
    await taken_down(house, *PORTALS)
    number = (await issued(client))["statement"]["certificate_id"]
    open_to_all = {"Authorization": ""}
    for path in (f"/certificates/{number}", f"/certificates/{'0' * 32}", "/certificates/style.css"):
        whole = await client.get(path, headers=open_to_all)
        head = await client.head(path, headers=open_to_all)
        assert (head.status_code, head.content) == (whole.status_code, b"")
        for name in ("content-type", "content-length", "cache-control", "content-security-policy"):
            assert head.headers.get(name) == whole.headers.get(name), name


async def test_whose_certificate_holds_no_more_gets_another_one(house: SyncHouse, client: httpx.AsyncClient) -> None:
    await taken_down(house, *PORTALS)
    old = (await issued(client))["statement"]["certificate_id"]
    app = client._transport.app  # type: ignore[attr-defined]
    app.state.press = replace(app.state.press, keys=read_signing(new_key_set()))
    assert (await page(client, old)).status_code == 409, "its key was withdrawn"
    new = await issued(client)
    assert new["statement"]["certificate_id"] != old
    assert (await page(client, new["statement"]["certificate_id"])).status_code == 200
    assert await issued(client) == new


async def test_while_processes_are_restarted_one_after_the_other_each_believes_what_another_signed_with_the_new_key(
    house: SyncHouse, client: httpx.AsyncClient, settings: SyncSettings, operator: dict[str, str]
) -> None:
    await taken_down(house, *PORTALS)
    new_key = rotate(settings.keys_dir / "evidence.json")
    async with started(house, settings, operator) as restarted:
        document = await issued(restarted)
    assert document["signature"]["kid"] == new_key
    assert (await page(client, document["statement"]["certificate_id"])).status_code == 200
    published = (await client.get("/.well-known/creditsync-keys.json", headers={"Authorization": ""})).json()["keys"]
    check_with_nothing_of_ours(document, published[0])
    assert await issued(client) == document
    assert await house.count(certificate) == 1


async def test_what_was_changed_on_file_is_shown_as_not_valid(house: SyncHouse, client: httpx.AsyncClient) -> None:
    await taken_down(house, *PORTALS)
    document = await issued(client)
    number = document["statement"]["certificate_id"]
    document["statement"]["subject"]["name"] = "南通别家有限公司"
    async with house.database.writing() as connection:
        await connection.execute(update(certificate).values(document=json.dumps(document, ensure_ascii=False)))
    answer = await page(client, number)
    assert (answer.status_code, "此证明无效" in answer.text) == (409, True)
    assert "南通别家" not in answer.text
    assert (await client.get(f"/certificates/{number}/document")).status_code == 409


@pytest.mark.parametrize("number", ["0" * 32, "no-identifier"])
async def test_a_number_that_was_never_given_out_is_said_to_be_unknown(client: httpx.AsyncClient, number: str) -> None:
    answer = await page(client, number)
    assert (answer.status_code, "没有此编号的下线证明" in answer.text) == (404, True)


async def test_a_record_that_was_never_published_gets_no_certificate(
    house: SyncHouse, client: httpx.AsyncClient
) -> None:
    await house.hear(offline(7))
    for number in (7, 8):
        assert (await client.get(f"/v1/records/{record_id(number)}/certificate")).status_code == 404


async def test_one_address_cannot_take_the_check_pages_from_the_others(
    house: SyncHouse, client: httpx.AsyncClient
) -> None:
    await taken_down(house, *PORTALS)
    number = (await issued(client))["statement"]["certificate_id"]
    app = client._transport.app  # type: ignore[attr-defined]
    app.state.certificate_limits = Buckets(burst=2, a_second=0.1, seconds=lambda: 0.0)
    answers = [await page(client, number) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[-1].headers["retry-after"] == "10"
    document = await client.get(f"/certificates/{number}/document", headers={"Authorization": ""})
    assert document.status_code == 429
    assert (await client.get(f"/v1/records/{record_id(1)}/certificate")).status_code == 200
