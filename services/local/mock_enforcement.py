"""`creditsync source`: the mock law-enforcement system with rows of the sample feed, on a port of its own."""

import asyncio
import secrets

from rich.console import Console

from services.ingest.mock_source.app import create_mock_source
from services.ingest.mock_source.source import MockSource
from services.local.ports import LOOPBACK
from services.local.sample_feed import sample_feed
from shared.clock import legal_date
from shared.secret_files import read_or_make
from shared.settings import HouseSettings, load
from shared.vocabulary import RecordKind
from shared.web.server import run, serve, stop_on_signals


def run_source(rows: int, port: int) -> None:
    """Serve until told to stop, and say how ingest finds it."""
    settings = load(HouseSettings)
    token_file = settings.keys_dir / "source.token"
    token = read_or_make(token_file, lambda: secrets.token_hex(16).encode("ascii")).decode("ascii")
    source = MockSource(token)
    licences = rows // 3
    feed = sample_feed(2, legal_date(settings.clock().now()), penalties=rows - licences, licences=licences)
    source.add(RecordKind.PENALTY, feed.penalties)
    source.add(RecordKind.LICENCE, feed.licences)
    console = Console()
    console.print(f"CREDITSYNC_PULL_URL=http://{LOOPBACK}:{port}/records CREDITSYNC_PULL_TOKEN_FILE={token_file}")
    run(_serve(source, settings, port))


async def _serve(source: MockSource, settings: HouseSettings, port: int) -> None:
    stop: asyncio.Event = stop_on_signals()
    await serve([(create_mock_source(source, settings), LOOPBACK, port)], stop)
