"""The provincial list against our records: exactly the planted differences are found, proposals wait for a person."""

import csv
import random
from datetime import date, timedelta
from io import BytesIO, StringIO
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from services.ingest.identity.tables import identity_alias
from services.ingest.provincial_list.compare import compare_step
from services.ingest.provincial_list.tables import provincial_entry
from tests.support import rows
from tests.support.rows import company_code
from tests.support.services import RunningService

OFFICER = {"sub": "data-officer", "scope": "data-sharing:read data-sharing:check"}
HEAD = [
    "序号",
    "地区",
    "主体名称",
    "统一社会信用代码",
    "行政处罚决定书文号",
    "处罚决定日期",
    "处罚机关",
    "处罚类别",
    "罚款金额（万元）",
]
Line = list[str]


def day_of(number: int) -> str:
    return (date(2019, 1, 1) + timedelta(days=number % 1_000)).isoformat()


def record(number: int, **changed: Any) -> rows.Row:
    """One of our penalties: its own subject and number."""
    base = {
        "CF_XDR_SHXYM": company_code(number),
        "CF_XDR_MC": f"样例{number}号有限公司",
        "CF_WSH": f"（苏通）应急罚〔2020〕{number}号",
        "CF_JDRQ": day_of(number),
        "CF_YXQ": "2023-12-31",
    }
    return rows.penalty(number) | base | changed


def line(row: rows.Row, **changed: str) -> dict[str, str]:
    """The same decision as the province lists it."""
    values = ("1", "崇川区", row["CF_XDR_MC"], row["CF_XDR_SHXYM"], row["CF_WSH"], row["CF_JDRQ"], row["CF_CFJG"],
              row["CF_CFLB"], row["CF_NR_FK"])  # fmt: skip
    return dict(zip(HEAD, values, strict=True)) | changed


def as_csv(lines: list[dict[str, str]]) -> bytes:
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(["严重失信主体名单和受行政处罚主体名单"])
    writer.writerow(HEAD)
    writer.writerows([one[name] for name in HEAD] for one in lines)
    writer.writerow(["合计", len(lines)])
    return text.getvalue().encode("gb18030")


async def store(ingest: RunningService, batch: list[rows.Row]) -> list[str]:
    found: list[str] = []
    for at in range(0, len(batch), 500):
        answer = await ingest.post("/v1/batches", {"kind": "penalty", "rows": batch[at : at + 500]})
        assert answer.status_code == 201, answer.text
        verdicts = answer.json()["verdicts"]
        assert {one["verdict"] for one in verdicts} <= {"admitted"}, verdicts[0]
        found += [one["record_id"] for one in verdicts]
    return found


async def upload(ingest: RunningService, content: bytes, source: str = "省应急管理厅", **query: str) -> Any:
    parameters = {"source": source, "file_name": "名单.csv", **query}
    headers = {**ingest.headers(**OFFICER), "Content-Type": "text/csv"}
    return await ingest.client.post("/v1/provincial-lists", content=content, params=parameters, headers=headers)


async def work_off(ingest: RunningService) -> int:
    steps = 0
    while True:
        async with ingest.work() as work:
            if not await compare_step(work):
                return steps
        steps += 1


async def compare(ingest: RunningService, list_id: str) -> dict[str, Any]:
    started = await ingest.post(f"/v1/provincial-lists/{list_id}/comparisons", None, **OFFICER)
    assert started.status_code == 202, started.text
    await work_off(ingest)
    found = (await ingest.get(f"/v1/list-comparisons/{started.json()['comparison_id']}", **OFFICER)).json()
    assert found["state"] == "done"
    return dict(found)


async def findings(ingest: RunningService, comparison: dict[str, Any], outcome: str = "") -> list[dict[str, Any]]:
    path = f"/v1/list-comparisons/{comparison['comparison_id']}/findings?limit=500"
    items: list[dict[str, Any]] = []
    cursor = ""
    while True:
        more = f"{path}{'&outcome=' + outcome if outcome else ''}{'&cursor=' + cursor if cursor else ''}"
        page = (await ingest.get(more, **OFFICER)).json()
        items += page["items"]
        if not page["next"]:
            return items
        cursor = page["next"]


