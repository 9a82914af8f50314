"""The child processes of a fault run, each started again when it ends, as whatever runs them in production would do."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.processes import Plan

CHECKOUT = Path(__file__).parents[2]
_BEFORE_AGAIN = 0.5


@dataclass
class Crew:
    """Processes by name. `ended` counts those that ended by themselves."""

    plan: Plan
    folder: Path
    ended: int = 0
    _running: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)
    _killed: set[int] = field(default_factory=set)

    def kill(self, name: str) -> None:
        """SIGKILL, in whatever the process is doing."""
        process = self._running[name]
        self._killed.add(process.pid)
        with suppress(ProcessLookupError):
            process.kill()

    async def keep(self, name: str, role: str) -> None:
        """Start it, and start it again whenever it ends, until this task is cancelled."""
        while True:
            with (self.folder / f"{name}.log").open("ab") as log:
                command = ("-m", "tests.faults.processes", role, self.plan.model_dump_json())
                process = await asyncio.create_subprocess_exec(
                    sys.executable, *command, cwd=CHECKOUT, stdout=log, stderr=log
                )
            self._running[name] = process
            try:
                await process.wait()
            except asyncio.CancelledError:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
                raise
            self.ended += process.pid not in self._killed
            await asyncio.sleep(_BEFORE_AGAIN)


@asynccontextmanager
async def crew(plan: Plan, folder: Path, workers: int) -> AsyncIterator[Crew]:
    """The portals in one process, and so many workers."""
    found = Crew(plan, folder)
    roles = {"portals": "portals"} | {f"worker-{number}": "worker" for number in range(1, workers + 1)}
    tasks = [asyncio.create_task(found.keep(name, role)) for name, role in roles.items()]
    try:
        yield found
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
