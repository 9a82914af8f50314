"""The public column shows what is online today by the clock, masked, and nothing else (G04, G12)."""

import csv
import random
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser
from sqlalchemy import select, text

from services.disclosure import tables
from services.disclosure.column import store
from services.disclosure.column.domain.search import By, Search
from services.disclosure.column.tables import column_entry
from shared.clock import start_of_legal_day
from shared.contracts.records import Record
from shared.vocabulary import SubjectKind
from shared.web.rate import Buckets
from tests.support import told
from tests.support.register import HEAR, admit, code, move_to, penalty, run_expiry, today
from tests.support.services import RunningService

DECIDED = date(2026, 10, 30)
LAST_DAY = date(2027, 10, 30)


@pytest.fixture(autouse=True)
def unhurried(disclosure: RunningService) -> None:
    """A test may ask as often as it likes."""
    app_of(disclosure).state.column_limits = Buckets(burst=1e9, a_second=1e9)


def app_of(disclosure: RunningService) -> Any:
    return disclosure.client._transport.app  # type: ignore[attr-defined]


async def look(disclosure: RunningService, path: str, **headers: str) -> httpx.Response:
    """As the public: no token, no cookie."""
    return await disclosure.client.get(path, headers=headers)


async def found(disclosure: RunningService, query: str = "") -> list[str]:
    answer = await look(disclosure, f"/v1/column/records?{query}")
    assert answer.status_code == 200, answer.text
    return [item["subject_name"] for item in answer.json()["items"]]


async def test_a_record_is_found_by_name_code_and_document_number_however_it_is_typed(
    disclosure: RunningService,
) -> None:
    await admit(disclosure, penalty(1, DECIDED, name="南通样例(化工)ABC有限公司"), penalty(2, DECIDED))
    name = ["南通样例(化工)ABC有限公司"]
    for typed in (
        "q=南通样例",
        "q=南通 样例（化工）ａｂｃ",
        f"q={code(1)}",
        f"q={code(1).lower()}&by=code",
        "q=（苏样）应急罚〔2026〕1号",
        "q=第(苏样)应急罚[2026年]1号",
        "q=化工&by=contains",
    ):
        assert await found(disclosure, typed) == name, typed
    assert await found(disclosure, "q=化工") == []
    assert await found(disclosure, "q=样例第2公司") == ["样例第2公司"]
    assert len(await found(disclosure)) == 2


async def test_while_a_graver_class_waits_the_column_shows_the_later_day_as_the_earliest(
    disclosure: RunningService,
) -> None:
    of = penalty(1, DECIDED)
    await admit(disclosure, of.model_copy(update={"detail": of.detail.model_copy(update={"fine": Decimal(120_000)})}))
    [item] = (await look(disclosure, "/v1/column/records")).json()["items"]
    assert (item["repair_from_on"], item["awaits_confirmation"]) == ("2027-10-31", True)
    page = (await look(disclosure, f"/column/records/{item['record_id']}")).text
    assert "待认定，最早不早于 2027-10-31" in page
    assert "2027-01-31" not in page
    [row] = csv.DictReader(StringIO((await look(disclosure, "/v1/column/records.csv")).text.removeprefix("\ufeff")))
    assert (row["repair_from_on"], row["awaits_confirmation"]) == ("2027-10-31", "true")


async def test_nothing_is_shown_a_moment_after_its_last_day_though_no_timer_ran(disclosure: RunningService) -> None:
    [record_id] = await admit(disclosure, penalty(1, DECIDED))
    paths = ("/v1/column/records?q=样例第", f"/v1/column/records/{record_id}", f"/column/records/{record_id}")
    disclosure.clock.advance(
        start_of_legal_day(LAST_DAY + timedelta(days=1)) - timedelta(microseconds=1) - disclosure.clock.now()
    )
    assert [("样例第1公司" in (await look(disclosure, path)).text) for path in paths] == [True] * 3
    disclosure.clock.advance(timedelta(microseconds=1))
    assert [("样例第1公司" in (await look(disclosure, path)).text) for path in paths] == [False] * 3
    assert [row.state for row in await disclosure.rows(tables.publication)] == ["online"] * 3
    assert (await look(disclosure, paths[1])).status_code == (await look(disclosure, paths[2])).status_code == 404


async def test_no_answer_may_be_kept_beyond_midnight(disclosure: RunningService) -> None:
    await admit(disclosure, penalty(1, DECIDED))
    assert (await look(disclosure, "/column")).headers["Cache-Control"] == "public, max-age=60, must-revalidate"
    disclosure.clock.advance(start_of_legal_day(LAST_DAY) - timedelta(seconds=7.5) - disclosure.clock.now())
    assert (await look(disclosure, "/column")).headers["Cache-Control"] == "public, max-age=7, must-revalidate"


