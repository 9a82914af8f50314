"""Papers come in whole or not at all, are what their content says, and reach only who may have them (G12, G15)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.requests import ClientDisconnect

from services.repair.materials.domain.papers import PaperKind
from services.repair.materials.hand_in import Paper, hand_in
from services.repair.materials.receive import Reception
from services.repair.materials.tables import material, material_file
from services.repair.materials.wiring import cabinet_of
from services.repair.settings import RepairSettings
from shared.clock import FrozenClock, governed_by, wall_time
from shared.database.mechanics import audit_entry
from shared.ids import new_id
from shared.web.caller import Caller
from tests.support import papers
from tests.support.paper_desk import (
    OWN,
    applied,
    fetched,
    files,
    handed_in,
    known,
    link,
    overview,
    problem,
    send,
    waiting,
)
from tests.support.repair_desk import PATH, decide, reviewed
from tests.support.rows import COMPANY, OTHER_AUTHORITY, company_code
from tests.support.services import RunningService


@pytest.mark.parametrize("kind", sorted(papers.ALL))
async def test_a_paper_comes_back_byte_by_byte_and_only_as_a_file_to_be_saved(
    repair: RunningService, tmp_path: Path, kind: str
) -> None:
    application_id, content = await waiting(repair), papers.ALL[kind]()
    answer = await send(repair, application_id, content=content)
    assert answer.status_code == 201, answer.text
    assert (answer.json()["format"], answer.json()["size_bytes"]) == (kind, len(content))
    got = await fetched(repair, answer.json()["material_id"])
    assert (got.status_code, got.content) == (200, content)
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["content-disposition"].startswith("attachment; ")
    assert got.headers["content-security-policy"].startswith("sandbox")
    assert got.headers["x-content-type-options"] == "nosniff"
    [file] = files(tmp_path)
    assert file.name == answer.json()["sha256"]
    assert content[:40] not in file.read_bytes()


async def test_the_checklist_says_what_is_missing_until_everything_is_there(repair: RunningService) -> None:
    application_id = await waiting(repair)
    before = await overview(repair, application_id)
    assert (before["rule"], before["complete"]) == ("ndrc-36-2026", False)
    assert sorted(one["any_of"][0] for one in before["missing"]) == ["commitment", "performance_proof"]
    await handed_in(repair, application_id, "performance_proof")
    await handed_in(repair, application_id, "commitment", papers.png())
    after = await overview(repair, application_id)
    assert (after["complete"], after["missing"]) == (True, [])
    assert [one["kind"] for one in after["materials"]] == ["performance_proof", "commitment"]


async def test_a_paper_of_one_record_does_not_serve_another(repair: RunningService) -> None:
    first, second = await known(repair, 2)
    application_id = await applied(repair, [first, second])
    await handed_in(repair, application_id, "commitment", papers.png())
    assert (await send(repair, application_id, query={"record_id": first})).status_code == 201
    missing = (await overview(repair, application_id))["missing"]
    assert [(one["any_of"], one["record_id"]) for one in missing] == [(["performance_proof"], second)]
    assert problem(await send(repair, application_id, query={"record_id": new_id()})) == (409, "conflict")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"MZ program", "unknown"),
        (b"", "empty"),
        (papers.pdf()[:-30], "truncated"),
        (papers.pdf() + papers.archive({"run.exe": b"MZ"}), "polyglot"),
        (papers.archive({"word/document.xml": b"<w/>"}), "not_ofd"),
        (papers.ofd(big=b"\x00" * 20_000_000), "bomb"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_file_that_is_not_what_it_must_be_is_refused_and_nothing_is_left(
    repair: RunningService, tmp_path: Path, content: bytes, reason: str
) -> None:
    application_id = await waiting(repair)
    before = await repair.counts()
    answer = await send(repair, application_id, content=content)
    assert problem(answer) == (422, "file-refused")
    assert answer.json()["reason"] == reason
    assert answer.json()["accepted"] == ["pdf", "jpeg", "png", "ofd"]
    assert (await repair.counts(), files(tmp_path)) == (before, [])


async def test_other_bytes_than_announced_are_refused(repair: RunningService, tmp_path: Path) -> None:
    application_id = await waiting(repair)
    assert problem(await send(repair, application_id, query={"sha256": "0" * 64})) == (422, "checksum-mismatch")
    assert files(tmp_path) == []


async def test_an_upload_that_breaks_off_leaves_nothing(repair: RunningService, tmp_path: Path) -> None:
    async def half() -> AsyncIterator[bytes]:
        yield papers.pdf()[:100]
        raise ClientDisconnect

    before = await repair.counts()
    reception = Reception(cabinet_of(RepairSettings(data_dir=tmp_path)), 1_000_000, 1)
    with pytest.raises(ClientDisconnect):
        await reception.receive(half(), None)
    assert (await repair.counts(), files(tmp_path)) == (before, [])
    assert (await reception.receive(_body(papers.pdf()), None)).size == len(papers.pdf())  # its place is free again


async def test_a_repeated_request_takes_effect_once(repair: RunningService, tmp_path: Path) -> None:
    application_id, key = await waiting(repair), new_id()
    answers = [await send(repair, application_id, key=key) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201] * 3
    assert len({answer.json()["material_id"] for answer in answers}) == 1
    assert len(await repair.rows(material)) == len(files(tmp_path)) == 1
    other = await send(repair, application_id, content=papers.png(), key=key)
    assert problem(other) == (422, "idempotency-key-reused")
    again = await send(repair, application_id)
    assert problem(again) == (409, "conflict")
    assert again.json()["material_id"] == answers[0].json()["material_id"]


async def test_an_upload_that_was_taken_is_answered_again_when_no_other_would_be(repair: RunningService) -> None:
    application_id, key = await waiting(repair), new_id()
    taken = await send(repair, application_id, key=key)
    assert (await repair.post(f"{PATH}/{application_id}/withdrawal", {"version": 1, "reason": "x"}, **OWN)).is_success
    again = await send(repair, application_id, key=key)
    assert (again.status_code, again.json()["material_id"]) == (201, taken.json()["material_id"])
    assert problem(await send(repair, application_id, content=papers.png())) == (409, "conflict")


async def test_one_content_for_two_applications_lies_there_once(repair: RunningService, tmp_path: Path) -> None:
    for record_id in await known(repair, 2):
        await handed_in(repair, await applied(repair, [record_id]))
    assert len(await repair.rows(material)) == 2
    assert len(await repair.rows(material_file)) == len(files(tmp_path)) == 1


async def test_what_is_not_yours_is_not_there(repair: RunningService, tmp_path: Path) -> None:
    application_id = await waiting(repair)
    material_id = await handed_in(repair, application_id)
    before = await repair.counts()
    for foreign in ({"subjects": [company_code(7)]}, {"subjects": [], "authorities": [OTHER_AUTHORITY]}):
        assert problem(await send(repair, application_id, content=papers.png(), **foreign)) == (404, "not-found")
        assert problem(await link(repair, material_id, **foreign)) == (404, "not-found")
        removal = await repair.post(f"/v1/repair-materials/{material_id}/removal", {"reason": "x"}, **(OWN | foreign))
        assert problem(removal) == (404, "not-found")
    other = await repair.get(f"{PATH}/{application_id}/materials", **(OWN | {"subjects": [company_code(7)]}))
    assert problem(other) == (404, "not-found")
    assert (await repair.counts(), len(files(tmp_path))) == (before, 1)


async def test_a_reviewer_reads_and_sends_nothing(repair: RunningService) -> None:
    application_id = await waiting(repair)
    await handed_in(repair, application_id)
    reviewer = {"sub": "reviewer-1", "scope": "repair:review repair:read"}
    answer = await repair.get(f"{PATH}/{application_id}/materials", **reviewer)
    assert len(answer.json()["materials"]) == 1
    sent = await send(repair, application_id, subjects=[], **reviewer)
    assert (problem(sent), sent.json()["required_scope"]) == ((403, "scope-missing"), "repair:write")


async def test_a_decided_application_takes_no_papers_and_keeps_those_it_has(repair: RunningService) -> None:
    application_id = await waiting(repair)
    material_id = await handed_in(repair, application_id)
    await reviewed(repair, application_id)
    assert (await decide(repair, application_id)).status_code == 200
    late = await send(repair, application_id, content=papers.png())
    assert (problem(late), late.json()["state"]) == ((409, "conflict"), "approved")
    removal = await repair.post(f"/v1/repair-materials/{material_id}/removal", {"reason": "x"}, **OWN)
    assert problem(removal) == (409, "conflict")
    assert (await fetched(repair, material_id)).status_code == 200


async def test_a_paper_that_is_taken_back_is_missing_again_and_cannot_be_fetched(repair: RunningService) -> None:
    application_id = await waiting(repair)
    material_id = await handed_in(repair, application_id)
    address = (await link(repair, material_id)).json()["address"]
    answer = await repair.post(
        f"/v1/repair-materials/{material_id}/removal", {"reason": "传错了，问13912345678"}, **OWN
    )
    assert answer.status_code == 200, answer.text
    assert [row.removal_reason for row in await repair.rows(material)] == ["传错了，问139****5678"]
    found = await overview(repair, application_id)
    assert (found["materials"], len(found["missing"])) == ([], 2)
    assert problem(await repair.client.get(address)) == (404, "not-found")
    assert (await send(repair, application_id)).status_code == 201  # the same file may come again


async def test_a_link_opens_its_paper_for_its_time_and_nothing_else(repair: RunningService) -> None:
    application_id = await waiting(repair)
    first = await handed_in(repair, application_id)
    second = await handed_in(repair, application_id, "commitment", papers.png())
    now = FrozenClock(wall_time())
    with governed_by(now):
        address = (await link(repair, first)).json()["address"]
        assert (await repair.client.get(address)).content == papers.pdf()
        for wrong in (address.replace(first, second), address[:-1] + "0", address[:-1] + "1", f"{address}0"):
            assert wrong == address or (await repair.client.get(wrong)).status_code in {404, 422}
        until = int(address.partition("until=")[2].partition("&")[0])
        longer = address.replace(f"until={until}", f"until={until + 9999}")
        assert problem(await repair.client.get(longer)) == (404, "not-found")
        now.advance(timedelta(seconds=601))
        assert problem(await repair.client.get(address)) == (410, "link-expired")


async def test_who_handed_in_and_who_looked_is_in_the_log(repair: RunningService) -> None:
    application_id = await waiting(repair)
    material_id = await handed_in(repair, application_id)
    await link(repair, material_id, sub="clerk")
    log = sorted(await repair.rows(audit_entry), key=lambda row: str(row.entry_id))
    acts = [(row.action, row.actor) for row in log if row.subject == application_id]
    assert acts[-2:] == [("material.handed_in", "site"), ("material.opened", "clerk")]


async def test_the_same_papers_at_the_same_moment_are_taken_once(repair: RunningService, tmp_path: Path) -> None:
    application_id = await waiting(repair)
    answers = await asyncio.gather(*(send(repair, application_id) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert len(await repair.rows(material)) == len(files(tmp_path)) == 1


async def test_a_process_that_dies_before_the_row_leaves_no_half_paper(repair: RunningService, tmp_path: Path) -> None:
    """The file is put away, the transaction is lost: the application has no paper, and sending it again works."""
    application_id = await waiting(repair)
    before = await repair.counts()
    reception = Reception(cabinet_of(RepairSettings(data_dir=tmp_path)), 1_000_000, 1)
    received = await reception.receive(_body(papers.pdf()), None)
    caller = Caller("site", frozenset(), frozenset(), frozenset({COMPANY}))
    with pytest.raises(RuntimeError, match="killed"):
        async with repair.work() as work:
            await hand_in(work, Paper(application_id, PaperKind.COMMITMENT), received, caller, 40)
            raise RuntimeError("killed")
    assert await repair.counts() == before
    assert len(files(tmp_path)) == 1  # nobody refers to it, until the next tidying
    assert (await send(repair, application_id)).status_code == 201


async def _body(content: bytes) -> AsyncIterator[bytes]:
    yield content
