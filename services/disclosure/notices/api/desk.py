"""What the routes of notices stand on: database and clock of the service, letters, the sealer."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request

from services.disclosure.notices import store
from services.disclosure.notices.domain.compose import Composed, NoLetter, compose
from services.disclosure.notices.domain.letters import Letters
from services.disclosure.notices.store import Disclosed
from services.disclosure.rules import LawInForce
from shared.clock import Clock, legal_date
from shared.database.connection import AsyncConnection
from shared.database.engine import Database
from shared.errors import CONFLICT, NOT_FOUND, Problem
from shared.sealing import Sealer
from shared.web.auth import requires
from shared.web.body import JSON, accepts
from shared.web.caller import Caller
from shared.web.identifier import identifier
from shared.web.scopes import Scope


@dataclass(frozen=True)
class Stationery:
    """What stays the same for all letters of a process."""

    letters: Letters
    consultation: str
    template: Path | None


@dataclass(frozen=True)
class NoticeDesk:
    """The parts of one request."""

    database: Database
    clock: Clock
    sealer: Sealer
    stationery: Stationery
    law: LawInForce

    async def disclosed(self, connection: AsyncConnection, record_id: str) -> Disclosed:
        """What is known of a record, or the problem that nothing is."""
        law, today = await self.law.current(connection), legal_date(self.clock.now())
        disclosed = await store.read_disclosed(connection, identifier(record_id), law, today)
        if disclosed is None:
            raise Problem(NOT_FOUND, f"Disclosure knows no record {record_id}.")
        return disclosed

    def letter_of(self, disclosed: Disclosed) -> Composed:
        """The letter of a record, or the problem that the rules give it none."""
        stationery = self.stationery
        try:
            return compose(disclosed.record, disclosed.sites, stationery.letters, stationery.consultation)
        except NoLetter as reason:
            raise Problem(CONFLICT, str(reason)) from None


def _desk(request: Request) -> NoticeDesk:
    state = request.app.state
    return NoticeDesk(state.desk.database, state.desk.clock, state.sealer, state.stationery, state.desk.law)


Desk = Annotated[NoticeDesk, Depends(_desk)]
Reader = Annotated[Caller, requires(Scope.DISCLOSURE_READ)]
Clerk = Annotated[Caller, requires(Scope.DISCLOSURE_OPERATE)]
JsonOnly = Annotated[str, accepts(JSON)]
