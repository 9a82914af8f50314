"""Bars of long work on a terminal (进度): how much is done, how fast, and how long it still takes.

They stand on the error channel and vanish at the end, so that a pipe gets the result alone. In a narrow window the bar
gives way, the numbers do not. Never asks a service: whoever knows the numbers tells them.
"""

from collections.abc import Iterable
from types import TracebackType
from typing import Self

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Column

from shared.clock import stopwatch

_LABEL_CELLS = 22


class Bars:
    """As many bars as there are pieces of work, each with a label."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}", table_column=Column(no_wrap=True)),
            BarColumn(bar_width=None, table_column=Column(ratio=1, min_width=4)),
            TextColumn("{task.fields[said]}", table_column=Column(no_wrap=True)),
            console=self._console,
            disable=not self._console.is_terminal,
            transient=True,
            expand=True,
        )
        self._began = stopwatch()

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def __rich__(self) -> RenderableType:
        """As they stand now."""
        return self._progress.get_renderable()

    def add(self, label: str) -> int:
        """A bar that does not know its end yet; the number by which it is moved."""
        return self._progress.add_task(_short(label), total=None, said="")

    def show(
        self,
        bar: int,
        done: int,
        total: int | None,
        rate: float | None = None,
        left: float | None = None,
        label: str | None = None,
    ) -> None:
        """Move a bar: `rate` a second, `left` in seconds, both told only when they are known."""
        told = f"{done:,}" if total is None else f"{done:,}/{total:,}"
        self._move(bar, (done, total), (told, *_pace(rate, left)), label)

    def share(
        self,
        bar: int,
        fraction: float,
        told: str = "",
        rate: float | None = None,
        left: float | None = None,
        label: str | None = None,
    ) -> None:
        """The same of work of which the done share is known, and not how many pieces it has."""
        self._move(bar, (fraction, 1.0), (f"{fraction:.0%}", told, *_pace(rate, left)), label)

    def measure(self, bar: int, done: int, total: int | None) -> None:
        """Move a bar whose work began with it: rate and rest follow from the time that has passed."""
        rate = done / max(stopwatch() - self._began, 0.001)
        self.show(bar, done, total, rate, None if total is None or not rate else max(total - done, 0) / rate)

    def _move(self, bar: int, far: tuple[float, float | None], said: Iterable[str], label: str | None) -> None:
        task, words = TaskID(bar), "  ".join(filter(None, said))
        self._progress.update(task, completed=far[0], total=far[1], said=words)
        if label is not None:
            self._progress.update(task, description=_short(label))


def _pace(rate: float | None, left: float | None) -> tuple[str, str]:
    return f"{rate:,.0f}/s" if rate else "", f"{clock(left)} left" if left else ""


def clock(seconds: float) -> str:
    """Such as 0:07, 12:30 or 1:02:00."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _short(label: str) -> str:
    """The end of a label tells more than its beginning: what is done to a file stands there."""
    if cell_len(label) <= _LABEL_CELLS:
        return label
    first = next(at for at in range(len(label)) if cell_len(label[at:]) < _LABEL_CELLS)
    return f"…{label[first:]}"
