"""The register's rows and extracts: the newest day wins, names become former names, the history keeps every proof."""

from datetime import timedelta
from io import BytesIO
from typing import Any

from openpyxl import Workbook

from services.ingest.identity.domain.resolve import Claim, resolve
from services.ingest.identity.domain.subjects import SubjectClaim
from services.ingest.identity.look_up import look_up
from services.ingest.registry.known import known_subjects
from shared.contracts.events import SubjectStatusChanged
from shared.vocabulary import RegistryStatus
from tests.support import rows
from tests.support.rows import COMPANY, company_code
from tests.support.services import RunningService, statements

READER = {"scope": "data-sharing:read"}
PROOF = "登记机关数据"


def entry(**changed: Any) -> dict[str, Any]:
    return {"uscc": COMPANY, "as_of": "2026-10-01", "proof_reference": PROOF, "name": "南通样例化工有限公司"} | changed


async def hand_in(ingest: RunningService, *entries: dict[str, Any]) -> dict[str, Any]:
    answer = await ingest.post("/v1/registry/subjects", {"rows": list(entries)})
    assert answer.status_code == 201, answer.text
    receipt: dict[str, Any] = answer.json()
    return receipt


async def subject(ingest: RunningService, uscc: str = COMPANY) -> dict[str, Any]:
    answer = await ingest.get(f"/v1/registry/subjects/{uscc}", **READER)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def outcomes(receipt: dict[str, Any]) -> list[str]:
    return [one["outcome"] for one in receipt["answers"]]


async def test_a_name_that_a_younger_one_replaces_becomes_a_former_name(ingest: RunningService) -> None:
    assert outcomes(await hand_in(ingest, entry(name="旧名厂"), entry(name="旧名厂"))) == ["changed", "unchanged"]
    assert outcomes(await hand_in(ingest, entry(as_of="2026-10-20"))) == ["changed"]
    assert outcomes(await hand_in(ingest, entry(name="更旧名厂", as_of="2026-09-01"))) == ["changed"]
    assert outcomes(await hand_in(ingest, entry(name="更旧名厂", as_of="2026-09-01"))) == ["outdated"]
    seen = await subject(ingest)
    assert (seen["name"], seen["name_as_of"]) == ("南通样例化工有限公司", "2026-10-20")
    assert [one["value"] for one in seen["formers"]] == ["旧名厂", "更旧名厂"]


async def test_a_day_that_repeats_the_name_still_outdates_older_ones(ingest: RunningService) -> None:
    await hand_in(ingest, entry(as_of="2026-01-01"), entry(as_of="2026-03-01"))
    await hand_in(ingest, entry(name="二月名厂", as_of="2026-02-01"))
    assert (await subject(ingest))["name"] == "南通样例化工有限公司"


async def test_a_row_may_tell_a_status_which_the_house_hears_once(ingest: RunningService) -> None:
    receipt = await hand_in(
        ingest, entry(status="deregistered"), entry(status="deregistered"), entry(uscc="nonsense"), entry(name="")
    )
    assert outcomes(receipt) == ["changed", "unchanged", "refused", "refused"]
    assert sum(receipt["counts"].values()) == receipt["rows"] == 4
    [event] = await ingest.told()
    assert isinstance(event, SubjectStatusChanged)
    assert (event.uscc, event.status) == (COMPANY, "deregistered")


async def test_the_history_keeps_every_status_with_its_proof_in_whatever_order_they_come(
    ingest: RunningService,
) -> None:
    for status, day, proof in (
        ("reorganisation", "2026-09-01", "裁定书"),
        ("normal", "2026-03-01", "年报"),
        ("deregistered", "2026-10-28", "注销公告"),
        ("deregistered", "2026-10-28", "注销公告"),
    ):
        row = {"uscc": COMPANY, "status": status, "as_of": day, "proof_reference": proof}
        assert (await ingest.post("/v1/subject-statuses", {"rows": [row]})).status_code == 201
        ingest.clock.advance(timedelta(minutes=1))
    seen = await subject(ingest)
    assert seen["status"]["status"] == "deregistered"
    assert [(one["status"], one["as_of"], one["proof_reference"]) for one in seen["history"]] == [
        ("deregistered", "2026-10-28", "注销公告"),
        ("reorganisation", "2026-09-01", "裁定书"),
        ("normal", "2026-03-01", "年报"),
    ]


async def test_an_extract_is_read_as_csv_and_as_a_workbook(ingest: RunningService) -> None:
    head = ["统一社会信用代码", "企业名称", "曾用名", "注册号", "登记状态", "核准日期"]
    lines = [
        [
            COMPANY,
            "南通样例化工有限公司",
            "旧名厂；更旧名厂",
            "320684000012345",
            "存续（在营、开业、在册）",
            "2026-10-01",
        ],
        [company_code(2), "样例二厂", "", "", "破产清算", "2026年10月2日"],
        [company_code(3), "样例三厂", "", "", "失踪", "2026-10-01"],
        ["320684000012345", "样例四厂", "", "", "注销", "2026-10-01"],
    ]
    text = "\n".join(",".join(line) for line in [["企业登记信息"], head, *lines]).encode("gb18030")
    headers = {**ingest.headers(), "Content-Type": "text/csv"}
    path = "/v1/registry/files?proof_reference=2026-10 交换"
    receipt = (await ingest.client.post(path, content=text, headers=headers)).json()
    assert {name: n for name, n in receipt["counts"].items() if n} == {"changed": 2, "refused": 2}
    assert [one["row"] for one in receipt["answers"]] == [3, 4]
    assert {one["kind"]: one["value"] for one in (await subject(ingest))["formers"]}.keys() == {
        "former_name", "registration_number",
    }  # fmt: skip
    assert (await subject(ingest, company_code(2)))["status"]["status"] == "bankruptcy_announced"
    book, buffer = Workbook(), BytesIO()
    sheet = book.active
    assert sheet is not None
    for cells in (head, *lines):
        sheet.append(cells)
    book.save(buffer)
    headers = {**ingest.headers(), "Content-Type": "application/octet-stream"}
    again = (await ingest.client.post(path, content=buffer.getvalue(), headers=headers)).json()
    assert {name: n for name, n in again["counts"].items() if n} == {"unchanged": 2, "refused": 2}


