"""Runs a mock portal on loopback and the adapter against it, as the conformance suite needs them."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import httpx
import uvicorn
from stdnum.cn import uscc as uscc_rules

from services.sync.mock_portals.app import mock_app
from services.sync.mock_portals.common.options import MockOptions
from services.sync.portals.base import (
    Listed,
    Outcome,
    PendingReceipt,
    PortalAdapter,
    PushOrder,
    PushResult,
    Sight,
    Sighting,
)
from services.sync.portals.options import PortalOptions
from services.sync.portals.registry import create_adapter
from services.sync.reconciliation.scan import digested
from shared.clock import SystemClock
from shared.contracts.records import Authority, LicenceDetail, PenaltyDetail, Record, Subject
from shared.outbound.client import Timeouts
from shared.vocabulary import PenaltyType, Portal, SubjectKind

COUNTY = cast(Portal, "county_page")
PORTALS = [*Portal, COUNTY]
ANSWERS_AT_ONCE = (Portal.MARKET_SUPERVISION, COUNTY)

CLOSES_ON = date(2027, 3, 31)
_PATIENCE = 60.0
_UNHURRIED = Timeouts(connect=10, silence=10, whole=20)
"""A disk that is busy elsewhere has held a mock's answer for more than two seconds."""
HURRIED = Timeouts(connect=2, silence=1, whole=2)
"""For answers that are late on purpose."""


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The test run keeps its own signal handling."""
        yield


@dataclass
class Rig:
    """One mock portal, the adapter to it, and the administrator's door."""

    portal: Portal
    adapter: PortalAdapter
    admin: httpx.AsyncClient
    options: MockOptions
    port: int

    async def push(self, *orders: PushOrder) -> dict[str, PushResult]:
        """Push and wait for every receipt; the last results by record."""
        return await self.settled(await self.adapter.push(orders))

    async def settled(self, results: Sequence[PushResult]) -> dict[str, PushResult]:
        final = {result.record_id: result for result in results}
        async with asyncio.timeout(_PATIENCE):
            while pending := [_pending(r) for r in final.values() if r.outcome is Outcome.PENDING]:
                final |= {result.record_id: result for result in await self.adapter.collect_receipts(pending)}
                await asyncio.sleep(0.05)
        return final

    async def show(self, *records: Record, generation: int = 1) -> dict[str, PushResult]:
        """Push, and know the answers: a push in doubt would let the test judge a portal that shows nothing."""
        results = await self.push(*(order(record, generation) for record in records))
        assert not [result for result in results.values() if result.outcome is Outcome.UNCERTAIN]
        return results

    async def take_down(self, record: Record, generation: int) -> PushResult:
        result = await self.push(order(record, generation, take_down=True))
        return result[record_id(record)]

    async def faults(self, **fault: Any) -> None:
        answer = await self.admin.put("/admin/faults", json={"faults": [fault] if fault else []})
        answer.raise_for_status()

    async def misbehave(self, **misdeed: Any) -> list[str]:
        answer = await self.admin.post("/admin/misbehave", json=misdeed)
        answer.raise_for_status()
        keys: list[str] = answer.json()
        return keys

    async def held(self, record: Record) -> dict[str, Any]:
        answer = await self.admin.get("/admin/records", params={"key": self.adapter.portal_key(record)})
        answer.raise_for_status()
        held: dict[str, Any] = answer.json()
        return held

    async def listing(self) -> list[Listed]:
        return [entry async for page in self.adapter.listing() for entry in page]

    async def digests(self) -> dict[str, str]:
        """What a reconciliation reads of it."""
        return {entry.portal_key: entry.digest async for page, _ in digested(self.adapter) for entry in page}

    def expected(self, record: Record) -> dict[str, str]:
        return dict(self.adapter.shown(record, CLOSES_ON))

    async def sees(self, record: Record, sight: Sight) -> Sighting:
        """Looks until the sight is as wanted, at most for a while; the last look."""
        seen = await self.adapter.look(record)
        for _ in range(100):
            if seen.sight is sight:
                break
            await asyncio.sleep(0.05)
            seen = await self.adapter.look(record)
        return seen


