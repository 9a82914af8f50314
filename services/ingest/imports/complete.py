"""Which files of a folder are complete: those that did not change between two looks, or have a marker beside them."""

import os
from dataclasses import dataclass, field
from pathlib import Path

DONE_MARK, FORCE_MARK = ".done", ".force"
_NOT_FILES = (DONE_MARK, FORCE_MARK, ".part", ".partial", ".tmp", ".crdownload", ".verdicts.csv", ".note.txt")
_AT_ONCE = 20


@dataclass
class Watch:
    """Remembers how each file looked last time."""

    folder: Path
    _seen: dict[str, tuple[int, int]] = field(default_factory=dict)

    def ready(self) -> list[Path]:
        """Complete files, some at a time; folders, links, hidden files and marks are none."""
        now: dict[str, tuple[int, int]] = {}
        with os.scandir(self.folder) as entries:
            for entry in entries:
                if _is_candidate(entry):
                    status = entry.stat(follow_symlinks=False)
                    now[entry.name] = (status.st_size, status.st_mtime_ns)
        before, self._seen = self._seen, now
        names = [name for name, look in now.items() if before.get(name) == look or self._is_marked(name)]
        return [self.folder / name for name in sorted(names)[:_AT_ONCE]]

    def _is_marked(self, name: str) -> bool:
        return (self.folder / f"{name}{DONE_MARK}").exists()


def _is_candidate(entry: os.DirEntry[str]) -> bool:
    name = entry.name
    return not name.startswith((".", "~$")) and not name.endswith(_NOT_FILES) and entry.is_file(follow_symlinks=False)


def free_name(folder: Path, name: str, companion: str) -> str:
    """The name, or the next one under which neither a file nor its companion lies there."""
    whole, number = Path(name), 1
    while True:
        free = name if number == 1 else f"{whole.stem}-{number}{whole.suffix}"
        if not (folder / free).exists() and not (folder / f"{free}{companion}").exists():
            return free
        number += 1


def move(source: Path, target: Path) -> None:
    """Move a file to a name that nobody has; raises `FileExistsError` where somebody was faster."""
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    source.replace(target)
