"""A run says what it found otherwise than wanted and did not judge, and when it is worth asking again (G08)."""

from datetime import date, timedelta

from services.sync.reconciliation.domain.verdict import MendingLimit
from services.sync.reconciliation.explanations import in_language
from services.sync.reconciliation.runs import SETTLE, Mode, Wish
from shared.contracts.records import Record
from shared.database.types import AnyRow
from shared.vocabulary import DriftKind
from tests.support.portal_fake import Act, PortalFake, Sighting
from tests.support.sync_house import CHINA, MINUTE, SyncHouse, offline, online, record

SECOND = timedelta(seconds=1)


async def test_what_was_answered_a_moment_ago_is_counted_and_judged_when_asked_again(house: SyncHouse) -> None:
    await _published(house)
    house.china.plan(record(1), Act.KEEP)
    house.china.plan(record(50), Act.KEEP)
    await house.hear(offline(1), online(50))
    await house.push()
    run = await house.reconcile()
    assert (run.state, run.drifts, run.unsettled, run.unanswered) == ("mended", 0, 2, 0)
    assert "2 more differ and were not judged" in run.explanation
    assert "Ask again 5 s after the end." in run.explanation
    assert "请在本次结束 5 秒后再次对账" in (in_language(run.explanation, "zh") or "")
    house.clock.advance(SETTLE)
    again = await house.reconcile()
    assert (again.drifts, again.unsettled, again.explanation) == (2, 0, None)


async def test_what_the_portal_has_not_taken_yet_is_told_apart(house: SyncHouse) -> None:
    await _published(house)
    await house.hear(offline(1), online(60))
    house.clock.advance(MINUTE)
    run = await house.reconcile()
    assert (run.state, run.drifts, run.unsettled, run.unanswered) == ("mended", 0, 2, 2)
    assert "not taken their orders yet" in run.explanation
    assert "平台尚未受理其指令" in (in_language(run.explanation, "zh") or "")


async def test_what_is_as_wanted_already_is_not_counted_however_new(house: SyncHouse) -> None:
    await _published(house)
    await house.hear(offline(1), online(50))
    await house.push()
    run = await house.reconcile()
    assert (run.state, run.drifts, run.unsettled, run.explanation) == ("mended", 0, 0, None)


async def test_what_is_mended_leaves_the_rest_to_the_next_run(house: SyncHouse) -> None:
    await _published(house)
    house.china.lose(record(2))
    house.china.plan(record(1), Act.KEEP)
    await house.hear(offline(1))
    await house.push()
    run = await house.reconcile()
    assert (run.state, run.drifts, run.unsettled) == ("mended", 1, 1)
    plan = await house.reconcile(wish=Wish(mode=Mode.PLAN))
    assert (plan.state, plan.drifts, plan.unsettled, plan.unanswered) == ("planned", 0, 2, 1)
    assert plan.explanation.count("were not judged") == 2


async def test_what_is_shown_too_early_by_an_order_of_this_moment_is_counted(house: SyncHouse) -> None:
    await _published(house)
    await house.hear(online(70, opens_on=date(2026, 4, 1)))
    house.china.resurrect(record(70))
    run = await house.reconcile()
    assert (run.drifts, run.unsettled, run.unanswered) == (0, 1, 0)
    house.clock.advance(SETTLE)
    assert [(await house.reconcile()).drifts, (await house.drifts())[0].kind] == [1, DriftKind.PREMATURE]


async def test_too_many_differences_to_look_at_do_not_hide_what_was_not_judged(house: SyncHouse) -> None:
    house.limit = MendingLimit(rereads=5)
    await _published(house)
    for number in range(10, 20):
        house.china.lose(record(number))
    await house.hear(offline(1))
    run = await house.reconcile()
    assert (run.state, run.drifts, run.unsettled, run.unanswered) == ("awaiting_approval", 10, 1, 1)
    assert "not judged" in run.explanation


async def test_what_is_ordered_anew_while_the_run_looks_is_counted_too(house: SyncHouse) -> None:
    fake = _OrderedMeanwhile(house)
    house.fakes = {**house.fakes, CHINA: fake}
    await _published(house)
    fake.lose(record(1))
    fake.orders_on_look = True
    run = await house.reconcile()
    assert (run.drifts, run.unsettled, run.unanswered) == (0, 1, 1)


class _OrderedMeanwhile(PortalFake):
    """While it is looked at, an amendment of the record comes in."""

    orders_on_look = False

    def __init__(self, house: SyncHouse) -> None:
        super().__init__()
        self._house = house

    async def look(self, record: Record) -> Sighting:
        if self.orders_on_look:
            self.orders_on_look = False
            await self._house.hear(online(1, 2, facts="更正后"))
        return await super().look(record)


async def _published(house: SyncHouse) -> AnyRow:
    await house.publish(*range(1, 31))
    return await house.reconcile()
