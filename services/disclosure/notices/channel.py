"""How a reminder leaves the house: a channel takes a batch and returns when all of it is safe.

Sending again is harmless. The default writes files that another system picks up; a bureau with a gateway (信用常州,
政企通) puts a channel of its own here.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Reminder:
    """修复提醒 for one record. Subjects are organisations; nothing in it is personal."""

    record_id: str
    title: str
    subject: str
    uscc: str | None
    document_number: str
    repair_from_on: str
    paragraphs: tuple[str, ...]


class ReminderChannel(Protocol):
    """One way out. `name` is stored with each reminder."""

    name: str

    async def send(self, reminders: Sequence[Reminder]) -> None:
        """Deliver all of them, or raise; a reminder that comes twice must look like one."""
        ...


class FileChannel:
    """A folder with two files for each record: `.json` for programs, `.txt` for people."""

    name = "file"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, reminders: Sequence[Reminder]) -> None:
        await asyncio.to_thread(self._write, reminders)

    def _write(self, reminders: Sequence[Reminder]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        for one in reminders:
            text = "\n".join((one.title, *one.paragraphs, ""))
            self._replace(f"{one.record_id}.txt", text)
            self._replace(f"{one.record_id}.json", json.dumps(asdict(one), ensure_ascii=False, indent=1))

    def _replace(self, name: str, content: str) -> None:
        """As a whole: whoever picks it up never sees half of it."""
        partial = self._folder / f".{name}.partial"
        partial.write_text(content, encoding="utf-8")
        partial.replace(self._folder / name)
