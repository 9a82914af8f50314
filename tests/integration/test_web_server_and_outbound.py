"""Several applications in one process, and the client that talks to them, over real loopback sockets."""

import asyncio
import gzip
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from subprocess import run
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI, Request, Response

from services.local.ports import LOOPBACK, free_ports
from shared.errors import StartRefused
from shared.outbound.client import Answer, Flow, NotSent, OutboundClient, Timeouts, Uncertain
from shared.settings import HouseSettings
from shared.web.app import create_api
from shared.web.auth import PUBLIC
from shared.web.server import serve
from tests.support.web import answering, served

ROOT = Path(__file__).parents[2]


def trial_app(name: str, events: list[str], *, refuse: str = "", began: asyncio.Event | None = None) -> FastAPI:
    routes = APIRouter(dependencies=[PUBLIC])

    @routes.get("/slow")
    async def slow() -> dict[str, str]:
        events.append(f"{name} began")
        if began is not None:
            began.set()
        await asyncio.sleep(0.3)
        events.append(f"{name} answered")
        return {"name": name}

    @routes.get("/big")
    async def big() -> Response:
        return Response(gzip.compress(b"x" * 1_000_000), headers={"content-encoding": "gzip"})

    @routes.get("/away")
    async def away() -> Response:
        return Response(status_code=302, headers={"location": "/slow", "set-cookie": "trace=1"})

    @routes.post("/echo")
    async def echo(request: Request) -> Response:
        cookie = request.headers.get("cookie", "none")
        return Response(await request.body(), headers={"x-cookie": cookie, "content-type": "text/html; charset=gbk"})

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if refuse:
            raise StartRefused(refuse)
        events.append(f"{name} opened")
        try:
            yield
        finally:
            events.append(f"{name} closed")

    return create_api(name, name, routers=[routes], settings=HouseSettings(), verifier=None, lifespan=lifespan)


async def test_several_applications_serve_together_and_finish_their_requests_before_they_close() -> None:
    events: list[str] = []
    ports, began = free_ports(2), asyncio.Event()
    one, two = trial_app("one", events, began=began), trial_app("two", events)
    async with OutboundClient(f"http://{LOOPBACK}:{ports[0]}") as client:
        async with served((one, ports[0]), (two, ports[1])):
            waiting = asyncio.create_task(client.get("/slow"))
            await asyncio.wait_for(began.wait(), 60)
        assert (await waiting).json() == {"name": "one"}
    assert events == ["one opened", "two opened", "one began", "one answered", "two closed", "one closed"]


async def test_a_taken_port_refuses_the_start_in_one_sentence_and_opens_nothing() -> None:
    events: list[str] = []
    (port,) = free_ports(1)
    async with served((trial_app("one", []), port)):
        with pytest.raises(StartRefused, match=rf"^cannot listen on {LOOPBACK} port {port} \(.*\): free it or choose"):
            await serve([(trial_app("two", events), LOOPBACK, port)], asyncio.Event())
    assert events == []


