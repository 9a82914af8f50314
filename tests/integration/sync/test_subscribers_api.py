"""Subscribers and the feed over HTTP: limits, secrets told once, reasons kept, progress of replays (G13, G14)."""

import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from standardwebhooks import Webhook

from services.sync.app import create_app
from services.sync.settings import SyncSettings
from services.sync.webhooks.keys import KeyRing
from services.sync.webhooks.prune import prune_deliveries
from services.sync.webhooks.replay import carry_out
from services.sync.webhooks.subscribers import MOST_SIGNING
from services.sync.webhooks.tables import subscriber, subscriber_key
from shared.clock import SystemClock
from shared.database.mechanics import audit_entry, idempotency_key
from shared.ids import new_id
from shared.sealing import Sealer
from shared.web.pagination import encoded
from tests.support.feed_copy import FeedCopy
from tests.support.subscriber_fake import URL, SubscriberHouse
from tests.support.sync_house import SyncHouse, offline, online, record_id
from tests.support.web import AUDIENCE, ISSUER, TestIssuer, calling

MANAGER = "sync:read subscribers:manage changes:read"
NEW = {"name": "Commercial query site", "url": URL}
WHY = {"reason": "asked for by telephone"}


class Caller:
    """Somebody with a token."""

    def __init__(self, client: httpx.AsyncClient, issuer: TestIssuer, **claims: Any) -> None:
        now = int(SystemClock().now().timestamp())
        self._client = client
        self._headers = issuer.bearer(**(claims | {"nbf": now - 1, "exp": now + 600}))

    async def get(self, path: str, status: int = 200, **params: Any) -> Any:
        answer = await self._client.get(path, headers=self._headers, params=params)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def send(
        self, method: str, path: str, body: Any = None, status: int = 200, key: str | None = None, **params: Any
    ) -> Any:
        headers = self._headers | {"Idempotency-Key": key or new_id()}
        answer = await self._client.request(method, path, json=body, headers=headers, params=params)
        assert answer.status_code == status, answer.text
        return answer.json()


@pytest.fixture
async def client(house: SyncHouse, tmp_path: Path) -> AsyncIterator[tuple[httpx.AsyncClient, TestIssuer, SyncSettings]]:
    issuer = TestIssuer()
    keys = tmp_path / "jwks.json"
    keys.write_text(json.dumps({"keys": [key.as_dict(private=False) for key in issuer.keys]}))
    settings = SyncSettings(
        issuer=ISSUER,
        audience=AUDIENCE,
        jwks=str(keys),
        data_dir=tmp_path,
        max_subscribers=2,
        webhook_networks=(ip_network("10.20.0.0/16"),),
    )
    async with calling(create_app(settings, house.database)) as client:
        yield client, issuer, settings


@pytest.fixture
def manager(client: tuple[httpx.AsyncClient, TestIssuer, SyncSettings]) -> Caller:
    return Caller(client[0], client[1], scope=MANAGER)


@pytest.fixture
def subs(house: SyncHouse, client: tuple[httpx.AsyncClient, TestIssuer, SyncSettings]) -> SubscriberHouse:
    """With the keys of the application."""
    return SubscriberHouse(house, ring=KeyRing(lambda: Sealer(*client[2].person_keys())))


