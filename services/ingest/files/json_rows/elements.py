"""Reads the elements of one JSON array one after the other, with a buffer of a few rows.

The buffer always holds more than the longest row. An element that cannot be decoded there is passed over by its
structure and named; where its signs do not belong together, nothing behind it can be told apart any more.
"""

import codecs
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from services.ingest.files.json_rows.objects import DECODER
from services.ingest.files.json_rows.skim import NoStructure, Skim
from services.ingest.files.table import FaultCode
from services.ingest.files.text.byte_source import ByteSource

_READ = 256 * 1024
_LONGEST_PASSED = 64 * 1024 * 1024  # characters of one element; passing over them takes half a minute at worst
_SPACE = re.compile(r"[ \t\r\n]*")


class Element(NamedTuple):
    """One decoded element with its line and its length in characters; or the fault for which it was passed over; or why
    nothing can be read from there on."""

    line: int
    value: Any
    length: int
    broken: str | None = None
    fault: FaultCode | None = None


class _Buffer:
    """Decoded text from the present place on, at least `keep` characters of it unless the file ends before."""

    def __init__(self, source: ByteSource, encoding: str, keep: int) -> None:
        self._source, self._keep = source, keep
        # What cannot be decoded becomes the sign for a lost character, which is a fault of the row that holds it.
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._ended = False
        self.text = ""
        self.at = 0
        self.line = 1

    def fill(self) -> None:
        if self._ended or len(self.text) - self.at >= self._keep:
            return
        parts = [self.text[self.at :]]
        held = len(parts[0])
        while held < self._keep + _READ and not self._ended:
            raw = self._source.read(_READ)
            self._ended = not raw
            parts.append(self._decoder.decode(raw, final=self._ended))
            held += len(parts[-1])
        self.text, self.at = "".join(parts), 0

    def is_at_end(self) -> bool:
        """Whether the file holds nothing more."""
        self.fill()
        return self.at == len(self.text)

    def go_to(self, at: int) -> None:
        self.line += self.text.count("\n", self.at, at)
        self.at = at

    def skip_space(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            self.fill()
            match = _SPACE.match(self.text, self.at)
            self.go_to(match.end() if match else self.at)
            if self.at < len(self.text) or self._ended:
                return self.text[self.at : self.at + 1]


def read_elements(source: ByteSource, encoding: str, longest: int) -> Iterator[Element]:
    """All elements; after a broken one nothing more."""
    buffer = _Buffer(source, encoding, longest + 1)
    buffer.skip_space()
    buffer.at += 1  # the opening bracket
    if buffer.skip_space() == "]":
        return
    while True:
        buffer.skip_space()
        line, start = buffer.line, buffer.at
        try:
            value, end = DECODER.raw_decode(buffer.text, start)
        except (ValueError, RecursionError) as error:
            passed = _passed_over(buffer, line, longest, is_deep=isinstance(error, RecursionError))
            yield passed
            if passed.broken:
                return
        else:
            buffer.go_to(end)
            yield Element(line, value, end - start)
        sign = buffer.skip_space()
        buffer.at += 1
        if sign == "]":
            if buffer.skip_space():
                yield Element(buffer.line, None, 0, "text follows after the end of the array")
            return
        if sign != ",":
            what = "a comma is missing" if sign else "the array is cut off"
            yield Element(buffer.line, None, 0, what)
            return


def _passed_over(buffer: _Buffer, line: int, longest: int, *, is_deep: bool) -> Element:
    """The element at the present place, unread; the buffer stands behind it."""
    skim, length = Skim(), 0
    try:
        while (end := skim.over(buffer.text, buffer.at)) is None:
            length += len(buffer.text) - buffer.at
            buffer.go_to(len(buffer.text))
            if buffer.is_at_end() or length > _LONGEST_PASSED:
                raise NoStructure
    except NoStructure:
        return Element(line, None, 0, f"the row is no JSON or longer than {longest} characters")
    length += end - buffer.at
    buffer.go_to(end)
    unread = FaultCode.NESTED_VALUE if is_deep else FaultCode.NOT_A_ROW
    return Element(line, None, length, fault=FaultCode.ROW_TOO_LONG if length > longest else unread)
