"""The load generator: prebuilt requests over keep-alive connections on raw sockets, in a process of its own.

    python -m tests.bench.load '{"port": 8101, ...}'      (the fields of `Load`, as JSON)

Every request is sent once and must be answered with 2xx. It prints one line of JSON and checks no business rule: what
the answers count is summed for the case to judge.
"""

import asyncio
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from shared.clock import stopwatch, wall_time
from shared.web.server import run
from tests.bench.rows import ROWS_A_BATCH, read_bodies

_SECONDS = 900
_HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True)
class Load:
    """What to send. `run` makes idempotency keys different from those of another load with the same bodies."""

    port: int
    path: str
    rows_file: str
    rows: int
    shape: str
    rows_a_request: int = ROWS_A_BATCH
    connections: int = 8
    token: str = ""
    run: str = "1"
    a_second: float = 0  # 0: as fast as the answers come
    skip: int = 0  # requests at the front that another load has sent
    change_every: int = 0  # of so many rows one gets another remark; 0: none
    paths_file: str = ""  # GET these paths, one a line, instead of sending rows


@dataclass(frozen=True)
class Answered:
    """What came back. `started_at` is wall time in seconds since the epoch."""

    seconds: float
    p50_ms: float
    p99_ms: float
    requests: int
    started_at: float
    counts: dict[str, int] = field(default_factory=dict)


def start_load(load: Load) -> "subprocess.Popen[str]":
    """The generator as a child process."""
    command = [sys.executable, "-m", "tests.bench.load", json.dumps(asdict(load))]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def finish_load(child: "subprocess.Popen[str]") -> Answered:
    """Wait for the child and read what it found. Raises when a request failed."""
    output, _ = child.communicate(timeout=_SECONDS)
    if child.returncode:
        raise RuntimeError(f"the load generator ended with {child.returncode}")
    return Answered(**json.loads(output))


def send(load: Load) -> Answered:
    """Start the generator and wait for it."""
    return finish_load(start_load(load))


def warm_up(load: Load) -> Load:
    """Send one request a connection, so that no case is measured while it connects and compiles; the load that is
    left, whose `rows` count those of the warm-up too."""
    first = load.connections * load.rows_a_request
    send(replace(load, rows=first, run=f"{load.run}-warm"))
    return replace(load, rows=load.rows + first, skip=load.connections)


async def _fire(load: Load) -> Answered:
    requests = iter(enumerate(_requests(load)))
    heard = _Heard()
    start, started_at = stopwatch(), wall_time().timestamp()
    async with asyncio.timeout(_SECONDS), asyncio.TaskGroup() as group:
        for _ in range(load.connections):
            group.create_task(_converse(load, requests, heard, start))
    seconds = stopwatch() - start
    waits = sorted(heard.waits)
    return Answered(
        seconds=seconds,
        p50_ms=waits[len(waits) // 2] * 1000,
        p99_ms=waits[int(len(waits) * 0.99)] * 1000,
        requests=len(waits),
        started_at=started_at,
        counts=heard.counts(),
    )


class _Heard:
    """Waiting times and answers; these are read only after the clock has stopped."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self.bodies: list[bytes] = []

    def counts(self) -> dict[str, int]:
        total: Counter[str] = Counter()
        for body in self.bodies:
            answer = json.loads(body)
            if isinstance(answer, dict):  # a list counts nothing
                total.update(answer.get("counts", {"rows": answer.get("rows", 1)}))
        return dict(total)


async def _converse(load: Load, requests: Iterator[tuple[int, bytes]], heard: _Heard, start: float) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", load.port)
    for number, request in requests:
        if load.a_second:
            await asyncio.sleep(max(0.0, start + number / load.a_second - stopwatch()))
        sent = stopwatch()
        writer.write(request)
        head = await reader.readuntil(_HEAD_END)
        body = await reader.readexactly(_length(head))
        heard.waits.append(stopwatch() - sent)
        heard.bodies.append(body)
        if head[9:10] != b"2":
            raise RuntimeError(f"answered {head[:12].decode()}: {body[:300].decode(errors='replace')}")
    writer.close()


def _length(head: bytes) -> int:
    name = b"content-length:"
    at = head.lower().find(name)
    return int(head[at + len(name) :].split(b"\r\n", 1)[0]) if at >= 0 else 0


def _requests(load: Load) -> list[bytes]:
    if load.paths_file:
        paths = Path(load.paths_file).read_text(encoding="ascii").splitlines()
        return [_get(load, path) for path in paths[load.skip :]]
    bodies = read_bodies(Path(load.rows_file), load.rows, load.rows_a_request, load.shape, load.change_every)
    return [_request(load, number, body) for number, body in enumerate(bodies) if number >= load.skip]


def _request(load: Load, number: int, body: bytes) -> bytes:
    lines = [
        f"POST {load.path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    ]
    if load.token:
        lines += [f"Authorization: Bearer {load.token}", f"Idempotency-Key: {load.run}-{number}"]
    return "\r\n".join(lines).encode() + _HEAD_END + body


def _get(load: Load, path: str) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1"]
    if load.token:
        lines.append(f"Authorization: Bearer {load.token}")
    return "\r\n".join(lines).encode() + _HEAD_END


def main(given: str) -> None:
    load: dict[str, Any] = json.loads(given)
    print(json.dumps(asdict(run(_fire(Load(**load))))))


if __name__ == "__main__":
    main(sys.argv[1])
