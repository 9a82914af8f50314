"""What disclosure orders when ingest tells of a record: windows with their reasons, and no resurrection (G03, G06)."""

import asyncio
import json
from datetime import date

import pytest

from services.disclosure import tables
from services.disclosure.handlers import Handlers
from services.disclosure.rules import load_law
from shared.contracts.base import EventData
from shared.contracts.events import PublicationOffline, PublicationOnline
from shared.policy import evaluate, facts_of, from_json, load_packs
from shared.vocabulary import Audience, PenaltyType, SubjectKind, TakeDownReason
from tests.support import told
from tests.support.services import RunningService, statements

LAW = load_law()
HEAR = Handlers(LAW)
ALL = sorted(Audience)
FINE, WARNING, REVOCATION = PenaltyType.FINE, PenaltyType.WARNING, PenaltyType.LICENCE_REVOCATION


def lines(events: list[EventData]) -> list[tuple[str, str, int]]:
    return sorted((type(e).__name__.removeprefix("Publication"), e.audience, e.generation) for e in events)  # type: ignore[attr-defined]


async def states(disclosure: RunningService, record_id: str) -> dict[str, str]:
    rows = await disclosure.rows(tables.publication)
    return {row.audience: row.state for row in rows if row.record_id == record_id}


async def test_an_admitted_penalty_is_ordered_online_for_each_audience_with_its_window(
    disclosure: RunningService,
) -> None:
    event = told.admitted()
    await disclosure.hear(HEAR.records, event)
    ordered = await disclosure.told()
    assert lines(ordered) == [("Online", audience, 1) for audience in ALL]
    for one in ordered:
        assert isinstance(one, PublicationOnline)
        assert (one.opens_on, one.closes_on, one.repair_from_on) == (
            date(2026, 10, 30),
            date(2027, 10, 30),
            date(2027, 1, 31),
        )
        assert one.record == event.record
        assert one.due_at.isoformat() == "2026-11-10T16:00:00+00:00"  # seven working days after the decision


async def test_each_audience_explains_its_window_over_http(disclosure: RunningService) -> None:
    event = told.admitted()
    await disclosure.hear(HEAR.records, event)
    views = (await disclosure.get(f"/v1/records/{event.record_id}/publications?lang=en")).json()
    assert [view["audience"] for view in views] == ALL
    assert all(view["state"] == "online" and view["offline_on"] == "2027-10-31" for view in views)
    assert all(any("36" in line for line in view["explanation"]) for view in views)


async def test_a_warning_is_shown_on_the_own_column_and_nowhere_else(disclosure: RunningService) -> None:
    event = told.admitted(of=told.record(told.DECIDED, WARNING, fine=None))
    await disclosure.hear(HEAR.records, event)
    assert lines(await disclosure.told()) == [("Online", Audience.OWN_COLUMN, 1)]
    assert set((await states(disclosure, event.record_id)).values()) == {"online", "exempt"}


async def test_a_natural_person_is_shown_to_nobody(disclosure: RunningService) -> None:
    event = told.admitted(of=told.record(subject_kind=SubjectKind.NATURAL_PERSON))
    await disclosure.hear(HEAR.records, event)
    assert await disclosure.told() == []
    assert set((await states(disclosure, event.record_id)).values()) == {"exempt"}


async def test_a_record_overdue_on_its_first_submission_is_never_shown(disclosure: RunningService) -> None:
    old = told.record(date(2024, 10, 30))
    event = told.admitted(of=old)
    await disclosure.hear(HEAR.records, event)
    await disclosure.hear(HEAR.records, told.amended(event.record_id, told.record(date(2024, 10, 29))))
    assert await disclosure.told() == []
    assert set((await states(disclosure, event.record_id)).values()) == {"exempt"}


@pytest.mark.parametrize(
    "of",
    [
        told.record(),
        told.record(date(2026, 10, 30), REVOCATION, FINE, fine=120_000),
        told.record(date(2025, 12, 1), FINE, fine=100_000),
        told.record(date(2023, 3, 31), WARNING, fine=None),
        told.record(date(2022, 2, 28), FINE, fine=30_000),
        told.record(subject_kind=SubjectKind.SOLE_TRADER),
        told.licence_record(),
        told.licence_record(valid_until=date(9999, 12, 31)),
        told.licence_record(valid=False),
    ],
)
async def test_a_stored_window_is_the_same_when_it_is_computed_again_from_what_is_stored(
    disclosure: RunningService, of: object
) -> None:
    await disclosure.hear(HEAR.records, told.admitted(of=of))  # type: ignore[arg-type]
    packs = load_packs()
    rows = await disclosure.rows(tables.explained_publication.subquery())
    assert len(rows) == len(ALL)
    for row in rows:
        stored = from_json(json.loads(row.provenance))
        facts, as_of = facts_of(stored.provenance.inputs)
        again = next(one for one in evaluate(facts, packs, as_of) if one.audience == row.audience)
        assert again == stored
        assert (row.opens_on, row.closes_on, row.offline_on) == (stored.opens_on, stored.closes_on, stored.offline_on)


