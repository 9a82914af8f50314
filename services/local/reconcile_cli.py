"""`creditsync reconcile …`: against a running sync, with the identities of the local issuer.

Without a command it runs: `creditsync reconcile credit_jiangsu` is `creditsync reconcile run credit_jiangsu`.
Imports what a command needs when it runs, so that help stays instant.
"""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from shared.vocabulary import Portal, RecordKind


class _RunsByDefault(TyperGroup):
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        known = {*self.commands, "--help"}
        return super().parse_args(ctx, args if args and args[0] in known else ["run", *args])


app = typer.Typer(cls=_RunsByDefault, help="Reconcile (对账): run, plan, show, propose, approve, report.")

Portals = Annotated[list[Portal] | None, typer.Argument(help="Portals to reconcile; all when none is named.")]
District = Annotated[str | None, typer.Option(help="Only records of this division (code).")]
Kind = Annotated[RecordKind | None, typer.Option(help="Only records of this kind.")]
RunId = Annotated[str, typer.Argument(help="Identifier of the run.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept beside who decided.")]
Client = Annotated[str, typer.Option("--as", help="Client of the local issuer that speaks.")]
Digests = Annotated[bool, typer.Option("--digests", help="Compare digests, where the portal keeps them.")]


@app.command()
def run(portals: Portals = None, district: District = None, kind: Kind = None, digests: Digests = False) -> None:
    """Reconcile now and show what was found."""
    _run(portals, district, kind, digests=digests, mode="mend")


@app.command()
def plan(portals: Portals = None, district: District = None, kind: Kind = None, digests: Digests = False) -> None:
    """Say what would be mended, and order nothing (试对)."""
    _run(portals, district, kind, digests=digests, mode="plan")


@app.command("list")
def list_runs() -> None:
    """The newest runs."""
    from services.local import reconcile

    reconcile.list_runs()


@app.command()
def show(run_id: RunId, most: Annotated[int, typer.Option(min=1, max=500, help="Differences at most.")] = 50) -> None:
    """One run, its differences, and what people decided about them."""
    from services.local import reconcile

    reconcile.show_run(run_id, most)


@app.command()
def propose(run_id: RunId, reason: Reason, client: Client = "operator") -> None:
    """Propose the mending of what a run left to people (提请); somebody else approves it."""
    _decide(run_id, "propose", reason, client)


@app.command()
def approve(run_id: RunId, reason: Reason, client: Client = "approver") -> None:
    """Approve mending that somebody else proposed (批准)."""
    _decide(run_id, "approve", reason, client)


@app.command()
def reject(run_id: RunId, reason: Reason, client: Client = "approver") -> None:
    """Reject proposed mending (否决)."""
    _decide(run_id, "reject", reason, client)


@app.command("give-up")
def give_up(run_id: RunId, reason: Reason) -> None:
    """End a run that still goes on; it concludes nothing."""
    from services.local import reconcile

    reconcile.give_up(run_id, reason)


@app.command()
def report(
    run_id: RunId,
    file: Annotated[Path, typer.Argument(help="File to write: .html, .xlsx or .json.")],
    lang: Annotated[str, typer.Option(help="zh or en.")] = "zh",
) -> None:
    """Save the report of a run (对账报告)."""
    from services.local import reconcile

    reconcile.save_report(run_id, file, lang)
    typer.echo(f"{file} is written.")


def _run(
    portals: list[Portal] | None, district: str | None, kind: RecordKind | None, *, digests: bool, mode: str
) -> None:
    from services.local.reconcile import run_reconcile

    method = "digests" if digests else None
    sys.exit(run_reconcile(portals or list(Portal), district=district, kind=kind, mode=mode, method=method))


def _decide(run_id: str, step: str, reason: str, client: str) -> None:
    from services.local import reconcile

    reconcile.decide(run_id, step, reason, client)
