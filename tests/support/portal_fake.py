"""A portal in memory that does what a test plans for it: the whole of `PortalAdapter`, without a network.

Like a real one it keeps a fence and knows an idempotency key again; it counts what each order changed, so that a test
can assert that nothing was done twice in effect.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import Enum, auto

from services.sync.portals.base import (
    IncompleteListing,
    Listed,
    Outcome,
    PendingReceipt,
    PortalLimits,
    PortalUnavailable,
    PushOrder,
    PushResult,
    Sight,
    Sighting,
)
from shared.contracts.records import PenaltyDetail, Record
from shared.vocabulary import Portal, RecordKind

FACES = ("detail", "search", "list")


class Act(Enum):
    """What the portal does with one order. Without a plan it takes it and obeys."""

    OBEY = auto()
    PEND = auto()  # obeys, and answers by a receipt
    PEND_THEN_REFUSE = auto()
    REFUSE = auto()
    UNCERTAIN_DONE = auto()  # obeys, and the answer is lost
    UNCERTAIN_UNDONE = auto()
    KEEP = auto()  # 仍在展示, 缺失: says that it took the order and changes nothing
    ALTER = auto()  # shows another text than it was sent
    HIDE_DETAIL_ONLY = auto()  # takes the detail page down and leaves search and list
    BREAK = auto()  # the adapter itself fails on this order


class ListingAct(Enum):
    """What the listing does."""

    WHOLE = auto()
    CUT_SHORT = auto()
    EMPTY = auto()
    BREAK = auto()


@dataclass
class Shown:
    """What the portal holds of one record; `faces` are those that show it, `copies` how often the list has it."""

    generation: int = 0
    idempotency_key: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    faces: set[str] = field(default_factory=set)
    copies: int = 1
    effects: Counter[int] = field(default_factory=Counter)


class PortalFake:
    """One portal. Every call passes `on_ask`, and waits while `gate` is closed."""

    def __init__(
        self,
        portal: Portal = Portal.CREDIT_CHINA,
        *,
        limits: PortalLimits | None = None,
        kinds: frozenset[RecordKind] = frozenset(RecordKind),
    ) -> None:
        self._portal = portal
        self._limits = limits or PortalLimits(orders_a_request=50, requests_at_once=2, looks_at_once=8)
        self._kinds = kinds
        self.held: dict[str, Shown] = {}
        self.requests: list[list[PushOrder]] = []
        self.looks: list[str] = []
        self.unavailable = False
        self.retry_after: float | None = None
        self.face_down = False
        self.blind_for: set[str] = set()
        self.listing_act = ListingAct.WHOLE
        self.page_size = 20
        self.receipts_ready = True
        self.contract_faults: list[str] = []
        self.known: list[Record] = []
        self.on_ask: Callable[[], None] = lambda: None
        self.gate = asyncio.Event()
        self.gate.set()
        self._plans: dict[str, deque[Act]] = {}
        self._receipts: dict[str, tuple[str, int, Outcome]] = {}
        self._lagging: list[Listed] | None = None

    # what a test does

    def plan(self, record: Record, *acts: Act) -> None:
        """What happens to the next orders for a record, one act each."""
        self._plans.setdefault(self.portal_key(record), deque()).extend(acts)

    def entry(self, record: Record) -> Shown:
        return self.held.setdefault(self.portal_key(record), Shown())

    def effects(self, record: Record) -> dict[int, int]:
        """How often the orders of each generation changed something."""
        return dict(self.entry(record).effects)

    def faces(self, record: Record) -> set[str]:
        return set(self.entry(record).faces)

    def resurrect(self, record: Record, *faces: str) -> None:
        self.entry(record).faces = set(faces or FACES)

    def lose(self, record: Record) -> None:
        self.entry(record).faces = set()

    def alter(self, record: Record, name: str, value: str) -> None:
        self.entry(record).fields[name] = value

    def double(self, record: Record) -> None:
        self.entry(record).copies = 2

    def plant(self, key: str) -> None:
        """Show an entry that nobody ordered."""
        self.held[key] = Shown(fields={"number": key}, faces=set(FACES))

    def keep_caches(self, life: timedelta) -> None:
        """From now on its pages may lag so long."""
        self._limits = replace(self._limits, cache_life=life)

    def let_listing_lag(self) -> None:
        """From now on the listing shows what is held at present, whatever happens."""
        self._lagging = self._entries()

    @property
    def pushed(self) -> list[PushOrder]:
        return [order for request in self.requests for order in request]

    # what the core does

    @property
    def portal(self) -> Portal:
        return self._portal

    @property
    def limits(self) -> PortalLimits:
        return self._limits

    @property
    def kinds(self) -> frozenset[RecordKind]:
        return self._kinds

    def portal_key(self, record: Record) -> str:
        return f"{record.document_number}|{record.subject.key}"

    def shown(self, record: Record, closes_on: date | None) -> Mapping[str, str]:
        facts = record.detail.violation_facts if isinstance(record.detail, PenaltyDetail) else ""
        return {
            "number": record.document_number,
            "subject": record.subject.name,
            "facts": facts,
            "closes_on": closes_on.isoformat() if closes_on else "",
        }

    async def push(self, orders: Sequence[PushOrder]) -> Sequence[PushResult]:
        await self._asked()
        assert len(orders) <= self._limits.orders_a_request
        if any(self._next_act(order) is Act.BREAK for order in orders):
            raise RuntimeError("the adapter cannot write this record")
        self.requests.append(list(orders))
        return [self._answer(order) for order in orders]

    async def collect_receipts(self, pending: Sequence[PendingReceipt]) -> Sequence[PushResult]:
        await self._asked()
        if not self.receipts_ready:
            return []
        found = [self._receipts[slip.receipt] for slip in pending if slip.receipt in self._receipts]
        return [PushResult(record_id, generation, outcome, code="RECEIPT") for record_id, generation, outcome in found]

    async def look(self, record: Record) -> Sighting:
        await self._asked()
        key = self.portal_key(record)
        self.looks.append(key)
        if self.face_down:
            raise PortalUnavailable("the public pages do not answer")
        if key in self.blind_for:
            return Sighting(Sight.UNKNOWN, explanation="the page is not recognised")
        held = self.held.get(key)
        if held is None or not held.faces:
            return Sighting(Sight.ABSENT)
        return Sighting(Sight.PRESENT, dict(held.fields), tuple(face for face in FACES if face in held.faces))

    async def listing(self) -> AsyncIterator[Sequence[Listed]]:
        await self._asked()
        if self.listing_act is ListingAct.EMPTY:
            return
        if self.listing_act is ListingAct.BREAK:
            raise RuntimeError("the adapter cannot read the listing")
        entries = self._entries() if self._lagging is None else self._lagging
        for at in range(0, len(entries), self.page_size):
            if at and self.listing_act is ListingAct.CUT_SHORT:
                raise IncompleteListing("the second page does not come")
            yield entries[at : at + self.page_size]
            await self._asked()

    async def probe(self, known: Sequence[Record]) -> Sequence[str]:
        await self._asked()
        self.known = list(known)
        return list(self.contract_faults)

    async def open(self) -> None:
        """Nothing to connect to."""

    async def close(self) -> None:
        """Nothing to close."""

    async def _asked(self) -> None:
        self.on_ask()
        await self.gate.wait()
        await asyncio.sleep(0)
        if self.unavailable:
            raise PortalUnavailable("the portal is in maintenance", self.retry_after)

    def _entries(self) -> list[Listed]:
        return [
            Listed(key, dict(held.fields))
            for key, held in self.held.items()
            if "list" in held.faces
            for _ in range(held.copies)
        ]

    def _next_act(self, order: PushOrder) -> Act:
        plan = self._plans.get(self.portal_key(order.record))
        return plan[0] if plan else Act.OBEY

    def _answer(self, order: PushOrder) -> PushResult:
        plan = self._plans.get(self.portal_key(order.record))
        act = plan.popleft() if plan else Act.OBEY
        outcome = self._outcome(order, act)
        if act in (Act.PEND, Act.PEND_THEN_REFUSE):
            slip = f"slip-{len(self._receipts)}"
            self._receipts[slip] = (order.record_id, order.generation, outcome)
            return PushResult(order.record_id, order.generation, Outcome.PENDING, receipt=slip)
        code = "STALE_OR_WRONG" if outcome is Outcome.REFUSED else None
        return PushResult(order.record_id, order.generation, outcome, code=code)

    def _outcome(self, order: PushOrder, act: Act) -> Outcome:
        held = self.entry(order.record)
        if act in (Act.REFUSE, Act.PEND_THEN_REFUSE):
            return Outcome.REFUSED
        if act is Act.UNCERTAIN_UNDONE:
            return Outcome.UNCERTAIN
        if order.generation <= held.generation:
            return Outcome.TAKEN if order.idempotency_key == held.idempotency_key else Outcome.REFUSED
        self._obey(held, order, act)
        return Outcome.UNCERTAIN if act is Act.UNCERTAIN_DONE else Outcome.TAKEN

    def _obey(self, held: Shown, order: PushOrder, act: Act) -> None:
        held.generation, held.idempotency_key = order.generation, order.idempotency_key
        if act is Act.KEEP:
            return
        held.effects[order.generation] += 1
        held.copies = 1
        if order.take_down:
            held.faces = {"search", "list"} if act is Act.HIDE_DETAIL_ONLY else set()
            return
        held.faces = set(FACES)
        held.fields = dict(self.shown(order.record, order.closes_on))
        if act is Act.ALTER:
            held.fields["facts"] += "（改）"