async def test_an_application_that_refuses_to_start_says_why_and_the_others_close() -> None:
    events: list[str] = []
    ports = free_ports(2)
    apps = [
        (trial_app("one", events), LOOPBACK, ports[0]),
        (trial_app("two", events, refuse="no key"), LOOPBACK, ports[1]),
    ]
    with pytest.raises(StartRefused, match=r"^no key$"):
        await serve(apps, asyncio.Event())
    assert events == ["one opened", "one closed"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_whole_process_in_order(number: signal.Signals, tmp_path: Path) -> None:
    ports = free_ports(2)
    script = tmp_path / "process.py"
    script.write_text(
        f"""
import asyncio
from contextlib import asynccontextmanager
from shared.observability.logging import configure
from shared.settings import HouseSettings
from shared.web.app import create_api
from shared.web.server import run, serve, stop_on_signals

def trial(name):
    @asynccontextmanager
    async def lifespan(app):
        yield
        print(name, "closed", type(asyncio.get_running_loop()).__module__, flush=True)
    return create_api(name, name, routers=[], settings=HouseSettings(), verifier=None, lifespan=lifespan)

async def main():
    configure("json", "warning")
    await serve([(trial("a"), "{LOOPBACK}", {ports[0]}), (trial("b"), "{LOOPBACK}", {ports[1]})], stop_on_signals())

run(main())
""",
        encoding="utf-8",
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(script), cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, stdout=asyncio.subprocess.PIPE
    )
    for port in ports:
        await answering(port)
    process.send_signal(number)
    output, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0
    assert output.decode().splitlines() == ["b closed uvloop", "a closed uvloop"]


def test_a_process_may_open_more_files_than_a_shell_begins_with(tmp_path: Path) -> None:
    script = tmp_path / "process.py"
    script.write_text(
        """
import resource
from shared.web.server import run

async def main():
    return resource.getrlimit(resource.RLIMIT_NOFILE)

_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (256, min(4096, hard) if hard > 0 else 4096))
print(*run(main()))
""",
        encoding="utf-8",
    )
    ended = run([sys.executable, script], cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, check=True)
    soft, hard = map(int, ended.stdout.split())
    assert soft == hard > 256


async def test_the_client_keeps_no_cookie_follows_no_redirect_and_reads_the_charset() -> None:
    (port,) = free_ports(1)
    async with served((trial_app("one", []), port)), OutboundClient(f"http://{LOOPBACK}:{port}") as client:
        moved = await client.get("/away")
        assert (moved.status, moved.headers["location"]) == (302, "/slow")
        echoed = await client.send("POST", "/echo", content="信用".encode("gbk"))
        assert echoed.headers["x-cookie"] == "none"
        assert echoed.text == "信用"


async def test_an_answer_above_the_limit_is_cut_off_even_when_it_is_packed() -> None:
    (port,) = free_ports(1)
    async with served((trial_app("one", []), port)):
        async with OutboundClient(f"http://{LOOPBACK}:{port}", max_answer_bytes=999_999) as client:
            with pytest.raises(Uncertain, match="more than 999999 bytes"):
                await client.get("/big")
        async with OutboundClient(f"http://{LOOPBACK}:{port}", max_answer_bytes=1_000_000) as client:
            assert len((await client.get("/big")).body) == 1_000_000


async def test_a_refused_connection_was_surely_not_sent() -> None:
    (port,) = free_ports(1)
    async with OutboundClient(f"http://{LOOPBACK}:{port}") as client:
        with pytest.raises(NotSent):
            await client.post("/echo", json={})


async def close_after_reading(writer: asyncio.StreamWriter) -> None:
    writer.close()


async def reset_after_reading(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def keep_silent(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(2)


async def answer_half(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")


async def answer_rubbish(writer: asyncio.StreamWriter) -> None:
    writer.write(b"rubbish\r\n\r\n")


async def trickle(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
    for _ in range(40):
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


Misdeed = Callable[[asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def peer_that(misbehaves: Misdeed) -> AsyncIterator[int]:
    """The port of a peer that reads a whole request before it does what it should not."""
    finished: list[asyncio.Task[None]] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"}")
        with suppress(ConnectionError):
            await misbehaves(writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        finished.append(asyncio.create_task(handle(reader, writer)))

    server = await asyncio.start_server(accept, LOOPBACK, 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        await asyncio.gather(*finished)


@pytest.mark.parametrize(
    "misbehaves", [close_after_reading, reset_after_reading, keep_silent, answer_half, answer_rubbish, trickle]
)
async def test_after_the_request_went_out_every_failure_is_uncertain(misbehaves: Misdeed) -> None:
    timeouts = Timeouts(connect=2, silence=0.5, whole=1)
    async with (
        peer_that(misbehaves) as port,
        OutboundClient(f"http://{LOOPBACK}:{port}", timeouts=timeouts) as client,
    ):
        with pytest.raises(Uncertain):
            await client.post("/orders", json={"generation": 1})


async def _flowed(client: OutboundClient, method: str, path: str, **given: Any) -> bytes | Answer:
    flow = await client.flow(method, path, silence=30, **given)
    if isinstance(flow, Answer):
        return flow
    try:
        return b"".join([piece async for piece in flow.pieces])
    finally:
        await flow.close()


async def test_a_file_of_any_length_flows_and_what_is_no_success_is_an_answer() -> None:
    (port,) = free_ports(1)
    bounds = Timeouts(connect=5, silence=5, whole=60)
    async with (
        served((trial_app("one", []), port)),
        OutboundClient(f"http://{LOOPBACK}:{port}", timeouts=bounds, max_answer_bytes=1_000) as client,
    ):
        assert await _flowed(client, "GET", "/big") == b"x" * 1_000_000
        moved = await _flowed(client, "GET", "/away")
        assert isinstance(moved, Answer) and moved.status == 302
        left = await client.flow("GET", "/big", silence=30)
        assert isinstance(left, Flow)
        await left.close()


@pytest.mark.parametrize("misbehaves", [close_after_reading, answer_half, trickle])
async def test_a_file_that_breaks_off_is_never_taken_for_whole(misbehaves: Misdeed) -> None:
    async with peer_that(misbehaves) as port, OutboundClient(f"http://{LOOPBACK}:{port}") as client:
        with pytest.raises(Uncertain):
            await _flowed(client, "POST", "/file", json={"generation": 1})


async def test_a_file_that_never_begins_is_given_up_after_its_silence() -> None:
    async with peer_that(keep_silent) as port, OutboundClient(f"http://{LOOPBACK}:{port}") as client:
        with pytest.raises(Uncertain):
            await client.flow("POST", "/file", silence=0.2, json={"generation": 1})


async def test_an_application_can_stand_in_for_the_network() -> None:
    async with OutboundClient("http://portal.test", app=trial_app("one", [])) as client:
        assert (await client.get("/health/alive")).json() == {"status": "alive"}
