"""`creditsync demo`: the whole story with an end and a table; the exit code is 0 only when every promise was kept."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from services.issuer import ensure_identity
from services.local.addresses import Addresses
from services.local.processes import one_process, private_servers, process_a_role
from services.local.sample_feed import sample_feed
from services.local.story import Report, Step, Story
from services.local.visitor import Visitor
from shared.clock import ShiftedClock, legal_date
from shared.errors import CreditsyncError
from shared.web.server import run

READY_SECONDS = 60.0


def run_demo(*, real: bool, records: int, seed: int) -> int:
    """0 when every promise was kept, 1 when one was missed."""
    console = Console()
    with tempfile.TemporaryDirectory(prefix="creditsync-demo-") as folder, ExitStack() as stack:
        data_dir = Path(folder)
        addresses = Addresses.free()
        # The daily reconciliation must not find the lies before the one that the story asks for.
        never = "0 0 29 2 *"
        settings: dict[str, Any] = addresses.settings(data_dir) | {
            "clock_file": data_dir / "clock",
            "reconcile_cron": never,
        }
        if real:
            console.print("Starting a private PostgreSQL and RabbitMQ ...")
            settings |= stack.enter_context(private_servers())
        secrets = ensure_identity(data_dir)
        console.print("Starting four services, their workers, the mock portals and the local issuer ...")
        running = process_a_role(settings) if real else one_process(settings)
        stack.enter_context(running)
        try:
            steps = run(_tell(console, addresses, secrets, ShiftedClock(data_dir / "clock"), records, seed))
        except CreditsyncError:
            _print_logs(console, data_dir / "logs")
            raise
        console.print(_table(steps, real=real))
        if all(step.kept for step in steps):
            console.print(f"All {len(steps)} promises kept.", style="green")
            return 0
        console.print("A promise was missed; the lines marked MISSED say which.", style="red")
        _print_logs(console, data_dir / "logs")
        return 1


async def _tell(
    console: Console, addresses: Addresses, secrets: dict[str, str], clock: ShiftedClock, records: int, seed: int
) -> list[Step]:
    visitor = Visitor(addresses, secrets, clock)
    try:
        await visitor.wait_until_ready(READY_SECONDS)
        licences = records // 3
        feed = sample_feed(seed, legal_date(clock.now()), penalties=records - licences, licences=licences)
        with progress(console) as report:
            return await Story(visitor, clock, feed, report).steps()
    finally:
        await visitor.close()


@contextmanager
def progress(console: Console) -> Iterator[Report]:
    """A bar for each thing that takes time."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bars:
        tasks: dict[str, TaskID] = {}

        def report(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what)
            bars.update(tasks[what], completed=done, total=total)

        yield report


def _table(steps: list[Step], *, real: bool) -> Table:
    place = "PostgreSQL + RabbitMQ, a process a role" if real else "embedded, one process"
    table = Table(title=f"creditsync demo ({place})")
    for heading in ("promise", "expected", "seen"):
        table.add_column(heading, overflow="fold")
    table.add_column("seconds", justify="right")
    table.add_column("")
    for step in steps:
        mark = "[green]kept[/]" if step.kept else "[red]MISSED[/]"
        table.add_row(step.title, step.expected, step.seen, f"{step.seconds:.1f}", mark)
    return table


def _print_logs(console: Console, folder: Path) -> None:
    for log in sorted(folder.glob("*.log")):
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
        if lines:
            console.rule(log.name)
            console.print("\n".join(lines), markup=False, highlight=False)
