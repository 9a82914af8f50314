"""A withdrawn decision leaves the column at once, and its reasons stand there instead for a while (art. 48)."""

import csv
from datetime import date, timedelta
from io import StringIO
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from services.disclosure.statements.tables import public_statement
from shared.contracts.events import PublicationOffline, PublicationOnline, RecordAmended, RecordVoided, Withdrawal
from shared.policy.table import PackError
from shared.vocabulary import SubjectKind, WithdrawalKind
from shared.web.rate import Buckets
from tests.support import told
from tests.support.register import HEAR, admit, code, move_to, penalty, today
from tests.support.services import RunningService

DECIDED = date(2026, 10, 1)
WITHDRAWN = date(2026, 11, 2)
LAST_DAY = date(2027, 2, 2)  # three months after the statement was published


def withdrawn(record_id: str, reasons: str = "行政复议决定撤销。", generation: int = 2) -> RecordVoided:
    withdrawal = Withdrawal(kind=WithdrawalKind.REVOKED, statement_of_reasons=reasons, withdrawn_on=WITHDRAWN)
    return RecordVoided(record_id=record_id, generation=generation, withdrawal=withdrawal)


def changed(
    record_id: str, reasons: str, generation: int, withdrawn_on: date = WITHDRAWN, decided_on: date = DECIDED
) -> RecordAmended:
    change = Withdrawal(kind=WithdrawalKind.AMENDED, statement_of_reasons=reasons, withdrawn_on=withdrawn_on)
    amended = told.amended(record_id, penalty(1, decided_on, facts="变更后的事实。"), generation)
    return amended.model_copy(update={"change": change})


def corrected(record_id: str, generation: int) -> RecordAmended:
    """A correction of data, with no change of the decision."""
    return told.amended(record_id, penalty(1, DECIDED, facts="更正后的事实。"), generation)


async def reasons_of(disclosure: RunningService) -> list[str]:
    return [one["reasons"] for one in await items(disclosure)]


async def look(disclosure: RunningService, path: str, **headers: str) -> httpx.Response:
    return await disclosure.client.get(path, headers=headers)


