"""The original is always kept (R21): of every row whose texts were corrected, sealed, for who may correct it."""

import json
from typing import Any

import pytest

from services.ingest.originals.tables import original_row
from services.ingest.tables import record
from shared.database.mechanics import audit_entry, idempotency_key
from tests.support import rows
from tests.support.services import RunningService

CORRECTOR = {"scope": "ingest:read ingest:correct", "sub": "credit-officer"}
WIDE_NAME = "常州样例（甲）　有限公司"
PROSE = "未按规定(见第３条)  对从业人员\n进行 培训 。"


async def send(ingest: RunningService, *sent: rows.Row, **claims: Any) -> Any:
    answer = await ingest.post("/v1/batches", {"kind": "penalty", "rows": list(sent)}, **claims)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def originals(ingest: RunningService, record_id: str, **claims: Any) -> Any:
    return await ingest.get(f"/v1/records/{record_id}/originals", **(CORRECTOR | claims))


async def unmasked(ingest: RunningService, record_id: str, reason: str = "信访核查", **claims: Any) -> Any:
    claims = {"scope": "ingest:originals", "sub": "supervisor", **claims}
    return await ingest.post(f"/v1/records/{record_id}/originals/unmasked", {"reason": reason}, **claims)


async def looks(ingest: RunningService) -> list[tuple[str, str, str | None, bool]]:
    """Who looked at which record, why, and whether the texts were masked."""
    opened = [entry for entry in await ingest.rows(audit_entry) if entry.action == "original.opened"]
    ordered = sorted(opened, key=lambda entry: str(entry.entry_id))
    return [(one.actor, one.record_id, one.reason, json.loads(one.payload)["masked"]) for one in ordered]


async def test_of_a_row_with_a_corrected_name_the_text_as_sent_is_kept(ingest: RunningService) -> None:
    spaced = rows.penalty(1, CF_XDR_MC=f" {rows.penalty()['CF_XDR_MC']} ", CF_SY=PROSE)
    receipt = await send(ingest, spaced, rows.penalty(2))
    [stored] = await ingest.rows(original_row)
    one, other = (verdict["record_id"] for verdict in receipt["verdicts"])
    assert (stored.record_id, stored.batch_id, stored.row) == (one, receipt["batch_id"], 1)
    assert rows.penalty()["CF_XDR_MC"].encode() not in bytes(stored.cells)
    found = (await originals(ingest, one)).json()["originals"]
    assert [each["cells"] for each in found] == [{"CF_XDR_MC": spaced["CF_XDR_MC"]}]
    assert (await originals(ingest, other)).json()["originals"] == []
    assert await looks(ingest) == [("credit-officer", one, None, True)], "only a look at something is kept"


async def test_running_text_is_stored_as_it_was_written(ingest: RunningService) -> None:
    await send(ingest, rows.penalty(1, CF_SY=PROSE, BZ="\u200b 见附件(１) \x07"))
    [stored] = await ingest.rows(record)
    content = json.loads(stored.content)
    assert content["detail"]["violation_facts"] == PROSE
    assert content["remark"] == "见附件(１)"
    [kept] = (await originals(ingest, stored.record_id)).json()["originals"]
    assert kept["cells"] == {"BZ": "\u200b 见附件(１) \x07"}


async def test_each_writing_is_kept_once_whatever_its_verdict(ingest: RunningService) -> None:
    code = rows.penalty()["CF_XDR_SHXYM"]
    for written in (code, f" {code}", f" {code}", f"{code} ", code.lower()):
        await send(ingest, rows.penalty(1, CF_XDR_SHXYM=written))
    assert len(await ingest.rows(record)) == 1
    kept = (await originals(ingest, (await ingest.rows(record))[0].record_id)).json()["originals"]
    assert sorted(one["cells"]["CF_XDR_SHXYM"] for one in kept) == sorted([f" {code}", f"{code} ", code.lower()])


async def test_a_changed_decision_keeps_its_original_too(ingest: RunningService) -> None:
    receipt = await send(ingest, rows.penalty(1))
    record_id = receipt["verdicts"][0]["record_id"]
    body = {
        "statement_of_reasons": "罚款数额变更",
        "changed_on": "2026-11-02",
        "row": rows.penalty(1, CF_NR_FK="5", CF_FRDB=" 王 样例 "),
    }
    assert (await ingest.post(f"/v1/records/{record_id}/change", body)).status_code == 200
    [kept] = (await unmasked(ingest, record_id)).json()["originals"]
    assert kept["cells"] == {"CF_FRDB": " 王 样例 "}