async def test_what_is_taken_down_for_any_reason_is_found_no_more(disclosure: RunningService) -> None:
    repaired, voided, amended, kept = await admit(disclosure, *(penalty(number, DECIDED) for number in range(1, 5)))
    await disclosure.hear(HEAR.repairs, told.repaired(repaired))
    await disclosure.hear(HEAR.records, told.voided(voided))
    person = penalty(3, DECIDED, kind=SubjectKind.NATURAL_PERSON)
    await disclosure.hear(HEAR.records, told.amended(amended, person))
    assert await found(disclosure) == ["样例第4公司"]
    assert [row.record_id for row in await disclosure.rows(column_entry)] == [kept]


async def test_an_amended_record_is_found_by_its_new_name_only(disclosure: RunningService) -> None:
    [record_id] = await admit(disclosure, penalty(1, DECIDED, name="南通旧名样例公司"))
    await disclosure.hear(HEAR.records, told.amended(record_id, penalty(1, DECIDED, name="南通新名样例公司")))
    assert await found(disclosure, "q=南通") == ["南通新名样例公司"]
    assert await found(disclosure, "q=南通旧名") == []


async def test_a_natural_person_is_withheld_even_where_a_row_says_online(disclosure: RunningService) -> None:
    [record_id] = await admit(disclosure, penalty(1, DECIDED))
    async with disclosure.work() as work:
        await work.connection.execute(tables.disclosed_record.update().values(subject_kind="natural_person"))
    assert (await look(disclosure, f"/v1/column/records/{record_id}")).status_code == 404


async def test_the_index_alone_shows_nothing(disclosure: RunningService) -> None:
    """A leftover row of the search index meets the state of the publication."""
    await admit(disclosure, penalty(1, DECIDED))
    async with disclosure.work() as work:
        await work.connection.execute(tables.publication.update().values(state="offline"))
    assert await found(disclosure) == []
    assert await found(disclosure, "q=样例&by=contains") == []


async def test_personal_numbers_in_texts_and_the_representative_are_masked(disclosure: RunningService) -> None:
    facts = "负责人（身份证110101199003070011、手机13912345678）未培训。"
    of = penalty(1, DECIDED, facts=facts)
    of = of.model_copy(update={"subject": of.subject.model_copy(update={"legal_representative": "样例乙"})})
    [record_id] = await admit(disclosure, of)
    for path in (f"/v1/column/records/{record_id}", f"/column/records/{record_id}", "/v1/column/records.csv"):
        text = (await look(disclosure, path)).text
        assert "139****5678" in text
        assert "13912345678" not in text
        assert "样例乙" not in text


async def test_the_entry_tells_its_legal_basis_window_and_last_day(disclosure: RunningService) -> None:
    [record_id] = await admit(disclosure, penalty(1, DECIDED))
    entry = (await look(disclosure, f"/v1/column/records/{record_id}")).json()
    assert (entry["opens_on"], entry["closes_on"], entry["severity"]) == ("2026-10-30", "2027-10-30", "ordinary")
    assert entry["article"]
    assert entry["rule"].startswith("ndrc-36-2026/ordinary")
    assert entry["content"]["legal_basis"] == "《中华人民共和国安全生产法》第九十七条"


async def test_pages_follow_each_other_without_gap_or_repetition(disclosure: RunningService) -> None:
    names = [f"南通样例{number:03d}公司" for number in range(23)]
    await admit(disclosure, *(penalty(at + 1, DECIDED, name=name) for at, name in enumerate(names)))
    for query in ("q=南通样例", ""):
        seen: list[str] = []
        cursor = ""
        while True:
            page = (await look(disclosure, f"/v1/column/records?{query}&limit=5{cursor}")).json()
            seen += [item["subject_name"] for item in page["items"]]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
        assert sorted(seen) == names


@pytest.mark.parametrize(
    ("by", "index"),
    [
        (By.NAME, "name_key"),
        (By.CODE, "subject_key"),
        (By.DOCUMENT, "document_key"),
        (By.NEWEST, "decided_on"),
        (By.CONTAINS, "decided_on"),
    ],
)
async def test_a_search_begins_with_its_own_index_and_never_sorts_the_register(
    disclosure: RunningService, by: By, index: str
) -> None:
    if disclosure.database.dialect != "sqlite":
        pytest.skip("PostgreSQL plans by statistics, which an empty table does not have")
    statement = store.searching(Search(by, "样例"), DECIDED, None, 51)
    async with disclosure.database.reading() as connection:
        text_of = str(statement.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True}))
        plan = [row.detail for row in await connection.execute(text(f"EXPLAIN QUERY PLAN {text_of}"))]
    assert any(f"column_entry USING COVERING INDEX ix_column_entry_{index}" in line for line in plan) or any(
        f"column_entry USING INDEX ix_column_entry_{index}" in line for line in plan
    )
    assert not [line for line in plan if "ix_publication" in line or line.startswith("SCAN publication")]
    # Only the page itself is sorted, after it was found, and the bounded set of `CONTAINS`.
    assert by is By.CONTAINS or not [line for line in plan[:-1] if "TEMP B-TREE" in line]


