"""Every record that other packs would change is found again, by pages or as one file, for as long as it is kept."""

import asyncio
import csv
import json
import shutil
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from services.disclosure.app import TABLES
from services.disclosure.policy import store
from services.disclosure.policy.changes import store as changes
from services.disclosure.policy.compare_packs import work_off_comparison
from services.disclosure.policy.tables import comparison, comparison_change
from services.disclosure.rules import Law, LawInForce
from shared.clock import wall_time
from shared.database.engine import Database
from shared.database.migrate import upgrade
from shared.ids import new_id
from shared.messaging.unit_of_work import unit_of_work
from shared.policy.compare import Change, ChangeKind
from shared.vocabulary import Audience
from tests.support import told
from tests.support.law import LAW_OFFICER, LawHouse
from tests.support.packs import agreeing, ordinary
from tests.support.rows import OTHER_AUTHORITY
from tests.support.services import RunningService, running_service, statements

SHORTER = agreeing(ordinary("P6M"))


@pytest.fixture
async def house(disclosure: RunningService) -> LawHouse:
    disclosure.token = LAW_OFFICER
    return await LawHouse.opened(disclosure)


async def ask(house: LawHouse) -> str:
    asked = await house.service.post("/v1/policy/comparisons", {"files": SHORTER})
    comparison_id: str = asked.json()["comparison_id"]
    return comparison_id


async def work_off(house: LawHouse, law: LawInForce | None = None, at_once: int = 3) -> int:
    return await work_off_comparison(house.service.database, house.service.clock, law or house.book, at_once)


async def pages(house: LawHouse, comparison_id: str, query: str = "") -> list[Any]:
    items: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        more = f"&cursor={cursor}" if cursor else ""
        path = f"/v1/policy/comparisons/{comparison_id}/changes?limit=4&total=true{query}{more}"
        page = (await house.service.get(path)).json()
        items, cursor = items + page["items"], page["next"]
    assert page["total"] == {"items": len(items), "or_more": False}
    return items


async def test_every_change_is_read_by_pages_and_as_one_file(house: LawHouse) -> None:
    here = [told.admitted() for _ in range(5)]
    there = [told.admitted(of=told.record(authority=OTHER_AUTHORITY)) for _ in range(2)]
    await house.hear(*here, *there)
    comparison_id = await ask(house)
    path = f"/v1/policy/comparisons/{comparison_id}"
    waiting = [await house.service.get(f"{path}/{one}") for one in ("changes", "changes.csv")]
    assert [one.status_code for one in waiting] == [409, 409]
    assert await work_off(house) == 1
    found = await pages(house, comparison_id)
    assert [(one["record_id"], one["audience"]) for one in found] == [
        (record_id, audience) for record_id in sorted(one.record_id for one in (*here, *there)) for audience in Audience
    ]
    assert {(one["closes_on"], one["new_closes_on"], *one["kinds"]) for one in found} == {
        ("2027-10-30", "2027-04-30", "shorter")
    }
    result = (await house.service.get(path)).json()["result"]
    assert result["changes_in_all"] == 21 and "changes" not in result
    assert {one["record_id"] for one in await pages(house, comparison_id, "&city=320700")} == {
        one.record_id for one in there
    }
    assert len(await pages(house, comparison_id, "&audience=own_column&kind=shorter")) == 7
    assert await pages(house, comparison_id, "&kind=appears") == []
    file = await house.service.get(f"{path}/changes.csv?city=320600")
    lines = list(csv.DictReader(file.text.removeprefix("\ufeff").splitlines()))
    assert {line["record_id"] for line in lines} == {one.record_id for one in here} and len(lines) == 15
    assert (lines[0]["kinds"], lines[0]["new_closes_on"]) == ("shorter", "2027-04-30")
    for unknown in ("changes", "changes.csv"):
        assert (await house.service.get(f"/v1/policy/comparisons/{new_id()}/{unknown}")).status_code == 404
    assert (await house.service.get(f"{path}/changes?cursor=WyJhIl0")).status_code == 422
    assert (await house.service.get(f"{path}/changes", scope="repair:read")).status_code == 403


async def test_storing_the_changes_takes_as_many_statements_for_many_as_for_few(house: LawHouse) -> None:
    sent_for = []
    for size in (3, 60):
        await house.hear(*(told.admitted() for _ in range(size)))
        await ask(house)
        with statements() as sent:
            assert await work_off(house, at_once=2_000) == 1
        sent_for.append(len(sent))
    assert sent_for[1] <= sent_for[0] + 2


