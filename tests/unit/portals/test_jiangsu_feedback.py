"""Whatever the platform writes into its feedback table, the poll goes on and nothing is concluded from nonsense."""

from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text

from services.sync.portals.base import Outcome, PendingReceipt, PortalUnavailable
from services.sync.portals.credit_jiangsu.adapter import CreditJiangsu
from services.sync.portals.credit_jiangsu.feedback import CONTRADICTION, UNKNOWN_STATUS, read_feedback
from services.sync.portals.options import PortalOptions
from shared.database.engine import Database

ROWS = {
    "good": "'成功', NULL, NULL",
    "bad": "'失败', 'E12', '文号重复'",
    "null": "NULL, NULL, NULL",
    "other": "'处理中', NULL, NULL",
    "number": "1, 2, 3.5",
    "no-utf8": "CAST(X'B3C9B9A6' AS TEXT), NULL, CAST(X'FF00FE' AS TEXT)",
    "no-utf8-words": "'成功', NULL, CAST(X'B3C9B9A6' AS TEXT)",
    "nul": "'失败', 'E' || char(0), 'a' || char(0) || 'b'",
    "foreign": "'成功', NULL, NULL",
}


async def exchange(folder: Path) -> str:
    url = f"sqlite+aiosqlite:///{folder / 'exchange.db'}"
    database = Database(url, "exchange")
    async with database.writing() as connection:
        await connection.execute(text("CREATE TABLE qzk_fk (ywlsh TEXT, jg TEXT, dm TEXT, xx TEXT, fksj TEXT)"))
        for serial, values in ROWS.items():
            await connection.execute(text(f"INSERT INTO qzk_fk VALUES ('{serial}', {values}, NULL)"))  # noqa: S608
        await connection.execute(text("INSERT INTO qzk_fk VALUES ('good', '成功', NULL, 'again', NULL)"))
        await connection.execute(text("INSERT INTO qzk_fk VALUES ('torn', '成功', NULL, NULL, NULL)"))
        await connection.execute(text("INSERT INTO qzk_fk VALUES ('torn', '失败', 'E1', NULL, NULL)"))
    await database.close()
    return url


def _odd(oddity: str) -> float:
    labels = {"portal": "credit_jiangsu", "oddity": oddity}
    return REGISTRY.get_sample_value("portal_odd_answers_total", labels) or 0.0


async def test_odd_feedback_leaves_its_own_order_in_doubt_and_is_counted(tmp_path: Path) -> None:
    adapter = CreditJiangsu(PortalOptions("http://portal.test", exchange_url=await exchange(tmp_path)))
    before = _odd("unreadable")
    asked = [name for name in ROWS if name != "foreign"] + ["torn", "silent"]
    found = await adapter.collect_receipts([PendingReceipt(name, 1, name) for name in asked])
    await adapter.close()
    outcomes = {one.record_id: (one.outcome, one.code) for one in found}
    doubt = (Outcome.UNCERTAIN, "feedback_unknown_status")
    unreadable = (Outcome.UNCERTAIN, "feedback_unreadable")
    assert outcomes == {
        "good": (Outcome.TAKEN, None),
        "bad": (Outcome.REFUSED, "E12"),
        "null": doubt,
        "other": doubt,
        "number": doubt,
        "no-utf8": unreadable,
        "no-utf8-words": unreadable,
        "nul": (Outcome.REFUSED, "E"),
        "torn": (Outcome.UNCERTAIN, "feedback_contradiction"),
    }
    assert _odd("unreadable") == before + 2


async def test_a_feedback_table_that_is_gone_is_an_outage_and_no_oddity(tmp_path: Path) -> None:
    adapter = CreditJiangsu(
        PortalOptions("http://portal.test", exchange_url=f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}")
    )
    with pytest.raises(PortalUnavailable):
        await adapter.collect_receipts([PendingReceipt("a", 1, "a"), PendingReceipt("b", 1, "b")])
    await adapter.close()


def test_bytes_are_read_as_far_as_they_can_be() -> None:
    found = read_feedback([(b"1", "成功".encode(), None, b"\xb3\xc9"), ("2", b"\xb3\xc9", None, None)])
    assert (found["1"].taken, found["1"].oddity) == (True, None)
    assert found["2"].oddity == UNKNOWN_STATUS
    assert read_feedback([("1", "失败", None, None), ("1", "成功", None, None)])["1"].oddity == CONTRADICTION
