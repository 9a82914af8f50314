"""A limit on the time that opening a workbook may take; reading its rows is paced by whoever takes them."""

from services.ingest.files.refusal import FileRefused, Refusal
from shared.clock import stopwatch


class Deadline:
    """Starts when it is made."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._ends_at = stopwatch() + seconds

    def check(self) -> None:
        """Refuse the file when its time is over."""
        if stopwatch() > self._ends_at:
            raise FileRefused(
                Refusal.TOO_SLOW,
                f"Opening the workbook took longer than {self._seconds:.0f} seconds.",
                "Split the table into several files, or send CSV.",
            )
