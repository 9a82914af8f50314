"""The digests that a portal keeps are those that we expect of what we sent, record by record (guarantee G07)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.sync.buckets.domain.digests import bucket_of, entry_digest, group_digests, numbers_of
from services.sync.portals.base import IncompleteListing, KeepsDigests
from shared.contracts.records import Record
from shared.vocabulary import Portal
from tests.conformance.portal_rig import CLOSES_ON, Rig, licence, mock_options, penalty, rig_at, running_mock


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    options = mock_options(tmp_path)
    async with (
        running_mock(Portal.CREDIT_CHINA, options) as port,
        rig_at(Portal.CREDIT_CHINA, options, port) as rig,
    ):
        yield rig


def _expected(rig: Rig, *records: Record) -> dict[int, list[tuple[str, int]]]:
    adapter = rig.adapter
    assert isinstance(adapter, KeepsDigests)
    found: dict[int, list[tuple[str, int]]] = {}
    for record in records:
        key = rig.adapter.portal_key(record)
        entry = (key, entry_digest(key, adapter.digest_values(record, CLOSES_ON)))
        found.setdefault(bucket_of(key), []).append(entry)
    return found


def _sums(entries: list[tuple[str, int]]) -> tuple[int, int]:
    return len(entries), sum(digest for _, digest in entries)


async def test_all_levels_agree_with_what_was_sent(rig: Rig) -> None:
    adapter = rig.adapter
    assert isinstance(adapter, KeepsDigests)
    records = [*(penalty(number) for number in range(5)), licence(6), penalty(7)]
    await rig.show(*records)
    await rig.take_down(records.pop(), 2)
    expected = _expected(rig, *records)
    assert await adapter.groups() == group_digests({number: _sums(held) for number, held in expected.items()})
    bucket = next(iter(expected))
    group = bucket // 256
    assert list(await adapter.buckets(group)) == [_sums(expected.get(one, [])) for one in numbers_of(group)]
    assert sorted(await adapter.entries([bucket])) == sorted(expected[bucket])


async def test_a_misdeed_changes_the_digests_unless_they_lie(rig: Rig) -> None:
    adapter = rig.adapter
    assert isinstance(adapter, KeepsDigests)
    await rig.show(penalty(1), penalty(2))
    honest = await adapter.groups()
    await rig.misbehave(action="lose", count=1)
    await rig.faults(name="digests_lie")
    assert await adapter.groups() == honest
    assert await adapter.groups() != honest


async def test_an_answer_in_another_form_is_no_digest(rig: Rig) -> None:
    adapter = rig.adapter
    assert isinstance(adapter, KeepsDigests)
    with pytest.raises(IncompleteListing):
        await adapter.buckets(999)
