"""A repair that false papers had obtained is undone: shown again for what is left of the window, and never longer."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from services.disclosure import tables
from services.disclosure.handlers import Handlers
from services.disclosure.policy.book import LawBook
from shared.contracts.base import EventData
from shared.contracts.events import PublicationOffline, PublicationOnline, RepairRevoked, SubjectStatusChanged
from shared.errors import Problem
from shared.ids import new_id
from shared.vocabulary import Audience, RegistryStatus
from tests.support import told
from tests.support.rows import COMPANY
from tests.support.services import RunningService, running_service

HEAR = Handlers(LawBook())


def revoked(record_id: str, *, restores_display: bool = True) -> RepairRevoked:
    return RepairRevoked(
        application_id=new_id(), record_id=record_id, revoked_on=told.SUBMITTED, restores_display=restores_display
    )


async def repaired(disclosure: RunningService) -> tuple[str, Sequence[EventData]]:
    """A record that was shown and repaired; what was told when it was shown."""
    event = told.admitted()
    await disclosure.hear(HEAR.records, event)
    shown = await disclosure.take_told()
    await disclosure.hear(HEAR.repairs, told.repaired(event.record_id))
    await disclosure.take_told()
    return event.record_id, shown


async def states(disclosure: RunningService) -> set[str]:
    return {row.state for row in await disclosure.rows(tables.publication)}


async def test_a_revoked_repair_shows_the_record_again_with_the_window_that_it_had(disclosure: RunningService) -> None:
    record_id, before = await repaired(disclosure)
    disclosure.clock.advance(timedelta(days=30))
    await disclosure.hear(HEAR.repairs, revoked(record_id))
    again = await disclosure.take_told()
    assert {type(one) for one in again} == {PublicationOnline}
    days = [
        {
            one.audience: (one.opens_on, one.closes_on, one.rule_id)
            for one in all_of
            if isinstance(one, PublicationOnline)
        }
        for all_of in (before, again)
    ]
    assert days[0] == days[1]
    assert set(days[0]) == set(Audience)
    assert {one.generation for one in again if isinstance(one, PublicationOnline)} == {3}
    assert await states(disclosure) == {"online"}


async def test_nothing_is_shown_again_after_its_last_lawful_day(disclosure: RunningService) -> None:
    record_id, before = await repaired(disclosure)
    last = max(one.closes_on for one in before if isinstance(one, PublicationOnline))
    disclosure.clock.advance(last - told.SUBMITTED)
    await disclosure.hear(HEAR.repairs, revoked(record_id))
    assert {one.closes_on for one in await disclosure.take_told() if isinstance(one, PublicationOnline)} == {last}
    await disclosure.hear(HEAR.repairs, told.repaired(record_id))
    assert {type(one) for one in await disclosure.take_told()} == {PublicationOffline}
    disclosure.clock.advance(timedelta(days=1))
    await disclosure.hear(HEAR.repairs, revoked(record_id))
    assert await disclosure.told() == []
    assert await states(disclosure) == {"offline"}


async def test_what_its_authority_withdrew_meanwhile_stays_away(disclosure: RunningService) -> None:
    record_id, _ = await repaired(disclosure)
    await disclosure.hear(HEAR.records, told.voided(record_id))
    await disclosure.hear(HEAR.repairs, revoked(record_id))
    assert await disclosure.told() == []
    assert await states(disclosure) == {"offline"}


async def test_where_the_rules_do_not_restore_display_it_stays_away(disclosure: RunningService) -> None:
    record_id, _ = await repaired(disclosure)
    await disclosure.hear(HEAR.repairs, revoked(record_id, restores_display=False))
    assert await disclosure.told() == []
    assert await states(disclosure) == {"offline"}


async def test_a_revocation_that_overtakes_its_approval_waits_for_it(disclosure: RunningService) -> None:
    event = told.admitted()
    await disclosure.hear(HEAR.records, event)
    before = await disclosure.counts()
    with pytest.raises(Problem, match="has not arrived yet"):
        await disclosure.hear(HEAR.repairs, revoked(event.record_id))
    assert await disclosure.counts() == before
    await disclosure.hear(HEAR.repairs, told.repaired(event.record_id))
    await disclosure.hear(HEAR.repairs, revoked(event.record_id))
    assert await states(disclosure) == {"online"}


async def test_what_still_waited_for_approval_is_not_shown_by_a_revocation_and_waits_again(
    database_url: str, tmp_path: Path
) -> None:
    regions = {"approval_required_regions": ("320600",)}
    async with running_service("disclosure", database_url, tmp_path, **regions) as service:
        hear = Handlers(LawBook(regions["approval_required_regions"]))
        event = told.admitted()
        await service.hear(hear.records, event)
        await service.hear(hear.repairs, told.repaired(event.record_id))
        assert await states(service) == {"offline"}
        await service.hear(hear.repairs, revoked(event.record_id))
        assert await service.take_told() == []
        assert await states(service) == {"awaiting_approval"}


async def test_a_record_whose_subject_is_gone_by_now_is_not_shown_again(disclosure: RunningService) -> None:
    record_id, _before = await repaired(disclosure)
    status = {"status": RegistryStatus.DEREGISTERED, "as_of": told.SUBMITTED, "proof_reference": "登记通知"}
    await disclosure.hear(HEAR.subjects, SubjectStatusChanged(uscc=COMPANY, generation=1, **status))
    await disclosure.hear(HEAR.repairs, revoked(record_id))
    assert await disclosure.take_told() == []
    rows = await disclosure.rows(tables.publication)
    assert {(row.state, row.reason) for row in rows} == {("offline", "subject_gone")}


async def test_a_subject_in_reorganisation_goes_on_and_nothing_is_hidden_for_it(disclosure: RunningService) -> None:
    """Q24: neither what is shown changes, nor what a revoked repair shows again."""
    status = {"status": RegistryStatus.REORGANISATION, "as_of": told.SUBMITTED, "proof_reference": "裁定书"}
    await disclosure.hear(HEAR.records, told.admitted())
    await disclosure.take_told()
    record_id, _before = await repaired(disclosure)
    before = set(await disclosure.rows(tables.publication))
    assert {row.state for row in before} == {"online", "offline"}
    await disclosure.hear(HEAR.subjects, SubjectStatusChanged(uscc=COMPANY, generation=1, **status))
    assert await disclosure.take_told() == []
    assert set(await disclosure.rows(tables.publication)) == before
    await disclosure.hear(HEAR.repairs, revoked(record_id))
    again = await disclosure.take_told()
    assert {type(one) for one in again} == {PublicationOnline}
    assert await states(disclosure) == {"online"}