async def test_a_csv_cell_is_never_a_formula(disclosure: RunningService) -> None:
    await admit(disclosure, penalty(1, DECIDED, name="=CMD|'/C calc'!A1"), penalty(2, DECIDED, facts="＝1+1"))
    answer = await look(disclosure, "/v1/column/records.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(StringIO(answer.text.removeprefix("\ufeff"))))
    assert {row["subject_name"] for row in rows} == {"'=CMD|'/C calc'!A1", "样例第2公司"}
    assert "'＝1+1" in {row["violation_facts"] for row in rows}


async def test_the_page_runs_no_script_and_shows_markup_as_text(disclosure: RunningService) -> None:
    [record_id] = await admit(disclosure, penalty(1, DECIDED, name="<script>alert(1)</script>公司"))
    for path in ("/column?q=<script>x</script>", "/column", f"/column/records/{record_id}?lang=en"):
        answer = await look(disclosure, path)
        page = HTMLParser(answer.text)
        assert not page.css("script, [style], [onclick], iframe, img")
        assert "set-cookie" not in answer.headers
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "<script>alert(1)</script>公司" in (page.css_first("h1").text())


async def test_the_page_is_chinese_first_and_switches_to_english(disclosure: RunningService) -> None:
    [record_id] = await admit(disclosure, penalty(1, DECIDED))
    chinese = HTMLParser((await look(disclosure, f"/column/records/{record_id}")).text)
    assert chinese.css_first("html").attributes["lang"] == "zh-CN"
    other = chinese.css_first("header a[lang=en]").attributes["href"]
    english = HTMLParser((await look(disclosure, str(other))).text)
    assert english.css_first("html").attributes["lang"] == "en"
    assert "Last day of publication" in english.body.text()  # type: ignore[union-attr]
    style = await look(disclosure, "/column/style.css")
    assert "prefers-color-scheme: dark" in style.text


@pytest.mark.parametrize("page", ["/column", "/column/statements", "/column/serious-list", "/column/records/0"])
async def test_a_visitor_who_reads_another_language_sees_the_chinese_page(
    disclosure: RunningService, page: str
) -> None:
    foreign, chinese = await look(disclosure, f"{page}?lang=fr"), await look(disclosure, page)
    assert (foreign.status_code, foreign.text) == (chinese.status_code, chinese.text)
    assert (await disclosure.client.head(page)).status_code == chinese.status_code


async def test_an_unchanged_page_is_not_sent_again(disclosure: RunningService) -> None:
    await admit(disclosure, penalty(1, DECIDED))
    first = await look(disclosure, "/v1/column/records")
    again = await look(disclosure, "/v1/column/records", **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    await admit(disclosure, penalty(2, DECIDED))
    changed = await look(disclosure, "/v1/column/records", **{"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("q=a", 422),
        (f"q={'长' * 101}", 422),
        (f"q={'x' * 201}", 422),
        ("q=%00%00ab&by=name", 422),
        ("q=%25%25&by=contains", 200),
        ("q=ab&by=everything", 422),
        ("cursor=WzEsMl0", 422),
        ("cursor=WyJcdTAwMDAiLCJhIl0&q=ab", 422),
        ("cursor=WyJcdWQ4MDAiLCJhIl0&q=ab", 422),
    ],
)
async def test_no_search_text_breaks_the_column(disclosure: RunningService, query: str, status: int) -> None:
    assert (await look(disclosure, f"/v1/column/records?{query}")).status_code == status


async def test_a_search_that_cannot_be_done_is_a_page_with_a_hint(disclosure: RunningService) -> None:
    answer = await look(disclosure, "/column?q=a")
    assert answer.status_code == 200
    assert HTMLParser(answer.text).css_first("[role=alert]") is not None


@pytest.mark.parametrize("page", ["/column", "/column/statements", "/column/serious-list"])
@pytest.mark.parametrize("cursor", ["zzz", "WyJ4IiwiXHUwMDAwIl0"])
async def test_a_visitor_with_a_mangled_link_sees_a_page(disclosure: RunningService, page: str, cursor: str) -> None:
    answer = await look(disclosure, f"{page}?cursor={cursor}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")


async def test_who_knows_the_middle_of_a_name_is_led_to_the_search_that_finds_it(disclosure: RunningService) -> None:
    await admit(disclosure, penalty(1, DECIDED))
    tree = HTMLParser((await look(disclosure, "/column?q=第1公")).text)
    [link] = [one for one in tree.css("main a") if one.text() == "按“名称包含”再查一次"]
    assert "样例第1公司" in (await look(disclosure, str(link.attributes["href"]))).text
    for other in ("样例第1", "样例不存在公司&by=contains", code(2)):
        assert "再查一次" not in (await look(disclosure, f"/column?q={other}")).text


@pytest.mark.parametrize("path", ["/column/records/x", f"/column/records/{'0' * 32}", "/v1/column/records/x"])
async def test_an_unknown_record_is_not_found(disclosure: RunningService, path: str) -> None:
    assert (await look(disclosure, path)).status_code == 404


async def test_who_asks_too_often_is_told_when_to_come_again(disclosure: RunningService) -> None:
    now = [0.0]
    app_of(disclosure).state.column_limits = Buckets(burst=3, a_second=0.5, seconds=lambda: now[0])
    answers = [await look(disclosure, "/column/style.css") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].headers["Retry-After"] == "2"
    now[0] = 2.0
    assert (await look(disclosure, "/column/style.css")).status_code == 200


async def test_after_any_history_the_column_shows_exactly_what_is_online_by_the_clock(
    disclosure: RunningService,
) -> None:
    chance = random.Random(4)
    known: dict[str, Record] = {}
    generations: dict[str, int] = {}
    for step in range(60):
        arriving = [
            penalty(step * 3 + at + 1, _decided(chance, today(disclosure))) for at in range(chance.randrange(3))
        ]
        known |= dict(zip(await admit(disclosure, *arriving), arriving, strict=True)) if arriving else {}
        if known and chance.random() < 0.5:
            await _something_happens(disclosure, chance, known, generations)
        move_to(disclosure, today(disclosure) + timedelta(days=chance.randrange(0, 15)), hours=chance.random() * 23)
        if chance.random() < 0.3:
            await run_expiry(disclosure)
        page = (await look(disclosure, "/v1/column/records?limit=500")).json()
        lawful = await _lawful(disclosure)
        assert {item["record_id"] for item in page["items"]} == lawful
        if step % 6 == 0:
            await _found_nowhere_else(disclosure, known, lawful)
        for item in page["items"]:
            assert item["opens_on"] <= today(disclosure).isoformat() <= item["closes_on"]


async def _found_nowhere_else(disclosure: RunningService, known: Iterable[str], lawful: set[str]) -> None:
    """By file, by page, and one by one: the same records, and nothing of the others."""
    lines = csv.DictReader(
        StringIO((await look(disclosure, "/v1/column/records.csv?limit=500")).text.removeprefix("\ufeff"))
    )
    assert {line["record_id"] for line in lines} == lawful
    html = (await look(disclosure, "/column?limit=500")).text
    assert {record_id for record_id in known if record_id in html} == lawful
    for record_id in known:
        status = 200 if record_id in lawful else 404
        assert (await look(disclosure, f"/v1/column/records/{record_id}")).status_code == status
        page = await look(disclosure, f"/column/records/{record_id}")
        assert page.status_code in ({200} if record_id in lawful else {303, 404})


def _decided(chance: random.Random, day: date) -> date:
    return day - timedelta(days=chance.choice((1, 30, 200, 355, 363, 364, 365, 500)))


async def _something_happens(
    disclosure: RunningService, chance: random.Random, known: dict[str, Record], generations: dict[str, int]
) -> None:
    record_id = chance.choice(sorted(known))
    generation = generations[record_id] = generations.get(record_id, 1) + 1
    happening = chance.choice(("repaired", "voided", "amended"))
    if happening == "repaired":
        await disclosure.hear(HEAR.repairs, told.repaired(record_id, today(disclosure)))
    elif happening == "voided":
        await disclosure.hear(HEAR.records, told.voided(record_id, generation, today(disclosure)))
    else:
        changed = replace_facts(known[record_id], f"第{generation}次更正。")
        await disclosure.hear(HEAR.records, told.amended(record_id, changed, generation, today(disclosure)))


def replace_facts(of: Record, facts: str) -> Record:
    return of.model_copy(update={"detail": of.detail.model_copy(update={"violation_facts": facts})})


async def _lawful(disclosure: RunningService) -> set[str]:
    """Straight from the publications and the calendar day."""
    shown = tables.publication.c
    day = today(disclosure)
    async with disclosure.database.reading() as connection:
        rows = await connection.execute(select(shown.record_id, shown.state, shown.closes_on, shown.audience))
        return {
            row.record_id
            for row in rows
            if row.audience == "own_column" and row.state == "online" and day <= row.closes_on
        }
