"""A scanner says clean or infected, or fails; a failure is never taken for clean."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.repair.materials.scanners import Clamd, Finding, Program, ScanState, scanner_at
from shared.errors import StartRefused, Unavailable
from tests.support.scanners import MALWARE, FakeClamd

CLEAN = Finding(ScanState.CLEAN)
INFECTED = Finding(ScanState.INFECTED, "Test.Malware")


async def pieces(content: bytes, size: int = 10_000) -> AsyncIterator[bytes]:
    for at in range(0, len(content), size):
        yield content[at : at + size]


async def scan(address: str, content: bytes, seconds: float = 10) -> Finding:
    scanner = scanner_at(address, seconds)
    assert scanner is not None
    return await scanner.scan(pieces(content))


async def test_clamd_over_tcp_reads_the_whole_file_and_says_what_it_is() -> None:
    clamd = FakeClamd()
    async with clamd.on_tcp() as address:
        content = b"x" * 100_000
        assert await scan(address, content) == CLEAN
        assert await scan(address, content + MALWARE) == INFECTED
    assert clamd.seen == [content, content + MALWARE]


async def test_clamd_over_a_socket_file_does_the_same(tmp_path: Path) -> None:
    async with FakeClamd().on_socket(tmp_path / "clamd") as address:
        assert await scan(address, MALWARE) == INFECTED


@pytest.mark.parametrize("answer", [b"", b"stream: something ERROR\0", b"\0", b"stream: \0"])
async def test_an_answer_that_is_no_verdict_is_a_failure(answer: bytes) -> None:
    async with FakeClamd(answer=answer).on_tcp() as address:
        with pytest.raises(Unavailable):
            await scan(address, b"text")


async def test_a_file_longer_than_clamd_takes_is_a_failure() -> None:
    async with FakeClamd(limit=10_000).on_tcp() as address:
        with pytest.raises(Unavailable):
            await scan(address, b"x" * 2_000_000)


async def test_a_clamd_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    async with FakeClamd().on_tcp() as address:
        pass
    for one in (address, f"unix://{tmp_path / 'nobody'}"):
        with pytest.raises(Unavailable):
            await scan(one, b"text")


def program(code: str) -> Program:
    return Program((sys.executable, "-c", code), 10)


async def test_a_program_says_it_by_its_exit_code() -> None:
    looks = "import sys; found = b'MALWARE' in sys.stdin.buffer.read(); print('Test.Malware' * found); sys.exit(found)"
    assert await program(looks).scan(pieces(b"x" * 300_000)) == CLEAN
    assert await program(looks).scan(pieces(MALWARE)) == INFECTED


@pytest.mark.parametrize(
    "code", ["import sys; sys.stdin.buffer.read(); sys.exit(2)", "import os; os.kill(os.getpid(), 9)"]
)
async def test_a_program_that_fails_is_no_verdict(code: str) -> None:
    with pytest.raises(Unavailable):
        await program(code).scan(pieces(b"x" * 300_000))


async def test_a_program_that_stops_reading_or_talks_much_is_waited_for() -> None:
    assert await program("import sys; sys.exit(0)").scan(pieces(b"x" * 3_000_000)) == CLEAN
    talks = "import sys; print('y' * 300_000); sys.stdin.buffer.read(); sys.exit(1)"
    found = await program(talks).scan(pieces(b"x" * 300_000))
    assert found.state is ScanState.INFECTED
    assert found.name == "y" * 200


async def test_a_program_that_takes_too_long_is_ended() -> None:
    slow = Program((sys.executable, "-c", "import time; time.sleep(60)"), 0.5)
    with pytest.raises(Unavailable, match="too long"):
        await slow.scan(pieces(b"text"))


async def test_a_program_that_is_not_there_is_a_failure() -> None:
    with pytest.raises(Unavailable, match="cannot be started"):
        await scan("exec:/nowhere/scanner --quiet", b"text")


def test_an_address_names_its_kind() -> None:
    assert scanner_at(None, 1) is None
    assert scanner_at("tcp://[::1]:3310", 1) == Clamd("::1", 3310, None, 1)
    assert scanner_at("unix:///run/clamd.sock", 1) == Clamd(None, 0, Path("/run/clamd.sock"), 1)
    assert scanner_at("exec:clamdscan --no-summary -", 1) == Program(("clamdscan", "--no-summary", "-"), 1)


@pytest.mark.parametrize(
    "address", ["", "tcp://host", "tcp://:3310", "unix://relative", "exec:", "http://x:1", "host:1"]
)
def test_an_address_that_cannot_be_used_stops_the_start(address: str) -> None:
    with pytest.raises(StartRefused, match="CREDITSYNC_MATERIAL_SCANNER"):
        scanner_at(address, 1)
