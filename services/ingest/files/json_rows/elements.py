"""Reads the elements of one JSON array one after the other, with a buffer of a few rows.

The buffer always holds more than the longest row. An element that cannot be decoded there is passed over by its
structure and named. Between two whole elements it is certain where the next one begins, so a comma too few or too many
is one named place. Where the signs of an element do not belong together nothing behind it is read: a quotation mark
too few or too many makes text of rows and rows of text, and a list inside a row looks like the array.
"""

import codecs
import re
from collections.abc import Iterator
from json import JSONDecodeError
from typing import Any, NamedTuple

from services.ingest.files.json_rows.objects import DECODER
from services.ingest.files.json_rows.skim import NoStructure, Skim
from services.ingest.files.table import FaultCode
from services.ingest.files.text.byte_source import ByteSource

_READ = 256 * 1024
_LONGEST_PASSED = 64 * 1024 * 1024  # characters of one element; passing over them takes half a minute at worst
_MOST_COMMAS = 100
_SPACE = re.compile(r"[ \t\r\n]*")
_WRONG = {
    "Expecting ':'": "a colon is missing",
    "Expecting ','": "a comma is missing, or a quotation mark stands within a text",
    "Expecting property name": "a column name in quotation marks is missing",
    "Expecting value": "a value is missing",
    "Unterminated string": "a text begins and does not end",
    "Invalid": "a backslash stands before a sign that needs none",
}
"""What the decoder found, by the first words of its message."""


class Element(NamedTuple):
    """One decoded element with its line and its length in characters; or the fault for which it was passed over, and
    what about it; or why nothing can be read from there on."""

    line: int
    value: Any
    length: int
    broken: str | None = None
    fault: FaultCode | None = None
    why: str = ""


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
            passed = _passed_over(buffer, line, longest, error)
            yield passed
            if passed.broken:
                return
        else:
            buffer.go_to(end)
            yield Element(line, value, end - start)
        wrong, is_end = _behind(buffer)
        yield from wrong
        if is_end:
            return


def _behind(buffer: _Buffer) -> tuple[list[Element], bool]:
    """Goes from behind an element to the next: what is wrong between them, and whether there is no next one."""
    sign, line, commas = buffer.skip_space(), buffer.line, 0
    if sign == "{":
        return [_gap(line, "a comma is missing between two rows")], False
    while sign == "," and commas <= _MOST_COMMAS:
        buffer.at += 1
        commas += 1
        sign = buffer.skip_space()
    wrong = [_gap(line, "more than one comma stands between two rows")] if commas > 1 else []
    if sign == "]":
        buffer.at += 1
        rest = "text follows after the end of the array" if buffer.skip_space() else ""
        if commas == 1 and not rest:
            wrong.append(_gap(line, "a comma stands at the end, and no row follows it"))
    elif not sign:
        rest = "the array is cut off"
    elif commas and sign != ",":
        return wrong, False
    else:
        rest = "commas follow and no rows" if commas else "a comma is missing"
    return ([Element(buffer.line, None, 0, rest)] if rest else wrong), True


def _gap(line: int, why: str) -> Element:
    return Element(line, None, 0, fault=FaultCode.BROKEN_ARRAY, why=why)


def _passed_over(buffer: _Buffer, line: int, longest: int, error: ValueError | RecursionError) -> Element:
    """The element at the present place, unread; the buffer stands behind it."""
    broken = _broken(buffer, longest, error)
    skim, length = Skim(), 0
    try:
        while (end := skim.over(buffer.text, buffer.at)) is None:
            length += len(buffer.text) - buffer.at
            buffer.go_to(len(buffer.text))
            if buffer.is_at_end() or length > _LONGEST_PASSED:
                raise NoStructure
    except NoStructure:
        return Element(line, None, 0, broken)
    length += end - buffer.at
    buffer.go_to(end)
    unread = FaultCode.NESTED_VALUE if isinstance(error, RecursionError) else FaultCode.NOT_A_ROW
    return Element(line, None, length, fault=FaultCode.ROW_TOO_LONG if length > longest else unread)


def _broken(buffer: _Buffer, longest: int, error: ValueError | RecursionError) -> str:
    """Where the row stops being JSON, as people count; never what stands there."""
    if not isinstance(error, JSONDecodeError) or error.pos - buffer.at > longest:
        return f"the row is no JSON or longer than {longest} characters"
    line = buffer.line + buffer.text.count("\n", buffer.at, error.pos)
    what = next(
        (told for sign, told in _WRONG.items() if error.msg.startswith(sign)), "the signs do not belong together"
    )
    return f"the row is no JSON: {what} in line {line}, {error.pos - buffer.at} characters into the row"
