"""The shared texts of a workbook (sharedStrings): cells name them by number and in any order.

Those beyond a fixed amount lie in a temporary file without a name, so that memory does not grow with the workbook.
"""

import mmap
import re
import tempfile
from array import array
from typing import IO

from services.ingest.files.limits import FileLimits
from services.ingest.files.xlsx.deadline import Deadline
from services.ingest.files.xlsx.package import Package, damaged, unsafe
from services.ingest.files.xlsx.xml import PartParser, Unreadable, local_name

_IN_MEMORY = 16 * 1024 * 1024  # characters; each takes up to two bytes more than it has in the file
_OVERHEAD = 40  # what an object costs, counted in characters
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


def unescaped(text: str) -> str:
    """A text as it was typed: signs that XML cannot hold are written as `_x000D_`."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


class Texts:
    """Texts by number, the first in memory, the others in a file."""

    def __init__(self, in_memory: int = _IN_MEMORY) -> None:
        self._first: list[str] = []
        self._room = in_memory
        self._ends = array("Q", [0])
        self._file: IO[bytes] | None = None
        self._map: mmap.mmap | None = None

    def __len__(self) -> int:
        return len(self._first) + len(self._ends) - 1

    def add(self, text: str) -> None:
        if self._room > 0:
            self._first.append(text)
            self._room -= len(text) + _OVERHEAD
            return
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the workbook
        raw = text.encode("utf-8", "surrogatepass")
        self._file.write(raw)
        self._ends.append(self._ends[-1] + len(raw))

    def seal(self) -> None:
        """No more texts will be added."""
        if self._file is not None and self._ends[-1]:
            self._file.flush()
            self._map = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)

    def __getitem__(self, number: int) -> str:
        if number < len(self._first):
            return self._first[number]
        at = number - len(self._first)
        start, end = self._ends[at], self._ends[at + 1]
        return self._map[start:end].decode("utf-8", "surrogatepass") if self._map is not None else ""

    def close(self) -> None:
        if self._map is not None:
            self._map.close()
        if self._file is not None:
            self._file.close()


class _Collector:
    """Builds each text from its runs, without the phonetic ones (拼音指南)."""

    def __init__(self, texts: Texts, limits: FileLimits) -> None:
        self._texts, self._limits = texts, limits
        self._runs: list[str] = []
        self._length = 0
        self._phonetic = False
        self._taking = False
        self.depth = 0

    def start(self, tag: str, _attributes: list[str]) -> None:
        self.depth += 1
        name = local_name(tag)
        if name == "si":
            self._runs, self._length = [], 0
        elif name == "rPh":
            self._phonetic = True
        self._taking = name == "t" and not self._phonetic

    def text(self, data: str) -> None:
        if self._taking and self._length <= self._limits.cell_characters:
            self._runs.append(data)
            self._length += len(data)

    def end(self, tag: str) -> None:
        self.depth -= 1
        self._taking = False
        name = local_name(tag)
        if name == "rPh":
            self._phonetic = False
        elif name == "si":
            if len(self._texts) >= self._limits.shared_texts:
                raise unsafe(f"it has more than {self._limits.shared_texts} texts")
            self._texts.add(unescaped("".join(self._runs)))


def read_texts(package: Package, name: str | None, limits: FileLimits, deadline: Deadline) -> Texts:
    """All shared texts; a workbook may have none."""
    texts = Texts()
    if name is None:
        return texts
    collector = _Collector(texts, limits)
    parser = PartParser(collector.start, collector.end, collector.text)
    try:
        with package.open(name) as part:
            for _ in parser.run(part, lambda: collector.depth, deadline):
                pass
    except Unreadable as error:
        texts.close()
        raise damaged(str(error)) from error
    except BaseException:
        texts.close()
        raise
    texts.seal()
    return texts