async def test_exactly_the_planted_differences_are_found_in_two_thousand_rows(ingest: RunningService) -> None:
    ours = [record(number) for number in range(1, 2_001)]
    await store(ingest, ours)
    lines = {number: line(row) for number, row in enumerate(ours, start=1)}
    chance = random.Random(20)
    picked = chance.sample(range(1, 2_001), 70)
    gone, dated, fined, renamed, written, loose, by_organisation = (
        set(picked[at : at + 10]) for at in range(0, 70, 10)
    )
    for number in gone:
        del lines[number]
    for number in dated:
        lines[number]["处罚决定日期"] = "2018-05-05"
    for number in fined:
        lines[number]["罚款金额（万元）"] = "7.5"
    for number in renamed:
        lines[number]["主体名称"] = "别家名称有限公司"
    for number in written:
        lines[number]["行政处罚决定书文号"] = f"(苏通)应急罚[2020年]第{number}号"
    for number in loose:
        lines[number]["行政处罚决定书文号"] = f"应急罚〔2020〕0{number}号"
    for number in by_organisation:
        lines[number]["统一社会信用代码"] = company_code(number)[8:17]
    strangers = [line(record(number)) for number in range(5_001, 5_011)]
    content = as_csv([*lines.values(), *strangers])
    imported = (await upload(ingest, content)).json()
    assert (imported["rows"], imported["refused"], imported["version"]) == (2_000, 0, 1)
    result = await compare(ingest, imported["list_id"])
    assert result["counts"] == {
        "matched": 2_000 - 60,
        "differing": 30,
        "proposed": 20,
        "missing_here": 10,
        "missing_there": 10,
    }
    number_of = {row["CF_WSH"]: number for number, row in enumerate(ours, start=1)}
    differing = await findings(ingest, result, "differing")
    assert {
        (number_of[one["document_number"]], one["differences"][0]["field"], len(one["differences"]))
        for one in differing
    } == {
        *((number, "decided_on", 1) for number in dated),
        *((number, "fine", 1) for number in fined),
        *((number, "subject_name", 1) for number in renamed),
    }
    there = await findings(ingest, result, "missing_there")
    assert {number_of[one["document_number"]] for one in there} == gone
    here = await findings(ingest, result, "missing_here")
    assert {one["document_number"] for one in here} == {one["行政处罚决定书文号"] for one in strangers}
    assert {reason["code"] for one in here for reason in one["because"]} == {"no_record"}
    proposed = await findings(ingest, result, "proposed")
    reasons = [reason["code"] for one in proposed for reason in one["because"]]
    assert (reasons.count("number_zeros"), reasons.count("subject_organisation_code")) == (10, 10)
    assert {one["region"]: sum(one["counts"].values()) for one in result["regions"]} == {"320613": 2_000, "320600": 10}


async def test_a_proposal_that_a_person_accepts_is_used_by_the_next_comparison(ingest: RunningService) -> None:
    one, two = record(1), record(2)
    await store(ingest, [one, two])
    lines = [
        line(one, 行政处罚决定书文号="应急罚〔2020〕1号"),
        line(two, 统一社会信用代码="", 主体名称=two["CF_XDR_MC"]),
    ]
    list_id = (await upload(ingest, as_csv(lines))).json()["list_id"]
    first = await compare(ingest, list_id)
    assert (first["counts"]["proposed"], first["counts"]["missing_there"]) == (2, 0)
    proposals = (await ingest.get("/v1/identity/proposals?state=open", **OFFICER)).json()["items"]
    assert {one["aspect"] for one in proposals} == {"document_number", "subject"}
    for proposal in proposals:
        path = f"/v1/identity/proposals/{proposal['proposal_id']}/decision"
        body = {"accept": True, "reason": "核对决定书原件"}
        assert (await ingest.post(path, body, **(OFFICER | {"scope": "data-sharing:read"}))).status_code == 403
        assert (await ingest.post(path, body, **OFFICER)).json()["state"] == "accepted"
        assert (await ingest.post(path, body, **OFFICER)).status_code == 409
    second = await compare(ingest, list_id)
    assert second["counts"] == {
        "matched": 2, "differing": 0, "proposed": 0, "missing_here": 0, "missing_there": 0,
    }  # fmt: skip
    because = {reason["code"] for found in await findings(ingest, second) for reason in found["because"]}
    assert {"number_alias", "subject_alias"} <= because
    assert {row.accepted_by for row in await ingest.rows(identity_alias)} == {"data-officer"}
    assert len((await ingest.get("/v1/identity/aliases", **OFFICER)).json()["items"]) == 2


