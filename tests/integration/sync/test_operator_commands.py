"""`creditsync orders` and `creditsync channel` against a served sync."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.local.operator_calls import CallRefused
from services.local.orders import Settlement, seen, settle, show_channels, show_orders, show_problems, switch
from services.local.ports import LOOPBACK, free_ports
from services.sync.app import create_app
from services.sync.channel import ChannelHeld
from services.sync.settings import SyncSettings
from tests.support.portal_fake import Act
from tests.support.sync_house import CHINA, SyncHouse, offline, online, record, record_id
from tests.support.web import TestIssuer, served

CAUSE = "STALE_OR_WRONG"


@dataclass(frozen=True)
class Door:
    """A served sync and an operator's token for it."""

    at: str
    token: str


@pytest.fixture
async def door(house: SyncHouse, tmp_path: Path) -> AsyncIterator[Door]:
    issuer, port = TestIssuer(), free_ports(1)[0]
    app = create_app(SyncSettings(data_dir=tmp_path, jwks="http://127.0.0.1:9/jwks.json"), house.database)
    app.state.verifier = issuer.verifier()
    async with served((app, port)):
        yield Door(f"http://{LOOPBACK}:{port}", issuer.token(scope="sync:read sync:operate", sub="operator"))


async def test_refused_orders_are_shown_by_cause_tried_dry_set_aside_and_retried(
    house: SyncHouse, door: Door, capsys: pytest.CaptureFixture[str]
) -> None:
    await show_problems(door.at, door.token)
    assert capsys.readouterr().out.startswith("No orders that wait for a person")
    for number in (1, 2):
        house.china.plan(record(number), Act.REFUSE)
    await house.hear(online(1), online(2))
    await house.push()
    await show_problems(door.at, door.token)
    assert "STALE" in capsys.readouterr().out
    await show_orders(CHINA, CAUSE, door.at, door.token)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[:2] for line in lines] == [[f"{record_id(one)}@1", "publication"] for one in (1, 2)]
    tried = Settlement("retry", "the template was mended", {}, dry_run=True)
    told = await settle(CHINA, CAUSE, tried, door.at, door.token)
    assert told == "2 orders (2 publications, 0 take-downs) would be ordered anew."
    aside = Settlement("skip", "the firm is gone", seen([f"{record_id(2)}@1"]), dry_run=False)
    told = await settle(CHINA, CAUSE, aside, door.at, door.token)
    assert told == "1 orders (1 publications, 0 take-downs) were set aside."
    again = Settlement("retry", "the template was mended", {}, dry_run=False)
    told = await settle(CHINA, CAUSE, again, door.at, door.token)
    assert told == "1 orders (1 publications, 0 take-downs) were ordered anew."
    await house.heard()
    await house.push()
    await house.look()
    assert [await house.green(number) for number in (1, 2)] == [True, False]
    amended = Settlement("amend", "too long for it", {record_id(2): 1}, dry_run=False, fields={"remark": "略"})
    with pytest.raises(CallRefused, match="sync answered 4"):
        await settle(CHINA, CAUSE, Settlement("amend", "why", {record_id(2): 1}, dry_run=False), door.at, door.token)
    done = await settle(CHINA, "skipped", amended, door.at, door.token)
    assert done == "1 orders (1 publications, 0 take-downs) were amended and ordered anew."
    with pytest.raises(CallRefused, match="sync answered 4"):
        await settle(CHINA, CAUSE, Settlement("retry", " ", {}, dry_run=False), door.at, door.token)


async def test_a_newer_order_is_not_settled_and_take_downs_are_set_aside_by_their_names(
    house: SyncHouse, door: Door, capsys: pytest.CaptureFixture[str]
) -> None:
    house.china.plan(record(1), *[Act.REFUSE] * 9)
    await house.hear(online(1))
    await house.push()
    await house.hear(offline(1))
    await house.push()
    stale = Settlement("skip", "the firm is gone", seen([f"{record_id(1)}@1"]), dry_run=False)
    with pytest.raises(CallRefused, match="sync answered 409: 1 of these orders are no longer what was looked at"):
        await settle(CHINA, CAUSE, stale, door.at, door.token)
    whole = Settlement("skip", "the firm is gone", {}, dry_run=False)
    told = await settle(CHINA, CAUSE, whole, door.at, door.token)
    assert told == "1 take-downs are left out: name with --record those to be set aside."
    await show_orders(CHINA, CAUSE, door.at, door.token)
    name, way = capsys.readouterr().out.split()[:2]
    assert (name, way) == (f"{record_id(1)}@2", "take-down")
    named = Settlement("skip", "the firm is gone", seen([name]), dry_run=False)
    told = await settle(CHINA, CAUSE, named, door.at, door.token)
    assert told == "1 orders (0 publications, 1 take-downs) were set aside."
    await show_orders(CHINA, CAUSE, door.at, door.token)
    assert capsys.readouterr().out.startswith(f"No order of {CHINA} waits for {CAUSE}.")


def test_an_order_is_named_with_the_generation_that_was_seen() -> None:
    assert seen([f"{record_id(1)}@12"]) == {record_id(1): 12}
    for wrong in (record_id(1), f"{record_id(1)}@", "@3", f"{record_id(1)}@x"):
        with pytest.raises(ValueError, match="write RECORD@GENERATION"):
            seen([wrong])


async def test_a_channel_is_stopped_shown_and_started_from_the_terminal(
    house: SyncHouse, door: Door, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await switch(CHINA, "stopped", "招标", door.at, door.token) == f"The orders to {CHINA} are stopped."
    await house.hear(online(1))
    with pytest.raises(ChannelHeld):
        await house.push()
    await show_channels(door.at, door.token)
    shown = capsys.readouterr().out
    assert "招标" in shown
    assert await switch(CHINA, "started", "招标结束", door.at, door.token) == f"The orders to {CHINA} are started."
    await house.push(numbers=[1])
    assert len(house.china.pushed) == 1
