"""A comparison tells what other packs would change, by audience, city and kind, and keeps no register (G03)."""

import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from shared.policy import Facts, Packs
from shared.policy.compare import LISTED, ChangeKind, Comparer, compare, summary
from shared.vocabulary import Audience, PenaltyType
from tests.support.packs import changed, ordinary, parsed
from tests.unit.policy.facts import penalty

TODAY = date(2026, 11, 2)
NANTONG, CHANGZHOU = "320600", "320400"
FINED = penalty("2026-06-01")
FINED_LATER = penalty("2026-10-30", authority_region=CHANGZHOU)
REVOKED = penalty("2026-06-01", penalty_types=frozenset({PenaltyType.LICENCE_REVOCATION}), fine=None)
REGISTER = [("a", NANTONG, FINED), ("b", CHANGZHOU, FINED_LATER), ("c", NANTONG, REVOKED)]


def test_packs_against_themselves_change_nothing(packs: Packs) -> None:
    found = compare(REGISTER, packs, packs, TODAY)
    assert (found.records, found.changed_records, found.changes_in_all, found.changes) == (3, 0, 0, ())
    assert summary(found, "en") == [
        f"As of 2026-11-02, packs {packs.version} against {packs.version}: 0 of 3 records would change."
    ]


def test_a_shorter_maximum_is_told_by_audience_and_by_city(packs: Packs) -> None:
    found = compare(REGISTER, packs, parsed(ordinary("P9M")), TODAY)
    assert found.changed_records == 2
    assert {audience: dict(counts) for audience, counts in found.by_audience.items()} == {
        audience: {ChangeKind.SHORTER: 2} for audience in Audience
    }
    assert found.by_city == {CHANGZHOU: {ChangeKind.SHORTER: 1}, NANTONG: {ChangeKind.SHORTER: 1}}
    change = next(one for one in found.changes if one.record_id == "a" and one.audience is Audience.CREDIT_SITES)
    assert (change.closes_on, change.new_closes_on) == (date(2027, 6, 1), date(2027, 3, 1))


def test_a_window_that_ends_before_today_disappears(packs: Packs) -> None:
    found = compare(REGISTER, packs, parsed(ordinary("P4M")), TODAY)
    kinds = {(one.record_id, kind) for one in found.changes for kind in one.kinds}
    assert kinds == {("a", ChangeKind.DISAPPEARS), ("b", ChangeKind.SHORTER)}


def test_a_longer_maximum_is_told_and_said_to_be_never_applied(packs: Packs) -> None:
    found = compare(REGISTER, packs, parsed(ordinary("P2Y")), TODAY)
    assert found.by_audience[Audience.CREDIT_SITES] == {ChangeKind.LONGER: 2}
    assert any("不执行" in sentence for sentence in summary(found, "zh"))
    assert any("never applied" in sentence for sentence in summary(found, "en"))


def test_a_later_repair_date_and_another_class_are_told(packs: Packs) -> None:
    later = compare(REGISTER, packs, parsed(ordinary("P1Y", "P6M")), TODAY)
    assert later.by_audience[Audience.OWN_COLUMN] == {ChangeKind.REPAIR_DATE: 1}  # of the other it was reached
    graver = changed("selection.toml", 'types = ["警告", "通报批评"]', 'types = ["警告", "通报批评", "罚款"]')
    found = compare(REGISTER[1:2], packs, parsed(graver), TODAY)
    assert ChangeKind.SEVERITY in found.by_audience[Audience.OWN_COLUMN]
    assert found.by_audience[Audience.CREDIT_SITES] == {ChangeKind.DISAPPEARS: 1}


def test_what_needs_a_person_only_under_the_new_packs_is_told(packs: Packs) -> None:
    cheap = changed("selection.toml", 'id = "huge"\nyuan = 100000', 'id = "huge"\nyuan = 40000')
    found = compare(REGISTER, packs, parsed(cheap), TODAY)
    assert found.by_audience[Audience.CREDIT_SITES] == {ChangeKind.NEEDS_CONFIRMATION: 2}


def test_a_record_that_waited_for_a_fact_may_appear(packs: Packs) -> None:
    unknown = [("d", NANTONG, penalty("2026-06-01", fine=None))]
    without = changed("ndrc-36-2026.toml", ', "fine_from:huge"]', "]")
    found = compare(unknown, packs, parsed(without), TODAY)
    assert found.by_audience[Audience.CREDIT_SITES] == {ChangeKind.APPEARS: 1}


@pytest.mark.parametrize("size", [LISTED * 2])
def test_it_streams_and_lists_a_bounded_number(packs: Packs, size: int) -> None:
    def register() -> Iterator[tuple[str, str, Facts]]:
        for number in range(size):
            yield f"{number:032x}", NANTONG, replace(FINED, fine=Decimal(50_000 + number % 5))

    tracemalloc.start()
    try:
        found = compare(register(), packs, parsed(ordinary("P9M")), TODAY + timedelta(days=1))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (found.changed_records, found.changes_in_all, len(found.changes)) == (size, 3 * size, LISTED)
    assert peak < 8 * 1024 * 1024


def test_the_summary_says_where_the_list_stops(packs: Packs) -> None:
    other = parsed(ordinary("P9M"))
    comparer = Comparer(packs, other, TODAY, listed=4)
    comparer.add("a", NANTONG, FINED)
    whole = summary(comparer.result(), "en")
    comparer.add("b", NANTONG, FINED)
    assert summary(comparer.result(), "en")[-1] == "The list names the first 4 of 6 changes; the counts have all."
    assert summary(comparer.result(), "zh")[-1] == "清单仅列出6项变化中的前4项，计数为全部。"
    assert not any("list" in sentence for sentence in whole)


def test_only_the_audiences_that_still_show_a_record_are_counted(packs: Packs) -> None:
    comparer = Comparer(packs, parsed(ordinary("P9M")), TODAY)
    comparer.add("a", NANTONG, FINED, {Audience.OWN_COLUMN})
    comparer.add("b", NANTONG, FINED, set())
    found = comparer.result()
    assert (found.records, found.changed_records, found.changes_in_all) == (2, 1, 1)
    assert [(one.record_id, one.audience) for one in found.changes] == [("a", Audience.OWN_COLUMN)]
