"""The acts of `creditsync disclosure serious-list …`: what officers do over HTTP, from a terminal, by the same bodies.

Who is to be listed comes from a file: numbers of persons do not belong into the history of a shell.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.disclosure.terminal import TerminalGround, run_command

if TYPE_CHECKING:
    from services.disclosure.serious_list.domain.entry import Entry
    from services.disclosure.serious_list.open_entry import Clerk

_DAY = "%Y-%m-%d"
_PLAIN = (
    "hear, waive, drop, list, confirm_review, apply_removal, accept_removal, decline_removal, refuse_removal, "
    "revoke_removal or withdraw."
)

Body = Annotated[Path, typer.Argument(help="JSON file, as for the HTTP endpoint.", exists=True, dir_okay=False)]
Texts = Annotated[Path, typer.Argument(help="JSON file with the text of each item.", exists=True, dir_okay=False)]
EntryId = Annotated[str, typer.Argument(help="Identifier of the entry.")]
Plain = Annotated[str, typer.Argument(metavar="ACT", help=_PLAIN)]
Version = Annotated[int, typer.Option(min=1, help="The version that you saw with `show`.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept beside who did it.")]


def notify(file: Body) -> None:
    """Serve the prior notice of a listing (列入前告知), as `POST /v1/serious-list` takes it."""
    run_command(lambda ground: _notify(ground, file.read_bytes()))


def register(file: Body) -> None:
    """Register an entry listed before (登记既有名单信息), as `POST /v1/serious-list/registrations` takes it."""
    run_command(lambda ground: _register(ground, file.read_bytes()))


def step(entry_id: EntryId, action: Plain, version: Version, reason: Reason) -> None:
    """Take a step that brings nothing but its reason: hearing, listing, removal applied for, withdrawal (名单办理)."""
    _take(entry_id, action, version, reason)


def supplement(entry_id: EntryId, file: Texts, version: Version, reason: Reason) -> None:
    """Serve what a prior notice left out (补充告知); representations begin anew."""
    _take(entry_id, "serve_notice", version, reason, notice=_json(file.read_bytes()))


def decide(
    entry_id: EntryId,
    version: Version,
    reason: Reason,
    document_number: Annotated[str, typer.Option(help="Number of the decision.")],
    ban_until: Annotated[datetime | None, typer.Option(formats=[_DAY], help="Last day of a statutory ban.")] = None,
) -> None:
    """Decide that a subject is listed (决定列入)."""
    _take(entry_id, "decide", version, reason, document_number=document_number, ban_until=ban_until)


def re_enter(
    entry_id: EntryId,
    version: Version,
    reason: Reason,
    applied_for_listing_on: Annotated[datetime, typer.Option(formats=[_DAY], help="Day of the original application.")],
    situation: Annotated[str, typer.Option(help="A situation of the newer rule.")],
) -> None:
    """Carry an older entry over by a region's transition (按过渡规定重新列入)."""
    more = {"applied_for_listing_on": applied_for_listing_on, "situation": situation}
    _take(entry_id, "re_enter", version, reason, **more)


def approve_removal(
    entry_id: EntryId,
    version: Version,
    reason: Reason,
    condition: Annotated[list[str], typer.Option(help="What the authority has verified; one option a condition.")],
) -> None:
    """Approve an early removal (准予提前移出)."""
    _take(entry_id, "approve_removal", version, reason, conditions=condition)


ACTS = (notify, register, step, supplement, decide, re_enter, approve_removal)


def _take(entry_id: str, action: str, version: int, reason: str, **more: object) -> None:
    given = {"action": action, "version": version, "reason": reason, **more}
    body = {name: value.date() if isinstance(value, datetime) else value for name, value in given.items() if value}
    run_command(lambda ground: _step(ground, entry_id, body))


async def _notify(ground: TerminalGround, content: bytes) -> None:
    from services.disclosure.serious_list.bodies import NOTICE
    from services.disclosure.serious_list.open_entry import serve_notice
    from shared.messaging.unit_of_work import unit_of_work
    from shared.web.body import validated

    body = validated(NOTICE, content)
    async with unit_of_work(ground.database, ground.clock) as work:
        law = await ground.book.current(work.connection)
        entry_id, entry = await serve_notice(work, body.candidate(), body.notice, law, _clerk(ground, body.reason))
    _tell(entry_id, entry)


async def _register(ground: TerminalGround, content: bytes) -> None:
    from services.disclosure.serious_list.bodies import REGISTRATION
    from services.disclosure.serious_list.open_entry import register as registered
    from shared.messaging.unit_of_work import unit_of_work
    from shared.web.body import validated

    body = validated(REGISTRATION, content)
    async with unit_of_work(ground.database, ground.clock) as work:
        law = await ground.book.current(work.connection)
        clerk = _clerk(ground, body.reason)
        entry_id, entry = await registered(work, body.candidate(), body.earlier(), law, clerk)
    _tell(entry_id, entry)


async def _step(ground: TerminalGround, entry_id: str, given: Mapping[str, Any]) -> None:
    from services.disclosure.serious_list.bodies import STEP, step_of
    from services.disclosure.serious_list.steps import Asked, take_step
    from shared.clock import legal_date
    from shared.messaging.unit_of_work import unit_of_work
    from shared.web.body import validated
    from shared.web.identifier import identifier

    body = validated(STEP, json.dumps(given, default=str).encode())
    async with unit_of_work(ground.database, ground.clock) as work:
        law = await ground.book.current(work.connection)
        taken, detail = step_of(body, legal_date(work.now))
        asked = Asked(taken, body.version, body.reason, detail)
        entry = await take_step(work, identifier(entry_id), asked, law, ground.caller)
    _tell(entry_id, entry)


def _clerk(ground: TerminalGround, reason: str) -> "Clerk":
    from services.disclosure.serious_list.open_entry import Clerk
    from shared.sealing import Sealer

    return Clerk(ground.person, reason, Sealer(*ground.settings.person_keys()))


def _tell(entry_id: str, entry: "Entry") -> None:
    window = entry.window
    days = f", {window.starts_on} – {window.closes_on}" if window else ""
    typer.echo(f"{entry_id} is {entry.state}, version {entry.version}{days}")


def _json(content: bytes) -> Any:
    """What is no JSON is left to the check of the whole body, which says so."""
    try:
        return json.loads(content)
    except ValueError:
        return ""
