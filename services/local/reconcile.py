"""`creditsync reconcile`: ask a running sync for runs, wait, show what was found; propose and approve mending."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

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
_ENDED_WELL = ("mended", "planned")
_RUN = ("run_id", "portal", "state", "listed", "drifts", "held", "explanation")
_DRIFT = ("kind", "portal_key", "record_id", "seen", "differences", "held", "mended_at")
_APPROVAL = ("state", "drifts", "proposed_by", "reason", "decided_by", "expires_at", "ordered", "vanished", "unknown")

T = TypeVar("T")


def run_reconcile(portals: Sequence[Portal], **wish: str | None) -> int:
    """0 when every run was complete and nothing waits for approval."""
    asked = {name: value for name, value in wish.items() if value}
    found = _with_visitor(lambda visitor: _reconcile(visitor, portals, asked))
    _print("reconciliation (对账)", _RUN, found)
    return 0 if all(row["state"] in _ENDED_WELL for row in found) else 1


def list_runs() -> None:
    """The newest runs."""
    page = _with_visitor(lambda visitor: visitor.read("sync", "/v1/reconciliations", limit=20))
    _print("reconciliations (对账)", _RUN, page["items"])


def show_run(run_id: str, most: int) -> None:
    """One run with its differences and what people decided."""

    async def read(visitor: Visitor) -> tuple[Any, Any, Any]:
        path = f"/v1/reconciliations/{run_id}"
        drifts = await visitor.read("sync", "/v1/drifts", run_id=run_id, limit=most)
        return await visitor.read("sync", path), drifts, await visitor.read("sync", f"{path}/approval")

    one, drifts, approvals = _with_visitor(read)
    _print("reconciliation (对账)", _RUN, [one])
    _print("differences (不一致)", _DRIFT, drifts)
    _print("approvals (审批)", _APPROVAL, approvals)


def decide(run_id: str, step: str, reason: str, client: str) -> None:
    """Propose, approve or reject the mending of what a run left to people."""
    path = f"/v1/reconciliations/{run_id}/approval"
    body = {"step": step, "reason": reason}
    _print("approval (审批)", _APPROVAL, [_with_visitor(lambda visitor: visitor.call(client, "sync", path, body))])


def give_up(run_id: str, reason: str) -> None:
    """End a run that still goes on."""
    path = f"/v1/reconciliations/{run_id}/give-up"
    ended = _with_visitor(lambda visitor: visitor.call("operator", "sync", path, {"reason": reason}))
    _print("reconciliation (对账)", _RUN, [ended])


def save_report(run_id: str, file: Path, lang: str) -> None:
    """The report of a run; the ending of the file name says in which form."""
    form = file.suffix.lstrip(".").lower()
    path = f"/v1/reconciliations/{run_id}/report"
    body = _with_visitor(lambda visitor: visitor.read_bytes("sync", path, form=form, lang=lang))
    file.write_bytes(body)


async def _reconcile(visitor: Visitor, portals: Sequence[Portal], wish: dict[str, str]) -> list[dict[str, Any]]:
    asked = await visitor.call("operator", "sync", "/v1/reconciliations", {"portals": list(portals), **wish})
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while True:
            found = [await visitor.read("sync", f"/v1/reconciliations/{one}") for one in asked["run_ids"]]
            if all(row["finished_at"] for row in found):
                return found
            await asyncio.sleep(0.5)


def _with_visitor(do: Callable[[Visitor], Awaitable[T]]) -> T:
    async def main() -> T:
        settings: SyncSettings = load(SyncSettings)
        visitor = Visitor(addresses_of(settings), ensure_identity(settings.data_dir), settings.clock())
        try:
            return await do(visitor)
        finally:
            await visitor.close()

    return run(main())


def _print(title: str, columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
    table = Table(title=title)
    for heading in columns:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*("" if row[name] in (None, {}) else str(row[name]) for name in columns))
    Console().print(table)
