"""What differences are called, what is kept as evidence, and how far a run over a part of a portal reaches (G07)."""

import json
from datetime import date, timedelta

from services.sync.reconciliation import marks
from services.sync.reconciliation.domain.scope import Scope
from services.sync.reconciliation.runs import SETTLE, Wish
from services.sync.tables import watermark
from shared.vocabulary import DriftKind
from tests.support.paged_fake import PagedFake
from tests.support.sync_house import CHINA, MINUTE, SyncHouse, online, record, record_id

NANTONG, TONGZHOU, CHANGZHOU = "320600", "320612", "320412"


async def _kinds(house: SyncHouse) -> dict[str | None, str]:
    return {row.record_id: row.kind for row in await house.drifts()}


async def test_another_last_day_is_told_apart_from_other_changes(house: SyncHouse) -> None:
    await house.publish(*range(30))
    house.china.alter(record(1), "closes_on", "2029-01-01")
    house.china.alter(record(2), "closes_on", "2029-01-01")
    house.china.alter(record(2), "subject", "别的公司")
    await house.reconcile()
    assert await _kinds(house) == {record_id(1): DriftKind.END_DATE, record_id(2): DriftKind.ALTERED}
    found = {row.record_id: json.loads(row.differences) for row in await house.drifts()}
    assert found[record_id(1)] == {"closes_on": ["2027-03-01", "2029-01-01"]}
    assert found[record_id(2)].keys() == {"closes_on", "subject"}
    await house.settle(rounds=3)
    assert all(row.mended_at for row in await house.drifts())


async def test_what_is_shown_before_its_first_day_is_premature_and_nothing_is_sent_before_it(
    house: SyncHouse,
) -> None:
    tomorrow = date(2026, 3, 3)
    await house.publish(*range(5))
    await house.hear(online(7, opens_on=tomorrow))
    await house.settle(rounds=3)
    assert house.china.effects(record(7)) == {}
    held = house.china.entry(record(7))
    held.fields, held.faces = dict(house.china.shown(record(7), date(2027, 3, 1))), {"detail", "search", "list"}
    house.clock.advance(MINUTE)
    run = await house.reconcile()
    assert (run.state, run.drifts, run.held) == ("mended", 1, 0)
    assert await _kinds(house) == {record_id(7): DriftKind.PREMATURE}
    assert not await house.green(7)
    assert [row.mend_ordered_at for row in await house.drifts()] == [None]
    house.clock.advance(timedelta(days=1))
    await house.sweep()
    await house.settle(rounds=3)
    assert await house.green(7)
    assert house.china.effects(record(7)) == {1: 1}


async def test_the_evidence_says_what_was_seen_where_and_for_which_order(house: SyncHouse) -> None:
    await house.publish(*range(30))
    await house.take_down(1)
    house.china.resurrect(record(1), "search", "list")
    house.china.alter(record(2), "facts", "别的")
    await house.reconcile()
    await house.settle(rounds=3)
    ghost, altered = sorted(await house.drifts(), key=lambda row: row.record_id)
    assert (ghost.seen, ghost.found_on, ghost.generation, ghost.wanted_digest) == ("present", "search,list", 2, None)
    assert ghost.seen_digest and ghost.mended_at
    assert (altered.seen, altered.generation) == ("present", 1)
    assert altered.wanted_digest == (await house.placement(2)).shown_digest != altered.seen_digest


async def test_an_entry_that_moved_from_page_to_page_while_it_was_read_is_ordered_again_by_nobody(
    house: SyncHouse,
) -> None:
    """The listing shows it at the end of one page and again at the beginning of the next."""
    await house.publish(*range(30))
    paged = PagedFake()
    paged.held, paged.page_size = house.china.held, 4
    paged.double(record(3))
    house.fakes = {**house.fakes, CHINA: paged}
    run = await house.reconcile()
    assert run.drifts == 1
    (drift,) = await house.drifts()
    assert (drift.kind, drift.confirmed, drift.mend_ordered_at) == (DriftKind.DUPLICATE, False, None)
    house.clock.advance(MINUTE)
    await house.reconcile()
    again = (await house.drifts())[-1]
    assert (again.confirmed, again.mend_ordered_at is not None) == (True, True)


async def test_a_run_over_a_part_judges_that_part_only_and_moves_its_own_mark(house: SyncHouse) -> None:
    regions = {1: NANTONG, 2: TONGZHOU, 3: CHANGZHOU}
    await house.hear(*(online(number, region=region) for number, region in regions.items()))
    await house.settle(rounds=3)
    house.clock.advance(MINUTE)
    for number in regions:
        house.china.lose(record(number))
    house.china.plant("foreign")
    run = await house.reconcile(wish=Wish(Scope(district=NANTONG)))
    assert (run.state, run.drifts) == ("mended", 2)
    assert await _kinds(house) == {record_id(1): DriftKind.MISSING, record_id(2): DriftKind.MISSING}
    assert await house.verified_through() is None
    (mark,) = await house.rows(watermark.select())
    assert (mark.portal, mark.district, mark.kind, mark.verified_through) == (
        CHINA, NANTONG, "", house.clock.now() - SETTLE,
    )  # fmt: skip
    assert (await house.reconcile(wish=Wish(Scope(kind="licence")))).drifts == 0


async def test_a_mark_holds_for_narrower_scopes_and_never_for_wider_ones(house: SyncHouse) -> None:
    await house.publish(1)
    await house.reconcile(wish=Wish(Scope(district=NANTONG)))
    async with house.database.reading() as connection:
        known = await marks.all_marks(connection)
    at = house.clock.now() - SETTLE
    assert marks.verified_through(known, CHINA, Scope(NANTONG)) == at
    assert marks.verified_through(known, CHINA, Scope(TONGZHOU, "penalty")) == at
    assert marks.verified_through(known, CHINA, Scope(CHANGZHOU)) is None
    assert marks.verified_through(known, CHINA, Scope()) is None
    assert marks.verified_through(known, CHINA, Scope(kind="penalty")) is None
