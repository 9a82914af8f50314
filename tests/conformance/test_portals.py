"""What every portal adapter must do, proved against a running mock portal that can be told to misbehave."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.sync.domain.shown import digest
from services.sync.portals.base import IncompleteListing, Outcome, PendingReceipt, PortalUnavailable, Sight
from shared.vocabulary import Portal, SubjectKind, TakeDownReason
from tests.conformance.portal_rig import (
    ANSWERS_AT_ONCE,
    HURRIED,
    PORTALS,
    Rig,
    licence,
    mock_options,
    new_rig,
    order,
    penalty,
    record_id,
    rig_at,
    running_mock,
    with_facts,
)


@pytest.fixture(params=PORTALS)
async def rig(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Rig]:
    async with new_rig(request.param, mock_options(tmp_path)) as rig:
        yield rig


async def test_a_record_that_was_shown_is_seen_with_equal_fields(rig: Rig) -> None:
    for record in (penalty(1), licence(2)):
        results = await rig.show(record)
        assert results[record_id(record)].outcome is Outcome.TAKEN
        seen = await rig.adapter.look(record)
        assert (seen.sight, seen.where) == (Sight.PRESENT, ("detail", "search", "list"))
        assert (dict(seen.fields), seen.blind, seen.others) == (rig.expected(record), (), {})


async def test_a_search_and_list_that_lag_behind_an_update_are_told_face_by_face(rig: Rig) -> None:
    before = penalty(1)
    after = with_facts(before, "更正：特种作业人员持证上岗，台账缺失。")
    await rig.show(before)
    await rig.faults(name="stale_list", seconds=60)
    await rig.show(after, generation=2)
    seen = await rig.adapter.look(after)
    assert (seen.sight, dict(seen.fields)) == (Sight.PRESENT, rig.expected(after))
    assert {face: dict(fields) for face, fields in seen.others.items()} == {
        "search": rig.expected(before),
        "list": rig.expected(before),
    }


async def test_a_list_that_cannot_be_read_is_told_beside_what_the_detail_page_shows(rig: Rig) -> None:
    record = penalty(1)
    await rig.show(record)
    await rig.faults(name="truncated_list", mode="empty", count=2)
    seen = await rig.adapter.look(record)
    assert (seen.sight, seen.where, seen.blind) == (Sight.PRESENT, ("detail",), ("search", "list"))


async def test_an_update_shows_the_new_content(rig: Rig) -> None:
    before = penalty(1)
    after = with_facts(before, "更正：特种作业人员持证上岗，台账缺失。")
    await rig.show(before)
    await rig.show(after, generation=2)
    assert dict((await rig.adapter.look(after)).fields) == rig.expected(after) != rig.expected(before)


async def test_a_taken_down_record_is_absent_everywhere_and_its_neighbour_stays(rig: Rig) -> None:
    gone, stays = penalty(1), penalty(4)
    await rig.show(gone, stays)
    assert (await rig.take_down(gone, 2)).outcome is Outcome.TAKEN
    assert (await rig.adapter.look(gone)).sight is Sight.ABSENT
    assert (await rig.adapter.look(stays)).sight is Sight.PRESENT
    assert [entry.portal_key for entry in await rig.listing()] == [rig.adapter.portal_key(stays)]


async def test_a_record_that_was_never_sent_is_absent(rig: Rig) -> None:
    assert (await rig.adapter.look(penalty(1))).sight is Sight.ABSENT


async def test_an_older_generation_is_refused_with_code_and_message(rig: Rig) -> None:
    record = penalty(1)
    await rig.show(record)
    await rig.take_down(record, 3)
    late = (await rig.show(record, generation=2))[record_id(record)]
    assert late.outcome is Outcome.REFUSED
    assert late.code
    assert late.message
    assert (await rig.adapter.look(record)).sight is Sight.ABSENT


async def test_the_same_order_twice_has_one_effect(rig: Rig) -> None:
    record = penalty(1)
    first, again = await rig.show(record), await rig.show(record)
    assert first[record_id(record)].outcome is again[record_id(record)].outcome is Outcome.TAKEN
    held = await rig.held(record)
    assert (held["effects"], held["listed"]) == (1, 1)


async def test_a_malformed_row_is_refused_and_its_neighbours_go_on(rig: Rig) -> None:
    good, bad = penalty(1), with_facts(penalty(2), "")
    results = await rig.show(good, bad)
    refusal = results[record_id(bad)]
    assert results[record_id(good)].outcome is Outcome.TAKEN
    assert (refusal.outcome, refusal.code) == (Outcome.REFUSED, "MISSING")
    assert refusal.message
    assert (await rig.adapter.look(bad)).sight is Sight.ABSENT


async def test_a_portal_that_refuses_is_heard_with_its_code(rig: Rig) -> None:
    record = penalty(1)
    await rig.faults(name="refusing", code="E1234", count=1)
    refusal = (await rig.show(record))[record_id(record)]
    assert (refusal.outcome, refusal.code) == (Outcome.REFUSED, "E1234")
    assert (await rig.show(record))[record_id(record)].outcome is Outcome.TAKEN


async def test_a_natural_persons_record_never_leaves_the_house(rig: Rig) -> None:
    record = penalty(1)
    person = record.subject.model_copy(update={"kind": SubjectKind.NATURAL_PERSON, "uscc": None, "key": "p1"})
    private = record.model_copy(update={"subject": person})
    results = await rig.show(private, penalty(2))
    assert results[record_id(private)].outcome is Outcome.REFUSED
    assert (await rig.admin.get("/admin/inventory")).json()["held"] == 1


async def test_an_acknowledged_but_lost_write_is_seen_to_be_absent(rig: Rig) -> None:
    record = penalty(1)
    await rig.faults(name="lost_write", count=1)
    assert (await rig.show(record))[record_id(record)].outcome is Outcome.TAKEN
    assert (await rig.adapter.look(record)).sight is Sight.ABSENT
    await rig.show(record)
    assert (await rig.adapter.look(record)).sight is Sight.PRESENT


async def test_an_acknowledged_take_down_that_was_not_obeyed_is_seen(rig: Rig) -> None:
    record = penalty(1)
    await rig.show(record)
    await rig.faults(name="acknowledged_but_shown", count=1)
    assert (await rig.take_down(record, 2)).outcome is Outcome.TAKEN
    assert (await rig.adapter.look(record)).sight is Sight.PRESENT
    await rig.take_down(record, 3)
    assert (await rig.adapter.look(record)).sight is Sight.ABSENT


async def test_a_list_that_lags_keeps_the_record_present_until_it_follows(rig: Rig) -> None:
    record = penalty(1)
    await rig.show(record)
    await rig.faults(name="stale_list", seconds=1.5)
    await rig.take_down(record, 2)
    seen = await rig.adapter.look(record)
    assert (seen.sight, seen.where) == (Sight.PRESENT, ("search", "list"))
    assert dict(seen.fields) == rig.expected(record)
    assert (await rig.sees(record, Sight.ABSENT)).sight is Sight.ABSENT


async def test_an_altered_field_differs_exactly_there(rig: Rig) -> None:
    record = penalty(1)
    await rig.show(record)
    field = "penAm" if rig.portal is Portal.MARKET_SUPERVISION else "CF_NR_FK"
    assert await rig.misbehave(action="alter", keys=[rig.adapter.portal_key(record)], field=field, value="9.900000")
    fields, expected = dict((await rig.adapter.look(record)).fields), rig.expected(record)
    assert {name for name in expected if fields.get(name) != expected[name]} == {"fine"}
    assert fields["fine"] == "99000.00"
    assert dict((await rig.listing())[0].fields) == fields


async def test_an_alteration_on_the_way_in_is_seen(rig: Rig) -> None:
    record = penalty(1)
    field = "mainIllegFact" if rig.portal is Portal.MARKET_SUPERVISION else "CF_SY"
    await rig.faults(name="altered", field=field)
    await rig.show(record)
    fields, expected = dict((await rig.adapter.look(record)).fields), rig.expected(record)
    assert {name for name in expected if fields.get(name) != expected[name]} == {"violation_facts"}


async def test_a_duplicate_is_visible_in_the_listing(rig: Rig) -> None:
    twice, once = penalty(1), penalty(2)
    await rig.faults(name="duplicate")
    await rig.show(twice)
    await rig.show(once)
    keys = sorted(entry.portal_key for entry in await rig.listing())
    assert keys == sorted([rig.adapter.portal_key(twice)] * 2 + [rig.adapter.portal_key(once)])


async def test_what_rose_again_or_was_lost_behind_our_back_is_seen(rig: Rig) -> None:
    risen, lost = penalty(1), penalty(2)
    await rig.show(risen, lost)
    await rig.take_down(risen, 2)
    assert await rig.misbehave(action="resurrect", count=1) == [rig.adapter.portal_key(risen)]
    await rig.misbehave(action="lose", keys=[rig.adapter.portal_key(lost)])
    assert (await rig.adapter.look(risen)).sight is Sight.PRESENT
    assert (await rig.adapter.look(lost)).sight is Sight.ABSENT
    await rig.take_down(risen, 3)
    await rig.show(lost, generation=2)
    assert (await rig.adapter.look(risen)).sight is Sight.ABSENT
    assert (await rig.adapter.look(lost)).sight is Sight.PRESENT


async def test_the_listing_is_complete_and_equal_to_what_was_pushed(rig: Rig) -> None:
    records = [penalty(n) for n in range(1, 111)] + [licence(n) for n in range(100, 140)]
    await rig.show(*records)
    listed = {entry.portal_key: dict(entry.fields) for entry in await rig.listing()}
    assert listed == {rig.adapter.portal_key(record): rig.expected(record) for record in records}
    assert await rig.digests() == {key: digest(fields) for key, fields in listed.items()}


@pytest.mark.parametrize("mode", ["", "empty"])
async def test_a_listing_that_was_cut_short_is_never_taken_for_complete(rig: Rig, mode: str) -> None:
    await rig.show(*(penalty(n) for n in range(1, 8)))
    await rig.faults(name="truncated_list", mode=mode)
    with pytest.raises(IncompleteListing):
        await rig.listing()
    await rig.faults(name="truncated_list", mode=mode)
    with pytest.raises(IncompleteListing):
        await rig.digests()
    assert len(await rig.listing()) == 7


async def test_a_cut_search_result_is_no_proof_of_absence(rig: Rig) -> None:
    """The detail page is gone while search and list still hold the record, and both are cut short."""
    record = penalty(1)
    await rig.show(record)
    await rig.faults(name="stale_list", seconds=60)
    await rig.take_down(record, 2)
    await rig.faults(name="truncated_list", mode="empty", count=2)
    assert (await rig.adapter.look(record)).sight is Sight.UNKNOWN


async def test_a_record_is_found_on_a_long_list_of_its_day(rig: Rig) -> None:
    """Forty-five decisions of one day fill three pages; the one that only the list still shows is found."""
    same_day = [penalty(3 * n) for n in range(1, 46)]
    wanted = max(same_day, key=rig.adapter.portal_key)
    await rig.show(*same_day)
    await rig.faults(name="stale_list", seconds=60)
    await rig.take_down(wanted, 2)
    assert (await rig.adapter.look(wanted)).where == ("search", "list")


async def test_a_portal_that_is_down_is_unavailable_for_push_look_and_listing(rig: Rig) -> None:
    record = penalty(1)
    await rig.faults(name="down", count=10_000)
    with pytest.raises(PortalUnavailable) as caught:
        await rig.adapter.push([order(record)])
    assert caught.value.retry_after
    with pytest.raises(PortalUnavailable):
        await rig.adapter.look(record)
    with pytest.raises(PortalUnavailable):
        await rig.listing()
    await rig.faults()
    assert (await rig.adapter.look(record)).sight is Sight.ABSENT


async def test_a_portal_that_asks_us_to_slow_down_names_the_time(rig: Rig) -> None:
    record = penalty(1)
    await rig.faults(name="down", mode="busy", seconds=7, count=10_000)
    with pytest.raises(PortalUnavailable) as pushing:
        await rig.adapter.push([order(record)])
    with pytest.raises(PortalUnavailable) as looking:
        await rig.adapter.look(record)
    assert looking.value.retry_after == 7
    # An exchange database cannot answer 429: its door is shut for the time that its platform names.
    assert pushing.value.retry_after == (30 if rig.portal is Portal.CREDIT_JIANGSU else 7)
    with pytest.raises(PortalUnavailable):
        await rig.listing()


async def test_a_maintenance_page_in_place_of_an_answer_proves_nothing(rig: Rig) -> None:
    """It comes with status 200: an order under it is in doubt or not sent, a look shows nothing, a list is cut."""
    record = penalty(1)
    await rig.show(record)
    await rig.faults(name="down", mode="page", count=10_000)
    try:
        outcomes = {result.outcome for result in await rig.adapter.push([order(record, 2, take_down=True)])}
    except PortalUnavailable:
        outcomes = {Outcome.UNCERTAIN}
    assert outcomes == {Outcome.UNCERTAIN}
    assert (await rig.adapter.look(record)).sight is Sight.UNKNOWN
    with pytest.raises(IncompleteListing):
        await rig.listing()


async def test_a_repair_at_market_supervision_is_a_form_and_without_one_refused(tmp_path: Path) -> None:
    async with new_rig(Portal.MARKET_SUPERVISION, mock_options(tmp_path)) as rig:
        record = penalty(1)
        await rig.show(record)
        repair = replace(order(record, 2, take_down=True), reason=TakeDownReason.REPAIR_APPROVED)
        [filed] = await rig.adapter.push([repair])
        assert (filed.outcome, filed.receipt) == (Outcome.PENDING, repair.idempotency_key)
        assert [one.outcome for one in await rig.adapter.push([repair])] == [Outcome.PENDING]
        assert (await rig.settled([filed]))[record_id(record)].outcome is Outcome.TAKEN
        assert (await rig.adapter.look(record)).sight is Sight.ABSENT
        assert (await rig.held(record))["effects"] == 2
        stale = replace(order(record, 1, take_down=True), reason=TakeDownReason.REPAIR_APPROVED)
        assert [one.code for one in await rig.adapter.push([stale])] == ["STALE_VERSION"]
        [forgotten] = await rig.adapter.collect_receipts([PendingReceipt("r", 1, "never filed")])
        assert forgotten.outcome is Outcome.UNCERTAIN


async def test_an_authoritys_new_name_is_another_entry_at_market_supervision_and_the_old_one_goes_without_a_form(
    tmp_path: Path,
) -> None:
    async with new_rig(Portal.MARKET_SUPERVISION, mock_options(tmp_path)) as rig:
        old = penalty(1)
        authority = old.issuing_authority.model_copy(update={"name": "南通市应急管理局（更名后）"})
        new = old.model_copy(update={"issuing_authority": authority})
        assert rig.adapter.portal_key(new) != rig.adapter.portal_key(old)
        await rig.show(old)
        await rig.show(new, generation=2)
        assert (await rig.adapter.look(old)).sight is Sight.PRESENT
        assert (await rig.take_down(old, 2)).outcome is Outcome.TAKEN
        assert (await rig.adapter.look(old)).sight is Sight.ABSENT
        assert (await rig.adapter.look(new)).sight is Sight.PRESENT


async def test_a_portal_whose_server_is_gone_is_unavailable(rig: Rig) -> None:
    async with rig_at(rig.portal, rig.options, port=1) as elsewhere:
        with pytest.raises(PortalUnavailable):
            await elsewhere.adapter.look(penalty(1))
        if rig.portal is not Portal.CREDIT_JIANGSU:  # its rows go to a database that needs no server
            with pytest.raises(PortalUnavailable):
                await elsewhere.adapter.push([order(penalty(1))])


async def test_a_slow_answer_leaves_the_push_in_doubt_and_a_look_resolves_it(rig: Rig) -> None:
    record = penalty(1)
    await rig.faults(name="slow", seconds=4, on="wire", count=1)
    async with rig_at(rig.portal, rig.options, rig.port, HURRIED) as hurried:
        result = (await hurried.adapter.push([order(record)]))[0]
    # An exchange database answers at once whatever the platform behind it does.
    doubt = Outcome.PENDING if rig.portal is Portal.CREDIT_JIANGSU else Outcome.UNCERTAIN
    assert result.outcome is doubt
    async with asyncio.timeout(60):
        assert (await rig.sees(record, Sight.PRESENT)).sight is Sight.PRESENT


async def test_a_connection_that_breaks_after_sending_leaves_the_push_in_doubt(rig: Rig) -> None:
    if rig.portal is Portal.CREDIT_JIANGSU:
        pytest.skip("Credit Jiangsu takes no orders over HTTP")
    await rig.faults(name="down", mode="closed", count=1)
    result = (await rig.adapter.push([order(penalty(1))]))[0]
    assert result.outcome is Outcome.UNCERTAIN


async def test_a_slow_public_page_is_unknown_and_not_absent(rig: Rig) -> None:
    await rig.faults(name="slow", seconds=4, on="public", count=1)
    async with rig_at(rig.portal, rig.options, rig.port, HURRIED) as hurried:
        seen = await hurried.adapter.look(penalty(1))
    assert seen.sight is Sight.UNKNOWN
    assert seen.explanation


async def test_a_late_receipt_is_waited_for(rig: Rig) -> None:
    if rig.portal in ANSWERS_AT_ONCE:
        pytest.skip("it answers at once")
    await rig.faults(name="late_receipt", seconds=1)
    results = await rig.adapter.push([order(penalty(1))])
    assert results[0].outcome is Outcome.PENDING
    assert (await rig.settled(results))[record_id(penalty(1))].outcome is Outcome.TAKEN


@pytest.mark.parametrize("portal", list(Portal))
async def test_what_a_portal_holds_survives_its_restart(portal: Portal, tmp_path: Path) -> None:
    options, record, gone = mock_options(tmp_path), penalty(1), penalty(2)
    async with new_rig(portal, options) as rig:
        await rig.show(record, gone)
        await rig.take_down(gone, 5)
    async with new_rig(portal, options) as rig:
        assert dict((await rig.adapter.look(record)).fields) == rig.expected(record)
        assert (await rig.adapter.look(gone)).sight is Sight.ABSENT
        assert (await rig.show(gone, generation=4))[record_id(gone)].outcome is Outcome.REFUSED


@pytest.mark.parametrize("portal", [Portal.CREDIT_CHINA, Portal.CREDIT_JIANGSU])
async def test_a_receipt_can_be_collected_after_a_restart_of_the_portal(portal: Portal, tmp_path: Path) -> None:
    options = mock_options(tmp_path)
    async with running_mock(portal, options) as port, rig_at(portal, options, port) as rig:
        results = await rig.adapter.push([order(penalty(1))])
    async with new_rig(portal, options) as rig:
        assert (await rig.settled(results))[record_id(penalty(1))].outcome is Outcome.TAKEN


async def test_a_portal_that_does_not_know_our_credentials_is_unavailable(rig: Rig) -> None:
    if rig.portal is Portal.CREDIT_JIANGSU:
        pytest.skip("the exchange database is opened by its address alone")
    stranger = mock_options(rig.options.data_dir)
    stranger = type(stranger)(**{**vars(stranger), "token": "another", "secret": "another"})
    async with rig_at(rig.portal, stranger, rig.port) as unknown:
        with pytest.raises(PortalUnavailable, match="credentials"):
            await unknown.adapter.push([order(penalty(1))])


async def test_a_citizen_can_search_by_name_code_and_number(rig: Rig) -> None:
    record, other = penalty(1), penalty(2)
    await rig.show(record, other)
    for query in ("试样1号化工", record.subject.uscc, "(苏通)应急罚[2026]1号"):
        page = (await rig.admin.get("/search", params={"q": query})).text
        assert record.document_number in page
        assert other.document_number not in page
    assert record.document_number in (await rig.admin.get("/")).text


async def test_the_detail_page_names_the_last_display_day(rig: Rig) -> None:
    record = penalty(1)
    await rig.show(record)
    page = (await rig.admin.get(f"/records/{rig.adapter.portal_key(record)}")).text
    assert "最后公示日" in page
    assert "2027-03-31" in page


async def test_the_administrators_door_needs_its_token(rig: Rig) -> None:
    answer = await rig.admin.get("/admin/faults", headers={"authorization": "Bearer wrong"})
    assert answer.status_code == 401


@pytest.mark.real
async def test_the_exchange_database_works_on_postgresql(postgres_url: str, tmp_path: Path) -> None:
    options = mock_options(tmp_path)
    options = type(options)(**{**vars(options), "exchange_url": postgres_url})
    async with new_rig(Portal.CREDIT_JIANGSU, options) as rig:
        record, other = penalty(1), licence(2)
        results = await rig.show(record, other, with_facts(penalty(3), ""))
        assert sorted(result.outcome for result in results.values()) == [Outcome.REFUSED, Outcome.TAKEN, Outcome.TAKEN]
        assert dict((await rig.adapter.look(record)).fields) == rig.expected(record)
        assert (await rig.take_down(record, 2)).outcome is Outcome.TAKEN
        assert (await rig.adapter.look(record)).sight is Sight.ABSENT
        await rig.faults(name="down", count=10_000)
        with pytest.raises(PortalUnavailable):
            await rig.adapter.push([order(other, 2)])
