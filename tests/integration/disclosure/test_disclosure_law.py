"""The law as a living thing: boundaries, adoptions and comparisons reach every record, and lengthen nothing (G03)."""

import asyncio
import csv
import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from services.disclosure import store, tables
from services.disclosure.domain.settle import settled_from
from services.disclosure.policy import store as policy_store
from services.disclosure.policy import tables as policy_tables
from services.disclosure.policy.book import LawBook, note_packaged
from services.disclosure.policy.compare_packs import compare_pack, work_off_comparison
from services.disclosure.policy.reevaluate import reevaluate_due
from services.disclosure.self_check.check import check
from services.disclosure.self_check.tables import self_check
from shared.contracts.events import PublicationOffline, PublicationOnline
from shared.ids import new_id
from shared.policy import evaluate, facts_of, load_packs
from shared.policy.load import parse_texts, texts_of
from shared.vocabulary import Audience, PenaltyType, TakeDownReason
from tests.support import told
from tests.support.law import LAW_OFFICER, LawHouse
from tests.support.packs import agreeing, label, ordinary
from tests.support.services import RunningService, statements

FINE, WARNING, REVOCATION = PenaltyType.FINE, PenaltyType.WARNING, PenaltyType.LICENCE_REVOCATION
OWN, CREDIT, MARKET = Audience.OWN_COLUMN, Audience.CREDIT_SITES, Audience.MARKET_SUPERVISION
BOUNDARY = date(2026, 4, 1)
SHORTER = agreeing(ordinary("P6M"))
LONGER = agreeing(ordinary("P2Y"))


@pytest.fixture
async def house(disclosure: RunningService) -> LawHouse:
    disclosure.token = LAW_OFFICER
    return await LawHouse.opened(disclosure)


async def publications(house: LawHouse, record_id: str) -> dict[str, Any]:
    rows = await house.service.rows(tables.publication)
    return {row.audience: row for row in rows if row.record_id == record_id}


async def test_passing_into_36_takes_down_exactly_what_it_no_longer_allows(house: LawHouse) -> None:
    day = date(2026, 3, 20)
    house.go_to(day)
    recent = told.admitted(of=told.record(date(2026, 1, 10)), on=day)
    aged = told.admitted(of=told.record(date(2024, 12, 1)), on=day)
    warned = told.admitted(of=told.record(date(2025, 10, 1), WARNING, fine=None), on=day)
    revoked = told.admitted(of=told.record(date(2024, 5, 1), REVOCATION, fine=None), on=day)
    await house.hear(recent, aged, warned, revoked)
    shown = {(e.record_id, e.audience) for e in await house.service.take_told() if isinstance(e, PublicationOnline)}
    assert {(aged.record_id, CREDIT), (aged.record_id, MARKET), (warned.record_id, OWN)} <= shown

    house.go_to(date(2026, 3, 31))
    assert await house.judge_anew() == 0
    house.go_to(BOUNDARY)
    assert await house.judge_anew() == 4
    events = await house.service.take_told()
    gone = {(e.record_id, e.audience): e for e in events if isinstance(e, PublicationOffline)}
    # Decided long ago: 58号令 gave three years, 36号令 gives one, which ended before it began. A warning: three months.
    allowed = {
        (one.record_id, window.audience)
        for one in (recent, aged, warned, revoked)
        for window in evaluate(_facts(one), load_packs(), BOUNDARY)
        if window.offline_on is not None and window.offline_on > BOUNDARY and window.publishability == "shown"
    }
    assert set(gone) == shown - allowed
    assert set(gone) == {(aged.record_id, CREDIT), (aged.record_id, MARKET), (warned.record_id, OWN)}
    assert {e.reason for e in gone.values()} == {TakeDownReason.WINDOW_EXPIRED}
    assert {e.offline_on for e in gone.values()} == {BOUNDARY}
    cut = {(e.record_id, e.audience): e.closes_on for e in events if isinstance(e, PublicationOnline)}
    assert cut == {(recent.record_id, CREDIT): date(2027, 1, 10), (recent.record_id, MARKET): date(2027, 1, 10)}
    assert await house.judge_anew() == 0


def _facts(event: Any) -> Any:
    from services.disclosure.domain.facts import facts_of

    return facts_of(event.record, event.first_submitted_on)


