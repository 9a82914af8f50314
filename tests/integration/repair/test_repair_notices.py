"""The notice that an applicant is served with says what was decided, why, and of what; nothing before a decision."""

import io
from datetime import date

import docx
import pytest

from services.repair import handlers
from services.repair.notices.domain.compose import FILE, parse_words
from shared.ids import new_id
from shared.letters import DOCX, PDF, Letter, as_docx
from shared.policy import PackError
from shared.vocabulary import Audience, Severity
from tests.support import told
from tests.support.repair_desk import PATH, PEOPLE, REFUSE, decide, reviewed, step, view
from tests.support.services import RunningService


async def filed(repair: RunningService, count: int = 1) -> tuple[str, list[str]]:
    records = [new_id() for _ in range(count)]
    values = {"repair_from_on": date(2026, 1, 1), "severity": Severity.ORDINARY}
    online = [told.online(one, audience, **values) for one in records for audience in Audience]
    await repair.hear(handlers.publications, *online)
    answer = await repair.post(PATH, {"record_ids": records}, **PEOPLE["clerk"])
    return str(answer.json()["application_id"]), records


async def paper(repair: RunningService, application_id: str) -> list[str]:
    answer = await repair.get(f"{PATH}/{application_id}/notice.docx")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == DOCX and answer.headers["content-disposition"].startswith("attachment")
    return [one.text for one in docx.Document(io.BytesIO(answer.content)).paragraphs if one.text]


async def test_an_approval_is_told_with_its_reason_and_what_was_decided_otherwise(repair: RunningService) -> None:
    application_id, records = await filed(repair, 2)
    assert (await repair.get(f"{PATH}/{application_id}/notice.docx")).status_code == 409
    await reviewed(repair, application_id)
    otherwise = [{"record_id": records[1], "reason": "整改未完成"}]
    body = {"decision": "approve", "reason": "义务已履行完毕", "otherwise": otherwise}
    assert (await decide(repair, application_id, body)).status_code == 200
    found = await paper(repair, application_id)
    whole = "\n".join(found)
    assert found[0] == "信用修复告知书" and found[-1] == "2026年11月2日"
    record = told.record()
    for word in (record.subject.name, record.document_number, record.issuing_authority.name, "义务已履行完毕"):
        assert word in whole
    assert "整改未完成" in whole and "行政复议" in whole
    assert (await view(repair, application_id))["tracking_number"] in whole


async def test_a_refusal_says_how_to_object(repair: RunningService) -> None:
    application_id, _ = await filed(repair)
    await reviewed(repair, application_id)
    await decide(repair, application_id, REFUSE)
    found = await paper(repair, application_id)
    assert found[0] == "不予信用修复告知书" and any("行政复议" in line for line in found)


async def test_what_was_not_taken_up_is_told_too(repair: RunningService) -> None:
    application_id, _ = await filed(repair)
    await step(repair, application_id, "acceptance", {"accepted": False, "reason": "不属于本机关 <管辖> & 范围"})
    found = await paper(repair, application_id)
    assert found[0] == "不予受理信用修复申请告知书" and any("<管辖> & 范围" in line for line in found)


async def test_the_pdf_is_the_same_for_the_same_decision_or_says_what_is_missing(repair: RunningService) -> None:
    application_id, _ = await filed(repair)
    await reviewed(repair, application_id)
    await decide(repair, application_id)
    first = await repair.get(f"{PATH}/{application_id}/notice.pdf")
    if first.status_code == 501:
        assert "Word document" in first.json()["detail"]
        return
    assert first.headers["content-type"] == PDF and first.content.startswith(b"%PDF-")
    assert (await repair.get(f"{PATH}/{application_id}/notice.pdf")).content == first.content


async def test_nobody_reads_the_notice_of_another_company(repair: RunningService) -> None:
    application_id, _ = await filed(repair)
    stranger = {"sub": "portal", "scope": "repair:read", "authorities": [], "subjects": ["91320600MA1000000X"]}
    answer = await repair.client.get(f"{PATH}/{application_id}/notice.docx", headers=repair.headers(**stranger))
    assert answer.status_code == 404


def test_a_sign_that_no_document_can_hold_is_left_out() -> None:
    content = as_docx(Letter("告知书", ("a\x00b\ufffe",), "机关", "今日"))
    assert "ab" in [one.text for one in docx.Document(io.BytesIO(content)).paragraphs]


def test_words_without_a_source_or_with_a_gap_are_refused() -> None:
    with pytest.raises(PackError, match="citation"):
        parse_words({})
    with pytest.raises(PackError, match="declined is missing"):
        FILE.parsed(FILE.packaged_text().replace("[declined]", "[turned_away]"))