async def test_a_reorganisation_by_feed_and_by_file_is_kept_and_stops_no_row(ingest: RunningService) -> None:
    """Q24: a subject in reorganisation goes on."""
    fed, filed = COMPANY, company_code(2)
    told = {"uscc": fed, "status": "reorganisation", "as_of": "2026-09-01", "proof_reference": "（2026）破申1号裁定书"}
    assert (await ingest.post("/v1/subject-statuses", {"rows": [told]})).status_code == 201
    lines = ["统一社会信用代码,企业名称,登记状态,核准日期", f"{filed},样例二厂,破产重整,2026-09-02"]
    headers = {**ingest.headers(), "Content-Type": "text/csv"}
    path = "/v1/registry/files?proof_reference=2026-10 交换"
    taken = await ingest.client.post(path, content="\n".join(lines).encode(), headers=headers)
    assert taken.json()["counts"]["changed"] == 1, taken.text
    heard = await ingest.take_told()
    assert {(one.uscc, one.status) for one in heard if isinstance(one, SubjectStatusChanged)} == {
        (fed, "reorganisation"),
        (filed, "reorganisation"),
    }
    for uscc, proof in ((fed, "（2026）破申1号裁定书"), (filed, "2026-10 交换")):
        [kept] = (await subject(ingest, uscc))["history"]
        assert (kept["status"], kept["proof_reference"]) == ("reorganisation", proof)
    body = {"kind": "penalty", "rows": [rows.penalty(1), rows.penalty(2, CF_XDR_SHXYM=filed, CF_XDR_MC="样例二厂")]}
    receipt = (await ingest.post("/v1/batches", body)).json()
    assert [(one["verdict"], one["reasons"]) for one in receipt["verdicts"]] == [("admitted", [])] * 2


async def test_names_in_records_are_shown_beside_those_of_the_register(ingest: RunningService) -> None:
    await hand_in(ingest, entry(name="登记名称公司"))
    body = {"kind": "penalty", "rows": [rows.penalty(1), rows.penalty(2, CF_XDR_MC="另一写法公司")]}
    assert (await ingest.post("/v1/batches", body)).status_code == 201
    seen = await subject(ingest)
    assert (seen["name"], seen["names_in_records"]) == ("登记名称公司", ["南通样例化工有限公司", "另一写法公司"])
    assert (await ingest.get(f"/v1/registry/subjects/{company_code(77)}", **READER)).status_code == 404
    assert (await ingest.get("/v1/registry/subjects/nonsense", **READER)).status_code == 404


async def test_many_subjects_are_known_in_two_statements(ingest: RunningService) -> None:
    await hand_in(ingest, *(entry(uscc=company_code(number), former_names=["旧名厂"]) for number in range(1, 301)))
    status = {"uscc": company_code(900), "status": "deregistered", "as_of": "2026-10-01", "proof_reference": PROOF}
    await ingest.post("/v1/subject-statuses", {"rows": [status]})
    async with ingest.database.reading() as connection:
        with statements() as sent:
            known = await known_subjects(connection, [company_code(number) for number in range(1, 1_001)])
    assert len([one for one in sent if one.lstrip().startswith("SELECT")]) == 2
    assert len(known) == 301
    one = known[company_code(5)]
    assert (one.names, one.former_names, one.status) == ({"南通样例化工有限公司"}, {"旧名厂"}, None)
    assert known[company_code(900)].status is RegistryStatus.DEREGISTERED
    assert known[company_code(900)].names == frozenset()


async def test_an_old_number_of_the_register_leads_the_resolver_to_its_subject_unless_two_claim_it(
    ingest: RunningService,
) -> None:
    number = "320684000012345"
    ours, theirs = Claim("应急罚〔2020〕1号", SubjectClaim(COMPANY)), Claim("应急罚〔2020〕1号", SubjectClaim(number))
    await hand_in(ingest, entry(old_numbers=[number]))
    async with ingest.database.reading() as connection:
        match = resolve(theirs, ours, await look_up(connection, [theirs, ours])).match
    assert (match.kind, "subject_register" in {one.code for one in match.because}) == ("equal", True)
    await hand_in(ingest, entry(uscc=company_code(2), old_numbers=[number]))
    async with ingest.database.reading() as connection:
        assert resolve(theirs, ours, await look_up(connection, [theirs, ours])).match.kind == "none"


async def test_two_claims_are_compared_with_reasons_and_nothing_is_stored(ingest: RunningService) -> None:
    before = await ingest.counts()
    body = {
        "left": {"document_number": "（苏通）应急罚〔2020〕1号", "code": COMPANY},
        "right": {"document_number": "(苏通)应急罚[2020]1号", "code": COMPANY[8:17]},
    }
    found = (await ingest.post("/v1/identity/comparisons", body, **READER)).json()
    assert (found["kind"], found["number"]["kind"], found["subject"]["kind"]) == ("proposed", "equal", "proposed")
    assert all(reason["zh"] and reason["en"] for reason in found["because"])
    assert await ingest.counts() == before
