"""Where a pack says so, the own column shows natural persons masked: never found by who they are (R11)."""

from datetime import date

import pytest

from services.disclosure import tables
from services.disclosure.column.tables import column_entry
from services.disclosure.forms.tables import ledger_entry
from services.disclosure.notices.library import load_letters
from services.disclosure.notices.remind import find_due
from services.disclosure.notices.store import read_undelivered
from shared.contracts.events import PublicationOffline, PublicationOnline, RecordAdmitted
from shared.contracts.records import Record, Subject
from shared.vocabulary import Audience, SubjectKind
from shared.web.rate import Buckets
from tests.support import told
from tests.support.law import LAW_OFFICER, LawHouse
from tests.support.packs import Texts, agreeing, changed
from tests.support.services import RunningService

OWN_COLUMN = 'audiences = ["own_column"]\neffect = "withhold"'
FULL_NAME, MASKED_NAME = "王样例", "王**"
NUMBER = "（苏样）应急罚〔2026〕77号"
DIGEST = "hmac:9f0c6a5d3b2e41f7a8c9d0e1f2a3b4c5"
ID_NUMBER = "110101199003070011"


def masking() -> Texts:
    return agreeing(changed("exclusions.toml", OWN_COLUMN, OWN_COLUMN.replace("withhold", "mask")))


@pytest.fixture
async def house(disclosure: RunningService) -> LawHouse:
    disclosure.token = LAW_OFFICER
    app = disclosure.client._transport.app  # type: ignore[attr-defined]
    app.state.column_limits = Buckets(burst=1e9, a_second=1e9)
    return await LawHouse.opened(disclosure)


def person(name: str = MASKED_NAME) -> Record:
    """As ingest tells it: the name masked, the number a keyed digest."""
    of = told.record()
    detail = of.detail.model_copy(update={"violation_facts": f"{MASKED_NAME}（{ID_NUMBER}，13912345678）无证操作。"})
    subject = Subject(kind=SubjectKind.NATURAL_PERSON, key=DIGEST, name=name)
    return of.model_copy(update={"subject": subject, "detail": detail, "document_number": NUMBER})


async def shown(house: LawHouse, name: str = MASKED_NAME) -> RecordAdmitted:
    await house.adopt(masking())
    await house.judge_anew()
    event = told.admitted(of=person(name))
    await house.hear(event)
    return event


async def found(house: LawHouse, query: str) -> list[str]:
    answer = await house.service.client.get(f"/v1/column/records?{query}")
    assert answer.status_code == 200, answer.text
    return [item["record_id"] for item in answer.json()["items"]]


async def test_a_person_is_withheld_until_a_pack_says_masked(house: LawHouse) -> None:
    before = told.admitted(of=person())
    await house.hear(before)
    assert await found(house, "") == []
    event = await shown(house)
    assert await found(house, "") == [event.record_id]
    rows = {
        row.audience: row for row in await house.service.rows(tables.publication) if row.record_id == event.record_id
    }
    assert (rows[Audience.OWN_COLUMN].state, rows[Audience.OWN_COLUMN].masked) == ("online", True)
    assert {rows[audience].state for audience in (Audience.CREDIT_SITES, Audience.MARKET_SUPERVISION)} == {"exempt"}
    orders = [one for one in await house.service.take_told() if isinstance(one, PublicationOnline)]
    assert {(one.record_id, one.audience) for one in orders} == {(event.record_id, Audience.OWN_COLUMN)}


@pytest.mark.parametrize(
    "query",
    [
        f"q={FULL_NAME}",
        f"q={MASKED_NAME}",
        "q=王*",
        f"q={FULL_NAME}&by=contains",
        "q=王*&by=contains",
        f"q={ID_NUMBER}",
        f"q={ID_NUMBER}&by=code",
        f"q={DIGEST}&by=code",
        f"q={DIGEST}&by=name",
    ],
)
async def test_a_masked_person_is_not_found_by_name_or_number(house: LawHouse, query: str) -> None:
    await shown(house)
    assert await found(house, query) == []
    (row,) = await house.service.rows(column_entry)
    assert (row.name_key, row.subject_key) == ("", "")


@pytest.mark.parametrize("name", [MASKED_NAME, FULL_NAME])
async def test_page_json_and_csv_show_the_person_masked(house: LawHouse, name: str) -> None:
    event = await shown(house, name)
    assert await found(house, f"q={NUMBER}") == [event.record_id]
    one = f"/v1/column/records/{event.record_id}"
    for path in (one, "/v1/column/records", "/v1/column/records.csv", f"/column/records/{event.record_id}", "/column"):
        text = (await house.service.client.get(path)).text
        assert MASKED_NAME in text, path
        assert not any(secret in text for secret in (FULL_NAME, ID_NUMBER, "13912345678", DIGEST)), path
    entry = (await house.service.client.get(one)).json()
    assert (entry["subject_name"], entry["uscc"], entry["document_number"]) == (MASKED_NAME, "", NUMBER)


async def test_the_window_of_a_masked_person_explains_the_mask(house: LawHouse) -> None:
    event = await shown(house)
    views = {
        lang: (await house.service.get(f"/v1/records/{event.record_id}/publications?lang={lang}")).json()
        for lang in ("zh", "en")
    }
    own = {lang: next(view for view in found if view["audience"] == "own_column") for lang, found in views.items()}
    assert "隐去身份后公示：自然人。" in own["zh"]["explanation"]
    assert "It is shown with the person masked: natural person." in own["en"]["explanation"]


async def test_persons_are_in_no_figure_of_the_forms(house: LawHouse) -> None:
    await shown(house)
    assert await house.service.rows(ledger_entry) == []


async def test_no_letter_and_no_reminder_waits_for_a_masked_person(house: LawHouse) -> None:
    await shown(house)
    letters = load_letters()
    async with house.service.database.reading() as connection:
        assert await read_undelivered(connection, letters.letters, None, 10) == []
    house.go_to(date(2027, 2, 1))
    async with house.service.work() as work:
        assert await find_due(work, letters.reminder) == 0


async def test_packs_that_withhold_again_take_the_person_down_for_good(house: LawHouse) -> None:
    event = await shown(house)
    await house.service.take_told()
    await house.adopt(changed("selection.toml", 'version = "2026.11"', 'version = "2026.12"'))
    await house.judge_anew()
    gone = [one for one in await house.service.take_told() if isinstance(one, PublicationOffline)]
    assert [(one.record_id, one.audience) for one in gone] == [(event.record_id, Audience.OWN_COLUMN)]
    assert await found(house, "") == []
    assert (await house.service.client.get(f"/v1/column/records/{event.record_id}")).status_code == 404
    await house.adopt(masking())
    await house.judge_anew()
    assert await found(house, "") == []


async def test_what_was_withheld_before_is_not_shown_by_packs_that_mask(house: LawHouse) -> None:
    await house.hear(told.admitted(of=person(), on=date(2026, 11, 2)))
    await house.adopt(masking())
    await house.judge_anew()
    assert await found(house, "") == []
