"""Comparisons are found again, with the very packs that were compared; the form's words come from its layout."""

from datetime import timedelta

import pytest

from services.disclosure.policy import store
from services.disclosure.policy.compare_packs import compare_pack
from shared.clock import legal_date, wall_time
from shared.policy.load import parse_texts, texts_of
from tests.support import told
from tests.support.law import LAW_OFFICER, LawHouse
from tests.support.packs import agreeing, ordinary
from tests.support.services import RunningService

SHORTER = agreeing(ordinary("P6M"))
LONGER = agreeing(ordinary("P2Y"))


@pytest.fixture
async def house(disclosure: RunningService) -> LawHouse:
    disclosure.token = LAW_OFFICER
    return await LawHouse.opened(disclosure)


async def test_comparisons_are_listed_newest_first_page_by_page_and_without_their_results(house: LawHouse) -> None:
    asked = [await house.service.post("/v1/policy/comparisons", {"files": one}) for one in (SHORTER, LONGER)]
    ids = [one.json()["comparison_id"] for one in asked]
    first = (await house.service.get("/v1/policy/comparisons?limit=1")).json()
    assert [one["comparison_id"] for one in first["items"]] == ids[1:]
    assert "result" not in first["items"][0] and first["items"][0]["state"] == "waiting"
    second = (await house.service.get(f"/v1/policy/comparisons?limit=1&cursor={first['next']}")).json()
    assert ([one["comparison_id"] for one in second["items"]], second["next"]) == (ids[:1], None)


async def test_what_was_compared_is_given_back_to_the_letter_and_can_be_adopted(house: LawHouse) -> None:
    asked = (await house.service.post("/v1/policy/comparisons", {"files": SHORTER})).json()
    files = (await house.service.get(f"/v1/policy/comparisons/{asked['comparison_id']}/files")).json()
    assert files == SHORTER != texts_of()
    adopted = await house.service.post("/v1/policy/adoptions", {"files": files, "reason": "法规调整"})
    assert (adopted.status_code, adopted.json()["version"]) == (201, asked["version"])
    unknown = await house.service.get(f"/v1/policy/comparisons/{'0' * 32}/files")
    assert unknown.status_code == 404


async def test_a_stored_window_that_is_shorter_than_the_packs_in_force_is_what_a_comparison_begins_with(
    house: LawHouse,
) -> None:
    await house.hear(told.admitted())
    today = legal_date(house.service.clock.now())
    before = await compare_pack(house.service.database, house.book, parse_texts(SHORTER)[0], today)
    await house.adopt(SHORTER)
    await house.judge_anew()
    await house.adopt(texts_of())
    await house.judge_anew()
    again = await compare_pack(house.service.database, house.book, parse_texts(SHORTER)[0], today)
    assert (before.changed_records, again.records, again.changed_records) == (1, 1, 0)


async def test_a_comparison_that_is_under_way_says_how_far_it_has_come(house: LawHouse) -> None:
    await house.hear(*(told.admitted() for _ in range(3)))
    asked = (await house.service.post("/v1/policy/comparisons", {"files": SHORTER})).json()
    where = f"/v1/policy/comparisons/{asked['comparison_id']}"
    assert (await house.service.get(where)).json()["progress"] is None
    async with house.service.work() as work:
        until = wall_time() + timedelta(minutes=1)
        leased = await store.lease_comparison(work, wall_time() - timedelta(seconds=2), until)
        assert leased
        assert await store.note_compared(work, leased.comparison_id, leased.begun_at, 2, 3, until)
    progress = (await house.service.get(where)).json()["progress"]
    assert (progress["compared"], progress["expected"]) == (2, 3)
    assert 0 < progress["records_per_second"] <= 1 and 1 <= progress["seconds_left"] < 60
    notes: list[tuple[int, int]] = []

    async def note(compared: int, expected: int) -> None:
        notes.append((compared, expected))

    packs = parse_texts(SHORTER)[0]
    await compare_pack(house.service.database, house.book, packs, legal_date(house.service.clock.now()), 2, note=note)
    assert notes == [(2, 3), (3, 3)]


async def test_the_policy_names_the_situations_of_each_list(house: LawHouse) -> None:
    lists = {one["entry_id"]: one for one in (await house.service.get("/v1/policy")).json()["lists"]}
    assert lists["mem-11-2023"]["is_serious_list"] and "11.6.4" in lists["mem-11-2023"]["situations"]


async def test_a_layout_gives_the_words_of_its_sheet_and_the_units_that_fill_it_in(disclosure: RunningService) -> None:
    city = (await disclosure.get("/v1/form-layouts/A")).json()
    assert [one["key"] for one in city["columns"] if one["grouped"]] == ["exit_month_abnormal", "exit_month_repair"]
    assert city["title"].format(unit="南通市", month=11).startswith("南通市11月")
    assert len(city["units"]) == 13 and {"code": "320600", "name": "南通市"} in city["units"]
    province = (await disclosure.get("/v1/form-layouts/B")).json()
    assert [one["code"] for one in province["units"]] == ["320000"] and province["due_day"] > city["due_day"]
