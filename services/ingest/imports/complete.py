"""Which files of a folder are complete: those that did not change between two looks, or have a marker beside them."""

import os
from dataclasses import dataclass, field
from pathlib import Path

DONE_MARK, FORCE_MARK = ".done", ".force"
_NOT_FILES = (DONE_MARK, FORCE_MARK, ".part", ".partial", ".tmp", ".crdownload", ".verdicts.csv", ".note.txt")
_AT_ONCE = 20
_LONGEST_SUFFIX = 10  # what is longer is no kind of file but a part of the name


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
        return has_mark(self.folder / name, DONE_MARK)


def _is_candidate(entry: os.DirEntry[str]) -> bool:
    name = entry.name
    return not name.startswith((".", "~$")) and not name.endswith(_NOT_FILES) and entry.is_file(follow_symlinks=False)


def has_mark(path: Path, mark: str) -> bool:
    """Whether a mark lies beside a file; beside one whose name leaves no room for it none can."""
    try:
        return path.with_name(f"{path.name}{mark}").exists()
    except OSError:
        return False


def free_name(folder: Path, name: str, companion: str) -> str:
    """The name, or the next one under which neither a file nor its companion lies there.

    It is shortened so far that the folder takes the name with any mark or companion behind it.
    """
    whole, number = Path(name), 1
    stem, suffix = (whole.stem, whole.suffix) if len(whole.suffix) <= _LONGEST_SUFFIX else (name, "")
    longest = os.pathconf(folder, "PC_NAME_MAX") - max(map(len, _NOT_FILES))
    while True:
        end = suffix if number == 1 else f"-{number}{suffix}"
        free = f"{_shortened(stem, longest - len(os.fsencode(end)))}{end}"
        if not (folder / free).exists() and not (folder / f"{free}{companion}").exists():
            return free
        number += 1


def _shortened(stem: str, most_bytes: int) -> str:
    """Whole characters only: half of one would be no name that people can type."""
    while len(os.fsencode(stem)) > most_bytes:
        stem = stem[:-1]
    return stem


def move(source: Path, target: Path) -> None:
    """Move a file to a name that nobody has; raises `FileExistsError` where somebody was faster."""
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    source.replace(target)
