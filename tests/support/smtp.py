"""A mail server on loopback that speaks enough SMTP for a real client, keeps what it takes and fails as it is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast

from services.local.ports import LOOPBACK


@dataclass
class MailBox:
    """What arrived, and how the next mails are answered. `answers` to the recipient come first, 250 afterwards."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    hangs_up_after_data: bool = False

    def texts(self) -> list[str]:
        return [one.get_content() for one in self.mails]


@asynccontextmanager
async def mail_server() -> AsyncIterator[MailBox]:
    """A listening server until the block ends."""
    box = MailBox()
    server = await asyncio.start_server(lambda reader, writer: _serve(box, reader, writer), LOOPBACK, 0)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()
        await server.wait_closed()


async def _serve(box: MailBox, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    async def say(line: str) -> None:
        writer.write(f"{line}\r\n".encode("ascii"))
        await writer.drain()

    await say("220 post.example ready")
    try:
        while line := await reader.readline():
            word = line.decode("ascii").strip().upper().partition(" ")[0]
            if word == "RCPT":
                await say(box.answers.pop(0) if box.answers else "250 ok")
            elif word == "DATA":
                await say("354 go on")
                body = await reader.readuntil(b"\r\n.\r\n")
                parsed = message_from_bytes(body.removesuffix(b".\r\n"), policy=policy.default)
                box.mails.append(cast(EmailMessage, parsed))
                if box.hangs_up_after_data:
                    return
                await say("250 taken")
            elif word == "QUIT":
                await say("221 bye")
                return
            else:
                await say("250 ok")
    finally:
        writer.close()
