"""The clean-up campaign: lists, previews, approvals with reason and name, contacts, exit list, progress (A04-A16)."""

import asyncio
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import text

from services.disclosure import tables
from services.disclosure.campaign.exits import pieces_of_exits
from services.disclosure.campaign.tables import campaign_act, campaign_contact, campaign_take_down
from services.disclosure.forms.tables import ledger_entry
from services.disclosure.store import lock_records
from shared.clock import start_of_legal_day
from shared.contracts.events import PublicationOffline, SubjectStatusChanged
from shared.database.upsert import insert_for
from shared.vocabulary import Audience, RegistryStatus, TakeDownReason
from tests.support import told
from tests.support.register import APPROVE, HEAR, OPERATE, admit, code, move_to, penalty, run_expiry, today
from tests.support.services import RunningService

NEW, OLD = date(2026, 10, 1), date(2026, 6, 1)  # OLD may be repaired since September
WINDOW = {"decided_from": "2025-11-01", "decided_to": "2026-11-01"}
_SOMEBODY_WAITS = text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


async def formed(disclosure: RunningService, **window: str) -> str:
    body = {"title": "集中清理", "reason": "苏应急函〔2022〕33号", **(window or WINDOW)}
    answer = await disclosure.post("/v1/campaigns", body, scope=OPERATE)
    assert answer.status_code == 201, answer.text
    return f"/v1/campaigns/{answer.json()['campaign_id']}"


async def register_says(
    disclosure: RunningService, company: int, status: RegistryStatus, generation: int = 1, as_of: date = OLD
) -> None:
    told_so = SubjectStatusChanged(
        uscc=code(company), generation=generation, status=status, as_of=as_of, proof_reference="样例公告1号"
    )
    await disclosure.hear(HEAR.subjects, told_so)


