"""What keeps runs from reading their portals, as the channels have it: the same for every process."""

from collections.abc import Mapping
from datetime import datetime

from services.sync.channel import read_channels
from services.sync.domain.channel import Channel, QuietHours
from services.sync.reconciliation.domain.obstacle import Held, after_silence, before_reading
from shared.clock import LEGAL_ZONE
from shared.database.connection import AsyncConnection
from shared.vocabulary import Portal


async def obstacles(
    connection: AsyncConnection, quiet: Mapping[Portal, QuietHours | None], now: datetime
) -> dict[Portal, Held]:
    """What holds the reading of each of these portals; those that may be read are left out."""
    channels = await read_channels(connection)
    found = {portal: _held(channels.get(portal), hours, now) for portal, hours in quiet.items()}
    return {portal: held for portal, held in found.items() if held}


async def obstacle_met(
    connection: AsyncConnection, portal: Portal, quiet: QuietHours | None, now: datetime, *, silent: bool
) -> Held | None:
    """What stands behind a reading that failed; `silent` when nothing was answered."""
    channel = (await read_channels(connection)).get(portal)
    return _held(channel, quiet, now) or (after_silence(channel, now) if silent else None)


def _held(channel: Channel | None, quiet: QuietHours | None, now: datetime) -> Held | None:
    return before_reading(channel, quiet, now.astimezone(LEGAL_ZONE))
