"""The digests that the page for subscribers shows how to make are those that a copy is checked by."""

from services.sync.buckets.domain.digests import bucket_of, group_digests
from services.sync.webhooks.state.keep import digest_of, key_of
from tests.support.feed_copy import FeedCopy, Key
from tests.support.subscribers_page import sample_with

HELD: dict[Key, int] = {(f"{number:032x}", "credit_china"): number % 3 + 1 for number in range(500)}


def test_the_sample_in_the_documentation_makes_our_digests() -> None:
    assert sample_with("groups")["groups"](HELD) == FeedCopy(HELD).groups() == _ours()


def _ours() -> list[str]:
    buckets: dict[int, tuple[int, int]] = {}
    for (record_id, portal), generation in HELD.items():
        bucket = bucket_of(key_of(record_id, portal))
        entries, total = buckets.get(bucket, (0, 0))
        buckets[bucket] = (entries + 1, total + digest_of(record_id, portal, generation))
    return group_digests(buckets)