async def test_adopting_shorter_packs_shortens_and_takes_down_and_tells_only_that(house: LawHouse) -> None:
    ending = told.admitted(of=told.record(date(2026, 4, 20)))
    recent = told.admitted()
    revoked = told.admitted(of=told.record(date(2026, 6, 1), REVOCATION, fine=None))
    await house.hear(ending, recent, revoked)
    await house.service.take_told()
    receipt = await house.adopt(SHORTER)
    assert receipt["revision"] == 2
    assert await house.judge_anew() == 3
    events = await house.service.take_told()
    offline = [e for e in events if isinstance(e, PublicationOffline)]
    online = [e for e in events if isinstance(e, PublicationOnline)]
    assert {(e.record_id, e.audience, e.generation) for e in offline} == {(ending.record_id, a, 2) for a in Audience}
    assert {(e.record_id, e.closes_on, e.generation) for e in online} == {(recent.record_id, date(2027, 4, 30), 2)}
    assert {e.record for e in online} == {recent.record}
    page = (await house.service.get("/v1/policy/adoptions?total=true")).json()
    (adopted, packaged) = page["items"]
    assert page["total"] == {"items": 2, "or_more": False}
    assert (adopted["adopted_by"], adopted["reason"], adopted["origin"]) == ("law-officer", "法规调整", "adopted")
    assert (adopted["judged"], adopted["taken_down"], adopted["shown"], adopted["changed"]) == (3, 3, 3, 6)
    assert adopted["completed_at"] is not None
    assert packaged["origin"] == "packaged"


async def test_adopting_longer_packs_changes_no_stored_window_and_orders_nothing(house: LawHouse) -> None:
    event = told.admitted()
    await house.hear(event)
    await house.service.take_told()
    before = await publications(house, event.record_id)
    await house.adopt(LONGER)
    assert await house.judge_anew() == 1
    assert await house.service.take_told() == []
    assert await publications(house, event.record_id) == before

    await house.hear(told.amended(event.record_id, event.record.model_copy(update={"remark": "订正"})))
    again = await house.service.take_told()
    assert {e.closes_on for e in again if isinstance(e, PublicationOnline)} == {date(2027, 10, 30)}
    new = told.admitted()
    await house.hear(new)
    first = await house.service.take_told()
    assert {e.closes_on for e in first if isinstance(e, PublicationOnline)} == {date(2028, 10, 30)}


async def test_facts_that_change_after_longer_packs_were_adopted_are_shown_no_longer_than_before(
    house: LawHouse,
) -> None:
    event = told.admitted()
    await house.hear(event)
    await house.adopt(LONGER)
    await house.judge_anew()
    await house.service.take_told()
    detail = event.record.detail.model_copy(update={"fine": Decimal(61_000)})
    await house.hear(told.amended(event.record_id, event.record.model_copy(update={"detail": detail})))
    again = await house.service.take_told()
    assert {e.closes_on for e in again if isinstance(e, PublicationOnline)} == {date(2027, 10, 30)}
    house.book = LawBook()
    await house.hear(told.amended(event.record_id, event.record, generation=3))
    again = await house.service.take_told()
    assert {e.closes_on for e in again if isinstance(e, PublicationOnline)} == {date(2027, 10, 30)}
    await check(house.service.database, house.service.clock, "", 10)
    [found] = await house.service.rows(self_check)
    assert (found.windows, found.windows_different, found.windows_unknown) == (3, 0, 0)


async def test_what_left_the_public_sight_stays_away_under_any_packs(house: LawHouse) -> None:
    repaired, withdrawn, expired = told.admitted(), told.admitted(), told.admitted(of=told.record(date(2025, 11, 10)))
    await house.hear(repaired, withdrawn, expired)
    await house.hear_repairs(told.repaired(repaired.record_id))
    await house.hear(told.voided(withdrawn.record_id))
    house.pass_days(30)
    await house.expire()
    await house.service.take_told()
    await house.adopt(LONGER)
    await house.judge_anew()
    assert [e for e in await house.service.take_told() if isinstance(e, PublicationOnline)] == []


