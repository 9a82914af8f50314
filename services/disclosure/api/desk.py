"""What the endpoints of disclosure share: the database, the clock and the law, put on `app.state`."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import Depends, Request

from services.disclosure.rules import LawInForce
from shared.clock import Clock, legal_date
from shared.database.engine import Database


@dataclass(frozen=True)
class DisclosureDesk:
    """The parts of one running disclosure."""

    database: Database
    clock: Clock
    law: LawInForce

    def today(self) -> date:
        """The present legal date."""
        return legal_date(self.clock.now())


def _desk(request: Request) -> DisclosureDesk:
    desk: DisclosureDesk = request.app.state.desk
    return desk


Desk = Annotated[DisclosureDesk, Depends(_desk)]
