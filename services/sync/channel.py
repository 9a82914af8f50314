"""The channel of each portal as the database has it: shared by all workers, whichever process they run in."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import bindparam, or_, select, update

from services.sync.domain.channel import (
    SENTINEL,
    Admission,
    Breaker,
    Channel,
    Errand,
    Pace,
    admit,
    after_answer,
    after_failure,
    after_probe,
    draw,
    fresh,
)
from services.sync.metrics import BREAKER
from services.sync.tables import portal_channel
from shared.database.connection import AsyncConnection
from shared.database.types import AnyRow
from shared.database.upsert import insert_for
from shared.errors import Unavailable
from shared.evidence.actions import Action
from shared.evidence.entry import Act
from shared.messaging.unit_of_work import UnitOfWork
from shared.vocabulary import Portal


class ChannelHeld(Unavailable):
    """Nothing may be sent to the portal now; the orders wait, and nobody else does."""


async def enter(work: UnitOfWork, portal: Portal, pace: Pace, wanted: int) -> Admission:
    """Take leave for up to `wanted` requests. The row stays locked until the caller commits: keep that short."""
    admission = admit(await _locked(work, portal, pace), pace, work.now, wanted)
    await _write(work, portal, admission.channel)
    return admission


async def answered(work: UnitOfWork, portal: Portal) -> None:
    """The portal answered: the breaker closes. No write while it is closed anyway.

    An answer to a request that was under way when the portal asked for time does not shorten that time: only the
    probe after it closes an open breaker.
    """
    await work.connection.execute(_CLOSED, {"on_portal": portal, "now": work.now})
    breaker = await work.connection.scalar(_BREAKER, {"on_portal": portal})
    BREAKER.labels(portal).set(breaker not in (None, Breaker.CLOSED))


async def charge(work: UnitOfWork, portal: Portal, requests: int) -> None:
    """Requests that were sent beyond those for which leave was taken; the next ones wait for them."""
    if requests:
        await work.connection.execute(_OWED, {"on_portal": portal, "requests": requests})


async def enter_to_read(work: UnitOfWork, portal: Portal, pace: Pace, wanted: int, errand: Errand) -> Admission:
    """Take leave for up to `wanted` requests that read. The row stays locked until the caller commits."""
    before = await _locked(work, portal, pace)
    admission = draw(before, pace, work.now, wanted, errand)
    if admission.channel != before:
        await _write(work, portal, admission.channel)
    return admission


async def reads_are_held(work: UnitOfWork, portal: Portal) -> bool:
    """Whether the portal asked not to be read at present."""
    return await work.connection.scalar(_HELD, {"on_portal": portal, "now": work.now}) is not None


async def hold_reads(work: UnitOfWork, portal: Portal, pause: timedelta) -> None:
    """The portal asked not to be read for a while. Orders go on: it did not refuse those."""
    channel = await _locked(work, portal, Pace())
    until = max(work.now + pause, channel.reads_resume_at or work.now)
    await _write(work, portal, replace(channel, reads_resume_at=until))


async def failed(work: UnitOfWork, portal: Portal, reason: str, ask_later: timedelta, times: int = 1) -> None:
    """The portal did not answer, or asked for time; so many requests in a row."""
    channel = await _locked(work, portal, Pace())
    for _ in range(times):
        channel = after_failure(channel, work.now, reason, ask_later)
    await _write(work, portal, channel)
    BREAKER.labels(portal).set(channel.breaker is not Breaker.CLOSED)


async def stop(work: UnitOfWork, portal: Portal, *, actor: str, reason: str) -> None:
    """Send nothing more until somebody starts the channel again."""
    channel = await _locked(work, portal, Pace())
    await _write(work, portal, replace(channel, stopped_by=f"{actor}: {reason}"[:300]))
    work.audit(Act(Action.CHANNEL_STOPPED, actor, portal, reason=reason))


async def start(work: UnitOfWork, portal: Portal, *, actor: str, reason: str) -> None:
    """Send again, as if the portal had just answered."""
    channel = await _locked(work, portal, Pace())
    await _write(work, portal, replace(after_answer(channel), stopped_by=None))
    work.audit(Act(Action.CHANNEL_STARTED, actor, portal, reason=reason))


async def probed(work: UnitOfWork, portal: Portal, faults: str | None) -> None:
    """Note what a probe of the portal's contract found, and stop or start the orders by it."""
    before = await _locked(work, portal, Pace())
    after = after_probe(before, faults)
    if after == before:
        return
    await _write(work, portal, after)
    if after.stopped_by != before.stopped_by:
        action = Action.CHANNEL_STOPPED if after.stopped_by else Action.CHANNEL_STARTED
        work.audit(Act(action, SENTINEL, portal, reason=faults or "the portal's answers are as known again"))


async def read_channels(connection: AsyncConnection) -> dict[Portal, Channel]:
    """The channels that were ever used."""
    rows = (await connection.execute(select(portal_channel))).all()
    return {Portal(row.portal): _channel(row) for row in rows}


async def _locked(work: UnitOfWork, portal: Portal, pace: Pace) -> Channel:
    row = (await work.connection.execute(_LOCKED, {"on_portal": portal})).one_or_none()
    if row is None:
        first = insert_for(work.dialect, portal_channel).on_conflict_do_nothing()
        await work.connection.execute(first, {"portal": portal, **vars(fresh(pace, work.now))})
        row = (await work.connection.execute(_LOCKED, {"on_portal": portal})).one()
    return _channel(row)


async def _write(work: UnitOfWork, portal: Portal, channel: Channel) -> None:
    await work.connection.execute(_WRITTEN, {"on_portal": portal, **vars(channel)})


def _channel(row: AnyRow) -> Channel:
    return Channel(
        tokens=row.tokens,
        refilled_at=row.refilled_at,
        breaker=Breaker(row.breaker),
        failures=row.failures,
        probe_at=row.probe_at,
        reason=row.reason,
        since=row.since,
        stopped_by=row.stopped_by,
        contract_faults=row.contract_faults,
        read_tokens=row.read_tokens,
        reads_resume_at=row.reads_resume_at,
    )


# Made once: building them takes longer than carrying them out.
_C = portal_channel.c
_OF_PORTAL = _C.portal == bindparam("on_portal")
_LOCKED = select(portal_channel).where(_OF_PORTAL).with_for_update()
_WRITTEN = update(portal_channel).where(_OF_PORTAL)
_HELD = select(_C.portal).where(_OF_PORTAL, _C.reads_resume_at > bindparam("now"))
_OWED = update(portal_channel).where(_OF_PORTAL).values(tokens=_C.tokens - bindparam("requests"))
_BREAKER = select(_C.breaker).where(_OF_PORTAL)
_CLOSED = (
    update(portal_channel)
    .where(
        _OF_PORTAL,
        or_(_C.failures > 0, _C.breaker != Breaker.CLOSED),
        or_(_C.breaker != Breaker.OPEN, _C.probe_at.is_(None), _C.probe_at <= bindparam("now")),
    )
    .values(breaker=Breaker.CLOSED, failures=0, probe_at=None, reason=None, since=None)
)
