"""How a reminder leaves the house: a channel takes a batch and returns when all of it is safe.

Sending again is harmless. The default writes files that another system picks up. Reminders that repair is possible go
another way: repair delivers them.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class FormReminder:
    """填报提醒 for one monthly form. Nothing in it is personal."""

    title: str
    form: str
    unit: str
    month: str
    due_on: str
    paragraphs: tuple[str, ...]

    @property
    def key(self) -> str:
        return f"form-{self.form}-{self.unit}-{self.month}"


class ReminderChannel(Protocol):
    """One way out. `name` is stored with each reminder."""

    name: str

    async def send(self, reminders: Sequence[FormReminder]) -> None:
        """Deliver all of them, or raise; a reminder that comes twice must look like one."""
        ...


class FileChannel:
    """A folder with two files for each reminder: `.json` for programs, `.txt` for people."""

    name = "file"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, reminders: Sequence[FormReminder]) -> None:
        await asyncio.to_thread(self._write, reminders)

    def _write(self, reminders: Sequence[FormReminder]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        for one in reminders:
            text = "\n".join((one.title, *one.paragraphs, ""))
            self._replace(f"{one.key}.txt", text)
            self._replace(f"{one.key}.json", json.dumps(asdict(one), ensure_ascii=False, indent=1))

    def _replace(self, name: str, content: str) -> None:
        """As a whole: whoever picks it up never sees half of it."""
        partial = self._folder / f".{name}.partial"
        partial.write_text(content, encoding="utf-8")
        partial.replace(self._folder / name)