async def entered(manager: Caller, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = await manager.send("POST", "/v1/subscribers", NEW | more, 201)
    return found


async def test_the_secret_is_told_once_sealed_at_rest_and_signs_what_is_sent(
    manager: Caller, subs: SubscriberHouse
) -> None:
    key = new_id()
    told = await manager.send("POST", "/v1/subscribers", NEW, 201, key)
    again = await manager.send("POST", "/v1/subscribers", NEW, 201, key)
    assert told["subscriber_id"] == again["subscriber_id"]
    assert again["secret"] is None
    raw = told["secret"].removeprefix("whsec_")
    stored = [*(await subs.house.rows(select(subscriber_key))), *(await subs.house.rows(select(idempotency_key)))]
    assert stored
    assert not [row for row in stored if raw in repr(row)]
    await subs.house.hear(online(1))
    await subs.deliver(told["subscriber_id"])
    sent = subs.network.received[URL][0]
    assert Webhook(told["secret"]).verify(sent.body, dict(sent.headers))["data"]["sequence"] == 1
    shown = await manager.get(f"/v1/subscribers/{told['subscriber_id']}")
    assert "secret" not in shown
    assert shown["last_sequence"] == len(subs.network.received[URL])


async def test_after_a_rotation_both_secrets_fit_until_the_overlap_ends(manager: Caller, subs: SubscriberHouse) -> None:
    first = await entered(manager)
    path = f"/v1/subscribers/{first['subscriber_id']}"
    second = await manager.send("POST", f"{path}/rotate", WHY | {"overlap_hours": 0.5})
    await manager.send("POST", f"{path}/test")
    # The application lives by the system's clock, this house by its own: bring the house to the same time.
    subs.house.clock.advance(SystemClock().now() - subs.house.clock.now())
    await subs.deliver(first["subscriber_id"])
    for told in (first, second):
        sent = subs.network.received[URL][-1]
        Webhook(told["secret"]).verify(sent.body, dict(sent.headers))
    third = await manager.send("POST", f"{path}/rotate", WHY | {"overlap_hours": 0})
    await manager.send("POST", f"{path}/test")
    subs.house.clock.advance(SystemClock().now() - subs.house.clock.now())
    await subs.deliver(first["subscriber_id"])
    sent = subs.network.received[URL][-1]
    assert sent.headers["webhook-signature"].count("v1,") == 1
    Webhook(third["secret"]).verify(sent.body, dict(sent.headers))


async def test_only_so_many_keys_sign_at_once_and_a_rotation_without_overlap_always_goes(manager: Caller) -> None:
    path = f"/v1/subscribers/{(await entered(manager, signature='v1a'))['subscriber_id']}"
    for _ in range(MOST_SIGNING - 1):
        await manager.send("POST", f"{path}/rotate", WHY)
    refused = await manager.send("POST", f"{path}/rotate", WHY, 409)
    assert "overlap" in refused["detail"]
    assert len((await manager.get(path))["public_keys"]) == refused["limit"] == MOST_SIGNING
    await manager.send("POST", f"{path}/rotate", WHY | {"overlap_hours": 0})
    assert len((await manager.get(path))["public_keys"]) == 1


async def test_with_ed25519_there_is_a_public_key_and_no_secret(manager: Caller) -> None:
    told = await entered(manager, signature="v1a")
    assert told["secret"] is None
    shown = await manager.get(f"/v1/subscribers/{told['subscriber_id']}")
    assert shown["public_keys"] == [told["public_key"]]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "http://10.0.0.1/hook"}, "url"),
        ({"url": "ftp://subscriber.example"}, "url"),
        ({"url": "http://169.254.169.254/latest"}, "url"),
        ({"types": ["record.admitted"]}, "types.0"),
        ({"regions": ["3"]}, "regions.0"),
        ({"name": " "}, "name"),
        ({"name": "a\x00"}, "name"),
        ({"secret": "mine"}, "secret"),
    ],
)
async def test_what_cannot_be_used_is_refused_by_its_field(manager: Caller, body: dict[str, Any], field: str) -> None:
    refused = await manager.send("POST", "/v1/subscribers", NEW | body, 422)
    assert [one["field"] for one in refused["errors"]] == [field]


async def test_there_are_only_so_many_subscribers_and_an_allowed_network_opens(manager: Caller) -> None:
    await entered(manager)
    second = await entered(manager, url="http://10.20.1.1:8000/hook")
    refused = await manager.send("POST", "/v1/subscribers", NEW, 409)
    assert refused["limit"] == 2
    await manager.send("DELETE", f"/v1/subscribers/{second['subscriber_id']}", reason="no longer needed")
    await entered(manager)


