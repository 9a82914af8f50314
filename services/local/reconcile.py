"""`creditsync reconcile`: ask a running sync for runs, wait, show what was found."""

import asyncio
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from services.issuer import ensure_identity
from services.local.addresses import addresses_of
from services.local.visitor import Visitor
from services.sync.settings import SyncSettings
from shared.settings import load
from shared.vocabulary import Portal
from shared.web.server import run

_PATIENCE_SECONDS = 3600


def run_reconcile(portals: Sequence[Portal]) -> int:
    """0 when every run was complete and nothing waits for approval."""
    console = Console()
    found = run(_reconcile(portals))
    table = Table(title="reconciliation (对账)")
    for heading in ("portal", "state", "listed", "differences", "explanation"):
        table.add_column(heading, overflow="fold")
    for row in found:
        table.add_row(row["portal"], row["state"], str(row["listed"]), str(row["drifts"]), row["explanation"] or "")
    console.print(table)
    return 0 if all(row["state"] == "mended" for row in found) else 1


async def _reconcile(portals: Sequence[Portal]) -> list[dict[str, Any]]:
    settings: SyncSettings = load(SyncSettings)
    visitor = Visitor(addresses_of(settings), ensure_identity(settings.data_dir), settings.clock())
    try:
        runs = await visitor.reconcile(portals)
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                found = [await visitor.read("sync", f"/v1/reconciliations/{one}") for one in runs]
                if all(row["finished_at"] for row in found):
                    return found
                await asyncio.sleep(0.5)
    finally:
        await visitor.close()
