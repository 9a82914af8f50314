"""Real files made on the spot: the smallest whole PDF, PNG, JPEG and OFD, each with a text that makes it unique."""

import base64
import io
import struct
import zipfile
import zlib

# A grey point, coded by libjpeg: header, tables, one scan, end.
_JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////"
    "////wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAA//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AN//Z"
)


def pdf(text: str = "paper") -> bytes:
    """A page that says nothing, with a table of contents at the offset that its end names."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>",
    ]
    body, offsets = b"%PDF-1.7\n%" + text.encode() + b"\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj%sendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    end = b"xref\n0 4\n0000000000 65535 f \n%strailer<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    return body + end % (table, len(body))


def png(text: str = "paper", side: int = 1) -> bytes:
    """A white square."""
    rows = b"".join(b"\x00" + b"\xff" * side for _ in range(side))
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    parts = [
        (b"IHDR", header),
        (b"tEXt", b"Comment\x00" + text.encode()),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in parts)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def jpeg(text: str = "paper") -> bytes:
    """The point, with the text as a comment."""
    comment = text.encode()
    return _JPEG[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + _JPEG[2:]


def ofd(text: str = "paper", **more: bytes) -> bytes:
    """An OFD document (GB/T 33190) with one root file; `more` are further files of the archive."""
    root = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016" Version="1.0" '
        f'DocType="OFD"><ofd:DocBody><ofd:DocInfo><ofd:Title>{text}</ofd:Title></ofd:DocInfo></ofd:DocBody></ofd:OFD>'
    )
    return archive({"OFD.xml": root.encode(), "Doc_0/Document.xml": b"<ofd:Document/>", **more})


def archive(files: dict[str, bytes], comment: bytes = b"") -> bytes:
    """Any ZIP archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
        packed.comment = comment
    return buffer.getvalue()


ALL = {"pdf": pdf, "png": png, "jpeg": jpeg, "ofd": ofd}