async def test_a_rejected_proposal_is_not_proposed_again_and_merges_nothing(ingest: RunningService) -> None:
    await store(ingest, [record(1)])
    list_id = (await upload(ingest, as_csv([line(record(1), 行政处罚决定书文号="应急罚〔2020〕1号")]))).json()[
        "list_id"
    ]
    await compare(ingest, list_id)
    [proposal] = (await ingest.get("/v1/identity/proposals", **OFFICER)).json()["items"]
    path = f"/v1/identity/proposals/{proposal['proposal_id']}/decision"
    assert (await ingest.post(path, {"accept": False, "reason": "\u200b "}, **OFFICER)).status_code == 422
    await ingest.post(path, {"accept": False, "reason": "两份文书"}, **OFFICER)
    assert (await compare(ingest, list_id))["counts"]["proposed"] == 1
    [same] = (await ingest.get("/v1/identity/proposals", **OFFICER)).json()["items"]
    assert (same["state"], same["reason"]) == ("rejected", "两份文书")
    assert await ingest.rows(identity_alias) == []


async def test_a_row_that_names_only_a_subject_covers_all_of_its_records(ingest: RunningService) -> None:
    await store(ingest, [record(1), record(1, CF_WSH="（苏通）应急罚〔2020〕77号"), record(2)])
    lines = [line(record(1), 行政处罚决定书文号="", 处罚决定日期=""), line(record(3), 行政处罚决定书文号="")]
    list_id = (await upload(ingest, as_csv(lines))).json()["list_id"]
    result = await compare(ingest, list_id)
    assert {name: number for name, number in result["counts"].items() if number} == {
        "matched": 1, "missing_here": 1, "missing_there": 1,
    }  # fmt: skip


async def test_a_former_name_is_no_difference_and_a_voided_record_is_one(ingest: RunningService) -> None:
    ids = await store(ingest, [record(1), record(2)])
    entry = {
        "uscc": company_code(1), "as_of": "2026-10-01", "proof_reference": "登记档案", "name": "样例1号有限公司",
        "former_names": ["样例旧名厂"],
    }  # fmt: skip
    assert (await ingest.post("/v1/registry/subjects", {"rows": [entry]})).status_code == 201
    body = {"kind": "revoked", "withdrawn_on": "2026-11-01", "statement_of_reasons": "决定已撤销。"}
    assert (await ingest.post(f"/v1/records/{ids[1]}/withdrawal", body)).status_code == 200
    lines = [line(record(1), 主体名称="样例旧名厂"), line(record(2))]
    result = await compare(ingest, (await upload(ingest, as_csv(lines))).json()["list_id"])
    found = {one["row"]: one for one in await findings(ingest, result)}
    assert (found[1]["outcome"], found[2]["outcome"]) == ("matched", "differing")
    assert [one["field"] for one in found[2]["differences"]] == ["state"]


async def test_a_natural_person_meets_by_digest_and_stays_masked(ingest: RunningService) -> None:
    person = rows.person_penalty(1, CF_JDRQ="2020-05-05", CF_YXQ="2023-12-31")
    await store(ingest, [person])
    lines = [
        line(person, 统一社会信用代码=rows.PERSON_NUMBER),
        line(record(9), 主体名称="某某甲", 统一社会信用代码="", 行政处罚决定书文号="（苏通）应急罚〔2020〕9号"),
    ]
    result = await compare(ingest, (await upload(ingest, as_csv(lines))).json()["list_id"])
    assert (result["counts"]["matched"], result["counts"]["missing_here"]) == (1, 1)
    stored = str(await ingest.rows(provincial_entry)) + str(await findings(ingest, result))
    assert rows.PERSON_NUMBER not in stored
    assert rows.PERSON_NAME not in stored
    assert "某某甲" not in stored
    path = f"/v1/list-comparisons/{result['comparison_id']}/findings.csv"
    text = (await ingest.get(path, **OFFICER)).content.decode("utf-8-sig")
    assert "person-" not in text
    assert "自然人" in text


async def test_a_file_is_imported_once_and_a_changed_one_is_the_next_version(ingest: RunningService) -> None:
    content = as_csv([line(record(1)), line(record(2), 处罚决定日期="昨天"), line(record(3), 主体名称="")])
    first = (await upload(ingest, content)).json()
    assert (first["rows"], first["refused"]) == (1, 2)
    assert [one["row"] for one in first["refusals"]] == [2, 3]
    again = await upload(ingest, content)
    assert (again.status_code, again.json()["list_id"]) == (409, first["list_id"])
    second = (await upload(ingest, as_csv([line(record(1)), line(record(2))]), period_from="2022-01-01",
                           period_to="2024-12-31")).json()  # fmt: skip
    assert (second["version"], second["period_from"]) == (2, "2022-01-01")
    listed = (await ingest.get("/v1/provincial-lists", **OFFICER)).json()["items"]
    assert [one["version"] for one in listed] == [2, 1]


