"""The bytes of a text file as one stream: UTF-16 comes out as UTF-8, so that one kind of line end is looked for."""

import codecs
from pathlib import Path

from services.ingest.files.text.encoding import GB18030, UTF_8, TextForm

_HALF_UNIT = b"\xff"  # no UTF-8, so the line that ends with it is told to be undecodable


class ByteSource:
    """Reads on from the byte order mark. `position` counts bytes of the file, for progress."""

    def __init__(self, path: Path, form: TextForm) -> None:
        self._file = path.open("rb", buffering=0)
        self._file.seek(form.bom)
        self.position = form.bom
        # Half characters pass and are told by the line that holds them, because strict UTF-8 refuses them there.
        self._decoder = (
            None if form.encoding in (UTF_8, GB18030) else codecs.getincrementaldecoder(form.encoding)("surrogatepass")
        )

    def read(self, size: int) -> bytes:
        """At least one byte, or none at the end."""
        while True:
            raw = self._file.read(size)
            self.position += len(raw)
            if self._decoder is None:
                return raw
            text = _as_utf_8(self._decoder, raw)
            if text or not raw:
                return text

    def close(self) -> None:
        self._file.close()


def _as_utf_8(decoder: codecs.IncrementalDecoder, raw: bytes) -> bytes:
    try:
        text = decoder.decode(raw, final=not raw)
    except UnicodeDecodeError:  # half a code unit at the very end; told once
        decoder.reset()
        return _HALF_UNIT
    return text.encode(UTF_8, "surrogatepass")
