"""Sends mail by SMTP (the only door to `smtplib`), and says in which of three ways it failed.

`NotSent` and `Uncertain` as for HTTP; `MailRefused` when the server will never take this mail. Nothing here repeats a
mail: the caller's key becomes the Message-ID, by which a reader sees that two are one. smtplib blocks, so it runs in a
thread; every wait in it has an end.
"""

import asyncio
import smtplib
import ssl
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from shared.clock import Clock
from shared.errors import CreditsyncError
from shared.outbound.client import NotSent, Uncertain

_PERMANENT = range(500, 600)
_AUTHENTICATION = frozenset({530, 534, 535, 538})


class MailRefused(CreditsyncError):
    """The server refuses this mail for good, such as an address that does not exist. The message names no address."""


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed over. `starttls` is asked for before any name or password is sent."""

    host: str
    port: int
    sender: str
    starttls: bool = True
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    seconds: float = 20


@dataclass(frozen=True)
class Mail:
    """One mail to one reader. `key` names it: the same mail sent twice has the same."""

    key: str
    to: str
    title: str
    text: str


class Mailer:
    """Hands mails to one server, each over a connection of its own: reminders are few and far between."""

    def __init__(self, server: MailServer, clock: Clock) -> None:
        self._server = server
        self._clock = clock

    async def send(self, mail: Mail) -> None:
        """Raises `NotSent`, `Uncertain` or `MailRefused`."""
        await asyncio.to_thread(self._send, self._written(mail))

    def _written(self, mail: Mail) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._server.sender
        message["To"] = mail.to
        message["Subject"] = mail.title
        message["Date"] = format_datetime(self._clock.now())
        message["Message-ID"] = f"<{mail.key}@{self._server.sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.text, charset="utf-8", cte="base64")
        return message

    def _send(self, message: EmailMessage) -> None:
        handed_over = False
        try:
            with smtplib.SMTP(self._server.host, self._server.port, timeout=self._server.seconds) as connection:
                self._greet(connection)
                handed_over = True
                connection.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            raise _judged(next(iter(error.recipients.values()))[0]) from None
        except smtplib.SMTPResponseException as error:
            raise _judged(error.smtp_code) from None
        except (smtplib.SMTPException, OSError) as error:
            if handed_over and not isinstance(error, smtplib.SMTPNotSupportedError):
                raise Uncertain("the mail server broke off the exchange") from None
            raise NotSent("the mail server cannot be reached or does not speak as expected") from None

    def _greet(self, connection: smtplib.SMTP) -> None:
        if self._server.starttls:
            connection.starttls(context=ssl.create_default_context())
        if self._server.user is not None:
            connection.login(self._server.user, self._server.password or "")


def is_mail_address(text: str) -> bool:
    """Whether one reader can be written to under this text: plain ASCII, one name, one domain with a dot."""
    if not text.isascii() or any(one.isspace() or one in '<>,;:"()[]\\' for one in text) or len(text) > 254:
        return False
    try:
        address = Address(addr_spec=text)
    except (ValueError, IndexError):
        return False
    return bool(address.username) and "." in address.domain.strip(".")


def _judged(code: int) -> CreditsyncError:
    """A refusal of our own login is for the operator to mend; the mail waits."""
    if code in _PERMANENT and code not in _AUTHENTICATION:
        return MailRefused(f"the mail server refuses this mail for good ({code})")
    return NotSent(f"the mail server does not take the mail now ({code})")