async def preview(disclosure: RunningService, where: str, what: str) -> Any:
    answer = await disclosure.get(f"{where}/preview?what={what}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def approve(disclosure: RunningService, where: str, what: str, digest: str, **changed: Any) -> Any:
    body = {"what": what, "digest": digest, "explanation": "样例公司已注销"} | changed
    return await disclosure.post(f"{where}/take-downs", body, scope=APPROVE, sub="chief")


async def get(disclosure: RunningService, path: str) -> Any:
    answer = await disclosure.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def whole(disclosure: RunningService, path: str) -> list[Any]:
    """A whole list, of which the service says how long it is."""
    page = await get(disclosure, f"{path}{'&' if '?' in path else '?'}total=true")
    assert page["total"] == {"items": len(page["items"]), "or_more": False}
    items: list[Any] = page["items"]
    return items


async def test_the_list_has_the_subjects_of_the_window_in_their_groups(disclosure: RunningService) -> None:
    gone = await admit(
        disclosure,
        penalty(1, OLD, company=1),
        penalty(2, NEW, company=1),
        penalty(3, OLD, company=3),
        penalty(4, NEW, company=4),
        penalty(5, OLD, company=5),
        penalty(6, date(2026, 11, 2), company=6),
    )
    await register_says(disclosure, 1, RegistryStatus.DEREGISTERED)
    await register_says(disclosure, 3, RegistryStatus.REORGANISATION)
    await disclosure.hear(HEAR.repairs, told.repaired(gone[4]))
    where = await formed(disclosure)
    groups = (await get(disclosure, where))["groups"]
    assert groups == {
        "abnormal": {"records": 2, "subjects": 1},
        "repairable": {"records": 1, "subjects": 1},
        "running": {"records": 1, "subjects": 1},
        "left": {"records": 1, "subjects": 1},
    }
    subjects = await whole(disclosure, f"{where}/subjects")
    assert [(one["subject_key"], one["records"]) for one in subjects] == [
        (code(1), 2),
        *((code(n), 1) for n in (3, 4, 5)),
    ]
    assert [one["subject_name"] for one in subjects] == [f"样例第{number}公司" for number in (1, 3, 4, 5)]
    only = await whole(disclosure, f"{where}/subjects?group=repairable")
    assert [one["subject_key"] for one in only] == [code(3)]


async def test_a_batch_of_an_abnormal_operator_goes_down_with_reason_and_approver_beside_each(
    disclosure: RunningService,
) -> None:
    first, second, other = await admit(
        disclosure, penalty(1, OLD, company=1), penalty(2, NEW, company=1), penalty(3, OLD, company=3)
    )
    where = await formed(disclosure)
    assert (await preview(disclosure, where, "abnormal"))["records"] == 0
    await register_says(disclosure, 1, RegistryStatus.BANKRUPTCY_ANNOUNCED)
    before = await disclosure.counts()
    seen = await preview(disclosure, where, "abnormal")
    assert await disclosure.counts() == before  # a dry run
    assert (seen["records"], seen["reason"], seen["more"]) == (2, "subject_gone", False)
    assert seen["by_region"] == {"320613": 2}
    assert seen["first"] == sorted([first, second])
    await disclosure.take_told()
    done = await approve(disclosure, where, "abnormal", seen["digest"])
    assert (done.status_code, done.json()["records"]) == (201, 2)
    ordered = [event for event in await disclosure.take_told() if isinstance(event, PublicationOffline)]
    assert {(one.record_id, one.audience) for one in ordered} == {(r, a) for r in (first, second) for a in Audience}
    day = today(disclosure)
    assert {(one.reason, one.offline_on, one.due_at) for one in ordered} == {
        (TakeDownReason.SUBJECT_GONE, day, start_of_legal_day(day))
    }
    rows = await disclosure.rows(campaign_take_down)
    assert len(rows) == 2 * len(Audience)
    assert {(row.reason, row.approved_by) for row in rows} == {("subject_gone", "chief")}
    [act] = await disclosure.rows(campaign_act)
    assert (act.explanation, act.approved_by, act.records) == ("样例公司已注销", "chief", 2)
    exited = {row.record_id: row.bucket for row in await disclosure.rows(ledger_entry) if row.what == "exited"}
    assert exited == dict.fromkeys((first, second), "abnormal")
    states = {row.record_id: row.state for row in await disclosure.rows(tables.publication)}
    assert states[other] == "online"


async def test_what_was_cleared_does_not_rise_again(disclosure: RunningService) -> None:
    of = penalty(1, OLD)
    [record_id] = await admit(disclosure, of)
    await register_says(disclosure, 1, RegistryStatus.DEREGISTERED)
    where = await formed(disclosure)
    await approve(disclosure, where, "abnormal", (await preview(disclosure, where, "abnormal"))["digest"])
    await register_says(disclosure, 1, RegistryStatus.NORMAL, generation=2)
    await disclosure.take_told()
    await disclosure.hear(HEAR.records, told.amended(record_id, of.model_copy(update={"remark": "更正"})))
    assert await disclosure.told() == []


async def test_grave_records_stay_visible_until_a_person_clears_them_apart(disclosure: RunningService) -> None:
    """A16: no clearance for its own sake."""
    grave, plain = await admit(disclosure, penalty(1, OLD, company=1), penalty(2, OLD, company=1))
    async with disclosure.work() as work:
        shown = tables.publication
        await work.connection.execute(
            shown.update()
            .where(shown.c.record_id == grave, shown.c.audience == "own_column")
            .values(severity="serious")
        )
    await register_says(disclosure, 1, RegistryStatus.DEREGISTERED)
    where = await formed(disclosure)
    seen = await preview(disclosure, where, "abnormal")
    assert (seen["first"], seen["held_back"]) == ([plain], 1)
    assert (await approve(disclosure, where, "abnormal", seen["digest"])).status_code == 201
    assert {row.record_id for row in await disclosure.rows(campaign_take_down)} == {plain}
    apart = await preview(disclosure, where, "grave")
    assert (apart["first"], apart["reason"], apart["held_back"]) == ([grave], "subject_gone", 0)
    assert (await approve(disclosure, where, "abnormal", apart["digest"])).status_code == 409
    assert (await approve(disclosure, where, "grave", apart["digest"])).status_code == 201
    assert {row.record_id for row in await disclosure.rows(campaign_take_down)} == {plain, grave}
    assert {row.what for row in await disclosure.rows(campaign_act)} == {"abnormal", "grave"}


async def test_overdue_records_go_down_where_they_are_overdue_and_nowhere_else(disclosure: RunningService) -> None:
    [record_id] = await admit(disclosure, penalty(1, OLD))
    where = await formed(disclosure)
    async with disclosure.work() as work:  # the own column's window is a year shorter
        shown = tables.publication
        await work.connection.execute(
            shown.update().where(shown.c.audience == "own_column").values(offline_on=date(2026, 10, 1))
        )
    seen = await preview(disclosure, where, "overdue")
    assert (seen["first"], seen["reason"]) == ([record_id], "window_expired")
    assert (await approve(disclosure, where, "overdue", seen["digest"])).status_code == 201
    states = {row.audience: row.state for row in await disclosure.rows(tables.publication)}
    assert states == {"own_column": "offline", "credit_sites": "online", "market_supervision": "online"}
    [exited] = [row for row in await disclosure.rows(ledger_entry) if row.what == "exited"]
    assert (exited.bucket, exited.on_day) == ("expired", date(2026, 10, 1))


async def test_a_list_that_changed_since_the_preview_is_not_taken_down(disclosure: RunningService) -> None:
    await admit(disclosure, penalty(1, OLD, company=1), penalty(2, OLD, company=2))
    await register_says(disclosure, 1, RegistryStatus.DEREGISTERED)
    where = await formed(disclosure)
    seen = await preview(disclosure, where, "abnormal")
    await register_says(disclosure, 2, RegistryStatus.DEREGISTERED)
    refused = await approve(disclosure, where, "abnormal", seen["digest"])
    assert refused.status_code == 409
    again = await preview(disclosure, where, "abnormal")
    assert refused.json()["digest"] == again["digest"]
    assert await disclosure.rows(campaign_act) == []
    assert {row.state for row in await disclosure.rows(tables.publication)} == {"online"}


async def test_a_record_found_serious_at_the_last_moment_is_not_taken_down_with_the_others(
    disclosure: RunningService,
) -> None:
    """The approval has read its list and waits for the records; whoever holds them finds one of them grave."""
    [grave, _] = await admit(disclosure, penalty(1, OLD, company=1), penalty(2, OLD, company=1))
    await register_says(disclosure, 1, RegistryStatus.DEREGISTERED)
    where = await formed(disclosure)
    seen = await preview(disclosure, where, "abnormal")
    async with disclosure.work() as work:
        await lock_records(work, [grave])
        shown = tables.publication
        await work.connection.execute(shown.update().where(shown.c.record_id == grave).values(severity="serious"))
        approving = asyncio.create_task(approve(disclosure, where, "abnormal", seen["digest"]))
        if work.dialect == "postgresql":  # SQLite does not even begin the second one
            for _ in range(1_000):
                if await work.connection.scalar(_SOMEBODY_WAITS):
                    break
                await asyncio.sleep(0.02)
            assert not approving.done()
    refused = await approving
    assert refused.status_code == 409, refused.text
    assert refused.json()["digest"] == (await preview(disclosure, where, "abnormal"))["digest"] != seen["digest"]
    assert await disclosure.rows(campaign_act) == []
    assert {row.state for row in await disclosure.rows(tables.publication)} == {"online"}


@pytest.mark.parametrize("explanation", ["", "   ", "\u200b"])
async def test_there_is_no_take_down_without_a_reason(disclosure: RunningService, explanation: str) -> None:
    await admit(disclosure, penalty(1, OLD))
    await register_says(disclosure, 1, RegistryStatus.DEREGISTERED)
    where = await formed(disclosure)
    seen = await preview(disclosure, where, "abnormal")
    answer = await approve(disclosure, where, "abnormal", seen["digest"], explanation=explanation)
    assert answer.status_code == 422
    assert {row.state for row in await disclosure.rows(tables.publication)} == {"online"}


async def test_only_an_approver_takes_down_and_once_for_one_key(disclosure: RunningService) -> None:
    await admit(disclosure, penalty(1, OLD))
    await register_says(disclosure, 1, RegistryStatus.DEREGISTERED)
    where = await formed(disclosure)
    body = {
        "what": "abnormal",
        "digest": (await preview(disclosure, where, "abnormal"))["digest"],
        "explanation": "注销",
    }
    assert (await disclosure.post(f"{where}/take-downs", body, scope=OPERATE)).status_code == 403
    first = await disclosure.post(f"{where}/take-downs", body, key="one", scope=APPROVE)
    again = await disclosure.post(f"{where}/take-downs", body, key="one", scope=APPROVE)
    assert (first.status_code, again.json()) == (201, first.json())
    assert (await disclosure.post(f"{where}/take-downs", body, scope=APPROVE)).status_code == 409


async def test_more_than_one_batch_is_taken_batch_by_batch(disclosure: RunningService) -> None:
    from services.disclosure.campaign.clean_up import AT_ONCE
    from services.disclosure.campaign.tables import campaign_record

    [model] = await admit(disclosure, penalty(1, OLD))
    await register_says(disclosure, 1, RegistryStatus.DEREGISTERED)
    where = await formed(disclosure)
    extra = AT_ONCE + 10
    async with disclosure.work() as work:
        for table in (tables.disclosed_record, tables.publication, campaign_record, ledger_entry):
            originals = [row._mapping for row in await disclosure_rows(work, table, model)]
            copies = [dict(row) | {"record_id": f"{at:032x}"} for row in originals for at in range(extra)]
            await work.connection.execute(insert_for(work.dialect, table), copies)
    for expected in (AT_ONCE, 11):
        seen = await preview(disclosure, where, "abnormal")
        assert (seen["records"], seen["more"]) == (expected, expected == AT_ONCE)
        assert (await approve(disclosure, where, "abnormal", seen["digest"])).json()["records"] == expected
    assert sum(row.what == "exited" for row in await disclosure.rows(ledger_entry)) == AT_ONCE + 11


async def disclosure_rows(work: Any, table: Any, record_id: str) -> Any:
    return (await work.connection.execute(table.select().where(table.c.record_id == record_id))).all()


async def test_guidance_names_whom_to_contact_and_what_came_of_it(disclosure: RunningService) -> None:
    await admit(
        disclosure, penalty(1, OLD, company=1), penalty(2, OLD, company=2), penalty(3, NEW, company=3), penalty(4, OLD)
    )
    await register_says(disclosure, 4, RegistryStatus.DEREGISTRATION_HANDLED)
    where = await formed(disclosure)
    body = {
        "subject_key": code(1),
        "contacted_on": "2026-11-02",
        "channel": "phone",
        "outcome": "not_reached",
        "note": "电话13912345678无人接听",
    }
    assert (await disclosure.post(f"{where}/contacts", body, scope=OPERATE)).status_code == 201
    assert (
        await disclosure.post(f"{where}/contacts", body | {"outcome": "will_apply"}, scope=OPERATE)
    ).status_code == 201
    guided = await whole(disclosure, f"{where}/guidance")
    assert [(one["subject_key"], one["outcome"]) for one in guided] == [(code(1), "will_apply"), (code(2), None)]
    assert (guided[0]["repair_from_on"], guided[0]["closes_on"]) == ("2026-09-02", "2027-06-01")
    log = (await get(disclosure, f"{where}/contacts?subject_key={code(1)}"))["items"]
    assert [one["outcome"] for one in log] == ["not_reached", "will_apply"]
    assert {row.note for row in await disclosure.rows(campaign_contact)} == {"电话139****5678无人接听"}


async def test_who_waits_for_a_word_on_its_class_is_not_guided_to_a_repair_that_is_refused(
    disclosure: RunningService,
) -> None:
    huge, later = penalty(1, OLD, company=1), penalty(2, OLD, company=2)
    of = huge.model_copy(update={"detail": huge.detail.model_copy(update={"fine": Decimal(120_000)})})
    await admit(disclosure, of, later)
    assert {row.needs_confirmation for row in await disclosure.rows(tables.publication)} == {True, False}
    where = await formed(disclosure)
    assert [one["subject_key"] for one in await whole(disclosure, f"{where}/guidance")] == [code(2)]
    groups = (await get(disclosure, where))["groups"]
    assert {name: size["records"] for name, size in groups.items()} == {"running": 1, "repairable": 1}


async def test_blank_reasons_form_no_list(disclosure: RunningService) -> None:
    body = {"title": "集中清理", "reason": " ", **WINDOW}
    assert (await disclosure.post("/v1/campaigns", body, scope=OPERATE)).status_code == 422


@pytest.mark.parametrize(
    ("changed", "status"),
    [({"subject_key": "stranger"}, 404), ({"contacted_on": "2026-11-03"}, 422), ({"channel": "pigeon"}, 422)],
)
async def test_a_contact_that_cannot_be_is_refused(
    disclosure: RunningService, changed: dict[str, str], status: int
) -> None:
    await admit(disclosure, penalty(1, OLD))
    where = await formed(disclosure)
    body = {"subject_key": code(1), "contacted_on": "2026-11-02", "channel": "phone", "outcome": "informed"} | changed
    assert (await disclosure.post(f"{where}/contacts", body, scope=OPERATE)).status_code == status
    assert await disclosure.rows(campaign_contact) == []


async def test_a_subject_leaves_when_the_last_of_its_penalties_has_ended_everywhere(disclosure: RunningService) -> None:
    first, second = await admit(disclosure, penalty(1, OLD, company=1), penalty(2, NEW, company=1))
    await admit(disclosure, penalty(3, NEW, company=3, name="=样例公司"))
    where = await formed(disclosure)
    assert await whole(disclosure, f"{where}/exit-list") == []
    await disclosure.hear(HEAR.repairs, told.repaired(first))
    assert await whole(disclosure, f"{where}/exit-list") == []
    await disclosure.hear(HEAR.repairs, told.repaired(second))
    [exit_] = await whole(disclosure, f"{where}/exit-list")
    assert (exit_["subject_key"], exit_["records"], exit_["last_decided_on"]) == (code(1), 2, "2026-10-01")
    assert (exit_["grounds"], exit_["last_shown_on"]) == ({"repair": 2}, "2026-11-02")  # the windows end in 2027
    move_to(disclosure, date(2027, 10, 2))  # the windows are over by the clock, though no timer ran
    answer = await disclosure.get(f"{where}/exit-list.xlsx")
    page = load_workbook(BytesIO(answer.content)).active
    rows = [[cell.value for cell in row] for row in page["A3:I5"]]
    assert rows[0][:4] == ["序号", "主体名称", "统一社会信用代码", "地区"]
    assert [row[:5] for row in rows[1:]] == [
        [1, "样例第1公司", code(1), "崇川区", 2],
        [2, "=样例公司", code(3), "崇川区", 1],
    ]
    assert page["B5"].data_type == "s"
    assert "曾公示的 2 条行政处罚信息均已结束公示" in rows[1][8]
    assert [row[6:8] for row in rows[1:]] == [["2026-11-02", "信用修复2条"], ["2027-10-01", "公示期满1条"]]
    assert "到期" not in page["A1"].value


async def test_the_exit_list_names_grounds_and_counts_only_what_the_public_saw(disclosure: RunningService) -> None:
    revoked, _ = await admit(disclosure, penalty(1, OLD, company=1), penalty(2, NEW, company=2))
    await admit(disclosure, penalty(3, date(2021, 6, 1), company=2))  # over before it was ever shown
    where = await formed(disclosure)
    await disclosure.hear(HEAR.records, told.voided(revoked, generation=2))
    move_to(disclosure, date(2027, 10, 2))
    await run_expiry(disclosure)
    found = await whole(disclosure, f"{where}/exit-list")
    assert [(one["records"], one["grounds"], one["last_shown_on"]) for one in found] == [
        (1, {"revoked": 1}, "2026-11-02"),
        (1, {"expired": 1}, "2027-10-01"),
    ]


@pytest.mark.parametrize("a_look", [1, 2, 4, 5, 9])
async def test_the_exit_list_is_whole_however_many_looks_it_takes(disclosure: RunningService, a_look: int) -> None:
    ids = await admit(disclosure, *(penalty(number, OLD, company=number) for number in range(1, 6)))
    where = await formed(disclosure)
    for gone in (ids[0], ids[1], ids[3]):
        await disclosure.hear(HEAR.repairs, told.repaired(gone))
    listed = await whole(disclosure, f"{where}/exit-list")
    pieces = pieces_of_exits(disclosure.database, where.rpartition("/")[2], today(disclosure), a_look)
    found = [one async for piece in pieces for one in piece]
    assert [one.subject_key for one in found] == [one["subject_key"] for one in listed]
    assert {one.subject_key for one in found} == {code(1), code(2), code(4)}


async def test_the_exit_sheet_of_no_campaign_is_not_found(disclosure: RunningService) -> None:
    assert (await disclosure.get(f"/v1/campaigns/{'0' * 32}/exit-list.xlsx")).status_code == 404


async def test_a_penalty_outside_the_window_keeps_its_subject_off_the_exit_list(disclosure: RunningService) -> None:
    [listed] = await admit(disclosure, penalty(1, OLD, company=1))
    where = await formed(disclosure)
    [later] = await admit(disclosure, penalty(2, date(2026, 11, 2), company=1))
    await disclosure.hear(HEAR.repairs, told.repaired(listed))
    assert await whole(disclosure, f"{where}/exit-list") == []
    await disclosure.hear(HEAR.repairs, told.repaired(later))
    assert len(await whole(disclosure, f"{where}/exit-list")) == 1


async def test_a_suspended_penalty_that_was_repaired_or_withdrawn_lets_its_subject_leave(
    disclosure: RunningService,
) -> None:
    first, second = penalty(1, OLD, company=1), penalty(2, OLD, company=2)
    ids = await admit(disclosure, first, second)
    where = await formed(disclosure)
    for record_id, of in zip(ids, (first, second), strict=True):
        open_ = of.model_copy(update={"detail": of.detail.model_copy(update={"fine": None})})
        await disclosure.hear(HEAR.records, told.amended(record_id, open_))
    assert {row.state for row in await disclosure.rows(tables.publication)} == {"awaiting_confirmation"}
    assert await whole(disclosure, f"{where}/exit-list") == []
    await disclosure.hear(HEAR.repairs, told.repaired(ids[0]))
    await disclosure.hear(HEAR.records, told.voided(ids[1], generation=3))
    left = await whole(disclosure, f"{where}/exit-list")
    assert [one["subject_key"] for one in left] == [code(1), code(2)]


@pytest.mark.parametrize("state", ["awaiting_approval", "awaiting_confirmation"])
async def test_a_penalty_whose_window_passed_while_it_waited_lets_its_subject_leave(
    disclosure: RunningService, state: str
) -> None:
    await admit(disclosure, penalty(1, OLD))
    where = await formed(disclosure)
    async with disclosure.work() as work:
        await work.connection.execute(tables.publication.update().values(state=state))
    assert await whole(disclosure, f"{where}/exit-list") == []
    move_to(disclosure, date(2027, 6, 2))
    assert len(await whole(disclosure, f"{where}/exit-list")) == 1


async def test_progress_is_told_by_region_in_percent(disclosure: RunningService) -> None:
    ids = await admit(
        disclosure,
        penalty(1, OLD, "320613"),
        penalty(2, OLD, "320602"),
        penalty(3, OLD, "320611"),
        penalty(4, OLD, "320412"),
        penalty(5, NEW, "320412"),
    )
    where = await formed(disclosure)
    await disclosure.hear(HEAR.repairs, told.repaired(ids[0]))
    assert await get(disclosure, f"{where}/progress") == [
        {"region": "320412", "name": "武进区", "total": 1, "done": 0, "percent": 0.0},
        {"region": "320613", "name": "崇川区", "total": 3, "done": 1, "percent": 33.3},
    ]
    move_to(disclosure, date(2027, 6, 2))
    await run_expiry(disclosure)
    assert {one["percent"] for one in await get(disclosure, f"{where}/progress")} == {100.0}


async def test_an_older_word_of_the_register_changes_nothing(disclosure: RunningService) -> None:
    await admit(disclosure, penalty(1, OLD))
    where = await formed(disclosure)
    await register_says(disclosure, 1, RegistryStatus.NORMAL, generation=2)
    await register_says(disclosure, 1, RegistryStatus.DEREGISTERED, generation=1)
    assert (await preview(disclosure, where, "abnormal"))["records"] == 0


async def test_a_window_that_ends_before_it_begins_is_refused(disclosure: RunningService) -> None:
    body = {"title": "x", "reason": "y", "decided_from": "2021-01-02", "decided_to": "2021-01-01"}
    assert (await disclosure.post("/v1/campaigns", body, scope=OPERATE)).status_code == 422


@pytest.mark.parametrize("path", ["", "/subjects", "/preview?what=overdue", "/guidance", "/exit-list", "/progress"])
async def test_an_unknown_campaign_is_not_found(disclosure: RunningService, path: str) -> None:
    assert (await disclosure.get(f"/v1/campaigns/{'0' * 32}{path}")).status_code == 404