async def test_after_adoptions_every_stored_window_is_computed_again_bit_for_bit(house: LawHouse) -> None:
    house.go_to(date(2026, 9, 15))
    days = [date(2026, 4, 2), date(2026, 5, 31), date(2026, 6, 10), date(2026, 8, 31)]
    events = [told.admitted(of=told.record(day, fine=fine), on=day) for day in days for fine in (60_000, 130_000)]
    await house.hear(*events)
    for files in (SHORTER, LONGER, agreeing(ordinary("P5M", "P4M"))):
        house.pass_days(10)
        await house.adopt(files)
        await house.judge_anew()
    async with house.service.database.reading() as connection:
        texts = [await policy_store.read_texts(connection, number) for number in (1, 2, 3, 4)]
    by_version = {packs.version: packs for packs in (parse_texts(one)[0] for one in texts)}
    rows = await house.service.rows(tables.explained_publication.subquery())
    assert len({row.basis is None for row in rows}) == 2, "some windows rest on two packs and some on one"
    for row in rows:
        settled = settled_from(json.loads(row.provenance), json.loads(row.basis) if row.basis else None)
        for part in (settled.end, settled.repair):
            if part is not None:
                facts, as_of = facts_of(part.provenance.inputs)
                again = evaluate(facts, by_version[part.provenance.pack_version], as_of)
                assert part in again
        held = settled.window
        assert (held.closes_on, held.offline_on, held.repair_from_on) == (
            row.closes_on,
            row.offline_on,
            row.repair_from_on,
        )


async def test_broken_packs_are_refused_by_file_entry_and_reason_and_the_law_in_force_stays(house: LawHouse) -> None:
    before = (await house.service.get("/v1/policy")).json()["version"]
    broken = ordinary("P2Y")  # its worked cases say one year
    stored = await house.service.counts()
    for path in ("adoptions", "comparisons"):
        body = {"files": broken} | ({"reason": "x"} if path == "adoptions" else {})
        answer = await house.service.post(f"/v1/policy/{path}", body)
        assert answer.status_code == 422
        problem = answer.json()
        assert problem["type"].endswith("pack-refused")
        assert problem["file"] == "ndrc-36-2026.toml"
        assert problem["entry"].startswith("case 1")
        assert "worked case fails" in problem["reason"]
    assert (await house.service.get("/v1/policy")).json()["version"] == before
    assert await house.service.counts() == stored


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"selection.toml": ""},
        {"../../etc/passwd.toml": "x = 1"},
        {"a\u0000.toml": "x = 1"},
        {"selection.toml": "x" * (256 * 1024 + 1)},
        {f"f{number}.toml": "" for number in range(201)},
        texts_of() | {"lists.toml": "a = " + "[" * 3_000},
        texts_of() | {"lists.toml": "a = " + "9" * 5_000},
    ],
)
async def test_files_that_are_no_packs_are_refused_and_nothing_is_stored(house: LawHouse, files: Any) -> None:
    stored = await house.service.counts()
    answer = await house.service.post("/v1/policy/adoptions", {"files": files, "reason": "x"})
    assert answer.status_code == 422
    assert await house.service.counts() == stored


async def test_the_packs_in_force_are_not_adopted_twice_and_a_reason_is_needed(house: LawHouse) -> None:
    again = await house.service.post("/v1/policy/adoptions", {"files": texts_of(), "reason": "x"})
    assert again.status_code == 409
    for reason in ("", "  ", "\x00"):
        answer = await house.service.post("/v1/policy/adoptions", {"files": SHORTER, "reason": reason})
        assert answer.status_code == 422
    scope = "disclosure:read"
    assert (await house.service.post("/v1/policy/adoptions", {}, scope=scope)).status_code == 403


async def test_packs_saved_by_an_editor_of_windows_are_the_packs_they_look_like(house: LawHouse) -> None:
    saved = {name: "\ufeff" + text.replace("\n", "\r\n") for name, text in SHORTER.items()}
    answer = await house.service.post("/v1/policy/adoptions", {"files": saved, "reason": "法规调整"})
    assert answer.status_code == 201, answer.text
    assert (await house.service.get("/v1/policy/files")).json() == SHORTER
    assert (await house.service.get("/v1/policy")).json()["version"] == answer.json()["version"]


async def test_a_repeated_adoption_takes_effect_once(house: LawHouse) -> None:
    body, key = {"files": SHORTER, "reason": "法规调整"}, new_id()
    first, second = [await house.service.post("/v1/policy/adoptions", body, key=key) for _ in range(2)]
    assert first.json() == second.json()
    assert len(await house.service.rows(policy_tables.adoption)) == 2


