"""How one stand-in is set up. Everything has a default that suits a demonstration on one machine."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from shared.clock import Clock, SystemClock
from shared.database.engine import Database


@dataclass(frozen=True)
class MockOptions:
    """`data_dir` holds the state; `exchange_url` is the exchange database of Credit Jiangsu (default: a file there).

    `form_days` are the working days that market supervision takes to accept, decide and execute a repair form; with
    none it does all three at once. `clock` must be the one that the adapters have: signatures are dated.
    `database` opens the files.
    """

    data_dir: Path
    admin_token: str = "mock-admin-token"  # noqa: S105 - a stand-in's default, overridden by the command line
    token: str = "mock-portal-token"  # noqa: S105 - the same
    secret: str = "mock-portal-secret"  # noqa: S105 - the same
    exchange_url: str | None = None
    receipt_seconds: float = 0.1
    intake_seconds: float = 0.1
    requests_a_second: float = 200.0
    burst: int = 400
    page_size: int = 100
    form_days: tuple[int, int, int] = (0, 0, 0)
    clock: Clock = field(default_factory=SystemClock)
    database: Callable[[str, str], Database] = Database

    def state_url(self, portal: str) -> str:
        return f"sqlite+aiosqlite:///{self.data_dir / f'{portal}.db'}"

    def exchange(self) -> str:
        return self.exchange_url or f"sqlite+aiosqlite:///{self.data_dir / 'exchange.db'}"
