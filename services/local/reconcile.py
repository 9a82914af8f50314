"""`creditsync reconcile`: ask a running sync for runs, wait, show what was found; propose and approve mending."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import typer

from services.local.operator_calls import SyncCalls, sync_calls
from shared.clock import LEGAL_ZONE
from shared.terminal_bars import Bars
from shared.vocabulary import Portal
from shared.web.server import run

_PATIENCE_SECONDS = 3600
_ENDED_WELL = ("mended", "planned")
_RUNS = "/v1/reconciliations"
_HOUR = "%Y-%m-%d %H:%M"

T = TypeVar("T")


@dataclass(frozen=True)
class Door:
    """Where sync is and who asks: a token of one's own, or a client of the local issuer (`sync_calls`)."""

    at: str | None = None
    token: str | None = None
    client: str = "operator"

    def ask(self, do: Callable[[SyncCalls], Awaitable[T]]) -> T:
        async def main() -> T:
            async with sync_calls(self.at, self.token, self.client) as sync:
                return await do(sync)

        return run(main())


def run_reconcile(door: Door, portals: Sequence[Portal], **wish: str | None) -> int:
    """0 when every run was complete and nothing waits: for approval, or for a portal that may not be read."""
    asked = {name: value for name, value in wish.items() if value}
    found = door.ask(lambda sync: _reconcile(sync, portals, asked))
    _print_runs(found)
    return 0 if all(row["state"] in _ENDED_WELL for row in found) else 1


def list_runs(door: Door) -> None:
    """The newest runs."""
    _print_runs(door.ask(lambda sync: sync.read(_RUNS, limit=20))["items"])


def show_run(door: Door, run_id: str, most: int) -> None:
    """One run with its differences and what people decided."""

    async def read(sync: SyncCalls) -> tuple[Any, Any, Any]:
        drifts = await sync.read("/v1/drifts", run_id=run_id, limit=most)
        return await sync.read(f"{_RUNS}/{run_id}"), drifts, await sync.read(f"{_RUNS}/{run_id}/approval")

    one, drifts, approvals = door.ask(read)
    _print_runs([one])
    _print_drifts(drifts)
    _print_approvals(approvals)


def decide(door: Door, run_id: str, step: str, reason: str) -> None:
    """Propose, approve or reject the mending of what a run left to people."""
    body = {"step": step, "reason": reason}
    _print_approvals([door.ask(lambda sync: sync.change(f"{_RUNS}/{run_id}/approval", body))])


def give_up(door: Door, run_id: str, reason: str) -> None:
    """End a run that still goes on."""
    _print_runs([door.ask(lambda sync: sync.change(f"{_RUNS}/{run_id}/give-up", {"reason": reason}))])


def save_report(door: Door, run_id: str, file: Path, lang: str) -> None:
    """The report of a run; the ending of the file name says in which form."""
    form = file.suffix.lstrip(".").lower()
    file.write_bytes(door.ask(lambda sync: sync.read_bytes(f"{_RUNS}/{run_id}/report", form=form, lang=lang)))


async def _reconcile(sync: SyncCalls, portals: Sequence[Portal], wish: dict[str, str]) -> list[dict[str, Any]]:
    asked = await sync.change(_RUNS, {"portals": list(portals), **wish})
    paths = [f"{_RUNS}/{one}" for one in asked["run_ids"]]
    with Bars() as bars:
        shown = [bars.add("waiting") for _ in paths]
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                found = [await sync.read(path) for path in paths]
                if all(row["finished_at"] or row["state"] == "waiting" for row in found):
                    return found
                for bar, path, row in zip(shown, paths, found, strict=True):
                    _move(bars, bar, row["portal"], await sync.read(f"{path}/progress"))
                await asyncio.sleep(0.5)


def _move(bars: Bars, bar: int, portal: str, far: dict[str, Any]) -> None:
    """What is expected is what the last run listed: when more comes, nobody knows the end."""
    total = far["expected"] if far["expected"] and far["expected"] >= far["listed"] else None
    bars.show(bar, far["listed"], total, far["rate"], far["seconds_left"], label=portal)


def _print_runs(runs: Sequence[dict[str, Any]]) -> None:
    """Lines and no table: an identifier stays whole, and can be copied, however narrow the terminal is."""
    for one in runs:
        typer.echo(f"{one['run_id']}  {one['portal']}  {one['state']}")
        scope = [f"{name} {one[name]}" for name in ("district", "kind") if one[name]]
        counts = [f"{one['listed']} listed", f"{one['drifts']} differences", f"{one['unsettled']} not judged yet"]
        counts.append(f"{one['held']} left to people")
        typer.echo(f"  {', '.join([*scope, *counts])}; asked for {_moment(one['requested_at'])}")
        if one["waits_until"]:
            typer.echo(f"  waits until {_moment(one['waits_until'])}")
        if one["explanation"]:
            typer.echo(f"  {one['explanation']}")
    if not runs:
        typer.echo("There are no reconciliations (对账).")


def _print_drifts(drifts: Sequence[dict[str, Any]]) -> None:
    for one in drifts:
        typer.echo(f"{one['kind']}  {one['portal_key']}" + (f"  record {one['record_id']}" if one["record_id"] else ""))
        told = [f"seen {one['seen']}"] if one["seen"] else []
        told += [f"{name}: {wanted} is shown as {shown}" for name, (wanted, shown) in one["differences"].items()]
        told.append(_fate(one))
        typer.echo(f"  {'; '.join(told)}")
    if not drifts:
        typer.echo("It found no differences (不一致).")


def _fate(drift: dict[str, Any]) -> str:
    if drift["mended_at"]:
        return f"mended {_moment(drift['mended_at'])}"
    if drift["mend_ordered_at"]:
        return f"ordered again {_moment(drift['mend_ordered_at'])}"
    return "left to people" if drift["held"] else "nothing was ordered"


def _print_approvals(approvals: Sequence[dict[str, Any]]) -> None:
    for one in approvals:
        decided = f", decided by {one['decided_by']}" if one["decided_by"] else ""
        typer.echo(f"approval (审批): {one['state']}, proposed by {one['proposed_by']}{decided}")
        typer.echo(f"  {one['reason']}" + (f" / {one['decision_reason']}" if one["decision_reason"] else ""))
        counts = f"{one['ordered']} ordered again, {one['vanished']} had vanished, {one['unknown']} could not be seen"
        typer.echo(f"  {one['drifts']} differences: {counts}; it expires {_moment(one['expires_at'])}")


def _moment(text: str) -> str:
    """By the clock of the law, as every page shows it."""
    return datetime.fromisoformat(text).astimezone(LEGAL_ZONE).strftime(_HOUR)