async def test_a_comparison_counts_the_register_and_changes_nothing(house: LawHouse) -> None:
    ending = told.admitted(of=told.record(date(2026, 4, 20)))
    withdrawn = told.admitted()
    await house.hear(ending, withdrawn, told.admitted())
    await house.hear(told.voided(withdrawn.record_id))
    await house.service.take_told()
    before = await house.service.rows(tables.publication)
    asked = await house.service.post("/v1/policy/comparisons", {"files": SHORTER})
    assert asked.status_code == 202
    path = f"/v1/policy/comparisons/{asked.json()['comparison_id']}"
    assert (await house.service.get(path)).json()["state"] == "waiting"
    assert await work_off_comparison(house.service.database, house.service.clock, house.book) == 1
    found = (await house.service.get(path)).json()
    result = found["result"]
    assert (found["state"], result["records"], result["changed_records"]) == ("done", 2, 2)
    assert result["by_city"] == {"320600": {"disappears": 1, "shorter": 1}}
    assert result["by_audience"][CREDIT] == {"disappears": 1, "shorter": 1}
    changes = (await house.service.get(f"{path}/changes?audience={CREDIT}&kind=disappears")).json()["items"]
    assert [(one["record_id"], one["kinds"]) for one in changes] == [(ending.record_id, ["disappears"])]
    assert any("将下线" in line for line in result["summary"]["zh"])
    assert await house.service.rows(tables.publication) == before
    assert await house.service.told() == []
    assert await work_off_comparison(house.service.database, house.service.clock, house.book) == 0


async def test_a_comparison_on_a_later_day_tells_what_a_coming_version_would_change(house: LawHouse) -> None:
    house.go_to(date(2026, 3, 20))
    event = told.admitted(of=told.record(date(2025, 9, 15)), on=date(2026, 3, 20))
    await house.hear(event)
    found = {}
    for as_of in (None, "2026-04-01"):
        asked = await house.service.post("/v1/policy/comparisons", {"files": SHORTER, "as_of": as_of})
        assert asked.status_code == 202, asked.text
        assert await work_off_comparison(house.service.database, house.service.clock, house.book) == 1
        answer = (await house.service.get(f"/v1/policy/comparisons/{asked.json()['comparison_id']}")).json()
        found[answer["as_of"]] = answer["result"]["by_city"]
    assert found == {"2026-03-20": {}, "2026-04-01": {"320600": {"disappears": 1}}}
    past = await house.service.post("/v1/policy/comparisons", {"files": SHORTER, "as_of": "2026-03-19"})
    assert (past.status_code, past.json()["errors"][0]["field"]) == (422, "as_of")


async def test_a_comparison_counts_nothing_that_nobody_sees_any_more(house: LawHouse) -> None:
    """What a campaign took down, an audience whose display has ended, and what is not shown by the law."""
    cleared, half, waiting, secret = (told.admitted(of=told.record(fine=one)) for one in (60_000, 60_000, None, 60_000))
    await house.hear(cleared, half, waiting, secret)
    async with house.service.work() as work:
        await store.take_down(work, [cleared.record_id], TakeDownReason.SUBJECT_GONE)
        which = (tables.publication.c.record_id == half.record_id) & (tables.publication.c.audience != OWN)
        await store.go_offline(work, which, TakeDownReason.WINDOW_EXPIRED)
        shown = tables.publication
        await work.connection.execute(
            shown.update().where(shown.c.record_id == secret.record_id).values(state="exempt")
        )
    packs = (await asyncio.to_thread(parse_texts, SHORTER))[0]
    for slice_ in (1, 2_000):
        found = await compare_pack(house.service.database, house.book, packs, date(2026, 11, 2), slice_)
        assert (found.records, found.changed_records) == (2, 1)
        assert [(one.record_id, one.audience) for one in found.changes] == [(half.record_id, OWN)]


async def test_two_workers_share_the_records_and_judge_each_once(house: LawHouse) -> None:
    await house.hear(*(told.admitted() for _ in range(40)))
    await house.service.take_told()
    await house.adopt(SHORTER)
    other = LawHouse(house.service, LawBook())
    judged = await asyncio.gather(house.judge_anew(limit=7), other.judge_anew(limit=7))
    assert sum(judged) + await house.judge_anew() == 40
    events = await house.service.take_told()
    assert len({(e.record_id, e.audience) for e in events}) == len(events) == 120  # type: ignore[attr-defined]


