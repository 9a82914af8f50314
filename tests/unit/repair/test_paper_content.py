"""A file is what its content says: whole, of one kind, and nothing behind its end."""

import io
import struct
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.repair.materials.domain.content import FileFormat, recognise
from services.repair.materials.domain.refusal import ContentRefused
from tests.support import papers

KINDS = sorted(papers.ALL)


def refusal(content: bytes) -> str:
    with pytest.raises(ContentRefused) as refused:
        recognise(io.BytesIO(content))
    assert refused.value.sentence.endswith(".")
    return refused.value.code


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_file_is_recognised(kind: str) -> None:
    assert recognise(io.BytesIO(papers.ALL[kind]())) is FileFormat(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_stops_anywhere_is_never_taken_as_whole(kind: str) -> None:
    whole = papers.ALL[kind]()
    least = len(whole) - (2 if kind == "pdf" else 1)  # the line end behind the mark of a PDF may be missing
    for size in range(least):
        refusal(whole[:size])


@pytest.mark.parametrize("kind", KINDS)
def test_an_archive_behind_another_file_is_refused(kind: str) -> None:
    hidden = papers.archive({"run.exe": b"MZ"})
    assert refusal(papers.ALL[kind]() + hidden) in {"polyglot", "not_ofd", "damaged"}


def test_an_archive_that_pretends_to_end_as_a_pdf_is_refused() -> None:
    hidden = papers.archive({"run.exe": b"MZ"}, comment=b"startxref\n9\n%%EOF")
    assert refusal(papers.pdf() + hidden) == "polyglot"


@pytest.mark.parametrize("kind", ["pdf", "png", "jpeg"])
def test_bytes_behind_the_end_are_refused(kind: str) -> None:
    assert refusal(papers.ALL[kind]() + b"<script>alert(1)</script>") in {"surplus", "truncated"}


class Counted(io.BytesIO):
    """A file that counts the bytes that were read."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        self.taken += len(piece)
        return piece


@pytest.mark.parametrize("scan", [b"\xff\xda\x00\x02", b"\xff\xda\x00\x02" + b"a" * 2_000])
def test_a_jpeg_of_very_many_scans_is_refused_and_read_once(scan: bytes) -> None:
    file = Counted(papers.jpeg()[:-2] + scan * 1_000 + b"\xff\xd9")
    with pytest.raises(ContentRefused, match="scans"):
        recognise(file)
    whole = Counted(papers.jpeg()[:-2] + scan * 300 + b"\xff\xd9")
    assert recognise(whole) is FileFormat.JPEG
    look_for_archive = 22 + 0xFFFF
    for one in (file, whole):
        assert one.taken <= len(one.getvalue()) + look_for_archive + 8


def test_fill_bytes_and_a_mark_across_two_pieces_are_read_as_one() -> None:
    whole, size = papers.jpeg(), 64 * 1024
    for more in range(-4, 4):
        comment = b"\xff\xfe" + struct.pack(">H", 60_000) + b"x" * 59_998
        filled = size - len(comment) - 2 - more
        content = whole[:2] + comment + b"\xff" * filled + whole[2:]
        assert recognise(io.BytesIO(content)) is FileFormat.JPEG


def test_what_cameras_append_to_a_picture_is_taken() -> None:
    picture = papers.jpeg()
    assert recognise(io.BytesIO(picture + b"\x00" * 100 + papers.jpeg("preview"))) is FileFormat.JPEG
    assert refusal(picture + b"\x00" * 10 + b"MZ") == "surplus"
    assert refusal(b"".join(papers.jpeg() for _ in range(9))) == "surplus"


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\x00program",
        b"#!/bin/sh\n",
        b"<html><script></script></html>",
        b"GIF89a",
        b"\x00" * 100,
        b"%PDF-9.9\nsomething",
        b" %PDF-1.7\n",
        b"PK\x05\x06" + b"\x00" * 18,
    ],
)
def test_other_content_is_refused_whatever_the_name_said(content: bytes) -> None:
    assert refusal(content) == "unknown"


def test_an_empty_file_is_refused() -> None:
    assert refusal(b"") == "empty"


def test_a_pdf_that_does_not_lead_to_its_contents_is_refused() -> None:
    assert refusal(papers.pdf().replace(b"startxref\n", b"startxref\n9")) == "damaged"
    assert refusal(b"%PDF-1.7\n%%EOF") == "damaged"


def test_a_png_with_another_header_or_without_a_picture_is_refused() -> None:
    whole = papers.png()
    assert refusal(whole[:16] + b"\x00\x00\x00\x09" + whole[20:]) == "damaged"  # the sum of the header is wrong now
    start = whole.index(b"IDAT") - 4
    assert refusal(whole[:start] + whole[whole.index(b"IEND") - 4 :]) == "damaged"
    assert refusal(papers.png(side=1)[:33] + struct.pack(">I", 0xFFFFFFFF) + b"IDAT") == "truncated"


def test_a_picture_too_large_to_be_opened_is_refused() -> None:
    header = struct.pack(">I4sIIBBBBB", 13, b"IHDR", 60_000, 60_000, 8, 0, 0, 0, 0)
    import zlib

    content = papers.png()[:8] + header + struct.pack(">I", zlib.crc32(header[4:])) + papers.png()[33:]
    assert refusal(content) == "too_large_picture"


def test_an_archive_that_is_no_ofd_is_refused() -> None:
    assert refusal(papers.archive({"word/document.xml": b"<w/>"})) == "not_ofd"
    assert refusal(papers.archive({"OFD.xml": b"<html/>"})) == "not_ofd"
    assert refusal(papers.archive({"OFD.xml": b'<!DOCTYPE x [<!ENTITY a "b">]><OFD>'})) == "not_ofd"
    assert refusal(papers.archive({"sub/OFD.xml": b"<OFD>"})) == "not_ofd"


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    assert refusal(papers.ofd("bomb", **{"Doc_0/Pages.xml": b"\x00" * 20_000_000})) == "bomb"


def test_an_archive_of_very_many_files_is_refused() -> None:
    assert refusal(papers.ofd(**{f"f{number}": b"" for number in range(5_001)})) == "too_many_files"


def test_an_archive_whose_end_tells_of_fewer_files_than_it_lists_is_refused_unread() -> None:
    many = bytearray(papers.ofd(**{f"f{number:0150}": b"" for number in range(6_000)}))
    struct.pack_into("<HH", many, len(many) - 14, 3, 3)
    assert refusal(bytes(many)) == "too_many_files"


def test_an_archive_with_a_second_end_of_the_large_kind_is_refused() -> None:
    whole = papers.ofd()
    end_at = whole.rindex(b"PK\x05\x06")
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, end_at, 1)
    assert refusal(whole[:end_at] + locator + whole[end_at:]) == "damaged"
    listed, list_at = struct.unpack_from("<II", whole, end_at + 12)
    longer = struct.pack("<II", listed + len(locator), list_at)  # an end that counts the locator as part of the list
    assert refusal(whole[:end_at] + locator + whole[end_at : end_at + 12] + longer + whole[-2:]) == "damaged"


@pytest.mark.parametrize("name", ["../evil", "/etc/passwd", "a\\b", "C:x", "a/../../b"])
def test_an_archive_that_leads_out_of_itself_is_refused(name: str) -> None:
    assert refusal(papers.ofd(**{name: b"x"})) == "damaged"


def test_an_encrypted_archive_is_refused() -> None:
    content = bytearray(papers.ofd())
    at = content.index(b"PK\x01\x02")
    content[at + 8] |= 1
    assert refusal(bytes(content)) == "encrypted"


def test_an_archive_with_an_unknown_method_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_BZIP2) as packed:
        packed.writestr("OFD.xml", b"<OFD>" + b"x" * 100)
    assert refusal(buffer.getvalue()) == "encrypted"


@settings(max_examples=150)
@given(st.sampled_from(KINDS), st.binary(max_size=200), st.integers(min_value=0, max_value=400))
def test_a_damaged_file_is_recognised_or_refused_and_nothing_else(kind: str, noise: bytes, at: int) -> None:
    whole = papers.ALL[kind]()
    damaged = whole[: at % len(whole)] + noise + whole[at % len(whole) + len(noise) :]
    try:
        assert recognise(io.BytesIO(damaged)) in FileFormat
    except ContentRefused as refused:
        assert refused.code
