"""Digests by bucket: equal for equal contents in whatever order, and different for any one change."""

from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from services.sync.buckets.domain.digests import (
    BUCKETS,
    BUCKETS_A_GROUP,
    EMPTY,
    GROUPS,
    bucket_of,
    entry_digest,
    group_digest,
    group_digests,
    numbers_of,
)

ENTRIES = st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=8), max_size=20)


def _digests(entries: dict[str, str]) -> list[str]:
    sums: dict[int, tuple[int, int]] = {}
    for key, value in entries.items():
        count, total = sums.get(bucket_of(key), (0, 0))
        sums[bucket_of(key)] = (count + 1, total + entry_digest(key, {"value": value}))
    return group_digests(sums)


def test_the_groups_cover_every_bucket_once() -> None:
    assert [number for group in range(GROUPS) for number in numbers_of(group)] == list(range(BUCKETS))


@given(ENTRIES)
def test_the_order_of_entries_does_not_matter(entries: dict[str, str]) -> None:
    assert _digests(entries) == _digests(dict(reversed(entries.items())))


@given(ENTRIES.filter(bool), st.data())
def test_any_one_change_is_seen(entries: dict[str, str], data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(entries)))
    changed = {**entries, key: entries[key] + "!"}
    without = {name: value for name, value in entries.items() if name != key}
    assert len({tuple(_digests(one)) for one in (entries, changed, without)}) == 3


def test_empty_values_do_not_count_and_names_do() -> None:
    assert entry_digest("k", {"a": "1", "b": ""}) == entry_digest("k", {"a": "1"})
    assert entry_digest("k", {"a": "1"}) != entry_digest("k", {"b": "1"})
    assert entry_digest("k", {"a": "1"}) != entry_digest("l", {"a": "1"})
    assert 0 <= entry_digest("k", {}) < 2**48


def test_a_group_without_entries_has_the_digest_of_its_empty_buckets() -> None:
    nothing = sha256(";".join(["0:0"] * BUCKETS_A_GROUP).encode()).hexdigest()[:16]
    assert set(group_digests({})) == {nothing}
    assert group_digests({0: EMPTY, 257: (1, 5)})[:3] == [nothing, group_digest(1, {257: (1, 5)}), nothing]
    assert group_digest(1, {257: (1, 5)}) != nothing