@asynccontextmanager
async def running_mock(portal: Portal, options: MockOptions, port: int = 0) -> AsyncIterator[int]:
    """The mock on a loopback port."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        app = mock_app(portal, options.data_dir, options, package_of(portal))
        server = _Server(uvicorn.Config(app, log_config=None, lifespan="on", ws="none", timeout_graceful_shutdown=1))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            async with asyncio.timeout(_PATIENCE):
                while not server.started:
                    if serving.done():
                        await serving
                    await asyncio.sleep(0.01)
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            await serving


def package_of(portal: Portal) -> str:
    """Where the folder of a portal lies."""
    return "tests.conformance.portals" if portal == COUNTY else "services.sync.portals"


def mock_options(data_dir: Path) -> MockOptions:
    return MockOptions(data_dir, receipt_seconds=0.05, intake_seconds=0.05, page_size=20)


@asynccontextmanager
async def rig_at(
    portal: Portal, options: MockOptions, port: int, timeouts: Timeouts = _UNHURRIED
) -> AsyncIterator[Rig]:
    """The adapter and the administrator's door to a mock that runs, or does not run, at a port."""
    adapter = create_adapter(portal, portal_options(options, port, timeouts), SystemClock(), package_of(portal))
    await adapter.open()
    headers = {"authorization": f"Bearer {options.admin_token}"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, trust_env=False) as admin:
        try:
            yield Rig(portal, adapter, admin, options, port)
        finally:
            await adapter.close()


@asynccontextmanager
async def new_rig(portal: Portal, options: MockOptions) -> AsyncIterator[Rig]:
    async with running_mock(portal, options) as port, rig_at(portal, options, port) as rig:
        yield rig


def portal_options(options: MockOptions, port: int, timeouts: Timeouts = _UNHURRIED) -> PortalOptions:
    return PortalOptions(
        base_url=f"http://127.0.0.1:{port}",
        token=options.token,
        secret=options.secret,
        exchange_url=options.exchange(),
        timeouts=timeouts,
        cache_life=timedelta(),
    )


def record_id(record: Record) -> str:
    return f"{record.document_number}/{record.subject.key}"


def order(record: Record, generation: int = 1, *, take_down: bool = False) -> PushOrder:
    return PushOrder(record_id(record), generation, take_down, record, None if take_down else CLOSES_ON)


def uscc(number: int) -> str:
    body = f"9132060{number % 10}MA{number:07}"
    return body + uscc_rules.calc_check_digit(body)


def _subject(number: int) -> Subject:
    code = uscc(number)
    return Subject(
        kind=SubjectKind.LEGAL_PERSON,
        key=code,
        name=f"南通试样{number}号化工（集团）有限公司",
        uscc=code,
        legal_representative="测某某",
    )


_AUTHORITY = Authority(code="11320600014185000X", name="南通市应急管理局")


def penalty(number: int, **changes: Any) -> Record:
    detail = PenaltyDetail(
        violation_type="未按规定进行安全生产教育和培训",
        violation_facts="检查发现：\n  1. 特种作业人员 <未持证> 上岗 & 无记录；\n  2. “三级教育”台账缺失。",
        legal_basis="《中华人民共和国安全生产法》第九十七条第（三）项",
        penalty_types=(PenaltyType.WARNING, PenaltyType.FINE),
        penalty_content="警告，并处罚款人民币壹万贰仟伍佰元整",
        fine=Decimal("12500.00") + number,
        penalty_valid_until=date(2027, 1, 5),
    )
    return Record(
        document_number=f"（苏通）应急罚〔2026〕{number}号",
        subject=_subject(number),
        issuing_authority=_AUTHORITY,
        source_authority=_AUTHORITY,
        region="320600",
        decided_on=date(2026, 1, 5) + timedelta(days=number % 3 if number < 200 else number % 600),
        detail=detail,
        **changes,
    )


def licence(number: int, **changes: Any) -> Record:
    detail = LicenceDetail(
        document_title="危险化学品经营许可证",
        category="普通",
        certificate_name="危险化学品经营许可证",
        licence_number=f"苏F（危化）{number:05}",
        licence_content="乙醇、丙酮（不带储存设施经营）",
        valid_from=date(2026, 2, 1),
        valid_until=date(2029, 1, 31),
    )
    return Record(
        document_number=f"苏F安经字〔2026〕{number:05}",
        subject=_subject(number),
        issuing_authority=_AUTHORITY,
        source_authority=_AUTHORITY,
        region="320600",
        decided_on=date(2026, 2, 1),
        detail=detail,
        **changes,
    )


def with_facts(record: Record, facts: str) -> Record:
    assert isinstance(record.detail, PenaltyDetail)
    return record.model_copy(update={"detail": record.detail.model_copy(update={"violation_facts": facts})})


def _pending(result: PushResult) -> PendingReceipt:
    assert result.receipt
    return PendingReceipt(result.record_id, result.generation, result.receipt)
