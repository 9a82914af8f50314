"""Parses one XML part as a stream and refuses what XML can do beyond a table: document types and with them entities,
endless nesting, endless names, endless tokens."""

import zlib
from collections.abc import Callable, Iterator
from typing import IO
from xml.parsers import expat
from zipfile import BadZipFile

from services.ingest.files.xlsx.deadline import Deadline

_CHUNK = 16 * 1024  # a chunk may name a long shared text some hundred times
_DEPTH = 100
_NAMES = 5_000  # different names of elements and attributes; a sheet has some thirty
_TOKEN = 1024 * 1024  # bytes without any element or text being complete


class Unreadable(Exception):
    """The part cannot be parsed any further; the message says why."""


class PartParser:
    """Feeds a part to three handlers. Attributes come as a flat list of names and values."""

    def __init__(
        self,
        start: Callable[[str, list[str]], None],
        end: Callable[[str], None],
        text: Callable[[str], None],
    ) -> None:
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.ordered_attributes = True
        self._parser.StartElementHandler = start
        self._parser.EndElementHandler = end
        self._parser.CharacterDataHandler = text
        self._parser.StartDoctypeDeclHandler = _refuse_doctype
        self.bytes_read = 0

    def run(self, part: IO[bytes], depth: Callable[[], int], deadline: Deadline | None = None) -> Iterator[None]:
        """Parse chunk by chunk; whoever iterates takes out what the handlers have collected."""
        try:
            while chunk := part.read(_CHUNK):
                self._parser.Parse(chunk, False)
                self.bytes_read += len(chunk)
                self._check(depth())
                if deadline:
                    deadline.check()
                yield
            self._parser.Parse(b"", True)
        except (expat.ExpatError, BadZipFile, zlib.error, EOFError, OSError) as error:
            raise Unreadable("the part of the workbook breaks off or is no XML") from error
        yield

    def _check(self, depth: int) -> None:
        if depth > _DEPTH or len(self._parser.intern) > _NAMES:
            raise Unreadable("its elements are no table")
        if self.bytes_read - self._parser.CurrentByteIndex > _TOKEN:
            raise Unreadable("a cell or tag is absurdly long")


def local_name(name: str) -> str:
    """A name without its prefix; the prefix of the main namespace is free."""
    return name.rpartition(":")[2]


def _refuse_doctype(*_: object) -> None:
    raise Unreadable("it declares a document type, which no workbook has")
