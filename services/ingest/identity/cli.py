"""`creditsync identity …`: compare two claims, see proposed pairs, accept or reject them, from a terminal."""

import json
from typing import Annotated

import typer

from services.ingest.cli import Ground, run_command

app = typer.Typer(help="Identity resolver (同一性辨识): compare, proposals, accept, reject.", no_args_is_help=True)

Proposal = Annotated[str, typer.Argument(help="Identifier of the proposal.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept beside who decided.")]


@app.command()
def compare(
    left: Annotated[str, typer.Argument(help="A document number.")],
    right: Annotated[str, typer.Argument(help="Another one.")],
    left_code: Annotated[str, typer.Option(help="Number of the subject of the first.")] = "",
    right_code: Annotated[str, typer.Option(help="Number of the subject of the second.")] = "",
) -> None:
    """Tell whether two numbers name the same decision, and why."""
    run_command(lambda ground: _compare(ground, (left, left_code), (right, right_code)))


@app.command()
def proposals(most: Annotated[int, typer.Option(min=1, max=500, help="Proposals at most.")] = 50) -> None:
    """List pairs that wait for a person, the oldest first."""
    run_command(lambda ground: _proposals(ground, most))


@app.command()
def accept(proposal_id: Proposal, reason: Reason) -> None:
    """Accept a pair: the alias holds in every comparison from now on."""
    run_command(lambda ground: _decide(ground, proposal_id, reason, accepted=True))


@app.command()
def reject(proposal_id: Proposal, reason: Reason) -> None:
    """Reject a pair; it is not proposed again."""
    run_command(lambda ground: _decide(ground, proposal_id, reason, accepted=False))


async def _compare(ground: Ground, left: tuple[str, str], right: tuple[str, str]) -> None:
    from services.ingest.identity.domain.resolve import Claim, resolve
    from services.ingest.identity.domain.subjects import SubjectClaim
    from services.ingest.identity.look_up import look_up

    claims = [Claim(number, SubjectClaim(code)) for number, code in (left, right)]
    async with ground.database.reading() as connection:
        found = resolve(claims[0], claims[1], await look_up(connection, claims))
    match = found.match if left[1] or right[1] else found.number
    typer.echo(str(match.kind))
    for reason in match.because:
        typer.echo(f"  {reason.zh}  {reason.en}")


async def _proposals(ground: Ground, most: int) -> None:
    from services.ingest.identity import store
    from services.ingest.identity.domain.proposal import ProposalState

    async with ground.database.reading() as connection:
        rows = await store.list_proposals(connection, ProposalState.OPEN, None, most)
    if not rows:
        typer.echo("No pair waits for a person.")
    for row in rows:
        typer.echo(f"{row.proposal_id}  {row.aspect}  {row.alias_text} → {row.canonical_text}  ({row.origin})")
        for reason in json.loads(row.because):
            typer.echo(f"  {reason['zh']}  {reason['en']}")


async def _decide(ground: Ground, proposal_id: str, reason: str, *, accepted: bool) -> None:
    from services.ingest.identity.decide import decide
    from shared.messaging.unit_of_work import unit_of_work

    async with unit_of_work(ground.database, ground.clock) as work:
        await decide(work, proposal_id, accept=accepted, by=ground.person, reason=reason)
    typer.echo(f"{proposal_id} is {'accepted' if accepted else 'rejected'}.")