async def test_an_idle_look_for_what_is_due_writes_nothing_and_takes_few_statements(house: LawHouse) -> None:
    await house.hear(*(told.admitted() for _ in range(20)))
    await house.judge_anew()
    with statements() as sent:
        assert await reevaluate_due(house.service.database, house.service.clock, house.book) == 0
    assert len([one for one in sent if one.lstrip().startswith(("UPDATE", "INSERT"))]) == 0
    assert len(sent) <= 6


async def test_a_slice_takes_the_same_statements_for_few_and_for_many_records(house: LawHouse) -> None:
    counts = []
    for size, files in ((5, label(SHORTER, "a")), (60, label(SHORTER, "b"))):
        await house.hear(*(told.admitted() for _ in range(size)))
        await house.adopt(files)
        with statements() as sent:
            assert await reevaluate_due(house.service.database, house.service.clock, house.book) >= size
        counts.append(len(sent))
    assert counts[1] <= counts[0] + 2


async def test_every_process_sees_an_adoption_in_its_next_transaction(house: LawHouse) -> None:
    other = LawBook()
    async with house.service.database.reading() as connection:
        assert (await other.current(connection)).revision == 1
    receipt = await house.adopt(SHORTER)
    async with house.service.database.reading() as connection:
        law = await other.current(connection)
    assert (law.revision, law.evaluator.packs.version) == (2, receipt["version"])
    await note_packaged(house.service.database, house.service.clock)
    async with house.service.database.reading() as connection:
        assert (await other.current(connection)).revision == 2, "what a person adopted outlives a restart"


async def test_policy_shows_documents_with_dates_and_citations(house: LawHouse) -> None:
    policy = (await house.service.get("/v1/policy")).json()
    by_id = {one["document_id"]: one for one in policy["documents"]}
    assert by_id["ndrc-36-2026"]["effective_from"] == "2026-04-01"
    assert by_id["ndrc-58-2023"]["effective_to"] == "2026-03-31"
    assert all(one["source"]["citation"] for one in policy["documents"])
    assert {rule["count_from"] for one in policy["documents"] for rule in one["classes"]} == {"decision"}
    assert {one["effect"] for one in policy["exclusions"]} == {"withhold"}
    files = (await house.service.get("/v1/policy/files")).json()
    assert parse_texts(files)[0].version == policy["version"]


async def test_packs_from_a_folder_are_compared_and_adopted_from_the_terminal(
    house: LawHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from services.disclosure import cli

    event = told.admitted()
    await house.hear(event)
    folder = tmp_path / "packs"
    folder.mkdir()
    for name, text in SHORTER.items():
        (folder / name).write_text(text, encoding="utf-8")
    monkeypatch.setenv("CREDITSYNC_DATABASE_URL", house.service.database.url)
    monkeypatch.setenv("CREDITSYNC_DATA_DIR", str(tmp_path))
    await asyncio.to_thread(cli.compare, folder)
    assert "1 of 1 records would change" in capsys.readouterr().out
    await asyncio.to_thread(cli.compare, folder, datetime(2999, 1, 1))  # noqa: DTZ001 - a day, as Typer reads it
    assert "As of 2999-01-01" in capsys.readouterr().out
    await asyncio.to_thread(cli.compare, folder, None, tmp_path / "changes.csv")
    with (tmp_path / "changes.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    shown = "1 of 1 records would change" in capsys.readouterr().out
    assert shown
    assert {(line["record_id"], line["city"], line["kinds"]) for line in lines} == {
        (event.record_id, "320600", "shorter")
    }
    assert sorted(line["audience"] for line in lines) == sorted(Audience)
    await asyncio.to_thread(cli.adopt, folder, "法规调整")
    await asyncio.to_thread(cli.show, tmp_path / "written")
    assert "revision 2" in capsys.readouterr().out
    assert {one.name: one.read_text(encoding="utf-8") for one in (tmp_path / "written").iterdir()} == SHORTER
    rows = await house.service.rows(policy_tables.adoption)
    assert rows[-1].adopted_by.startswith("terminal:")
    await asyncio.to_thread(cli.show, tmp_path / "former", 1)
    assert "(revision 1)" in capsys.readouterr().out
    former = (await house.service.get("/v1/policy/files?revision=1")).json()
    assert {one.name: one.read_text(encoding="utf-8") for one in (tmp_path / "former").iterdir()} == former != SHORTER
    unknown = await house.service.get("/v1/policy/files?revision=9")
    assert (unknown.status_code, unknown.json()["detail"]) == (404, "No packs were adopted under revision 9.")