async def test_a_workbook_is_read_like_a_csv_and_the_result_is_taken_away(ingest: RunningService) -> None:
    await store(ingest, [record(1)])
    book, buffer = Workbook(), BytesIO()
    sheet = book.active
    assert sheet is not None
    sheet.append(["严重失信主体名单和受行政处罚主体名单"])
    sheet.append(HEAD)
    sheet.append(list(line(record(1), 处罚机关="=HYPERLINK(1)").values()))
    sheet["G3"].data_type = "s"
    book.save(buffer)
    imported = await upload(ingest, buffer.getvalue())
    assert imported.status_code == 201, imported.text
    result = await compare(ingest, imported.json()["list_id"])
    assert result["counts"]["differing"] == 1
    path = f"/v1/list-comparisons/{result['comparison_id']}/findings"
    answer = await ingest.get(f"{path}.xlsx", **OFFICER)
    read = load_workbook(BytesIO(answer.content)).active
    assert read is not None
    assert read.cell(3, 1).value == "内容不一致"
    assert read.cell(3, 9).data_type == "s"


NO_LISTS = {
    "empty": b"",
    "no_header": b"a,b\n1,2\n",
    "doubled_columns": "主体名称,主体名称,文书号\nx,y,z\n".encode(),
    "old_spreadsheet": b"\xd0\xcf\x11\xe0 old",
    "damaged": b"PK\x03\x04 broken",
    "unknown_encoding": b"\x00\x01\x02\x03",
}


async def test_what_is_no_list_is_refused_with_a_sentence_and_stores_nothing(ingest: RunningService) -> None:
    before = await ingest.counts()
    for reason, content in NO_LISTS.items():
        answer = await upload(ingest, content)
        assert (answer.status_code, answer.json()["errors"][0]["reason"]) == (422, reason)
        assert answer.json()["what_to_do"]
    assert await ingest.counts() == before


async def test_a_comparison_goes_on_where_a_killed_worker_left_it(ingest: RunningService) -> None:
    ours = [record(number) for number in range(1, 601)]
    await store(ingest, ours)
    list_id = (await upload(ingest, as_csv([line(row) for row in ours]))).json()["list_id"]
    started = (await ingest.post(f"/v1/provincial-lists/{list_id}/comparisons", None, **OFFICER)).json()
    async with ingest.work() as work:
        await compare_step(work)
    with pytest.raises(RuntimeError):
        async with ingest.work() as work:
            await compare_step(work)
            raise RuntimeError("killed")
    await work_off(ingest)
    found = (await ingest.get(f"/v1/list-comparisons/{started['comparison_id']}", **OFFICER)).json()
    assert (found["state"], found["counts"]["matched"]) == ("done", 600)


async def test_the_list_of_discredited_subjects_counts_penalties_and_says_what_it_does_not_know(
    ingest: RunningService,
) -> None:
    await store(ingest, [record(1), record(1, CF_WSH="（苏通）应急罚〔2020〕77号", CF_JDRQ="2021-06-01"), record(2)])
    await store(ingest, [rows.person_penalty(9, CF_JDRQ="2020-05-05", CF_YXQ="2023-12-31")])
    status = {"uscc": company_code(2), "status": "deregistered", "as_of": "2026-10-01", "proof_reference": "公告"}
    await ingest.post("/v1/subject-statuses", {"rows": [status]})
    query = "from=2019-01-01&to=2021-12-31"
    page = (await ingest.get(f"/v1/discredited-subjects?{query}&limit=1", **OFFICER)).json()
    rest = (await ingest.get(f"/v1/discredited-subjects?{query}&cursor={page['next']}", **OFFICER)).json()
    found = {one["uscc"]: one for one in page["items"] + rest["items"]}
    assert found.keys() == {company_code(1), company_code(2)}
    one = found[company_code(1)]
    assert (one["records"], one["last_decided_on"], one["region_name"]) == (2, "2021-06-01", "南通市")
    assert found[company_code(2)]["registry_status"] == "deregistered"
    assert page["not_known_here"].keys() == {"severity", "platforms"}
    text = (await ingest.get(f"/v1/discredited-subjects.csv?{query}", **OFFICER)).content.decode("utf-8-sig")
    assert len(text.splitlines()) == 3