async def test_originals_are_for_the_authority_and_the_scope_alone(ingest: RunningService) -> None:
    receipt = await send(ingest, rows.penalty(1, CF_XDR_MC=WIDE_NAME))
    record_id = receipt["verdicts"][0]["record_id"]
    assert (await originals(ingest, record_id, authorities=[rows.OTHER_AUTHORITY])).status_code == 404
    assert (await originals(ingest, record_id, scope="ingest:read")).status_code == 403
    assert (await originals(ingest, "0" * 32)).status_code == 404


WRITTEN = {
    "CF_XDR_MC": f" {rows.PERSON_NAME}",
    "CF_XDR_ZJHM": f"{rows.PERSON_NUMBER} ",
    "BZ": f"\u200b 见{rows.PERSON_NAME}的陈述",
}


async def test_a_persons_texts_are_masked_unless_somebody_says_why_they_are_needed(ingest: RunningService) -> None:
    receipt = await send(ingest, rows.person_penalty(1, **WRITTEN))
    record_id = receipt["verdicts"][0]["record_id"]
    shown = await originals(ingest, record_id)
    assert (shown.json()["masked"], shown.json()["originals"][0]["cells"].keys()) == (True, WRITTEN.keys())
    for secret in (rows.PERSON_NAME, rows.PERSON_NAME[1:], rows.PERSON_NUMBER, rows.PERSON_NUMBER[6:14]):
        assert secret not in shown.text
    whole = await unmasked(ingest, record_id, "信访核查 2026-31")
    assert (whole.status_code, whole.json()["masked"]) == (200, False)
    assert whole.json()["originals"][0]["cells"] == WRITTEN
    assert whole.headers["cache-control"] == "no-store"
    assert await looks(ingest) == [
        ("credit-officer", record_id, None, True),
        ("supervisor", record_id, "信访核查 2026-31", False),
    ]


async def test_unmasked_texts_are_kept_for_no_repetition_and_each_call_is_a_look_of_its_own(
    ingest: RunningService,
) -> None:
    receipt = await send(ingest, rows.person_penalty(1, **WRITTEN))
    record_id = receipt["verdicts"][0]["record_id"]
    stored = len(await ingest.rows(idempotency_key))
    body, headers = {"reason": "信访核查"}, ingest.headers(scope="ingest:originals") | {"Idempotency-Key": "same"}
    for _ in range(2):
        answer = await ingest.client.post(f"/v1/records/{record_id}/originals/unmasked", json=body, headers=headers)
        assert answer.json()["originals"][0]["cells"] == WRITTEN
    assert (len(await looks(ingest)), len(await ingest.rows(idempotency_key))) == (2, stored)


@pytest.mark.parametrize("reason", ["", " ", "\u3000\n", "x" * 2001])
async def test_unmasked_texts_need_a_reason_that_says_something(ingest: RunningService, reason: str) -> None:
    receipt = await send(ingest, rows.person_penalty(1, **WRITTEN))
    answer = await unmasked(ingest, receipt["verdicts"][0]["record_id"], reason)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "reason")
    assert await looks(ingest) == []


async def test_unmasked_texts_are_for_a_scope_of_their_own_and_for_the_authority(ingest: RunningService) -> None:
    receipt = await send(ingest, rows.person_penalty(1, **WRITTEN))
    record_id = receipt["verdicts"][0]["record_id"]
    assert (await unmasked(ingest, record_id, scope="ingest:read ingest:correct")).status_code == 403
    assert (await unmasked(ingest, record_id, authorities=[rows.OTHER_AUTHORITY])).status_code == 404
    assert (await unmasked(ingest, "0" * 32)).status_code == 404
    assert await looks(ingest) == []


async def test_a_person_is_masked_in_running_text_in_any_writing(ingest: RunningService) -> None:
    name, number = rows.PERSON_NAME, "EX1234567"
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in number)
    told = f"当事人{name[0]} {name[1:]}（护照{wide}，即 {number.lower()}），{name}。"
    row = rows.person_penalty(1, CF_XDR_ZJLX="护照号", CF_XDR_ZJHM=number, CF_SY=told)
    await send(ingest, row)
    [stored] = await ingest.rows(record)
    facts = json.loads(stored.content)["detail"]["violation_facts"]
    assert name not in "".join(facts.split())
    for secret in (number, number.lower(), wide):
        assert secret not in facts
    assert facts.startswith("当事人")


async def test_a_citizens_number_in_full_width_stops_the_row(ingest: RunningService) -> None:
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in rows.PERSON_NUMBER)
    receipt = await send(ingest, rows.penalty(1, CF_SY=f"驾驶员（{wide}）未培训"))
    assert [one["code"] for one in receipt["verdicts"][0]["reasons"]] == ["V13"]
