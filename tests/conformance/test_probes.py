"""What the sentinel's probe must find, and what it must not take for a departure, at every portal."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from services.sync.portals.base import PortalUnavailable
from shared.database.engine import Database
from shared.vocabulary import Portal
from tests.conformance.portal_rig import PORTALS, Rig, licence, mock_options, new_rig, penalty


@pytest.fixture(params=PORTALS)
async def rig(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Rig]:
    async with new_rig(request.param, mock_options(tmp_path)) as rig:
        yield rig


async def test_a_probe_finds_nothing_on_a_portal_that_is_as_known(rig: Rig) -> None:
    assert await rig.adapter.probe([]) == []
    records = [penalty(1), penalty(2), licence(3)]
    await rig.show(*records)
    assert await rig.adapter.probe(records) == []


async def test_a_probe_finds_a_renamed_caption_on_every_face(rig: Rig) -> None:
    records = [penalty(1), penalty(2)]
    await rig.show(*records)
    await rig.faults(name="renamed", field="罚款金额", value="罚款数额", on="public")
    missing = "'罚款金额' is missing"
    assert await rig.adapter.probe(records) == [f"detail: {missing}", f"search: {missing}", f"list: {missing}"]
    await rig.faults()
    assert await rig.adapter.probe(records) == []


async def test_a_probe_of_a_portal_that_lost_its_newest_records_finds_nothing(rig: Rig) -> None:
    records = [penalty(1), penalty(2), penalty(3)]
    await rig.show(*records)
    await rig.misbehave(action="lose", keys=[rig.adapter.portal_key(record) for record in records])
    assert await rig.adapter.probe(records) == []


async def test_a_probe_finds_that_what_search_shows_is_not_under_its_address(rig: Rig) -> None:
    records = [penalty(1), penalty(2), penalty(3)]
    await rig.show(*records)
    await rig.faults(name="stale_list", seconds=600, count=10)
    for record in records:
        await rig.take_down(record, generation=2)
    assert await rig.adapter.probe(records) == ["detail: none of 3 known records is found under its address"]


async def test_a_probe_finds_another_layout_and_another_kind_of_value(rig: Rig) -> None:
    records = [penalty(1), penalty(2)]
    await rig.show(*records)
    await rig.faults(name="renamed", field="article", value="section", on="public")
    assert any(fault.startswith("detail: ") for fault in await rig.adapter.probe(records))
    await rig.faults()
    field = "penAm" if rig.portal is Portal.MARKET_SUPERVISION else "CF_NR_FK"
    for record in records:
        await rig.misbehave(action="alter", keys=[rig.adapter.portal_key(record)], field=field, value="数额较大")
    assert "detail: '罚款金额' is no amount any more" in await rig.adapter.probe(records)


async def test_a_probe_finds_a_renamed_member_of_the_interface(rig: Rig) -> None:
    if rig.portal is Portal.CREDIT_JIANGSU:
        pytest.skip("its interface is a database: see the next test")
    member = {Portal.CREDIT_CHINA: "results", Portal.MARKET_SUPERVISION: "forms"}.get(rig.portal, "answers")
    await rig.faults(name="renamed", field=member, value="items", on="wire")
    found = await rig.adapter.probe([])
    assert len(found) == 1
    assert f"'{member}' is missing" in found[0]


async def test_a_probe_finds_a_column_that_is_gone_from_the_exchange_tables(tmp_path: Path) -> None:
    async with new_rig(Portal.CREDIT_JIANGSU, mock_options(tmp_path)) as rig:
        exchange = Database(rig.options.exchange(), "exchange")
        async with exchange.writing() as connection:
            await connection.execute(text("ALTER TABLE qzk_xzcf RENAME COLUMN cf_nr_fk TO cf_fkje"))
        await exchange.close()
        found = await rig.adapter.probe([])
        assert len(found) == 1
        assert found[0].startswith("exchange table qzk_xzcf: ")
        assert "cf_nr_fk" in found[0]


async def test_a_probe_of_a_portal_that_is_down_proves_nothing(rig: Rig) -> None:
    await rig.show(penalty(1))
    await rig.faults(name="down", count=10_000)
    with pytest.raises(PortalUnavailable):
        await rig.adapter.probe([penalty(1)])
