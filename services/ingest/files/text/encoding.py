"""Which encoding a text is in: decided by strict decoding, a file by its beginning and then each line by itself.

Bytes that fit no encoding are never replaced silently, and a line is never read as GB18030 when it plainly holds UTF-8:
almost any bytes decode as GB18030, to words that nobody wrote.
"""

import codecs
import re
from dataclasses import dataclass

from services.ingest.files.refusal import FileRefused, Refusal

UTF_8 = "utf-8"
GB18030 = "gb18030"  # contains GBK and GB2312

_BOMS = (
    (codecs.BOM_UTF8, UTF_8),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Chinese characters that UTF-8 writes in three bytes. True GB18030 text that passes as UTF-8 does so in two-byte ones.
_THREE_BYTES = re.compile("[\u2e80-\u9fff\uff00-\uffef]")
_SURE = 4
# Four Chinese characters of UTF-8 in a row. In true GB18030 text: about once in 10^11 places.
_UTF_8_RUN = re.compile(rb"(?:[\xe3-\xe9\xef][\x80-\xbf]{2}){4}")
_BINARY = bytes({*range(0x20)} - set(b"\t\n\r\x0b\x0c\x1a\x1b"))
_FEW = 0.02  # share of control bytes that a damaged text may have


@dataclass(frozen=True, slots=True)
class TextForm:
    """How the bytes of a text become lines. `lenient`: lines of the other encoding may stand between (混合编码)."""

    encoding: str
    bom: int
    newline: str
    lenient: bool


def find_form(sample: bytes) -> TextForm:
    """The form of a text that begins with these bytes, or `FileRefused`."""
    if sample.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise _unknown("UTF-32")
    for bom, encoding in _BOMS:
        if sample.startswith(bom):
            text = sample.decode(encoding, "replace") if encoding != UTF_8 else sample.decode("latin-1")
            return TextForm(encoding, len(bom), _newline(text), encoding == UTF_8)
    _refuse_binary(sample)
    return TextForm(_dominant(sample), 0, _newline(sample.decode("latin-1")), True)


def decode_line(raw: bytes, form: TextForm) -> tuple[str, str] | None:
    """The text of a line and the encoding that it is in; None when it is in none, or in two."""
    as_utf_8 = _strict(raw, UTF_8)
    if as_utf_8 is not None and (form.encoding != GB18030 or raw.isascii() or _is_surely_utf_8(as_utf_8)):
        return as_utf_8, UTF_8
    if form.lenient and _UTF_8_RUN.search(raw) is None:
        as_gb = _strict(raw, GB18030)
        if as_gb is not None:
            return as_gb, GB18030
    return None if as_utf_8 is None else (as_utf_8, UTF_8)


def _is_surely_utf_8(text: str) -> bool:
    return len(_THREE_BYTES.findall(text)) >= _SURE


def _strict(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None


def _dominant(sample: bytes) -> str:
    """What more of the lines are for sure; a short line may pass as both."""
    lines = [_begun_as_utf_8(line) for line in sample.splitlines() if not line.isascii()]
    foreign = sum(text is None for text in lines)
    sure = sum(text is not None and _is_surely_utf_8(text) for text in lines)
    return GB18030 if foreign > sure else UTF_8


def _begun_as_utf_8(line: bytes) -> str | None:
    """The last line of a sample may be cut within a character."""
    try:
        return codecs.getincrementaldecoder(UTF_8)().decode(line)
    except UnicodeDecodeError:
        return None


def _newline(text: str) -> str:
    return "\r" if "\n" not in text and "\r" in text else "\n"


def _refuse_binary(sample: bytes) -> None:
    controls = len(sample) - len(sample.translate(None, _BINARY))
    if controls <= _FEW * len(sample):
        return
    if sample.count(0) * 4 > len(sample):
        raise _unknown("UTF-16 without a byte order mark")
    raise FileRefused(
        Refusal.NOT_A_TABLE, "The file is binary data of an unknown kind.", "Send CSV, XLSX, NDJSON or a JSON array."
    )


def _unknown(found: str) -> FileRefused:
    return FileRefused(
        Refusal.UNKNOWN_ENCODING,
        f"The text is in {found}, which is not read.",
        "Save it as UTF-8, GB18030 or UTF-16 with a byte order mark.",
    )
