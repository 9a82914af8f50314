"""How a reminder leaves the house: one method a channel, which returns when the reminder is safe on the other side.

Sending again is harmless: each has a key by which the other side sees that two are one. A channel raises `Unavailable`
when trying again may help, and `ChannelRefused` when it never will.
"""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from services.repair.reminders.domain.notice import Channel, Notice
from shared.clock import wall_time
from shared.errors import CreditsyncError, Unavailable
from shared.outbound.client import NotSent
from shared.outbound.egress import AddressRefused, Posted
from shared.outbound.mail import Mail, Mailer, MailRefused

_TRY_AGAIN = frozenset({408, 425, 429})
_HEADERS = {"content-type": "application/json", "user-agent": "creditsync-reminders"}


class ChannelRefused(CreditsyncError):
    """The other side will never take this reminder. The message names no address."""


class ReminderChannel(Protocol):
    """One way out."""

    async def send(self, notice: Notice, key: str, address: str, secret: bytes) -> None:
        """Deliver it, or raise."""
        ...


class Poster(Protocol):
    """What brings a body to an address: `shared.outbound.egress.Egress`."""

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Posted: ...


class FileChannel:
    """A folder with two files for each reminder: `.json` for programs, `.txt` for people."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, notice: Notice, key: str, address: str, secret: bytes) -> None:
        try:
            await asyncio.to_thread(self._write, notice)
        except OSError as error:
            raise Unavailable(f"the folder of reminders cannot be written: {type(error).__name__}") from error

    def _write(self, notice: Notice) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._replace(f"{notice.record_id}.txt", notice.as_text())
        self._replace(f"{notice.record_id}.json", notice.as_json())

    def _replace(self, name: str, content: str) -> None:
        """As a whole: whoever picks it up never sees half of it."""
        partial = self._folder / f".{name}.partial"
        partial.write_text(content, encoding="utf-8")
        partial.replace(self._folder / name)


class WebhookChannel:
    """A signed POST after Standard Webhooks (`v1`, HMAC-SHA256); the key is the `webhook-id`."""

    def __init__(self, egress: Poster) -> None:
        self._egress = egress

    async def send(self, notice: Notice, key: str, address: str, secret: bytes) -> None:
        body = json.dumps({"type": "repair.became_possible", "data": json.loads(notice.as_json())}).encode()
        # The time in the signature is the real one, whatever clock the house lives by: a receiver compares it.
        headers = _HEADERS | signed(secret, key, int(wall_time().timestamp()), body)
        try:
            posted = await self._egress.post(address, body, headers)
        except AddressRefused as refused:
            raise ChannelRefused(str(refused)) from None
        if posted.ok:
            return
        if posted.status in _TRY_AGAIN or posted.status >= 500:
            raise NotSent(f"the endpoint answered {posted.status}")
        raise ChannelRefused(f"the endpoint answered {posted.status}")


class MailChannel:
    """One mail a reminder; without a mail server it waits until one is configured, or is given up."""

    def __init__(self, mailer: Mailer | None) -> None:
        self._mailer = mailer

    async def send(self, notice: Notice, key: str, address: str, secret: bytes) -> None:
        if self._mailer is None:
            raise NotSent("no mail server is configured")
        try:
            await self._mailer.send(Mail(key, address, notice.title, notice.as_text()))
        except MailRefused as refused:
            raise ChannelRefused(str(refused)) from None


def signed(secret: bytes, key: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers by which a receiver checks who sent it."""
    digest = hmac.digest(secret, f"{key}.{timestamp}.".encode() + body, hashlib.sha256)
    return {
        "webhook-id": key,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode('ascii')}",
    }


Channels = Mapping[Channel, ReminderChannel]
