"""What the routes of the serious list stand on: database and clock of the service, the law, the sealer."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from services.disclosure.rules import LawInForce
from shared.clock import Clock
from shared.database.engine import Database
from shared.sealing import Sealer
from shared.web.auth import requires
from shared.web.body import JSON, accepts
from shared.web.caller import Caller
from shared.web.scopes import Scope


@dataclass(frozen=True)
class ListDesk:
    """The parts of one request."""

    database: Database
    clock: Clock
    law: LawInForce
    sealer: Sealer


def _desk(request: Request) -> ListDesk:
    state = request.app.state
    return ListDesk(state.desk.database, state.desk.clock, state.desk.law, state.sealer)


Desk = Annotated[ListDesk, Depends(_desk)]
Reader = Annotated[Caller, requires(Scope.DISCLOSURE_READ)]
Decider = Annotated[Caller, requires(Scope.LIST_DECIDE)]
JsonOnly = Annotated[str, accepts(JSON)]
