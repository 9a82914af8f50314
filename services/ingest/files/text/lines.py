"""Numbered lines of a text in bounded memory: what cannot be decoded or is too long stays one line with a mark.

Works by blocks: decoding a block at once and asking it once whether it holds anything odd costs a tenth of asking each
line. The lines of an odd block are looked at one by one.
"""

from collections.abc import Iterator
from io import StringIO

from services.ingest.files.limits import FileLimits
from services.ingest.files.table import FaultCode, FileNote, NoteCode
from services.ingest.files.text.byte_source import ByteSource
from services.ingest.files.text.encoding import GB18030, UTF_8, TextForm, decode_line

_BLOCK = 256 * 1024
_CONTROLS = bytes({*range(0x20), 0x7F} - set(b"\t\n\r"))
# Lost characters in both encodings (in GB18030 two of UTF-8's also show as 锟斤拷), and rounded numbers.
_ODD = (*("\ufffd".encode(encoding) for encoding in (UTF_8, GB18030)), "锟斤拷".encode(), b"E+", b"e+")


class Lines:
    """Iterates the lines of a source with their line ends.

    `marks` tells of lines, by number from 1, why they are not as they were sent; whoever reads a line takes its mark
    away. `odd` is true while a line of an odd block may be among the last ones.
    """

    def __init__(self, source: ByteSource, form: TextForm, limits: FileLimits) -> None:
        self._source = source
        self._form = form
        self._limit = limits.row_bytes
        self._newline = form.newline.encode("ascii")
        self._before = 0  # lines of earlier blocks
        self._odd_block = False
        self.odd = False
        self.marks: dict[int, FaultCode] = {}
        self.other_encoding = 0  # lines in another encoding than the file

    def __iter__(self) -> Iterator[str]:
        for raw in self._blocks():
            if raw is None:
                self._before += 1
                self.marks[self._before] = FaultCode.ROW_TOO_LONG
                yield self._form.newline
                continue
            text = self._whole(raw)
            was_odd, self._odd_block = self._odd_block, _is_odd(raw)
            self.odd = was_odd or self._odd_block
            if text is None:
                yield from self._one_by_one(raw)
            else:
                self._before += text.count(self._form.newline)
                yield from StringIO(text, newline=self._form.newline)

    def _blocks(self) -> Iterator[bytes | None]:
        """Blocks that end with a line; None in place of a line that is too long."""
        kept = b""
        while raw := self._source.read(_BLOCK):
            end = raw.rfind(self._newline) + 1
            if end:
                yield kept + raw[:end]
                kept = raw[end:]
            else:
                kept += raw
            if len(kept) > self._limit:
                yield None
                kept = self._after_line_end()
        if kept:
            yield kept

    def _after_line_end(self) -> bytes:
        while raw := self._source.read(_BLOCK):
            end = raw.find(self._newline) + 1
            if end:
                return raw[end:]
        return b""

    def _whole(self, raw: bytes) -> str | None:
        """The text of a block when all its lines are surely in the encoding of the file."""
        if self._form.encoding == GB18030 and not raw.isascii():
            return None  # some line may be UTF-8, which would decode as well
        try:
            return raw.decode(UTF_8)
        except UnicodeDecodeError:
            return None

    def _one_by_one(self, raw: bytes) -> Iterator[str]:
        usual = GB18030 if self._form.encoding == GB18030 else UTF_8
        lines = raw.split(self._newline)
        last = lines.pop()
        for line in [one + self._newline for one in lines] + ([last] if last else []):
            self._before += 1
            found = decode_line(line, self._form)
            if found is None:
                self.marks[self._before] = FaultCode.UNDECODABLE
                yield line.decode(usual, "replace")
                continue
            text, encoding = found
            self.other_encoding += encoding != usual and not line.isascii()
            yield text


def _is_odd(raw: bytes) -> bool:
    return len(raw.translate(None, _CONTROLS)) != len(raw) or any(sign in raw for sign in _ODD)


def mixed_note(lines: Lines, encoding: str) -> Iterator[FileNote]:
    """Whether a file mixes encodings."""
    if lines.other_encoding:
        sentence = f"The file is in {encoding}; {lines.other_encoding} lines were read in another encoding."
        yield FileNote(NoteCode.MIXED_ENCODINGS, sentence)
