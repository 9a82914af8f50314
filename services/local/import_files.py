"""`creditsync import`: send files to a running ingest, follow them to the last row, fetch the verdicts."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from services.ingest.imports.complete import Watch, free_name, move
from services.issuer import ensure_identity
from services.local.addresses import addresses_of
from services.local.sender import FINAL, Sender
from services.local.visitor import Refused
from services.sync.settings import SyncSettings
from shared.errors import StartRefused
from shared.settings import load
from shared.terminal_bars import Bars
from shared.vocabulary import RecordKind, Verdict
from shared.web.server import run, stop_on_signals

ALL_TAKEN, SOME_QUARANTINED, NOT_READ = 0, 1, 2
_LOOK_SECONDS = 2.0
_VERDICTS = ".verdicts.csv"


def run_import(files: Sequence[Path], kind: RecordKind | None, watch: Path | None) -> int:
    """0 when every row was taken, 1 when some were quarantined, 2 when a file was not read to its end."""
    missing = [str(path) for path in files if not path.is_file()]
    if missing:
        raise StartRefused(f"there is no file {', '.join(missing)}")
    if not files and watch is None:
        raise StartRefused("name a file, or a folder with --watch")
    return run(_import(files, kind, watch))


async def _import(files: Sequence[Path], kind: RecordKind | None, watch: Path | None) -> int:
    settings: SyncSettings = load(SyncSettings)
    addresses, secrets = addresses_of(settings), ensure_identity(settings.data_dir)
    sender = Sender(addresses.ingest, addresses.issuer, secrets, settings.clock())
    console = Console()
    try:
        ends = await _each(sender, console, files, kind)
        if watch is not None:
            ends += await _watch(sender, console, watch, kind)
    finally:
        await sender.close()
    return max(map(_exit_code, ends), default=ALL_TAKEN)


async def _each(
    sender: Sender, console: Console, files: Sequence[Path], kind: RecordKind | None
) -> list[dict[str, Any]]:
    """One after the other, then a line for each."""
    with Bars() as bars:
        ends = [await _one(sender, bars, path, kind) for path in files]
    for end in ends:
        console.print(_line(end), soft_wrap=True, highlight=False, markup=False)
        if end["verdict_file"]:
            console.print(f"  verdicts: {end['verdict_file']}", soft_wrap=True, highlight=False, markup=False)
        if end["reason"]:
            why = f"  {end['reason']['sentence']} {end['reason']['advice']}".rstrip()
            console.print(why, soft_wrap=True, style="red", markup=False)
    return ends


async def _one(sender: Sender, bars: Bars, path: Path, kind: RecordKind | None) -> dict[str, Any]:
    bar = bars.add(f"{path.name}: sending")

    def sent(view: dict[str, Any]) -> None:
        bars.share(bar, view["fraction"] if view["upload"] else 1.0)

    try:
        view = await sender.send(path, kind, sent)
    except Refused as refused:  # the others go on
        bars.share(bar, 1.0, label=f"{path.name}: refused")
        return {
            "path": path,
            "state": "refused",
            "rows": 0,
            "counts": dict.fromkeys(Verdict, 0),
            "reason": {"sentence": str(refused), "advice": ""},
            "verdict_file": None,
        }
    while view["state"] not in FINAL:
        view = await sender.look(view["import_id"])
        _show(bars, bar, path.name, view)
        await asyncio.sleep(0.3)
    _show(bars, bar, path.name, view)
    verdicts = path.with_name(f"{path.name}{_VERDICTS}")
    await sender.fetch_verdicts(view["import_id"], verdicts)
    return view | {"path": path, "verdict_file": verdicts}


def _show(bars: Bars, bar: int, name: str, view: dict[str, Any]) -> None:
    said = f"{view['rows']:,} rows"
    rate, left = view["rows_per_second"], view["remaining_seconds"]
    bars.share(bar, view["fraction"], said, rate, left, label=f"{name}: {view['state']}")


async def _watch(sender: Sender, console: Console, folder: Path, kind: RecordKind | None) -> list[dict[str, Any]]:
    """What becomes complete in the folder, until told to stop; a file that is read moves to `done` or `refused`."""
    stop, looks, ends = stop_on_signals(), Watch(folder), []
    console.print(f"Watching {folder}. Ctrl-C ends it.")
    while not stop.is_set():
        for end in await _each(sender, console, await asyncio.to_thread(looks.ready), kind):
            await asyncio.to_thread(_put_away, end)
            ends.append(end)
        try:
            await asyncio.wait_for(stop.wait(), _LOOK_SECONDS)
        except TimeoutError:
            continue
    return ends


def _put_away(end: dict[str, Any]) -> None:
    path: Path = end["path"]
    folder = path.parent / ("done" if end["state"] == "done" else "refused")
    folder.mkdir(exist_ok=True, mode=0o700)
    name = free_name(folder, path.name, _VERDICTS)
    if end["verdict_file"]:
        move(end["verdict_file"], folder / f"{name}{_VERDICTS}")
    move(path, folder / name)


def _exit_code(end: dict[str, Any]) -> int:
    if end["state"] != "done":
        return NOT_READ
    return SOME_QUARANTINED if end["counts"][Verdict.QUARANTINED] else ALL_TAKEN


def _line(end: dict[str, Any]) -> str:
    counts = ", ".join(f"{verdict} {end['counts'][verdict]:,}" for verdict in Verdict)
    return f"{end['path'].name}: {end['state']}, {end['rows']:,} rows: {counts}"