async def items(disclosure: RunningService, query: str = "") -> list[dict[str, Any]]:
    answer = await look(disclosure, f"/v1/column/statements?{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


@pytest.fixture(autouse=True)
def unhurried(disclosure: RunningService) -> None:
    app: Any = disclosure.client._transport.app  # type: ignore[attr-defined]
    app.state.column_limits = Buckets(burst=1e9, a_second=1e9)


async def test_after_a_withdrawal_the_column_shows_the_reasons_and_nothing_of_the_penalty(
    disclosure: RunningService,
) -> None:
    record_id, other = await admit(disclosure, penalty(1, DECIDED, facts="未培训样例事实。"), penalty(2, DECIDED))
    assert await items(disclosure) == []
    await disclosure.hear(HEAR.records, withdrawn(record_id))
    assert (await look(disclosure, f"/v1/column/records/{record_id}")).status_code == 404
    [one] = await items(disclosure)
    assert one["record_id"] == record_id
    assert one["withdrawal_kind"] == "revoked"
    assert one["authority"] == "南通市应急管理局"
    assert (one["withdrawn_on"], one["reasons"]) == (WITHDRAWN.isoformat(), "行政复议决定撤销。")
    assert (one["published_on"], one["closes_on"]) == (today(disclosure).isoformat(), LAST_DAY.isoformat())
    for path in ("/v1/column/statements", f"/v1/column/statements/{record_id}", f"/column/statements/{record_id}"):
        text = (await look(disclosure, path)).text
        assert "行政复议决定撤销" in text
        assert [word for word in ("未培训", "罚款", "60000", "第九十七条") if word in text] == []
    assert (await look(disclosure, f"/v1/column/statements/{other}")).status_code == 404


async def test_a_visitor_of_the_old_page_is_led_to_the_reasons(disclosure: RunningService) -> None:
    [record_id] = await admit(disclosure, penalty(1, DECIDED))
    await disclosure.hear(HEAR.records, withdrawn(record_id))
    answer = await look(disclosure, f"/column/records/{record_id}?lang=en")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/column/statements/{record_id}?lang=en")
    page = await look(disclosure, answer.headers["Location"])
    assert "Revoked" in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


async def test_the_statement_stands_to_the_end_of_its_last_day_and_not_a_day_longer(disclosure: RunningService) -> None:
    [record_id] = await admit(disclosure, penalty(1, DECIDED))
    await disclosure.hear(HEAR.records, withdrawn(record_id))
    paths = ("/v1/column/statements", f"/v1/column/statements/{record_id}", f"/column/statements/{record_id}")
    move_to(disclosure, LAST_DAY, hours=23.9)
    assert [("样例第1公司" in (await look(disclosure, path)).text) for path in paths] == [True] * 3
    kept = (await look(disclosure, paths[0])).headers["Cache-Control"]
    assert kept == "public, max-age=60, must-revalidate"
    move_to(disclosure, LAST_DAY + timedelta(days=1), hours=0)
    assert [("样例第1公司" in (await look(disclosure, path)).text) for path in paths] == [False] * 3
    assert (await look(disclosure, f"/column/records/{record_id}")).status_code == 404


async def test_statements_are_found_by_name_code_and_document_number_and_as_csv(disclosure: RunningService) -> None:
    first, second = await admit(disclosure, penalty(1, DECIDED, name="=1+1样例公司"), penalty(2, DECIDED))
    await disclosure.hear(HEAR.records, withdrawn(first), withdrawn(second))
    for query in ("q==1", f"q={code(1)}", "q=（苏样）应急罚[2026年]1号"):
        assert [one["record_id"] for one in await items(disclosure, query)] == [first], query
    pages = [await look(disclosure, "/v1/column/statements?limit=1")]
    pages.append(await look(disclosure, f"/v1/column/statements?limit=1&cursor={pages[0].json()['next']}"))
    assert sorted(page.json()["items"][0]["record_id"] for page in pages) == sorted((first, second))
    assert pages[1].json()["next"] is None
    lines = list(csv.DictReader(StringIO((await look(disclosure, "/v1/column/statements.csv")).text[1:])))
    assert {line["subject_name"] for line in lines} == {"'=1+1样例公司", "样例第2公司"}
    again = await look(
        disclosure,
        "/v1/column/statements",
        **{"If-None-Match": (await look(disclosure, "/v1/column/statements")).headers["ETag"]},
    )
    assert again.status_code == 304


@pytest.mark.parametrize(
    "query", ["q=a", "cursor=WzEsMl0", "cursor=WyJ4IiwiXHUwMDAwIl0", "cursor=zzz", f"q={'长' * 101}"]
)
async def test_no_search_text_breaks_the_statements(disclosure: RunningService, query: str) -> None:
    assert (await look(disclosure, f"/v1/column/statements?{query}")).status_code == 422
    assert (await look(disclosure, f"/column/statements?{query}")).status_code == 200


async def test_personal_numbers_in_the_reasons_are_masked_everywhere(disclosure: RunningService) -> None:
    [record_id] = await admit(disclosure, penalty(1, DECIDED))
    await disclosure.take_told()
    await disclosure.hear(HEAR.records, withdrawn(record_id, "当事人身份证110101199003070011有误。"))
    [one] = await items(disclosure)
    orders = [event for event in await disclosure.told() if isinstance(event, PublicationOffline)]
    assert orders
    for text in (one["reasons"], *(str(order.public_statement) for order in orders)):
        assert "110101199003070011" not in text
        assert "有误" in text


async def test_what_had_left_the_publics_sight_before_is_not_recalled_to_it(disclosure: RunningService) -> None:
    repaired, over, person, unknown = (
        *(await admit(disclosure, penalty(1, DECIDED), penalty(2, date(2025, 11, 5)))),
        *(await admit(disclosure, penalty(3, DECIDED, kind=SubjectKind.NATURAL_PERSON))),
        "0" * 32,
    )
    await disclosure.hear(HEAR.repairs, told.repaired(repaired))
    move_to(disclosure, date(2026, 11, 6))  # the window of the second is over, and no timer ran
    await disclosure.hear(HEAR.records, *(withdrawn(one) for one in (repaired, over, person, unknown)))
    assert await disclosure.rows(public_statement) == []


@pytest.mark.parametrize("end", ["repaired", "expired"])
async def test_the_reasons_of_a_change_name_nobody_whose_record_has_left_the_column(
    disclosure: RunningService, end: str
) -> None:
    decided_on = DECIDED if end == "repaired" else date(2025, 11, 5)
    [record_id] = await admit(disclosure, penalty(1, decided_on))
    await disclosure.hear(HEAR.records, changed(record_id, "复议决定变更罚款金额。", 2, decided_on=decided_on))
    paths = (
        "/v1/column/statements",
        f"/v1/column/statements?q={code(1)}",
        "/v1/column/statements.csv",
        f"/v1/column/statements/{record_id}",
        "/column/statements",
        f"/column/statements/{record_id}",
    )
    assert ["样例第1公司" in (await look(disclosure, path)).text for path in paths] == [True] * len(paths)
    if end == "repaired":
        await disclosure.hear(HEAR.repairs, told.repaired(record_id))
    else:  # and no timer ran
        move_to(disclosure, date(2026, 11, 6))
    assert ["样例第1公司" in (await look(disclosure, path)).text for path in paths] == [False] * len(paths)
    assert (await look(disclosure, f"/column/records/{record_id}")).status_code == 404


async def test_the_reasons_of_a_change_are_public_whatever_arrives_before_or_with_it(
    disclosure: RunningService,
) -> None:
    early, together, older = await admit(disclosure, *(penalty(number, DECIDED) for number in (1, 2, 3)))
    await disclosure.hear(HEAR.records, corrected(early, 3))
    await disclosure.take_told()
    await disclosure.hear(HEAR.records, changed(early, "先到更正，后到变更。", 2))
    assert await disclosure.take_told() == []
    assert await reasons_of(disclosure) == ["先到更正，后到变更。"]
    await disclosure.hear(HEAR.records, changed(together, "一并到达。", 2), corrected(together, 3))
    assert sorted(await reasons_of(disclosure)) == ["一并到达。", "先到更正，后到变更。"]
    shown = [one for one in await disclosure.take_told() if isinstance(one, PublicationOnline)]
    assert {one.due_at.isoformat() for one in shown} == {"2026-11-05T16:00:00+00:00"}  # the term of a change
    await disclosure.hear(HEAR.records, changed(older, "新的变更。", 3))
    await disclosure.hear(HEAR.records, changed(older, "旧的变更。", 2, date(2026, 10, 20)))
    assert "新的变更。" in await reasons_of(disclosure)
    assert "旧的变更。" not in await reasons_of(disclosure)


async def test_a_late_change_of_a_record_that_left_the_column_recalls_nothing(disclosure: RunningService) -> None:
    [record_id] = await admit(disclosure, penalty(1, DECIDED))
    await disclosure.hear(HEAR.records, corrected(record_id, 3))
    await disclosure.hear(HEAR.repairs, told.repaired(record_id))
    await disclosure.hear(HEAR.records, changed(record_id, "迟到的变更。", 2))
    assert await disclosure.rows(public_statement) == []


async def test_a_withdrawal_told_twice_leaves_one_statement(disclosure: RunningService) -> None:
    [record_id] = await admit(disclosure, penalty(1, DECIDED))
    await disclosure.hear(HEAR.records, withdrawn(record_id), withdrawn(record_id))
    await disclosure.hear(HEAR.records, withdrawn(record_id, "另一理由。", generation=3))
    [row] = await disclosure.rows(public_statement)
    assert row.reasons == "行政复议决定撤销。"


@pytest.mark.parametrize("reasons", ["", " ", "\u3000\n"])
def test_a_withdrawal_without_public_reasons_is_no_event(reasons: str) -> None:
    with pytest.raises(ValidationError):
        Withdrawal(kind=WithdrawalKind.VOID, statement_of_reasons=reasons, withdrawn_on=WITHDRAWN)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"period": "three months"}, "period"),
        ({"citation": " "}, "citation is missing"),
        ({"kinds": []}, "kinds"),
        ({"forever": True}, "unknown key"),
    ],
)
def test_a_broken_rule_is_refused_with_file_and_reason(changed: dict[str, Any], reason: str) -> None:
    from services.disclosure.statements.domain.rule import parse_rule

    whole = {"kinds": ["penalty"], "period": "P3M", "article": "第四十八条", "citation": "x", "confidence": "proposal"}
    assert parse_rule(whole).period.months == 3
    with pytest.raises(PackError, match=reason) as refused:
        parse_rule({**whole, **changed})
    assert refused.value.file == "disclosure/statements.toml"