async def test_the_same_message_twice_changes_nothing(disclosure: RunningService) -> None:
    event, gone = told.admitted(), told.admitted()
    for _ in range(2):
        await disclosure.hear(HEAR.records, event, gone)
        await disclosure.hear(HEAR.records, told.voided(gone.record_id))
    assert len(await disclosure.told()) == 2 * len(ALL) + len(ALL)
    assert set((await states(disclosure, event.record_id)).values()) == {"online"}
    assert set((await states(disclosure, gone.record_id)).values()) == {"offline"}


async def test_an_amendment_orders_the_new_content_as_the_next_generation(disclosure: RunningService) -> None:
    event = told.admitted()
    await disclosure.hear(HEAR.records, event)
    await disclosure.take_told()
    await disclosure.hear(HEAR.records, told.amended(event.record_id, told.record(fine=70_000)))
    ordered = await disclosure.told()
    assert lines(ordered) == [("Online", audience, 2) for audience in ALL]
    assert {one.record.detail.fine for one in ordered} == {70_000}  # type: ignore[attr-defined]


@pytest.mark.parametrize("at_once", [True, False])
async def test_an_older_generation_is_refused_in_whatever_order_it_comes(
    disclosure: RunningService, at_once: bool
) -> None:
    first = told.admitted()
    second = told.amended(first.record_id, told.record(fine=70_000))
    for message in [(second, first)] if at_once else [(second,), (first,)]:
        await disclosure.hear(HEAR.records, *message)
    ordered = await disclosure.told()
    assert lines(ordered) == [("Online", audience, 1) for audience in ALL]
    assert {one.record.detail.fine for one in ordered} == {70_000}  # type: ignore[attr-defined]
    [row] = await disclosure.rows(tables.disclosed_record)
    assert row.source_generation == 2


async def test_two_workers_with_two_generations_of_a_new_record_keep_the_newer(disclosure: RunningService) -> None:
    for _ in range(10):
        first = told.admitted()
        second = told.amended(first.record_id, told.record(fine=70_000))
        await asyncio.gather(disclosure.hear(HEAR.records, first), disclosure.hear(HEAR.records, second))
        ordered = [e for e in await disclosure.take_told() if isinstance(e, PublicationOnline)]
        generations = [one.generation for one in ordered if one.audience is Audience.OWN_COLUMN]
        last = max(ordered, key=lambda one: one.generation)
        assert len(generations) == len(set(generations))
        assert last.record.detail.fine == 70_000  # type: ignore[union-attr]
    rows = await disclosure.rows(tables.disclosed_record)
    assert {row.source_generation for row in rows} == {2}


async def test_a_record_that_may_no_longer_be_shown_is_ordered_offline_at_once(disclosure: RunningService) -> None:
    event = told.admitted()
    await disclosure.hear(HEAR.records, event)
    await disclosure.take_told()
    await disclosure.hear(HEAR.records, told.amended(event.record_id, told.record(told.DECIDED, WARNING, fine=None)))
    ordered = await disclosure.told()
    assert lines(ordered) == [
        ("Offline", Audience.CREDIT_SITES, 2),
        ("Offline", Audience.MARKET_SUPERVISION, 2),
        ("Online", Audience.OWN_COLUMN, 2),
    ]
    gone = [one for one in ordered if isinstance(one, PublicationOffline)]
    assert {one.reason for one in gone} == {TakeDownReason.NO_LONGER_PUBLISHABLE}


async def test_a_withdrawal_takes_the_record_down_with_its_public_reasons(disclosure: RunningService) -> None:
    event = told.admitted()
    await disclosure.hear(HEAR.records, event)
    await disclosure.take_told()
    await disclosure.hear(HEAR.records, told.voided(event.record_id))
    ordered = await disclosure.told()
    assert lines(ordered) == [("Offline", audience, 2) for audience in ALL]
    for one in ordered:
        assert isinstance(one, PublicationOffline)
        assert (one.reason, one.public_statement) == (TakeDownReason.DECISION_WITHDRAWN, "行政复议决定撤销。")
        assert one.due_at.isoformat() == "2026-11-05T16:00:00+00:00"  # three working days


