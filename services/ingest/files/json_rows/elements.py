"""Reads the elements of one JSON array one after the other, with a buffer of a few rows.

The buffer always holds more than the longest row, so an element that cannot be decoded there is broken or too long, and
nothing behind it can be told apart any more.
"""

import codecs
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from services.ingest.files.json_rows.objects import DECODER
from services.ingest.files.text.byte_source import ByteSource

_READ = 256 * 1024
_SPACE = re.compile(r"[ \t\r\n]*")


class Element(NamedTuple):
    """One decoded element with its line and its length in characters; or why nothing can be read from there on."""

    line: int
    value: Any
    length: int
    broken: str | None = None


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
        except (ValueError, RecursionError):
            yield Element(line, None, 0, f"the row is no JSON or longer than {longest} characters")
            return
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