async def test_who_takes_over_from_a_process_that_died_begins_anew_and_the_late_one_changes_nothing(
    house: LawHouse,
) -> None:
    await house.hear(*(told.admitted() for _ in range(3)))
    comparison_id = await ask(house)
    async with house.service.work() as work:
        died = await store.lease_comparison(work, wall_time(), wall_time() - timedelta(seconds=1))
        assert died
        assert await store.note_compared(work, comparison_id, died.begun_at, 1, 3, wall_time() - timedelta(seconds=1))
        left = [_change(number) for number in range(40)]
        await changes.keep(work, comparison_id, 0, left)
    assert await work_off(house) == 1
    assert len(await pages(house, comparison_id)) == 9
    async with house.service.work() as work:
        assert not await store.note_compared(work, comparison_id, died.begun_at, 2, 3, wall_time())
        assert not await store.finish_comparison(work, comparison_id, died.begun_at, "{}")


async def test_a_process_that_lost_its_comparison_stores_nothing_more_of_it(house: LawHouse) -> None:
    await house.hear(*(told.admitted() for _ in range(5)))
    comparison_id = await ask(house)

    class Overtaken(Law):
        """The law as a slow process reads it: meanwhile another one begins anew."""

        async def current(self, connection: Any) -> Law:
            law = await house.book.current(connection)
            async with unit_of_work(house.service.database, house.service.clock) as work:
                later = wall_time() + timedelta(hours=1)
                assert await store.lease_comparison(work, later, later)
            return law

    async with house.service.database.reading() as connection:
        law = await house.book.current(connection)
    overtaken = Overtaken(law.evaluator, law.calendar)
    assert await work_off(house, overtaken) == 0
    assert await house.service.rows(comparison_change) == []
    [row] = await house.service.rows(comparison)
    assert row.finished_at is None and row.comparison_id == comparison_id


async def test_a_comparison_is_forgotten_with_its_changes_when_its_days_are_over(house: LawHouse) -> None:
    await house.hear(*(told.admitted() for _ in range(2)))
    old = await ask(house)
    await work_off(house)
    house.pass_days(60)
    new = await ask(house)
    await work_off(house)
    house.pass_days(31)

    async def forget() -> int:
        async with house.service.work() as work:
            return await changes.forget_oldest(work, work.now - timedelta(days=90), 4)

    assert [await forget() for _ in range(4)] == [4, 2, 1, 0]
    assert {row.comparison_id for row in await house.service.rows(comparison)} == {new} != {old}
    assert {row.comparison_id for row in await house.service.rows(comparison_change)} == {new}


def test_what_comparisons_of_before_had_listed_is_found_again(database_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "versions"
    folder.mkdir()
    for file in TABLES.versions.glob("00*_*.py"):
        if file.name < "0011":
            shutil.copy(file, folder)
    upgrade(database_url, "disclosure", folder, TABLES.metadata)
    listed = {
        "record_id": new_id(), "city": "320600", "audience": "own_column", "kinds": ["shorter", "severity"],
        "closes_on": "2027-10-30", "new_closes_on": None, "rule_id": "a/b", "new_rule_id": "a/c",
    }  # fmt: skip
    asyncio.run(_finished(database_url, {"records": 1, "changes": [listed], "changes_in_all": 1}))

    async def look() -> tuple[Any, Any]:
        token = {"scope": "disclosure:read"}
        async with running_service("disclosure", database_url, tmp_path, token) as service:
            path = f"/v1/policy/comparisons/{'0' * 32}"
            return (await service.get(path)).json(), (await service.get(f"{path}/changes")).json()

    whole, page = asyncio.run(look())
    assert whole["result"] == {"records": 1, "changes_in_all": 1}
    assert (page["items"], page["next"]) == ([listed], None)


async def _finished(url: str, result: Mapping[str, Any]) -> None:
    values = {
        "comparison_id": "0" * 32, "asked_by": "law-officer", "version": "v", "texts": "{}",
        "result": json.dumps(result),
    }  # fmt: skip
    days = "'2026-11-02 01:00:00+00:00'" if url.startswith("postgresql") else "'2026-11-02 01:00:00.000000'"
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    statement = (
        f"INSERT INTO comparison ({names}, as_of, asked_at, finished_at, compared) "  # noqa: S608 - names of this test
        f"VALUES ({marks}, '2026-11-02', {days}, {days}, 1)"
    )
    database = Database(url, "disclosure")
    try:
        async with database.writing() as connection:
            await connection.execute(text(statement), values)
    finally:
        await database.close()


def _change(number: int) -> Change:
    days = date(2027, 10, 30), date(2027, 4, 30)
    return Change(f"{number:032x}", "320600", Audience.OWN_COLUMN, (ChangeKind.SHORTER,), *days, "a/b", "a/c")
