"""The comparison with disclosure as people meet it: over HTTP, at the terminal, on the dashboard's numbers."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from services.sync.app import create_app
from services.sync.decided import store
from services.sync.decided.compare import CompareDesk, ask, go_on
from services.sync.decided.source import Stated, StatedPage
from services.sync.decided.tables import decided_check
from services.sync.decided.timers import work_off
from services.sync.settings import SyncSettings
from shared.contracts.decided import Decided, Stretch, digest_of
from shared.database.mechanics import audit_entry
from shared.errors import Unavailable
from shared.messaging.unit_of_work import unit_of_work
from tests.integration.sync.test_reconcile_api import APPROVE, OPERATE, People
from tests.support.decided_house import SETTLED
from tests.support.sync_house import SyncHouse, online, record_id
from tests.support.web import AUDIENCE, ISSUER, TestIssuer, calling


class Elsewhere:
    """A disclosure that decided this, in one stretch."""

    def __init__(self, *decided: Decided, house: SyncHouse) -> None:
        self.decided = decided
        self.house = house
        self.silent = False
        self.asked: list[str] = []

    async def stated(self, after: str) -> StatedPage:
        if self.silent:
            raise Unavailable("disclosure answered 503 when it was asked what it decided")
        known = [one for one in self.decided if one.record_id > after]
        stated = Stated(Stretch(after, None), len(known), digest_of(known))
        return StatedPage([stated], None, self.house.clock.now())

    async def entries(self, within: Stretch) -> Sequence[Decided]:
        return [one for one in self.decided if within.holds(one.record_id)]

    async def repeat(self, record_ids: Sequence[str], reason: str, key: str) -> int:
        self.asked += record_ids
        return len(record_ids)


@pytest.fixture
async def people(house: SyncHouse, tmp_path: Path) -> AsyncIterator[People]:
    issuer, keys = TestIssuer(), tmp_path / "jwks.json"
    keys.write_text(json.dumps({"keys": [key.as_dict(private=False) for key in issuer.keys]}))
    settings = SyncSettings(issuer=ISSUER, audience=AUDIENCE, jwks=str(keys), data_dir=tmp_path)
    async with calling(create_app(settings, house.database)) as client:
        yield People(client, issuer)


async def carry_out(house: SyncHouse, source: Elsewhere) -> None:
    desk = CompareDesk(house.database, house.clock, house.bus, source)
    while await go_on(desk):
        house.clock.advance(SETTLED)


async def test_a_person_asks_reads_what_was_found_and_who_asks_meanwhile_joins(
    house: SyncHouse, people: People
) -> None:
    await house.hear(online(1))
    lost = Decided(record_id(2), "credit_sites", 1, shown=True)
    source = Elsewhere(Decided(record_id(1), "credit_sites", 1, shown=True), lost, house=house)
    first = await people.post("li", "/v1/decided-checks", {}, OPERATE)
    second = await people.post("wang", "/v1/decided-checks", {}, OPERATE)
    assert (first.status_code, second.json()) == (202, first.json())
    await carry_out(house, source)
    standing = (await people.get("/v1/decided-standing")).json()
    assert standing["going_on"] is None
    assert (standing["last"]["check_id"], standing["last"]["entries"]) == (first.json()["check_id"], 2)
    assert (standing["never_told"], standing["behind"], standing["ahead"]) == (1, 0, 0)
    [one] = (await people.get("/v1/decided-differences", limit=1)).json()["items"]
    assert (one["record_id"], one["kind"], one["decided_generation"], one["heard_generation"]) == (
        lost.record_id,
        "never_told",
        1,
        0,
    )
    assert source.asked == [lost.record_id]


async def test_differences_come_page_by_page(house: SyncHouse, people: People) -> None:
    source = Elsewhere(
        *(Decided(record_id(number), "credit_sites", 1, shown=True) for number in range(1, 6)), house=house
    )
    await people.post("li", "/v1/decided-checks", {}, OPERATE)
    await carry_out(house, source)
    found: list[str] = []
    query: dict[str, str | int] = {"limit": 2}
    while True:
        page = (await people.get("/v1/decided-differences", **query)).json()
        found += [one["record_id"] for one in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert found == [record_id(number) for number in range(1, 6)]


async def test_only_a_supervisor_has_more_than_the_limit_told_again_and_says_why(
    house: SyncHouse, people: People
) -> None:
    path, body = "/v1/decided-checks/without-limit", {"reason": "队列清空，原因已查明"}
    assert (await people.post("li", path, body, OPERATE)).status_code == 403
    assert (await people.post("li", path, {"reason": " "}, APPROVE)).status_code == 422
    assert (await people.post("li", path, body, APPROVE)).status_code == 202
    [check] = await house.rows(select(decided_check))
    assert check.without_limit
    acts = await house.rows(select(audit_entry.c.actor, audit_entry.c.reason))
    assert [tuple(one) for one in acts] == [("li", body["reason"])]


async def test_a_silent_disclosure_leaves_the_check_going_on_with_the_reason(house: SyncHouse, people: People) -> None:
    source = Elsewhere(house=house)
    source.silent = True
    await people.post("li", "/v1/decided-checks", {}, OPERATE)
    with pytest.raises(Unavailable):
        await work_off(house.ground, lambda: nullcontext(source))
    standing = (await people.get("/v1/decided-standing")).json()
    assert standing["last"] is None
    assert "503" in standing["going_on"]["explanation"]
    source.silent = False
    await carry_out(house, source)
    assert (await people.get("/v1/decided-standing")).json()["going_on"] is None


async def test_two_workers_share_one_check_and_a_dead_one_leaves_it_to_others(house: SyncHouse) -> None:
    async with unit_of_work(house.database, house.clock) as work:
        check_id = await ask(work)
    async with unit_of_work(house.database, house.clock) as work:
        assert await store.lease(work, check_id, SETTLED)
    desk = CompareDesk(house.database, house.clock, house.bus, Elsewhere(house=house))
    assert await go_on(desk) == 0
    house.clock.advance(SETTLED)
    assert await go_on(desk) == 1
    async with house.database.reading() as connection:
        check = await store.open_check(connection)
    assert check is not None
    assert isinstance(check.compared_at, datetime)


async def test_what_is_known_of_a_difference_stays_until_another_order_takes_its_place(house: SyncHouse) -> None:
    async def found(generation: int) -> tuple[datetime, datetime | None]:
        source = Elsewhere(Decided(record_id(1), "credit_sites", generation, shown=True), house=house)
        async with unit_of_work(house.database, house.clock) as work:
            await ask(work)
        await carry_out(house, source)
        async with house.database.reading() as connection:
            [row] = await store.list_differences(connection, None, 10)
        return row.found_at, row.repeated_at

    first = await found(2)
    assert first[1] is not None
    assert await found(2) == first
    later = await found(3)
    assert later[0] > first[0]
    assert later[1] != first[1]
