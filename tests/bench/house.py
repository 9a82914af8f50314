"""creditsync itself as a case finds it: addresses, an identity, migrated tables, processes started by its own command.

Everything is on that the guarantees promise: identity, idempotency key, a verdict a row, outbox, inbox, metrics.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select

from services import house
from services.issuer import ensure_identity, mint
from services.local.addresses import Addresses, environment
from shared.clock import SystemClock
from shared.database.engine import Database
from shared.settings import HouseSettings
from tests.bench.load import Load
from tests.bench.places import Place
from tests.bench.processes import peak_mb, python

_SENDER = "enforcement-system"
_PROGRAM = "services.cli"


@dataclass(frozen=True)
class BenchHouse:
    """One house with empty tables."""

    place: Place
    addresses: Addresses
    settings: dict[str, Any]

    @classmethod
    def built(cls, place: Place) -> "BenchHouse":
        """Not to be called inside a running loop: it migrates."""
        addresses = Addresses.free()
        settings = addresses.settings(place.folder) | place.database_settings()
        # The daily reconciliation would look at everything in the middle of a measurement.
        settings |= {"reconcile_cron": "0 0 29 2 *", "log_level": "warning"}
        ensure_identity(place.folder)
        house.migrate(settings)
        return cls(place, addresses, settings)

    @contextmanager
    def running(self, *command: str) -> Iterator[None]:
        """`creditsync COMMAND` as a process; `serve` begins when it listens."""
        port = int(self.settings[f"{command[1]}_port"]) if command[0] == "serve" else None
        log = self.place.folder / f"{'-'.join(command)}.log"
        with python(_PROGRAM, *command, log=log, environment=environment(self.settings), port=port):
            yield

    def peak_mb(self, *command: str) -> float:
        return peak_mb(_PROGRAM, *command)

    def load(self, rows: int, *, run: str, rows_a_request: int = 500, **how: Any) -> Load:
        """Batches to `POST /v1/batches`, with a token."""
        return Load(
            int(self.settings["ingest_port"]),
            "/v1/batches",
            self.place.rows_file,
            rows,
            "batch",
            rows_a_request,
            token=self.token(_SENDER),
            run=run,
            **how,
        )

    def token(self, client: str) -> str:
        """For one of the registered clients, with all that it may do."""
        return mint(self.place.folder, client, issuer=self.addresses.issuer, audience=_AUDIENCE, clock=SystemClock())

    def database(self, service: str) -> Database:
        return Database(self.database_url(service), service)

    def database_url(self, service: str) -> str:
        return house.SERVICES[service].load(self.settings).database_for(service)

    def bus_address(self) -> str:
        settings: HouseSettings = house.load_with(HouseSettings, self.settings)
        return settings.bus_address()


async def one_value(database: Database, statement: Select[Any]) -> int:
    """A count or a sum; 0 for none."""
    async with database.reading() as connection:
        return int(await connection.scalar(statement) or 0)


_AUDIENCE: str = HouseSettings.model_fields["audience"].default
