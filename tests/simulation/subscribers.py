"""Two who keep copies of what the portals shall show, told by webhooks over wires that break, and what each heard.

What they heard is the evidence of guarantee G13: numbers without gaps, the order of each record, and copies in step.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from services.sync.webhooks import subscribers
from services.sync.webhooks.deliver import Deliverer
from services.sync.webhooks.domain.changes import ChangeType
from services.sync.webhooks.domain.signing import Algorithm
from services.sync.webhooks.keys import KeyRing
from shared.clock import Clock
from shared.database.engine import Database
from shared.messaging.unit_of_work import unit_of_work
from shared.outbound.client import NotSent, Uncertain
from shared.outbound.egress import Posted
from shared.outbound.guard import EgressRules
from shared.sealing import Sealer
from tests.simulation.chance import Weather

PAUSED_AFTER = timedelta(hours=24)
_ORDERS = (ChangeType.SHOW_ORDERED, ChangeType.HIDE_ORDERED)
_WANTED: Mapping[str, tuple[ChangeType, ...]] = {
    "https://everything.example/hook": (),
    "https://orders.example/hook": _ORDERS,
}


@dataclass(frozen=True)
class Told:
    """One delivery that arrived, perhaps not for the first time."""

    sequence: int
    position: int
    type: str
    record_id: str
    portal: str


@dataclass
class Subscribers:
    """Stands for the network: what arrived at each address. Serves as the deliverer's `Sender`."""

    weather: Weather
    told: dict[str, list[Told]] = field(default_factory=lambda: {url: [] for url in _WANTED})
    addresses: dict[str, str] = field(default_factory=dict)

    def deliverer(self, database: Database, clock: Clock) -> Deliverer:
        return Deliverer(database, clock, self._ring, self, PAUSED_AFTER)

    async def enter(self, database: Database, clock: Clock) -> None:
        for url, types in _WANTED.items():
            wanted = subscribers.Wanted("样例订阅方", url, list(types), [], [])
            async with unit_of_work(database, clock) as work:
                entered = await subscribers.enter(
                    work, wanted, Algorithm.HMAC, EgressRules(), self._ring, len(_WANTED), "operator"
                )
            self.addresses[entered[0]] = url

    async def post(self, url: str, body: bytes, _headers: Mapping[str, str]) -> Posted:
        if self.weather.strikes("wire_cut", url):
            raise NotSent("no connection")
        if self.weather.strikes("answered_500", url):
            return Posted(500)
        event = json.loads(body)
        data = event["data"]
        self.told[url].append(
            Told(data["sequence"], data["position"], event["type"], data["record_id"], data["portal"])
        )
        self.weather.journal.note("told", f"{url} {data['sequence']} {event['type']}", data["record_id"])
        if self.weather.strikes("answer_lost", url):
            raise Uncertain("the connection broke")
        return Posted(200)

    async def close(self) -> None:
        """There is nothing to close."""

    @property
    def _ring(self) -> KeyRing:
        return KeyRing(lambda: Sealer(bytes(range(32))))


def copy_of(told: list[Told]) -> set[tuple[str, str]]:
    """Record and portal of what the newest order says is to be shown, by the position of each order."""
    newest: dict[tuple[str, str], Told] = {}
    for one in told:
        if one.type in _ORDERS:
            key = one.record_id, one.portal
            newest[key] = max(one, newest.get(key, one), key=lambda order: order.position)
    return {key for key, order in newest.items() if order.type == ChangeType.SHOW_ORDERED}
