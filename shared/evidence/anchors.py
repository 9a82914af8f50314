"""Anchor files (存证文件): every signed head, one line each, outside the database that it speaks of.

Appended only. The more places such a file is copied to, the fewer people can rewrite history unnoticed (G14).
"""

from collections.abc import Iterator
from pathlib import Path

from shared.evidence.heads import Head, head_of

_TAIL = 4096
_LINE = 2048


class Anchors:
    """The anchor files of a folder, one a service."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, service: str) -> Path:
        return self._folder / f"{service}.jsonl"

    def append(self, head: Head) -> None:
        """A line in one write, on a line of its own even after a process that was killed within one."""
        path = self.path(head.service)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab+") as file:
            at = file.seek(0, 2)
            file.seek(max(0, at - 1))
            torn = at and file.read(1) != b"\n"
            file.write((b"\n" if torn else b"") + head.line().encode() + b"\n")

    def last(self, service: str) -> Head | None:
        """The newest head of a service; files are read from their end."""
        path = self.path(service)
        if not path.exists():
            return None
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - _TAIL))
            lines = file.read().decode("ascii", "replace").splitlines()
        return next((head for line in reversed(lines) if (head := head_of(line)) and head.service == service), None)

    def heads(self, service: str) -> Iterator[Head]:
        """All of them, in the order in which they were signed."""
        path = self.path(service)
        if not path.exists():
            return
        with path.open("rb") as file:
            while line := file.readline(_LINE):
                head = head_of(line.decode("ascii", "replace"))
                if head and head.service == service:
                    yield head
