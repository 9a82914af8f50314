"""Papers at rest: sealed in pieces, read from any place; nothing can be changed, cut off or exchanged unseen."""

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.repair.materials import cabinet as cabinets
from services.repair.materials.cabinet import Cabinet
from services.repair.materials.sealed_file import PIECE_BYTES, SealedReader, SealedWriter
from shared.sealing import SEAL_OVERHEAD, SealBroken, Sealer

SEALER = Sealer(b"k" * 32)
SIZES = [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 2 * PIECE_BYTES, 2 * PIECE_BYTES + 5]


def content(size: int) -> bytes:
    return (b"0123456789abcdef" * (size // 16 + 1))[:size]


def sealed(path: Path, text: bytes) -> Path:
    writer = SealedWriter(path, SEALER)
    for at in range(0, len(text), 70_000):
        writer.write(text[at : at + 70_000])
    assert writer.finish() == hashlib.sha256(text).hexdigest()
    return path


def read(path: Path, sealer: Sealer = SEALER) -> bytes:
    with SealedReader(path, sealer) as file:
        return file.readall() or b""


@pytest.mark.parametrize("size", SIZES)
def test_what_was_written_is_read_again(tmp_path: Path, size: int) -> None:
    path = sealed(tmp_path / "paper", content(size))
    assert read(path) == content(size)
    assert path.stat().st_mode & 0o777 == 0o600


def test_nothing_of_the_content_lies_on_the_disk(tmp_path: Path) -> None:
    path = sealed(tmp_path / "paper", b"320602199001011234" * 100)
    assert b"320602199001011234" not in path.read_bytes()


@settings(max_examples=50)
@given(st.integers(0, 2 * PIECE_BYTES + 100), st.integers(0, 3 * PIECE_BYTES))
def test_any_place_can_be_read_by_itself(tmp_path_factory: pytest.TempPathFactory, at: int, size: int) -> None:
    whole = content(2 * PIECE_BYTES + 50)
    with SealedReader(sealed(tmp_path_factory.mktemp("sealed") / "paper", whole), SEALER) as file:
        file.seek(at)
        got = b""
        while len(got) < size and (piece := file.read(size - len(got))):
            got += piece
        assert got == whole[at : at + size]
        assert file.seek(0, os.SEEK_END) == len(whole)


@pytest.mark.parametrize("at", [40, 100, PIECE_BYTES + 200])
def test_a_changed_byte_is_seen(tmp_path: Path, at: int) -> None:
    path = sealed(tmp_path / "paper", content(2 * PIECE_BYTES))
    changed = bytearray(path.read_bytes())
    changed[at] ^= 1
    path.write_bytes(bytes(changed))
    with pytest.raises(SealBroken):
        read(path)


def test_a_file_cut_off_between_two_pieces_is_seen(tmp_path: Path) -> None:
    path = sealed(tmp_path / "paper", content(2 * PIECE_BYTES))
    os.truncate(path, 36 + PIECE_BYTES + SEAL_OVERHEAD)
    with pytest.raises(SealBroken):
        read(path)


def test_pieces_of_two_files_cannot_be_exchanged(tmp_path: Path) -> None:
    one, other = sealed(tmp_path / "one", b"one"), sealed(tmp_path / "other", b"two")
    one.write_bytes(one.read_bytes()[:36] + other.read_bytes()[36:])
    with pytest.raises(SealBroken):
        read(one)


def test_a_rotated_key_opens_what_the_old_one_sealed_and_a_foreign_one_does_not(tmp_path: Path) -> None:
    path = sealed(tmp_path / "paper", b"text")
    assert read(path, Sealer(b"k" * 32, b"n" * 32)) == b"text"
    with pytest.raises(SealBroken):
        read(path, Sealer(b"n" * 32))


def test_a_foreign_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "paper"
    path.write_bytes(b"%PDF-1.7 not sealed at all, as somebody put it there by hand")
    with pytest.raises(OSError, match="no file that the service has sealed"):
        read(path)


def put(cabinet: Cabinet, text: bytes) -> str:
    with cabinet.incoming() as incoming:
        incoming.writer.write(text)
        sha256 = incoming.writer.finish()
        incoming.keep(sha256)
    return sha256


def files(cabinet: Cabinet) -> list[Path]:
    return [path for path in cabinet.folder.rglob("*") if path.is_file() and path.name != ".lock"]


def test_a_paper_lies_under_its_content_once(tmp_path: Path) -> None:
    cabinet = Cabinet(tmp_path / "materials", SEALER)
    names = {put(cabinet, b"same") for _ in range(3)}
    assert list(cabinet.names()) == sorted(names)
    assert len(files(cabinet)) == 1
    [name] = names
    assert cabinet.is_whole(name)
    assert cabinet.folder.stat().st_mode & 0o777 == 0o700


def test_what_is_not_kept_leaves_nothing(tmp_path: Path) -> None:
    cabinet = Cabinet(tmp_path / "materials", SEALER)
    with pytest.raises(RuntimeError), cabinet.incoming() as incoming:
        incoming.writer.write(b"half")
        raise RuntimeError("the sender went away")
    assert files(cabinet) == []


def test_a_file_under_a_wrong_name_is_not_whole(tmp_path: Path) -> None:
    cabinet = Cabinet(tmp_path / "materials", SEALER)
    sha256 = put(cabinet, b"text")
    other = hashlib.sha256(b"other").hexdigest()
    cabinet.path(other).parent.mkdir(exist_ok=True)
    cabinet.path(sha256).rename(cabinet.path(other))
    assert not cabinet.is_whole(other)


@pytest.mark.parametrize("name", ["../../etc/passwd", "A" * 64, "a" * 63, ""])
def test_no_other_path_can_be_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="64 hexadecimal digits"):
        Cabinet(tmp_path, SEALER).path(name)


def test_only_old_files_are_removed(tmp_path: Path) -> None:
    cabinet = Cabinet(tmp_path / "materials", SEALER)
    sha256 = put(cabinet, b"text")
    assert not cabinet.remove_if_older(sha256, 3600)
    os.utime(cabinet.path(sha256), (0, 0))
    put(cabinet, b"text")  # put in again: young once more
    assert not cabinet.remove_if_older(sha256, 3600)
    os.utime(cabinet.path(sha256), (0, 0))
    assert cabinet.remove_if_older(sha256, 3600)
    assert files(cabinet) == []


def test_what_a_killed_process_left_is_cleared_when_it_is_old(tmp_path: Path) -> None:
    cabinet = Cabinet(tmp_path / "materials", SEALER)
    put(cabinet, b"text")
    left = cabinet.folder / cabinets._INCOMING / "left"
    left.write_bytes(b"half")
    assert cabinet.clear_incoming(3600) == 0
    os.utime(left, (0, 0))
    assert cabinet.clear_incoming(3600) == 1
    assert len(files(cabinet)) == 1
