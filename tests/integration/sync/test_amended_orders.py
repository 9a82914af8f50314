"""An operator puts other words in place for one portal (订正); the source alone says who was punished with what."""

from typing import Any

import pytest
from sqlalchemy import select

from services.sync.tables import placement
from shared.database.mechanics import audit_entry
from shared.vocabulary import Portal
from tests.integration.sync.test_problems import REFUSED, Operator, callers, operator
from tests.support.portal_fake import Act
from tests.support.sync_house import CHINA, MINUTE, SyncHouse, offline, online, record, record_id

__all__ = ["callers", "operator"]

WORDS = "违法事实（节略，全文见决定书）"


async def refused(house: SyncHouse, *numbers: int) -> None:
    for number in numbers:
        house.china.plan(record(number), Act.REFUSE)
    await house.hear(*(online(number) for number in numbers))
    await house.settle(rounds=2)


async def amend(operator: Operator, number: int = 1, **more: Any) -> Any:
    body = {"remedy": "amend", "reason": "该门户限长", "record_ids": [record_id(number)], **more}
    return await operator.post(REFUSED, **{"fields": {"violation_facts": WORDS}, **body})


async def test_amended_words_are_sent_seen_and_expected_on_that_portal_only(
    house: SyncHouse, operator: Operator
) -> None:
    await refused(house, 1, 2)
    done = await amend(operator)
    assert (done.status_code, done.json()["orders"]) == (200, 1)
    await house.heard()
    await house.settle(rounds=3)
    await house.settle(Portal.CREDIT_JIANGSU, rounds=3)
    assert house.china.entry(record(1)).fields["facts"] == WORDS
    assert house.fakes[Portal.CREDIT_JIANGSU].entry(record(1)).fields["facts"] == "台账缺失"
    assert await house.green(1)
    assert not await house.green(2)
    [view] = [one for one in await operator.get(f"/v1/records/{record_id(1)}/placements") if one["portal"] == CHINA]
    assert (view["amended"], view["agreed"]) == (True, True)
    house.clock.advance(MINUTE)
    assert (await house.reconcile()).drifts == 0
    house.china.alter(record(1), "facts", "台账缺失")
    run = await house.reconcile()
    assert [row.kind for row in await house.drifts()] == ["altered"]
    assert run.state == "mended"
    await house.settle(rounds=3)
    assert house.china.entry(record(1)).fields["facts"] == WORDS


async def test_who_amended_what_and_why_is_kept_without_the_words(house: SyncHouse, operator: Operator) -> None:
    await refused(house, 1)
    await amend(operator)
    [entry] = [row for row in await house.rows(audit_entry.select()) if row.action == "order.amended"]
    assert (entry.record_id, entry.reason) == (record_id(1), "该门户限长")
    assert "violation_facts" in entry.payload
    assert WORDS not in entry.payload
    assert entry.effect_digest


async def test_the_next_word_of_the_source_ends_an_amendment(house: SyncHouse, operator: Operator) -> None:
    await refused(house, 1)
    await amend(operator)
    await house.heard()
    await house.settle(rounds=3)
    await house.hear(online(1, 2, facts="源头更正"))
    await house.settle(rounds=3)
    assert house.china.entry(record(1)).fields["facts"] == "源头更正"
    row = await house.placement(1)
    assert (row.amended_body, row.shown_digest is not None) == (None, True)
    await house.hear(offline(1, 3))
    await house.settle(rounds=3)
    assert house.china.faces(record(1)) == set()


@pytest.mark.parametrize(
    "more",
    [
        {"fields": {"fine": "1"}},
        {"fields": {"document_number": "别的文号"}},
        {"fields": {"subject": "别人"}},
        {"fields": {}},
        {"fields": None},
        {"record_ids": None},
        {"record_ids": [record_id(1), record_id(2)]},
        {"remedy": "retry"},
        {"reason": " "},
    ],
)
async def test_what_is_not_the_operators_to_say_changes_nothing(
    house: SyncHouse, operator: Operator, more: dict[str, Any]
) -> None:
    await refused(house, 1, 2)
    answer = await amend(operator, **more)
    assert answer.status_code == 422
    rows = await house.rows(select(placement.c.amended_body, placement.c.refusal).where(placement.c.portal == CHINA))
    assert all(row.amended_body is None and row.refusal for row in rows)


async def test_a_take_down_has_no_words_to_amend_and_a_dry_run_changes_nothing(
    house: SyncHouse, operator: Operator
) -> None:
    await house.publish(1)
    house.china.plan(record(1), *[Act.REFUSE] * 9)
    await house.hear(offline(1))
    await house.push()
    assert (await amend(operator)).status_code == 409
    await refused(house, 2)
    tried = (await amend(operator, 2, dry_run=True)).json()
    assert (tried["orders"], tried["dry_run"]) == (1, True)
    assert (await house.placement(2)).amended_body is None