async def test_every_decision_keeps_who_and_why(manager: Caller, subs: SubscriberHouse) -> None:
    told = await entered(manager)
    path = f"/v1/subscribers/{told['subscriber_id']}"
    await manager.send("PUT", path, NEW | WHY | {"kinds": ["penalty"], "regions": ["3206"]})
    await manager.send("POST", f"{path}/pause", WHY)
    assert (await manager.get(path))["state"] == "paused"
    await manager.send("POST", f"{path}/resume", WHY)
    await manager.send("POST", f"{path}/replay", WHY | {"what": "failed"}, 202)
    await manager.send("DELETE", path, reason=WHY["reason"])
    await manager.get(path, 404)
    await manager.send("POST", f"{path}/resume", WHY, 404)
    rows = await subs.house.rows(select(audit_entry).order_by(audit_entry.c.entry_id))
    assert [(row.action, row.reason) for row in rows] == [
        ("subscriber.entered", None),
        *(
            (action, WHY["reason"])
            for action in (
                "subscriber.changed",
                "subscriber.paused",
                "subscriber.resumed",
                "deliveries.replayed",
                "subscriber.removed",
            )
        ),
    ]
    assert {row.actor for row in rows} == {"enforcement-system"}


async def test_deliveries_are_listed_with_their_attempts_and_can_be_replayed(
    manager: Caller, subs: SubscriberHouse
) -> None:
    told = await entered(manager, types=["display.show_ordered"])
    path = f"/v1/subscribers/{told['subscriber_id']}"
    subs.network.answer(500)
    await subs.house.hear(online(1), online(2))
    await subs.deliver(told["subscriber_id"])
    waiting = await manager.get(f"{path}/deliveries", state="pending", limit=3, total=True)
    assert waiting["total"] == {"items": 4, "or_more": False}
    assert [one["sequence"] for one in waiting["items"]] == [4, 3, 2]
    last = await manager.get(f"{path}/deliveries", state="pending", limit=3, cursor=waiting["next"])
    assert ([one["sequence"] for one in last["items"]], last["next"]) == ([1], None)
    assert len((await manager.get(f"{path}/deliveries", record_id=record_id(1)))["items"]) == 2
    one = await manager.get(f"{path}/deliveries/1")
    assert (one["type"], one["webhook_id"]) == ("display.show_ordered", f"msg_{told['subscriber_id']}_1")
    assert [(each["outcome"], each["status"]) for each in one["tries"]] == [("refused", 500)]
    await manager.get(f"{path}/deliveries/5", 404)
    await manager.get(f"{path}/deliveries", 422, cursor=encoded(["of another list"]))
    (overview,) = await manager.get("/v1/subscribers")
    assert (overview["waiting"], overview["last_sequence"]) == (4, 4)
    subs.network.answer(200)
    await manager.send("POST", f"{path}/resume", WHY)
    subs.house.clock.advance(SystemClock().now() - subs.house.clock.now())
    await subs.deliver(told["subscriber_id"])
    asked = await manager.send("POST", f"{path}/replay", WHY | {"what": "one", "sequence": 2}, 202)
    assert asked["finished_at"] is None
    while await carry_out(subs.house.database, subs.house.clock):
        pass
    (done,) = await manager.get(f"{path}/replays")
    assert (done["requeued"], done["finished_at"] is not None) == (1, True)


async def test_no_delivery_names_a_time_at_which_its_endpoint_is_left_alone(
    manager: Caller, subs: SubscriberHouse
) -> None:
    told = await entered(manager)
    path = f"/v1/subscribers/{told['subscriber_id']}"
    subs.network.answer(429, "3600")
    await subs.house.hear(online(1))
    await subs.deliver(told["subscriber_id"])
    begun = subs.house.clock.now()
    for one in [await manager.get(f"{path}/deliveries/1"), *(await manager.get(f"{path}/deliveries"))["items"]]:
        assert datetime.fromisoformat(one["next_try_at"]) - begun >= timedelta(hours=1)
    await manager.send("POST", f"{path}/pause", WHY)
    assert (await manager.get(f"{path}/deliveries/1"))["next_try_at"] is None


