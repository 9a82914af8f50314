"""The commands of a bureau beside a repair that is being served: what one does is seen over HTTP at once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli import app, main
from services.repair.commitments.tables import commitment
from services.repair.measures.tables import measure
from services.repair.reminders.tables import contact
from shared.database.mechanics import audit_entry
from shared.errors import Problem
from shared.evidence.actions import Action
from shared.ids import new_id
from shared.vocabulary import RemedyOutcome
from tests.integration.repair.test_objections import filed, marks, settle, shown, view
from tests.support import papers, told
from tests.support.paper_desk import applied, handed_in, known, waiting
from tests.support.repair_desk import PATH, decide, reviewed
from tests.support.rows import AUTHORITY, COMPANY
from tests.support.services import RunningService, running_service
from tests.support.web import START

KEY = "33" * 32
SCOPES = "repair:write repair:handle repair:review repair:decide repair:read"
WHY = ("--reason", "已核对决定书原件")
Move = Callable[[datetime], None]


@pytest.fixture
def clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Move:
    """Moves the clock of the commands to an instant."""
    file = tmp_path / "clock"
    monkeypatch.setenv("CREDITSYNC_CLOCK_FILE", str(file))

    def move(to: datetime) -> None:
        file.write_text(str(int((to - datetime.now(UTC)).total_seconds())), encoding="utf-8")

    move(START)
    return move


@pytest.fixture
async def repair(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Move
) -> AsyncIterator[RunningService]:
    """repair being served; the commands find its database, its keys and its time."""
    monkeypatch.setenv("CREDITSYNC_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CREDITSYNC_DATABASE_URL", database_url)
    monkeypatch.setenv("CREDITSYNC_PERSON_KEY", KEY)
    monkeypatch.setenv("CREDITSYNC_WEBHOOK_NETWORKS", '["127.0.0.0/8"]')
    token = {"scope": SCOPES, "sub": "clerk", "authorities": [AUTHORITY]}
    async with running_service("repair", database_url, tmp_path, token, person_key=KEY) as service:
        yield service


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Awaitable[str]]:
    """Runs a command by an account of the machine; a refusal is raised."""

    async def call(*arguments: str, by: str = "clerk") -> str:
        monkeypatch.setenv("LOGNAME", by)
        done = await asyncio.to_thread(CliRunner().invoke, app, ["repair", *arguments])
        if done.exception:
            raise done.exception
        return done.output

    return call


Run = Callable[..., Awaitable[str]]


async def refused(run: Run, *arguments: str, by: str = "clerk") -> Problem:
    with pytest.raises(Problem) as found:
        await run(*arguments, by=by)
    return found.value


async def test_an_objection_goes_from_the_check_to_the_undone_sanction(repair: RunningService, run: Run) -> None:
    objection_id = await filed(repair)
    asked = await run("objections", "check", objection_id, "--unit", "执法支队", "--question", "核对原件")
    assert "checking  answer by 2026-11-11 16:00" in asked
    assert "filed" in await run("objections", "answer", objection_id, "--reason", "原件为五万元")
    right = ("--field", "fine=50000", "--sanction", "招标限制=样例市住建局")
    assert "proposed" in await run("objections", "correct", objection_id, *right, *WHY)
    own = await refused(run, "objections", "confirm", objection_id, "--agree", *WHY)
    assert own.kind.slug == "second-person-needed"
    assert "filed" in await run("objections", "confirm", objection_id, "--send-back", *WHY, by="chief")
    await run("objections", "correct", objection_id, *right, *WHY)
    assert "upheld" in await run("objections", "confirm", objection_id, "--agree", *WHY, by="chief")
    found = await view(repair, objection_id)
    assert found["decision"]["corrected"] == [{"field": "fine", "value": "50000"}]
    assert (found["proposed_by"], found["decided_by"]) == ("terminal:clerk", "terminal:chief")
    await settle(repair, objection_id)
    days = ("--undone-on", "2026-11-02", "--told-on", "2026-11-02", "--reference", "函1")
    assert "closed" in await run("objections", "undo", objection_id, "1", *days)
    assert (await view(repair, objection_id))["sanctions"][0]["reference"] == "函1"


async def test_every_other_decision_of_an_objection_is_taken_from_a_terminal(repair: RunningService, run: Run) -> None:
    rejected, retracted, withdrawn, judged = [await filed(repair) for _ in range(4)]
    assert "rejected" in await run("objections", "reject", rejected, *WHY)
    assert "retracted" in await run("objections", "retract", retracted, "--reason", "来函撤销")
    reasons = ("--statement", "相对人认定有误。", "--kind", "void", "--withdrawn-on", "2026-11-02")
    assert "proposed" in await run("objections", "withdraw", withdrawn, *reasons, *WHY)
    assert "proposed" in await run("objections", "reclassify", judged, "--severity", "minor", "--no-accident", *WHY)
    decision = (await view(repair, judged))["decision"]
    assert decision["reclassification"] == {"severity": "minor", "accident_related": False}


async def test_a_case_without_a_remedy_is_closed_by_a_second_account(repair: RunningService, run: Run) -> None:
    objection_id = await filed(repair)
    await run("objections", "correct", objection_id, "--field", "remark=无", *WHY)
    await settle(repair, objection_id, RemedyOutcome.REFUSED, reasons=("withdrawn",))
    await repair.take_told()
    assert (await refused(run, "objections", "close", objection_id, *WHY)).kind.slug == "second-person-needed"
    assert "closed" in await run("objections", "close", objection_id, *WHY, by="chief")
    assert await marks(repair) == [(2, False)]


async def test_a_decision_that_says_nothing_or_two_things_is_refused_before_it_is_stored(
    repair: RunningService, run: Run
) -> None:
    objection_id = await filed(repair)
    before = await repair.counts()
    assert "name=value" in (await refused(run, "objections", "correct", objection_id, "--field", "fine", *WHY)).detail
    empty = await refused(run, "objections", "reclassify", objection_id, *WHY)
    assert "one remedy" in str(empty.members["errors"])
    unheard = await refused(run, "objections", "reclassify", objection_id, "--severity", "grave", *WHY)
    assert unheard.members["errors"][0]["field"] == "reclassification.severity"
    assert "reason" in (await refused(run, "objections", "reject", objection_id, "--reason", " ")).detail
    assert (await refused(run, "objections", "close", new_id(), *WHY)).kind.slug == "not-found"
    assert await repair.counts() == before


async def test_a_commitment_is_taken_in_and_stands_for_its_paper(repair: RunningService, run: Run, clock: Move) -> None:
    application_id = await waiting(repair)
    clock(repair.clock.now())
    words = ("--statement", "按时补交。", "--signed-by", "样例乙", "--signed-on", "2027-01-29")
    said = await run("commit", application_id, "--kind", "performance_proof", *words)
    assert "performance_proof to follow until 2027-" in said
    [row] = await repair.rows(commitment)
    assert (row.state, row.taken_by) == ("open", "terminal:clerk")
    assert "样例乙".encode() not in row.sealed
    handle = {"scope": "repair:handle", "sub": "clerk", "authorities": [AUTHORITY]}
    opened = (await repair.get(f"{PATH}/{application_id}/commitments/words", **handle)).json()
    assert opened == [{"statement": "按时补交。", "signed_by": "样例乙"}]
    again = await refused(run, "commit", application_id, "--kind", "performance_proof", *words)
    assert again.kind.slug == "conflict"
    assert "There is no paper" in (await refused(run, "commit", application_id, "--kind", "photo", *words)).detail
    assert "1 commitments" in await run("commitments", "--state", "open")


async def test_a_paper_is_fetched_once_noted_and_taken_back(repair: RunningService, run: Run, tmp_path: Path) -> None:
    application_id, out = await waiting(repair), tmp_path / "paper.png"
    material_id = await handed_in(repair, application_id, "commitment", papers.png())
    assert "png" in await run("fetch", material_id, str(out))
    assert out.read_bytes() == papers.png()
    assert "exists already" in (await refused(run, "fetch", material_id, str(out))).detail
    opened = [row.actor for row in await repair.rows(audit_entry) if row.action == Action.MATERIAL_OPENED]
    assert set(opened) == {"terminal:clerk"}
    assert "taken back" in await run("take-back", material_id, "--reason", "重复")
    assert (await refused(run, "fetch", material_id, str(out))).kind.slug == "not-found"
    assert "commitment" in (listed := await run("checklist"))
    assert "(minor, ordinary, serious" in listed


async def test_a_measure_is_noted_ended_and_its_party_told(repair: RunningService, run: Run) -> None:
    record_id = await shown(repair)
    what = ("--party", "样例市住建局", "--what", "招标限制", "--began-on", "2026-11-01")
    measure_id = (await run("measures", "note", record_id, "--kind", "sanction", *what)).split()[0]
    assert (
        "There is no kind of measure"
        in (await refused(run, "measures", "note", record_id, "--kind", "ban", *what)).detail
    )
    assert "stands" in await run("measures", "list", record_id)
    assert (await refused(run, "measures", "told", measure_id, "--how", "发函")).kind.slug == "conflict"
    assert "ended" in await run("measures", "end", measure_id, "--reason", "期限届满")
    assert "TO BE TOLD" in await run("measures", "untold")
    assert "told" in await run("measures", "told", measure_id, "--how", "发函")
    assert "0 measures" in await run("measures", "untold")
    [row] = await repair.rows(measure)
    assert (row.noted_by, row.lifted_by, row.told_how) == ("terminal:clerk", "terminal:clerk", "发函")


async def test_contacts_come_and_go_from_a_terminal_and_their_addresses_stay_sealed(
    repair: RunningService, run: Run
) -> None:
    bureau = ("--party", "bureau", "--key", AUTHORITY, "--channel", "webhook")
    entered = await run("reminders", "enter", *bureau, "--address", "http://127.0.0.1:9/hook")
    assert len(bytes.fromhex(entered.split("secret ")[1].strip())) == 32
    company = ("--party", "subject", "--key", COMPANY, "--channel", "webhook", "--address", "http://127.0.0.1:9/own")
    nobody = await refused(run, "reminders", "enter", *company)
    assert nobody.members["errors"][0]["field"] == "authority_code"
    mistyped = await refused(run, "reminders", "enter", *company, "--authority", AUTHORITY[:-1])
    assert mistyped.members["errors"] == [{"field": "authority_code", "reason": "no valid unified code"}]
    contact_id = (await run("reminders", "enter", *company, "--authority", AUTHORITY)).split()[0]
    assert (await repair.get("/v1/contacts")).json()["items"][1]["contact_id"] == contact_id
    mail = ("--party", "bureau", "--key", AUTHORITY, "--channel", "email", "--address", "a@b.example")
    assert "no mail server" in str((await refused(run, "reminders", "enter", *mail)).members)
    assert "removed" in await run("reminders", "remove", contact_id, "--reason", "离职")
    assert "1 contacts" in await run("reminders", "contacts")
    gone = next(row for row in await repair.rows(contact) if row.contact_id == contact_id)
    assert (gone.removed_by, gone.removal_reason, gone.sealed_address) == ("terminal:clerk", "离职", b"")


async def test_an_application_is_given_to_somebody_who_finds_it_in_his_queue(repair: RunningService, run: Run) -> None:
    application_id = await waiting(repair)
    assert "nobody" in await run("queue")
    assert "handled by li.wei" in await run("assign", application_id, "--to", "li.wei", "--reason", "轮值")
    item = (await repair.get(f"/v1/repair-queue/{application_id}", scope="repair:read")).json()
    assert item["assignee"] == "li.wei"
    assert application_id in await run("queue", "--tab", "submitted", "--of", "li.wei")
    assert "0 applications" in await run("queue", "--of", "somebody")
    assert "handled by terminal:chief" in await run("assign", application_id, "--reason", "领办", by="chief")
    assert "without spaces" in (await refused(run, "assign", application_id, "--to", "li wei", *WHY)).detail
    assert "There is no tab" in (await refused(run, "queue", "--tab", "lost")).detail


async def test_the_letter_of_a_decision_is_written_and_the_grade_looked_at_anew(
    repair: RunningService, run: Run, clock: Move, tmp_path: Path
) -> None:
    in_changzhou = told.record().model_copy(update={"region": "320402"})
    application_id = await applied(repair, await known(repair, record=in_changzhou))
    out = tmp_path / "notice.docx"
    assert (await refused(run, "notice", application_id, str(out))).kind.slug == "wrong-state"
    await reviewed(repair, application_id)
    assert (await decide(repair, application_id)).json()["state"] == "approved"
    assert str(out) in await run("notice", application_id, str(out))
    assert out.read_bytes().startswith(b"PK")
    assert ".docx or .pdf" in (await refused(run, "notice", application_id, str(tmp_path / "notice.txt"))).detail
    repair.clock.advance(timedelta(days=1))
    clock(repair.clock.now())
    assert application_id in await run("regradings")
    assert "looked at anew" in await run("regraded", application_id, "--reason", "维持B级")
    assert "0 grades" in await run("regradings")
    assert (await repair.get("/v1/regradings")).json()["items"] == []


async def test_a_refusal_names_every_field_at_the_terminal(
    repair: RunningService, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await shown(repair)
    given = ["--party", "bureau", "--key", "A" * 18, "--channel", "webhook", "--address", "http://127.0.0.1:9/"]
    monkeypatch.setattr("sys.argv", ["creditsync", "repair", "reminders", "enter", *given])
    with pytest.raises(SystemExit) as ended:
        await asyncio.to_thread(main)
    assert ended.value.code == 2
    assert "  party_key: no valid unified code" in capsys.readouterr().err