async def test_a_record_withdrawn_before_it_arrives_is_never_shown(disclosure: RunningService) -> None:
    event = told.admitted()
    await disclosure.hear(HEAR.records, told.voided(event.record_id))
    await disclosure.hear(HEAR.records, event)
    await disclosure.hear(HEAR.records, told.amended(event.record_id, told.record(fine=70_000), generation=3))
    assert [e for e in await disclosure.told() if isinstance(e, PublicationOnline)] == []
    assert "online" not in (await states(disclosure, event.record_id)).values()
    reasons = {row.reason for row in await disclosure.rows(tables.publication)}
    assert reasons <= {TakeDownReason.DECISION_WITHDRAWN}


async def test_a_withdrawal_and_its_record_at_the_same_moment_leave_nothing_online(
    disclosure: RunningService,
) -> None:
    for _ in range(10):
        event = told.admitted()
        await asyncio.gather(
            disclosure.hear(HEAR.records, event), disclosure.hear(HEAR.records, told.voided(event.record_id))
        )
        assert "online" not in (await states(disclosure, event.record_id)).values()


async def test_an_approved_repair_ends_display_for_every_audience_and_for_good(disclosure: RunningService) -> None:
    event = told.admitted()
    await disclosure.hear(HEAR.records, event)
    await disclosure.take_told()
    await disclosure.hear(HEAR.repairs, told.repaired(event.record_id))
    ordered = await disclosure.take_told()
    assert lines(ordered) == [("Offline", audience, 2) for audience in ALL]
    assert {one.reason for one in ordered} == {TakeDownReason.REPAIR_APPROVED}  # type: ignore[attr-defined]
    for generation, fine in ((2, 70_000), (3, 60_000)):
        of = told.record(fine=fine)
        await disclosure.hear(HEAR.records, told.amended(event.record_id, of, generation))
    assert await disclosure.told() == []
    assert set((await states(disclosure, event.record_id)).values()) == {"offline"}


async def test_what_a_repair_ended_also_stays_away_from_audiences_that_never_showed_it(
    disclosure: RunningService,
) -> None:
    event = told.admitted(of=told.record(told.DECIDED, WARNING, fine=None))
    await disclosure.hear(HEAR.records, event)
    await disclosure.hear(HEAR.repairs, told.repaired(event.record_id))
    await disclosure.take_told()
    await disclosure.hear(HEAR.records, told.amended(event.record_id, told.record()))
    assert await disclosure.told() == []
    rows = await disclosure.rows(tables.publication)
    assert {(row.state, row.reason) for row in rows} == {("offline", TakeDownReason.REPAIR_APPROVED)}


async def test_a_repair_told_twice_or_before_its_record_has_the_same_end(disclosure: RunningService) -> None:
    event = told.admitted()
    approved = told.repaired(event.record_id)
    for heard in (approved, event, approved):
        handler = HEAR.records if heard is event else HEAR.repairs
        await disclosure.hear(handler, heard)
    assert [e for e in await disclosure.told() if isinstance(e, PublicationOnline)] == []
    assert "online" not in (await states(disclosure, event.record_id)).values()


async def test_each_repaired_record_is_due_by_its_own_approval(disclosure: RunningService) -> None:
    early, late = told.admitted(), told.admitted()
    await disclosure.hear(HEAR.records, early, late)
    await disclosure.take_told()
    await disclosure.hear(
        HEAR.repairs,
        told.repaired(early.record_id, date(2026, 10, 30)),
        told.repaired(late.record_id, date(2026, 11, 2)),
    )
    due = {one.record_id: one.due_at.isoformat() for one in await disclosure.told()}  # type: ignore[attr-defined]
    assert due == {early.record_id: "2026-11-04T16:00:00+00:00", late.record_id: "2026-11-05T16:00:00+00:00"}


async def test_a_message_of_a_hundred_records_needs_no_more_statements_than_one_of_two(
    disclosure: RunningService,
) -> None:
    needed = []
    for number in (2, 100):
        events = [told.admitted() for _ in range(number)]
        with statements() as sent:
            await disclosure.hear(HEAR.records, *events)
            await disclosure.hear(HEAR.repairs, *(told.repaired(event.record_id) for event in events))
            await disclosure.hear(HEAR.records, *(told.voided(event.record_id) for event in events))
        needed.append(len(sent))
    assert needed[0] == needed[1]


@pytest.mark.parametrize("record_id", ["%00", "f" * 5000, "0" * 32])
async def test_an_unknown_record_is_not_found(disclosure: RunningService, record_id: str) -> None:
    answer = await disclosure.get(f"/v1/records/{record_id}/publications")
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:creditsync:problem:not-found")
