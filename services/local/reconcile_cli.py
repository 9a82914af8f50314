"""`creditsync reconcile …`: against a running sync, with a token of one's own or as a client of the local issuer.

Without a command it runs: `creditsync reconcile credit_jiangsu` is `creditsync reconcile run credit_jiangsu`.
Imports what a command needs when it runs, so that help stays instant.
"""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from services.local.orders_cli import At, Token
from shared.vocabulary import Portal, RecordKind


class _RunsByDefault(TyperGroup):
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        known = {*self.commands, "--help"}
        return super().parse_args(ctx, args if args and args[0] in known else ["run", *args])


app = typer.Typer(
    cls=_RunsByDefault,
    help="Reconcile (对账): run, plan, list, show, propose, approve, reject, give-up, report.",
    epilog="Without a command it is `run`: `creditsync reconcile credit_jiangsu`.",
)

Portals = Annotated[list[Portal] | None, typer.Argument(help="Portals to reconcile; all when none is named.")]
District = Annotated[str | None, typer.Option(help="Only records of this division (code).")]
Kind = Annotated[RecordKind | None, typer.Option(help="Only records of this kind.")]
RunId = Annotated[str, typer.Argument(help="Identifier of the run.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept beside who decided.")]
Client = Annotated[str, typer.Option("--as", help="Client of the local issuer that speaks, when no token is given.")]
Digests = Annotated[bool, typer.Option("--digests", help="Compare digests, where the portal keeps them.")]


@app.command()
def run(
    portals: Portals = None,
    district: District = None,
    kind: Kind = None,
    digests: Digests = False,
    at: At = None,
    token: Token = None,
) -> None:
    """Reconcile now and show what was found."""
    _run(portals, (at, token), district=district, kind=kind, mode="mend", method="digests" if digests else None)


@app.command()
def plan(
    portals: Portals = None,
    district: District = None,
    kind: Kind = None,
    digests: Digests = False,
    at: At = None,
    token: Token = None,
) -> None:
    """Say what would be mended, and order nothing (试对)."""
    _run(portals, (at, token), district=district, kind=kind, mode="plan", method="digests" if digests else None)


@app.command("list")
def list_runs(at: At = None, token: Token = None) -> None:
    """List the newest runs."""
    from services.local import reconcile

    reconcile.list_runs(reconcile.Door(at, token))


@app.command()
def show(
    run_id: RunId,
    most: Annotated[int, typer.Option(min=1, max=500, help="Differences at most.")] = 50,
    at: At = None,
    token: Token = None,
) -> None:
    """Show one run, its differences, and what people decided about them."""
    from services.local import reconcile

    reconcile.show_run(reconcile.Door(at, token), run_id, most)


@app.command()
def propose(run_id: RunId, reason: Reason, client: Client = "operator", at: At = None, token: Token = None) -> None:
    """Propose the mending of what a run left to people (提请); somebody else approves it."""
    _decide(run_id, "propose", reason, (at, token, client))


@app.command()
def approve(run_id: RunId, reason: Reason, client: Client = "approver", at: At = None, token: Token = None) -> None:
    """Approve mending that somebody else proposed (批准)."""
    _decide(run_id, "approve", reason, (at, token, client))


@app.command()
def reject(run_id: RunId, reason: Reason, client: Client = "approver", at: At = None, token: Token = None) -> None:
    """Reject proposed mending (否决)."""
    _decide(run_id, "reject", reason, (at, token, client))


@app.command("give-up")
def give_up(run_id: RunId, reason: Reason, at: At = None, token: Token = None) -> None:
    """End a run that still goes on; it concludes nothing."""
    from services.local import reconcile

    reconcile.give_up(reconcile.Door(at, token), run_id, reason)


@app.command()
def report(
    run_id: RunId,
    file: Annotated[Path, typer.Argument(help="File to write: .html, .xlsx or .json.")],
    lang: Annotated[str, typer.Option(help="zh or en.")] = "zh",
    at: At = None,
    token: Token = None,
) -> None:
    """Save the report of a run (对账报告)."""
    from services.local import reconcile

    reconcile.save_report(reconcile.Door(at, token), run_id, file, lang)
    typer.echo(f"{file} is written.")


def _run(portals: list[Portal] | None, door: tuple[str | None, str | None], **wish: str | None) -> None:
    from services.local.reconcile import Door, run_reconcile

    sys.exit(run_reconcile(Door(*door), portals or list(Portal), **wish))


def _decide(run_id: str, step: str, reason: str, door: tuple[str | None, str | None, str]) -> None:
    from services.local import reconcile

    reconcile.decide(reconcile.Door(*door), run_id, step, reason)