@pytest.mark.parametrize(
    "body",
    [
        {"what": "one"},
        {"what": "since"},
        {"what": "failed", "sequence": 1},
        {"what": "one", "since": "2026-01-01T00:00Z"},
        {"what": "one", "sequence": 2**63},
        {"what": "since", "since": "0001-01-01T00:00:00+23:00"},
        {"what": "since", "since": "9999-12-31T23:59:59-23:00"},
        {"what": "failed", "reason": "a\x00b"},
    ],
)
async def test_a_replay_that_does_not_say_what_is_refused(manager: Caller, body: dict[str, Any]) -> None:
    told = await entered(manager)
    await manager.send("POST", f"/v1/subscribers/{told['subscriber_id']}/replay", WHY | body, 422)


async def test_a_replay_of_what_was_never_sent_is_refused(manager: Caller) -> None:
    told = await entered(manager)
    path = f"/v1/subscribers/{told['subscriber_id']}/replay"
    await manager.send("POST", path, WHY | {"what": "one", "sequence": 7}, 404)


async def test_what_was_removed_is_forgotten_whole(manager: Caller, subs: SubscriberHouse) -> None:
    told = await entered(manager)
    await subs.house.hear(online(1))
    await subs.deliver(told["subscriber_id"])
    await manager.send("DELETE", f"/v1/subscribers/{told['subscriber_id']}", reason="over")
    await subs.house.hear(offline(1))
    await subs.number()
    assert len(await subs.deliveries(told["subscriber_id"])) == len(subs.network.received[URL])
    for _ in range(3):
        await prune_deliveries(subs.house.database, subs.house.clock, timedelta())
    assert await subs.deliveries(told["subscriber_id"]) == []
    assert await subs.house.rows(select(subscriber)) == []


async def test_the_feed_is_read_to_its_end_and_a_foreign_client_sees_only_its_own(
    manager: Caller, subs: SubscriberHouse, client: tuple[httpx.AsyncClient, TestIssuer, SyncSettings]
) -> None:
    await subs.house.hear(online(1), online(2))
    await subs.house.hear(offline(1))
    head = await subs.number()
    seen: list[dict[str, Any]] = []
    position = 0
    while position < head:
        page = await manager.get("/v1/changes", after=position, limit=2)
        assert len(page["items"]) + page["skipped"] == page["position"] - page["after"]
        seen += page["items"]
        position = page["position"]
    assert [one["position"] for one in seen] == list(range(1, head + 1))
    assert {one["record_id"] for one in seen if one["tombstone"]} == {record_id(1)}
    stranger = Caller(client[0], client[1], scope="changes:read", authorities=["nobody"])
    page = await stranger.get("/v1/changes")
    assert (page["items"], page["skipped"], page["head"]) == ([], head, head)
    assert (await stranger.get("/v1/changes/state"))["entries"] == 0
    everybody = Caller(client[0], client[1], scope="changes:read", authorities=["*"])
    assert len((await everybody.get("/v1/changes"))["items"]) == head
    await stranger.get("/v1/subscribers", 403)
    nothing = await manager.get("/v1/changes", after=head, wait=0.1)
    assert (nothing["items"], nothing["position"]) == ([], head)
    copy = FeedCopy()
    copy.follow(seen, head)
    state = await manager.get("/v1/changes/state")
    assert (state["position"], state["groups"], state["entries"]) == (head, copy.groups(), len(copy.held))
    number, held = next(iter(copy.buckets().items()))
    group = await manager.get(f"/v1/changes/state/groups/{number // 256}")
    assert group["buckets"][number % 256] == list(held)
    entries = (await manager.get("/v1/changes/state/entries", bucket=number))["entries"]
    assert all(copy.held[one["record_id"], one["portal"]] == one["generation"] for one in entries)
    assert len(entries) == held[0]
    await manager.get("/v1/changes/state/groups/256", 422)
    await manager.get("/v1/changes/state/entries", 422)
    await manager.get("/v1/changes", 422, after=-1)
    await manager.get("/v1/changes", 422, wait=3600)
